"""A point's series over HTTP: made, listed, changed, ended, each with a preview."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Protocol

from pydantic import Field

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import PointId, SlotKey, derived_id
from erejestracja.domain.point import Point
from erejestracja.domain.series import MOST_BREAKS, Series, SeriesId, from_rule
from erejestracja.domain.session import Visibility
from erejestracja.domain.timetable import (
    Edit,
    keeping_their_time,
    places_a_week,
    places_an_hour,
    places_in,
)
from erejestracja.domain.visit import Visit
from erejestracja.services import schedule
from erejestracja.services.schedule import Board, Impact
from erejestracja.services.settling import settle
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route, Routes
from erejestracja.web.slots import instant

PLANNERS = frozenset({Role.ADMIN, Role.PARTNER})
IF_MATCH = Header("If-Match", "Only if the series still has this etag.", True, '"12"')
REPEAT = Header("Idempotency-Key", "A repeat with the same key makes no second series.")
ID_LENGTH = 16
# What of a rule an answer shows in another form.
OTHERWISE = ("number", "breaks", "onHolidays")

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Weekday = Annotated[int, Field(ge=1, le=7)]
Day = Annotated[date, Field(strict=False)]
Step = Annotated[int, Field(ge=5, le=240)]
Places = Annotated[int, Field(ge=1, le=50)]
Dose = Annotated[int, Field(ge=0, le=9)]
Vaccine = Annotated[str, Field(min_length=1, max_length=32)]
Weekdays = Annotated[list[Weekday], Field(min_length=1, max_length=7)]


class BreakBody(RequestModel):
    """Local hours without slots; the second is the first with slots again."""

    starts: Clock
    ends: Clock


Breaks = Annotated[list[BreakBody], Field(max_length=MOST_BREAKS)]


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def board(self) -> Board:
        """The schedule's use cases."""
        ...


class SeriesBody(RequestModel):
    """A weekly rule. Hours are local; weekdays 1 Monday to 7 Sunday; dose 0 is any."""

    weekdays: Weekdays
    opens: Clock
    closes: Clock
    step: Step
    places: Places
    breaks: Breaks = Field(default_factory=list)
    vaccine: Vaccine
    dose: Dose = 0
    visibility: Visibility = Field(Visibility.EXTERNAL, strict=False)
    on_holidays: bool = False
    valid_from: Day
    valid_to: Day | None = None


class SeriesPatch(RequestModel):
    """What is to be different; `validTo` null removes the end."""

    weekdays: Weekdays | None = None
    opens: Clock | None = None
    closes: Clock | None = None
    step: Step | None = None
    places: Places | None = None
    breaks: Breaks | None = None
    vaccine: Vaccine | None = None
    dose: Dose | None = None
    visibility: Visibility | None = Field(None, strict=False)
    on_holidays: bool | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None


class DryRun(RequestModel):
    """Whether to tell only what would happen."""

    dry_run: bool = False


class BreakAnswer(AnswerModel):
    """Local hours without slots."""

    starts: str
    ends: str


class SeriesAnswer(AnswerModel):
    """A weekly rule, and how many people it takes in an hour and in a plain week."""

    id: str
    weekdays: list[int]
    opens: str
    closes: str
    step: int
    places: int
    breaks: list[BreakAnswer]
    vaccine: str
    dose: int
    visibility: str
    on_holidays: bool
    valid_from: str
    valid_to: str | None = None
    places_per_hour: int
    places_per_week: int
    etag: str


class SeriesList(AnswerModel):
    """All series of a point."""

    series: list[SeriesAnswer]


class AffectedVisit(AnswerModel):
    """A visit whose place is withdrawn: it is kept, and wants another.

    Where `keepsTime`, a new place starts at the same time, and the visit gets it.
    """

    id: str
    slot_id: str
    start_at: str
    vaccine: str
    dose: int
    keeps_time: bool


class ImpactAnswer(AnswerModel):
    """How many places come, go and stay; whose visits are hit; the series as it is then.

    `settled` false: sessions follow within minutes by themselves. A preview changes nothing.
    """

    dry_run: bool
    settled: bool
    creates: int
    withdraws: int
    keeps: int
    affected_visits: list[AffectedVisit]
    series: SeriesAnswer | None = None
    undo_token: str | None = None


class UndoBody(RequestModel):
    """What the answer to the edit gave."""

    undo_token: Annotated[str, Field(pattern=r"^[0-9]{1,9}$")]


def post_series(call: Call) -> Answer:
    """Make a series; the same key again gives the same one."""
    board, point = _point(call)
    key = call.headers.get(REPEAT.name, call.request_id)
    series_id = SeriesId(derived_id("series", point.id, key, length=ID_LENGTH))
    given = {"breaks": [], **call.body.model_dump(by_alias=True)}
    series = _read(given, point, series_id)
    found = schedule.made(board, call.caller, point, series)
    return _done(call, board, found, 201)


def get_series(call: Call) -> Answer:
    """List the point's series."""
    board, point = _point(call)
    found = [series_answer(reach.series) for reach in board.schedules.series(point)]
    return Answer(SeriesList(series=found))


def patch_series(call: Call) -> Answer:
    """Change a series."""
    board, point = _point(call)
    was = schedule.find(board, point, SeriesId(call.params["series"]), _etag(call))
    old = was.series
    changes = call.body.model_dump(by_alias=True, exclude_unset=True)
    wrong = [name for name, value in changes.items() if value is None and name != "validTo"]
    if wrong:
        raise InvalidRequest(dict.fromkeys(wrong, "not valid"))
    breaks = [{"starts": a, "ends": b} for a, b in old.rule()["breaks"]]
    dates = {"validFrom": old.valid_from, "validTo": old.valid_to}
    given = old.rule() | {"breaks": breaks} | dates | changes
    found = schedule.changed(board, call.caller, point, was, _read(given, point, old.id))
    return _done(call, board, found, 200)


