"""Places of a controlled vaccine: none is published that no dose is there for, but by a reason."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.advice import AdviceCode
from erejestracja.domain.errors import NotCovered
from erejestracja.domain.substitutions import Substitution, SubstitutionId
from erejestracja.domain.supply import DeliveryStatus, Override
from erejestracja.domain.timetable import Reach
from erejestracja.domain.visit import VisitStatus
from erejestracja.services import copying, schedule, substituting, supply, varying
from erejestracja.services.copying import Copied
from erejestracja.services.cover import needed_today, reaching
from erejestracja.services.settling import settle_open
from erejestracja.services.varying import SlotEdit
from tests.support.builders import DAY, MODERNA, PFIZER, a_series
from tests.support.schedule_case import ADMIN
from tests.support.supply_case import A_DAY, SupplyCase

TUESDAY, WEDNESDAY = DAY + timedelta(days=1), DAY + timedelta(days=2)


@pytest.fixture
def case() -> SupplyCase:
    return SupplyCase()


def told(refused: pytest.ExceptionInfo[NotCovered]) -> list[tuple[object, int]]:
    return [(one.day, one.missing) for one in refused.value.shortages]


def test_what_is_in_stock_is_published(case: SupplyCase) -> None:
    case.lot(5 * A_DAY)
    case.make()
    assert sum(case.by_day().values()) == 5 * A_DAY
    assert case.missing() == {}


def test_more_is_refused_and_the_days_named(case: SupplyCase) -> None:
    case.lot(3 * A_DAY - 2)
    with pytest.raises(NotCovered) as refused:
        case.make()
    assert told(refused) == [(WEDNESDAY, 2)] + [(DAY + timedelta(days=n), A_DAY) for n in (3, 4)]
    assert case.by_day() == {}


def test_a_confirmed_delivery_covers_from_its_day_on(case: SupplyCase) -> None:
    case.delivery(5 * A_DAY, day=1)
    with pytest.raises(NotCovered) as refused:
        case.make()
    assert told(refused) == [(DAY, A_DAY)]
    case.make(valid_from=TUESDAY)
    assert sum(case.by_day().values()) == 4 * A_DAY


def test_an_announced_delivery_covers_nothing_until_it_is_confirmed(case: SupplyCase) -> None:
    announced = case.delivery(5 * A_DAY, status=DeliveryStatus.ANNOUNCED)
    with pytest.raises(NotCovered):
        case.make()
    case.rearrange(announced, status=DeliveryStatus.CONFIRMED)
    case.make()


def test_a_delivery_that_did_not_come_on_its_day_counts_no_more(case: SupplyCase) -> None:
    case.delivery(5 * A_DAY)
    case.make()
    case.extend(later=(TUESDAY - case.board.today()).days)
    assert list(case.missing()) == [DAY + timedelta(days=n) for n in range(1, 5)]


def test_doses_are_no_use_after_their_day(case: SupplyCase) -> None:
    case.lot(5 * A_DAY, expires_on=DAY)
    with pytest.raises(NotCovered) as refused:
        case.make()
    assert told(refused)[0] == (TUESDAY, A_DAY)


def test_what_expires_first_is_used_first(case: SupplyCase) -> None:
    case.lot(4 * A_DAY)
    case.lot(A_DAY, expires_on=DAY)
    case.make()
    assert case.missing() == {}


def test_a_reason_publishes_all_the_same_and_is_kept(case: SupplyCase) -> None:
    case.lot(4 * A_DAY)
    case.make(override=Override.DELIVERY_PROMISED)
    kept = case.supplies.changes[case.point.id][-1]
    assert (kept.override, kept.missing) == (Override.DELIVERY_PROMISED, A_DAY)
    assert case.missing() == {DAY + timedelta(days=4): A_DAY}


def test_a_reason_that_was_not_needed_is_not_kept(case: SupplyCase) -> None:
    case.lot(5 * A_DAY)
    case.make(override=Override.OTHER)
    assert case.supplies.changes[case.point.id][-1].override is None


def test_an_edit_that_makes_nothing_worse_is_free(case: SupplyCase) -> None:
    case.lot(A_DAY)
    case.make(override=Override.OTHER)
    case.change(step=30)
    assert sum(case.by_day().values()) == 5 * A_DAY // 2
    with pytest.raises(NotCovered):
        case.change(step=15)


def test_single_slots_and_copies_are_covered_too(case: SupplyCase) -> None:
    case.lot(5 * A_DAY + 1)
    case.make()
    case.vary(case.slot("08:00"), places=2)
    with pytest.raises(NotCovered):
        case.vary(case.slot("08:15"), places=2)
    asked = Copied(DAY, DAY + timedelta(days=5), 1, "a copy")
    copy = copying.copied(case.board, ADMIN, case.point, asked)
    with pytest.raises(NotCovered):
        copying.carry_out(case.board, copy)
    copying.carry_out(case.board, copy, Override.INSTRUCTED)
    assert case.by_day()[DAY + timedelta(days=5)] == A_DAY + 1


def test_an_end_that_is_undone_needs_its_doses_again(case: SupplyCase) -> None:
    case.lot(5 * A_DAY)
    case.make()
    ended = case.done(case.plan(None))
    case.make("other")
    with pytest.raises(NotCovered):
        case.undo(ended)
    case.done(schedule.changed(case.board, ADMIN, case.point, case.reach(), None))
    case.undo(ended)
    assert sum(case.by_day().values()) == 5 * A_DAY


def test_a_closure_that_is_undone_needs_its_doses_again(case: SupplyCase) -> None:
    case.lot(5 * A_DAY)
    case.make()
    shut = case.close("00:00", "23:59").closure.closed.number
    case.make("other", weekdays=frozenset({2}), valid_from=TUESDAY)
    with pytest.raises(NotCovered):
        case.reopen(shut)


def test_vaccines_without_control_and_points_without_are_as_before(case: SupplyCase) -> None:
    case.make("other", vaccine=MODERNA)
    assert sum(case.by_day().values()) == 5 * A_DAY
    case.control()
    case.make()
    assert case.missing() == {}


def test_control_switched_on_withdraws_nothing_and_says_what_is_missing(case: SupplyCase) -> None:
    case.control()
    case.make()
    case.control(PFIZER)
    assert sum(case.missing().values()) == sum(case.by_day().values()) == 5 * A_DAY


def test_a_preview_tells_what_would_be_refused(case: SupplyCase) -> None:
    case.lot(4 * A_DAY)
    new = a_series(number=0, valid_to=DAY + timedelta(days=6))
    found = schedule.made(case.board, ADMIN, case.point, new)
    advice = supply.advice(case.board, case.point, [found.edit])
    [one] = [one for one in advice if one.code is AdviceCode.NOT_COVERED]
    assert (one.vaccine, one.of) == (PFIZER, A_DAY)
    assert one.found == ((DAY + timedelta(days=4), A_DAY),)


def test_of_two_edits_decided_by_the_same_doses_one_is_refused(case: SupplyCase) -> None:
    case.lot(5 * A_DAY)

    def other(_: str) -> None:
        case.schedules.before_commit = lambda _: None
        case.make("other")

    case.schedules.before_commit = other
    with pytest.raises(NotCovered):
        case.make()
    assert sum(case.by_day().values()) == 5 * A_DAY


def test_control_that_is_switched_on_meanwhile_is_heeded(case: SupplyCase) -> None:
    case.control()

    def other(_: str) -> None:
        case.schedules.before_commit = lambda _: None
        case.control(PFIZER)

    case.schedules.before_commit = other
    with pytest.raises(NotCovered):
        case.make()


def test_a_new_series_may_wait_for_doses(case: SupplyCase) -> None:
    case.lot(2 * A_DAY)
    case.make(as_covered=True, valid_to=None)
    assert list(case.by_day()) == [DAY, TUESDAY]
    case.delivery(A_DAY, day=2)
    assert case.extend() > 0
    assert sorted(case.by_day()) == [DAY, TUESDAY, WEDNESDAY]
    assert case.extend() == 0


def test_without_any_dose_a_series_waits_whole(case: SupplyCase) -> None:
    case.make(as_covered=True, valid_to=None)
    assert case.by_day() == {}
    assert case.reach().until == DAY - timedelta(days=1)


def test_a_series_that_waits_is_edited_within_its_reach(case: SupplyCase) -> None:
    case.lot(2 * A_DAY)
    case.make(as_covered=True, valid_to=None)
    case.extend()
    case.change(dose=2)
    assert sum(case.by_day().values()) == 2 * A_DAY
    case.undo(case.schedules.plans.edits[max(case.schedules.plans.edits)])
    assert sum(case.by_day().values()) == 2 * A_DAY
    case.extend()
    assert sum(case.by_day().values()) == 2 * A_DAY


def test_series_of_one_vaccine_go_on_together(case: SupplyCase) -> None:
    case.make(as_covered=True, valid_to=None)
    case.make("other", as_covered=True, valid_to=None)
    case.lot(4 * A_DAY)
    case.extend(later=1)
    assert case.by_day() == {DAY: 2 * A_DAY, TUESDAY: 2 * A_DAY}


def test_a_horizon_of_another_vaccine_reaches_on(case: SupplyCase) -> None:
    case.make("other", vaccine=MODERNA, valid_to=None)
    assert case.extend(later=1) > 0


def test_a_horizon_that_clashes_with_a_change_of_supply_waits(case: SupplyCase) -> None:
    case.make(as_covered=True, valid_to=None)
    case.lot(10 * A_DAY)

    def other(what: str) -> None:
        case.schedules.before_commit = lambda _: None
        assert what == "horizon"
        case.delivery(6)

    case.schedules.before_commit = other
    assert case.extend(later=1) == 0
    assert case.extend() > 0


def test_doses_given_today_are_needed_no_more(case: SupplyCase) -> None:
    case.lot(2 * A_DAY)
    case.make(valid_to=TUESDAY)
    visit = case.visit("anna")
    case.extend(later=(DAY - case.board.today()).days)
    assert case.missing() == {}
    [lot] = case.supplies.lots
    case.supplies.lots = [replace(lot, balance=lot.balance - 1)]
    assert case.missing() == {TUESDAY: 1}
    given = replace(case.now(visit), status=VisitStatus.COMPLETED)
    case.store.tables.visits[visit.id] = (given, "")
    assert case.missing() == {}


def test_a_point_nobody_knows_is_covered_by_nothing(case: SupplyCase) -> None:
    known, today = case.supplies.supply(case.point.id), case.board.today()
    case.schedules.points.clear()
    assert reaching(case.schedules, known, today, Reach(a_series(), None), DAY) == today


def test_a_slot_may_be_made_smaller_at_any_time(case: SupplyCase) -> None:
    case.make(override=Override.OTHER)
    slot = case.slot("08:00")
    found = varying.varied(case.board, ADMIN, case.point, slot, SlotEdit(0, None))
    case.done(found)
    assert case.by_day()[DAY] == A_DAY - 1


def test_a_place_for_one_of_two_vaccines_needs_one_dose_of_either(case: SupplyCase) -> None:
    case.control(PFIZER, MODERNA)
    case.lot(3 * A_DAY)
    both: dict[str, Any] = {"vaccine": MODERNA, "also": (PFIZER,)}
    with pytest.raises(NotCovered) as refused:
        case.make(**both)
    assert told(refused) == [(DAY + timedelta(days=n), A_DAY) for n in (3, 4)]
    assert {one.vaccine for one in refused.value.shortages} == {MODERNA}
    case.supplies.lots.append(replace(case.supplies.lots[0], code="M1", vaccine=MODERNA))
    case.make(**both)
    case.make("third", valid_to=DAY)
    with pytest.raises(NotCovered):
        case.make("fourth", valid_to=DAY)


def test_a_place_that_any_vaccine_without_control_will_do_for_is_covered(case: SupplyCase) -> None:
    case.make(vaccine=PFIZER, also=(MODERNA,))
    assert sum(case.by_day().values()) == 5 * A_DAY


def test_a_day_on_which_a_controlled_vaccine_replaces_another_is_covered(case: SupplyCase) -> None:
    case.make(vaccine=MODERNA)
    instead = Substitution(SubstitutionId("a change"), DAY, MODERNA, PFIZER)
    with pytest.raises(NotCovered) as refused:
        case.change(substituted=(instead,))
    assert told(refused) == [(DAY, A_DAY)]
    case.lot(A_DAY)
    case.change(substituted=(instead,))
    assert case.missing() == {}


def test_of_today_other_doses_are_needed_for_what_has_not_begun(case: SupplyCase) -> None:
    case.control(PFIZER, MODERNA)
    case.lot(6 * A_DAY)
    case.make()
    case.at("10:07")
    here, done, late = (case.visit(who, index=n) for n, who in ((9, "a"), (3, "b"), (12, "c")))
    case.set_status(here, VisitStatus.ARRIVED)
    case.set_status(done, VisitStatus.COMPLETED)
    before = needed(case)
    assert before == {(PFIZER,): A_DAY - 1}
    with pytest.raises(NotCovered) as refused:
        case.substitute(0, PFIZER, MODERNA, "key")
    assert told(refused) == [(DAY, 22)]
    with case.schedules.killed_after(2):
        find = substituting.Asked(DAY, PFIZER, MODERNA, "other")
        found = substituting.asked_for(case.board, ADMIN, case.point, find)
        substituting.carry_out(case.board, found, Override.DELIVERY_PROMISED)
    half_done = needed(case)
    settle_open(case.board)
    assert case.now(late).vaccine == MODERNA
    # Nine began, of which one is done; of the rest one person is there and has Pfizer.
    assert needed(case) == half_done == {(PFIZER,): 8 + 1, (MODERNA,): 22}
    assert case.missing() == {DAY: 22}


def needed(case: SupplyCase) -> dict[Any, int]:
    """Return what today needs of each kind."""
    series, today = case.schedules.series(case.point), case.board.today()
    found = needed_today(case.schedules, series, case.point, today)
    return {kind: n for (_, kind), n in found.items()}
