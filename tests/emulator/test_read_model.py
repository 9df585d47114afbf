from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.criteria import Area, Criteria
from erejestracja.domain.ids import PointId, SessionKey
from erejestracja.domain.point import Location
from erejestracja.services.availability import Follower
from erejestracja.settings import RedisSettings
from erejestracja.storage.redis.client import open_client
from erejestracja.storage.redis.readmodel import RedisReadModel
from erejestracja.storage.redis.states import decode, encode
from erejestracja.storage.spanner.catalogue import Catalogue
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.stock import SpannerStock
from tests.support.bookings_contract import PATIENTS
from tests.support.builders import (
    DAY,
    NOW,
    POINT,
    a_hold,
    a_person,
    a_place,
    a_point,
    a_session,
    a_state,
)
from tests.support.desk import SetClock
from tests.support.spanner import SpannerStore, save

pytestmark = pytest.mark.emulator
ANNA, JAN = PATIENTS
FAR = a_point(id=PointId("bbbbbbbbbb"), powiat="0664", location=Location(50.72, 23.25))
THERE = a_session(point=FAR.id, powiat="0664", day=DAY + timedelta(days=1))
EVERYWHERE = Criteria()


@dataclass
class Ticks:
    """A monotonic clock that is set."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class World:
    """One database and Redis, and as many processes as a test wants."""

    database: Database
    redis: Any
    ticks: Ticks

    def process(self, redis: Any = None) -> RedisReadModel:
        return RedisReadModel(
            redis or self.redis,
            Catalogue(self.database),
            SpannerStock(self.database),
            SetClock(),
            draw=lambda: 0.5,
            monotonic=self.ticks,
        )

    @property
    def store(self) -> SpannerStore:
        return SpannerStore(self.database)


@pytest.fixture
def world(database: Database, redis: Any) -> World:
    people = [a_person(patient) for patient in PATIENTS]
    save(database, [a_point(), FAR], [a_session(), THERE], people)
    return World(database, redis, Ticks())


def free(model: RedisReadModel, criteria: Criteria = EVERYWHERE) -> list[tuple[str, int, int]]:
    found = model.soonest(criteria, after=NOW, limit=100)
    return [(c.state.session.key.point[0], c.index, c.state.free(c.index)) for c in found]


ALL_FREE = [(point, index, 2) for point in "ab" for index in range(4)]


def test_a_cold_process_fills_redis_from_spanner_for_all_others(world: World) -> None:
    assert free(world.process()) == ALL_FREE
    assert set(world.redis.hgetall("avail:0663")) == {b"filled", str(a_session().key).encode()}
    broken = replace(world, database=None)  # type: ignore[arg-type]
    assert free(broken.process()) == ALL_FREE


def test_what_one_process_learns_reaches_another_within_a_poll(world: World) -> None:
    one, other = world.process(), world.process()
    assert free(one) == free(other) == ALL_FREE
    world.store.hold(a_hold(a_place(), ANNA), [])
    one.learn([world.store.state(a_session())])
    assert free(one)[0] == ("a", 0, 1)
    assert free(other)[0] == ("a", 0, 2)
    world.ticks.at += 0.5
    assert free(other)[0] == ("a", 0, 1)


def test_an_older_state_never_replaces_a_newer_one(world: World) -> None:
    one, other = world.process(), world.process()
    assert free(one) == free(other) == ALL_FREE
    newest = int(NOW.timestamp() * 1e6) + 10**14
    one.learn([a_state(taken=0b11, version=newest)])
    one.learn([a_state(taken=0, version=newest - 1)])
    world.ticks.at += 1
    other.learn([a_state(taken=0, version=newest - 1)])
    for model in (one, other, world.process()):
        assert free(model)[0] == ("a", 1, 2)


def test_an_emptied_redis_is_noticed_and_filled_again(world: World) -> None:
    model = world.process()
    assert free(model) == ALL_FREE
    world.store.hold(a_hold(a_place(), ANNA), [])
    world.redis.flushall()
    assert free(model) == ALL_FREE
    world.ticks.at += 0.5
    assert free(model)[0] == ("a", 0, 1)
    assert world.redis.hgetall("avail:0663")


def test_without_redis_answers_come_from_spanner_and_stay_fresh(world: World) -> None:
    model = world.process(open_client(RedisSettings(url="redis://127.0.0.1:1")))
    assert free(model) == ALL_FREE
    world.store.hold(a_hold(a_place(), ANNA), [])
    world.ticks.at += 6
    assert free(model)[0] == ("a", 0, 1)


def test_a_process_that_slept_long_starts_anew(world: World) -> None:
    model = world.process()
    assert free(model) == ALL_FREE
    world.store.hold(a_hold(a_place(), ANNA), [])
    world.process().learn([world.store.state(a_session())])
    world.redis.delete("avail:changes")
    world.ticks.at += 200
    assert free(model)[0] == ("a", 0, 1)


def test_what_redis_has_wrong_is_mended_from_spanner(world: World) -> None:
    model = world.process()
    assert free(model) == ALL_FREE
    wrong = encode(a_state(taken=0b1111, version=1))
    world.redis.hset("avail:0663", str(a_session().key), wrong)
    world.redis.hset("avail:0663", "gone-20261208-1", wrong)
    assert model.mend("0663") == 1
    assert model.mend("0663") == 0
    assert set(world.redis.hgetall("avail:0663")) == {b"filled", str(a_session().key).encode()}
    assert free(world.process()) == ALL_FREE


def test_an_unknown_session_is_read_from_spanner(world: World) -> None:
    model = world.process()
    assert free(model) == ALL_FREE
    new = a_session(nr=32)
    save(world.database, sessions=[new])
    state = model.state(new.key)
    assert state is not None
    assert state.session == new
    assert model.state(SessionKey(POINT, DAY, 77)) is None
    assert model.state(SessionKey(PointId("none"), DAY, 1)) is None


def test_areas_and_circles_choose_points(world: World) -> None:
    model = world.process()
    for area, points in (
        (Area(teryt="06"), "ab"),
        (Area(teryt="0664"), "b"),
        (Area(point=POINT), "a"),
        (Area(near=a_point().location, radius_km=5), "a"),
        (Area(near=a_point().location, radius_km=200), "ab"),
        (Area(teryt="14"), ""),
    ):
        assert {point for point, _, _ in free(model, Criteria(area=area))} == set(points)


def test_events_are_followed_as_of_their_commit(world: World) -> None:
    model = world.process()
    follower = Follower(SpannerStock(world.database), model)
    assert free(model) == ALL_FREE
    first = world.store.hold(a_hold(a_place(place=0), ANNA), [])
    second = world.store.hold(a_hold(a_place(place=1), JAN), [])
    data = {"session": str(a_session().key)}
    follower.follow(data, second)
    follower.follow(data, first)
    assert free(model)[0] == ("a", 1, 2)
    world.ticks.at += 1
    assert free(model)[0] == ("a", 1, 2)
    assert model.as_of() == second


def test_a_confirmed_hold_moves_only_the_time(world: World) -> None:
    model = world.process()
    follower = Follower(SpannerStock(world.database), model)
    assert free(model) == ALL_FREE
    at = world.store.hold(a_hold(a_place(), ANNA), [])
    follower.follow({"sessions": [str(a_session().key)], "placesChanged": False}, at)
    world.ticks.at += 1
    assert free(model) == ALL_FREE
    assert model.as_of() == at


def test_a_state_survives_its_text() -> None:
    state = a_state(a_session(places=7, slots=31), taken=0x1234567, version=1_795_000_000_000_001)
    assert decode("0663", str(state.session.key), encode(state)) == state


@pytest.fixture(autouse=True)
def _fresh_points(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    from erejestracja.storage.redis import points

    monkeypatch.setattr(points, "KEPT_S", 1)
    return lambda: None
