"""Edits of series as rows: many in one commit, whose keys say no to any other."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import groupby

from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import PointId
from erejestracja.domain.series import Series, SeriesId
from erejestracja.domain.timetable import Edit
from erejestracja.storage.spanner.closures import stand_on
from erejestracja.storage.spanner.database import Batch, Keys, commit_time, key
from erejestracja.storage.spanner.fallen import look_again
from erejestracja.storage.spanner.rows import json_text
from erejestracja.storage.spanner.series import SERIES, series_values

EDIT = ("PointId", "Number", "SeriesId", "Actor", "Before", "After", "Until")
# All open edits are few; one value of the index finds them.
OPEN = 0


def put_edits(
    batch: Batch, edits: Sequence[tuple[Edit, int | None]], footings: Sequence[Footing]
) -> None:
    """Put edits into a commit, which clashes where their points' closures or series changed."""
    for footing in footings:
        stand_on(batch, footing)
        if footing.next is not None and not edits:
            _check_next(batch, footing.point, footing.next)
    if not edits:
        return
    batch.insert_rows(
        "SeriesEdits",
        (*EDIT, "OpenShard", "EditedAt"),
        [(*_edit_values(edit), OPEN, commit_time()) for edit, _ in edits],
    )
    ended = [(edit.point, ends) for edit, ends in edits if ends is not None]
    if ended:
        batch.insert_rows("SeriesEnded", ("PointId", "Number"), ended)
    for way, some in groupby((edit for edit, _ in edits), key=_way):
        _WAYS[way](batch, list(some))
    for point in sorted({edit.point for edit, _ in edits if edit.after and edit.after.fallen}):
        look_again(batch, point)


def _way(edit: Edit) -> str:
    if edit.after is None:
        return "ended"
    return "changed" if edit.before else "made"


def _made(batch: Batch, edits: Sequence[Edit]) -> None:
    # Of two who make one series at once the key says no to the second.
    batch.insert_rows("Series", (*SERIES, "UpdatedAt"), _series_rows(edits))


def _changed(batch: Batch, edits: Sequence[Edit]) -> None:
    batch.put_rows("Series", (*SERIES, "UpdatedAt"), _series_rows(edits))


def _ended(batch: Batch, edits: Sequence[Edit]) -> None:
    batch.delete("Series", Keys(exact=[(edit.point, edit.series) for edit in edits]))


_WAYS: Mapping[str, Callable[[Batch, Sequence[Edit]], None]] = {
    "made": _made,
    "changed": _changed,
    "ended": _ended,
}


def _series_rows(edits: Sequence[Edit]) -> list[tuple[object, ...]]:
    return [(*series_values(edit.after, edit.until), commit_time()) for edit in edits if edit.after]


def end_edits(batch: Batch, edits: Sequence[Edit]) -> None:
    """Put into a commit that all sessions follow these edits."""
    rows = [(edit.point, edit.number, None) for edit in edits]
    batch.update_rows("SeriesEdits", ("PointId", "Number", "OpenShard"), rows)


def _check_next(batch: Batch, point: PointId, number: int) -> None:
    """Make the commit clash where the point's next number has been taken; it stays free."""
    edit = Edit(point, SeriesId(""), number, "", None, None, date.min)
    values = (*_edit_values(edit), OPEN, commit_time())
    batch.insert_rows("SeriesEdits", (*EDIT, "OpenShard", "EditedAt"), [values])
    batch.delete("SeriesEdits", key(point, number))


def _edit_values(edit: Edit) -> tuple[object, ...]:
    """Return the values of EDIT's columns."""
    return (
        edit.point,
        edit.number,
        edit.series,
        edit.actor,
        _stored(edit.before),
        _stored(edit.after),
        edit.until,
    )


def _stored(series: Series | None) -> str | None:
    """Return a series as edits keep it: the rule with its validity."""
    if series is None:
        return None
    to = series.valid_to.isoformat() if series.valid_to else None
    return json_text(series.rule() | {"validFrom": series.valid_from.isoformat(), "validTo": to})
