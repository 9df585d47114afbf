"""What search is asked and what it answers: the models of its routes."""

from dataclasses import replace
from typing import Annotated, Self

from pydantic import Field, model_validator

from erejestracja.domain import postal
from erejestracja.domain.criteria import Area, Criteria, one_of
from erejestracja.domain.ids import PointId
from erejestracja.domain.point import Location
from erejestracja.web.criteria import DEFAULT_RADIUS_KM, Near, Wish
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.slots import LocationAnswer, SlotAnswer

AREAS = ("point", "voivodeship", "powiat", "gmina", "near", "postal_code")


class AreaQuery(RequestModel):
    """Where: one of a point, a TERYT area, a place on the map, or a postal code."""

    point: Annotated[str, Field(max_length=16)] | None = None
    voivodeship: Annotated[str, Field(pattern=r"^\d{2}$", examples=["14"])] | None = None
    powiat: Annotated[str, Field(pattern=r"^\d{4}$", examples=["1465"])] | None = None
    gmina: Annotated[str, Field(pattern=r"^\d{7}$", examples=["1465011"])] | None = None
    near: Near | None = Field(None, examples=["52.2297,21.0122"])
    postal_code: Annotated[str, Field(pattern=r"^\d{2}-?\d{3}$", examples=["00-001"])] | None = None
    radius_km: Annotated[float, Field(gt=0, le=1000)] | None = None
    vaccine: Annotated[str, Field(max_length=32)] | None = None
    access: Annotated[str, Field(max_length=32)] | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        narrowest = [name for name in ("point", "near", "postal_code") if getattr(self, name)]
        if len(narrowest) > 1:
            raise ValueError(f"name one of {', '.join(narrowest)}")
        if self.radius_km and not (self.near or self.postal_code):
            raise ValueError("radiusKm needs near or postalCode")
        if self.postal_code and postal.centre(self.postal_code) is None:
            raise ValueError("postalCode is not in use")
        return self

    def area(self) -> Area:
        """Return where to look; the narrowest named counts, areas and circles together."""
        teryt = self.gmina or self.powiat or self.voivodeship
        near = self._near()
        radius = (self.radius_km or (None if teryt else DEFAULT_RADIUS_KM)) if near else None
        point = PointId(self.point) if self.point else None
        return Area(point=point, teryt=teryt, near=near, radius_km=radius)

    def criteria(self) -> Criteria:
        """Return what the services understand."""
        return Criteria(
            area=self.area(),
            vaccines=one_of(self.vaccine),
            access=self._access(),
        )

    def _access(self) -> frozenset[str]:
        return frozenset(self.access.split(",")) if self.access else frozenset()

    def _near(self) -> Location | None:
        if self.near:
            lat, lon = (float(part) for part in self.near.split(","))
            return Location(lat, lon)
        return postal.centre(self.postal_code) if self.postal_code else None


class PointsQuery(AreaQuery):
    """Which points, a page at a time."""

    page_size: Annotated[int, Field(ge=1, le=100)] = 50
    page_token: Annotated[str, Field(max_length=200)] | None = None


class AvailabilityQuery(AreaQuery, Wish):
    """Which places, on which local days; `hourTo` is exclusive."""

    def criteria(self) -> Criteria:
        """Return what the services understand."""
        return self.within(self.area(), self._access())


class ProposeQuery(AvailabilityQuery):
    """For whom to propose. Without a radius the nearest ring that has any is near enough."""

    def area(self) -> Area:
        """Return where to look first."""
        return replace(super().area(), radius_km=self.radius_km)


class SlotsQuery(AvailabilityQuery):
    """Which slots, a page at a time."""

    page_size: Annotated[int, Field(ge=1, le=100)] = 20
    page_token: Annotated[str, Field(max_length=200)] | None = None


class PointAnswer(AnswerModel):
    """A vaccination point."""

    id: str
    name: str
    address: str
    postal_code: str
    gmina: str
    powiat: str
    voivodeship: str
    location: LocationAnswer
    kind: str
    access: tuple[str, ...]
    phone: str
    vaccines: tuple[str, ...]
    distance_km: float | None = None


class PointsAnswer(AnswerModel):
    """A page of points."""

    points: tuple[PointAnswer, ...]
    next_page_token: str | None = None


class SlotsAnswer(AnswerModel):
    """A page of slots, true at `asOf`."""

    slots: tuple[SlotAnswer, ...]
    as_of: str
    next_page_token: str | None = None


class ProposalAnswer(AnswerModel):
    """Up to five slots; `widenedToKm` when nothing was as near as asked."""

    slots: tuple[SlotAnswer, ...]
    as_of: str
    widened_to_km: float | None = None


class DayAnswer(AnswerModel):
    """Free places of a local day, and at how many points."""

    date: str
    free: int
    points: int


class CountAnswer(AnswerModel):
    """Free places of a point, day, vaccine and dose.

    A place that serves several vaccines counts under each of them; in `days` it is one.
    """

    point: str
    date: str
    vaccine: str
    dose: int
    free: int


class AvailabilityAnswer(AnswerModel):
    """Counts; `truncated` when more points have places than are listed."""

    days: tuple[DayAnswer, ...]
    points: tuple[CountAnswer, ...]
    as_of: str
    truncated: bool | None = None
