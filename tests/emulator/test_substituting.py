"""Another vaccine on one day, on Spanner: hundreds of visits looked at again, killed and undone."""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from erejestracja.domain import calendar
from erejestracja.domain.actor import Role
from erejestracja.domain.ids import PatientId, PlaceKey, SlotKey, VisitId
from erejestracja.domain.referral import Referral
from erejestracja.domain.session import Session
from erejestracja.domain.visit import VisitChange
from erejestracja.services import schedule, substituting
from erejestracja.services.changes import change_at
from erejestracja.services.schedule import Board
from erejestracja.services.settling import settle, settle_open
from erejestracja.services.substituting import Asked
from erejestracja.storage.spanner.bookings import Bookings
from erejestracja.storage.spanner.database import Database, Keys
from erejestracja.storage.spanner.inspection import Inspection
from erejestracja.storage.spanner.records import Records
from erejestracja.storage.spanner.stock import SpannerStock
from tests.support.boards import a_board
from tests.support.builders import (
    DAY,
    MODERNA,
    PFIZER,
    a_dose,
    a_person,
    a_point,
    a_referral,
    a_series,
    a_visit,
    an_actor,
)
from tests.support.leaving import ended
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import save

pytestmark = pytest.mark.emulator

ADMIN = an_actor(Role.ADMIN)
PLACES = 16
# One of so many had a first dose of the vaccine that does not come.
BEGUN = 5
EVERYBODY = PLACES * 32


@pytest.fixture
def board(database: Database) -> Board:
    save(database, [a_point()])
    board = a_board(database, timedelta(days=20))
    series = a_series(number=0, places=PLACES, dose=0)
    settle(board, schedule.begin(board, schedule.made(board, ADMIN, a_point(), series)))
    return board


def booked(database: Database, board: Board, count: int) -> list[VisitId]:
    """Book some places of `DAY`, one person each."""
    [session] = board.schedules.sessions(a_point().id, [DAY])
    people = [PatientId(f"patient-{n:04}") for n in range(count)]
    given = (a_dose(1, date(2026, 10, 1), PFIZER),)
    referrals = [a_referral(p, given=() if n % BEGUN else given) for n, p in enumerate(people)]
    save(database, [], [], [a_person(person) for person in people], referrals)
    names = []
    for n, referral in enumerate(referrals):
        names.append(book(database, session, n, referral))
    return names


def book(database: Database, session: Session, nth: int, referral: Referral) -> VisitId:
    """Book the n-th place of a session."""
    index, place = divmod(nth, PLACES)
    key = PlaceKey(SlotKey(session.key, index), place)
    facts = {"starts_at": session.start_of(index), "dose": referral.next_dose}
    visit = a_visit(key, referral.patient, **facts)
    change = change_at(a_point(), visit, VisitChange.BOOKED, ADMIN)
    Bookings(database).book(visit, replace(change, allowed_by=referral), "", hold=None)
    return visit.id


def booked_later(database: Database, board: Board, nth: int) -> Iterator[VisitId]:
    """Book a place of `DAY` once that is asked for."""
    [session] = board.schedules.sessions(a_point().id, [DAY])
    person = PatientId("patient-late")
    referral = a_referral(person)
    save(database, [], [], [a_person(person)], [referral])
    yield book(database, session, nth, referral)


def how_many(database: Database) -> dict[tuple[str, str], int]:
    rows = database.read("Visits", ("Status", "Vaccine"), Keys(everything=True))
    found = [(row[0], row[1]) for row in rows]
    return {one: found.count(one) for one in set(found)}


def asked(board: Board) -> Any:
    return substituting.asked_for(board, ADMIN, a_point(), Asked(DAY, PFIZER, MODERNA, "key"))


