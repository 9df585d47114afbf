from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from erejestracja.domain.criteria import Area, Criteria
from erejestracja.domain.errors import (
    HoldExpired,
    InvalidRequest,
    NotEligible,
    NotFound,
    Overloaded,
    Reason,
)
from erejestracja.domain.ids import PointId
from erejestracja.domain.visit import VisitStatus
from erejestracja.domain.waiting import Ahead, EntryId
from erejestracja.ports import Clash
from erejestracja.services import waiting
from tests.support.builders import MODERNA
from tests.support.waiting_case import (
    ANNA,
    EWA,
    FIRST,
    HERE,
    JAN,
    LATER,
    SECOND,
    SESSION,
    Case,
    a_case,
    a_full_case,
    actor,
)


@pytest.fixture
def offered() -> Case:
    """Return a case in which Anna, and then Jan, wait; Anna is offered the first slot."""
    case, ewa, _ = a_full_case()
    case.ask(ANNA)
    case.pass_time(minutes=1)
    case.ask(JAN)
    case.cancel(ewa)
    case.tell()
    return case


def test_a_cancelled_place_goes_to_who_waits_longest(offered: Case) -> None:
    assert (offered.asked(ANNA), offered.asked(JAN)) == (FIRST, None)
    visit = offered.accept(ANNA)
    assert (visit.patient, visit.place.slot, visit.status) == (ANNA, FIRST, VisitStatus.BOOKED)
    assert offered.entry(ANNA) is None


def test_the_person_is_told_of_an_offer_once_and_until_when_it_stands(offered: Case) -> None:
    notices = [n for n in offered.store.tables.notices.values() if n.template == "offered"]
    [notice] = notices
    assert (notice.patient, notice.visit) == (ANNA, None)
    until = datetime.fromisoformat(notice.facts["until"])
    assert until == offered.desk.clock.at + timedelta(minutes=30)
    assert set(notice.facts) == {"startsAt", "point", "address", "until"}


def test_who_says_no_keeps_their_place_in_the_order_and_the_next_is_asked(offered: Case) -> None:
    since = offered.an_entry(ANNA).since
    offered.decline(ANNA)
    offered.tell()
    assert (offered.asked(ANNA), offered.asked(JAN)) == (None, FIRST)
    assert offered.an_entry(ANNA).since == since


def test_saying_no_twice_is_no_matter(offered: Case) -> None:
    first = offered.decline(ANNA)
    assert offered.decline(ANNA) == first


def test_nobody_is_asked_twice_about_what_they_declined(offered: Case) -> None:
    offered.decline(ANNA)
    offered.tell()
    offered.decline(JAN)
    offered.tell()
    assert (offered.asked(ANNA), offered.asked(JAN)) == (None, None)
    assert offered.desk.stock.state(SESSION).free(0) == 1


def test_an_offer_that_runs_out_goes_to_the_next_and_the_silent_wait_anew(offered: Case) -> None:
    offered.pass_time(minutes=31)
    offered.tell()
    assert (offered.asked(ANNA), offered.asked(JAN)) == (None, FIRST)
    assert offered.an_entry(ANNA).since == offered.desk.clock.at
    with pytest.raises(HoldExpired):
        offered.accept(ANNA)


def test_an_offer_that_has_run_out_cannot_be_taken_nor_declined_any_more(offered: Case) -> None:
    offered.desk.clock.at += timedelta(minutes=31)
    with pytest.raises(HoldExpired):
        offered.accept(ANNA)
    assert offered.decline(ANNA).offer is None


def test_a_no_that_meets_a_yes_is_refused(offered: Case) -> None:
    entry = offered.an_entry(ANNA)
    late = replace(entry, version=entry.version - 1)
    offered.queue = Reads(offered.queue, [late])
    with pytest.raises(HoldExpired):
        offered.decline(ANNA)


def test_other_wishes_keep_the_place_in_the_order() -> None:
    case, *_ = a_full_case()
    first = case.ask(ANNA)
    case.pass_time(minutes=5)
    second = case.ask(ANNA, replace(HERE, vaccines=first.criteria.vaccines, area=Area(teryt="06")))
    assert (second.id, second.since) == (first.id, first.since)
    assert case.queue.of(ANNA) == [second]


def test_a_wish_has_to_name_a_place_that_has_points() -> None:
    case = a_case()
    for area in (Area(), Area(teryt="14"), Area(point=PointId("zzzzzzzzzz"))):
        with pytest.raises(InvalidRequest):
            case.ask(ANNA, Criteria(area=area))


def test_who_may_have_nothing_of_it_is_told_why() -> None:
    case = a_case(ANNA)
    with pytest.raises(NotEligible) as no:
        case.ask(JAN)
    assert no.value.reason is Reason.NO_REFERRAL
    with pytest.raises(NotEligible) as no:
        case.ask(ANNA, replace(HERE, dose=2))
    assert no.value.reason is Reason.VACCINE_MISMATCH


