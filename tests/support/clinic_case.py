"""A point on the day of `a_session()`: a lot in the fridge, Anna booked for her first dose."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from erejestracja.domain.actor import Role
from erejestracja.domain.claim import Claim
from erejestracja.domain.ids import PatientId, PlaceKey, VaccinationId
from erejestracja.domain.referral import Referral
from erejestracja.domain.session import Session
from erejestracja.domain.vaccination import Site, Vaccination, vaccination_id
from erejestracja.domain.vials import Lot
from erejestracja.domain.visit import Visit
from erejestracja.services.clinic import Clinic
from erejestracja.services.doses import Dose
from tests.support.builders import (
    AT_EIGHT,
    COVID,
    DAY,
    PFIZER,
    POINT,
    a_person,
    a_place,
    a_point,
    a_referral,
    a_session,
    a_visit,
    an_actor,
)
from tests.support.desk import WatchedDesk, a_desk
from tests.support.fake_clinic import FakeClinicStore, FakeDayBook

ANNA, JAN = PatientId("a" * 26), PatientId("j" * 26)
MEDIC = an_actor(Role.MEDIC, subject="medic")
REGISTRAR = an_actor(Role.REGISTRAR, subject="registrar")
NPWZ = "2234567"
LOT = "ABC123"
NEXT = a_session(day=DAY + timedelta(days=28))


def a_lot(**changes: Any) -> Lot:
    """Ten doses in vials of six."""
    facts: dict[str, Any] = {
        "point": POINT,
        "code": LOT,
        "vaccine": PFIZER,
        "expires_on": date(2027, 1, 31),
        "doses_per_vial": 6,
        "balance": 10,
        "number": 1,
    }
    return Lot(**(facts | changes))


def a_dose(**changes: Any) -> Dose:
    facts: dict[str, Any] = {
        "lot": LOT,
        "vaccine": PFIZER,
        "number": 1,
        "site": Site.LEFT_DELTOID,
        "performer": NPWZ,
        "at": AT_EIGHT + timedelta(minutes=4),
    }
    return Dose(**(facts | changes))


class ClinicCase:
    """The day at `POINT`, five minutes after the first visit was due."""

    def __init__(self, *sessions: Session) -> None:
        self.store = FakeClinicStore()
        known = (a_session(), NEXT, *sessions)
        self.store.tables.sessions.update({s.key: s for s in known})
        other = a_point(id="bbbbbbbbbb", name="Druga")
        self.desk: WatchedDesk = a_desk(self.store, known, [a_point(), other])
        self.desk.clock.at = AT_EIGHT + timedelta(minutes=5)
        self.store.since(self.desk.clock.at)
        self.supplies = self.store.supplies
        book = FakeDayBook(self.store)
        self.clinic = Clinic(self.desk, self.store, self.store, book, self.supplies)
        self.store.tables.lots[POINT, LOT] = a_lot()
        self.anna = self.booked(ANNA)

    def booked(self, patient: PatientId, place: PlaceKey | None = None, **changes: Any) -> Visit:
        """Save a person with a referral and a visit."""
        self.store.people[patient] = a_person(patient)
        referral = a_referral(patient)
        self.store.all_referrals[patient, referral.id] = referral
        visit = a_visit(place or a_place(), patient, **changes)
        self.store.tables.visits[visit.id] = (visit, "digest")
        claim = Claim(visit.place.place, "visit", visit.id, None)
        self.store.tables.places[visit.place] = claim
        return visit

    def visit(self, visit: Visit | None = None) -> Visit:
        return self.store.tables.visits[(visit or self.anna).id][0]

    def referral(self, patient: PatientId = ANNA) -> Referral:
        [found] = self.store.referrals(patient)
        return found

    def record(self) -> list[Vaccination]:
        return self.store.vaccinations(self.record_id())

    def record_id(self) -> VaccinationId:
        return vaccination_id(ANNA, COVID, 1)

    def balance(self, code: str = LOT) -> int:
        return self.store.tables.lots[POINT, code].balance

    def told(self) -> list[str]:
        return [event.type for event in self.desk.publisher.told]

    def later(self, by: timedelta) -> datetime:
        self.desk.clock.at += by
        return self.desk.clock.at

    def changed(self, **changes: Any) -> None:
        """Change Anna's referral, as the import of another would."""
        referral = self.referral()
        key = (ANNA, referral.id)
        self.store.all_referrals[key] = replace(referral, **changes)
