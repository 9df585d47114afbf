"""A point's weeks to come over HTTP: doses needed, booked, coming and missing."""

from typing import Annotated, Protocol

from pydantic import Field

from erejestracja.domain.errors import InvalidRequest, NotAllowed, NotFound, Overloaded
from erejestracja.domain.forecast import Outlook, WeekAhead, week_name
from erejestracja.domain.ids import PointId
from erejestracja.services.forecast import MOST_WEEKS, USUAL_WEEKS, Forecaster, forecast_of
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Route
from erejestracja.web.slots import instant
from erejestracja.web.stock import KEEPERS


class Services(Protocol):
    """What this route needs of a suite."""

    @property
    def forecaster(self) -> Forecaster:
        """The use case."""
        ...


class WeeksQuery(RequestModel):
    """How many weeks, this one included."""

    weeks: Annotated[int, Field(ge=1, le=MOST_WEEKS)] = USUAL_WEEKS


class WeekAnswer(AnswerModel):
    """A week from Monday to Sunday, named after ISO 8601.

    `due` are next doses nobody has booked that may be given from this week on, `latest` those that
    should be given in this week at the latest, `bookedNext` and `bookedFirst` visits that stand,
    `coming` confirmed deliveries, `missing` doses needed this week that will not be there.
    """

    week: str
    from_: str = Field(alias="from")
    to: str
    due: int
    latest: int
    booked_next: int
    booked_first: int
    needed: int
    coming: int
    missing: int


class OutlookAnswer(AnswerModel):
    """The weeks of one vaccine; `stock` is what may be given of it today."""

    vaccine: str
    stock: int
    weeks: list[WeekAnswer]


class ForecastAnswer(AnswerModel):
    """What a point needs; where it is not `whole`, more is needed than it says."""

    point: str
    as_of: str
    whole: bool
    vaccines: list[OutlookAnswer]


def get_forecast(call: Call) -> Answer:
    """Tell which doses the point will need, week by week."""
    services: Services = call.suite
    found = forecast_of(
        services.forecaster, call.caller, PointId(call.params["point"]), call.query.weeks
    )
    return Answer(
        ForecastAnswer(
            point=found.point.id,
            as_of=instant(found.as_of),
            whole=found.whole,
            vaccines=[_outlook(one) for one in found.outlooks],
        )
    )


def _outlook(one: Outlook) -> OutlookAnswer:
    return OutlookAnswer(
        vaccine=one.vaccine, stock=one.stock, weeks=[_week(week) for week in one.weeks]
    )


def _week(week: WeekAhead) -> WeekAnswer:
    return WeekAnswer(
        week=week_name(week.starts),
        from_=week.starts.isoformat(),
        to=week.ends.isoformat(),
        due=week.due,
        latest=week.latest,
        booked_next=week.booked_next,
        booked_first=week.booked_first,
        needed=week.needed,
        coming=week.coming,
        missing=week.missing,
    )


ROUTES = (
    Route(
        "GET",
        "/v1/points/{point}/forecast",
        get_forecast,
        "Doses needed in the weeks to come, those that are booked, coming and missing",
        {200: ForecastAnswer},
        roles=KEEPERS,
        query=WeeksQuery,
        refusals=(NotAllowed, NotFound, InvalidRequest, Overloaded),
        limit="schedule",
    ),
)
