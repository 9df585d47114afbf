"""What callers send and read about the day at a point and the doses given there."""

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from erejestracja.domain.document import InvalidIdentifier
from erejestracja.domain.errors import InvalidRequest
from erejestracja.domain.identifiers import Register, registered
from erejestracja.domain.ids import PatientId, VaccineCode
from erejestracja.domain.person import Person
from erejestracja.domain.vaccination import Site, Vaccination
from erejestracja.domain.vials import lot_code
from erejestracja.domain.visit import ConsentForm
from erejestracja.services.arrivals import Deferral, Expected
from erejestracja.services.doses import Dose
from erejestracja.web.holds import PatientField
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.slots import SlotAnswer, instant
from erejestracja.web.visits import VisitAnswer

LotField = Annotated[str, Field(min_length=3, max_length=24)]
Moment = Annotated[AwareDatetime, Field(strict=False)]
Note = Annotated[str, Field(min_length=3, max_length=300)]
ConsentField = Annotated[ConsentForm | None, Field(strict=False)]
Day = Annotated[date, Field(strict=False)]


class DayQuery(RequestModel):
    """Which local day; today without one."""

    date: Day | None = None


class ExpectedPerson(AnswerModel):
    """Who comes, as far as staff need it to greet them."""

    id: str
    given_name: str | None = None
    family_name: str | None = None
    birth_date: str | None = None
    phone: str | None = None


class ExpectedAnswer(AnswerModel):
    """A visit of the day. `consentForm` is absent for who is of age."""

    id: str
    status: str
    start_at: str
    minutes: int
    vaccine: str
    dose: int
    room: str | None = None
    person: ExpectedPerson
    etag: str
    consent_form: ConsentForm | None = None


class DayListAnswer(AnswerModel):
    """Who comes to a point on a local day, by start; and how many are in which state."""

    date: str
    visits: list[ExpectedAnswer]
    counts: dict[str, int]


class ArriveBody(RequestModel):
    """What who is not of age has shown; `required` takes back what was recorded."""

    consent_form: ConsentField = None


class WalkInBody(RequestModel):
    """Who came, on which referral, for which vaccine; of who is not of age, what they showed."""

    patient_id: PatientField
    referral_id: Annotated[str, Field(min_length=1, max_length=32)]
    vaccine: Annotated[str, Field(min_length=1, max_length=32)]
    consent_form: ConsentField = None


class DeferBody(RequestModel):
    """Why there was no dose, and the first local day there may be one; null is never."""

    reason: Deferral = Field(strict=False)
    until: Day | None


class CompleteBody(RequestModel):
    """A dose given: `performer` is an NPWZ, `at` an instant. `bookNext` books the next dose.

    Who is not of age must have shown a signed form or come with a parent: `consentForm` says so
    where their arrival did not.
    """

    lot: LotField
    vaccine: Annotated[str, Field(min_length=1, max_length=32)]
    dose_number: Annotated[int, Field(ge=1, le=9)]
    site: Site = Field(strict=False)
    performer: Annotated[str, Field(min_length=7, max_length=12)]
    at: Moment
    book_next: bool = False
    consent_form: ConsentField = None

    def dose(self) -> Dose:
        """Return what the services understand. Raises InvalidRequest."""
        return Dose(
            lot=lot_of(self.lot),
            vaccine=VaccineCode(self.vaccine),
            number=self.dose_number,
            site=self.site,
            performer=performer_of(self.performer),
            at=self.at.replace(microsecond=0),
            consent=self.consent_form,
        )


class VaccinationAnswer(AnswerModel):
    """A dose on record, in one version. `doses` is how many the series has."""

    id: str
    version: int
    status: str
    person: str
    visit: str
    point: str
    programme: str
    vaccine: str
    dose_number: int
    doses: int | None = None
    lot: str
    expires_on: str
    site: str
    performer: str
    performed_at: str
    recorded_at: str
    note: str | None = None
    etag: str


class CompleteAnswer(AnswerModel):
    """The visit, the dose's record, and the next visit or up to five places it could have."""

    visit: VisitAnswer
    vaccination: VaccinationAnswer
    next_visit: VisitAnswer | None = None
    proposals: list[SlotAnswer]


def lot_of(text: str) -> str:
    """Return a lot as it is kept. Raises InvalidRequest."""
    try:
        return lot_code(text)
    except ValueError as wrong:
        raise InvalidRequest({"lot": str(wrong)}) from None


def performer_of(text: str) -> str:
    """Return a medic's number as it is kept. Raises InvalidRequest."""
    try:
        return registered(Register.NPWZ, text)
    except InvalidIdentifier:
        raise InvalidRequest({"performer": "is no NPWZ"}) from None


def expected_answer(expected: Expected) -> ExpectedAnswer:
    """Return a visit of the day as staff see it."""
    visit, person = expected.visit, expected.person
    return ExpectedAnswer(
        id=visit.id,
        status=visit.status.value,
        start_at=instant(visit.starts_at),
        minutes=visit.minutes,
        vaccine=visit.vaccine,
        dose=visit.dose,
        room=expected.room,
        person=_person_answer(visit.patient, person),
        etag=f'"{visit.version}"',
        consent_form=expected.consent,
    )


def _person_answer(patient: PatientId, person: Person | None) -> ExpectedPerson:
    if person is None:
        return ExpectedPerson(id=patient)
    return ExpectedPerson(
        id=patient,
        given_name=person.given_name,
        family_name=person.family_name,
        birth_date=person.birth_date.isoformat(),
        phone=person.phone,
    )


def vaccination_answer(vaccination: Vaccination) -> VaccinationAnswer:
    """Return a version of a record as callers see it."""
    return VaccinationAnswer(
        id=vaccination.id,
        version=vaccination.version,
        status=vaccination.status.value,
        person=vaccination.patient,
        visit=vaccination.visit,
        point=vaccination.point,
        programme=vaccination.programme,
        vaccine=vaccination.vaccine,
        dose_number=vaccination.dose,
        doses=vaccination.doses,
        lot=vaccination.lot,
        expires_on=vaccination.expires_on.isoformat(),
        site=vaccination.site.value,
        performer=vaccination.performer,
        performed_at=instant(vaccination.performed_at),
        recorded_at=instant(vaccination.recorded_at),
        note=vaccination.note,
        etag=f'"{vaccination.version}"',
    )
