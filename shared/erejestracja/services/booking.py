"""Book a visit of a held or free place, move it, cancel it: a read or two and one commit each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.change import Change
from erejestracja.domain.errors import (
    AlreadyBooked,
    HoldExpired,
    IdempotencyConflict,
    InvalidRequest,
    NotEligible,
    NotFound,
    Overloaded,
    OverrideNotStanding,
    Reason,
    SlotTaken,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, ReferralId, VaccineCode, VisitId, derived_id
from erejestracja.domain.override import Override, OverrideId, step_of
from erejestracja.domain.referral import Referral
from erejestracja.domain.visit import CancelReason, Visit, VisitChange, VisitStatus
from erejestracja.ports import Clash, Gone
from erejestracja.services.changes import change_of
from erejestracja.services.desk import Desk, acts_for, check_eligible, check_point
from erejestracja.services.overrides import good_for
from erejestracja.services.places import Wanted, WantedPlace, find_place, look_again
from erejestracja.services.referrals import decided, the_one

TRIES = 4


@dataclass(frozen=True, slots=True)
class BookVisit:
    """A request to book. `key` makes a repeat the same request; without one its hold does.

    `override` is what two people have agreed to set a rule aside by; it is used up. `waived` is
    what was set aside for the dose before, and still is. The audit trail of what is used up knows
    the request by `request_id`.
    """

    actor: Actor
    patient: PatientId
    referral: ReferralId
    wanted: Wanted
    key: str | None
    contact: Mapping[str, str] = field(default_factory=dict)
    override: OverrideId | None = None
    waived: Reason | None = None
    request_id: str = ""

    def digest(self) -> str:
        """Return what must be equal for a repeat to be the same request."""
        wanted = self.wanted
        named = filter(None, [wanted.vaccine, self.override])
        parts = (self.referral, wanted.hold, wanted.slot, *named, *sorted(self.contact.items()))
        return sha256(repr(parts).encode()).hexdigest()[:32]

    @property
    def for_another(self) -> bool:
        """Tell whether another person books, or a telephone: then the record stays as it is."""
        by_telephone = Role.TELEPHONE in self.actor.roles
        return by_telephone or self.actor.patient not in (None, self.patient)


@dataclass(frozen=True, slots=True)
class Booked:
    """A visit, and whether this request made it (or an earlier one with the same key)."""

    visit: Visit
    created: bool


def book(desk: Desk, request: BookVisit) -> Booked:
    """Make a visit, or say exactly why not. The same request twice makes one visit."""
    unique = request.key or request.wanted.hold or f"{desk.random.getrandbits(128):x}"
    visit_id = VisitId(derived_id("visit", request.patient, unique))
    try:
        place = find_place(desk, request.patient, request.wanted)
        agreed = _agreed(desk, request)
        referral = _allowed_by(desk, request, place, agreed)
        for _ in range(TRIES):
            visit = _new_visit(desk, request, referral, visit_id, place, agreed=agreed)
            change = change_of(desk, visit, VisitChange.BOOKED, request.actor, place=place)
            contact = {} if request.for_another else request.contact
            change = replace(change, allowed_by=referral, contact=contact)
            if agreed:
                change = _by_override(desk, request, change, agreed, visit.id)
            try:
                at = desk.bookings.book(visit, change, request.digest(), hold=place.hold)
            except (Clash, Gone):
                referral, place = _second_look(desk, request, visit, place)
                agreed = _agreed(desk, request)
            else:
                desk.read_model.took(place.key)
                desk.publisher.publish(change.events, at)
                return Booked(replace(visit, created_at=at, updated_at=at), created=True)
    except (HoldExpired, SlotTaken, AlreadyBooked, OverrideNotStanding):
        done = desk.records.visit(visit_id)
        if done is None:
            raise
        return _repeat(request, *done)
    raise Overloaded(retry_after=1)


def move(desk: Desk, actor: Actor, patient: PatientId, visit: Visit, wanted: Wanted) -> Visit:
    """Give a visit another place; the old one is freed in the same commit, or nothing happens.

    A referral that was valid when the visit was booked stays valid for moving it (domain R5).
    """
    status = visit.after(VisitChange.MOVED)
    if status is None:
        raise InvalidRequest({"visit": f"is {visit.status}, not to be moved"})
    referral = the_one(desk.records.referrals(patient), visit.referral)
    place = find_place(desk, patient, wanted)
    for _ in range(TRIES):
        if place.key.slot == visit.place.slot and visit.status is VisitStatus.BOOKED:
            return visit
        vaccine = _check(desk, actor, referral, place, visit.dose, moved=visit)
        moved = replace(visit, status=status, version=visit.version + 1, vaccine=vaccine)
        moved = _in_place(moved, place)
        change = change_of(desk, moved, VisitChange.MOVED, actor, place=place, before=visit)
        change = replace(change, allowed_by=referral)
        old = None if visit.status is VisitStatus.ORPHANED else visit.place
        try:
            at = desk.bookings.move(moved, old, change, hold=place.hold)
        except (Clash, Gone):
            now = _as_it_stands(desk, visit)
            if now.version != visit.version:
                if now.place.slot == place.key.slot:
                    return now
                raise VersionMismatch from None
            referral = the_one(desk.records.referrals(patient), visit.referral)
            place = look_again(desk, place, referral, actor, visit.waived)
        else:
            desk.read_model.took(place.key)
            desk.publisher.publish(change.events, at)
            return replace(moved, updated_at=at)
    raise Overloaded(retry_after=1)


def cancel(desk: Desk, actor: Actor, visit: Visit, reason: CancelReason) -> Visit:
    """Cancel a visit and free its place; cancelling twice is no matter."""
    for _ in range(TRIES):
        if visit.status is VisitStatus.CANCELLED:
            return visit
        status = visit.after(VisitChange.CANCELLED)
        if status is None:
            raise InvalidRequest({"visit": f"is {visit.status}, not to be cancelled"})
        cancelled = replace(visit, status=status, version=visit.version + 1)
        change = change_of(desk, cancelled, VisitChange.CANCELLED, actor, before=visit)
        change = replace(change, detail={"reason": reason.value})
        frees = visit.status is not VisitStatus.ORPHANED
        try:
            at = desk.bookings.end(cancelled, change, frees=frees)
        except (Clash, Gone):
            visit = _as_it_stands(desk, visit)
        else:
            desk.publisher.publish(change.events, at)
            return replace(cancelled, updated_at=at)
    raise Overloaded(retry_after=1)


def visit_of(desk: Desk, actor: Actor, visit_id: VisitId, etag: str | None = None) -> Visit:
    """Return a visit the caller may see. Raises NotFound for all others, VersionMismatch."""
    found = desk.records.visit(visit_id)
    if found is None:
        raise NotFound
    visit = found[0]
    if actor.patient is not None and not acts_for(desk, actor, visit.patient):
        raise NotFound
    check_point(actor, visit.place.slot.session.point)
    if etag is not None and etag != str(visit.version):
        raise VersionMismatch
    return visit


def _agreed(desk: Desk, request: BookVisit) -> Override | None:
    """Return the override to book by, as it stands. Raises NotFound, OverrideNotStanding."""
    if request.override is None:
        return None
    agreed = good_for(desk, request.actor, request.patient, request.override)
    if agreed.referral != request.referral:
        raise NotFound
    return agreed


def _by_override(
    desk: Desk, request: BookVisit, change: Change, agreed: Override, visit: VisitId
) -> Change:
    """Return the change with the override used up by it, and who agreed on what in its detail."""
    used = step_of(agreed.used(visit), desk.clock.now(), request.actor, request.request_id)
    detail = {
        "override": agreed.id,
        "rule": agreed.rule.value,
        "ground": agreed.ground.value,
        "rules": agreed.rules,
        "askedBy": agreed.asked_by,
        "consentedBy": agreed.decided_by,
    }
    told = [*change.events, *used.events]
    return replace(change, uses=replace(used, events=()), detail=detail, events=told)


def _new_visit(
    desk: Desk,
    request: BookVisit,
    referral: Referral,
    visit_id: VisitId,
    place: WantedPlace,
    *,
    agreed: Override | None,
) -> Visit:
    session = place.state.session
    dose = session.dose or referral.next_dose
    waived = agreed.rule if agreed else request.waived
    vaccine = _check(desk, request.actor, referral, place, dose, waived=waived)
    now = desk.clock.now()
    return Visit(
        id=visit_id,
        patient=request.patient,
        referral=referral.id,
        programme=referral.programme,
        place=place.key,
        starts_at=session.start_of(place.key.slot.index),
        minutes=session.step,
        vaccine=vaccine,
        dose=dose,
        status=VisitStatus.BOOKED,
        version=1,
        created_at=now,
        updated_at=now,
        phone=request.contact.get("phone") if request.for_another else None,
        born=referral.birth_date,
        waived=waived,
    )


def _check(
    desk: Desk,
    actor: Actor,
    referral: Referral,
    place: WantedPlace,
    dose: int,
    *,
    moved: Visit | None = None,
    waived: Reason | None = None,
) -> VaccineCode:
    """Return the vaccine the person gets there: who moves keeps theirs where it is given."""
    session = place.state.session
    check_point(actor, session.key.point)
    starts_at = session.start_of(place.key.slot.index)
    if session.dose not in (0, dose):
        raise NotEligible(Reason.VACCINE_MISMATCH)
    return check_eligible(
        desk,
        referral,
        session,
        starts_at,
        actor.channel(),
        vaccine=place.vaccine,
        rather=moved.vaccine if moved else None,
        moving=moved is not None,
        waived=moved.waived if moved else waived,
    )


def _in_place(visit: Visit, place: WantedPlace) -> Visit:
    session = place.state.session
    return replace(
        visit,
        place=place.key,
        starts_at=session.start_of(place.key.slot.index),
        minutes=session.step,
    )


def _allowed_by(
    desk: Desk, request: BookVisit, place: WantedPlace, agreed: Override | None
) -> Referral:
    """Return the referral, as it allows this place. Raises NotEligible."""

    def decide(referrals: Sequence[Referral]) -> Referral:
        referral = the_one(referrals, request.referral)
        dose = place.state.session.dose or referral.next_dose
        waived = agreed.rule if agreed else request.waived
        _check(desk, request.actor, referral, place, dose, waived=waived)
        return referral

    return decided(desk.records, request.actor, request.patient, decide)


def _second_look(
    desk: Desk, request: BookVisit, visit: Visit, place: WantedPlace
) -> tuple[Referral, WantedPlace]:
    """After a key said no: return another way to the same place, or raise why there is none."""
    active = desk.records.active_visit(visit.patient, visit.programme, visit.dose)
    if active:
        raise AlreadyBooked(active)
    referral = the_one(desk.records.referrals(request.patient), request.referral)
    return referral, look_again(desk, place, referral, request.actor, visit.waived)


def _repeat(request: BookVisit, visit: Visit, digest: str) -> Booked:
    if digest != request.digest():
        raise IdempotencyConflict
    return Booked(visit, created=False)


def _as_it_stands(desk: Desk, visit: Visit) -> Visit:
    found = desk.records.visit(visit.id)
    if found is None:
        raise NotFound
    return found[0]
