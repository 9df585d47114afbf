"""Find the place a request wants: the one its hold keeps, or a free one of its slot."""

from dataclasses import dataclass

from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import HoldExpired, NotFound, Reason, SlotTaken
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import PatientId, PlaceKey, SlotKey, VaccineCode
from erejestracja.domain.referral import Referral
from erejestracja.domain.session import SessionState
from erejestracja.services.desk import Desk
from erejestracja.services.holds import alternatives, live_hold


@dataclass(frozen=True, slots=True)
class Wanted:
    """The place a caller wants: by the id of a hold, or of a slot without holding it first.

    Of a slot that serves several vaccines they may name one.
    """

    hold: str | None = None
    slot: SlotKey | None = None
    vaccine: VaccineCode | None = None


@dataclass(frozen=True, slots=True)
class WantedPlace:
    """A place to take: kept by a hold, or free when last seen; and the vaccine, where one is named.

    A hold of a slot that serves several names one.
    """

    state: SessionState
    key: PlaceKey
    hold: Hold | None
    vaccine: VaccineCode | None = None


def find_place(desk: Desk, patient: PatientId, wanted: Wanted) -> WantedPlace:
    """Return the place, as far as it can be known without asking Spanner.

    Raises NotFound, HoldExpired, or SlotTaken when the slot has begun.
    """
    if wanted.hold is not None:
        hold = live_hold(desk, desk.tokens.open(wanted.hold, patient))
        return WantedPlace(_state(desk, hold.place.slot), hold.place, hold, hold.vaccine)
    if wanted.slot is None:
        raise NotFound
    state = _state(desk, wanted.slot)
    if state.session.start_of(wanted.slot.index) <= desk.clock.now():
        raise SlotTaken
    free = state.free_places(wanted.slot.index) or range(state.session.places)
    key = PlaceKey(wanted.slot, desk.random.choice(free))
    return WantedPlace(state, key, None, wanted.vaccine)


def look_again(
    desk: Desk,
    place: WantedPlace,
    referral: Referral,
    actor: Actor,
    waived: Reason | None = None,
) -> WantedPlace:
    """After a commit failed: return the place by another key, as Spanner knows it now.

    Raises HoldExpired when the hold has ended, SlotTaken with alternatives when the slot is full.
    """
    slot = place.key.slot
    if place.hold:
        latest = desk.records.find_hold(place.hold.id)
        if latest is None:
            raise HoldExpired
        return WantedPlace(place.state, latest.place, latest, latest.vaccine)
    state = desk.stock.state(place.state.session)
    desk.read_model.learn([state])
    free = state.free_places(slot.index)
    if not free:
        others = alternatives(desk, state.session, slot.index, [referral], actor, waived=waived)
        raise SlotTaken(tuple(others))
    return WantedPlace(state, PlaceKey(slot, desk.random.choice(free)), None, place.vaccine)


def _state(desk: Desk, slot: SlotKey) -> SessionState:
    state = desk.read_model.state(slot.session)
    if state is None or not state.session.has(slot):
        raise NotFound
    return state
