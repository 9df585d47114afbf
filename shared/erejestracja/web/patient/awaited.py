"""For what a person waits, in words: what is kept, who is before them, what is offered now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from erejestracja.domain.criteria import Criteria
from erejestracja.domain.ids import ProgrammeId
from erejestracja.domain.point import Point
from erejestracja.domain.teryt import VOIVODESHIPS
from erejestracja.domain.waiting import Ahead, Entry
from erejestracja.services import waiting
from erejestracja.services.desk import Desk
from erejestracja.services.waiting import Standing, WaitingRoom
from erejestracja.web.patient.shown import Shown, shown
from erejestracja.web.ui.language import language
from erejestracja.web.ui.texts import day, kilometres, t

Rows = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Offered:
    """A place kept for the person: where, when, of what, and how many seconds they have."""

    point: Point
    starts_at: datetime
    vaccine: str
    until: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class Awaited:
    """An entry as people see it; `moves` is the visit that a place is to be had instead of."""

    entry: Entry
    programme: str
    wish: Rows
    longer: str
    lost: str | None
    offer: Offered | None
    moves: Shown | None


def awaited(room: WaitingRoom, standing: Standing) -> Awaited:
    """Return an entry as people see it."""
    desk, entry = room.desk, standing.entry
    visit = desk.records.visit(entry.moves.visit) if entry.moves else None
    return Awaited(
        entry=entry,
        programme=desk.programmes.get(entry.programme).names[language()],
        wish=wish_rows(desk, entry.criteria, entry.programme),
        longer=people(standing.longer),
        lost=people(standing.lost) if standing.lost.most != 0 else None,
        offer=_offered(desk, entry),
        moves=shown(desk, visit[0]) if visit else None,
    )


def wish_rows(desk: Desk, wish: Criteria, programme: ProgrammeId | None = None) -> Rows:
    """Return what is kept of a wish, as a list of what and how."""
    rows = [(t("waiting.where"), _where(desk, wish))]
    rows.append((t("waiting.what"), _vaccine(desk, wish, programme)))
    if wish.from_:
        rows.append((t("waiting.from"), day(wish.from_)))
    if wish.hour_from or wish.hour_to:
        from_, to = wish.hour_from, wish.hour_to
        hours = f"{from_:%H:%M}" if from_ else "0:00", f"{to:%H:%M}" if to else "24:00"
        rows.append((t("waiting.hours"), "–".join(hours)))
    if wish.access:
        rows.append((t("waiting.access"), t("waiting.step_free")))
    return rows


def people(ahead: Ahead) -> str:
    """Return a range of people in words."""
    if ahead.most is None:
        return t("waiting.ahead.more", n=ahead.least - 1)
    if ahead.most == 0:
        return t("waiting.ahead.none")
    return t("waiting.ahead.range", least=ahead.least, most=ahead.most)


def _where(desk: Desk, wish: Criteria) -> str:
    area = wish.area
    if area.point:
        point = desk.read_model.point(area.point)
        return f"{point.name}, {point.town}" if point else area.point
    if area.near:
        return t("waiting.near", km=kilometres(area.radius_km or 0.0))
    return VOIVODESHIPS.get(area.teryt or "", area.teryt or "")


def _vaccine(desk: Desk, wish: Criteria, programme: ProgrammeId | None) -> str:
    if wish.vaccine is None:
        return t("waiting.any_vaccine")
    for one in desk.programmes.all():
        found = one.vaccine(wish.vaccine) if programme in (None, one.id) else None
        if found:
            return found.name
    return wish.vaccine


def _offered(desk: Desk, entry: Entry) -> Offered | None:
    hold = waiting.kept_for(desk, entry)
    if hold is None:
        return None
    point = desk.read_model.point(hold.place.slot.session.point)
    state = desk.read_model.state(hold.place.slot.session)
    if point is None or state is None:
        return None
    code = hold.vaccine or state.session.vaccine
    vaccine = desk.programmes.get(entry.programme).vaccine(code)
    left = hold.expires_at - desk.clock.now()
    return Offered(
        point=point,
        starts_at=state.session.start_of(hold.place.slot.index),
        vaccine=vaccine.name if vaccine else code,
        until=hold.expires_at,
        seconds=max(0, int(left.total_seconds())),
    )
