"""A point closed on the real Spanner emulator: killed at every commit, raced, undone."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from erejestracja.domain import calendar
from erejestracja.domain.change import Change
from erejestracja.domain.closures import Outcome
from erejestracja.domain.errors import NotFound, VersionMismatch
from erejestracja.domain.ids import PatientId, SlotKey, derived_id
from erejestracja.domain.session import Session, Visibility
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.visit import Visit, VisitChange, VisitStatus
from erejestracja.ports import Clash
from erejestracja.services import closing, copying, schedule, varying
from erejestracja.services.closing import Asked, Closing
from erejestracja.services.copying import Copied
from erejestracja.services.schedule import Board
from erejestracja.services.settling import settle, settle_open
from erejestracja.services.varying import SlotEdit
from erejestracja.storage.spanner.closures import SpannerHits
from erejestracja.storage.spanner.database import Batch, Database, Keys
from erejestracja.storage.spanner.day_book import SpannerDayBook
from erejestracja.storage.spanner.deeds import SpannerDeeds
from erejestracja.storage.spanner.inspection import Inspection
from erejestracja.storage.spanner.records import Records
from tests.emulator.test_schedule import ADMIN, made, plan
from tests.support.boards import a_board
from tests.support.builders import a_person, a_place, a_point, a_referral, a_series, a_visit
from tests.support.clinics import save_visits
from tests.support.leaving import WAYS, cancel, swap
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import SpannerStore, save

pytestmark = pytest.mark.emulator

MONDAY = date(2026, 12, 7)
TEN = calendar.start_of_day(MONDAY) + timedelta(hours=10)
PEOPLE = [PatientId(derived_id("patient", str(n), length=26)) for n in range(12)]


class Killed(Exception):  # noqa: N818 - it reads as what happened
    pass


class Fragile(Database):
    """A database whose process dies before one of its commits."""

    def __init__(self, database: Database) -> None:
        super().__init__(database._database)
        self.left: int | None = None

    def commit(self, fill: Callable[[Batch], None]) -> datetime:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Killed
        return super().commit(fill)


@pytest.fixture
def fragile(database: Database) -> Fragile:
    people = [a_person(p, phone=None if n < 3 else "+48600000000") for n, p in enumerate(PEOPLE)]
    save(database, [a_point()], [], people, [a_referral(p) for p in PEOPLE])
    return Fragile(database)


@pytest.fixture
def board(fragile: Fragile) -> Board:
    return a_board(fragile, timedelta(days=20))


def booked(database: Database, board: Board) -> list[Visit]:
    """Book each half hour from eight on, of the Monday that is to be closed."""
    [standing] = [
        s.session for s in board.schedules.standing(a_point().id, a_series().id, [MONDAY])
    ]
    visits = [
        a_visit(a_place(standing, index=2 * n), person, starts_at=standing.start_of(2 * n))
        for n, person in enumerate(PEOPLE)
    ]
    save_visits(database, *visits)
    return visits


def close(
    board: Board,
    strategy: Strategy = Strategy.CANCEL,
    hours: int = 2,
    room: str | None = None,
) -> Closing:
    asked = Asked(TEN, TEN + timedelta(hours=hours), ClosureReason.BREAKDOWN, strategy, room)
    found = closing.closed(board, ADMIN, a_point(), asked)
    closing.carry_out(board, found)
    return found


def reads_of_a_preview(board: Board) -> int:
    two_hours = Asked(TEN, TEN + timedelta(hours=2), ClosureReason.BREAKDOWN, Strategy.CANCEL)
    with calls_to_spanner() as made_calls:
        found = closing.closed(board, ADMIN, a_point(), two_hours)
    assert [visit.starts_at for one in found.impacts for visit in one.visits]
    return len(made_calls)


def statuses(database: Database, visits: list[Visit]) -> dict[Any, Any]:
    found = [Records(database).visit(visit.id) for visit in visits]
    return {one[0].starts_at - TEN: one[0].status for one in found if one}


def test_a_closing_killed_before_any_of_its_commits_is_completed(
    fragile: Fragile, board: Board
) -> None:
    made(board)
    visits = booked(fragile, board)
    kills = 0
    for commits in range(12):
        fragile.left = commits
        with suppress(Killed):
            if board.schedules.closures(a_point().id).all:
                settle_open(board)
            else:
                close(board)
        kills += fragile.left < 0
        fragile.left = None
    assert kills >= 3
    settle_open(board)
    wanted = {
        timedelta(minutes=30 * n - 120): (
            VisitStatus.CANCELLED if 0 <= 30 * n - 120 < 120 else VisitStatus.BOOKED
        )
        for n in range(len(PEOPLE))
    }
    assert statuses(fragile, visits) == wanted
    messages = fragile.read("Messages", ("VisitId",), Keys(everything=True))
    assert len(messages) == len({row[0] for row in messages}) == 4
    far = closing.progress(board, SpannerHits(fragile), a_point(), 0)
    assert far.settled
    assert {hit.outcome for hit in far.hits} == {Outcome.CANCELLED}
    assert len(far.hits) == 4


def test_a_closing_of_a_room_is_killed_completed_and_undone_beside_another(
    fragile: Fragile, board: Board
) -> None:
    made(board, room="Gabinet 2")
    visits = booked(fragile, board)
    beside = made(board, id="beside", room="Gabinet 1")
    point, there = a_point().id, [MONDAY]
    before = board.schedules.standing(point, beside.id, there)
    for commits in range(12):
        fragile.left = commits
        with suppress(Killed):
            if board.schedules.closures(point).all:
                settle_open(board)
            else:
                close(board, Strategy.REACCOMMODATE, room="gabinet 2")
        fragile.left = None
    settle_open(board)
    assert board.schedules.standing(point, beside.id, there) == before
    assert set(statuses(fragile, visits[4:8]).values()) == {VisitStatus.ORPHANED}
    [closure] = board.schedules.closures(point).all
    assert closure.closed.room == "gabinet 2"
    closing.carry_out(board, closing.reopened(board, ADMIN, a_point(), closure.closed.number))
    assert set(statuses(fragile, visits).values()) == {VisitStatus.BOOKED}


def test_what_closing_hits_takes_as_many_reads_of_many_series_as_of_one(
    fragile: Fragile, board: Board
) -> None:
    made(board)
    booked(fragile, board)
    alone = reads_of_a_preview(board)
    for name in ("second", "third"):
        made(board, id=name)
    assert reads_of_a_preview(board) == alone


def test_a_room_is_changed_on_the_rows_that_stand(fragile: Fragile, board: Board) -> None:
    series = made(board, room="Gabinet 1")
    visits = booked(fragile, board)
    before = board.schedules.standing(a_point().id, series.id, [MONDAY])
    edit = schedule.begin(board, plan(board, replace(series, room="Gabinet 2")))
    with calls_to_spanner() as made_calls:
        settle(board, edit)
    assert made_calls == ["streaming_read", "streaming_read", "commit", "commit"]
    [was], [now] = before, board.schedules.standing(a_point().id, series.id, [MONDAY])
    assert now.session == replace(was.session, room="Gabinet 2")
    assert SpannerDayBook(fragile).rooms({now.session.key}) == {now.session.key: "Gabinet 2"}
    assert set(statuses(fragile, visits).values()) == {VisitStatus.BOOKED}


def test_a_closing_that_edits_no_series_is_decided_again_where_one_is_made_meanwhile(
    board: Board,
) -> None:
    asked = Asked(TEN, TEN + timedelta(hours=2), ClosureReason.BREAKDOWN, Strategy.KEEP)
    found = closing.closed(board, ADMIN, a_point(), asked)
    made(board)
    with pytest.raises(VersionMismatch):
        closing.carry_out(board, found)
    assert closing.closed(board, ADMIN, a_point(), asked).impacts


class Store(SpannerStore):
    """The ports of booking and of a point over one database."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._parts = (*self._parts, SpannerDeeds(database))  # type: ignore[assignment]


