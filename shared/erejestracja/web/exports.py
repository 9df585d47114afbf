"""A point's work list over HTTP: doses that the national record did not take, and why."""

from typing import Protocol

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import NotAllowed, NotFound, Overloaded
from erejestracja.domain.exports import Export
from erejestracja.domain.ids import PointId, VaccinationId
from erejestracja.services.work_list import WorkList
from erejestracja.web.models import AnswerModel
from erejestracja.web.routing import Answer, Call, Route
from erejestracja.web.slots import instant

WORKERS = frozenset({Role.MEDIC, Role.ADMIN})


class ExportAnswer(AnswerModel):
    """A version of a dose's record on its way to the national one; `reason` is why it failed."""

    vaccination: str
    version: int
    status: str
    reason: str | None = None
    since: str | None = None


class ExportsAnswer(AnswerModel):
    """What somebody has to see to, the longest waiting first."""

    exports: list[ExportAnswer]


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def work_list(self) -> WorkList:
        """What the national record did not take."""
        ...


def get_exports(call: Call) -> Answer:
    """List what failed; it names no person, whose record is shown by another route."""
    failed = _work_list(call).failed(call.caller, PointId(call.params["point"]))
    return Answer(ExportsAnswer(exports=[export_answer(export) for export in failed]))


def retry_export(call: Call) -> Answer:
    """Ask for a dose's export again."""
    point, vaccination = PointId(call.params["point"]), VaccinationId(call.params["vaccination"])
    return Answer(export_answer(_work_list(call).retry(call.caller, point, vaccination)), 202)


def export_answer(export: Export) -> ExportAnswer:
    """Return an export as staff see it."""
    return ExportAnswer(
        vaccination=export.vaccination,
        version=export.version,
        status=export.status.value,
        reason=export.failure,
        since=instant(export.since) if export.since else None,
    )


def _work_list(call: Call) -> WorkList:
    services: Services = call.suite
    return services.work_list


EXPORTS = "/v1/points/{point}/exports"
ROUTES = (
    Route(
        "GET",
        EXPORTS,
        get_exports,
        "Doses that the national record did not take, and why",
        {200: ExportsAnswer},
        roles=WORKERS,
        refusals=(NotAllowed, Overloaded),
        limit="schedule",
    ),
    Route(
        "POST",
        EXPORTS + "/{vaccination}:retry",
        retry_export,
        "Send a dose to the national record again",
        {202: ExportAnswer},
        roles=WORKERS,
        refusals=(NotAllowed, NotFound, Overloaded),
        limit="schedule",
    ),
)
