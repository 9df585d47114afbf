from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain import calendar
from erejestracja.domain.criteria import Area, Candidate, Criteria
from erejestracja.domain.distance import kilometres
from erejestracja.domain.ids import PointId, SessionKey
from erejestracja.domain.point import Location
from erejestracja.domain.session import ANY_DOSE, SessionState, Visibility
from erejestracja.domain.soonest import in_order
from tests.support.builders import AT_EIGHT, DAY, MODERNA, NOW, PFIZER, a_point, a_session, a_state
from tests.support.fake_read_model import FakeMarket

CHANGE_OF_CLOCKS = date(2027, 3, 28)
Rank = tuple[datetime, float, SessionKey, int]


def points() -> Iterator[PointId]:
    return iter([PointId(letter * 4) for letter in "abcdef"])


# Two points each in three powiaty, so that what comes first lies now here and now there.
POINTS = [
    a_point(
        id=point,
        powiat=f"066{nr % 3}",
        gmina=f"066{nr % 3}01{nr % 2}",
        location=Location(51 + nr / 10, 22 + nr % 4 / 10),
        access=frozenset({"lift"} if nr % 2 else ()),
    )
    for nr, point in enumerate(points())
]


@st.composite
def states(draw: st.DrawFn) -> list[SessionState]:
    found = {}
    for version in range(draw(st.integers(0, 12))):
        point = draw(st.sampled_from(POINTS))
        day = draw(st.sampled_from([DAY, DAY + timedelta(days=1), CHANGE_OF_CLOCKS]))
        opens = calendar.instant(
            day, time(draw(st.integers(7, 10)), draw(st.sampled_from([0, 20])))
        )
        session = a_session(
            point.id,
            day,
            draw(st.integers(1, 3)),
            powiat=point.powiat,
            starts_at=opens,
            step=draw(st.sampled_from([10, 15, 60])),
            slots=draw(st.integers(1, 6)),
            places=draw(st.integers(1, 2)),
            vaccine=draw(st.sampled_from([PFIZER, MODERNA])),
            dose=draw(st.sampled_from([ANY_DOSE, 1, 2])),
            visibility=draw(st.sampled_from(Visibility)),
        )
        bits = session.slots * session.places
        found[session.key] = SessionState(session, draw(st.integers(0, 2**bits - 1)), version)
    return list(found.values())


days = st.none() | st.sampled_from([DAY, DAY + timedelta(days=1), CHANGE_OF_CLOCKS])
hours = st.none() | st.builds(time, st.integers(6, 12), st.sampled_from([0, 7, 20]))
areas = st.builds(
    Area,
    point=st.none() | st.sampled_from([point.id for point in POINTS]),
    teryt=st.none() | st.sampled_from(["06", "0661", "0662010", "14"]),
    near=st.none() | st.builds(Location, st.floats(50, 52), st.floats(21, 23)),
)
criteria = st.builds(
    Criteria,
    area=areas
    | st.builds(
        Area,
        near=st.builds(Location, st.floats(50, 52), st.floats(21, 23)),
        radius_km=st.floats(1, 100),
    ),
    vaccine=st.sampled_from([None, PFIZER]),
    dose=st.sampled_from([None, 1]),
    from_=days,
    to=days,
    hour_from=hours,
    hour_to=hours,
    access=st.sampled_from([frozenset[str](), frozenset({"lift"})]),
    internal=st.booleans(),
)
afters = st.sampled_from([NOW, AT_EIGHT, AT_EIGHT + timedelta(minutes=47, microseconds=3)])


def wanted(state: SessionState, index: int, wish: Criteria, after: datetime) -> bool:
    session = state.session
    point = next(point for point in POINTS if point.id == session.key.point)
    local = calendar.local(session.start_of(index))
    far = kilometres(wish.area.near, point.location) if wish.area.near else 0.0
    return (
        state.free(index) > 0
        and session.start_of(index) > after
        and wish.area.point in (None, point.id)
        and point.gmina.startswith(wish.area.teryt or "")
        and (wish.area.radius_km is None or far <= wish.area.radius_km)
        and wish.vaccine in (None, session.vaccine)
        and (wish.dose is None or session.dose in (ANY_DOSE, wish.dose))
        and (wish.from_ or date.min) <= local.date() <= (wish.to or date.max)
        and (wish.hour_from or time.min) <= local.time()
        and local.time() < (wish.hour_to or time.max)
        and wish.access <= point.access
        and (wish.internal or session.visibility is Visibility.EXTERNAL)
    )


def by_hand(some: list[SessionState], wish: Criteria, after: datetime) -> list[Rank]:
    where = {point.id: point.location for point in POINTS}
    near = wish.area.near
    return sorted(
        (
            state.session.start_of(index),
            kilometres(near, where[state.session.key.point]) if near else 0.0,
            state.session.key,
            index,
        )
        for state in some
        for index in range(state.session.slots)
        if wanted(state, index, wish, after)
    )


def rank(candidate: Candidate) -> Rank:
    session, index = candidate.state.session, candidate.index
    return session.start_of(index), candidate.distance_km or 0.0, session.key, index


def found(
    some: list[SessionState], wish: Criteria, after: datetime, random: Random | None = None
) -> list[Candidate]:
    market = FakeMarket(POINTS, some)
    reach = market.points().reach(wish)
    lot = random.random if random else None
    return list(in_order(market.areas(reach.nearest), reach, wish, after, lot))


@given(states(), criteria, afters)
def test_the_order_is_that_of_sorting_all_slots(
    some: list[SessionState], wish: Criteria, after: datetime
) -> None:
    assert [rank(one) for one in found(some, wish, after)] == by_hand(some, wish, after)


@given(states(), criteria, afters, st.randoms(use_true_random=False))
def test_a_lot_decides_only_between_equals(
    some: list[SessionState], wish: Criteria, after: datetime, random: Random
) -> None:
    drawn = [rank(one) for one in found(some, wish, after, random)]
    assert [one[:2] for one in drawn] == [one[:2] for one in by_hand(some, wish, after)]
    assert sorted(drawn) == by_hand(some, wish, after)


def test_callers_of_the_same_minute_are_sent_to_different_places() -> None:
    some = [a_state(a_session(point.id, powiat=point.powiat)) for point in POINTS]
    first = {
        found(some, Criteria(), NOW, Random(seed))[0].state.session.key.point for seed in range(60)
    }
    assert first == {point.id for point in POINTS}


def test_a_changed_place_shows_at_once_in_what_was_asked_before() -> None:
    market = FakeMarket(POINTS, [a_state(a_session(PointId("aaaa"), powiat="0660"))])
    reach = market.points().reach(Criteria())

    def first() -> int:
        soonest = next(in_order(market.areas(reach.nearest), reach, Criteria(), NOW))
        return soonest.index

    assert first() == 0
    market.learn([a_state(a_session(PointId("aaaa"), powiat="0660"), taken=0b11, version=2)])
    assert first() == 1


def test_any_number_of_kinds_may_be_asked_for() -> None:
    some = [
        a_state(a_session(PointId("aaaa"), powiat="0660", dose=dose, nr=dose))
        for dose in range(1, 10)
    ]
    market = FakeMarket(POINTS, some)
    for wish in [Criteria(dose=dose) for dose in range(1, 10)] * 2:
        reach = market.points().reach(wish)
        soonest = next(in_order(market.areas(reach.nearest), reach, wish, NOW))
        assert soonest.state.session.dose == wish.dose
