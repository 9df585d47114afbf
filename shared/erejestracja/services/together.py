"""Two people who come together: the same place, at neighbouring times, kept for both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.criteria import Area, Candidate, Criteria
from erejestracja.domain.errors import NotEligible, Reason, SlotTaken
from erejestracja.domain.ids import PatientId, PointId, SlotKey, VaccineCode
from erejestracja.services.choosing import key_of, start_of
from erejestracja.services.desk import Desk
from erejestracja.services.holds import Asker, Kept, hold_slot, soonest

# Who waits longer for the other does not come together with them.
NEIGHBOURS = timedelta(minutes=30)
# How many of the first person's soonest slots are looked at, and of the second's for one day there.
LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class Pair:
    """A slot for the first person, and one for the second at the same point about that time."""

    first: Candidate
    second: Candidate


@dataclass(frozen=True, slots=True)
class Share:
    """Whose slot it is to be, and which of its vaccines they were offered, where it has several.

    `waived` is what is asked or agreed to be set aside for them.
    """

    patient: PatientId
    slot: SlotKey
    vaccine: VaccineCode | None = None
    waived: Reason | None = None


def pairs(
    desk: Desk, first: Sequence[Criteria], second: Sequence[Criteria], limit: int
) -> list[Pair]:
    """Return slots for two, by the first person's start.

    Each person's are within what they themselves may have: of other vaccines, where that is so. One
    slot is for both only where it has two places.
    """
    found: list[Pair] = []
    there: dict[tuple[PointId, date], list[Candidate]] = {}
    for one in soonest(desk, first, LOOKED_AT):
        place = one.state.session.key.point, calendar.local_day(start_of(one))
        if place not in there:
            there[place] = soonest(desk, _only(second, *place), LOOKED_AT)
        near = [other for other in there[place] if _is_near(one, other)]
        if near:
            found.append(Pair(one, min(near, key=lambda other: _apart(one, other))))
        if len(found) == limit:
            break
    return found


def hold_each(desk: Desk, actor: Actor, wanted: Sequence[Share]) -> list[Kept | None]:
    """Keep a slot for each of the people; None where it was taken, or is no longer theirs to have.

    Who has got a place keeps it though the other has not: it is the callers' to say whether one
    alone will do.
    """
    return [_held(desk, actor, share) for share in wanted]


def _held(desk: Desk, actor: Actor, share: Share) -> Kept | None:
    asker = Asker(actor, share.patient, None, share.waived)
    try:
        return hold_slot(desk, asker, share.slot, share.vaccine)
    except (SlotTaken, NotEligible):
        return None


def _only(wishes: Sequence[Criteria], point: PointId, day: date) -> list[Criteria]:
    """Return the wishes as far as they are about one point and day."""
    return [
        replace(wish, area=Area(point=point), from_=day, to=day)
        for wish in wishes
        if (wish.from_ or day) <= day <= (wish.to or day)
    ]


def _is_near(one: Candidate, other: Candidate) -> bool:
    shared = key_of(one) == key_of(other)
    has_room = not shared or one.state.free(one.index) > 1
    return has_room and _apart(one, other) <= NEIGHBOURS


def _apart(one: Candidate, other: Candidate) -> timedelta:
    return abs(start_of(one) - start_of(other))
