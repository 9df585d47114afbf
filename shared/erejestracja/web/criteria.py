"""What a person wants, as callers write it in a body."""

from datetime import date, time
from typing import Annotated, Self

from pydantic import Field, model_validator

from erejestracja.domain.criteria import Area, Criteria, one_of
from erejestracja.domain.ids import PointId
from erejestracja.domain.point import Location
from erejestracja.web.models import RequestModel

Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["16:00"])]
LATITUDE = r"-?(90(\.0{1,8})?|[0-8]?[0-9](\.[0-9]{1,8})?)"
LONGITUDE = r"-?(180(\.0{1,8})?|(1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,8})?)"
Near = Annotated[str, Field(pattern=f"^{LATITUDE},{LONGITUDE}$")]
DEFAULT_RADIUS_KM = 25.0


class Wish(RequestModel):
    """When and what; every part may be left out. Days and hours are local, `hourTo` exclusive."""

    vaccine: Annotated[str, Field(max_length=32)] | None = None
    dose: Annotated[int, Field(ge=1, le=9)] | None = None
    from_: Annotated[date | None, Field(alias="from", strict=False)] = None
    to: Annotated[date | None, Field(strict=False)] = None
    hour_from: Hour | None = None
    hour_to: Hour | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ and self.to and self.from_ > self.to:
            raise ValueError("from is after to")
        return self

    def within(self, area: Area, access: frozenset[str] = frozenset()) -> Criteria:
        """Return what the services understand, in this area."""
        return Criteria(
            area=area,
            vaccines=one_of(self.vaccine),
            dose=self.dose,
            from_=self.from_,
            to=self.to,
            hour_from=time.fromisoformat(self.hour_from) if self.hour_from else None,
            hour_to=time.fromisoformat(self.hour_to) if self.hour_to else None,
            access=access,
        )


class CriteriaBody(Wish):
    """Where, when and what; every part may be left out."""

    point: Annotated[str, Field(max_length=16)] | None = None
    near: Near | None = Field(None, examples=["52.2297,21.0122"])
    powiat: Annotated[str, Field(pattern=r"^\d{4}$")] | None = None
    voivodeship: Annotated[str, Field(pattern=r"^\d{2}$")] | None = None
    radius_km: Annotated[float, Field(gt=0, le=1000)] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        named = [name for name in ("point", "near", "powiat", "voivodeship") if getattr(self, name)]
        if len(named) > 1:
            raise ValueError(f"name one of {', '.join(named)}")
        return self

    def criteria(self) -> Criteria:
        """Return what the services understand."""
        return self.within(self._area())

    def _area(self) -> Area:
        if self.point:
            return Area(point=PointId(self.point))
        if self.near:
            lat, lon = (float(part) for part in self.near.split(","))
            return Area(near=Location(lat, lon), radius_km=self.radius_km or DEFAULT_RADIUS_KM)
        return Area(teryt=self.powiat or self.voivodeship)
