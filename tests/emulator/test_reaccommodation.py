"""Visits that a closing took away, on the real Spanner emulator: asked first, moved by a yes."""

from contextlib import suppress
from datetime import timedelta

import pytest

from erejestracja.domain.errors import Overloaded
from erejestracja.domain.events import Event
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.domain.waiting import SETTLES
from erejestracja.services import closing, waiting
from erejestracja.services.schedule import Board
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.waiting import SpannerQueue
from tests.emulator.test_closures import MONDAY, PEOPLE, booked, close, statuses
from tests.emulator.test_schedule import ADMIN, made
from tests.support.boards import a_board
from tests.support.builders import a_person, a_point, a_referral, a_series
from tests.support.desk import RememberingPublisher, a_desk
from tests.support.spanner import SpannerStore, save
from tests.support.waiting_case import TOPICS, Case, actor

pytestmark = pytest.mark.emulator

HIT = range(4, 8)


@pytest.fixture
def board(database: Database) -> Board:
    people = [a_person(person) for person in PEOPLE]
    save(database, [a_point()], [], people, [a_referral(person) for person in PEOPLE])
    return a_board(database, timedelta(days=20))


def a_room(database: Database, board: Board) -> Case:
    """Return those who wait, over the point's sessions as they stand now."""
    standing = board.schedules.standing(a_point().id, a_series().id, [MONDAY])
    sessions = [one.session for one in standing if not one.leaving]
    desk = a_desk(SpannerStore(database), sessions, [a_point()])
    desk.read_model.learn(desk.stock.states(sessions))
    return Case(desk, SpannerQueue(database))


def told_by(board: Board) -> list[Event]:
    assert isinstance(board.publisher, RememberingPublisher)
    return [event for event in board.publisher.told if event.topic in TOPICS]


def closed(database: Database, board: Board) -> tuple[list[Visit], Case]:
    """Close two hours of a day, and deliver all that was told of it."""
    made(board)
    visits = booked(database, board)
    close(board, Strategy.REACCOMMODATE)
    case = a_room(database, board)
    for event in told_by(board):
        with suppress(Overloaded):
            case.deliver(event)
    return visits, case


def test_who_lost_a_visit_is_asked_and_who_kept_it_is_not(database: Database, board: Board) -> None:
    visits, case = closed(database, board)
    assert {n for n, person in enumerate(PEOPLE) if case.entry(person)} == set(HIT)
    assert [case.asked(person) for person in PEOPLE] == [None] * len(PEOPLE)
    case.pass_time(seconds=SETTLES.total_seconds())
    case.tell()
    asked = [case.asked(PEOPLE[n]) for n in HIT]
    assert len({slot for slot in asked if slot}) == len(HIT)
    for n in HIT:
        case.accept(PEOPLE[n])
    assert set(statuses(database, visits).values()) == {VisitStatus.BOOKED}
    case.tell()
    assert not [person for person in PEOPLE if case.entry(person)]
    assert case.desk.records.holds() == []


def test_reopened_within_the_minute_nobody_was_asked(database: Database, board: Board) -> None:
    visits, case = closed(database, board)
    told = len(told_by(board))
    closing.carry_out(board, closing.reopened(board, ADMIN, a_point(), 0))
    for event in told_by(board)[told:]:
        case.deliver(event)
    case.pass_time(minutes=5)
    case.tell()
    assert set(statuses(database, visits).values()) == {VisitStatus.BOOKED}
    assert not [person for person in PEOPLE if case.entry(person)]
    assert case.desk.records.holds() == []


def test_who_lost_a_visit_may_stop_waiting_and_keeps_it_to_be_moved(
    database: Database, board: Board
) -> None:
    _, case = closed(database, board)
    person = PEOPLE[HIT[0]]
    waiting.withdraw(case.room, actor(person), person, None)
    assert case.entry(person) is None
    [visit] = case.desk.records.visits(person)
    assert visit.status is VisitStatus.ORPHANED
