"""Walk-ins: who comes without a visit gets one there and then, and a place made for it.

The place is a session of one, internal, published and taken in the same commit. So nothing else
has to know of walk-ins: the day list, doses, moves and statistics see a visit like any other.
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.consent import recorded
from erejestracja.domain.deed import Arrival, Deed
from erejestracja.domain.errors import (
    AlreadyBooked,
    IdempotencyConflict,
    InvalidRequest,
    NotFound,
    Overloaded,
)
from erejestracja.domain.ids import (
    PatientId,
    PlaceKey,
    PointId,
    ReferralId,
    SessionKey,
    SlotKey,
    VaccineCode,
    VisitId,
    derived_id,
)
from erejestracja.domain.point import Point
from erejestracja.domain.referral import Referral
from erejestracja.domain.session import Session, SessionState, Visibility
from erejestracja.domain.visit import CancelReason, ConsentForm, Visit, VisitChange, VisitStatus
from erejestracja.ports import Clash, Gone
from erejestracja.services.changes import change_of
from erejestracja.services.clinic import TRIES, Clinic, check_staff
from erejestracja.services.desk import check_eligible
from erejestracja.services.places import WantedPlace
from erejestracja.services.referrals import the_one

# Above every number that a series gives its sessions; a thousand for each minute of the day.
FIRST_NUMBER = 1 << 30
A_MINUTE = 1000
MINUTES = 15


@dataclass(frozen=True, slots=True)
class WalkIn:
    """Who came where, on which referral, for which vaccine. The same `key` is the same request.

    `consent` is what who is not of age has shown.
    """

    patient: PatientId
    referral: ReferralId
    point: PointId
    vaccine: VaccineCode
    key: str
    consent: ConsentForm | None = None

    def digest(self) -> str:
        """Return what must be equal for a repeat to be the same request."""
        shown = (self.consent.value,) if self.consent else ()
        parts = (self.patient, self.referral, self.point, self.vaccine, *shown)
        return sha256(repr(parts).encode()).hexdigest()[:32]


def walk_in(clinic: Clinic, actor: Actor, request: WalkIn) -> Visit:
    """Return the visit of who came, as arrived.

    A visit that the person has elsewhere for the same dose, or here on another day, is cancelled
    in the same commit and its place is free: they are here now. Raises AlreadyBooked for the visit
    that they have here today, NotEligible for whom the rules do not allow it.
    """
    check_staff(actor, request.point)
    point = clinic.desk.read_model.point(request.point)
    if point is None:
        raise NotFound
    if request.vaccine not in point.vaccines:
        raise InvalidRequest({"vaccine": "is not given at this point"})
    visit_id = VisitId(derived_id("walkIn", request.patient, request.key))
    for _ in range(TRIES):
        arrival = _arrival(clinic, actor, request, point, visit_id)
        try:
            at = clinic.deeds.arrive(arrival)
        except (Clash, Gone):
            done = clinic.desk.records.visit(visit_id)
            if done is not None:
                return _repeated(request, *done)
        else:
            version = int(at.timestamp() * 1_000_000)
            clinic.desk.read_model.learn([SessionState(arrival.session, 1, version)])
            clinic.desk.publisher.publish(arrival.events(), at)
            return replace(arrival.visit, created_at=at, updated_at=at)
    raise Overloaded(retry_after=1)


def _arrival(
    clinic: Clinic, actor: Actor, request: WalkIn, point: Point, visit_id: VisitId
) -> Arrival:
    desk = clinic.desk
    referral = the_one(desk.records.referrals(request.patient), request.referral)
    session = session_now(clinic, point, request.vaccine, referral.next_dose)
    check_eligible(desk, referral, session, session.starts_at, actor.channel())
    visit = _visit(clinic, request, referral, session, visit_id)
    place = WantedPlace(SessionState(session, 0, 0), visit.place, None)
    change = change_of(desk, visit, VisitChange.ARRIVED, actor, place=place)
    return Arrival(
        visit=visit,
        session=session,
        change=replace(change, allowed_by=referral, detail={"walkIn": True}),
        digest=request.digest(),
        instead_of=_elsewhere(clinic, actor, visit),
    )


def session_now(clinic: Clinic, point: Point, vaccine: VaccineCode, dose: int) -> Session:
    """Return a session of one internal place for who comes at this minute."""
    starts_at = clinic.desk.clock.now().replace(second=0, microsecond=0)
    local = calendar.local(starts_at)
    minute = local.hour * 60 + local.minute
    number = FIRST_NUMBER + minute * A_MINUTE + clinic.desk.random.randrange(A_MINUTE)
    return Session(
        key=SessionKey(point.id, local.date(), number),
        powiat=point.powiat,
        starts_at=starts_at,
        step=MINUTES,
        slots=1,
        places=1,
        vaccine=vaccine,
        dose=dose,
        visibility=Visibility.INTERNAL,
    )


def _visit(
    clinic: Clinic, request: WalkIn, referral: Referral, session: Session, visit_id: VisitId
) -> Visit:
    now, born = clinic.desk.clock.now(), referral.birth_date
    programme = clinic.desk.programmes.get(referral.programme)
    return Visit(
        id=visit_id,
        patient=request.patient,
        referral=referral.id,
        programme=referral.programme,
        place=PlaceKey(SlotKey(session.key, 0), 0),
        starts_at=session.starts_at,
        minutes=session.step,
        vaccine=session.vaccine,
        dose=session.dose,
        status=VisitStatus.ARRIVED,
        version=1,
        created_at=now,
        updated_at=now,
        born=born,
        consent=recorded(programme, born, session.key.day, request.consent),
    )


def _elsewhere(clinic: Clinic, actor: Actor, visit: Visit) -> Deed | None:
    """Return the end of the visit that stands for the same dose. Raises AlreadyBooked."""
    desk = clinic.desk
    active = desk.records.active_visit(visit.patient, visit.programme, visit.dose)
    found = desk.records.visit(active) if active else None
    if found is None:
        return None
    other = found[0]
    session, here = other.place.slot.session, visit.place.slot.session
    if other.status is VisitStatus.ARRIVED or (session.point, session.day) == (
        here.point,
        here.day,
    ):
        raise AlreadyBooked(other.id)
    status = other.after(VisitChange.CANCELLED) or other.status
    ended = replace(other, status=status, version=other.version + 1)
    change = change_of(desk, ended, VisitChange.CANCELLED, actor, before=other)
    detail = {"reason": CancelReason.VACCINATED_ELSEWHERE.value, "walkIn": visit.id}
    frees = other.status is not VisitStatus.ORPHANED
    return Deed(ended, replace(change, detail=detail), frees)


def _repeated(request: WalkIn, visit: Visit, digest: str) -> Visit:
    if digest != request.digest():
        raise IdempotencyConflict
    return visit
