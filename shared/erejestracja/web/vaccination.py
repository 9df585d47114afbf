"""Records of doses over HTTP, and what the vaccination function answers."""

from typing import Annotated, Protocol

from pydantic import Field

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import (
    InvalidRequest,
    NotAllowed,
    NotEligible,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import VaccinationId
from erejestracja.domain.vaccination import Site
from erejestracja.services import dose_records
from erejestracja.services.clinic import Clinic
from erejestracja.services.dose_records import Wrong
from erejestracja.services.work_list import WorkList
from erejestracja.web import exports, forecast, oversight, standby, stock, swaps
from erejestracja.web.attendance import DAY_ROUTES, MEDICS
from erejestracja.web.conditional import version_named
from erejestracja.web.exports import ExportAnswer, export_answer
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route, Routes
from erejestracja.web.vaccination_models import (
    LotField,
    Moment,
    Note,
    VaccinationAnswer,
    lot_of,
    performer_of,
    vaccination_answer,
)
from erejestracja.web.visits import VisitAnswer, visit_answer

READERS = frozenset({Role.PATIENT, Role.REGISTRAR, Role.MEDIC, Role.ADMIN})
IF_MATCH = Header("If-Match", "Only if the record still has this etag.", True, '"1"')


class TakeBackBody(RequestModel):
    """Why the dose is said not to have been given."""

    note: Note


class CorrectionBody(RequestModel):
    """What the record should have said, and why; what is left out was right."""

    note: Note
    lot: LotField | None = None
    site: Site | None = Field(None, strict=False)
    performer: Annotated[str, Field(min_length=7, max_length=12)] | None = None
    at: Moment | None = None


class RecordAnswer(AnswerModel):
    """All versions of a dose's record, the newest first; `export` is how the newest fares."""

    versions: list[VaccinationAnswer]
    export: ExportAnswer | None = None


class TakenBackAnswer(AnswerModel):
    """The visit, which waits for its dose again, and the record's last version."""

    visit: VisitAnswer
    vaccination: VaccinationAnswer


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def clinic(self) -> Clinic:
        """The use cases of a point's day."""
        ...

    @property
    def work_list(self) -> WorkList:
        """How doses fare on their way to the national record."""
        ...


def get_vaccination(call: Call) -> Answer:
    """Show a dose's record, and write that down."""
    record = VaccinationId(call.params["vaccination"])
    versions = dose_records.see(_clinic(call), call.caller, record, call.request_id)
    answers = [vaccination_answer(version) for version in versions]
    services: Services = call.suite
    found = services.work_list.status_of(record)
    export = export_answer(found) if found else None
    return Answer(RecordAnswer(versions=answers, export=export), headers={"ETag": answers[0].etag})


def undo_vaccination(call: Call) -> Answer:
    """Say that the dose was not given, within a day of recording it."""
    clinic, note = _clinic(call), call.body.note
    visit, undone = dose_records.take_back(clinic, call.caller, *_named(call), note)
    answer = vaccination_answer(undone)
    return Answer(
        TakenBackAnswer(visit=visit_answer(clinic.desk, visit), vaccination=answer),
        headers={"ETag": answer.etag},
    )


def correct_vaccination(call: Call) -> Answer:
    """Write a further version of a record."""
    body: CorrectionBody = call.body
    wrong = Wrong(
        note=body.note,
        lot=lot_of(body.lot) if body.lot else None,
        site=body.site,
        performer=performer_of(body.performer) if body.performer else None,
        at=body.at.replace(microsecond=0) if body.at else None,
    )
    corrected = dose_records.correct(_clinic(call), call.caller, *_named(call), wrong)
    answer = vaccination_answer(corrected)
    return Answer(answer, headers={"ETag": answer.etag})


def _named(call: Call) -> tuple[VaccinationId, str]:
    etag = version_named(call.headers[IF_MATCH.name])
    return VaccinationId(call.params["vaccination"]), etag


def _clinic(call: Call) -> Clinic:
    services: Services = call.suite
    return services.clinic


REFUSALS = (NotAllowed, NotFound, Overloaded)
RECORD = "/v1/vaccinations/{vaccination}"
ROUTES = Routes(
    "vaccination",
    (
        *DAY_ROUTES,
        *stock.ROUTES,
        *forecast.ROUTES,
        *oversight.ROUTES,
        *exports.ROUTES,
        *standby.ROUTES,
        *swaps.ROUTES,
        Route(
            "GET",
            RECORD,
            get_vaccination,
            "A dose's record, all its versions",
            {200: RecordAnswer},
            roles=READERS,
            refusals=REFUSALS,
            limit="record",
        ),
        Route(
            "POST",
            RECORD + ":undo",
            undo_vaccination,
            "The dose was not given after all; within a day, by who recorded it",
            {200: TakenBackAnswer},
            roles=MEDICS,
            body=TakeBackBody,
            headers=(IF_MATCH,),
            refusals=(*REFUSALS, InvalidRequest, VersionMismatch, NotEligible),
            limit="bookings",
        ),
        Route(
            "PATCH",
            RECORD,
            correct_vaccination,
            "Correct a dose's record by a further version; by who recorded it",
            {200: VaccinationAnswer},
            roles=MEDICS,
            body=CorrectionBody,
            headers=(IF_MATCH,),
            refusals=(*REFUSALS, InvalidRequest, VersionMismatch, NotEligible),
            limit="bookings",
        ),
    ),
)
