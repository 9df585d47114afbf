"""Whether somebody still waits: asked before a place is offered, and whenever they may have one."""

from dataclasses import dataclass

from erejestracja.domain import calendar
from erejestracja.domain.actor import Channel
from erejestracja.domain.criteria import Area, Criteria, one_of
from erejestracja.domain.eligibility import offers
from erejestracja.domain.errors import Overloaded, Reason
from erejestracja.domain.ids import PatientId, VisitId
from erejestracja.domain.referral import Referral
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.domain.waiting import End, Entry, Held, Step, entry_id, first_version
from erejestracja.services.waiting import (
    WaitingRoom,
    committed,
    end,
    kept_for,
    known,
    referral_of,
    told,
    wished_powiaty,
)

# What a lost visit is looked for: the same vaccine and dose, near where it was to be.
NEARBY_KM = 25.0
FINAL = frozenset({Reason.NO_REFERRAL, Reason.REFERRAL_EXPIRED})


@dataclass(frozen=True, slots=True)
class Ground:
    """What an entry stands on: the referral, and the visit that is to be moved, if one is."""

    referral: Referral
    visit: Visit | None


def settle_all(room: WaitingRoom, patient: PatientId) -> None:
    """Bring all entries of a person in line with what has happened to them."""
    for entry in room.queue.of(patient):
        settle(room, entry)


def settle(room: WaitingRoom, entry: Entry) -> Ground | None:
    """Return what an entry stands on; where it does not, end it, or let it wait on.

    It reads how things are and not what was told, so that it may be asked for at any time.
    """
    visit, why = _visit(room, entry)
    referral = referral_of(room.desk, entry)
    why = why or _why_over(room, entry, referral)
    if why or referral is None:
        end(room, entry, why or End.NO_REFERRAL)
        return None
    if entry.offer and kept_for(room.desk, entry) is None:
        _run_out(room, entry)
        return None
    return Ground(referral, visit)


def lost(room: WaitingRoom, named: VisitId) -> None:
    """Let whoever lost a visit wait for another, before all others. Raises Overloaded.

    Near where it was to be, the same vaccine: the person has said no more, and may.
    """
    found = room.desk.records.visit(named)
    if found is None or found[0].status is not VisitStatus.ORPHANED:
        return
    visit = found[0]
    held = Held(visit.id, visit.version)
    before = known(room, visit.patient, entry_id(visit.patient, visit.programme, visit.dose))
    point = room.desk.read_model.point(visit.place.slot.session.point)
    if point is None or (before and before.moves == held and before.lost):
        return
    area = Area(near=point.location, radius_km=NEARBY_KM)
    wish = Criteria(area=area, vaccines=one_of(visit.vaccine), dose=visit.dose)
    powiaty, now = wished_powiaty(room, wish), room.desk.clock.now()
    if before:
        after = before.losing(held, wish, powiaty, now)
    else:
        after = Entry(
            id=entry_id(visit.patient, visit.programme, visit.dose),
            patient=visit.patient,
            programme=visit.programme,
            dose=visit.dose,
            criteria=wish,
            powiaty=tuple(powiaty),
            since=now,
            version=first_version(now),
            lost=True,
            moves=held,
        )
    if not committed(room, Step(before, after, [told("asked", after)])):
        raise Overloaded(retry_after=1)


def _visit(room: WaitingRoom, entry: Entry) -> tuple[Visit | None, End | None]:
    """Return the visit that is to be moved, or why there is nothing to wait for any more."""
    records = room.desk.records
    if entry.moves is None:
        has_one = records.active_visit(entry.patient, entry.programme, entry.dose)
        return None, End.BOOKED if has_one else None
    found = records.visit(entry.moves.visit)
    if found is None or not found[0].status.is_active:
        return None, End.WITHDRAWN
    visit = found[0]
    return visit, None if visit.version == entry.moves.version else End.BOOKED


def _why_over(room: WaitingRoom, entry: Entry, referral: Referral | None) -> End | None:
    now = room.desk.clock.now()
    if entry.is_over(calendar.local_day(now)):
        return End.OVER
    if referral and entry.moves is None:
        programme = room.desk.programmes.get(referral.programme)
        found = offers(programme, referral, channel=Channel.WEB, now=now)
        return End.NO_REFERRAL if {offer.reason for offer in found} <= FINAL else None
    return None


def _run_out(room: WaitingRoom, entry: Entry) -> None:
    after = entry.without_answer(room.desk.clock.now())
    if after is None:
        end(room, entry, End.SILENT)
    else:
        committed(room, Step(entry, after, [told("unanswered", after)]))
