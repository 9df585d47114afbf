"""Sessions: what a point has open, packed as one row; slots and places are its arithmetic."""

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from erejestracja.domain.ids import PlaceKey, SessionKey, SlotKey, VaccineCode

ANY_DOSE = 0


class Visibility(StrEnum):
    """Who may book: everyone (external), the point alone (internal), or nobody any more (blocked).

    Whoever has a visit in a blocked slot keeps it. No rule is blocked; slots of it are.
    """

    EXTERNAL = "external"
    INTERNAL = "internal"
    BLOCKED = "blocked"


OFFERED = (Visibility.EXTERNAL, Visibility.INTERNAL)


@dataclass(frozen=True, slots=True)
class Session:
    """A run of equal slots of one point and day, for a dose of one of its vaccines.

    `starts_at` is the UTC instant of slot 0, `step` the minutes between starts, `slots` how many
    there are, `places` how many people each takes. These never change once the session is
    published: what changes is withdrawn and published anew, so that a slot id always means
    the same time and place. Slots are counted in elapsed minutes; a session never spans a clock
    change, because it lies within opening hours of one local day.

    Each visit gets one vaccine: `vaccine`, or where the point has several for the same places, one
    of `also` too; the order is that in which the point would rather give them.

    `born_from` and `born_to` are whom the slots are for, where they are not for people of any age.
    `release_hours`, which only internal sessions have, are the elapsed hours before a slot's start
    from which on it is open to everyone: no job opens it, whoever asks works it out.

    `room` is for staff: no part of what a slot promises, so it alone may change afterwards.

    `ruled` is what the rule gives, where something else is given on its day; else it says nothing.
    """

    key: SessionKey
    powiat: str
    starts_at: datetime
    step: int
    slots: int
    places: int
    vaccine: VaccineCode
    dose: int
    visibility: Visibility
    release_hours: int | None = None
    also: tuple[VaccineCode, ...] = ()
    born_from: date | None = None
    born_to: date | None = None
    room: str | None = None
    ruled: tuple[VaccineCode, ...] = ()

    @property
    def cohort(self) -> tuple[date | None, date | None] | None:
        """Return the birth dates the slots are for, from and to; None where they are for all."""
        ends = self.born_from, self.born_to
        return ends if any(ends) else None

    def is_for(self, born: date) -> bool:
        """Tell whether the slots are for people who were born on a day."""
        return (self.born_from or born) <= born <= (self.born_to or born)

    @property
    def vaccines(self) -> tuple[VaccineCode, ...]:
        """Return what may be given there, what the point would rather give first."""
        return (self.vaccine, *self.also)

    def offered(self, wanted: Container[VaccineCode]) -> VaccineCode | None:
        """Return which of several vaccines is offered to whom any of these suits.

        None where there is no choice: one vaccine, or none that suits.
        """
        return next((one for one in self.vaccines if one in wanted), None) if self.also else None

    def visibility_at(self, starts_at: datetime, now: datetime) -> Visibility:
        """Return who may book the slot that starts at a UTC instant, as it is now."""
        if self.release_hours is None or now < starts_at - timedelta(hours=self.release_hours):
            return self.visibility
        return Visibility.EXTERNAL

    def start_of(self, index: int) -> datetime:
        """Return the UTC start of a slot."""
        return self.starts_at + timedelta(minutes=self.step * index)

    def run(self, first: int, slots: int) -> "Session":
        """Return so many of its slots, from one on, at the times they have."""
        return replace(self, starts_at=self.start_of(first), slots=slots)

    def has(self, slot: SlotKey) -> bool:
        """Tell whether the slot is one of this session."""
        return slot.session == self.key and 0 <= slot.index < self.slots

    def all_places(self) -> list[PlaceKey]:
        """Return every place that the session offers."""
        slots = (SlotKey(self.key, index) for index in range(self.slots))
        return [PlaceKey(slot, place) for slot in slots for place in range(self.places)]

    def beside(self, place: PlaceKey) -> PlaceKey:
        """Return the place of who comes all the same, though theirs is withdrawn.

        It is none of the session's: whoever gives it up leaves nothing that anybody could book.
        """
        return replace(place, place=self.places + place.place)

    def is_own(self, place: PlaceKey) -> bool:
        """Tell whether a place is one that the session offers, and none beside these."""
        return place.place < self.places

    def bit(self, index: int, place: int) -> int:
        """Return the mask of one place in the session's `taken` number; none of one beside."""
        return 1 << (index * self.places + place) if place < self.places else 0

    def slot_mask(self, index: int) -> int:
        """Return the mask of all places of one slot."""
        return ((1 << self.places) - 1) << (index * self.places)


@dataclass(frozen=True, slots=True)
class SessionState:
    """A session and which of its places are taken, true at `version`.

    `taken` has the bit of each place that a hold, a visit or a withdrawal takes. `version` is the
    Spanner instant (microseconds since the epoch) the state was read at: a newer one always wins.
    """

    session: Session
    taken: int
    version: int

    def free(self, index: int) -> int:
        """Return how many places of a slot are free."""
        session = self.session
        return session.places - (self.taken & session.slot_mask(index)).bit_count()

    def has_taken(self, place: PlaceKey) -> bool:
        """Tell whether somebody has a place of the session, or the point took it back."""
        return bool(self.taken & self.session.bit(place.slot.index, place.place))

    def free_in_all(self) -> int:
        """Return how many places of the session are free."""
        return self.session.slots * self.session.places - self.taken.bit_count()

    def free_places(self, index: int) -> list[int]:
        """Return the numbers of a slot's free places."""
        places = self.session.places
        held = self.taken >> (index * places)
        return [place for place in range(places) if not held >> place & 1]
