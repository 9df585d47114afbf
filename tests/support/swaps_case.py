"""A point where a dose is free today: who missed it or was put off, and who has a visit later."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from erejestracja.domain.ids import PatientId, PlaceKey, SlotKey, VisitId
from erejestracja.domain.referral import Referral, ReferralStatus
from erejestracja.domain.visit import Visit
from erejestracja.services import arrivals
from erejestracja.services.arrivals import Deferral
from erejestracja.services.standby import Asking
from tests.support.builders import DAY, POINT, a_dose, a_person, a_referral, a_session
from tests.support.clinic_case import ANNA, MEDIC, ClinicCase

ASKING = Asking(MEDIC, POINT, "request-1")
BEGUN_ON = DAY - timedelta(days=42)


def begun(patient: PatientId, on: date = BEGUN_ON, **changes: Any) -> Referral:
    """A referral of somebody who has had a first dose."""
    given = (a_dose(on=on),)
    return a_referral(patient, status=ReferralStatus.IN_USE, given=given, **changes)


class SwapsCase(ClinicCase):
    """Anna's second dose is due at eight; others come on other days."""

    def __init__(self) -> None:
        super().__init__()
        self.of(ANNA, begun(ANNA))
        self.anna = replace(self.anna, dose=2)
        self.store.tables.visits[self.anna.id] = (self.anna, "digest")
        self.later(timedelta(minutes=30))

    def of(self, patient: PatientId, referral: Referral) -> None:
        self.store.people[patient] = a_person(patient)
        self.store.all_referrals[patient, referral.id] = referral

    def comes(
        self, patient: PatientId, days: int, dose: int = 1, referral: Referral | None = None
    ) -> Visit:
        """Book somebody on a later day, at eight, in a session of that day."""
        session = a_session(day=DAY + timedelta(days=days))
        self.store.tables.sessions[session.key] = session
        taken = sum(key.slot.session == session.key for key in self.store.tables.places)
        place = PlaceKey(SlotKey(session.key, taken // 2), taken % 2)
        starts_at = session.start_of(taken // 2)
        visit = self.booked(patient, place, starts_at=starts_at, dose=dose)
        self.of(patient, referral or (begun(patient) if dose > 1 else a_referral(patient)))
        return visit

    def missed(self) -> Visit:
        self.anna = arrivals.miss(self.clinic, MEDIC, self.anna)
        return self.anna

    def put_off(self, days: int) -> Visit:
        until = DAY + timedelta(days=days)
        self.anna = arrivals.defer(self.clinic, MEDIC, self.anna, Deferral.ILLNESS, until)
        return self.anna

    def visit_of(self, visit: VisitId) -> Visit:
        return self.store.tables.visits[visit][0]

    def standing(self, patient: PatientId) -> list[Visit]:
        return [one for one in self.store.visits(patient) if one.status.is_active]

    def check_places(self) -> None:
        """Every standing visit has its own place, and no place is another's."""
        claims = {key: claim.id for key, claim in self.store.tables.places.items()}
        for visit, _ in self.store.tables.visits.values():
            if visit.status.is_active:
                assert claims[visit.place] == visit.id
        for key in claims:
            session = self.store.tables.sessions[key.slot.session]
            assert key.slot.index < session.slots
            assert key.place < session.places


def as_they_were(case: SwapsCase, without: VisitId | None = None) -> dict[str, Any]:
    """Return how everything stands, but for which version it is and places that are nobody's."""
    tables = case.store.tables
    nobody_s = {key for key, claim in tables.places.items() if claim.kind == "withdrawn"}
    return {
        "visits": {
            visit.id: replace(visit, version=0, updated_at=visit.created_at)
            for visit, _ in tables.visits.values()
            if visit.id != without
        },
        "places": {key: one for key, one in tables.places.items() if key not in nobody_s},
        "sessions": tables.sessions.keys() - {key.slot.session for key in nobody_s},
        "referrals": dict(case.store.all_referrals),
        "standby": dict(tables.standby),
    }
