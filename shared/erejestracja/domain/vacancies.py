"""Free places in memory, by powiat and local day.

Each day of a powiat keeps a few summaries of itself, so that a question about the whole country
costs a look at each powiat, not at each session.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from math import ceil, inf

from erejestracja.domain import calendar
from erejestracja.domain.criteria import Criteria
from erejestracja.domain.ids import PlaceKey, PointId, SessionKey, VaccineCode
from erejestracja.domain.session import ANY_DOSE, Session, SessionState, Visibility

# Questions differ in vaccine and dose; the usual ones fit, and no one can fill the memory.
MOST_SUMMARIES = 8
HOUR = 3600.0

Kind = tuple[frozenset[VaccineCode], int | None, bool]
# A session's key within a day, as a tuple: compared often, and by the interpreter itself.
Place = tuple[PointId, int]


@dataclass(frozen=True, slots=True)
class Listed:
    """A session's state, with what questions ask of it worked out once.

    `open` has a bit for each slot with a free place, `free` counts those places, `opens_at` is the
    local minute of the day of slot 0, `starts` its instant in seconds since the epoch.
    """

    state: SessionState
    open: int
    free: int
    opens_at: int
    starts: float

    @classmethod
    def of(cls, state: SessionState) -> "Listed":
        """Work out what is open."""
        local = calendar.local(state.session.starts_at)
        opens_at = local.hour * 60 + local.minute
        return cls(state, _open(state), state.free_in_all(), opens_at, local.timestamp())

    def next_open(self, index: int, end: int) -> int | None:
        """Return the first slot with a free place from `index` up to but not including `end`."""
        ahead = (self.open >> index) << index
        found = (ahead & -ahead).bit_length() - 1
        return found if 0 <= found < end else None

    def place(self) -> Place:
        """Return the session's key within its day."""
        key = self.state.session.key
        return key.point, key.nr

    def start_of(self, index: int | None) -> float:
        """Return the start of a slot, in seconds since the epoch."""
        return self.starts + 60 * self.state.session.step * (index or 0)

    def opens_to_all(self) -> float:
        """Return when the first slot of a session the point may release is open to everyone."""
        return self.starts - HOUR * (self.state.session.release_hours or 0)

    def open_to_all(self, now: float) -> int:
        """Return how many slots, counted from the first, everyone may book at an instant."""
        session = self.state.session
        if session.visibility is Visibility.EXTERNAL:
            return session.slots
        if now < self.opens_to_all():
            return 0
        return min(session.slots, int((now - self.opens_to_all()) // (60 * session.step)) + 1)

    def rhythm(self) -> tuple[int, int]:
        """Return the step in seconds, and what slots' starts leave when divided by it."""
        step = 60 * self.state.session.step
        return step, int(self.starts) % step

    def free_between(self, first: int, last: int) -> int:
        """Return the free places of the slots from `first` up to but not including `last`."""
        session = self.state.session
        if first >= last:
            return 0
        if last - first == session.slots:
            return self.free
        bits = (last - first) * session.places
        taken = self.state.taken >> (first * session.places) & ((1 << bits) - 1)
        return bits - taken.bit_count()


def _open(state: SessionState) -> int:
    session = state.session
    if session.visibility is Visibility.BLOCKED:
        return 0
    if session.places == 1:
        return ~state.taken & ((1 << session.slots) - 1)
    return sum(1 << index for index in range(session.slots) if state.free(index))


@dataclass(frozen=True, slots=True)
class Summary:
    """A day's open sessions of one kind: `free` places at `points` points.

    `for_some` tells that some of them are for people of certain birth dates.
    From the instant `releases` on (seconds since the epoch), some places that only the point could
    book are open to everyone too: those of `sessions`, but not counted in `free` and `points`.
    `starts` is the instant of the soonest open slot in seconds since the epoch, `least` where the
    first of the sessions is, `fit` how few vaccines any of them serves: no slot of the day comes
    before the three together. `rhythms` are the
    steps of the sessions in seconds, each with what their starts leave when divided by it.
    """

    sessions: tuple[Listed, ...] = ()
    free: int = 0
    points: int = 0
    starts: float = 0.0
    least: Place | None = None
    rhythms: frozenset[tuple[int, int]] = frozenset()
    releases: float = inf
    fit: int = 1
    for_some: bool = False

    @classmethod
    def of(cls, listed: Iterable[Listed], kind: Kind) -> "Summary":
        """Sum up the sessions of one kind."""
        some = tuple(one for one in listed if one.open and _is_of(one.state.session, kind))
        if not some:
            return NOTHING
        internal = kind[2]
        now = [one for one in some if internal or one.state.session.release_hours is None]
        later = (one for one in some if not internal and one.state.session.release_hours)
        return cls(
            some,
            free=sum(one.free for one in now),
            points=len({one.state.session.key.point for one in now}),
            starts=min(one.start_of(one.next_open(0, one.state.session.slots)) for one in some),
            least=min(one.place() for one in some),
            rhythms=frozenset(one.rhythm() for one in some),
            fit=min(len(one.state.session.vaccines) for one in some),
            for_some=any(one.state.session.cohort for one in some),
            releases=min((one.opens_to_all() for one in later), default=inf),
        )

    def no_earlier(self, instant: float) -> float:
        """Return when, from an instant on, the first slot of these sessions may start."""
        if instant <= self.starts:
            return self.starts
        whole = ceil(instant)
        return whole + min((rest - whole) % step for step, rest in self.rhythms)


NOTHING = Summary()


def _is_of(session: Session, kind: Kind) -> bool:
    vaccines, dose, internal = kind
    return (
        (not vaccines or not vaccines.isdisjoint(session.vaccines))
        and (dose is None or session.dose in (ANY_DOSE, dose))
        and (
            internal
            or session.visibility is Visibility.EXTERNAL
            or session.release_hours is not None
        )
    )


def kind_of(criteria: Criteria) -> Kind:
    """Return what kind of session a question is about: which vaccines, which dose, and for whom."""
    return criteria.vaccines, criteria.dose, criteria.internal


class Day:
    """The sessions of one powiat and local day. One writer; readers go on meanwhile."""

    def __init__(self) -> None:
        self.sessions: dict[SessionKey, Listed] = {}
        self._summaries: dict[Kind, Summary] = {}

    def put(self, state: SessionState) -> None:
        """Take in a state unless a newer one is there."""
        key = state.session.key
        known = self.sessions.get(key)
        if known is None:
            # Replaced, not changed: somebody may be walking through it.
            self.sessions = self.sessions | {key: Listed.of(state)}
        elif known.state.version < state.version:
            self.sessions[key] = Listed.of(state)
        # After the sessions: who sums up what was goes on to write into the old dictionary.
        self._summaries = {}

    def take(self, place: PlaceKey) -> None:
        """Count a place as taken until a newer state says what is."""
        key = place.slot.session
        known = self.sessions.get(key)
        if known is None:
            return
        bit = known.state.session.bit(place.slot.index, place.place)
        self.sessions[key] = Listed.of(replace(known.state, taken=known.state.taken | bit))
        self._summaries = {}

    def summary(self, kind: Kind) -> Summary:
        """Return the open sessions of a kind."""
        summaries = self._summaries
        known = summaries.get(kind)
        if known is None:
            known = Summary.of(self.sessions.values(), kind)
            if len(summaries) >= MOST_SUMMARIES:
                summaries.clear()
            summaries[kind] = known
        return known


class Powiat:
    """The sessions of one powiat by local day."""

    def __init__(self, states: Iterable[SessionState] = ()) -> None:
        self.days: dict[date, Day] = {}
        for state in states:
            day = self.days.setdefault(state.session.key.day, Day())
            day.sessions[state.session.key] = Listed.of(state)

    def get(self, key: SessionKey) -> SessionState | None:
        """Return a session's state."""
        day = self.days.get(key.day)
        listed = day.sessions.get(key) if day else None
        return listed.state if listed else None

    def put(self, state: SessionState) -> None:
        """Take in a state unless a newer one is there. One writer; readers go on meanwhile."""
        day = self.days.get(state.session.key.day) or Day()
        day.put(state)
        if state.session.key.day not in self.days:
            self.days = self.days | {state.session.key.day: day}

    def take(self, place: PlaceKey) -> None:
        """Count a place as taken until a newer state says what is. One writer."""
        day = self.days.get(place.slot.session.day)
        if day:
            day.take(place)

    def drop_before(self, today: date) -> None:
        """Forget days gone by."""
        self.days = {day: sessions for day, sessions in self.days.items() if day >= today}
