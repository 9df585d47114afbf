"""Messages to people: asked for in the commit that makes them true, sent once."""

from erejestracja.domain.notice import Notice
from erejestracja.storage.spanner.database import Batch
from erejestracja.storage.spanner.rows import json_text


def request(batch: Batch, notice: Notice) -> None:
    """Ask for a message; the same change asks once, for its id is a key."""
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    batch.insert(
        "Messages",
        MessageId=notice.id,
        PatientId=notice.patient,
        VisitId=notice.visit,
        Template=notice.template,
        Facts=json_text(notice.facts),
        Status="requested",
        Attempts=0,
        CreatedAt=COMMIT_TIMESTAMP,
        UpdatedAt=COMMIT_TIMESTAMP,
    )
