"""A region's points over HTTP, for who coordinates it: figures and hours, and nobody's data."""

from typing import Annotated, Protocol

from pydantic import Field

from erejestracja.domain.actor import Role
from erejestracja.domain.closures import Closure
from erejestracja.domain.errors import InvalidRequest, NotAllowed, NotFound, Overloaded
from erejestracja.domain.ids import PointId
from erejestracja.domain.oversight import Figures, Places
from erejestracja.domain.point import Point
from erejestracja.domain.session import SessionState
from erejestracja.services import oversight
from erejestracja.services.oversight import MOST_POINTS, USUAL_POINTS, Overseer, Wanted
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Route
from erejestracja.web.slots import instant
from erejestracja.web.vaccination_models import Day

COORDINATORS = frozenset({Role.COORDINATOR})
LONGEST_SEARCH = 60


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def overseer(self) -> Overseer:
        """The use cases."""
        ...


class OverseenQuery(RequestModel):
    """Points whose name, town or postal code has all of these words; or those without hours."""

    q: Annotated[str, Field(max_length=LONGEST_SEARCH)] = ""
    silent: bool = False
    page_size: Annotated[int, Field(ge=1, le=MOST_POINTS)] = USUAL_POINTS
    page_token: Annotated[str, Field(max_length=16)] | None = None


class OverseenWeekQuery(RequestModel):
    """A day of the week that is wanted; today without one."""

    date: Day | None = None


class RegionAnswer(AnswerModel):
    """A region: its points, those with no hours within a fortnight, places free until then."""

    region: str
    points: int
    silent: int
    free_within_week: int
    free_within_fortnight: int
    as_of: str


class PlacesAnswer(AnswerModel):
    """Places still to come within a fortnight; what is held is neither free nor booked."""

    published: int
    free_within_week: int
    free_within_fortnight: int
    booked: int


class OverseenClosure(AnswerModel):
    """When a point, or only a room of it, is shut, and why."""

    from_: str = Field(alias="from")
    to: str
    reason: str
    room: str | None = None


class FiguresAnswer(AnswerModel):
    """A point's fortnight.

    `own` places only the point books, `central` ones everybody; `centralShare` is their part, left
    out where there are none. `given` are the doses of the last seven days.
    """

    own: PlacesAnswer
    central: PlacesAnswer
    central_share: float | None = None
    given: int
    silent: bool
    closures: list[OverseenClosure]


class OverseenPoint(AnswerModel):
    """A point; without `figures` where it has more places than one look counts."""

    id: str
    name: str
    address: str
    powiat: str
    voivodeship: str
    figures: FiguresAnswer | None = None


class OverseenPointsAnswer(AnswerModel):
    """A page of points by name; `matching` are all that fit."""

    points: list[OverseenPoint]
    matching: int
    as_of: str
    next_page_token: str | None = None


class OverseenSession(AnswerModel):
    """Hours of a day: a run of slots, and how many of its places are free."""

    date: str
    start_at: str
    end_at: str
    vaccines: list[str]
    dose: int
    visibility: str
    places: int
    free: int


class OverseenWeekAnswer(AnswerModel):
    """A point's week, Monday to Sunday."""

    point: str
    from_: str = Field(alias="from")
    to: str
    sessions: list[OverseenSession]
    as_of: str


def get_region(call: Call) -> Answer:
    """Return a region's figures."""
    region = call.params["region"]
    found = oversight.totals(_parts(call), call.caller, region)
    return Answer(
        RegionAnswer(
            region=region,
            points=found.points,
            silent=len(found.silent),
            free_within_week=found.free_week,
            free_within_fortnight=found.free,
            as_of=instant(found.as_of),
        )
    )


def get_points_of_region(call: Call) -> Answer:
    """Return a page of a region's points."""
    query: OverseenQuery = call.query
    after = PointId(query.page_token) if query.page_token else None
    wanted = Wanted(query.q, query.silent, after, query.page_size)
    found = oversight.points_of(_parts(call), call.caller, call.params["region"], wanted)
    return Answer(
        OverseenPointsAnswer(
            points=[_point(point, figures) for point, figures in found.found],
            matching=found.matching,
            as_of=instant(found.as_of),
            next_page_token=found.following,
        )
    )


def get_week(call: Call) -> Answer:
    """Return a point's week."""
    point = PointId(call.params["point"])
    week = oversight.week_of(
        _parts(call), call.caller, call.params["region"], point, call.query.date
    )
    return Answer(
        OverseenWeekAnswer(
            point=point,
            from_=week.days[0].isoformat(),
            to=week.days[-1].isoformat(),
            sessions=[_session(one) for one in week.states],
            as_of=instant(week.as_of),
        )
    )


def _parts(call: Call) -> Overseer:
    services: Services = call.suite
    return services.overseer


def _point(point: Point, figures: Figures | None) -> OverseenPoint:
    return OverseenPoint(
        id=point.id,
        name=point.name,
        address=f"{point.address}, {point.postal_code} {point.town}",
        powiat=point.powiat,
        voivodeship=point.voivodeship,
        figures=_figures(figures) if figures else None,
    )


def _figures(figures: Figures) -> FiguresAnswer:
    share = figures.central_share
    return FiguresAnswer(
        own=_places(figures.own),
        central=_places(figures.central),
        central_share=None if share is None else round(share, 3),
        given=figures.given,
        silent=figures.is_silent,
        closures=[_closure(one) for one in figures.closures],
    )


def _places(places: Places) -> PlacesAnswer:
    return PlacesAnswer(
        published=places.published,
        free_within_week=places.free_week,
        free_within_fortnight=places.free,
        booked=places.booked,
    )


def _closure(one: Closure) -> OverseenClosure:
    return OverseenClosure(
        from_=instant(one.closed.from_),
        to=instant(one.closed.to),
        reason=one.reason.value,
        room=one.closed.room,
    )


def _session(state: SessionState) -> OverseenSession:
    session = state.session
    return OverseenSession(
        date=session.key.day.isoformat(),
        start_at=instant(session.starts_at),
        end_at=instant(session.start_of(session.slots)),
        vaccines=list(session.vaccines),
        dose=session.dose,
        visibility=session.visibility.value,
        places=session.slots * session.places,
        free=state.free_in_all(),
    )


REGION = "/v1/regions/{region}"
REFUSALS = (NotAllowed, InvalidRequest, Overloaded)
ROUTES = (
    Route(
        "GET",
        REGION,
        get_region,
        "A region's points, those without hours, and places free; PL is the nation",
        {200: RegionAnswer},
        roles=COORDINATORS,
        refusals=(NotAllowed, Overloaded),
        limit="schedule",
    ),
    Route(
        "GET",
        f"{REGION}/points",
        get_points_of_region,
        "A region's points with places, bookings, doses, closures",
        {200: OverseenPointsAnswer},
        roles=COORDINATORS,
        query=OverseenQuery,
        refusals=REFUSALS,
        limit="schedule",
    ),
    Route(
        "GET",
        f"{REGION}/points/{{point}}/week",
        get_week,
        "A point's hours in a week, to who coordinates its region",
        {200: OverseenWeekAnswer},
        roles=COORDINATORS,
        query=OverseenWeekQuery,
        refusals=(*REFUSALS, NotFound),
        limit="schedule",
    ),
)
