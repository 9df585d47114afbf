"""Where a person waits for a dose left over, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from erejestracja.domain.ids import PatientId
from erejestracja.domain.point import Point
from erejestracja.domain.standby import Standby
from erejestracja.services import own_standby
from erejestracja.services.standby import Reserve
from erejestracja.web.ui.language import language


@dataclass(frozen=True, slots=True)
class Waits:
    """An entry as people see it."""

    entry: Standby
    point: Point | None
    programme: str
    vaccines: str


def reserved(reserve: Reserve, patient: PatientId) -> Sequence[Waits]:
    """Return where a person waits for a dose left over, as people see it."""
    desk = reserve.clinic.desk
    found = []
    for one in own_standby.entries(reserve, patient):
        programme = desk.programmes.get(one.programme)
        names = [known.name for code in one.vaccines if (known := programme.vaccine(code))]
        point = desk.read_model.point(one.point)
        found.append(Waits(one, point, programme.names[language()], ", ".join(names)))
    return found