def test_who_is_kept_from_waiting_by_others_is_asked_to_come_again() -> None:
    case = a_case()
    case.queue = Full(case.queue)
    with pytest.raises(Overloaded):
        case.ask(ANNA)


def test_who_withdraws_gives_back_what_was_kept_for_them(offered: Case) -> None:
    waiting.withdraw(offered.room, actor(ANNA), ANNA, None)
    waiting.withdraw(offered.room, actor(ANNA), ANNA, None)
    assert offered.entry(ANNA) is None
    offered.tell()
    assert offered.asked(JAN) == FIRST


def test_one_entry_may_be_withdrawn_by_itself(offered: Case) -> None:
    waiting.withdraw(offered.room, actor(ANNA), ANNA, EntryId("another"))
    entry = offered.an_entry(ANNA)
    waiting.withdraw(offered.room, actor(ANNA), ANNA, entry.id)
    assert offered.entry(ANNA) is None


def test_a_withdrawal_that_always_meets_somebody_else_is_to_come_again(offered: Case) -> None:
    entry = offered.an_entry(ANNA)
    late = replace(entry, version=entry.version - 1)
    offered.queue = Reads(offered.queue, [late])
    with pytest.raises(Overloaded):
        waiting.withdraw(offered.room, actor(ANNA), ANNA, None)


def test_anothers_entry_is_not_found(offered: Case) -> None:
    entry = offered.an_entry(ANNA)
    for act in (waiting.accept, waiting.decline):
        with pytest.raises(NotFound):
            act(offered.room, actor(JAN), JAN, entry.id)


def test_nothing_is_taken_where_nothing_is_offered(offered: Case) -> None:
    with pytest.raises(HoldExpired):
        offered.accept(JAN)


def test_who_has_lost_the_referral_takes_nothing(offered: Case) -> None:
    offered.store.all_referrals.clear()
    with pytest.raises(NotEligible):
        offered.accept(ANNA)


def test_how_many_are_before_somebody_is_a_range() -> None:
    case = a_case()
    for person in (ANNA, JAN):
        case.ask(person)
        case.pass_time(minutes=1)
    [anna], [jan] = (waiting.standings(case.room, person) for person in (ANNA, JAN))
    assert (anna.longer, anna.lost) == (Ahead(0, 0), Ahead(0, 0))
    assert (jan.longer, jan.lost) == (Ahead(1, 5), Ahead(0, 0))


def test_who_has_a_visit_waits_for_an_earlier_one_and_it_is_moved() -> None:
    case, _, adam = a_full_case(LATER)
    visit = case.book(ANNA, 0, LATER)
    case.ask(ANNA, replace(HERE, area=Area(teryt="06")))
    case.cancel(adam)
    case.tell()
    assert case.asked(ANNA) == SECOND
    moved = case.accept(ANNA)
    assert (moved.id, moved.place.slot) == (visit.id, SECOND)
    assert case.desk.stock.state(LATER).taken == 0


def test_who_has_an_earlier_visit_is_not_offered_a_later_one() -> None:
    case, *_ = a_full_case(LATER)
    later = case.book(JAN, 0, LATER)
    case.ask(EWA)
    case.cancel(later)
    case.tell()
    assert case.asked(EWA) is None


def test_another_vaccine_is_not_offered() -> None:
    case, ewa, _ = a_full_case()
    case.ask(ANNA, replace(HERE, vaccines=frozenset({MODERNA})))
    case.cancel(ewa)
    case.tell()
    assert case.asked(ANNA) is None


def test_at_night_nobody_is_woken_and_in_the_morning_they_are_asked() -> None:
    case, ewa, _ = a_full_case()
    case.ask(ANNA)
    case.desk.clock.at = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)
    case.cancel(ewa)
    case.tell()
    assert case.asked(ANNA) is None
    case.desk.clock.at = datetime(2026, 12, 2, 7, 0, tzinfo=UTC)
    case.sweep()
    assert case.asked(ANNA) == FIRST


class Reads:
    """A queue that shows entries as they were, and commits as it is."""

    def __init__(self, queue: Any, entries: Any) -> None:
        self._queue, self._entries = queue, entries

    def of(self, _: Any) -> Any:
        return self._entries

    def entries(self, _: Any) -> Any:
        return self._entries

    def line(self, *of: Any) -> Any:
        return self._queue.line(*of)

    def commit(self, step: Any, /) -> Any:
        return self._queue.commit(step)


class Full(Reads):
    """A queue in which somebody is always first."""

    def __init__(self, queue: Any) -> None:
        super().__init__(queue, [])

    def commit(self, _: Any, /) -> Any:
        raise Clash("index OneWaiting")
