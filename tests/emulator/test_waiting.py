"""Waiting on the real Spanner emulator: the contract, the model, the race, and what it reads."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from erejestracja.domain.ids import SlotKey
from erejestracja.domain.session import Session
from erejestracja.services.still_waiting import settle
from erejestracja.services.waiting import withdraw
from erejestracja.services.waiting_list import hear
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.waiting import SpannerQueue
from tests.support.booking_machine import attempt
from tests.support.builders import a_person, a_point, a_referral
from tests.support.desk import a_desk
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import SpannerStore, save
from tests.support.waiting_case import ANNA, JAN, PEOPLE, SESSION, Case, actor
from tests.support.waiting_contract import QueueContract
from tests.support.waiting_machine import SESSIONS, WaitingMachine

pytestmark = pytest.mark.emulator


def a_spanner_case(
    database: Database, sessions: Iterable[Session] = (SESSION,), seed: int = 1
) -> Case:
    people, referrals = [a_person(p) for p in PEOPLE], [a_referral(p) for p in PEOPLE]
    save(database, [a_point()], sessions, people, referrals)
    desk = a_desk(SpannerStore(database), sessions, [a_point()], random=Random(seed))
    return Case(desk, SpannerQueue(database))


@pytest.fixture
def case(database: Database) -> Case:
    return a_spanner_case(database)


class TestSpannerQueue(QueueContract):
    pass


def test_whatever_people_do_the_promises_are_kept(fresh_database: Any) -> None:
    class SpannerWaitingMachine(WaitingMachine):
        @staticmethod
        def make_case() -> Case:
            return a_spanner_case(fresh_database(), SESSIONS)

    run_state_machine_as_test(
        SpannerWaitingMachine,
        settings=settings(
            max_examples=6,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_two_instances_that_hear_the_same_offer_each_place_once(database: Database) -> None:
    cases = [a_spanner_case(database, seed=seed) for seed in range(8)]
    for minute, person in enumerate(PEOPLE):
        cases[minute].pass_time(minutes=minute)
        cases[minute].ask(person)
    for case in cases:
        case.pass_time(minutes=10)
    told = {"sessions": [str(SESSION.key)]}

    with ThreadPoolExecutor(len(cases)) as pool:
        found = list(pool.map(lambda one: hear(one.room, "schedule.published", told), cases))
    assert sum(found) == 2
    asked = [cases[0].asked(person) for person in PEOPLE]
    assert {slot for slot in asked if slot} == {SlotKey(SESSION.key, n) for n in range(2)}
    # Nobody was passed over: the two who have waited longest were asked.
    assert [slot is not None for slot in asked] == [True, True, False, False]
    assert len(cases[0].desk.records.holds()) == 2


def test_a_yes_a_no_and_the_end_of_an_offer_at_once_are_one_of_them(database: Database) -> None:
    cases = [a_spanner_case(database, seed=seed) for seed in range(9)]
    cases[0].ask(ANNA)
    hear(cases[0].room, "schedule.published", {"sessions": [str(SESSION.key)]})

    def act(number: int) -> Any:
        case = cases[number]
        deeds = (case.accept, case.decline, lambda p: withdraw(case.room, actor(p), p, None))
        return attempt(lambda: deeds[number % 3](ANNA) if case.entry(ANNA) else None)

    with ThreadPoolExecutor(len(cases)) as pool:
        list(pool.map(act, range(len(cases))))
    case = cases[0]
    for entry in case.queue.of(ANNA):
        settle(case.room, entry)
    standing = [visit for visit in case.desk.records.visits(ANNA) if visit.status.is_active]
    assert not (standing and case.entry(ANNA))
    assert case.desk.stock.state(SESSION).taken.bit_count() == len(standing)
    assert case.desk.records.holds() == []


def test_an_event_costs_one_read_where_nobody_waits(case: Case) -> None:
    with calls_to_spanner() as made:
        hear(case.room, "schedule.published", {"sessions": [str(SESSION.key)]})
    assert made == ["streaming_read"]
    with calls_to_spanner() as made:
        hear(case.room, "hold.placed", {"session": str(SESSION.key), "patient": JAN})
    assert made == []


def test_an_offer_costs_seven_reads_by_key_and_one_commit(case: Case) -> None:
    case.ask(ANNA)
    with calls_to_spanner() as made:
        hear(case.room, "schedule.published", {"sessions": [str(SESSION.key)]})
    assert made == ["streaming_read"] * 7 + ["commit"]


def test_killed_anywhere_an_offer_is_whole_or_was_never_made(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.ask(ANNA)
    publish = case.desk.publisher.publish
    told = {"sessions": [str(SESSION.key)]}

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(case.desk.publisher, "publish", killed)
    with pytest.raises(KeyboardInterrupt):
        hear(case.room, "schedule.published", told)
    monkeypatch.setattr(case.desk.publisher, "publish", publish)
    assert hear(case.room, "schedule.published", told) == 0
    assert case.accept(ANNA).place.slot == SlotKey(SESSION.key, 0)
