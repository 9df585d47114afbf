from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.call import CallId
from erejestracja.domain.criteria import Criteria
from erejestracja.domain.errors import (
    HoldExpired,
    NotAllowed,
    NotEligible,
    NotFound,
    NotOverridable,
    Overloaded,
    OverrideNotStanding,
    OverrideWaiting,
    Reason,
    Refusal,
    SecondPersonNeeded,
)
from erejestracja.domain.ids import PatientId, ReferralId, SlotKey, VisitId
from erejestracja.domain.override import DECIDED_WITHIN, Ground, Override, OverrideId, Status, Step
from erejestracja.domain.visit import CancelReason
from erejestracja.ports import Clash
from erejestracja.services import booking, holds, overrides
from erejestracja.services.holds import Asker
from erejestracja.services.places import Wanted
from tests.support.builders import NOW, a_session
from tests.support.fake_overrides import FakeOverrides
from tests.support.override_case import (
    AGENT,
    ANNA,
    BOTH,
    COLLEAGUE,
    JAN,
    NEXT_MONTH,
    REQUEST,
    SECOND,
    SUPERVISOR,
    Case,
    a_case,
    an_early_referral,
    staff,
)

FIRST, SECOND_SLOT = SlotKey(a_session().key, 0), SlotKey(a_session().key, 1)


@pytest.fixture
def case() -> Case:
    return a_case()


def test_what_is_asked_says_what_is_needed_to_decide(case: Case) -> None:
    asked = case.ask()
    assert (asked.rule, asked.ground, asked.kind, asked.dose, asked.age) == (
        *(Reason.COHORT_NOT_OPEN, Ground.PHYSICIAN, an_early_referral().kind, 1, 67),
    )
    assert asked.otherwise_from == NEXT_MONTH.date()
    assert asked.ends_at == NOW + DECIDED_WITHIN
    assert list(overrides.waiting(case.desk, SUPERVISOR)) == [asked]


def test_asked_again_it_is_the_same(case: Case) -> None:
    assert case.ask() == case.ask()


@pytest.mark.parametrize("changes", [{"ground": Ground.ORDER}, {"actor": COLLEAGUE}])
def test_a_person_has_one_at_a_time(case: Case, changes: dict[str, Any]) -> None:
    case.ask()
    with pytest.raises(OverrideWaiting):
        case.ask(**changes)


