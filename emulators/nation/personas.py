"""Personas: whom one may log in as on this machine, and what each may do."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from emulators.nation import people, points
from emulators.nation.atlas import Powiat, powiaty
from emulators.nation.people import AHEAD, BOOSTER, READY, Case, Registered
from erejestracja.auth.patients import patient_id
from erejestracja.domain import calendar
from erejestracja.domain.actor import Role
from erejestracja.domain.ids import PointId, derived_id
from erejestracja.domain.person import Person
from erejestracja.domain.region import NATION
from erejestracja.domain.representation import (
    FullName,
    Representation,
    RepresentationKind,
    Source,
)

SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial"
HIGH = "http://eidas.europa.eu/LoA/high"
HOME = "1465"
REGION = "14"
# Far beyond the numbers of the other people, so that no load takes these.
FIRST_NUMBER = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Patient:
    """A person one may be: so many years old today, with a referral as the case has it."""

    name: str
    given_name: str
    family_name: str
    woman: bool
    years: int
    case: Case
    says: str


PATIENTS = (
    Patient(
        "patient", "Anna", "Przykładowa", True, 67, READY, "ma e-skierowanie na pierwszą dawkę"
    ),
    Patient(
        "patient-2", "Jakub", "Przykładowy", False, 16, READY, "ma e-skierowanie, niepełnoletni"
    ),
    Patient(
        "patient-3", "Maria", "Zmyślona", True, 54, BOOSTER, "ma e-skierowanie na przypomnienie"
    ),
    Patient("patient-4", "Henryk", "Zmyślony", False, 71, READY, "ma e-skierowanie"),
    Patient("patient-5", "Wanda", "Zmyślona", True, 59, READY, "ma e-skierowanie"),
    Patient("parent", "Ewelina", "Przykładowa", True, 43, READY, "matka Jakuba i Zofii"),
    Patient("child", "Zofia", "Przykładowa", True, 13, READY, "córka Eweliny"),
    Patient("proxy", "Tomasz", "Pomocny", False, 38, READY, "pełnomocnik Anny"),
    Patient("ahead", "Barbara", "Wczesna", True, 45, AHEAD, "ma e-skierowanie na później"),
    Patient("patient-6", "Zenon", "Zmyślony", False, 62, READY, "ma e-skierowanie"),
)
# Who acts for whom; the national record tells of parents, the proxy was named and has accepted.
PARENT = RepresentationKind.PARENT, Source.NATIONAL_RECORD
PROXY = RepresentationKind.PROXY, Source.DECLARED
PARENTS = (("parent", "patient-2"), ("parent", "child"))
PROXIES = (("proxy", "patient"),)
PATIENT_MAY = (
    "own record and that of whom they act for: see it, hold a place, book, move and cancel a visit"
)


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff one may be, at so many points."""

    name: str
    role: Role
    given_name: str
    family_name: str
    says: str
    may: str
    points: int = 0
    region: str | None = None


STAFF = (
    Staff("agent", Role.AGENT, "Ewa", "Dyżurna", "konsultantka infolinii",
          "book, move and cancel for a caller, within an open call record"),
    Staff("supervisor", Role.SUPERVISOR, "Adam", "Zmianowy", "kierownik zmiany infolinii",
          "decide on overrides, see the hotline's figures, and nobody's data"),
    Staff("point-registrar", Role.REGISTRAR, "Piotr", "Rejestrator", "rejestracja punktu",
          "book, move and cancel at the point, internal places too; see who comes", points=1),
    Staff("point-medic", Role.MEDIC, "Halina", "Medyczna", "personel medyczny punktu",
          "as the registrar, defer, record doses, keep the vials", points=1),
    Staff("medic-of-two", Role.MEDIC, "Barbara", "Dojeżdżająca", "personel dwóch punktów",
          "as the medic, at two points", points=2),
    Staff("point-admin", Role.ADMIN, "Tomasz", "Kierownik", "administrator punktu",
          "as the registrar, and change the point's weekly hours",
          points=1),
    Staff("coordinator", Role.COORDINATOR, "Irena", "Wojewódzka", "koordynatorka, mazowieckie",
          "read the figures and hours of a region's points; books nothing", region=REGION),
    Staff("coordinator-national", Role.COORDINATOR, "Zenon", "Krajowy", "koordynator, cała Polska",
          "read the figures of every region; books nothing", region=NATION),
    Staff("partner", Role.PARTNER, "System", "Gabinetowy", "oprogramowanie punktu",
          "book, move and cancel, change weekly hours, as the point's software", points=1),
)  # fmt: skip


