"""Strategies: arbitrary valid things, for properties that must hold of all of them."""

from datetime import UTC, date, datetime, time
from typing import TypeVar

from hypothesis import strategies as st

from erejestracja.domain.actor import Channel
from erejestracja.domain.ids import PlaceKey, PointId, SessionKey, SlotKey, VaccineCode
from erejestracja.domain.point import Location
from erejestracja.domain.programme import (
    STATUTORY,
    Basis,
    Interval,
    Minors,
    Opening,
    Programme,
    Vaccine,
)
from erejestracja.domain.referral import DoseGiven, Referral, ReferralKind, ReferralStatus
from erejestracja.domain.series import Series
from erejestracja.domain.session import OFFERED, Session
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

T = TypeVar("T")

WINTER = (date(2026, 10, 1), date(2027, 4, 15))
VACCINES = (PFIZER, MODERNA, JANSSEN)
ALL = frozenset(Channel)

ids = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=1, max_size=20)
days = st.dates(date(2020, 1, 1), date(2099, 12, 31))
booking_days = st.dates(*WINTER)


def moment(day: date) -> datetime:
    """Return the beginning of a day in Greenwich."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def moments(first: date, last: date) -> st.SearchStrategy[datetime]:
    """Instants from the beginning of one day to that of another."""
    naive = [moment(day).replace(tzinfo=None) for day in (first, last)]
    return st.datetimes(*naive, timezones=st.just(UTC))


nows = moments(date(2026, 10, 1), date(2027, 3, 31))
visibilities = st.sampled_from(OFFERED)
channels = st.sampled_from(Channel)
births = st.dates(date(1930, 1, 1), date(2020, 1, 1))
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
        visibility=draw(visibilities),
        also=draw(st.sampled_from([(), (MODERNA,), (MODERNA, JANSSEN)])),
        born_from=draw(st.none() | st.dates(date(1930, 1, 1), date(1980, 1, 1))),
        born_to=draw(st.none() | st.dates(date(1980, 1, 1), date(2026, 1, 1))),
        release_hours=draw(st.none() | st.integers(1, 336)),
        room=draw(st.sampled_from([None, "Gabinet 1", "Gabinet 2"])),
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


def mostly(usual: T, other: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Return one value three times of four, so that cases with many parts are not all refused."""
    return st.integers(0, 3).flatmap(lambda which: other if which == 3 else st.just(usual))


@st.composite
def ends(draw: st.DrawFn, values: st.SearchStrategy[date]) -> tuple[date | None, date | None]:
    """Two ends in order, either of them often open."""
    first, last = draw(mostly(None, values)), draw(mostly(None, values))
    return (last, first) if first and last and last < first else (first, last)


@st.composite
def openings(draw: st.DrawFn) -> Opening:
    born, slots = draw(ends(births)), draw(ends(booking_days))
    opened = mostly(moment(date(2026, 9, 1)), moments(date(2026, 9, 1), date(2027, 3, 1)))
    return Opening(
        id=draw(ids),
        kinds=draw(mostly(frozenset(ReferralKind), st.frozensets(st.sampled_from(ReferralKind)))),
        opens_at={channel: draw(opened) for channel in draw(mostly(ALL, st.frozensets(channels)))},
        enabled=draw(mostly(True, st.just(False))),
        born_from=born[0],
        born_to=born[1],
        patients=draw(mostly(None, st.sampled_from([frozenset({PATIENT}), frozenset()]))),
        slots_from=slots[0],
        slots_to=slots[1],
    )


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    valid = draw(ends(st.dates(date(2020, 12, 1), date(2027, 3, 1))))
    return Interval(
        kind=draw(st.sampled_from(ReferralKind)),
        min_days=draw(st.integers(0, 200)),
        valid_from=valid[0] or date(2020, 12, 1),
        valid_to=valid[1],
        basis=draw(st.sampled_from(Basis)),
        advised_days=draw(st.none() | st.integers(0, 300)),
        after=draw(mostly(None, st.sampled_from(VACCINES))),
        dose=draw(mostly(None, st.integers(1, 4))),
    )


@st.composite
def vaccines(draw: st.DrawFn, code: VaccineCode, doses: int) -> Vaccine:
    oldest = draw(mostly(None, st.integers(61, 99)))
    youngest = draw(mostly(12, st.integers(0, 60)))
    return Vaccine(code, "Nazwa", "Firma", doses, youngest, oldest, draw(st.booleans()))


@st.composite
def minors(draw: st.DrawFn) -> Minors:
    """Any rule for who is not of age."""
    signs_from, under = sorted(draw(st.tuples(st.integers(0, 25), st.integers(0, 25))))
    first, last = sorted(draw(st.tuples(booking_days, booking_days)))
    until = draw(st.none() | st.just(last))
    return Minors(under, signs_from, draw(st.integers(0, 25)), first, until)


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    """Any rules over three vaccines; mostly some that let somebody in."""
    return Programme(
        id=COVID,
        names={"pl": "Program"},
        vaccines=tuple(
            draw(vaccines(code, doses)) for code, doses in zip(VACCINES, (2, 2, 1), strict=True)
        ),
        intervals=tuple(draw(st.lists(intervals(), min_size=1, max_size=4))),
        openings=tuple(draw(st.lists(openings(), min_size=1, max_size=3, unique_by=opening_id))),
        paused=draw(mostly(frozenset(), st.frozensets(channels, max_size=1))),
        minors=draw(mostly(STATUTORY, st.lists(minors(), max_size=2).map(tuple))),
    )


def opening_id(opening: Opening) -> str:
    return opening.id


@st.composite
def referrals(draw: st.DrawFn) -> Referral:
    """Any referral of one person, with doses in the order they were given."""
    given_on = sorted(draw(st.lists(st.dates(date(2026, 6, 1), date(2026, 12, 1)), max_size=3)))
    given = tuple(
        DoseGiven(number, on, draw(mostly(PFIZER, st.sampled_from(VACCINES))))
        for number, on in enumerate(given_on, start=1)
    )
    usual = ReferralKind.BOOSTER if len(given) > 1 else ReferralKind.PRIMARY
    return a_referral(
        kind=draw(mostly(usual, st.sampled_from(ReferralKind))),
        status=draw(mostly(ReferralStatus.ISSUED, st.sampled_from(ReferralStatus))),
        expires_on=draw(mostly(WINTER[1], booking_days)),
        bookable_from=draw(
            mostly(moment(date(2026, 9, 1)), moments(date(2026, 9, 1), date(2027, 1, 1)))
        ),
        window=draw(ends(booking_days)),
        birth_date=draw(births),
        given=given,
    )
