from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from redis.exceptions import RedisError

from erejestracja.domain.criteria import Area, Criteria
from erejestracja.domain.ids import PointId, SessionKey
from erejestracja.domain.imports import Listing
from erejestracja.domain.point import Location
from erejestracja.domain.session import Visibility
from erejestracja.services.availability import Follower
from erejestracja.settings import RedisSettings
from erejestracja.storage.redis import areas
from erejestracja.storage.redis.client import open_client
from erejestracja.storage.redis.readmodel import RedisReadModel
from erejestracja.storage.redis.states import decode, encode, instant_of
from erejestracja.storage.spanner.catalogue import Catalogue
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.directory import put_points
from erejestracja.storage.spanner.stock import SpannerStock
from tests.support.bookings_contract import PATIENTS, a_change
from tests.support.builders import (
    DAY,
    MODERNA,
    NOW,
    PFIZER,
    POINT,
    a_hold,
    a_person,
    a_place,
    a_point,
    a_session,
    a_state,
    a_visit,
)
from tests.support.desk import SetClock
from tests.support.spanner import SpannerStore, save

pytestmark = pytest.mark.emulator
ANNA, JAN = PATIENTS
FAR = a_point(id=PointId("bbbbbbbbbb"), powiat="0664", location=Location(50.72, 23.25))
THERE = a_session(point=FAR.id, powiat="0664", day=DAY + timedelta(days=1))
EVERYWHERE = Criteria()
NOWHERE = SecretStr("redis://127.0.0.1:1")


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

    def process(self, redis: Any = None, clock: SetClock | None = None) -> RedisReadModel:
        return RedisReadModel(
            redis or self.redis,
            Catalogue(self.database),
            SpannerStock(self.database),
            clock or SetClock(),
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


def test_an_internal_slot_shows_once_it_is_open_to_all_though_nothing_was_told(
    world: World,
) -> None:
    internal = a_session(nr=17, visibility=Visibility.INTERNAL, release_hours=24, slots=1)
    save(world.database, [], [internal])
    filled, cold = world.process(), world.process()
    opens = internal.starts_at - timedelta(hours=24)
    for model in (filled, cold):
        for now, shown in ((opens - timedelta(microseconds=1), 0), (opens, 1), (opens, 1)):
            found = model.soonest(EVERYWHERE, after=now, limit=100)
            assert len([c for c in found if c.state.session.key == internal.key]) == shown


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
    model = world.process(open_client(RedisSettings(url=NOWHERE)))
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


def test_an_event_is_not_taken_for_followed_while_redis_is_away(world: World) -> None:
    model = world.process(open_client(RedisSettings(url=NOWHERE)))
    follower = Follower(SpannerStock(world.database), model)
    at = world.store.hold(a_hold(a_place(), ANNA), [])
    for _ in range(2):
        with pytest.raises(RedisError):
            follower.follow({"session": str(a_session().key)}, at)


@dataclass
class Line:
    """The way to Redis, which can be cut."""

    client: Any

    def goes_to(self, port: int) -> None:
        self.client.connection_pool.connection_kwargs["port"] = port
        self.client.connection_pool.disconnect()
        self.client.connection_pool.reset()


def test_redis_going_away_and_coming_back_changes_no_answer(world: World, redis_url: str) -> None:
    line = Line(open_client(RedisSettings(url=SecretStr(redis_url))))
    port = line.client.connection_pool.connection_kwargs["port"]
    model = world.process(line.client)
    home, there = Criteria(area=Area(teryt="0663")), Criteria(area=Area(teryt="0664"))
    assert free(model, home) == ALL_FREE[:4]
    line.goes_to(1)
    assert free(model, there) == ALL_FREE[4:]
    world.store.hold(a_hold(a_place(), ANNA), [])
    model.learn([world.store.state(a_session())])
    assert free(model, home)[0] == ("a", 0, 1)
    world.store.hold(a_hold(a_place(place=1), JAN), [])
    world.ticks.at += 6
    assert free(model, home)[0] == ("a", 1, 2)
    line.goes_to(port)
    world.redis.flushall()
    world.ticks.at += 6
    assert free(model) == [("a", 1, 2), *ALL_FREE[2:]]
    assert world.redis.hgetall("avail:0663")


def test_a_moment_without_redis_costs_no_reading_anew(
    world: World, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = Line(open_client(RedisSettings(url=SecretStr(redis_url))))
    port = line.client.connection_pool.connection_kwargs["port"]
    model, other = world.process(line.client), world.process()
    newest = 2 * 10**15
    other.follow([a_state(version=newest)], NOW)
    assert free(model) == free(other) == ALL_FREE
    monkeypatch.setattr(Catalogue, "states", None)
    line.goes_to(1)
    other.follow([a_state(taken=0b1, version=newest + 1)], NOW + timedelta(seconds=1))
    world.ticks.at += 0.5
    assert free(model) == ALL_FREE
    assert model.as_of() == NOW
    line.goes_to(port)
    world.ticks.at += 1
    assert free(model)[0] == ("a", 0, 1)
    assert model.as_of() == NOW + timedelta(seconds=1)
    world.ticks.at += 100
    assert free(model)[0] == ("a", 0, 1)


def test_an_area_that_redis_would_not_take_is_served_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise RedisError

    monkeypatch.setattr(areas.SharedAreas, "fill", away)
    model = world.process()
    assert free(model) == ALL_FREE
    assert not world.redis.hgetall("avail:0663")


def test_an_evicted_powiat_is_not_taken_for_an_empty_one(world: World) -> None:
    assert free(world.process()) == ALL_FREE
    world.redis.delete("avail:0663")
    world.process().learn([a_state(version=1)])
    assert free(world.process()) == ALL_FREE


def test_any_number_of_changes_is_taken_in_at_one_poll(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(areas, "MOST_CHANGES", 2)
    one, other = world.process(), world.process()
    assert free(one) == free(other) == ALL_FREE
    newest = 2 * 10**15
    for version in range(7):
        one.learn([a_state(taken=2**version - 1, version=newest + version)])
    world.ticks.at += 1
    assert free(other)[0] == ("a", 3, 2)


def test_before_anything_is_told_answers_are_as_of_when_their_areas_were_read(world: World) -> None:
    clock = SetClock()
    one, other = world.process(clock=clock), world.process()
    assert one.as_of() == NOW
    assert free(one) == ALL_FREE
    clock.at = NOW + timedelta(minutes=5)
    assert one.as_of() == NOW
    assert free(other) == ALL_FREE
    state = one.state(a_session().key)
    assert state is not None
    assert other.as_of() <= instant_of(state.version)


def test_an_area_of_points_without_sessions_is_known_to_be_empty(world: World) -> None:
    save(world.database, [a_point(id=PointId("c"), powiat="0601")])
    one, other = world.process(), world.process()
    for model in (one, other):
        assert free(model, Criteria(area=Area(teryt="0601"))) == []
        assert model.as_of() == NOW
    assert world.redis.hgetall("avail:0601").keys() == {b"filled"}


def test_a_point_that_is_otherwise_is_so_for_all_within_a_minute(world: World) -> None:
    one, other = world.process(), world.process()
    for model in (one, other):
        model.points()
    moved = a_point(address="ul. Nowa 1")
    world.database.commit(lambda batch: put_points(batch, Listing([], [(moved, NOW)])))
    one.relist()
    assert one.point(moved.id) == moved
    assert other.point(moved.id) == a_point()
    world.ticks.at += 60
    assert other.point(moved.id) == moved


def test_days_gone_by_are_forgotten(world: World) -> None:
    clock = SetClock()
    model = world.process(clock=clock)
    assert free(model) == ALL_FREE
    clock.at = NOW + timedelta(days=(THERE.key.day - NOW.date()).days)
    world.ticks.at += 1
    assert {point for point, _, _ in free(model)} == {"b"}
    assert a_session().key.day not in model.areas(["0663"])["0663"].days


def test_many_ask_while_one_learns(world: World) -> None:
    model = world.process()
    assert free(model) == ALL_FREE
    published = [a_state(a_session(nr=nr, places=1), version=nr) for nr in range(100, 200)]
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(free, model) for _ in range(200)]
        for state in published:
            model.learn([state])
        assert all(len(one.result()) >= len(ALL_FREE) for one in asked)
    world.ticks.at += 1
    assert len(model.soonest(EVERYWHERE, after=NOW, limit=1000)) == len(ALL_FREE) + 4 * 100


def test_who_took_a_place_does_not_send_the_next_there_before_it_is_told(world: World) -> None:
    model, other = world.process(), world.process()
    assert free(model) == free(other) == ALL_FREE
    at = world.store.hold(a_hold(a_place(), ANNA), [])
    model.took(a_place())
    assert free(model) == [("a", 0, 1), *ALL_FREE[1:]]
    assert free(other) == ALL_FREE
    Follower(SpannerStock(world.database), model).follow({"session": str(a_session().key)}, at)
    world.ticks.at += 1
    assert free(model) == free(other) == [("a", 0, 1), *ALL_FREE[1:]]


def test_what_was_taken_here_gives_way_to_what_is_told(world: World) -> None:
    model = world.process()
    assert free(model) == ALL_FREE
    model.took(a_place())
    model.took(a_place(a_session(nr=9)))
    model.learn([world.store.state(a_session())])
    assert free(model) == ALL_FREE


def test_a_confirmed_hold_leaves_the_place_taken(world: World) -> None:
    model = world.process()
    follower = Follower(SpannerStock(world.database), model)
    hold = a_hold(a_place(), ANNA)
    follower.follow({"session": str(a_session().key)}, world.store.hold(hold, []))
    world.ticks.at += 1
    before = free(model)
    assert before == [("a", 0, 1), *ALL_FREE[1:]]
    visit = a_visit(a_place(), ANNA)
    at = world.store.book(visit, a_change(visit), "d", hold=hold)
    follower.follow({"sessions": [str(a_session().key)], "placesChanged": False}, at)
    world.ticks.at += 1
    assert free(model) == before


def test_a_state_survives_its_text() -> None:
    state = a_state(a_session(places=7, slots=31), taken=0x1234567, version=1_795_000_000_000_001)
    assert decode("0663", str(state.session.key), encode(state)) == state
    internal = replace(state.session, visibility=Visibility.INTERNAL)
    several = replace(state.session, also=(MODERNA, PFIZER))
    cohorts = [
        replace(several, born_from=DAY, release_hours=2, visibility=Visibility.INTERNAL),
        replace(state.session, born_to=DAY),
        replace(state.session, born_from=DAY, born_to=DAY),
    ]
    for session in (internal, replace(internal, release_hours=48), several, *cohorts):
        other = replace(state, session=session)
        assert decode("0663", str(session.key), encode(other)) == other


@pytest.fixture(autouse=True)
def _fresh_points(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    from erejestracja.storage.redis import points

    monkeypatch.setattr(points, "KEPT_S", 1)
    return lambda: None
