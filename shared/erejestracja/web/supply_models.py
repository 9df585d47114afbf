"""What callers send and read about what a point has to give."""

from typing import Annotated

from pydantic import Field

from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.supply import MOST_A_WEEK, DeliveryStatus
from erejestracja.domain.vials import MOST_DOSES
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.schedule_models import Day, Vaccine

Doses = Annotated[int, Field(ge=1, le=MOST_DOSES)]


class SupplyPatch(RequestModel):
    """What is to be different.

    `weeklyLimit` null is no limit. Of `controlled` vaccines no more places are published than doses
    are in stock or confirmed; what stands already stays.
    """

    weekly_limit: Annotated[int, Field(ge=0, le=MOST_A_WEEK)] | None = None
    controlled: Annotated[list[Vaccine], Field(max_length=20)] | None = None


class DeliveryBody(RequestModel):
    """Doses that are to come on a local day; they cover places once they are `confirmed`."""

    vaccine: Vaccine
    doses: Doses
    expected_on: Day
    confirmed: bool = False


class DeliveryPatch(RequestModel):
    """What is to be different; a delivery that was cancelled may be confirmed again.

    Without a `strategy` all that is published stays so, which asks for an `override` where that is
    without a dose. With one, the latest free places fall first. Visits that no dose is there for
    even so want another place (`reaccommodate`) or are cancelled with a message (`cancel`), both
    for a `reason`; or they take place all the same (`keep`), which asks for an `override`.
    """

    status: DeliveryStatus | None = Field(None, strict=False)
    doses: Doses | None = None
    expected_on: Day | None = None
    strategy: Strategy | None = Field(None, strict=False)
    reason: ClosureReason | None = Field(None, strict=False)


class ExpectedDeliveryAnswer(AnswerModel):
    """A delivery; `arrived` of its doses are in the ledger of vials."""

    id: str
    vaccine: str
    doses: int
    arrived: int
    expected_on: str
    status: str
    etag: str


class MissingAnswer(AnswerModel):
    """How many places of a local day no dose is there for."""

    date: str
    vaccine: str
    places: int


class SupplyAnswer(AnswerModel):
    """A point's terms, the deliveries it was told of, and the days that are not covered."""

    weekly_limit: int | None = None
    controlled: list[str]
    deliveries: list[ExpectedDeliveryAnswer]
    missing: list[MissingAnswer]
    etag: str
