"""Strategies: arbitrary valid things, for properties that must hold of all of them."""

from datetime import UTC, date, datetime, time

from hypothesis import strategies as st
from tests.support.builders import (
    COVID,
    JANSSEN,
    MODERNA,
    PATIENT,
    PFIZER,
    a_referral,
    a_series,
    a_session,
)

from erejestracja.domain.actor import Channel
from erejestracja.domain.ids import PatientId, PlaceKey, PointId, SessionKey, SlotKey
from erejestracja.domain.point import Location
from erejestracja.domain.programme import Basis, Interval, Opening, Programme, Vaccine
from erejestracja.domain.referral import DoseGiven, Referral, ReferralKind, ReferralStatus
from erejestracja.domain.series import Series
from erejestracja.domain.session import Session, Visibility

WINTER = (date(2026, 10, 1), date(2027, 4, 15))
VACCINES = (PFIZER, MODERNA, JANSSEN)

ids = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=1, max_size=20)
days = st.dates(date(2020, 1, 1), date(2099, 12, 31))
booking_days = st.dates(*WINTER)


def moments(first: date, last: date) -> st.SearchStrategy[datetime]:
    """Instants from the beginning of one day in Greenwich to that of another."""
    ends = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, last))
    first_, last_ = (end.replace(tzinfo=None) for end in ends)
    return st.datetimes(first_, last_, timezones=st.just(UTC))


instants = moments(date(2020, 1, 1), date(2099, 12, 31))
minutes_of_day = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))
locations = st.builds(Location, lat=st.floats(49.0, 54.9), lon=st.floats(14.1, 24.2))


@st.composite
def series(draw: st.DrawFn) -> Series:
    """Any rule, with breaks, on days around both clock changes."""
    times = draw(st.lists(minutes_of_day, min_size=2, max_size=8, unique=True).map(sorted))
    edges = times[1:-1]
    return a_series(
        number=draw(st.integers(0, 500)),
        weekdays=draw(st.frozensets(st.integers(1, 7), min_size=1)),
        opens=times[0],
        closes=times[-1],
        breaks=tuple(zip(edges[::2], edges[1::2], strict=False)),
        step=draw(st.integers(1, 120)),
        places=draw(st.integers(1, 5)),
        valid_from=draw(booking_days),
        valid_to=draw(st.none() | st.dates(WINTER[1], date(2027, 12, 31))),
        on_holidays=draw(st.booleans()),
    )


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    """Any session of few places."""
    key = draw(st.builds(SessionKey, ids.map(PointId), days, st.integers(0, 9999)))
    slots, places = draw(st.integers(1, 12)), draw(st.integers(1, 6))
    return a_session(key.point, key.day, key.nr, slots=slots, places=places)


@st.composite
def place_keys(draw: st.DrawFn) -> PlaceKey:
    session = SessionKey(draw(ids.map(PointId)), draw(days), draw(st.integers(0, 9999)))
    return PlaceKey(SlotKey(session, draw(st.integers(0, 999))), draw(st.integers(0, 99)))


def ordered(values: st.SearchStrategy[date]) -> st.SearchStrategy[tuple[date | None, date | None]]:
    """Two ends in order, either of them perhaps open."""
    return st.tuples(st.none() | values, st.none() | values).map(
        lambda ends: (min(ends[0], ends[1]), max(ends[0], ends[1])) if all(ends) else ends  # type: ignore[type-var]
    )


@st.composite
def openings(draw: st.DrawFn) -> Opening:
    born = draw(ordered(st.dates(date(1930, 1, 1), date(2020, 1, 1))))
    slots = draw(ordered(booking_days))
    opened = moments(date(2026, 9, 1), date(2027, 3, 1))
    return Opening(
        id=draw(ids),
        kinds=draw(st.frozensets(st.sampled_from(ReferralKind), min_size=1)),
        opens_at=draw(st.dictionaries(st.sampled_from(Channel), opened)),
        enabled=draw(st.integers(0, 3).map(bool)),
        born_from=born[0],
        born_to=born[1],
        patients=draw(st.none() | st.frozensets(st.sampled_from([PATIENT, PatientId("other")]))),
        slots_from=slots[0],
        slots_to=slots[1],
    )


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    valid = draw(ordered(st.dates(date(2020, 12, 1), date(2027, 3, 1))))
    return Interval(
        kind=draw(st.sampled_from(ReferralKind)),
        min_days=draw(st.integers(0, 200)),
        valid_from=valid[0] or date(2020, 12, 27),
        valid_to=valid[1],
        basis=draw(st.sampled_from(Basis)),
        advised_days=draw(st.none() | st.integers(0, 300)),
        after=draw(st.none() | st.sampled_from(VACCINES)),
        dose=draw(st.none() | st.integers(1, 4)),
    )


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    """Any rules over three vaccines; mostly some that let somebody in."""
    ages = draw(
        st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(61, 99)), min_size=3)
    )
    return Programme(
        id=COVID,
        names={"pl": "Program"},
        vaccines=tuple(
            Vaccine(code, "Nazwa", "Firma", draw(st.integers(1, 3)), *age, draw(st.booleans()))
            for code, age in zip(VACCINES, ages, strict=False)
        ),
        intervals=tuple(draw(st.lists(intervals(), max_size=6))),
        openings=tuple(draw(st.lists(openings(), max_size=5, unique_by=lambda one: one.id))),
        paused=draw(st.frozensets(st.sampled_from(Channel), max_size=1)),
    )


@st.composite
def referrals(draw: st.DrawFn) -> Referral:
    """Any referral of one person, with doses in the order they were given."""
    given_on = sorted(draw(st.lists(st.dates(date(2021, 1, 1), date(2026, 12, 1)), max_size=3)))
    return a_referral(
        kind=draw(st.sampled_from(ReferralKind)),
        status=draw(st.sampled_from(ReferralStatus)),
        expires_on=draw(booking_days),
        bookable_from=draw(moments(date(2026, 9, 1), date(2027, 1, 1))),
        window=draw(ordered(booking_days)),
        birth_date=draw(st.dates(date(1930, 1, 1), date(2020, 1, 1))),
        given=tuple(
            DoseGiven(number, on, draw(st.sampled_from(VACCINES)))
            for number, on in enumerate(given_on, start=1)
        ),
    )


nows = moments(date(2026, 10, 1), date(2027, 3, 31))
visibilities = st.sampled_from(Visibility)
channels = st.sampled_from(Channel)
