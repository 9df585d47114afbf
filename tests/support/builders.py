"""Builders: small, valid things to test with. Name what the test is about; the rest is filled in.

No two tests share what these make unless they ask for the same ids. Days are Monday 7 December 2026
and after, as seen on `NOW`.
"""

import json
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from typing import Any

from erejestracja.domain.actor import Actor, Channel, Role
from erejestracja.domain.hold import HOLD_FOR, Hold
from erejestracja.domain.ids import (
    HoldId,
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
from erejestracja.domain.person import Person
from erejestracja.domain.point import Location, Point
from erejestracja.domain.programme import Interval, Opening, Programme, Vaccine
from erejestracja.domain.programme_document import from_document
from erejestracja.domain.referral import DoseGiven, Referral, ReferralKind, ReferralStatus
from erejestracja.domain.representation import (
    FullName,
    Representation,
    RepresentationKind,
    Source,
)
from erejestracja.domain.series import Series, SeriesId
from erejestracja.domain.session import Session, SessionState, Visibility
from erejestracja.domain.visit import Visit, VisitStatus

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
DAY = date(2026, 12, 7)
AT_EIGHT = datetime(2026, 12, 7, 7, 0, tzinfo=UTC)
COVID = ProgrammeId("covid-19")
PFIZER = VaccineCode("cov19.pfizer")
MODERNA = VaccineCode("cov19.moderna")
JANSSEN = VaccineCode("cov19.johnson_and_johnson")
POINT = PointId("aaaaaaaaaa")
PATIENT = PatientId("patienta")


def a_point(**changes: Any) -> Point:
    facts: dict[str, Any] = {
        "id": POINT,
        "name": "Przychodnia Lekarska Przykładowa",
        "address": "ul. Lipowa 12",
        "postal_code": "20-020",
        "town": "Lublin",
        "gmina": "0663011",
        "powiat": "0663",
        "voivodeship": "06",
        "location": Location(51.2465, 22.5684),
        "kind": "clinic",
        "access": frozenset({"wheelchair"}),
        "phone": "+48815000000",
        "vaccines": frozenset({PFIZER, MODERNA}),
    }
    return Point(**(facts | changes))


def a_series(**changes: Any) -> Series:
    """Weekdays 8 to 16, every 15 minutes, one place, from `DAY` on."""
    facts: dict[str, Any] = {
        "point": POINT,
        "powiat": "0663",
        "id": SeriesId("series-1"),
        "number": 1,
        "weekdays": frozenset(range(1, 6)),
        "opens": time(8),
        "closes": time(16),
        "step": 15,
        "places": 1,
        "vaccine": PFIZER,
        "dose": 1,
        "visibility": Visibility.EXTERNAL,
        "valid_from": DAY,
    }
    return Series(**(facts | changes))


def a_session(point: PointId = POINT, day: date = DAY, nr: int = 16, **changes: Any) -> Session:
    """Four slots of two places from 8:00 local, every 15 minutes, for any dose."""
    facts: dict[str, Any] = {
        "key": SessionKey(point, day, nr),
        "powiat": "0663",
        "starts_at": AT_EIGHT + timedelta(days=(day - DAY).days),
        "step": 15,
        "slots": 4,
        "places": 2,
        "vaccine": PFIZER,
        "dose": 0,
        "visibility": Visibility.EXTERNAL,
    }
    return Session(**(facts | changes))


def a_state(session: Session | None = None, taken: int = 0, version: int = 1) -> SessionState:
    return SessionState(session or a_session(), taken, version)


def a_place(session: Session | None = None, index: int = 0, place: int = 0) -> PlaceKey:
    return PlaceKey(SlotKey((session or a_session()).key, index), place)


def a_programme(**changes: Any) -> Programme:
    """Two-dose Pfizer and Moderna from 12, one-dose Janssen from 18; open to all since November."""
    opened = datetime(2026, 11, 1, tzinfo=UTC)
    since = date(2021, 1, 1)
    facts: dict[str, Any] = {
        "id": COVID,
        "names": {"pl": "Szczepienia przeciw COVID-19"},
        "vaccines": (
            Vaccine(PFIZER, "Comirnaty", "Pfizer/BioNTech", doses=2, min_age=12, boosts=True),
            Vaccine(MODERNA, "Spikevax", "Moderna", doses=2, min_age=12, boosts=True),
            Vaccine(JANSSEN, "Jcovden", "Janssen", doses=1, min_age=18),
        ),
        "intervals": (
            Interval(ReferralKind.PRIMARY, 21, since, advised_days=42),
            Interval(ReferralKind.ADDITIONAL, 28, since),
            Interval(ReferralKind.BOOSTER, 90, since),
        ),
        "openings": (an_opening(opens_at=dict.fromkeys(Channel, opened)),),
    }
    return Programme(**(facts | changes))


def an_opening(**changes: Any) -> Opening:
    facts: dict[str, Any] = {
        "id": "everyone",
        "kinds": frozenset(ReferralKind),
        "opens_at": dict.fromkeys(Channel, datetime(2026, 11, 1, tzinfo=UTC)),
        "enabled": True,
    }
    return Opening(**(facts | changes))


def the_shipped_programme(name: str = "covid-19") -> Programme:
    text = resources.files("erejestracja.programmes").joinpath(f"{name}.json").read_text("utf-8")
    return from_document(json.loads(text))


def a_referral(patient: PatientId = PATIENT, **changes: Any) -> Referral:
    """Issued in November for a first dose, bookable at once, valid into February."""
    facts: dict[str, Any] = {
        "id": ReferralId(derived_id("referral", patient)),
        "patient": patient,
        "programme": COVID,
        "kind": ReferralKind.PRIMARY,
        "status": ReferralStatus.ISSUED,
        "issued_on": date(2026, 11, 16),
        "expires_on": date(2027, 2, 14),
        "bookable_from": datetime(2026, 11, 16, tzinfo=UTC),
        "window": (None, None),
        "birth_date": date(1959, 3, 4),
        "given": (),
    }
    return Referral(**(facts | changes))


def a_dose(dose: int = 1, on: date = date(2026, 11, 2), vaccine: VaccineCode = PFIZER) -> DoseGiven:
    return DoseGiven(dose, on, vaccine)


def a_person(patient: PatientId = PATIENT, **changes: Any) -> Person:
    """A made-up person with a made-up telephone number."""
    facts: dict[str, Any] = {
        "id": patient,
        "given_name": "Anna",
        "family_name": "Przykładowa",
        "birth_date": date(1959, 3, 4),
        "phone": "+48600000000",
        "email": None,
        "language": "pl",
        "postal_code": "20-020",
    }
    return Person(**(facts | changes))


def a_hold(place: PlaceKey | None = None, patient: PatientId = PATIENT, **changes: Any) -> Hold:
    """A hold made at `NOW`."""
    place = place or a_place()
    facts: dict[str, Any] = {
        "id": HoldId(derived_id("hold", patient, str(place.slot), str(place.place))),
        "place": place,
        "patient": patient,
        "created_at": NOW,
        "expires_at": NOW + HOLD_FOR,
    }
    return Hold(**(facts | changes))


def a_visit(place: PlaceKey | None = None, patient: PatientId = PATIENT, **changes: Any) -> Visit:
    """A booked first dose in the first slot of `a_session()`."""
    place = place or a_place()
    facts: dict[str, Any] = {
        "id": VisitId(derived_id("visit", patient, str(place.slot), str(place.place))),
        "patient": patient,
        "referral": ReferralId(derived_id("referral", patient)),
        "programme": COVID,
        "place": place,
        "starts_at": AT_EIGHT,
        "minutes": 15,
        "vaccine": PFIZER,
        "dose": 1,
        "status": VisitStatus.BOOKED,
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Visit(**(facts | changes))


def a_representation(
    representative: PatientId, patient: PatientId, **changes: Any
) -> Representation:
    """A proxy of a grown-up, in force since an hour before `NOW`."""
    facts: dict[str, Any] = {
        "representative": representative,
        "patient": patient,
        "kind": RepresentationKind.PROXY,
        "source": Source.DECLARED,
        "representative_name": FullName("Tomasz", "Pomocny"),
        "patient_name": FullName("Anna", "Przykładowa"),
        "born": date(1959, 3, 4),
        "valid_from": NOW - timedelta(hours=1),
    }
    return Representation(**(facts | changes))


def an_actor(*roles: Role, **changes: Any) -> Actor:
    """The patient themselves, unless roles are named; staff are of `POINT`."""
    facts: dict[str, Any] = {
        "subject": "subject-1",
        "roles": frozenset(roles or {Role.PATIENT}),
        "patient": None if roles else PATIENT,
        "points": frozenset({POINT} if roles else ()),
    }
    return Actor(**(facts | changes))