def standing(board: Board, *, leaving: bool) -> list[Session]:
    found = board.schedules.standing(a_point().id, a_series().id, [MONDAY])
    return sorted((s.session for s in found if s.leaving is leaving), key=lambda s: s.starts_at)


def free(store: Store, sessions: list[Session]) -> list[int]:
    return [state.free_in_all() for state in store.states(sessions)]


def test_a_place_that_a_kept_visit_gives_up_is_nobody_s(database: Database, board: Board) -> None:
    store = Store(database)
    made(board)
    visits = booked(database, board)
    close(board, Strategy.KEEP, hours=3)
    assert Inspection(database).of_points([a_point().id]) == []
    kept = [store.visit(visit.id)[0] for visit in visits[4:10]]
    assert [one.place.slot for one in kept] == [visit.place.slot for visit in visits[4:10]]
    assert {one.version for one in kept} == {2}
    [gone] = standing(board, leaving=True)
    early = standing(board, leaving=False)[0]
    for way, one in zip(WAYS, kept, strict=False):
        missed = store.visit(visits[0].id)[0].place
        way(store, one, missed if way is swap else a_place(early, index=1))
        assert free(store, [gone]) == [0]
    for visit in visits[4:10]:
        blind = a_visit(visit.place, PEOPLE[4], id="blind", starts_at=visit.starts_at)
        with pytest.raises(Clash):
            store.book(blind, Change(VisitChange.BOOKED, ADMIN, []), "digest", hold=None)
    messages = database.read("Messages", ("VisitId",), Keys(everything=True))
    assert messages == []
    assert closing.progress(board, SpannerHits(database), a_point(), 0).hits == ()
    closing.carry_out(board, closing.reopened(board, ADMIN, a_point(), 0))
    [again] = standing(board, leaving=False)
    last = store.visit(visits[9].id)[0]
    assert (last.place.slot.session, last.status) == (again.key, VisitStatus.BOOKED)


