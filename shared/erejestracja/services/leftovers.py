"""What open vials will be left with at the end of the day: doses for whoever can come."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.vials import left_open
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.services.clinic import Clinic

STILL_COMES = frozenset({VisitStatus.BOOKED, VisitStatus.ARRIVED})


@dataclass(frozen=True, slots=True)
class Leftover:
    """A vaccine's doses in open vials: now, and once all `expected` people have had theirs."""

    vaccine: VaccineCode
    open_now: int
    expected: int
    left: int


def leftovers(clinic: Clinic, point: PointId, today: Iterable[Visit]) -> Sequence[Leftover]:
    """Return the leftovers of each vaccine that a point has, by today's visits."""
    expected = Counter(visit.vaccine for visit in today if visit.status in STILL_COMES)
    good = [lot for lot in clinic.vials.lots(point) if lot.expires_on >= clinic.today()]
    found = []
    for vaccine in sorted({lot.vaccine for lot in good}):
        lots = [lot for lot in good if lot.vaccine == vaccine]
        coming = expected[vaccine]
        found.append(Leftover(vaccine, left_open(lots, 0), coming, left_open(lots, coming)))
    return found
