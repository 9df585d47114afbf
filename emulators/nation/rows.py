"""The nation's rows, in batches that fit one commit each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from emulators.nation.people import Registered
from erejestracja.domain.point import Point
from erejestracja.domain.representation import Representation
from erejestracja.domain.series import SESSIONS_A_DAY, Series
from erejestracja.domain.session import Session
from erejestracja.storage.spanner.database import Batch
from erejestracja.storage.spanner.horizon import session_values
from erejestracja.storage.spanner.points import POINT, point_values
from erejestracja.storage.spanner.representations import REPRESENTATION, representation_values
from erejestracja.storage.spanner.rows import REFERRAL, referral_values
from erejestracja.storage.spanner.series import SERIES, series_values
from erejestracja.storage.spanner.stock import SESSION

PATIENT = (
    "PatientId",
    "Pesel",
    "GivenName",
    "FamilyName",
    "BirthDate",
    "Sex",
    "Phone",
    "Email",
    "Language",
    "PostalCode",
)
# The nation's series end with what was loaded: upkeep has nothing to add for as long as this.
SETTLED_FOR = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Opened:
    """A point with its openings and the sessions they mean."""

    point: Point
    series: Sequence[Series]
    sessions: Sequence[Session]

    def rows(self) -> int:
        """Return how many rows this is."""
        return 1 + len(self.series) + len(self.sessions)


def put_points(batch: Batch, opened: Sequence[Opened]) -> None:
    """Put points with their openings and sessions into a commit, parents first."""
    _put(batch, "Points", POINT, [point_values(one.point) for one in opened])
    series = [series_values(s, _settled(s)) for one in opened for s in one.series]
    _put(batch, "Series", SERIES, series)
    sessions = [values for one in opened for values in _session_values(one)]
    _put(batch, "Sessions", (*SESSION, "SeriesId"), sessions)


def put_people(batch: Batch, people: Sequence[Registered]) -> None:
    """Put people with their referrals into a commit."""
    _put(batch, "Patients", PATIENT, [_person_values(one) for one in people])
    referrals = [referral for one in people for referral in one.referrals]
    _put(batch, "Referrals", REFERRAL, [tuple(referral_values(one).values()) for one in referrals])


def put_representations(batch: Batch, representations: Sequence[Representation]) -> None:
    """Put who acts for whom into a commit."""
    rows = [tuple(representation_values(one).values()) for one in representations]
    _put(batch, "Representations", REPRESENTATION, rows)


def _put(
    batch: Batch, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    if rows:
        stamped = [(*row, COMMIT_TIMESTAMP) for row in rows]
        batch.put_rows(table, (*columns, "UpdatedAt"), stamped)


def _session_values(opened: Opened) -> Iterator[tuple[object, ...]]:
    ids = {series.number: series.id for series in opened.series}
    for session in opened.sessions:
        yield (*session_values(session), ids[session.key.nr // SESSIONS_A_DAY])


def _settled(series: Series) -> date | None:
    return series.valid_to and series.valid_to + SETTLED_FOR


def _person_values(registered: Registered) -> tuple[object, ...]:
    person = registered.person
    return (
        person.id,
        str(registered.pesel),
        person.given_name,
        person.family_name,
        person.birth_date,
        registered.pesel.sex.value,
        person.phone,
        person.email,
        person.language,
        person.postal_code,
    )
