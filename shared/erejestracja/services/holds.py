"""Hold a slot, or find and hold the best one; extend and release holds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from erejestracja.domain.actor import Actor
from erejestracja.domain.claim import Claim
from erejestracja.domain.criteria import Area, Candidate, Criteria
from erejestracja.domain.eligibility import Offer, offers
from erejestracja.domain.errors import (
    HoldExpired,
    NotEligible,
    NotFound,
    Overloaded,
    Reason,
    SlotTaken,
)
from erejestracja.domain.events import Event
from erejestracja.domain.hold import HOLD_FOR, Hold
from erejestracja.domain.ids import (
    EventId,
    HoldId,
    PatientId,
    PlaceKey,
    SlotKey,
    VaccineCode,
    derived_id,
)
from erejestracja.domain.referral import Referral
from erejestracja.domain.session import Session
from erejestracja.ports import Clash, Gone
from erejestracja.services.desk import (
    ALTERNATIVES,
    Desk,
    check_any_eligible,
    check_point,
    still_free,
)
from erejestracja.services.referrals import decided

# How often one request tries for a place. Each try that is lost means that somebody else got one,
# and callers spread over twice as many slots with each; the bound keeps answers prompt.
MOST_TRIES = 40
SPREAD = 4
WIDEST = 64


@dataclass(frozen=True, slots=True)
class Kept:
    """A hold with the session it is in."""

    hold: Hold
    session: Session

    @property
    def vaccine(self) -> VaccineCode:
        """Return the vaccine the place is kept for."""
        return self.hold.vaccine or self.session.vaccine


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a hold, for whom, and the key that makes a repeat the same request.

    `waived` is what is asked or agreed to be set aside for them: a place may be kept meanwhile.
    It is kept for so long.
    """

    actor: Actor
    patient: PatientId
    key: str | None
    waived: Reason | None = None
    keeps: timedelta = HOLD_FOR

    def hold_id(self, desk: Desk) -> HoldId:
        """Return the id of the hold this request makes, the same for the same key."""
        unique = self.key or f"{desk.random.getrandbits(128):x}"
        return HoldId(derived_id("hold", self.patient, unique))


def hold_slot(desk: Desk, asker: Asker, slot: SlotKey, vaccine: VaccineCode | None = None) -> Kept:
    """Keep a place of this slot for ten minutes, or refuse with the nearest that are free.

    Where the slot serves several vaccines, it is kept for the one named, or else for the first of
    them that the person may have.
    """
    check_point(asker.actor, slot.session.point)
    earlier = _earlier(desk, asker)
    if earlier:
        return earlier
    state = desk.read_model.state(slot.session)
    if state is None or not state.session.has(slot):
        raise NotFound
    starts_at = state.session.start_of(slot.index)
    channel = asker.actor.channel()

    def decide(found: Sequence[Referral]) -> tuple[Sequence[Referral], VaccineCode]:
        session = state.session
        waived = asker.waived
        _, gets = check_any_eligible(
            desk, found, session, starts_at, channel, vaccine=vaccine, waived=waived
        )
        return found, gets

    referrals, gets = decided(desk.records, asker.actor, asker.patient, decide)
    if starts_at > desk.clock.now():
        chosen = Candidate(state, slot.index, None, gets if state.session.also else None)
        kept = _keep(desk, asker, asker.hold_id(desk), chosen)
        if kept:
            return kept
    others = alternatives(
        desk, state.session, slot.index, referrals, asker.actor, waived=asker.waived
    )
    raise SlotTaken(tuple(others))


def hold_best(desk: Desk, asker: Asker, criteria: Criteria) -> Kept:
    """Find the best free slot the person may have and keep it, in one go.

    The soonest comes first, then the nearest, then what serves the fewest vaccines, so that places
    that serve more are left for who needs them. A try lost to somebody else teaches the read model
    the truth and goes on among what is free, over more and more of it, so that many callers do
    not meet again: nobody is told "taken" while a place fits.
    """
    if criteria.area.point:
        check_point(asker.actor, criteria.area.point)
    earlier = _earlier(desk, asker)
    if earlier:
        return earlier

    def decide(found: Sequence[Referral]) -> tuple[Sequence[Referral], list[Criteria]]:
        return found, wishes_of(desk, found, criteria, asker.actor, asker.waived)

    referrals, wishes = decided(desk.records, asker.actor, asker.patient, decide)
    hold_id = asker.hold_id(desk)
    for tries in range(MOST_TRIES):
        found = soonest(desk, wishes, limit=min(SPREAD << tries, WIDEST))
        if not found:
            raise SlotTaken(tuple(_beyond(desk, asker, referrals, criteria)))
        good = _best_of(found) if tries == 0 else found
        kept = _keep(desk, asker, hold_id, desk.random.choice(good))
        if kept:
            return kept
    raise Overloaded(retry_after=2)


