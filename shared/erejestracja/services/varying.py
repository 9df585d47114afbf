"""Changing one slot, whatever its series says of it."""

from dataclasses import dataclass, replace

from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import InvalidRequest, NotFound
from erejestracja.domain.ids import SlotKey
from erejestracja.domain.point import Point
from erejestracja.domain.session import Visibility
from erejestracja.domain.varied import Varied, last_word, with_varied
from erejestracja.services.schedule import Board, Impact, changed, find


@dataclass(frozen=True, slots=True)
class SlotEdit:
    """What one slot is to be; None is as the series says."""

    places: int | None
    visibility: Visibility | None


def varied(board: Board, actor: Actor, point: Point, slot: SlotKey, wanted: SlotEdit) -> Impact:
    """Return what changing one slot would do. Raises NotFound, InvalidRequest for one of today."""
    found = board.schedules.session(slot.session)
    if slot.session.point != point.id or found is None or not found[0].has(slot):
        raise NotFound
    session, series = found
    starts_at = session.start_of(slot.index)
    if slot.session.day <= board.today():
        raise InvalidRequest({"slot": "is not after today"})
    was = find(board, point, series, None)
    since = last_word(was.series.varied, was.series.adjusted)
    new = Varied(starts_at, wanted.places, wanted.visibility, since)
    after = replace(was.series, varied=with_varied(was.series.varied, new, board.clock.now()))
    return changed(board, actor, point, was, after)