def test_five_hundred_visits_are_looked_at_within_two_seconds_and_follow(
    board: Board, database: Database
) -> None:
    booked(database, board, EVERYBODY)
    began = time.perf_counter()
    with calls_to_spanner() as calls:
        found = asked(board)
    previewed = time.perf_counter() - began
    lost = -(-EVERYBODY // BEGUN)
    assert (len(found.staying()), len(found.conflicts())) == (EVERYBODY - lost, lost)
    began = time.perf_counter()
    assert substituting.carry_out(board, found)
    took = time.perf_counter() - began
    print(f"{EVERYBODY} visits: previewed in {previewed:.2f} s, {len(calls)} calls; {took:.2f} s")
    assert how_many(database) == {
        ("booked", MODERNA): EVERYBODY - lost,
        ("orphaned", PFIZER): lost,
    }
    assert previewed < 2


class Killed(Exception):  # noqa: N818 - it reads as what happened
    pass


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have the process killed once so many commits, as stand in it, are made."""
    commit, left = Database.commit, [1000]

    def killed(self: Database, fill: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return commit(self, fill)

    monkeypatch.setattr(Database, "commit", killed)
    return left


def completed(board: Board, left: list[int], commits: int) -> None:
    """Let upkeep be killed after ever more commits, and then complete what is open."""
    for allowed in range(1, commits):
        left[0] = allowed
        with suppress(Killed):
            settle_open(board)
    left[0] = 1000
    settle_open(board)


def test_killed_before_each_of_its_commits_it_is_completed_and_undone(
    board: Board, database: Database, left: list[int]
) -> None:
    booked(database, board, 20)
    found = asked(board)
    left[0] = 1
    with suppress(Killed):
        substituting.carry_out(board, found)
    completed(board, left, 9)
    assert how_many(database) == {("booked", MODERNA): 16, ("orphaned", PFIZER): 4}
    undone = substituting.undone(board, ADMIN, a_point(), found.substitution.id)
    assert substituting.carry_out(board, undone)
    assert how_many(database) == {("booked", PFIZER): 20}


def at(board: Board, hour: int, minute: int = 0) -> None:
    """Let it be some local time of `DAY`."""
    board.clock.at = calendar.instant(DAY, datetime.min.time().replace(hour, minute))  # type: ignore[attr-defined]


def of_today(board: Board) -> list[tuple[int, str]]:
    """Return how many slots give what, in order of time."""
    live = board.schedules.sessions(a_point().id, [DAY])
    return [(one.slots, one.vaccine) for one in sorted(live, key=lambda one: one.starts_at)]


def arrived(database: Database, name: str) -> None:
    """Let somebody have come."""
    visit, _ = Records(database).visit(VisitId(name)) or (None, None)
    assert visit
    here, change = ended(visit, VisitChange.ARRIVED)
    Bookings(database).end(here, change, frees=False)


def test_of_today_killed_before_each_of_its_commits_it_is_completed_and_undone(
    board: Board, database: Database, left: list[int]
) -> None:
    names = booked(database, board, 40)
    at(board, 8, 10)
    arrived(database, names[16])
    found = asked(board)
    # Of those to come, one is there already, and who had Pfizer before may not have Moderna.
    assert (len(found.staying()), len(found.conflicts())) == (19, 4)
    left[0] = 1
    with suppress(Killed):
        substituting.carry_out(board, found)
    at(board, 8, 29)
    completed(board, left, 9)
    assert of_today(board) == [(1, PFIZER), (31, MODERNA)]
    assert how_many(database) == {
        ("booked", PFIZER): 16,
        ("arrived", PFIZER): 1,
        ("booked", MODERNA): 19,
        ("orphaned", PFIZER): 4,
    }
    assert Inspection(database).of_points([a_point().id]) == []
    stock = SpannerStock(database)
    [_, new] = sorted(board.schedules.sessions(a_point().id, [DAY]), key=lambda s: s.starts_at)
    [state] = stock.states([new])
    assert state.free(0) + len(of_slot(database, new.start_of(0))) == PLACES
    undone = substituting.undone(board, ADMIN, a_point(), found.substitution.id)
    left[0] = 3
    with suppress(Killed):
        substituting.carry_out(board, undone)
    completed(board, left, 9)
    assert of_today(board) == [(1, PFIZER), (1, MODERNA), (30, PFIZER)]
    assert Inspection(database).of_points([a_point().id]) == []


def of_slot(database: Database, starts_at: datetime) -> list[str]:
    """Return who is awaited, or there, at an instant."""
    rows = database.read("Visits", ("VisitId", "StartsAt", "Status"), Keys(everything=True))
    return [name for name, at_, status in rows if at_ == starts_at and status != "orphaned"]


def test_who_books_while_today_is_changed_follows_and_nobody_is_one_too_many(
    board: Board, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = booked(database, board, 17)
    at(board, 8, 10)
    arrived(database, names[16])
    withdraw, publish = board.schedules.withdraw, board.schedules.publish
    late = booked_later(database, board, PLACES + 1)

    def booked_first(*facts: Any) -> datetime:
        next(late, None)
        return withdraw(*facts)

    def settled_first(*facts: Any) -> datetime:
        monkeypatch.setattr(board.schedules, "publish", publish)
        settle_open(board)
        return publish(*facts)

    monkeypatch.setattr(board.schedules, "withdraw", booked_first)
    monkeypatch.setattr(board.schedules, "publish", settled_first)
    assert substituting.carry_out(board, asked(board))
    assert of_today(board) == [(1, PFIZER), (31, MODERNA)]
    assert how_many(database) == {
        ("booked", PFIZER): 16,
        ("arrived", PFIZER): 1,
        ("booked", MODERNA): 1,
    }
    new = max(board.schedules.sessions(a_point().id, [DAY]), key=lambda s: s.starts_at)
    [state] = SpannerStock(database).states([new])
    assert state.free(0) == PLACES - 2
    assert Inspection(database).of_points([a_point().id]) == []
