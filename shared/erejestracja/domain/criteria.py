"""What a person looks for, and what is found."""

from dataclasses import dataclass
from datetime import date, time

from erejestracja.domain.ids import PointId, SessionKey, VaccineCode
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
    """What a person wants. Days and hours are local; `hour_to` is exclusive.

    Any of `vaccines` will do; none named is any at all. Where it is known when the person was
    `born`, places that are for others are none of theirs; nor are those of sessions `but_not`.
    """

    area: Area = Area()
    vaccines: frozenset[VaccineCode] = frozenset()
    dose: int | None = None
    from_: date | None = None
    to: date | None = None
    hour_from: time | None = None
    hour_to: time | None = None
    access: frozenset[str] = frozenset()
    internal: bool = False
    born: date | None = None
    but_not: frozenset[SessionKey] = frozenset()

    @property
    def vaccine(self) -> VaccineCode | None:
        """Return the one vaccine that will do, where there is just one."""
        return next(iter(self.vaccines)) if len(self.vaccines) == 1 else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A slot that the read model believes free: its session's state, its index, how far it is.

    `vaccine` is which of several the slot is offered with, to who said which will do; None where
    its session has one, or where any will do.
    """

    state: SessionState
    index: int
    distance_km: float | None
    vaccine: VaccineCode | None = None

    @property
    def fit(self) -> int:
        """Return how many vaccines the place could serve: the fewer, the sooner it is given."""
        return len(self.state.session.vaccines)

    @property
    def offers(self) -> VaccineCode:
        """Return the vaccine that the slot is shown with."""
        return self.vaccine or self.state.session.vaccine


def one_of(vaccine: str | None) -> frozenset[VaccineCode]:
    """Return what will do for who named a vaccine, or none."""
    return frozenset({VaccineCode(vaccine)} if vaccine else ())
