"""A point's standby list handed over as a file by its own staff, taken in as the bucket's are."""

from erejestracja.domain.errors import Overloaded
from erejestracja.domain.imports import RowReport
from erejestracja.domain.point import Point
from erejestracja.domain.standby_rows import COLUMNS, StandbyRow, read
from erejestracja.ports import Clash, Gone
from erejestracja.services import handed_over
from erejestracja.services.clinic import TRIES, check_staff
from erejestracja.services.handed_over import Upload
from erejestracja.services.standby import Asking, Reserve
from erejestracja.services.standby_imports import Lists, judged


def uploaded(point: Point, body: bytes) -> Upload[StandbyRow]:
    """Read a file. Raises BadRow for one that is none."""
    return handed_over.uploaded(point, body, COLUMNS, read)


def taken_in(
    reserve: Reserve, lists: Lists, asking: Asking, upload: Upload[StandbyRow]
) -> tuple[RowReport, ...]:
    """Put on the list whom its rows name, in one commit; say what became of each row.

    Whom a report tells something of finds that in their audit trail. Raises Overloaded.
    """
    check_staff(asking.actor, asking.point)
    if not upload.rows:
        return upload.told(())
    for _ in range(TRIES):
        reports, joins = judged(lists, upload.rows, asking.actor, asking.request_id)
        if not joins.seen:
            return upload.told(reports)
        try:
            at = reserve.lists.join_all(joins)
        except (Clash, Gone):
            continue
        reserve.clinic.desk.publisher.publish([act.event for _, act in joins.joined], at)
        return upload.told(reports)
    raise Overloaded(retry_after=1)
