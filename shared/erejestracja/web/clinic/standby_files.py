"""A file of the point's standby list: taken in at once, then told row by row.

It is not shown before, as a file of rules is: nobody loses anything by it, and to be sent again by
who agrees the numbers of people would have to stand in the page.
"""

from flask import Blueprint, g

from erejestracja.domain.actor import Role
from erejestracja.domain.delimited import BadRow
from erejestracja.domain.ids import PointId
from erejestracja.domain.imports import Verdict
from erejestracja.domain.point import Point
from erejestracja.domain.standby_rows import COLUMNS
from erejestracja.services import standby_upload
from erejestracja.services.standby import Asking
from erejestracja.web.clinic.files import FileForm, own_columns, refused_as, sent_body
from erejestracja.web.clinic.points import HOME, shown, the_point
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("standby_files", __name__, url_prefix=f"{HOME}/<point>/rezerwa/plik")


@PAGES.get("")
@only(Role.ADMIN)
def ask(point: str) -> str:
    """Ask for a file, and say what has to stand in it."""
    return _asked(the_point(point), FileForm())


@PAGES.post("")
@only(Role.ADMIN)
def hand_over(point: str) -> str:
    """Take a file in. No redirect follows: sent again, every row is as it stands."""
    suite().limiter.admit("identify", actor().subject)
    there, form = the_point(point), FileForm.read()
    body = sent_body(form)
    try:
        upload = standby_upload.uploaded(there, body)
    except BadRow as bad:
        refused_as(form, bad, body)
        return _asked(there, form, bad.column)
    asking = Asking(actor(), PointId(point), g.request_id)
    reports = standby_upload.taken_in(suite().reserve, suite().lists, asking, upload)
    verdicts = [report.verdict for report in reports]
    return shown(
        "clinic/standby_file_rows.html",
        there,
        counts={verdict.value: verdicts.count(verdict) for verdict in Verdict},
        refused=[report for report in reports if report.why],
    )


def _asked(there: Point, form: FileForm, column: str = "") -> str:
    facts = {"form": form, "columns": own_columns(COLUMNS), "wrong_column": column}
    return shown("clinic/standby_file.html", there, **facts)
