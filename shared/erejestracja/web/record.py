"""One's own record over HTTP: who I am, what I may have, my visits, who looked."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from erejestracja.auth.patients import identifier_digest, patient_id
from erejestracja.domain.actor import POINT_STAFF, Role
from erejestracja.domain.document import normalised
from erejestracja.domain.eligibility import Offer
from erejestracja.domain.errors import InvalidRequest, NotAllowed, NotFound, Overloaded
from erejestracja.domain.ids import PatientId
from erejestracja.domain.person import Person
from erejestracja.domain.pesel import Pesel
from erejestracja.domain.referral import Referral
from erejestracja.domain.representation import Representation
from erejestracja.services import record
from erejestracja.services.desk import Desk
from erejestracja.services.representing import represented_by
from erejestracja.web.holds import BOOKERS, PatientQuery, patient_of
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Route
from erejestracja.web.slots import instant
from erejestracja.web.visits import VisitAnswer, visit_answer


class PersonAnswer(AnswerModel):
    """Who the record is about. Names are absent before anything is registered."""

    id: str
    given_name: str | None = None
    family_name: str | None = None
    birth_date: str | None = None
    phone: str | None = None
    email: str | None = None
    language: str | None = None


class ReferralAnswer(AnswerModel):
    """A referral: until when it may be booked on, and from when."""

    id: str
    programme: str
    kind: str
    expires_at: str
    bookable_from: str
    status: str


class EligibilityAnswer(AnswerModel):
    """What may be had as the next dose, on which local days; with a reason, why not (yet)."""

    programme: str
    referral_id: str
    dose: int
    vaccines: tuple[str, ...]
    from_: Annotated[str | None, Field(alias="from")] = None
    to: str | None = None
    reason: str | None = None


class RepresentedAnswer(AnswerModel):
    """Somebody the caller may act for: as what, and until when."""

    patient_id: str
    given_name: str
    family_name: str
    kind: str
    valid_from: str
    valid_to: str | None = None


class MeAnswer(AnswerModel):
    """A person's own record, or that of somebody they act for or serve."""

    person: PersonAnswer
    referrals: tuple[ReferralAnswer, ...]
    visits: tuple[VisitAnswer, ...]
    eligibility: tuple[EligibilityAnswer, ...]
    represents: tuple[RepresentedAnswer, ...]
    access_log: str


class AccessAnswer(AnswerModel):
    """One look at the record; of who acts for the person, as what and by name."""

    at: str
    who: str
    role: str
    action: str
    name: str | None = None


class AccessesAnswer(AnswerModel):
    """Who looked at the record, newest first."""

    accesses: tuple[AccessAnswer, ...]


