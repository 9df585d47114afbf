"""The slots of many days changed at once, in all series of a point, and that undone as one."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from erejestracja.domain.adjustments import EVERY_DAY, Adjusted, AdjustmentId, Selection
from erejestracja.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.series import SeriesId
from erejestracja.domain.session import Visibility
from erejestracja.domain.visit import VisitStatus
from erejestracja.services import adjusting, schedule
from erejestracja.services.adjusting import MOST_KEPT, Adjusting, Asked
from erejestracja.services.copying import Copied, copied
from erejestracja.services.settling import settle_open
from tests.support.builders import DAY, MODERNA, NOW, PFIZER
from tests.support.fake_schedules import live_sessions
from tests.support.schedule_case import ADMIN, LAST, Case

WEEK = Selection(DAY, DAY + timedelta(days=6))
BLOCK, OPEN = Adjusted(blocked=True), Adjusted(blocked=False)
INTERNAL = Adjusted(visibility=Visibility.INTERNAL)


@pytest.fixture
def case() -> Case:
    case = Case()
    case.made()
    return case


def second_series(case: Case, **changes: object) -> None:
    other = replace(case.reach().series, id=SeriesId("series-2"), number=0, **changes)  # type: ignore[arg-type]
    case.done(schedule.made(case.board, ADMIN, case.point, other))


def shown(case: Case, day: date = DAY) -> set[tuple[int, Visibility]]:
    found = (s for s in live_sessions(case.schedules).values() if s.key.day == day)
    return {(session.places, session.visibility) for session in found}


def asked(case: Case, which: Selection = WEEK, what: Adjusted = BLOCK) -> Adjusting:
    wanted = Asked(which, what, "key")
    return adjusting.asked_for(case.board, ADMIN, case.point, wanted)


def test_a_preview_changes_nothing(case: Case) -> None:
    hit = case.visit("anna")
    found = asked(case, what=Adjusted(places=1))
    assert found.places() == (160, 320, 64)
    assert [visit.id for visit in found.visits()] == [hit.id]
    assert found.staying() == {hit.id}
    assert shown(case) == {(2, Visibility.EXTERNAL)}


def test_slots_of_all_series_change_in_one_commit_on_the_days_named(case: Case) -> None:
    second_series(case, vaccine=MODERNA)
    commits: list[str] = []
    case.schedules.before_commit = commits.append
    case.adjust(WEEK, Adjusted(places=5, visibility=Visibility.INTERNAL, release_hours=24))
    assert commits.count("begin") == 1
    assert shown(case) == {(5, Visibility.INTERNAL)}
    assert shown(case, DAY + timedelta(days=7)) == {(2, Visibility.EXTERNAL)}
    released = [s for s in live_sessions(case.schedules).values() if s.release_hours == 24]
    assert len(released) == 10
    assert case.is_open_as_ruled()


def test_only_hours_weekdays_a_vaccine_or_a_series_that_are_named(case: Case) -> None:
    second_series(case, vaccine=MODERNA, dose=2)
    mondays = Selection(DAY, DAY + timedelta(days=6), frozenset({1}), time(9), time(10), PFIZER)
    found = case.adjust(mondays, Adjusted(places=7), "a")
    assert len(found.impacts) == 1
    sevens = [s for s in live_sessions(case.schedules).values() if s.places == 7]
    assert [(s.vaccine, s.slots, s.key.day) for s in sevens] == [(PFIZER, 4, DAY)]
    one = case.adjust(replace(WEEK, series="series-2"), Adjusted(places=9), "b")
    assert [impact.edit.series for impact in one.impacts] == ["series-2"]
    assert case.is_open_as_ruled()


def test_blocking_takes_free_places_only_and_unblocking_gives_them_back(case: Case) -> None:
    kept = case.visit("anna", index=3)
    found = case.adjust(WEEK, BLOCK, "block")
    assert found.staying() == {kept.id}
    assert found.places() == (0, 320, 64)
    assert case.status(kept) is VisitStatus.BOOKED
    assert case.now(kept).starts_at == kept.starts_at
    assert shown(case) == {(2, Visibility.BLOCKED)}
    case.adjust(WEEK, OPEN, "open")
    assert case.status(kept) is VisitStatus.BOOKED
    assert shown(case) == {(2, Visibility.EXTERNAL)}
    assert case.is_open_as_ruled()


def test_it_survives_edits_of_the_series_and_single_slots_after_it_win(case: Case) -> None:
    case.vary(case.slot("10:00"), 5)
    case.adjust(WEEK, Adjusted(places=3))
    assert shown(case) == {(3, Visibility.EXTERNAL)}
    case.vary(case.slot("11:00"), 8)
    case.change(step=30)
    assert shown(case) == {(3, Visibility.EXTERNAL), (8, Visibility.EXTERNAL)}
    case.unadjust()
    assert {places for places, _ in shown(case)} == {2, 5, 8}
    assert case.is_open_as_ruled()


def test_closures_win_over_it(case: Case) -> None:
    number = case.close().closure.closed.number
    case.adjust(WEEK, Adjusted(places=5))
    assert "10:00" not in case.slots()
    case.reopen(number)
    assert shown(case) == {(5, Visibility.EXTERNAL)}


def test_all_of_it_is_undone_as_one_and_the_same_request_is_known(case: Case) -> None:
    second_series(case, vaccine=MODERNA)
    found = case.adjust(WEEK, Adjusted(places=5))
    assert asked(case, what=Adjusted(places=5)).impacts == ()
    assert adjusting.carry_out(case.board, asked(case, what=Adjusted(places=5)))
    with pytest.raises(IdempotencyConflict):
        asked(case, what=Adjusted(places=6))
    commits: list[str] = []
    case.schedules.before_commit = commits.append
    undone = adjusting.undone(case.board, ADMIN, case.point, found.adjustment.id)
    adjusting.carry_out(case.board, undone)
    assert commits.count("begin") == 1
    assert shown(case) == {(2, Visibility.EXTERNAL)}
    assert asked(case, what=Adjusted(places=5)).adjustment.undone
    with pytest.raises(VersionMismatch):
        adjusting.undone(case.board, ADMIN, case.point, found.adjustment.id)


def test_who_lost_a_place_gets_it_back_by_the_undo(case: Case) -> None:
    hours = Selection(DAY, DAY, EVERY_DAY, time(8), time(9))
    first = case.visit("anna", index=0)
    places = case.store.tables.places
    other = replace(case.visit("jan", index=1), place=replace(first.place, place=1))
    case.store.tables.visits[other.id] = (replace(other, starts_at=first.starts_at), "")
    [was] = [key for key, claim in places.items() if claim.id == other.id]
    places[other.place] = places.pop(was)
    case.adjust(hours, Adjusted(places=1))
    assert {case.status(first), case.status(other)} == {VisitStatus.BOOKED, VisitStatus.ORPHANED}
    case.unadjust()
    assert {case.status(first), case.status(other)} == {VisitStatus.BOOKED}


def test_undone_as_an_edit_of_its_series_it_is_undone_there(case: Case) -> None:
    second_series(case, vaccine=MODERNA)
    found = case.adjust(WEEK, Adjusted(places=5))
    edits = case.schedules.plans.edits
    case.undo(edits[max(edits)])
    assert {places for places, _ in shown(case)} == {2, 5}
    undone = adjusting.undone(case.board, ADMIN, case.point, found.adjustment.id)
    assert len(undone.impacts) == 1
    adjusting.carry_out(case.board, undone)
    assert shown(case) == {(2, Visibility.EXTERNAL)}


def test_blocked_hours_are_not_copied(case: Case) -> None:
    case.adjust(Selection(DAY, DAY, EVERY_DAY, time(8), time(12)), BLOCK)
    free = DAY + timedelta(days=5)
    found = copied(case.board, ADMIN, case.point, Copied(DAY, free, 1, "copy"))
    [one] = found.impacts
    assert [session.slots for session in one.plan.creates] == [16]


@pytest.mark.parametrize("kills", range(9))
def test_killed_before_any_commit_it_completes_by_itself(case: Case, kills: int) -> None:
    second_series(case, vaccine=MODERNA)
    kept = case.visit("anna")
    found = asked(case)
    with case.schedules.killed_after(kills):
        adjusting.carry_out(case.board, found)
    settle_open(case.board)
    assert shown(case) == {(2, Visibility.BLOCKED if kills else Visibility.EXTERNAL)}
    assert case.status(kept) is VisitStatus.BOOKED
    assert case.is_open_as_ruled()


def test_what_is_cut_off_is_said(case: Case) -> None:
    def away(what: str) -> None:
        if what == "publish":
            raise Overloaded(retry_after=1)

    found = asked(case)
    case.schedules.before_commit = away
    assert not adjusting.carry_out(case.board, found)


@pytest.mark.parametrize(
    ("which", "what", "wrong"),
    [
        (Selection(NOW.date(), DAY), BLOCK, "from"),
        (Selection(DAY, DAY - timedelta(days=1)), BLOCK, "to"),
        (Selection(DAY, DAY + timedelta(days=367)), BLOCK, "to"),
        (Selection(DAY, DAY, EVERY_DAY, time(9), time(9)), BLOCK, "hourTo"),
        (Selection(DAY, DAY, frozenset()), BLOCK, "weekdays"),
        (WEEK, Adjusted(), "what"),
        (Selection(DAY + timedelta(days=5), DAY + timedelta(days=5)), BLOCK, "which"),
        (Selection(DAY, DAY, EVERY_DAY, time(17)), BLOCK, "which"),
    ],
)
def test_what_cannot_be_meant_is_named(
    case: Case, which: Selection, what: Adjusted, wrong: str
) -> None:
    with pytest.raises(InvalidRequest) as no:
        asked(case, which, what)
    assert set(no.value.fields) == {wrong}


def test_a_series_that_nobody_generated_yet_follows_up_to_the_horizon(case: Case) -> None:
    series = case.schedules.plans.series
    series |= {named: replace(reach, until=None) for named, reach in series.items()}
    [one] = case.adjust(WEEK, Adjusted(places=5)).impacts
    assert one.edit.until == LAST
    assert shown(case) == {(5, Visibility.EXTERNAL)}


def test_a_vaccine_or_series_without_such_slots_is_named(case: Case) -> None:
    for which in (replace(WEEK, vaccine=MODERNA), replace(WEEK, series="another")):
        with pytest.raises(InvalidRequest) as no:
            asked(case, which)
        assert set(no.value.fields) == {"which"}


def test_a_day_is_cut_into_as_many_parts_as_there_are_numbers(case: Case) -> None:
    for nth in range(8):
        hours = Selection(DAY, DAY, EVERY_DAY, time(8 + nth, 15), time(8 + nth, 30))
        if nth < 7:
            case.adjust(hours, Adjusted(places=9), f"key-{nth}")
    with pytest.raises(InvalidRequest) as no:
        asked(case, hours, Adjusted(places=9))
    assert set(no.value.fields) == {"which"}
    with pytest.raises(InvalidRequest):
        case.change(breaks=((time(8, 45), time(9)), (time(9, 45), time(10))))


def test_a_rule_carries_a_bounded_number_of_them(case: Case) -> None:
    known = asked(case).adjustment
    some = tuple(
        replace(known, id=AdjustmentId(f"a-{n}"), nr=n, undone=True) for n in range(MOST_KEPT)
    )
    case.change(adjusted=some)
    with pytest.raises(InvalidRequest) as no:
        asked(case)
    assert set(no.value.fields) == {"which"}


def test_one_that_never_was_or_is_over_cannot_be_undone(case: Case) -> None:
    found = case.adjust(WEEK, BLOCK)
    case.board.clock.at = NOW + timedelta(days=13)  # type: ignore[attr-defined]
    for named in (AdjustmentId("other"), found.adjustment.id):
        with pytest.raises(NotFound):
            adjusting.undone(case.board, ADMIN, case.point, named)