def delete_series(call: Call) -> Answer:
    """End a series from tomorrow on."""
    board, point = _point(call)
    was = schedule.find(board, point, SeriesId(call.params["series"]), _etag(call))
    return _done(call, board, schedule.changed(board, call.caller, point, was, None), 200)


def undo_series(call: Call) -> Answer:
    """Undo the last edit of a series, be it the first or its end."""
    board, point = _point(call)
    number = int(call.body.undo_token)
    series = SeriesId(call.params["series"])
    return _done(call, board, schedule.undone(board, call.caller, point, series, number), 200)


def series_answer(series: Series) -> SeriesAnswer:
    """Return a series as callers see it."""
    rule = series.rule()
    shown = {name: value for name, value in rule.items() if name not in OTHERWISE}
    return SeriesAnswer(
        **shown,
        on_holidays=series.on_holidays,
        id=series.id,
        breaks=[BreakAnswer(starts=a, ends=b) for a, b in rule["breaks"]],
        valid_from=series.valid_from.isoformat(),
        valid_to=series.valid_to.isoformat() if series.valid_to else None,
        places_per_hour=places_an_hour(series),
        places_per_week=places_a_week(series),
        etag=f'"{series.number}"',
    )


def _point(call: Call) -> tuple[Board, Point]:
    services: Services = call.suite
    board = services.board
    return board, schedule.point_of(board, call.caller, PointId(call.params["point"]))


def _etag(call: Call) -> str:
    return call.headers[IF_MATCH.name].strip().removeprefix("W/").strip('"')


def _read(given: Mapping[str, Any], point: Point, series: SeriesId) -> Series:
    """Return the rule. Raises InvalidRequest for what no point could mean."""
    breaks = sorted((one["starts"], one["ends"]) for one in given["breaks"])
    try:
        return from_rule(
            {**given, "breaks": breaks, "number": 0},
            point=point.id,
            powiat=point.powiat,
            series=series,
            valid_from=given["validFrom"],
            valid_to=given["validTo"],
        )
    except ValueError as wrong:
        raise InvalidRequest({"series": str(wrong)}) from None


def _done(call: Call, board: Board, found: Impact, status: int) -> Answer:
    """Answer a preview, or carry the edit out; what is cut off, upkeep completes."""
    if call.query.dry_run if call.query else False:
        return Answer(_impact(found, None, settled=False))
    edit = found.edit
    if found.plan is schedule.EMPTY:
        return Answer(_impact(found, edit, settled=True), 200)
    edit = schedule.begin(board, found)
    try:
        settle(board, edit)
        settled = True
    except Overloaded:
        settled = False
    return Answer(_impact(found, edit, settled=settled), status)


def _impact(found: Impact, edit: Edit | None, *, settled: bool) -> ImpactAnswer:
    same = keeping_their_time(found.plan, found.visits)
    return ImpactAnswer(
        dry_run=edit is None,
        settled=settled,
        creates=places_in(found.plan.creates),
        withdraws=places_in(found.plan.withdraws),
        keeps=places_in(found.plan.keeps),
        affected_visits=[_affected(visit, visit.id in same) for visit in found.visits],
        series=series_answer(edit.after) if edit and edit.after else None,
        undo_token=str(edit.number) if edit else None,
    )


def _affected(visit: Visit, keeps_time: bool) -> AffectedVisit:
    slot: SlotKey = visit.place.slot
    return AffectedVisit(
        id=visit.id,
        slot_id=str(slot),
        start_at=instant(visit.starts_at),
        vaccine=visit.vaccine,
        dose=visit.dose,
        keeps_time=keeps_time,
    )


REFUSALS = (NotAllowed, NotFound, Overloaded)
SERIES = "/v1/points/{point}/series"
ROUTES = Routes(
    "schedule",
    (
        Route(
            "POST",
            SERIES,
            post_series,
            "Make a series",
            {200: ImpactAnswer, 201: ImpactAnswer},
            roles=PLANNERS,
            query=DryRun,
            body=SeriesBody,
            headers=(REPEAT,),
            refusals=(*REFUSALS, InvalidRequest, VersionMismatch, IdempotencyConflict),
            limit="schedule",
        ),
        Route(
            "GET",
            SERIES,
            get_series,
            "The point's series",
            {200: SeriesList},
            roles=PLANNERS,
            refusals=REFUSALS,
            limit="schedule",
        ),
        Route(
            "PATCH",
            SERIES + "/{series}",
            patch_series,
            "Change a series",
            {200: ImpactAnswer},
            roles=PLANNERS,
            query=DryRun,
            body=SeriesPatch,
            headers=(IF_MATCH,),
            refusals=(*REFUSALS, InvalidRequest, VersionMismatch),
            limit="schedule",
        ),
        Route(
            "DELETE",
            SERIES + "/{series}",
            delete_series,
            "End a series",
            {200: ImpactAnswer},
            roles=PLANNERS,
            query=DryRun,
            headers=(IF_MATCH,),
            refusals=(*REFUSALS, InvalidRequest, VersionMismatch),
            limit="schedule",
        ),
        Route(
            "POST",
            SERIES + "/{series}:undo",
            undo_series,
            "Undo the last edit of a series",
            {200: ImpactAnswer},
            roles=PLANNERS,
            query=DryRun,
            body=UndoBody,
            refusals=(*REFUSALS, InvalidRequest, VersionMismatch),
            limit="schedule",
        ),
    ),
)
