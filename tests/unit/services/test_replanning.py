"""A delivery changes: which places fall, what becomes of visits, and how all of it comes back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from erejestracja.domain.closures import Outcome
from erejestracja.domain.errors import InvalidRequest, NotCovered, NotFound, VersionMismatch
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.supply import DeliveryId, DeliveryStatus, Override
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.services import replanning
from erejestracja.services.settling import settle_open
from tests.support.builders import DAY, MODERNA, POINT, a_person
from tests.support.supply_case import A_DAY, SupplyCase

TUESDAY, FRIDAY = DAY + timedelta(days=1), DAY + timedelta(days=4)
A_WEEK = 5 * A_DAY


@pytest.fixture
def case() -> SupplyCase:
    return SupplyCase()


@pytest.fixture
def delivery(case: SupplyCase) -> DeliveryId:
    """Publish a week, for which just as many doses come on Monday."""
    coming = case.delivery(A_WEEK)
    case.make()
    return coming


def full(case: SupplyCase, day: int, people: int = A_DAY) -> list[Visit]:
    """Book the first slots of a day."""
    return [case.visit(f"person-{day}-{n}", day=day, index=n) for n in range(people)]


def test_a_preview_says_what_falls_day_by_day_and_changes_nothing(
    case: SupplyCase, delivery: DeliveryId
) -> None:
    full(case, 4, 5)
    found = case.plan_anew(delivery, doses=A_WEEK - A_DAY)
    days = [(one.day, one.free, one.booked) for one in found.days]
    assert days == [(DAY + timedelta(days=3), 5, 0), (FRIDAY, A_DAY - 5, 0)]
    assert (found.visits, found.left) == ((), ())
    assert sum(case.by_day().values()) == A_WEEK
    assert case.supplies.deliveries[POINT, delivery].doses == A_WEEK


def test_the_latest_free_places_fall_and_visits_stay_where_they_are(
    case: SupplyCase, delivery: DeliveryId
) -> None:
    [early] = full(case, 4, 1)
    late = case.visit("late", day=4, index=30)
    case.replan(delivery, doses=A_WEEK - 20)
    assert [case.status(one) for one in (early, late)] == [VisitStatus.BOOKED] * 2
    assert case.now(late).place.slot == late.place.slot
    assert case.slots(day=4)[-1] == "10:30"
    assert case.missing() == {}
    assert case.store.tables.notices == {}
    assert case.supplies.deliveries[POINT, delivery].doses == A_WEEK - 20


def test_a_later_day_lets_fall_what_is_before_it(case: SupplyCase, delivery: DeliveryId) -> None:
    case.replan(delivery, expected_on=TUESDAY)
    assert list(case.by_day()) == [TUESDAY + timedelta(days=n) for n in range(4)]
    assert case.missing() == {}


def test_what_the_point_gives_no_longer_falls_too(case: SupplyCase, delivery: DeliveryId) -> None:
    case.point = replace(case.point, vaccines=frozenset({MODERNA}))
    case.replan(delivery, doses=A_WEEK - A_DAY)
    assert sum(case.by_day().values()) == A_WEEK - A_DAY
    assert case.missing() == {}


def test_visits_beyond_the_doses_look_for_another_place(
    case: SupplyCase, delivery: DeliveryId
) -> None:
    people = full(case, 0)
    found = case.replan(delivery, doses=20)
    assert [visit.id for visit in found.visits] == [one.id for one in people[20:]]
    assert [one.booked for one in found.days] == [A_DAY - 20, 0, 0, 0, 0]
    assert {case.status(one) for one in people[:20]} == {VisitStatus.BOOKED}
    assert {case.status(one) for one in people[20:]} == {VisitStatus.ORPHANED}
    hits = case.schedules.replans().hits(POINT, found.number)
    assert {hit.outcome for hit in hits} == {Outcome.ORPHANED}
    assert case.missing() == {}


def test_of_one_slot_who_booked_first_stays(case: SupplyCase) -> None:
    coming = case.delivery(2 * A_DAY)
    case.make(places=2, valid_to=DAY)
    last, first = case.visit("last"), case.visit("first", nth=1)
    later = last.created_at + timedelta(hours=1)
    case.store.tables.visits[last.id] = (replace(last, created_at=later), "")
    found = case.replan(coming, doses=1)
    assert [visit.id for visit in found.visits] == [last.id]
    assert case.status(first) is VisitStatus.BOOKED
    assert case.status(last) is VisitStatus.ORPHANED
    case.delivery(1)
    assert case.bring_back() == 1
    assert case.status(last) is VisitStatus.BOOKED


def test_who_is_cancelled_is_told_once(case: SupplyCase, delivery: DeliveryId) -> None:
    people = full(case, 0, 3)
    found = case.replan(delivery, strategy=Strategy.CANCEL, status=DeliveryStatus.CANCELLED)
    assert case.by_day() == {}
    assert {case.status(one) for one in people} == {VisitStatus.CANCELLED}
    notices = list(case.store.tables.notices.values())
    assert sorted(one.visit or "" for one in notices) == sorted(one.id for one in people)
    change = case.store.tables.changes[people[0].id, case.now(people[0]).version]
    assert change.detail == {"reason": "point", "supply": found.number}


def test_who_is_kept_comes_without_a_dose_and_for_a_reason(
    case: SupplyCase, delivery: DeliveryId
) -> None:
    people = full(case, 0)
    with pytest.raises(NotCovered) as refused:
        case.replan(delivery, strategy=Strategy.KEEP, doses=20)
    assert [(one.day, one.missing) for one in refused.value.shortages] == [(DAY, A_DAY - 20)]
    case.replan(delivery, Override.TRANSFER_PROMISED, strategy=Strategy.KEEP, reason=None, doses=20)
    assert {case.status(one) for one in people} == {VisitStatus.BOOKED}
    assert case.missing() == {DAY: A_DAY - 20}
    kept = case.supplies.changes[POINT][-1]
    assert (kept.override, kept.missing) == (Override.TRANSFER_PROMISED, A_DAY - 20)


def test_visits_fall_for_a_reason_only(case: SupplyCase, delivery: DeliveryId) -> None:
    [visit] = full(case, 0, 1)
    with pytest.raises(InvalidRequest):
        case.replan(delivery, reason=None, status=DeliveryStatus.CANCELLED)
    assert case.status(visit) is VisitStatus.BOOKED
    case.replan(delivery, reason=None, doses=1)
    assert case.status(visit) is VisitStatus.BOOKED


def test_a_delivery_that_did_not_come_on_its_day_is_planned_for_anew(
    case: SupplyCase, delivery: DeliveryId
) -> None:
    case.extend(later=(TUESDAY - case.board.today()).days)
    assert sum(case.missing().values()) == A_WEEK - A_DAY
    found = case.replan(delivery, expected_on=FRIDAY)
    assert [one.day for one in found.days] == [TUESDAY + timedelta(days=n) for n in (1, 2)]
    assert case.missing() == {TUESDAY: A_DAY}


def test_today_is_told_of_and_is_to_be_closed(case: SupplyCase, delivery: DeliveryId) -> None:
    case.extend(later=(DAY - case.board.today()).days)
    found = case.plan_anew(delivery, expected_on=TUESDAY)
    assert [(one.day, one.missing) for one in found.left] == [(DAY, A_DAY)]
    assert found.days == ()


def test_undone_as_one_it_is_as_it_was(case: SupplyCase, delivery: DeliveryId) -> None:
    people = full(case, 0)
    places = {one.id: case.now(one).starts_at for one in people}
    number = case.replan(delivery, doses=20).number
    case.take_back_replan(number)
    assert case.supplies.deliveries[POINT, delivery].doses == A_WEEK
    assert sum(case.by_day().values()) == A_WEEK
    assert {case.status(one) for one in people} == {VisitStatus.BOOKED}
    assert {one.id: case.now(one).starts_at for one in people} == places
    assert case.reach().series.fallen == ()
    with pytest.raises(VersionMismatch):
        case.take_back_replan(number)
    with pytest.raises(NotFound):
        case.take_back_replan(number + 7)


def test_what_was_changed_since_is_not_undone(case: SupplyCase, delivery: DeliveryId) -> None:
    number = case.replan(delivery, doses=20).number
    case.rearrange(delivery, doses=30)
    with pytest.raises(VersionMismatch):
        case.take_back_replan(number)


def test_a_delivery_that_was_changed_since_it_was_seen_is_not(
    case: SupplyCase, delivery: DeliveryId
) -> None:
    before = case.plan_anew(delivery, doses=20)
    case.rearrange(delivery, doses=A_WEEK + 1)
    with pytest.raises(VersionMismatch):
        replanning.carry_out(case.board, before)
    with pytest.raises(VersionMismatch):
        case.plan_anew(delivery, version="another")


def test_what_had_fallen_comes_back_as_doses_come(case: SupplyCase, delivery: DeliveryId) -> None:
    kept = case.visit("kept", day=4, index=30)
    case.replan(delivery, status=DeliveryStatus.CANCELLED, strategy=Strategy.CANCEL)
    orphan_like = case.status(kept)
    assert orphan_like is VisitStatus.CANCELLED
    assert case.bring_back() == 0
    assert case.schedules.replans().due(case.board.today(), 10) == []
    case.delivery(A_DAY + 10)
    assert case.bring_back() == A_DAY + 10
    assert list(case.by_day().values()) == [A_DAY, 10]
    assert case.bring_back() == 0
    case.lot(A_WEEK)
    case.board.clock.at += timedelta(days=1)  # type: ignore[attr-defined]
    assert case.bring_back() == A_WEEK - A_DAY - 10
    assert case.missing() == {}
    assert case.bring_back() == 0
    assert case.supplies.due_on == {}


def test_orphans_get_their_time_back_with_it(case: SupplyCase, delivery: DeliveryId) -> None:
    people = full(case, 0, 8)
    case.replan(delivery, status=DeliveryStatus.CANCELLED)
    assert {case.status(one) for one in people} == {VisitStatus.ORPHANED}
    case.delivery(A_DAY)
    assert case.bring_back() == A_DAY
    assert {case.status(one) for one in people} == {VisitStatus.BOOKED}


def test_what_had_fallen_comes_before_later_days(case: SupplyCase) -> None:
    coming = case.delivery(2 * A_DAY)
    case.make(as_covered=True, valid_to=None)
    case.replan(coming, doses=A_DAY)
    assert list(case.by_day()) == [DAY]
    case.delivery(A_DAY)
    case.extend()
    assert list(case.by_day()) == [DAY]
    assert case.bring_back() == A_DAY
    assert list(case.by_day()) == [DAY, TUESDAY]


def test_what_has_fallen_survives_every_edit(case: SupplyCase, delivery: DeliveryId) -> None:
    late = case.visit("late", day=4, index=30)
    case.replan(delivery, doses=A_WEEK - 20)
    edit = case.change(dose=2)
    case.change(weekdays=frozenset({1, 5}))
    case.undo(case.schedules.plans.edits[edit.number + 1])
    assert case.slots(day=4)[-1] == "10:30"
    assert case.missing() == {}
    assert case.now(late).starts_at == late.starts_at
    assert case.is_open_as_ruled()


def test_who_comes_to_the_end_of_a_day_that_fell_goes_with_the_rule(
    case: SupplyCase, delivery: DeliveryId
) -> None:
    late = case.visit("late", day=4, index=30)
    case.replan(delivery, doses=A_WEEK - 20)
    assert case.status(late) is VisitStatus.BOOKED
    case.change(weekdays=frozenset({1}))
    assert case.status(late) is VisitStatus.ORPHANED
    case.done(case.plan(None))


def test_a_closure_wins_over_what_fell(case: SupplyCase, delivery: DeliveryId) -> None:
    late = case.visit("late", day=4, index=30)
    case.replan(delivery, doses=A_WEEK - 20)
    case.close("15:00", "16:00", day=4, strategy=Strategy.CANCEL)
    assert case.status(late) is VisitStatus.CANCELLED


def test_a_place_that_is_given_up_needs_no_dose(case: SupplyCase, delivery: DeliveryId) -> None:
    late = case.visit("late", day=4, index=30)
    case.replan(delivery, doses=A_WEEK - 20)
    case.cancel(late)
    assert case.free_where_withdrawn() == 0
    case.change(dose=2)
    case.rearrange(delivery, doses=A_WEEK - 20 + 1)
    assert case.bring_back() == 2
    assert case.missing() == {}


def test_today_s_visits_at_an_end_that_fell_need_doses_until_they_came(
    case: SupplyCase, delivery: DeliveryId
) -> None:
    late = case.visit("late", day=0, index=30)
    case.replan(
        delivery, status=DeliveryStatus.CANCELLED, strategy=Strategy.KEEP, override=Override.OTHER
    )
    case.board.clock.at += DAY - case.board.today()  # type: ignore[attr-defined]
    assert case.missing() == {DAY: 1}
    came = replace(case.now(late), status=VisitStatus.COMPLETED)
    case.store.tables.visits[late.id] = (came, "")
    assert case.missing() == {}
    assert case.bring_back() == 0


def test_a_vaccine_without_control_needs_no_doses(case: SupplyCase, delivery: DeliveryId) -> None:
    case.replan(delivery, status=DeliveryStatus.CANCELLED)
    case.control(MODERNA)
    assert case.bring_back() == A_WEEK
    assert case.plan_anew(delivery, doses=1).days == ()


def test_upkeep_looks_again_where_something_changed_meanwhile(
    case: SupplyCase, delivery: DeliveryId
) -> None:
    case.replan(delivery, status=DeliveryStatus.CANCELLED)

    def other() -> None:
        case.supplies.before_commit = lambda: None
        case.delivery(A_DAY)

    case.supplies.before_commit = other
    assert case.bring_back() == 0
    assert case.bring_back() == A_DAY
    case.schedules.points.clear()
    case.supplies.look_again(POINT)
    assert case.bring_back() == 0


def test_who_cannot_be_told_is_named(case: SupplyCase, delivery: DeliveryId) -> None:
    for visit, phone in zip(full(case, 0, 2), ("+48600000000", None), strict=True):
        case.store.people[visit.patient] = a_person(visit.patient, phone=phone)
    number = case.replan(delivery, status=DeliveryStatus.CANCELLED).number
    found = replanning.progress(case.schedules.replans(), case.point, number)
    assert (found.settled, len(found.hits)) == (True, 2)
    assert {hit.patient for hit in found.unreachable} == {"person-0-1"}
    assert found.replan.reason is ClosureReason.NO_DELIVERY


@pytest.mark.parametrize("strategy", [Strategy.CANCEL, Strategy.REACCOMMODATE])
def test_cut_off_anywhere_it_is_completed(strategy: Strategy) -> None:
    for commits in range(1, 40):
        case = SupplyCase()
        coming = case.delivery(A_WEEK)
        case.make()
        people = full(case, 0)
        with case.schedules.killed_after(commits) as kill:
            case.replan(coming, strategy=strategy, doses=20)
        settle_open(case.board)
        assert {case.status(one) for one in people[:20]} == {VisitStatus.BOOKED}
        fate = VisitStatus.CANCELLED if strategy is Strategy.CANCEL else VisitStatus.ORPHANED
        assert {case.status(one) for one in people[20:]} == {fate}
        told = [one.visit for one in case.store.tables.notices.values()]
        assert len(told) == len(set(told)) == (12 if strategy is Strategy.CANCEL else 0)
        if not kill.struck:
            break
    assert commits > 5
