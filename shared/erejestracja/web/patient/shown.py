"""A visit with what a page says of it: its point, and its vaccine by name."""

from dataclasses import dataclass
from datetime import date

from erejestracja.domain import calendar
from erejestracja.domain.errors import NotFound
from erejestracja.domain.point import Point
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.services.desk import Desk
from erejestracja.web.ui.language import language

GROUP = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """A visit as people see it. `number` is its id in groups, to be read out on the telephone."""

    visit: Visit
    point: Point
    programme: str
    vaccine: str
    number: str

    @property
    def day(self) -> date:
        """Return the visit's local day."""
        return calendar.local_day(self.visit.starts_at)

    @property
    def may_change(self) -> bool:
        """Tell whether it can still be moved or cancelled by the person."""
        return self.visit.status in (VisitStatus.BOOKED, VisitStatus.ORPHANED)


def shown(desk: Desk, visit: Visit) -> Shown:
    """Return a visit as people see it. Raises NotFound for one at no known point."""
    point = desk.read_model.point(visit.place.slot.session.point)
    if point is None:
        raise NotFound
    programme = desk.programmes.get(visit.programme)
    vaccine = programme.vaccine(visit.vaccine)
    return Shown(
        visit=visit,
        point=point,
        programme=programme.names[language()],
        vaccine=vaccine.name if vaccine else visit.vaccine,
        number=grouped(visit.id),
    )


def grouped(text: str) -> str:
    """Return a long id in groups of four."""
    return " ".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))
