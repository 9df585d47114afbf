"""Seats: the slots ahead that need doses, and who has them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from erejestracja.domain import calendar
from erejestracja.domain.cover import ONE_DAY, given_by
from erejestracja.domain.ids import VisitId
from erejestracja.domain.point import Point
from erejestracja.domain.replan import Key, OfferedSeats, Seat
from erejestracja.domain.series import SeriesId, expand
from erejestracja.domain.session import Session
from erejestracja.domain.supply import Supply
from erejestracja.domain.timetable import Reach
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.services.schedule import Board

Start = tuple[SeriesId, datetime]


@dataclass(frozen=True, slots=True)
class People:
    """The seats after today that need a controlled dose, and who has which."""

    seats: list[Seat]
    visits: Mapping[Start, list[VisitId]]


def people_of(board: Board, point: Point, series: Sequence[Reach], supply: Supply) -> People:
    """Return the seats of a point's controlled vaccines, and of what has fallen."""
    tomorrow = board.today() + ONE_DAY
    ruled = [one for one in series if one.series.fallen or given_by(one.series) & supply.controlled]
    if not ruled:
        return People([], {})
    visits, open_ = _had(board, point, ruled)
    seats = [
        _seat(reach, session, index, visits, open_)
        for reach in ruled
        for session in expand(reach.series.whole(), tomorrow, reach.until or tomorrow - ONE_DAY)
        for index in range(session.slots)
    ]
    return People(seats, visits)


def _had(
    board: Board, point: Point, series: Sequence[Reach]
) -> tuple[dict[Start, list[VisitId]], Counter[Start]]:
    """Return whose visits start when in each series, and how many places are not withdrawn."""
    tomorrow = board.today() + ONE_DAY
    last = max(one.until or tomorrow for one in series)
    stand = board.schedules.standing_by_series(point.id, calendar.days(tomorrow, last))
    sessions = [(r.series.id, s.session) for r in series for s in stand.get(r.series.id, ())]
    claims = board.schedules.claims([one for _, one in sessions]) if sessions else {}
    visits: dict[Start, list[VisitId]] = {}
    open_: Counter[Start] = Counter()
    for name, session in sessions:
        for index in range(session.slots):
            open_[name, session.start_of(index)] += session.places
        for place, claim in claims.get(session.key, {}).items():
            start = name, session.start_of(place.slot.index)
            if claim.kind == "visit":
                visits.setdefault(start, []).append(VisitId(claim.id))
            is_own = session.is_own(place)
            open_[start] += -(claim.kind == "withdrawn") if is_own else claim.kind == "visit"
    return visits, open_


def _seat(
    reach: Reach,
    session: Session,
    index: int,
    visits: Mapping[Start, Sequence[VisitId]],
    open_: Mapping[Start, int],
) -> Seat:
    series, starts_at = reach.series, session.start_of(index)
    start = series.id, starts_at
    fallen = next((one for one in series.fallen if one.hits(starts_at, session.step)), None)
    taken = len(visits.get(start, ()))
    if fallen:
        # A place that nobody has any more, and nobody may have, needs no dose.
        taken = min(dict(fallen.stays).get(starts_at, 0), open_.get(start, 0))
    kind = session.vaccines
    return Seat(series.id, starts_at, kind, session.places, taken, has_fallen=fallen is not None)


def beyond(
    board: Board, offers: Mapping[Key, OfferedSeats], people: Mapping[Start, Sequence[VisitId]]
) -> dict[Key, list[Visit]]:
    """Return the visits that no dose is there for: of those in one slot, who booked last."""
    short = [(seat, n) for offer in offers.values() for seat, n in offer.beyond()]
    ids = [one for seat, _ in short for one in people.get((seat.series, seat.starts_at), ())]
    known = {visit.id: visit for visit in board.schedules.visits(ids)} if ids else {}
    found: dict[Key, list[Visit]] = {}
    for seat, covered in short:
        names = people.get((seat.series, seat.starts_at), ())
        visits = [known[one] for one in names if one in known]
        visits.sort(key=lambda visit: (visit.created_at, visit.id))
        hit = [visit for visit in visits[covered:] if visit.status is VisitStatus.BOOKED]
        found.setdefault(seat.key, []).extend(hit)
    return found
