"""Series: a point's weekly opening rule, and the sessions it means on each local day."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any, NewType

from erejestracja.domain import calendar
from erejestracja.domain.adjustments import Adjustment
from erejestracja.domain.closures import Closed, cut
from erejestracja.domain.fallen import Fallen
from erejestracja.domain.ids import PointId, SessionKey, VaccineCode
from erejestracja.domain.room import room_named
from erejestracja.domain.session import OFFERED, Session, Visibility
from erejestracja.domain.substitutions import Substitution, substituted
from erejestracja.domain.varied import Varied, vary

SeriesId = NewType("SeriesId", str)

# Sessions that one series can have in one day. A break or a clock change adds one.
SESSIONS_A_DAY = 16
MOST_BREAKS = SESSIONS_A_DAY - 2

Hours = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Series:
    """Equal openings on chosen weekdays (ISO: 1 Monday to 7 Sunday) of a range of local days.

    Hours are local and end before midnight; `step` is minutes from slot to slot; `breaks` are local
    hours without slots; `valid_to` is the last day, None for no end. Unless `on_holidays`, days off
    by law are closed.

    Of `vaccine` and `also` a visit gets one; what the point would rather give comes first.
    `born_from` and `born_to` are the birth dates of whom it is for, both included; None is anyone.
    `room` is where in the point it is; None where nobody said.
    `release_hours` before it starts, an internal slot is open to everyone; None is never.
    `substituted` are days on which one vaccine is given in place of another.
    `varied` are single slots that are otherwise than the rule says, `adjusted` many at once.
    `closed` are the point's closures, which win over the rule: it has no slot while one lasts
    that shuts its room. `fallen` are ends of days that no doses are there for.

    `number` makes session numbers: the sessions of a day get `number * 16`, `number * 16 + 1`, …,
    so the same rule always gives the same keys (generating again adds nothing) and two series of
    a point never collide. It is the point's next number, taken anew whenever anything a session
    is made of changes, and never used again, because a session's shape never changes.
    """

    point: PointId
    powiat: str
    id: SeriesId
    number: int
    weekdays: frozenset[int]
    opens: time
    closes: time
    step: int
    places: int
    vaccine: VaccineCode
    dose: int
    visibility: Visibility
    valid_from: date
    valid_to: date | None = None
    breaks: tuple[Hours, ...] = ()
    on_holidays: bool = False
    release_hours: int | None = None
    also: tuple[VaccineCode, ...] = ()
    born_from: date | None = None
    born_to: date | None = None
    room: str | None = None
    substituted: tuple[Substitution, ...] = ()
    closed: tuple[Closed, ...] = ()
    varied: tuple[Varied, ...] = ()
    adjusted: tuple[Adjustment, ...] = ()
    fallen: tuple[Fallen, ...] = ()

    def __post_init__(self) -> None:
        """Refuse with ValueError what no point could mean."""
        edges = [self.opens, *(edge for hours in self.breaks for edge in hours), self.closes]
        wrong = {
            "number": self.number < 0,
            "weekdays": not self.weekdays or not self.weekdays <= set(range(1, 8)),
            "hours": self.opens >= self.closes or any(t.second or t.microsecond for t in edges),
            "breaks": edges != sorted(edges) or any(start >= end for start, end in self.breaks),
            "number of breaks": len(self.breaks) > MOST_BREAKS,
            "step": self.step <= 0,
            "places": self.places <= 0,
            "dose": self.dose < 0,
            "vaccines": len({*self.vaccines}) != len(self.vaccines),
            "birth dates": (self.born_from or date.min) > (self.born_to or date.max),
            "room": self.room is not None and not _is_room(self.room),
            "release": self.release_hours is not None and self.release_hours <= 0,
            "visibility": self.visibility not in OFFERED,
            "validity": self.valid_to is not None and self.valid_to < self.valid_from,
        }
        named = [name for name, is_wrong in wrong.items() if is_wrong]
        if named:
            raise ValueError(f"series with impossible {', '.join(named)}")

    @property
    def vaccines(self) -> tuple[VaccineCode, ...]:
        """Return what may be given, what the point would rather give first."""
        return (self.vaccine, *self.also)

    @property
    def shut(self) -> tuple[Closed | Fallen, ...]:
        """Return when the rule has no slot, whatever it says."""
        return (*self.closed, *self.fallen)

    def whole(self) -> "Series":
        """Return it as it is where doses suffice."""
        return replace(self, fallen=()) if self.fallen else self

    def is_open_on(self, day: date) -> bool:
        """Tell whether the rule holds on a local day."""
        return (
            self.valid_from <= day
            and (self.valid_to is None or day <= self.valid_to)
            and day.isoweekday() in self.weekdays
            and (self.on_holidays or not calendar.is_public_holiday(day))
        )

    def rule(self) -> dict[str, Any]:
        """Return the rule as JSON; point, id and validity are kept beside it."""
        return {
            "number": self.number,
            "weekdays": sorted(self.weekdays),
            "opens": f"{self.opens:%H:%M}",
            "closes": f"{self.closes:%H:%M}",
            "step": self.step,
            "places": self.places,
            "breaks": [[f"{start:%H:%M}", f"{end:%H:%M}"] for start, end in self.breaks],
            "vaccine": self.vaccine,
            "also": list(self.also),
            "dose": self.dose,
            "visibility": self.visibility.value,
            "onHolidays": self.on_holidays,
            "releaseHours": self.release_hours,
            "bornFrom": self.born_from.isoformat() if self.born_from else None,
            "bornTo": self.born_to.isoformat() if self.born_to else None,
            "room": self.room,
            "substituted": [one.document() for one in self.substituted],
            "varied": [one.document() for one in self.varied],
            "adjusted": [one.document() for one in self.adjusted],
            "closed": [closure.document() for closure in self.closed],
            "fallen": [one.document() for one in self.fallen],
        }


def from_rule(
    rule: Mapping[str, Any],
    *,
    point: PointId,
    powiat: str,
    series: SeriesId,
    valid_from: date,
    valid_to: date | None,
) -> Series:
    """Read what `rule` wrote. Raises KeyError or ValueError."""
    return Series(
        point=point,
        powiat=powiat,
        id=series,
        number=int(rule["number"]),
        weekdays=frozenset(int(weekday) for weekday in rule["weekdays"]),
        opens=time.fromisoformat(rule["opens"]),
        closes=time.fromisoformat(rule["closes"]),
        step=int(rule["step"]),
        places=int(rule["places"]),
        breaks=tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in rule["breaks"]),
        vaccine=VaccineCode(rule["vaccine"]),
        also=tuple(VaccineCode(code) for code in rule.get("also", ())),
        dose=int(rule["dose"]),
        visibility=Visibility(rule["visibility"]),
        valid_from=valid_from,
        valid_to=valid_to,
        on_holidays=bool(rule["onHolidays"]),
        release_hours=rule.get("releaseHours"),
        born_from=_date(rule.get("bornFrom")),
        born_to=_date(rule.get("bornTo")),
        room=rule.get("room"),
        substituted=tuple(Substitution.of(one) for one in rule.get("substituted", ())),
        varied=tuple(Varied.of(one) for one in rule.get("varied", ())),
        adjusted=tuple(Adjustment.of(one) for one in rule.get("adjusted", ())),
        closed=tuple(Closed.of(one) for one in rule.get("closed", ())),
        fallen=tuple(Fallen.of(one) for one in rule.get("fallen", ())),
    )


def _is_room(name: str) -> bool:
    try:
        return room_named(name) == name
    except ValueError:
        return False


def _date(value: str | date | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def sessions_of(series: Series, day: date) -> list[Session]:
    """Return the series' sessions of one local day, always the same ones, soonest first."""
    if not series.is_open_on(day):
        return []
    runs = [(start, slots) for start, slots in _runs(series, day) if slots]
    whole = [
        Session(
            key=SessionKey(series.point, day, series.number * SESSIONS_A_DAY),
            powiat=series.powiat,
            starts_at=calendar.instant(day, start),
            step=series.step,
            slots=slots,
            places=series.places,
            vaccine=series.vaccine,
            also=series.also,
            born_from=series.born_from,
            born_to=series.born_to,
            room=series.room,
            dose=series.dose,
            visibility=series.visibility,
        )
        for start, slots in runs
    ]
    if series.substituted:
        whole = [part for session in whole for part in substituted(session, series.substituted)]
    own = (series.varied, series.adjusted, series.release_hours)
    varied = (part for session in whole for part in vary(session, *own))
    return numbered([left for part in varied for left in cut(part, series.shut)], series.number)