def test_a_visit_that_is_cancelled_while_its_session_is_withdrawn_leaves_nothing(
    database: Database, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(database)
    made(board)
    visits = booked(database, board)
    withdraw, cancelled = board.schedules.withdraw, iter(visits[4:5])

    def raced(*facts: Any) -> datetime:
        for visit in cancelled:
            cancel(store, visit, visit.place)
        return withdraw(*facts)

    monkeypatch.setattr(board.schedules, "withdraw", raced)
    close(board, Strategy.KEEP)
    with pytest.raises(Clash):
        cancel(store, visits[5], visits[5].place)
    assert free(store, standing(board, leaving=True)) == [0]
    assert Inspection(database).of_points([a_point().id]) == []


def test_who_cannot_be_reached_is_named(fragile: Fragile, board: Board) -> None:
    made(board)
    visits = booked(fragile, board)
    asked = Asked(TEN - timedelta(hours=2), TEN, ClosureReason.NO_DELIVERY, Strategy.REACCOMMODATE)
    closing.carry_out(board, closing.closed(board, ADMIN, a_point(), asked))
    far = closing.progress(board, SpannerHits(fragile), a_point(), 0)
    assert {hit.visit for hit in far.hits} == {visit.id for visit in visits[:4]}
    assert {hit.visit for hit in far.unreachable} == {visit.id for visit in visits[:3]}


def test_undone_it_opens_and_orphans_get_their_time_back(fragile: Fragile, board: Board) -> None:
    made(board)
    visits = booked(fragile, board)
    close(board, Strategy.REACCOMMODATE, hours=6)
    assert set(statuses(fragile, visits[4:]).values()) == {VisitStatus.ORPHANED}
    closing.carry_out(board, closing.reopened(board, ADMIN, a_point(), 0))
    assert set(statuses(fragile, visits).values()) == {VisitStatus.BOOKED}
    [closure] = board.schedules.closures(a_point().id).all
    assert closure.undone


def test_a_new_series_decided_before_a_closure_is_decided_again(board: Board) -> None:
    new = schedule.made(board, ADMIN, a_point(), a_series(number=0))
    close(board)
    with pytest.raises(VersionMismatch):
        schedule.begin(board, new)
    made(board)
    days = board.schedules.standing(a_point().id, a_series().id, [MONDAY])
    assert [one.session.slots for one in days] == [8, 16]


def test_a_slot_changed_by_itself_survives_on_the_real_rows(board: Board) -> None:
    made(board)
    [whole] = [s.session for s in board.schedules.standing(a_point().id, a_series().id, [MONDAY])]
    slot = SlotKey(whole.key, 8)
    found = varying.varied(board, ADMIN, a_point(), slot, SlotEdit(4, Visibility.INTERNAL))
    settle(board, schedule.begin(board, found))
    close(board, hours=1)
    days = board.schedules.standing(a_point().id, a_series().id, [MONDAY])
    left = sorted((s.session.starts_at, s.session.slots) for s in days if not s.leaving)
    assert left == [(TEN - timedelta(hours=2), 8), (TEN + timedelta(hours=1), 20)]
    closing.carry_out(board, closing.reopened(board, ADMIN, a_point(), 0))
    days = board.schedules.standing(a_point().id, a_series().id, [MONDAY])
    [own] = [s.session for s in days if not s.leaving and s.session.starts_at == TEN]
    assert (own.slots, own.places, own.visibility) == (1, 4, Visibility.INTERNAL)
    with pytest.raises(NotFound):
        varying.varied(board, ADMIN, a_point(), slot, SlotEdit(1, None))


def test_a_week_is_copied_and_undone_as_one_on_the_real_rows(board: Board) -> None:
    made(board, valid_to=MONDAY + timedelta(days=4))
    asked = Copied(MONDAY, MONDAY + timedelta(days=7), 5, "key")
    edits, settled = copying.carry_out(board, copying.copied(board, ADMIN, a_point(), asked))
    assert (len(edits), settled) == (5, True)
    assert copying.copied(board, ADMIN, a_point(), asked).impacts == ()
    days = [MONDAY + timedelta(days=n) for n in range(7, 12)]

    def standing() -> int:
        found = [board.schedules.standing(a_point().id, edit.series, days) for edit in edits]
        return sum(not one.leaving for some in found for one in some)

    assert standing() == 5
    back = copying.undone(board, ADMIN, a_point(), edits[0].number, edits[-1].number)
    copying.carry_out(board, back)
    assert standing() == 0
