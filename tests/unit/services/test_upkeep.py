from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from erejestracja.domain.events import Event
from erejestracja.domain.footing import Covered
from erejestracja.domain.ids import PatientId, PointId, SlotKey
from erejestracja.domain.series import Series
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import Reach
from erejestracja.ports import Clash, Gone
from erejestracja.services import chores, holds, upkeep
from erejestracja.services.holds import Asker
from tests.support.builders import (
    DAY,
    NOW,
    a_place,
    a_point,
    a_series,
    a_session,
    an_actor,
)
from tests.support.desk import SetClock, WatchedDesk, a_desk
from tests.support.fake_store import FakeStore, a_store
from tests.support.schedule_case import Case

PEOPLE = [PatientId(letter * 26) for letter in "abcd"]


@pytest.fixture
def store() -> FakeStore:
    return a_store(*PEOPLE)


@pytest.fixture
def desk(store: FakeStore) -> WatchedDesk:
    return a_desk(store, store.tables.sessions.values(), [a_point()])


def hold(desk: WatchedDesk, patient: PatientId, index: int) -> str:
    asker = Asker(an_actor(patient=patient), patient, None)
    kept = holds.hold_slot(desk, asker, SlotKey(a_session().key, index))
    return str(desk.tokens.seal(kept.hold))


def test_holds_that_ran_out_are_ended_and_told_the_others_stay(
    desk: WatchedDesk, store: FakeStore
) -> None:
    hold(desk, PEOPLE[0], 0)
    desk.clock.at += timedelta(minutes=5)
    hold(desk, PEOPLE[1], 1)
    desk.clock.at += timedelta(minutes=5)
    assert upkeep.expire_holds(desk) == 1
    assert {place.slot.index for place in store.tables.places} == {1}
    assert desk.publisher.told[-1].type == "hold.expired"
    assert upkeep.expire_holds(desk) == 0


def test_one_hold_extended_meanwhile_does_not_keep_the_others_from_ending(
    desk: WatchedDesk, store: FakeStore
) -> None:
    texts = [hold(desk, patient, n) for n, patient in enumerate(PEOPLE[:3])]
    seen = store.holds()
    desk.clock.at += timedelta(minutes=9)
    holds.extend(desk, PEOPLE[1], texts[1])
    desk.clock.at += timedelta(minutes=1)
    store.holds = lambda: seen  # type: ignore[method-assign]
    assert upkeep.expire_holds(desk) == 2
    assert {place.slot.index for place in store.tables.places} == {1}


class FakeHorizons:
    def __init__(self, *series: Series) -> None:
        self.series = {one.id: one for one in series}
        self.until = dict.fromkeys(self.series, DAY - timedelta(days=1))
        self.sessions: dict[str, Session] = {}
        self.told: list[Event] = []

    def behind(self, until: date, limit: int) -> list[Reach]:
        late = [
            Reach(one, self.until[name])
            for name, one in self.series.items()
            if self.until[name] < until
        ]
        return late[:limit]

    def controlled(self, _: Iterable[PointId]) -> set[PointId]:
        return set()

    def publish(
        self,
        series: Series,
        sessions: Sequence[Session],
        until: date,
        events: Sequence[Event],
        covered: Covered | None,
    ) -> None:
        assert covered is None
        self.sessions |= {str(session.key): session for session in sessions}
        self.until[series.id] = until
        self.told += events


def test_sessions_reach_the_horizon_and_a_second_run_adds_nothing() -> None:
    horizons = FakeHorizons(a_series())
    board = replace(Case().board, reach=timedelta(days=20), clock=(clock := SetClock(NOW)))
    made = upkeep.extend_horizons(horizons, board)
    # Weekdays from 7 to 21 December 2026.
    assert made == len(horizons.sessions) == 11
    assert upkeep.extend_horizons(horizons, board) == 0
    clock.at += timedelta(days=1)
    assert upkeep.extend_horizons(horizons, board) > 0
    assert len(horizons.sessions) == 12
    assert {event.type for event in horizons.told} == {"schedule.published"}


@pytest.mark.parametrize("no", [Clash("Table SeriesEnded"), Gone("Table Series")])
def test_a_series_edited_at_this_moment_is_left_to_its_edit(no: Exception) -> None:
    horizons = FakeHorizons(a_series())

    def publish(*_: object) -> None:
        raise no

    horizons.publish = publish  # type: ignore[assignment]
    assert upkeep.extend_horizons(horizons, Case().board) == 0


def test_a_failing_chore_does_not_stop_the_others() -> None:
    def fail() -> int:
        raise RuntimeError

    report = chores.run({"first": lambda: 1, "broken": fail, "last": lambda: 3})
    assert report.done == {"first": 1, "last": 3}
    assert report.failed == ("broken",)


def test_all_items_come_up_in_so_many_turns() -> None:
    seen = [item for turn in range(7) for item in chores.turn_of(380, 7, turn)]
    assert sorted(seen) == list(range(380))
    assert list(chores.turn_of(380, 7, 7)) == list(chores.turn_of(380, 7, 0))


def test_the_place_of_an_unknown_session_is_freed_without_a_word(
    desk: WatchedDesk, store: FakeStore
) -> None:
    hold(desk, PEOPLE[0], 0)
    desk.read_model.states.clear()
    told = len(desk.publisher.told)
    desk.clock.at += timedelta(minutes=10)
    assert upkeep.expire_holds(desk) == 1
    assert a_place() not in store.tables.places
    assert len(desk.publisher.told) == told
