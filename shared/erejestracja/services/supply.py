"""A point's terms of supply: what it says it gives, and what a schedule is measured by."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from erejestracja.domain.actor import Actor
from erejestracja.domain.advice import Advice, Measure, advice_on
from erejestracja.domain.errors import VersionMismatch
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.supply import Supply
from erejestracja.domain.timetable import Edit, as_edited
from erejestracja.ports import Clash
from erejestracja.services.schedule import Board


def limited(
    board: Board, actor: Actor, point: Point, limit: int | None, etag: str | None
) -> Supply:
    """Set how many doses the point gives in a week at most; None is as many as it has places.

    Raises VersionMismatch where the terms are not as the caller saw them.
    """
    supply = board.supplies.supply(point.id)
    if etag is not None and etag != str(supply.number):
        raise VersionMismatch
    after = replace(supply, weekly_limit=limit, number=supply.number + 1)
    try:
        board.supplies.change(after, actor.subject)
    except Clash:
        raise VersionMismatch from None
    return after


def advice(board: Board, point: Point, edits: Sequence[Edit]) -> list[Advice]:
    """Return what is unusual about the point's schedule as these edits leave it."""
    supply = board.supplies.supply(point.id)
    after = [reach.series for reach in as_edited(board.schedules.series(point), edits)]
    vials = _vials(board, supply, {one.vaccine for one in after})
    return advice_on(
        after,
        {edit.series for edit in edits},
        Measure(supply.weekly_limit, vials),
        board.today() + timedelta(days=1),
        max((edit.until for edit in edits), default=board.today()),
    )


def _vials(board: Board, supply: Supply, codes: Iterable[VaccineCode]) -> dict[VaccineCode, int]:
    """Return the doses of a vial: the point's own lots know best, else the programme's data."""
    programmes = board.programmes.all()
    ruled = {one.code: one.doses_per_vial for each in programmes for one in each.vaccines}
    known = {code: supply.doses_per_vial(code) or ruled.get(code) for code in codes}
    return {code: doses for code, doses in known.items() if doses}