def extend(desk: Desk, patient: PatientId, text: str) -> Kept:
    """Keep a live hold's place for another ten minutes, thirty in all."""
    hold = live_hold(desk, desk.tokens.open(text, patient))
    extended = hold.extended(desk.clock.now())
    try:
        desk.bookings.extend(hold, extended)
    except Gone as gone:
        raise HoldExpired from gone
    return Kept(extended, _session(desk, hold.place))


def release(desk: Desk, actor: Actor, patient: PatientId, text: str) -> None:
    """Give a hold's place back; doing it twice is no matter."""
    hold = desk.tokens.open(text, patient)
    latest = desk.records.find_hold(hold.id)
    if latest is None:
        return
    event = hold_event("hold.released", latest, _session(desk, latest.place), actor)
    try:
        committed = desk.bookings.release([latest], [event])
    except Gone:
        return
    desk.publisher.publish([event], committed)


def live_hold(desk: Desk, sealed: Hold) -> Hold:
    """Return the hold as sealed while that runs, else as extended. Raises HoldExpired."""
    now = desk.clock.now()
    if sealed.is_live(now):
        return sealed
    latest = desk.records.find_hold(sealed.id)
    if latest is None or not latest.is_live(now):
        raise HoldExpired
    return latest


def alternatives(
    desk: Desk,
    session: Session,
    index: int,
    referrals: Sequence[Referral],
    actor: Actor,
    *,
    waived: Reason | None = None,
) -> list[Candidate]:
    """Return up to five slots that can be booked instead: same point, else the nearest."""
    point = desk.read_model.point(session.key.point)
    areas = [Area(point=session.key.point)]
    if point:
        areas += [Area(near=point.location, radius_km=radius) for radius in (25.0, 100.0)]
    taken = SlotKey(session.key, index)
    for area in areas:
        criteria = Criteria(
            area=area, vaccines=frozenset(session.vaccines), dose=session.dose or None
        )
        wishes = wishes_of(desk, referrals, criteria, actor, waived)
        found = soonest(desk, wishes, limit=ALTERNATIVES + 1)
        others = [c for c in found if SlotKey(c.state.session.key, c.index) != taken]
        free = still_free(desk, others[:ALTERNATIVES])
        if free:
            return free
    return []


def hold_event(kind: str, hold: Hold, session: Session, actor: Actor | None) -> Event:
    """Return what is told of a hold: where, for which dose, through which channel."""
    return Event(
        id=EventId(f"{hold.id}.{kind.removeprefix('hold.')}"),
        topic="holds",
        type=kind,
        data={
            "hold": hold.id,
            "patient": hold.patient,
            "session": str(session.key),
            "slot": str(hold.place.slot),
            "point": session.key.point,
            "powiat": session.powiat,
            "vaccine": hold.vaccine or session.vaccine,
            "dose": session.dose,
            "day": session.key.day.isoformat(),
            "startsAt": session.start_of(hold.place.slot.index).isoformat(),
            "channel": actor.channel().value if actor else "system",
        },
    )


def _earlier(desk: Desk, asker: Asker) -> Kept | None:
    """Return the hold that a request with the same key has made, while it lives."""
    if asker.key is None:
        return None
    hold = desk.records.find_hold(asker.hold_id(desk))
    return Kept(hold, _session(desk, hold.place)) if hold else None


def _keep(desk: Desk, asker: Asker, hold_id: HoldId, chosen: Candidate) -> Kept | None:
    """Take a place of one slot: first as the read model sees it, then as Spanner does."""
    session, vaccine = chosen.state.session, chosen.vaccine
    slot = SlotKey(session.key, chosen.index)
    free = chosen.state.free_places(chosen.index)
    if free:
        seen = PlaceKey(slot, desk.random.choice(free))
        hold = _new_hold(desk, asker, hold_id, seen, vaccine)
        if _commit(desk, asker.actor, hold, session):
            return Kept(hold, session)
    claims = {claim.place: claim for claim in desk.records.claims(slot)}
    mine = next((claim for claim in claims.values() if claim.id == hold_id), None)
    if mine:  # this very request before, or its commit whose answer was lost
        return _repeated(desk, hold_id, session)
    now = desk.clock.now()
    open_places = [
        p for p in range(session.places) if p not in claims or claims[p].has_run_out(now)
    ]
    desk.random.shuffle(open_places)
    for place in open_places:
        hold = _new_hold(desk, asker, hold_id, PlaceKey(slot, place), vaccine)
        if _commit(desk, asker.actor, hold, session, claims.get(place)):
            return Kept(hold, session)
    desk.read_model.learn([desk.stock.state(session)])
    return None


