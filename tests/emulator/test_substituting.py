"""Another vaccine on one day, on Spanner: hundreds of visits looked at again, killed and undone."""

import time
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.ids import PatientId, PlaceKey, SlotKey
from erejestracja.domain.visit import VisitChange
from erejestracja.services import schedule, substituting
from erejestracja.services.changes import change_at
from erejestracja.services.schedule import Board
from erejestracja.services.settling import settle, settle_open
from erejestracja.services.substituting import Asked
from erejestracja.storage.spanner.bookings import Bookings
from erejestracja.storage.spanner.database import Database, Keys
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


def booked(database: Database, board: Board, count: int) -> None:
    """Book some places of `DAY`, one person each."""
    [session] = board.schedules.sessions(a_point().id, [DAY])
    people = [PatientId(f"patient-{n:04}") for n in range(count)]
    given = (a_dose(1, date(2026, 10, 1), PFIZER),)
    referrals = [a_referral(p, given=() if n % BEGUN else given) for n, p in enumerate(people)]
    save(database, [], [], [a_person(person) for person in people], referrals)
    bookings = Bookings(database)
    for n, referral in enumerate(referrals):
        index, place = divmod(n, PLACES)
        key = PlaceKey(SlotKey(session.key, index), place)
        facts = {"starts_at": session.start_of(index), "dose": referral.next_dose}
        visit = a_visit(key, referral.patient, **facts)
        change = change_at(a_point(), visit, VisitChange.BOOKED, ADMIN)
        bookings.book(visit, replace(change, allowed_by=referral), "", hold=None)


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


def test_killed_before_each_of_its_commits_it_is_completed_and_undone(
    board: Board, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked(database, board, 20)
    commit, left = Database.commit, [1]

    def killed(self: Database, fill: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return commit(self, fill)

    monkeypatch.setattr(Database, "commit", killed)
    found = asked(board)
    with suppress(Killed):
        substituting.carry_out(board, found)
    for commits in range(1, 9):
        left[0] = commits
        with suppress(Killed):
            settle_open(board)
    left[0] = 99
    settle_open(board)
    assert how_many(database) == {("booked", MODERNA): 16, ("orphaned", PFIZER): 4}
    undone = substituting.undone(board, ADMIN, a_point(), found.substitution.id)
    assert substituting.carry_out(board, undone)
    assert how_many(database) == {("booked", PFIZER): 20}