def registered(seed: int, today: date) -> list[Registered]:
    """Return the personas that are patients, with their referrals."""
    return [_registered(seed, number, who, today) for number, who in enumerate(PATIENTS)]


def representations(seed: int, today: date) -> list[Representation]:
    """Return who of them acts for whom."""
    of = {who.name: one.person for who, one in zip(PATIENTS, registered(seed, today), strict=True)}
    return [
        *(_representation(of[one], of[another], PARENT) for one, another in PARENTS),
        *(_representation(of[one], of[another], PROXY) for one, another in PROXIES),
    ]


def document(seed: int, today: date, homes: int) -> dict[str, Any]:
    """Return what the OpenID provider reads: each persona with its claims.

    `homes` is how many points the capital has, which of a small nation is one.
    """
    patients = zip(PATIENTS, registered(seed, today), strict=True)
    return {
        "personas": [_patient(who, one) for who, one in patients]
        + [_staff(seed, who, today, homes) for who in STAFF]
    }


def write(file: Path, seed: int, today: date, homes: int) -> None:
    """Write the document in one step; it holds PESELs, so it is its owner's alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(document(seed, today, homes), ensure_ascii=False, indent=2) + "\n")
    draft.replace(file)


def home_points(seed: int, number: int) -> list[PointId]:
    """Return where staff work: at the capital's first point, and at those after it."""
    return [points.a_point(seed, _home(), nth).id for nth in range(number)]


def _home() -> Powiat:
    return next(powiat for powiat in powiaty() if powiat.code == HOME)


def _registered(seed: int, number: int, who: Patient, today: date) -> Registered:
    random = points.random_of(seed, "persona", who.name)
    # A birthday half a year away keeps the age right, whatever the day.
    born = today.replace(year=today.year - who.years, day=1) - timedelta(days=183)
    pesel = people.pesel_of(seed, FIRST_NUMBER + number, born, woman=who.woman)
    person = Person(
        id=patient_id(str(pesel)),
        given_name=who.given_name,
        family_name=who.family_name,
        birth_date=born,
        phone=f"+4869{random.randrange(10**7):07}",
        email=None,
        language="pl",
        postal_code=points.postal_code(random, _home()),
    )
    return Registered(person, pesel, (people.referral(random, person, who.case, today),))


def _representation(
    one: Person, another: Person, how: tuple[RepresentationKind, Source]
) -> Representation:
    since = max(another.birth_date, one.birth_date)
    return Representation(
        one.id,
        another.id,
        *how,
        representative_name=FullName(one.given_name, one.family_name),
        patient_name=FullName(another.given_name, another.family_name),
        born=another.birth_date,
        valid_from=calendar.start_of_day(since),
    )


def _patient(who: Patient, one: Registered) -> dict[str, Any]:
    person = one.person
    return {
        "name": who.name,
        "label": f"{person.given_name} {person.family_name}, {who.years} l., {who.says}",
        "roles": [Role.PATIENT.value],
        "sub": derived_id("persona", who.name, person.id),
        "pesel": str(one.pesel),
        "given_name": person.given_name,
        "family_name": person.family_name,
        "birthdate": person.birth_date.isoformat(),
        "postal_code": person.postal_code,
        "amr": ["pwd", "otp"],
        "acr": SUBSTANTIAL,
        "may": PATIENT_MAY,
    }


def _staff(seed: int, who: Staff, today: date, homes: int) -> dict[str, Any]:
    return (
        {
            "name": who.name,
            "label": f"{who.given_name} {who.family_name}, {who.says}",
            "roles": [who.role.value],
            "sub": derived_id("persona", who.name, str(seed)),
            "given_name": who.given_name,
            "family_name": who.family_name,
            "birthdate": date(today.year - 40, 1, 1).isoformat(),
            "amr": ["pwd", "otp"],
            "acr": HIGH,
            "may": who.may,
        }
        | ({"points": home_points(seed, min(who.points, homes))} if who.points else {})
        | ({"region": who.region} if who.region else {})
    )
