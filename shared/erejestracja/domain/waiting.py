"""Waiting: what a person wishes who found nothing, their place in the order, an offer open now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NewType

from erejestracja.domain import calendar
from erejestracja.domain.criteria import Criteria
from erejestracja.domain.distance import kilometres
from erejestracja.domain.events import Event
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import (
    HoldId,
    PatientId,
    PlaceKey,
    ProgrammeId,
    SlotKey,
    VaccineCode,
    VisitId,
    derived_id,
)
from erejestracja.domain.notice import Notice
from erejestracja.domain.point import Point
from erejestracja.domain.session import ANY_DOSE, Session
from erejestracja.domain.visit import Visit

EntryId = NewType("EntryId", str)

# Who lets so many offers in a row run out keeps places from others for nothing.
MOST_UNANSWERED = 3
# A point that changes its hours takes visits away and gives most of them back at once. Who lost
# one is asked after that, so that nobody is offered a place instead of the one they still have.
SETTLES = timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class End(StrEnum):
    """Why a person waits no more."""

    BOOKED = "booked"
    WITHDRAWN = "withdrawn"
    NO_REFERRAL = "noReferral"
    SILENT = "silent"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Terms:
    """How places are offered: for how long, between which local hours, how long before they begin.

    An offer that is made before the hour `until` may run on after it.
    """

    lasts: timedelta = timedelta(minutes=30)
    from_: int = 8
    until: int = 20
    ahead: timedelta = timedelta(hours=3)

    def may_offer(self, now: datetime) -> bool:
        """Tell whether people may be sent a message at this time of the day."""
        return self.from_ <= calendar.local(now).hour < self.until


@dataclass(frozen=True, slots=True)
class Offer:
    """A place kept for who waits, and until when they may take it."""

    hold: HoldId
    place: PlaceKey
    until: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """The visit that an entry is to move, in the version that it was to be moved from."""

    visit: VisitId
    version: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A person who waits for a place for one dose of a programme.

    `powiaty` are those the wish reaches into, the nearest first. `lost` tells that a point took
    their visit away. `moves` is the visit a place is to be had instead of. `version` counts the
    changes, from the microsecond of the first: no version of an entry ever comes again.
    """

    id: EntryId
    patient: PatientId
    programme: ProgrammeId
    dose: int
    criteria: Criteria
    powiaty: tuple[str, ...]
    since: datetime
    version: int
    lost: bool = False
    moves: Held | None = None
    declined: frozenset[SlotKey] = frozenset()
    unanswered: int = 0
    offer: Offer | None = None

    def offered(self, hold: Hold) -> "Entry":
        """Return the entry with a place kept for the person."""
        return replace(self._next(), offer=Offer(hold.id, hold.place, hold.expires_at))

    def declining(self) -> "Entry":
        """Return the entry after a no: it keeps its place in the order."""
        return replace(self._next(), declined=self._told(), unanswered=0, offer=None)

    def without_answer(self, now: datetime) -> "Entry | None":
        """Return the entry after silence: it waits from now on; None after too much of it."""
        if self.unanswered + 1 == MOST_UNANSWERED:
            return None
        silent = self.unanswered + 1
        return replace(
            self._next(), declined=self._told(), unanswered=silent, since=now, offer=None
        )

    def wishing(self, criteria: Criteria, powiaty: Sequence[str]) -> "Entry":
        """Return the entry with other wishes: it keeps its place in the order."""
        return replace(self._next(), criteria=criteria, powiaty=tuple(powiaty), unanswered=0)

    def losing(
        self, visit: Held, criteria: Criteria, powiaty: Sequence[str], now: datetime
    ) -> "Entry":
        """Return the entry of somebody whose visit was taken away meanwhile."""
        wish = self.wishing(criteria, powiaty)
        return replace(wish, lost=True, moves=visit, since=now)

    def is_over(self, today: date) -> bool:
        """Tell whether the last day wished for has gone by."""
        return self.criteria.to is not None and self.criteria.to < today

    def wish(self) -> Criteria:
        """Return what is looked for: what the person wishes, of the dose they wait for."""
        return replace(self.criteria, dose=self.dose, internal=False)

    def asked_from(self) -> datetime:
        """Return from when on the person is offered places."""
        return self.since + SETTLES if self.lost else self.since

    def wants(self, point: Point, session: Session, index: int) -> bool:
        """Tell whether a slot is what the person wishes, and was not offered to them before."""
        wish, starts = self.criteria, calendar.local(session.start_of(index))
        return (
            wish.vaccine in (None, *session.vaccines)
            and session.dose in (ANY_DOSE, self.dose)
            and (wish.from_ is None or wish.from_ <= starts.date())
            and (wish.to is None or starts.date() <= wish.to)
            and (wish.hour_from is None or wish.hour_from <= starts.time())
            and (wish.hour_to is None or starts.time() < wish.hour_to)
            and SlotKey(session.key, index) not in self.declined
            and self._is_at(point)
        )

    def prefers(self, point: Point, starts_at: datetime, visit: Visit, at: Point | None) -> bool:
        """Tell whether a place is better than the visit there is: earlier, or nearer."""
        near = self.criteria.area.near
        nearer = (
            near is not None
            and at is not None
            and kilometres(near, point.location) < kilometres(near, at.location)
        )
        return self.lost or starts_at < visit.starts_at or nearer

    def _is_at(self, point: Point) -> bool:
        area = self.criteria.area
        near, radius = area.near, area.radius_km
        return (
            area.point in (None, point.id)
            and point.gmina.startswith(area.teryt or "")
            and self.criteria.access <= point.access
            and (near is None or radius is None or kilometres(near, point.location) <= radius)
        )

    def _told(self) -> frozenset[SlotKey]:
        """Return what the person has been asked about, this offer included."""
        now = {self.offer.place.slot} if self.offer else set()
        return self.declined | now

    def _next(self) -> "Entry":
        """Return the entry as its next version, to be changed."""
        return replace(self, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class Waiter:
    """Where an entry stands in the line of one powiat, and what decides whether to look closer."""

    patient: PatientId
    entry: EntryId
    lost: bool
    since: datetime
    vaccine: VaccineCode | None
    dose: int
    offered_until: datetime | None

    def order(self) -> tuple[bool, datetime, EntryId]:
        """Return what people are ordered by: who lost a visit comes first, then who waits longer.

        Nobody who lost a place through no fault of theirs waits behind somebody who never had one.
        """
        return not self.lost, self.since, self.entry

    def may_want(self, session: Session) -> bool:
        """Tell whether the dose and the vaccine are such that the whole wish is worth reading."""
        return (
            self.offered_until is None
            and self.vaccine in (None, *session.vaccines)
            and session.dose in (ANY_DOSE, self.dose)
        )


@dataclass(frozen=True, slots=True)
class Step:
    """A change of an entry, with all that is committed together with it.

    `before` must still stand as it is here, else nothing happens; None is for a new entry. `after`
    None ends it. `takes` is the hold of a place that is offered, `frees` one that ends.
    """

    before: Entry | None
    after: Entry | None
    events: Sequence[Event]
    takes: Hold | None = None
    frees: Hold | None = None
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """How many are before somebody: from one number to another, None where it is more than known.

    Ranges, not numbers: who reads "17" takes it for a promise.
    """

    least: int
    most: int | None


# The last of each range; above them all it is "more than".
RANGES = (0, 5, 20, 50, 100, 500)


def ahead(count: int) -> Ahead:
    """Return the range a number of people lies in."""
    least = 0
    for most in RANGES:
        if count <= most:
            return Ahead(least, most)
        least = most + 1
    return Ahead(least, None)


def entry_id(patient: PatientId, programme: ProgrammeId, dose: int) -> EntryId:
    """Return the id of the one entry a person may have for a dose."""
    return EntryId(derived_id("waiting", patient, programme, str(dose)))


def first_version(now: datetime) -> int:
    """Return the version a new entry begins with."""
    return (now - EPOCH) // timedelta(microseconds=1)
