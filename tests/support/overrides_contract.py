"""What holds of every place where overrides are kept, whatever keeps them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from erejestracja.domain.actor import Actor
from erejestracja.domain.override import Override, OverrideId, Status, step_of
from erejestracja.domain.visit import VisitStatus
from erejestracja.ports import Clash
from tests.support.builders import NOW
from tests.support.override_case import (
    AGENT,
    ANNA,
    JAN,
    REQUEST,
    SECOND,
    SUPERVISOR,
    Case,
    an_override,
)

LATER = NOW + timedelta(hours=1)


def store(case: Case, override: Override, actor: Actor | None = AGENT) -> Override:
    case.desk.overrides.store(step_of(override, NOW, actor, f"{REQUEST}-{override.version}"))
    return override


def consented(case: Case, override: Override, by: Actor = SUPERVISOR) -> Override:
    return store(case, override.decided(consents=True, by=by.subject, now=NOW), by)


class OverridesContract:
    """Inherit, and give fixture `case`: a desk over a fresh store in which Anna has a referral."""

    def test_an_override_is_kept_as_it_is(self, case: Case) -> None:
        asked = store(case, an_override())
        kept = case.desk.overrides
        assert kept.get(asked.id) == kept.latest_of(ANNA) == asked
        assert kept.get(OverrideId("none")) is None
        assert kept.latest_of(JAN) is None
        agreed = consented(case, asked)
        assert kept.get(asked.id) == agreed
        plain = replace(an_override(JAN, 2), otherwise_from=None, call=None)
        assert kept.get(store(case, plain).id) == plain

    def test_a_person_has_one_open_at_a_time(self, case: Case) -> None:
        first = store(case, an_override(nth=1))
        with pytest.raises(Clash):
            store(case, an_override(nth=2))
        agreed = consented(case, first)
        with pytest.raises(Clash):
            store(case, an_override(nth=2))
        store(case, agreed.ended(Status.LAPSED), None)
        second = store(case, an_override(nth=2))
        assert case.desk.overrides.latest_of(ANNA) == second

    def test_it_is_decided_once(self, case: Case) -> None:
        asked = store(case, an_override())
        agreed = consented(case, asked)
        with pytest.raises(Clash):
            store(case, asked.decided(consents=False, by=SECOND.subject, now=NOW), SECOND)
        assert case.desk.overrides.get(asked.id) == agreed

    def test_what_is_open_is_listed_by_when_it_runs_out(self, case: Case) -> None:
        later = store(case, an_override(ANNA, 1, ends_at=LATER))
        sooner = store(case, an_override(JAN, 2))
        kept = case.desk.overrides
        assert list(kept.open_ones(Status.ASKED, 10)) == [sooner, later]
        assert list(kept.open_ones(Status.ASKED, 1)) == [sooner]
        agreed = consented(case, sooner)
        assert list(kept.open_ones(Status.CONSENTED, 10)) == [agreed]
        assert list(kept.open_ones(Status.ASKED, 10)) == [later]

    def test_whoever_took_a_step_is_in_the_person_s_audit(self, case: Case) -> None:
        asked = store(case, an_override())
        consented(case, asked)
        seen = case.desk.records.accesses(ANNA, 10)
        assert {(one.actor, one.action) for one in seen} == {
            ("agent", "override.asked"),
            ("adam", "override.consented"),
        }

    def test_a_visit_booked_by_it_uses_it_up_in_the_same_commit(self, case: Case) -> None:
        agreed = case.agreed()
        visit = case.book(agreed).visit
        used = case.now(agreed)
        assert (used.status, used.visit, used.version) == (Status.USED, visit.id, 3)
        noted = [one for one in case.desk.records.accesses(ANNA, 10) if one.action.endswith("used")]
        assert [(one.actor, one.action) for one in noted] == [("agent", "override.used")]
        found = case.desk.records.visit(visit.id)
        assert found is not None
        assert (found[0].waived, found[0].status) == (agreed.rule, VisitStatus.BOOKED)
        assert not case.desk.overrides.open_ones(Status.CONSENTED, 10)
