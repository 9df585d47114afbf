"""A point's day over the real Spanner emulator."""

from typing import Any

from erejestracja.domain.visit import Visit
from erejestracja.services.clinic import Clinic
from erejestracja.storage.spanner.database import Batch, Database
from erejestracja.storage.spanner.day_book import SpannerDayBook
from erejestracja.storage.spanner.deeds import SpannerDeeds
from erejestracja.storage.spanner.rows import place_values, visit_values
from erejestracja.storage.spanner.supply import SpannerSupplies
from erejestracja.storage.spanner.vials import SpannerVials
from tests.support.builders import a_point, a_session
from tests.support.clinic_case import NEXT
from tests.support.desk import WatchedDesk, a_desk
from tests.support.spanner import SpannerStore


def a_clinic(database: Database, **changes: Any) -> Clinic:
    """Return a clinic of its own, as another instance of the function would have."""
    other = a_point(id="bbbbbbbbbb", name="Druga")
    store = SpannerStore(database)
    desk: WatchedDesk = a_desk(store, [a_session(), NEXT], [a_point(), other], **changes)
    return Clinic(
        desk,
        SpannerDeeds(database),
        SpannerVials(database),
        SpannerDayBook(database),
        SpannerSupplies(database),
    )


def save_visits(database: Database, *visits: Visit) -> None:
    """Write booked visits with their places."""
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    stamps = {"CreatedAt": COMMIT_TIMESTAMP, "UpdatedAt": COMMIT_TIMESTAMP}

    def fill(batch: Batch) -> None:
        for visit in visits:
            batch.insert("Visits", **visit_values(visit), RequestDigest="digest", **stamps)
            batch.insert(
                "Places",
                **place_values(visit.place),
                Kind="visit",
                ClaimId=visit.id,
                UpdatedAt=COMMIT_TIMESTAMP,
            )

    database.commit(fill)
