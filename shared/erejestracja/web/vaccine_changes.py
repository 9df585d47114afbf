"""Another vaccine given on some days over HTTP: who may have it is told first, undone as one."""

from typing import Protocol

from pydantic import Field

from erejestracja.domain.errors import (
    IdempotencyConflict,
)
from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.substitutions import SubstitutionId
from erejestracja.services import schedule, substituting
from erejestracja.services.following import Followed
from erejestracja.services.schedule import Board
from erejestracja.services.substituting import Asked, Substituting
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route
from erejestracja.web.schedule_models import EDIT_REFUSALS, PLANNERS, Day, DryRun, Vaccine
from erejestracja.web.slots import instant

ONCE = Header("Idempotency-Key", "A repeat with the same key changes it once.", required=True)


class VaccineChangeBody(RequestModel):
    """A local day, and which vaccine is given on it in place of which.

    With `last` it is given on all days up to that one, included, a month at most. Of today, slots
    that have begun stay as they are, and so do people who are there already.
    """

    day: Day
    last: Day | None = None
    from_: Vaccine = Field(alias="from")
    to: Vaccine


class ChangedVisit(AnswerModel):
    """A visit of those days. With a `reason` its person may not have what is given then."""

    id: str
    start_at: str
    vaccine: str
    dose: int
    reason: str | None = None


class VaccineChangeAnswer(AnswerModel):
    """Who keeps time and place, with which vaccine; and who does not, and wants another place.

    `todayFrom` is when the first slot of today begins that changes, where any does. A preview
    changes nothing. `settled` false: visits follow within minutes by themselves. The
    `undoToken` stands in the path of the undoing.
    """

    dry_run: bool
    settled: bool
    keeps: list[ChangedVisit]
    conflicts: list[ChangedVisit]
    today_from: str | None = None
    undo_token: str | None = None


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def board(self) -> Board:
        """The schedule's use cases."""
        ...


def change_vaccine(call: Call) -> Answer:
    """Give another vaccine on some days."""
    board, point = _point(call)
    body: VaccineChangeBody = call.body
    codes = (VaccineCode(body.from_), VaccineCode(body.to))
    asked = Asked(body.day, *codes, call.headers[ONCE.name], body.last)
    return _done(call, board, substituting.asked_for(board, call.caller, point, asked), 201)


def undo_change(call: Call) -> Answer:
    """Undo it: who had got the other vaccine gets theirs back, where they may have it.

    Of today that is so in slots that have not begun; once all have, there is nothing to undo.
    """
    board, point = _point(call)
    substitution = SubstitutionId(call.params["change"])
    return _done(call, board, substituting.undone(board, call.caller, point, substitution), 200)


def _point(call: Call) -> tuple[Board, Point]:
    services: Services = call.suite
    point = PointId(call.params["point"])
    return services.board, schedule.point_of(services.board, call.caller, point)


def _done(call: Call, board: Board, found: Substituting, status: int) -> Answer:
    dry_run, override = call.query.dry_run, call.query.override
    settled = False if dry_run else substituting.carry_out(board, found, override)
    answer = VaccineChangeAnswer(
        dry_run=dry_run,
        settled=settled,
        keeps=[_visit(one) for one in found.staying()],
        conflicts=[_visit(one) for one in found.conflicts()],
        today_from=instant(found.today_from) if found.today_from else None,
        undo_token=None if dry_run or found.substitution.undone else found.substitution.id,
    )
    return Answer(answer, 200 if dry_run or not found.impacts else status)


def _visit(one: Followed) -> ChangedVisit:
    return ChangedVisit(
        id=one.visit.id,
        start_at=instant(one.visit.starts_at),
        vaccine=one.visit.vaccine,
        dose=one.visit.dose,
        reason=one.reason.value if one.reason else None,
    )


CHANGES = "/v1/points/{point}/vaccineChanges"
ROUTES = (
    Route(
        "POST",
        CHANGES,
        change_vaccine,
        "Give another vaccine on one day or several; each visit is checked for it",
        {200: VaccineChangeAnswer, 201: VaccineChangeAnswer},
        roles=PLANNERS,
        query=DryRun,
        body=VaccineChangeBody,
        headers=(ONCE,),
        refusals=(*EDIT_REFUSALS, IdempotencyConflict),
        limit="schedule",
    ),
    Route(
        "POST",
        CHANGES + "/{change}:undo",
        undo_change,
        "Undo a change of vaccine as one",
        {200: VaccineChangeAnswer},
        roles=PLANNERS,
        query=DryRun,
        refusals=EDIT_REFUSALS,
        limit="schedule",
    ),
)