class DocumentBody(RequestModel):
    """An identity document, where there is no PESEL (domain 1.8)."""

    kind: Annotated[str, Field(max_length=20)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    number: Annotated[str, Field(max_length=30)]


class IdentifyBody(RequestModel):
    """Who is meant: a PESEL or a document; agents name the call."""

    pesel: Annotated[str, Field(max_length=20)] | None = None
    document: DocumentBody | None = None
    call_id: Annotated[str, Field(max_length=64)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.pesel is None) == (self.document is None):
            raise ValueError("name pesel or document")
        return self


class IdentifiedAnswer(AnswerModel):
    """Whom it means; masked until the caller confirms."""

    patient_id: str
    given_name: str
    family_name: str
    birth_year: int
    phone: str | None = None


def get_me(call: Call) -> Answer:
    """Show the record, and write down that it was looked at."""
    desk: Desk = call.suite.desk
    patient = patient_of(call, call.query.patient_id)
    found = record.record_of(desk, call.caller, patient, call.request_id)
    by_id = {referral.id: referral for referral in found.referrals}
    return Answer(
        MeAnswer(
            person=_person(patient, found.person),
            referrals=tuple(_referral(referral) for referral in found.referrals),
            visits=tuple(visit_answer(desk, visit) for visit in found.visits),
            eligibility=tuple(
                _offer(by_id[referral], offer)
                for referral, offers in found.offers.items()
                for offer in offers
            ),
            represents=tuple(_represented(one) for one in represented_by(desk, patient))
            if patient == call.caller.patient
            else (),
            access_log="/v1/me/access",
        )
    )


def get_access(call: Call) -> Answer:
    """Show who looked."""
    desk: Desk = call.suite.desk
    patient = patient_of(call, call.query.patient_id)
    seen = record.accesses(desk, patient)
    entries = (
        AccessAnswer(
            at=instant(one.access.at),
            who=one.access.actor,
            role=one.role,
            action=one.access.action,
            name=str(one.name) if one.name else None,
        )
        for one in seen
    )
    return Answer(AccessesAnswer(accesses=tuple(entries)))


def identify(call: Call) -> Answer:
    """Say whom an identifier means, masked."""
    desk: Desk = call.suite.desk
    body: IdentifyBody = call.body
    if Role.AGENT in call.caller.roles and not body.call_id:
        raise InvalidRequest({"callId": "an agent looks people up inside a call only"})
    person = record.identify(desk, call.caller, meant(desk, body), call.request_id)
    return Answer(
        IdentifiedAnswer(
            patient_id=person.id,
            given_name=_masked(person.given_name),
            family_name=_masked(person.family_name),
            birth_year=person.birth_date.year,
            phone=None if person.phone is None else f"…{person.phone[-3:]}",
        )
    )


def meant(desk: Desk, body: IdentifyBody) -> PatientId:
    """Return whom an identifier means. Raises InvalidRequest, NotFound."""
    if body.document:
        document = body.document
        try:
            value = normalised(document.number)
        except ValueError:
            raise InvalidRequest({"document.number": "is no document number"}) from None
        digest = identifier_digest(f"{document.kind}:{document.country}", value)
    else:
        try:
            pesel = Pesel.parse(body.pesel or "")
        except ValueError:
            raise InvalidRequest({"pesel": "is no PESEL"}) from None
        digest = patient_id(str(pesel))
        if desk.records.person(PatientId(digest)):
            return PatientId(digest)
    patient = desk.records.registered_as(digest)
    if patient is None:
        raise NotFound
    return patient


def _masked(name: str) -> str:
    return f"{name[:1]}…"


def _person(patient: PatientId, person: Person | None) -> PersonAnswer:
    if person is None:
        return PersonAnswer(id=patient)
    return PersonAnswer(
        id=patient,
        given_name=person.given_name,
        family_name=person.family_name,
        birth_date=person.birth_date.isoformat(),
        phone=person.phone,
        email=person.email,
        language=person.language,
    )


def _represented(one: Representation) -> RepresentedAnswer:
    ends = one.ends_at()
    return RepresentedAnswer(
        patient_id=one.patient,
        given_name=one.patient_name.given,
        family_name=one.patient_name.family,
        kind=one.kind.value,
        valid_from=instant(one.valid_from) if one.valid_from else "",
        valid_to=instant(ends) if ends else None,
    )


def _referral(referral: Referral) -> ReferralAnswer:
    return ReferralAnswer(
        id=referral.id,
        programme=referral.programme,
        kind=referral.kind.value,
        expires_at=referral.expires_on.isoformat(),
        bookable_from=instant(referral.bookable_from),
        status=referral.status.value,
    )


def _offer(referral: Referral, offer: Offer) -> EligibilityAnswer:
    dates: dict[str, Any] = {
        "from_": offer.from_.isoformat() if offer.from_ else None,
        "to": offer.to.isoformat() if offer.to else None,
    }
    return EligibilityAnswer(
        programme=referral.programme,
        referral_id=referral.id,
        dose=offer.dose,
        vaccines=offer.vaccines,
        reason=offer.reason.value if offer.reason else None,
        **dates,
    )


ROUTES = (
    Route(
        "GET",
        "/v1/me",
        get_me,
        "One's own record: referrals, visits, what may be had and from when",
        answers={200: MeAnswer},
        roles=BOOKERS,
        query=PatientQuery,
        refusals=(NotAllowed, Overloaded),
        limit="record",
    ),
    Route(
        "GET",
        "/v1/me/access",
        get_access,
        "Who looked at one's record",
        answers={200: AccessesAnswer},
        roles=BOOKERS,
        query=PatientQuery,
        refusals=(NotAllowed, Overloaded),
        limit="record",
    ),
    Route(
        "POST",
        "/v1/patients:identify",
        identify,
        "Whom a PESEL or document means, for agents and points",
        answers={200: IdentifiedAnswer},
        roles=frozenset({Role.AGENT, *POINT_STAFF}),
        body=IdentifyBody,
        refusals=(NotFound, NotAllowed, Overloaded),
        limit="identify",
    ),
)
