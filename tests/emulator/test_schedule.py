"""Series edited on the real adapters: the commits that say no, and what they cost."""

import time
from dataclasses import replace
from datetime import date, timedelta
from datetime import time as time_of
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.adjustments import Adjusted, Selection
from erejestracja.domain.errors import VersionMismatch
from erejestracja.domain.ids import PatientId, PlaceKey, SlotKey
from erejestracja.domain.series import Series
from erejestracja.domain.session import Session, Visibility
from erejestracja.domain.timetable import keeping_their_time
from erejestracja.domain.visit import VisitStatus
from erejestracja.ports import Clash
from erejestracja.services import adjusting, schedule, upkeep
from erejestracja.services.adjusting import Asked
from erejestracja.services.schedule import Board, Impact
from erejestracja.services.settling import settle, settle_open
from erejestracja.storage.redis.states import decode, encode
from erejestracja.storage.spanner.bookings import Bookings
from erejestracja.storage.spanner.database import Database, Keys
from erejestracja.storage.spanner.horizon import Horizon
from erejestracja.storage.spanner.stock import SpannerStock
from tests.support.boards import a_board, booked_by
from tests.support.builders import (
    a_hold,
    a_point,
    a_series,
    an_actor,
)
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import save

pytestmark = pytest.mark.emulator

ADMIN = an_actor(Role.ADMIN)
DAYS = timedelta(days=60)
MONDAY = date(2026, 12, 7)


@pytest.fixture
def board(database: Database) -> Board:
    save(database, [a_point()])
    return a_board(database, DAYS)


def made(board: Board, **changes: Any) -> Series:
    series = a_series(**({"number": 0} | changes))
    edit = schedule.begin(board, schedule.made(board, ADMIN, a_point(), series))
    settle(board, edit)
    assert edit.after
    return edit.after


def plan(board: Board, after: Series | None) -> Impact:
    was = schedule.find(board, a_point(), a_series().id, None)
    return schedule.changed(board, ADMIN, a_point(), was, after)


def booked(database: Database, board: Board, count: int) -> None:
    """Book the first places of the sessions there are, one person each."""
    keys = Keys(everything=True)
    rows = database.read("Sessions", ("PointId", "Day", "Nr"), keys)
    days = sorted({row[1] for row in rows})
    found = board.schedules.standing(a_point().id, a_series().id, days)
    places = [
        (PlaceKey(SlotKey(one.session.key, index), 0), one.session.start_of(index))
        for one in found
        for index in range(one.session.slots)
    ]
    people = (PatientId(f"patient-{n:04}") for n in range(count))
    wanted = [(person, *place) for person, place in zip(people, places, strict=False)]
    assert len(booked_by(database, wanted)) == len(wanted)


def statuses(database: Database) -> dict[str, int]:
    rows = database.read("Visits", ("Status",), Keys(everything=True))
    found = [row[0] for row in rows]
    return {status: found.count(status) for status in set(found)}


def live(database: Database) -> list[list[Any]]:
    rows = database.read("Sessions", ("Day", "Nr", "WithdrawnBy"), Keys(everything=True))
    return [row[:2] for row in rows if row[2] is None]


def test_a_day_s_sessions_are_those_that_stand_of_all_series(board: Board) -> None:
    first = made(board)
    made(board, id="series-2", opens=first.closes, closes=time_of(18))
    assert len(board.schedules.sessions(first.point, [MONDAY])) == 2
    settle(board, schedule.begin(board, plan(board, replace(first, places=5, number=0))))
    standing = board.schedules.sessions(first.point, [MONDAY])
    assert sorted(session.places for session in standing) == [1, 5]
    assert board.schedules.sessions(first.point, [MONDAY - timedelta(days=1)]) == []


def test_a_series_is_generated_for_sixty_days_within_two_seconds(
    board: Board, database: Database
) -> None:
    began = time.perf_counter()
    made(board, weekdays=frozenset(range(1, 8)), on_holidays=True, places=4)
    took = time.perf_counter() - began
    print(f"60 days of one point: {took:.2f} s")
    assert len(live(database)) == 60 - 5
    assert took < 2
    assert upkeep.extend_horizons(Horizon(database), board) == 0


def test_an_edit_orphans_what_it_hits_and_a_hold_ends_with_its_place(
    board: Board, database: Database
) -> None:
    series = made(board)
    booked(database, board, 3)
    monday = board.schedules.standing(series.point, series.id, [MONDAY])[0].session
    hold = a_hold(PlaceKey(SlotKey(monday.key, 30), 0), PatientId("patient-0001"))
    Bookings(database).hold(hold, [])
    found = plan(board, replace(series, weekdays=frozenset({2})))
    assert len(found.visits) == 3
    settle(board, schedule.begin(board, found))
    assert statuses(database) == {VisitStatus.ORPHANED.value: 3}
    assert database.read("Holds", ("HoldId",), Keys(everything=True)) == []
    claims = board.schedules.claims([monday])[monday.key]
    assert {claim.kind for claim in claims.values()} == {"withdrawn"}
    assert len(claims) == monday.slots * monday.places
    assert all(day.isoweekday() == 2 for day, _ in live(database))
    assert database.read("SeriesEnded", ("Number",), Keys(everything=True)) == [[0]]