def test_after_one_that_ran_out_another_may_be_asked_for(case: Case) -> None:
    first = case.ask()
    case.passes(10)
    second = case.ask(ground=Ground.ORDER)
    assert case.now(first).status is Status.LAPSED
    assert list(overrides.waiting(case.desk, SUPERVISOR)) == [second]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"actor": SUPERVISOR}, NotAllowed),
        ({"referral": ReferralId("none")}, NotEligible),
        ({"rule": Reason.AGE}, NotOverridable),
        ({"rule": Reason.INTERVAL}, NotOverridable),
        ({"rule": Reason.REFERRAL_EXPIRED}, NotOverridable),
    ],
)
def test_what_cannot_be_is_refused(
    case: Case, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        case.ask(**changes)


def test_a_reason_that_is_none_for_a_rule_is_refused(case: Case) -> None:
    referral = an_early_referral(bookable_from=NOW, expires_on=NOW.date() - timedelta(days=1))
    case.desk.records.all_referrals[ANNA, referral.id] = referral  # type: ignore[attr-defined]
    with pytest.raises(NotOverridable):
        case.ask(rule=Reason.REFERRAL_EXPIRED, ground=Ground.COMPANION)
    agreed = case.agreed(rule=Reason.REFERRAL_EXPIRED, ground=Ground.REFERRAL_ERROR)
    assert case.book(agreed).visit.waived is Reason.REFERRAL_EXPIRED


def test_whoever_asks_does_not_decide(case: Case) -> None:
    asked = case.ask(BOTH)
    with pytest.raises(SecondPersonNeeded):
        case.decide(asked, BOTH)
    assert case.decide(asked).decided_by == "adam"


def test_only_supervisors_decide(case: Case) -> None:
    asked = case.ask()
    with pytest.raises(NotAllowed):
        case.decide(asked, COLLEAGUE)
    with pytest.raises(NotAllowed):
        overrides.waiting(case.desk, AGENT)
    with pytest.raises(NotFound):
        case.decide(replace(asked, id=OverrideId("none")))


def test_of_two_who_decide_one_does(case: Case) -> None:
    asked = case.ask()
    agreed = case.decide(asked)
    with pytest.raises(OverrideNotStanding) as no:
        case.decide(asked, SECOND, consents=False)
    assert no.value.facts() == {"override": "consented"}
    assert case.decide(asked) == agreed


def test_of_two_at_once_one_does(case: Case) -> None:
    asked = case.ask()

    class Late(FakeOverrides):
        """Somebody else decides between our reading and our writing."""

        def store(self, step: Step) -> Any:
            if not case.now(asked).decided_by:
                case.decide(asked, SECOND, consents=False)
            return super().store(step)

    late = replace(case, desk=replace(case.desk, overrides=Late(case.desk.records)))  # type: ignore[arg-type]
    with pytest.raises(OverrideNotStanding) as no:
        late.decide(asked)
    assert no.value.state == "refused"


def test_too_late_is_too_late(case: Case) -> None:
    asked = case.ask()
    case.passes(10)
    with pytest.raises(OverrideNotStanding) as no:
        case.decide(asked)
    assert no.value.state == "lapsed"
    assert not overrides.waiting(case.desk, SUPERVISOR)


def test_a_visit_says_who_agreed_on_what(case: Case) -> None:
    agreed = case.agreed()
    visit = case.book(agreed).visit
    tables = case.desk.records.tables  # type: ignore[attr-defined]
    assert tables.changes[visit.id, 1].detail == {
        "override": agreed.id,
        "rule": "cohort_not_open",
        "ground": "physician",
        "rules": 0,
        "askedBy": "agent",
        "consentedBy": "adam",
    }
    told = [event.type for event in case.desk.publisher.told if event.topic == "overrides"]
    assert told == ["override.asked", "override.consented", "override.used"]
    assert {event.id for event in case.desk.publisher.told} <= set(tables.outbox)


def test_the_same_request_again_is_the_same_visit(case: Case) -> None:
    agreed = case.agreed()
    assert case.book(agreed).visit == case.book(agreed).visit
    assert not case.book(agreed).created


def test_it_is_used_once(case: Case) -> None:
    agreed = case.agreed()
    visit = case.book(agreed).visit
    booking.cancel(case.desk, AGENT, visit, CancelReason.PATIENT)
    with pytest.raises(OverrideNotStanding) as no:
        case.book(agreed, index=1)
    assert no.value.state == "used"


def test_without_consent_nothing_is_booked(case: Case) -> None:
    asked = case.ask()
    with pytest.raises(OverrideNotStanding) as no:
        case.book(asked)
    assert no.value.state == "asked"
    with pytest.raises(NotEligible):
        case.book(None)


def test_consent_runs_out(case: Case) -> None:
    agreed = case.agreed()
    case.passes(30)
    with pytest.raises(OverrideNotStanding):
        case.book(agreed)


@pytest.mark.parametrize("actor", [COLLEAGUE, SUPERVISOR, BOTH])
def test_only_who_asked_books_by_it(case: Case, actor: Actor) -> None:
    agreed = case.agreed()
    with pytest.raises(NotFound):
        case.book(agreed, actor=actor)


@pytest.mark.parametrize(
    "changes", [{"patient": JAN}, {"patient": JAN, "referral": an_early_referral(JAN).id}]
)
def test_it_is_for_one_person_and_one_referral(case: Case, changes: dict[str, Any]) -> None:
    agreed = case.agreed()
    with pytest.raises(NotFound):
        case.book(agreed, **changes)
    with pytest.raises(NotFound):
        case.book(agreed, referral=ReferralId("other"))


def test_used_by_somebody_else_meanwhile_it_books_nothing(case: Case) -> None:
    agreed = case.agreed()

    class Quicker(FakeOverrides):
        """The first look still finds it good; another request uses it before the commit."""

        looks = 0

        def get(self, override: OverrideId) -> Override | None:
            self.looks += 1
            if self.looks == 1:
                found = super().get(override)
                case.desk.overrides.store(Step(replace(agreed.used(VisitId("theirs"))), ()))
                return found
            return super().get(override)

    desk = replace(case.desk, overrides=Quicker(case.desk.records))  # type: ignore[arg-type]
    with pytest.raises(OverrideNotStanding) as no:
        Case(desk).book(agreed)
    assert no.value.state == "used"
    assert not case.desk.records.visits(ANNA)


def test_a_place_is_kept_meanwhile_and_booked_after_consent(case: Case) -> None:
    asked = case.ask()
    asker = Asker(AGENT, ANNA, None, asked.rule)
    with pytest.raises(NotEligible):
        holds.hold_slot(case.desk, replace(asker, waived=None), FIRST)
    kept = holds.hold_slot(case.desk, asker, FIRST)
    wanted = Wanted(hold=case.desk.tokens.seal(kept.hold))
    with pytest.raises(OverrideNotStanding):
        case.book(asked, wanted=wanted, key=None)
    case.decide(asked)
    assert case.book(asked, wanted=wanted, key=None).visit.place == kept.hold.place
    with pytest.raises((OverrideNotStanding, HoldExpired)):
        case.book(asked, wanted=wanted, key="another")


def test_find_and_hold_goes_by_it_too(case: Case) -> None:
    asker = Asker(AGENT, ANNA, None, case.ask().rule)
    assert holds.hold_best(case.desk, asker, Criteria()).hold.patient == ANNA


def test_what_was_booked_by_it_is_moved_without_another(case: Case) -> None:
    visit = case.book(case.agreed()).visit
    patient = Actor("anna", frozenset({Role.PATIENT}), ANNA)
    moved = booking.move(case.desk, patient, ANNA, visit, Wanted(slot=SECOND_SLOT))
    assert (moved.place.slot, moved.waived) == (SECOND_SLOT, Reason.COHORT_NOT_OPEN)


def test_the_agent_may_withdraw_it(case: Case) -> None:
    asked = case.ask()
    with pytest.raises(NotFound):
        overrides.withdraw(case.desk, COLLEAGUE, asked.id, REQUEST)
    withdrawn = overrides.withdraw(case.desk, AGENT, asked.id, REQUEST)
    assert withdrawn.status is Status.WITHDRAWN
    assert overrides.withdraw(case.desk, AGENT, asked.id, REQUEST) == withdrawn
    with pytest.raises(OverrideNotStanding):
        case.decide(asked)
    assert case.ask(ground=Ground.ORDER).ground is Ground.ORDER


def test_it_is_shown_to_who_asked_and_to_supervisors(case: Case) -> None:
    asked = case.ask()
    for actor in (AGENT, SUPERVISOR, BOTH):
        assert overrides.override_of(case.desk, actor, asked.id) == asked
    for actor, override in ((COLLEAGUE, asked.id), (SUPERVISOR, OverrideId("none"))):
        with pytest.raises(NotFound):
            overrides.override_of(case.desk, actor, override)


def test_a_call_knows_its_own(case: Case) -> None:
    asked = case.ask()
    assert asked.call
    assert overrides.last_in(case.desk, asked.call, ANNA) == asked
    assert overrides.last_in(case.desk, CallId("other"), ANNA) is None
    assert overrides.last_in(case.desk, asked.call, JAN) is None


def test_what_may_be_asked_for_is_told_for_each_referral(case: Case) -> None:
    [found] = overrides.askable_for(case.desk, case.desk.records.referrals(ANNA))
    assert (found.rule, found.otherwise_from) == (Reason.COHORT_NOT_OPEN, NEXT_MONTH.date())


def test_upkeep_ends_what_ran_out_once(case: Case) -> None:
    asked, agreed = case.ask(), case.agreed(PatientId(JAN))
    assert overrides.lapse(case.desk) == 0
    case.passes(10)
    assert overrides.lapse(case.desk) == 1
    assert (case.now(asked).status, case.now(agreed).status) == (Status.LAPSED, Status.CONSENTED)
    case.passes(20)
    assert overrides.lapse(case.desk) == 1
    assert overrides.lapse(case.desk) == 0


class Never(FakeOverrides):
    """A store in which somebody is always quicker."""

    def store(self, step: Step) -> Any:
        raise Clash(f"OverrideSteps {step.override.version}")


class NeverSeen(Never):
    """And nobody sees by whom."""

    def latest_of(self, patient: PatientId) -> Override | None:
        return None if patient == ANNA else super().latest_of(patient)


def test_who_always_loses_is_asked_to_come_again(case: Case) -> None:
    asked = case.ask()
    never = Case(replace(case.desk, overrides=Never(case.desk.records)))  # type: ignore[arg-type]
    unseen = Case(replace(case.desk, overrides=NeverSeen(case.desk.records)))  # type: ignore[arg-type]
    with pytest.raises(Overloaded):
        unseen.ask()
    with pytest.raises(Overloaded):
        never.decide(asked)
    with pytest.raises(Overloaded):
        overrides.withdraw(never.desk, AGENT, asked.id, REQUEST)
    never.passes(10)
    assert overrides.lapse(never.desk) == 0


def test_who_is_both_asks_another(case: Case) -> None:
    agreed = case.decide(case.ask(BOTH), staff("third", Role.SUPERVISOR))
    assert case.book(agreed, actor=BOTH).created
