"""The mutations of a hold and of its confirmation, for a person and a place each."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.change import Change
from erejestracja.domain.events import Event
from erejestracja.domain.hold import HOLD_FOR, Hold
from erejestracja.domain.ids import (
    EventId,
    HoldId,
    MessageId,
    PatientId,
    PlaceKey,
    PointId,
    ProgrammeId,
    ReferralId,
    SessionKey,
    SlotKey,
    VaccineCode,
    VisitId,
    derived_id,
)
from erejestracja.domain.notice import Notice
from erejestracja.domain.session import Session, Visibility
from erejestracja.domain.visit import Visit, VisitChange, VisitStatus
from erejestracja.services.holds import hold_event
from erejestracja.storage.spanner.database import Batch, Database
from erejestracja.storage.spanner.horizon import session_values
from erejestracja.storage.spanner.stock import SESSION

PFIZER = VaccineCode("cov19.pfizer")
Pair = tuple[Hold, Visit, Change, list[Event]]


def bare_bookings(database: Database, name: str) -> Iterator[Pair]:
    """Yield holds and the visits they become, at a point made for this run."""
    point = PointId(derived_id("load", name, length=12))
    start = datetime(2030, 1, 1, 8, tzinfo=UTC)
    number = 0
    while True:
        day = start + timedelta(days=number)
        session = Session(
            SessionKey(point, day.date(), 1), "0000", day, 1, 500, 2, PFIZER, 1, Visibility.INTERNAL
        )
        _publish(database, session)
        number += 1
        for index in range(session.slots * session.places):
            place = PlaceKey(SlotKey(session.key, index // 2), index % 2)
            yield _pair(session, place, derived_id(name, str(number), str(index), length=26))


def _publish(database: Database, session: Session) -> None:
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    def fill(batch: Batch) -> None:
        batch.put(
            "Points",
            PointId=session.key.point,
            Name="Obciążenie",
            Address="",
            PostalCode="00-000",
            Town="",
            Gmina="0000000",
            Powiat=session.powiat,
            Voivodeship="00",
            Lat=0.0,
            Lon=0.0,
            Kind="load",
            Access=[],
            Phone="",
            Vaccines=[],
            UpdatedAt=COMMIT_TIMESTAMP,
        )
        row = (*session_values(session), COMMIT_TIMESTAMP)
        batch.put_rows("Sessions", (*SESSION, "UpdatedAt"), [row])

    database.commit(fill)


def _pair(session: Session, place: PlaceKey, who: str) -> Pair:
    now = datetime.now(UTC)
    patient = PatientId(who)
    actor = Actor(who, frozenset({Role.PATIENT}), patient)
    hold = Hold(HoldId(derived_id("hold", who)), place, patient, now, now + HOLD_FOR)
    visit = Visit(
        id=VisitId(derived_id("visit", who)),
        patient=patient,
        referral=ReferralId(who),
        programme=ProgrammeId("load"),
        place=place,
        starts_at=session.start_of(place.slot.index),
        minutes=session.step,
        vaccine=session.vaccine,
        dose=1,
        status=VisitStatus.BOOKED,
        version=1,
        created_at=now,
        updated_at=now,
    )
    told = Event(EventId(f"{visit.id}.1"), "visits", "visit.booked", {"visit": visit.id, "x": who})
    asked = Event(EventId(f"{visit.id}.m"), "sms-requested", "sms.requested", {"message": who})
    notice = Notice(
        MessageId(derived_id("notice", who)), patient, visit.id, "booked", {"point": who}
    )
    change = Change(VisitChange.BOOKED, actor, [told, asked], notice)
    return hold, visit, change, [hold_event("hold.placed", hold, session, actor)]
