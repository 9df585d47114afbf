"""Any states of a few points, any question about them, and the answer worked out by hand."""

from datetime import date, datetime, time, timedelta
from random import Random

from hypothesis import strategies as st

from erejestracja.domain import calendar
from erejestracja.domain.criteria import Area, Criteria
from erejestracja.domain.distance import kilometres
from erejestracja.domain.ids import PointId, SessionKey, VaccineCode
from erejestracja.domain.point import Location
from erejestracja.domain.session import ANY_DOSE, SessionState, Visibility
from tests.support.builders import AT_EIGHT, DAY, MODERNA, NOW, PFIZER, a_point, a_session
from tests.support.strategies import mostly

CHANGE_OF_CLOCKS = date(2027, 3, 28)
GROWN_UP = date(2008, 11, 30)
# Of what is asked about from `NOW` or `AT_EIGHT`: some open before, some in between, some later.
RELEASES = (None, 1, 24, 142, 168)
Rank = tuple[datetime, float, int, SessionKey, int]


# Two points each in three powiaty, so that what comes first lies now here and now there.
POINTS = [
    a_point(
        id=point,
        powiat=f"066{nr % 3}",
        gmina=f"066{nr % 3}01{nr % 2}",
        location=Location(51 + nr / 10, 22 + nr % 4 / 10),
        access=frozenset({"lift"} if nr % 2 else ()),
    )
    for nr, point in enumerate(PointId(letter * 4) for letter in "abcdef")
]


def some_states(seed: int, number: int) -> list[SessionState]:
    """Return as many sessions, or fewer where their keys are the same, mostly free."""
    random = Random(seed)
    found = {}
    for version in range(number):
        point = random.choice(POINTS)
        day = random.choice([DAY, DAY + timedelta(days=1), CHANGE_OF_CLOCKS])
        shown = random.choice([Visibility.EXTERNAL, *Visibility])
        session = a_session(
            point.id,
            day,
            random.randint(1, 3),
            powiat=point.powiat,
            starts_at=calendar.instant(day, time(random.randint(7, 10), random.choice([0, 20]))),
            step=random.choice([10, 15, 60]),
            slots=random.randint(1, 6),
            places=random.randint(1, 2),
            vaccine=(first := random.choice([PFIZER, MODERNA])),
            also=random.choice([(), (), (MODERNA if first == PFIZER else PFIZER,)]),
            dose=random.choice([ANY_DOSE, ANY_DOSE, 1, 2]),
            visibility=shown,
            born_from=random.choice([None, None, None, GROWN_UP]),
            born_to=random.choice([None, None, None, date(2012, 12, 31)]),
            release_hours=random.choice(RELEASES) if shown is Visibility.INTERNAL else None,
        )
        bits = session.slots * session.places
        taken = random.getrandbits(bits) & random.getrandbits(bits)
        found[session.key] = SessionState(session, taken, version)
    return list(found.values())


states = st.builds(some_states, st.integers(0, 10**6), st.integers(0, 15))
days = mostly(None, st.sampled_from([DAY, DAY + timedelta(days=1), CHANGE_OF_CLOCKS]))
hours = mostly(None, st.builds(time, st.integers(6, 12), st.sampled_from([0, 7, 20])))
places = st.builds(Location, st.floats(50, 52), st.floats(21, 23))
areas = st.builds(
    Area,
    point=mostly(None, st.sampled_from([point.id for point in POINTS])),
    teryt=mostly(None, st.sampled_from(["06", "0661", "0662010", "14"])),
    near=st.none() | places,
) | st.builds(Area, near=places, radius_km=st.floats(1, 100))
criteria = st.builds(
    Criteria,
    area=areas,
    vaccines=mostly(frozenset[VaccineCode](), st.just(frozenset({PFIZER}))),
    dose=mostly(None, st.just(1)),
    from_=days,
    to=days,
    hour_from=hours,
    hour_to=hours,
    access=mostly(frozenset[str](), st.just(frozenset({"lift"}))),
    internal=st.booleans(),
    born=mostly(None, st.sampled_from([date(1960, 5, 1), GROWN_UP, date(2020, 1, 1)])),
    but_not=mostly(
        frozenset[SessionKey](),
        st.frozensets(
            st.sampled_from([SessionKey(p.id, DAY, nr) for p in POINTS for nr in (1, 2)])
        ),
    ),
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
        and session.visibility is not Visibility.BLOCKED
        and wish.area.point in (None, point.id)
        and point.gmina.startswith(wish.area.teryt or "")
        and (wish.area.radius_km is None or far <= wish.area.radius_km)
        and (not wish.vaccines or bool(wish.vaccines & {*session.vaccines}))
        and (wish.dose is None or session.dose in (ANY_DOSE, wish.dose))
        and (wish.from_ or date.min) <= local.date() <= (wish.to or date.max)
        and (wish.hour_from or time.min) <= local.time()
        and local.time() < (wish.hour_to or time.max)
        and wish.access <= point.access
        and (wish.born is None or session.is_for(wish.born))
        and session.key not in wish.but_not
        and (
            wish.internal
            or session.visibility_at(session.start_of(index), after) is Visibility.EXTERNAL
        )
    )


def by_hand(some: list[SessionState], wish: Criteria, after: datetime) -> list[Rank]:
    where = {point.id: point.location for point in POINTS}
    near = wish.area.near
    return sorted(
        (
            state.session.start_of(index),
            kilometres(near, where[state.session.key.point]) if near else 0.0,
            len(state.session.vaccines),
            state.session.key,
            index,
        )
        for state in some
        for index in range(state.session.slots)
        if wanted(state, index, wish, after)
    )
