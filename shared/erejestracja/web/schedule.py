"""A point's series over HTTP: made, listed, changed, ended, each with a preview."""

from collections.abc import Mapping
from typing import Any, Protocol

from erejestracja.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    Overloaded,
)
from erejestracja.domain.ids import PointId, derived_id
from erejestracja.domain.point import Point
from erejestracja.domain.series import Series, SeriesId, from_rule
from erejestracja.domain.session import Visibility
from erejestracja.domain.timetable import (
    NO_PLAN,
    Edit,
    keeping_their_time,
    places_a_week,
    places_an_hour,
    places_in,
)
from erejestracja.services import schedule, varying
from erejestracja.services.schedule import Board, Impact
from erejestracja.services.settling import settle
from erejestracja.services.varying import SlotEdit
from erejestracja.web import (
    adjustments,
    closures,
    copying,
    replans,
    schedule_files,
    supply,
    vaccine_changes,
    webhooks,
)
from erejestracja.web.conditional import version_named
from erejestracja.web.routing import Answer, Call, Header, Route, Routes
from erejestracja.web.schedule_models import (
    EDIT_REFUSALS,
    PLANNERS,
    REFUSALS,
    BreakAnswer,
    DryRun,
    ImpactAnswer,
    MakeQuery,
    SeriesAnswer,
    SeriesBody,
    SeriesList,
    SeriesPatch,
    SlotPatch,
    UndoBody,
    WarningAnswer,
    affected,
)
from erejestracja.web.slots import slot_key
from erejestracja.web.supply import warnings

IF_MATCH = Header("If-Match", "Only if the series still has this etag.", True, '"12"')
REPEAT = Header("Idempotency-Key", "A repeat with the same key makes no second series.")
ID_LENGTH = 16
# What of a rule an answer shows in another form.
OTHERWISE = (
    "number",
    "breaks",
    "onHolidays",
    "closed",
    "fallen",
    "varied",
    "adjusted",
    "also",
    "substituted",
)
# What a change may take away.
OPTIONAL = ("validTo", "releaseHours", "bornFrom", "bornTo", "room")


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def board(self) -> Board:
        """The schedule's use cases."""
        ...


def post_series(call: Call) -> Answer:
    """Make a series; the same key again gives the same one."""
    board, point = _point(call)
    key = call.headers.get(REPEAT.name, call.request_id)
    series_id = SeriesId(derived_id("series", point.id, key, length=ID_LENGTH))
    body = call.body.model_dump(by_alias=True)
    series = _read({"breaks": [], **body, **_vaccines(body)}, point, series_id)
    found = schedule.made(board, call.caller, point, series, as_covered=call.query.as_covered)
    return _done(call, board, point, found, 201)


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
    wrong = [name for name, value in changes.items() if value is None and name not in OPTIONAL]
    if wrong:
        raise InvalidRequest(dict.fromkeys(wrong, "not valid"))
    breaks = [{"starts": a, "ends": b} for a, b in old.rule()["breaks"]]
    dates = {"validFrom": old.valid_from, "validTo": old.valid_to}
    given = old.rule() | {"breaks": breaks} | dates | changes | _vaccines(changes)
    found = schedule.changed(board, call.caller, point, was, _read(given, point, old.id))
    return _done(call, board, point, found, 200)


def delete_series(call: Call) -> Answer:
    """End a series from tomorrow on."""
    board, point = _point(call)
    was = schedule.find(board, point, SeriesId(call.params["series"]), _etag(call))
    return _done(call, board, point, schedule.changed(board, call.caller, point, was, None), 200)


def undo_series(call: Call) -> Answer:
    """Undo the last edit of a series, be it the first or its end."""
    board, point = _point(call)
    number = int(call.body.undo_token)
    series = SeriesId(call.params["series"])
    return _done(
        call, board, point, schedule.undone(board, call.caller, point, series, number), 200
    )


def patch_slot(call: Call) -> Answer:
    """Change one slot, whatever its series says of it."""
    board, point = _point(call)
    slot, body = slot_key(call.params["slot"]), call.body
    shown = Visibility(body.visibility) if body.visibility else None
    wanted = SlotEdit(body.places, shown)
    return _done(call, board, point, varying.varied(board, call.caller, point, slot, wanted), 200)


def series_answer(series: Series) -> SeriesAnswer:
    """Return a series as callers see it."""
    rule = series.rule()
    shown = {name: value for name, value in rule.items() if name not in OTHERWISE}
    return SeriesAnswer(
        **shown,
        vaccines=list(series.vaccines),
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
    return version_named(call.headers[IF_MATCH.name])


def _vaccines(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a rule says of vaccines where a body names one, or several."""
    named = given.get("vaccines") or [one for one in [given.get("vaccine")] if one]
    return {"vaccine": named[0], "also": named[1:]} if named else {}


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


def _done(call: Call, board: Board, point: Point, found: Impact, status: int) -> Answer:
    """Answer a preview, or carry the edit out; what is cut off, upkeep completes."""
    told = warnings(board, point, [found.edit])
    if call.query.dry_run:
        return Answer(_impact(found, None, told, settled=False))
    edit = found.edit
    if found.plan is NO_PLAN:
        return Answer(_impact(found, edit, told, settled=True), 200)
    edit = schedule.begin(board, found, call.query.override)
    try:
        settle(board, edit)
        settled = True
    except Overloaded:
        settled = False
    return Answer(_impact(found, edit, told, settled=settled), status)


def _impact(
    found: Impact, edit: Edit | None, told: list[WarningAnswer], *, settled: bool
) -> ImpactAnswer:
    same = keeping_their_time(found.plan, found.visits)
    return ImpactAnswer(
        dry_run=edit is None,
        settled=settled,
        creates=places_in(found.plan.creates),
        withdraws=places_in(found.plan.withdraws),
        keeps=places_in(found.plan.keeps),
        affected_visits=[affected(visit, keeps_time=visit.id in same) for visit in found.visits],
        warnings=told,
        series=series_answer(edit.after) if edit and edit.after else None,
        undo_token=str(edit.number) if edit else None,
    )


SLOT = "/v1/points/{point}/slots/{slot}"
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
            query=MakeQuery,
            body=SeriesBody,
            headers=(REPEAT,),
            refusals=(*EDIT_REFUSALS, IdempotencyConflict),
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
            refusals=EDIT_REFUSALS,
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
            refusals=EDIT_REFUSALS,
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
            refusals=EDIT_REFUSALS,
            limit="schedule",
        ),
        Route(
            "PATCH",
            SLOT,
            patch_slot,
            "Change one slot: its places (0 is no slot), who may book it",
            {200: ImpactAnswer},
            roles=PLANNERS,
            query=DryRun,
            body=SlotPatch,
            refusals=EDIT_REFUSALS,
            limit="schedule",
        ),
        *adjustments.ROUTES,
        *closures.ROUTES,
        *copying.ROUTES,
        *schedule_files.ROUTES,
        *vaccine_changes.ROUTES,
        *supply.ROUTES,
        *replans.ROUTES,
        *webhooks.ROUTES,
    ),
)
