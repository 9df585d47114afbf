"""A file of the point's weekly rules: what it does is shown, row by row, then done."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, request
from wtforms import FileField, HiddenField

from erejestracja.domain.actor import Role
from erejestracja.domain.delimited import BadRow, surveyed
from erejestracja.domain.fields import Columns
from erejestracja.domain.imports import Verdict
from erejestracja.domain.point import Point
from erejestracja.domain.schedule_rows import COLUMNS
from erejestracja.services import schedule_upload
from erejestracja.services.schedule import Board
from erejestracja.services.schedule_upload import Judged
from erejestracja.web.clinic.edits import Preview, advised, planned, preview_of
from erejestracja.web.clinic.points import HOME, shown
from erejestracja.web.ui.forms import PageForm
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("files", __name__, url_prefix=f"{HOME}/<point>/tydzien/plik")


def own_columns(columns: Columns) -> dict[str, bool]:
    """Return which columns a point's own file has, and whether each must be there."""
    return {name: must for name, (must, _) in columns.items() if name != "point"}


class FileForm(PageForm):
    """A file."""

    file = FileField("files.file", description="files.file_hint")


class AgreedForm(FileForm):
    """A file, or the text of one that was shown already."""

    text = HiddenField()
    agreed = HiddenField()


@PAGES.get("")
@only(Role.ADMIN)
def ask(point: str) -> str:
    """Ask for a file, and say what has to stand in it."""
    there, _ = planned(point)
    return _asked(there, AgreedForm())


@PAGES.post("")
@only(Role.ADMIN)
def hand_over(point: str) -> str:
    """Show what a file would do; once just that was agreed to, do it.

    No redirect follows: sent again, every row is as it stands.
    """
    there, board = planned(point)
    form = AgreedForm.read()
    body = sent_body(form) or (form.text.data or "").encode()
    try:
        upload = schedule_upload.uploaded(there, body)
    except BadRow as bad:
        refused_as(form, bad, body)
        return _asked(there, form, bad.column)
    found = schedule_upload.previewed(board, actor(), upload)
    preview = _preview(found)
    if not found.impacts or form.agreed.data != preview.agreement:
        return _shown(there, board, found, preview=preview, text=_text(body))
    done, settled = schedule_upload.taken_in(board, actor(), upload)
    return _shown(there, board, done, preview=None, waits=not settled)


def _asked(there: Point, form: FileForm, column: str = "") -> str:
    return shown(
        "clinic/file.html", there, form=form, columns=own_columns(COLUMNS), wrong_column=column
    )


def _shown(there: Point, board: Board, found: Judged, **facts: Any) -> str:
    verdicts = [report.verdict for report in found.reports]
    told: dict[str, Any] = {"text": "", "waits": False} | facts
    return shown(
        "clinic/file_rows.html",
        there,
        counts=[(verdict.value, verdicts.count(verdict)) for verdict in Verdict],
        refused=[report for report in found.reports if report.why],
        **advised(board, there, [edit for edit, _ in found.planned.edits]),
        **told,
    )


def _preview(found: Judged) -> Preview:
    """Return what all edits would do together."""
    every: Sequence[Preview] = [preview_of(impact) for impact in found.impacts]
    return Preview(
        creates=sum(one.creates for one in every),
        withdraws=sum(one.withdraws for one in every),
        keeps=sum(one.keeps for one in every),
        relocates=sum(one.relocates for one in every),
        staying=sum(one.staying for one in every),
        losing=tuple(visit for one in every for visit in one.losing),
    )


def sent_body(form: FileForm) -> bytes:
    """Return the file that was sent with a form; empty without one."""
    sent = request.files.get(form.file.name)
    return sent.read() if sent else b""


def refused_as(form: FileForm, bad: BadRow, body: bytes) -> None:
    """Say in a form why what was sent is no file."""
    form.file.errors = [f"files.reasons.{bad.reason}" if body.strip() else "files.none"]


def _text(body: bytes) -> str:
    """Return a file as text, to be sent again by who agrees; it is UTF-8 from then on."""
    encoding, _ = surveyed(body.split(b"\n"))
    return body.decode(encoding, "replace")
