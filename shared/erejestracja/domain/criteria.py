"""What a person looks for, and what is found."""

from dataclasses import dataclass
from datetime import date, time

from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.point import Location
from erejestracja.domain.session import SessionState


@dataclass(frozen=True, slots=True)
class Area:
    """Where to look: a point, a TERYT area (2, 4 or 7 digits), a circle, or the whole nation."""

    point: PointId | None = None
    teryt: str | None = None
    near: Location | None = None
    radius_km: float | None = None


@dataclass(frozen=True, slots=True)
class Criteria:
    """What a person wants. Days and hours are local; `hour_to` is exclusive."""

    area: Area = Area()
    vaccine: VaccineCode | None = None
    dose: int | None = None
    from_: date | None = None
    to: date | None = None
    hour_from: time | None = None
    hour_to: time | None = None
    access: frozenset[str] = frozenset()
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A slot that the read model believes free: its session's state, its index, how far it is."""

    state: SessionState
    index: int
    distance_km: float | None