def as_now_ruled(session: Session, series: Series) -> list[Session]:
    """Return what is left of a session of today: what is given in it by now, and no shut slot.

    All else is as it was this morning, whatever the rule says by now.
    """
    parts = substituted(session, series.substituted)
    return [left for part in parts for left in cut(part, series.shut)]


def made_by(session: Session) -> int:
    """Return the number of the series that a session was made of."""
    return session.key.nr // SESSIONS_A_DAY


def numbered(sessions: Iterable[Session], number: int) -> list[Session]:
    """Return sessions of one day under the numbers of a series' number."""
    first = number * SESSIONS_A_DAY
    return [
        replace(session, key=replace(session.key, nr=first + part))
        for part, session in enumerate(sessions)
    ]


def expand(series: Series, from_: date, to: date) -> Iterator[Session]:
    """Yield the sessions of a range of local days, both ends included."""
    for day in calendar.days(from_, to):
        yield from sessions_of(series, day)


def is_cut_too_often(series: Series, from_: date, to: date) -> bool:
    """Tell whether a day has more sessions than there are numbers for.

    That is a day of the range, or any later one of which something special is said.
    """
    last = max([to, *(one.which.to for one in series.adjusted)])
    a_day = Counter(session.key.day for session in expand(series, from_, last))
    return max(a_day.values(), default=0) > SESSIONS_A_DAY


def _runs(series: Series, day: date) -> Iterator[tuple[time, int]]:
    """Yield start and number of slots of each stretch that no break or clock change interrupts.

    Nobody is asked to come in an hour that the clock skips or shows twice: it is a break.
    """
    changed = calendar.changed_hours(day)
    start = series.opens
    for begins, ends in sorted((*series.breaks, *([changed] if changed else []))):
        yield start, _slots(start, min(begins, series.closes), series.step)
        start = max(start, ends)
    yield start, _slots(start, series.closes, series.step)


def _slots(start: time, end: time, step: int) -> int:
    minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
    return max(0, minutes // step)