def _commit(
    desk: Desk, actor: Actor, hold: Hold, session: Session, run_out: Claim | None = None
) -> bool:
    """Try to take one place; False when a key said that somebody else has it."""
    ended = desk.records.find_hold(HoldId(run_out.id)) if run_out else None
    if run_out and ended is None:
        return False
    events = [hold_event("hold.placed", hold, session, actor)]
    if ended:
        events.append(hold_event("hold.expired", ended, session, None))
    try:
        committed = desk.bookings.hold(hold, events, instead_of=ended)
    except (Clash, Gone):
        return False
    desk.read_model.took(hold.place)
    desk.publisher.publish(events, committed)
    return True


def _repeated(desk: Desk, hold_id: HoldId, session: Session) -> Kept | None:
    latest = desk.records.find_hold(hold_id)
    return Kept(latest, session) if latest and latest.is_live(desk.clock.now()) else None


def _new_hold(
    desk: Desk, asker: Asker, hold_id: HoldId, place: PlaceKey, vaccine: VaccineCode | None
) -> Hold:
    now = desk.clock.now().replace(microsecond=0)
    ends = now + asker.keeps
    return Hold(hold_id, place, asker.patient, created_at=now, expires_at=ends, vaccine=vaccine)


def _session(desk: Desk, place: PlaceKey) -> Session:
    state = desk.read_model.state(place.slot.session)
    if state is None:
        raise HoldExpired
    return state.session


def _beyond(
    desk: Desk, asker: Asker, referrals: Sequence[Referral], criteria: Criteria
) -> list[Candidate]:
    """Return up to five slots beyond what was asked: at any time there, else anywhere."""
    any_time = replace(criteria, from_=None, to=None, hour_from=None, hour_to=None)
    anywhere = replace(any_time, area=Area(near=criteria.area.near))
    for wider in (any_time, anywhere):
        wishes = wishes_of(desk, referrals, wider, asker.actor, asker.waived)
        free = still_free(desk, soonest(desk, wishes, limit=ALTERNATIVES))
        if free:
            return free
    return []


def wishes_of(
    desk: Desk,
    referrals: Sequence[Referral],
    criteria: Criteria,
    actor: Actor,
    waived: Reason | None = None,
) -> list[Criteria]:
    """Return the criteria narrowed to what the person may have: one for the days of each offer.

    Raises NotEligible when nothing is offered, or nothing that was asked for.
    """
    refusal = NotEligible(Reason.NO_REFERRAL)
    wishes: list[Criteria] = []
    channel, now = actor.channel(), desk.clock.now()
    for referral in referrals:
        programme = desk.programmes.get(referral.programme)
        for offer in offers(programme, referral, channel=channel, now=now, waived=waived):
            if offer.reason:
                refusal = NotEligible(offer.reason, offer.from_, offer.to)
            else:
                refusal = NotEligible(Reason.VACCINE_MISMATCH)
                wishes += _within(replace(criteria, born=referral.birth_date), offer)
    if not wishes:
        raise refusal
    return wishes


def _within(criteria: Criteria, offer: Offer) -> list[Criteria]:
    """Return the criteria for the vaccines of an offer that fit them, if any do."""
    vaccines = frozenset(offer.vaccines) & (criteria.vaccines or frozenset(offer.vaccines))
    if criteria.dose not in (None, offer.dose) or not vaccines:
        return []
    first = max(filter(None, (criteria.from_, offer.from_)), default=None)
    last = min(filter(None, (criteria.to, offer.to)), default=None)
    return [replace(criteria, vaccines=vaccines, dose=offer.dose, from_=first, to=last)]


def soonest(desk: Desk, wishes: Sequence[Criteria], limit: int) -> list[Candidate]:
    """Return the first slots of what any wish finds, each once, with the best of its vaccines."""
    now = desk.clock.now()
    found = [
        candidate
        for wish in wishes
        for candidate in desk.read_model.soonest(wish, after=now, limit=limit)
    ]
    once: dict[SlotKey, Candidate] = {}
    for candidate in sorted(found, key=_rank):
        once.setdefault(SlotKey(candidate.state.session.key, candidate.index), candidate)
    return list(once.values())[:limit]


def _rank(candidate: Candidate) -> tuple[datetime, float, int, int]:
    session = candidate.state.session
    rather = session.vaccines.index(candidate.offers)
    start = session.start_of(candidate.index)
    return start, candidate.distance_km or 0.0, candidate.fit, rather


def _best_of(found: Sequence[Candidate]) -> list[Candidate]:
    """Return those of the best start and distance that serve the fewest vaccines."""
    good = [candidate for candidate in found if _equally_good(candidate, found[0])]
    fit = min(candidate.fit for candidate in good)
    return [candidate for candidate in good if candidate.fit == fit]


def _equally_good(candidate: Candidate, best: Candidate) -> bool:
    """Tell whether a caller would not mind: the same start, about as far."""
    (start, far, *_), (best_start, best_far, *_) = _rank(candidate), _rank(best)
    return start == best_start and far <= best_far + 1.0