def test_an_edit_cut_off_after_its_row_is_completed_by_upkeep(
    board: Board, database: Database
) -> None:
    series = made(board)
    begun = schedule.begin(board, plan(board, replace(series, weekdays=frozenset({1}), places=3)))
    assert board.schedules.open_edits(10) == [begun]
    assert settle_open(board) == 1
    assert board.schedules.open_edits(10) == []
    assert {nr // 16 for _, nr in live(database)} == {begun.number}


def test_of_two_edits_of_one_version_the_second_is_refused(board: Board) -> None:
    series = made(board)
    first, second = (plan(board, replace(series, places=places)) for places in (2, 3))
    schedule.begin(board, first)
    with pytest.raises(VersionMismatch):
        schedule.begin(board, second)


def test_a_number_that_was_replaced_publishes_nothing_any_more(
    board: Board, database: Database
) -> None:
    series = made(board)
    schedule.begin(board, plan(board, replace(series, places=2)))
    before = live(database)
    with pytest.raises(Clash) as no:
        Horizon(database).publish(series, [], MONDAY + 2 * DAYS, [], None)
    assert no.value.on("SeriesEnded")
    assert live(database) == before


def test_a_series_that_ended_is_not_made_again_under_its_id(board: Board) -> None:
    series = made(board)
    settle(board, schedule.begin(board, plan(board, None)))
    assert board.schedules.series(a_point()) == []
    assert series.id in board.schedules.edited(series.point)
    assert made(board, id="another-series").number == series.number + 2


def test_an_edit_that_hits_five_hundred_visits_previews_within_two_seconds(
    board: Board, database: Database
) -> None:
    series = made(board)
    booked(database, board, 500)
    began = time.perf_counter()
    with calls_to_spanner() as calls:
        found = plan(board, replace(series, step=20))
    previewed = time.perf_counter() - began
    assert len(found.visits) == 500
    began = time.perf_counter()
    settle(board, schedule.begin(board, found))
    settled = time.perf_counter() - began
    print(f"500 visits: previewed in {previewed:.2f} s, {len(calls)} calls; in {settled:.2f} s")
    # Every twentieth and every fifteenth minute meet on the hour: one visit of four keeps its time.
    assert len(keeping_their_time(found.plan, found.visits)) == 125
    assert statuses(database) == {"booked": 125, "orphaned": 375}
    assert previewed < 2


def test_visits_whose_time_stays_get_it_back_and_an_undo_gives_back_the_others(
    board: Board, database: Database
) -> None:
    series = made(board)
    booked(database, board, 60)
    found = plan(board, replace(series, step=30))
    edit = schedule.begin(board, found)
    settle(board, edit)
    assert statuses(database) == {"booked": 30, "orphaned": 30}
    undo = schedule.undone(board, ADMIN, a_point(), series.id, edit.number)
    began = time.perf_counter()
    settle(board, schedule.begin(board, undo))
    print(f"60 visits given back in {time.perf_counter() - began:.2f} s")
    assert statuses(database) == {"booked": 60}
    rows = database.read("Places", ("Kind", "ClaimId"), Keys(everything=True))
    assert len({claim for kind, claim in rows if kind == "visit"}) == 60
    with pytest.raises(VersionMismatch):
        schedule.undone(board, ADMIN, a_point(), series.id, edit.number)


def test_an_end_undone_before_it_is_settled_ends_nothing(board: Board, database: Database) -> None:
    series = made(board)
    before = live(database)
    edit = schedule.begin(board, plan(board, None))
    undo = schedule.undone(board, ADMIN, a_point(), series.id, edit.number)
    settle(board, schedule.begin(board, undo))
    assert settle_open(board) == 1
    assert live(database) == before
    assert board.schedules.edit(a_point(), 99) is None


def test_a_change_of_many_days_that_hits_five_hundred_visits_is_previewed_and_killed_and_done(
    board: Board, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(board)
    made(board, id="series-2", opens=first.closes, closes=time_of(18))
    booked(database, board, 500)
    which = Selection(MONDAY, MONDAY + DAYS)
    asked = Asked(which, Adjusted(visibility=Visibility.INTERNAL, places=2), "key")
    began = time.perf_counter()
    with calls_to_spanner() as calls:
        found = adjusting.asked_for(board, ADMIN, a_point(), asked)
    previewed = time.perf_counter() - began
    assert (len(found.impacts), len(found.visits()), len(found.staying())) == (2, 500, 500)
    began = time.perf_counter()
    commit, left = Database.commit, [8]

    def killed(self: Database, fill: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise InterruptedError
        return commit(self, fill)

    monkeypatch.setattr(Database, "commit", killed)
    with pytest.raises(InterruptedError):
        adjusting.carry_out(board, found)
    left[0] = 10_000
    assert settle_open(board) == 2
    took = time.perf_counter() - began
    print(f"500 visits: previewed in {previewed:.2f} s, {len(calls)} calls; in {took:.2f} s")
    assert statuses(database) == {"booked": 500}
    assert {s.visibility for s in standing(board)} == {Visibility.INTERNAL}
    undone = adjusting.undone(board, ADMIN, a_point(), found.adjustment.id)
    assert adjusting.carry_out(board, undone)
    assert statuses(database) == {"booked": 500}
    assert {s.places for s in standing(board)} == {1}
    assert previewed < 2


def test_blocked_places_are_free_for_nobody_and_who_is_booked_stays(
    board: Board, database: Database
) -> None:
    made(board)
    booked(database, board, 20)
    asked = Asked(Selection(MONDAY, MONDAY), Adjusted(blocked=True), "key")
    found = adjusting.asked_for(board, ADMIN, a_point(), asked)
    assert adjusting.carry_out(board, found)
    assert statuses(database) == {"booked": 20}
    [session] = board.schedules.sessions(a_point().id, [MONDAY])
    assert session.visibility is Visibility.BLOCKED
    [state] = SpannerStock(database).states([session])
    assert state.free_in_all() == 12
    assert decode("0663", str(session.key), encode(state)).session == session


def standing(board: Board) -> list[Session]:
    return board.schedules.sessions(a_point().id, [MONDAY + timedelta(days=n) for n in range(7)])
