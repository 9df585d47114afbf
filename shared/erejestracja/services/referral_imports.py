"""Files of referrals: people and referrals that are new are stored, what is there stays."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from erejestracja.domain.fields import Columns, Fields
from erejestracja.domain.ids import PatientId, ReferralId
from erejestracja.domain.imports import (
    Registered,
    Registration,
    Registrations,
    RowReport,
    Step,
    Verdict,
)
from erejestracja.domain.referral_rows import COLUMNS, ReferralRow, read


class Registry(Protocol):
    """Who is registered."""

    def renamed(self, people: Iterable[PatientId]) -> Mapping[PatientId, PatientId]:
        """Return whom a PESEL means where that was corrected, by the id it would give."""
        ...

    def registered(self, people: Sequence[PatientId]) -> Registered:
        """Return which of these people there are, and their referrals."""
        ...


@dataclass(frozen=True, slots=True)
class ReferralFiles:
    """Kind of file. `patient_of` makes the opaque id of a PESEL."""

    registry: Registry
    patient_of: Callable[[str], PatientId]
    folder: ClassVar[str] = "referrals/"
    columns: ClassVar[Columns] = COLUMNS
    # Three rows each, some forty cells: well below the 80,000 that Spanner takes in one commit.
    rows_a_step: int = 1000

    def read(self, fields: Fields) -> ReferralRow:
        """Read a row. Raises BadRow."""
        return read(fields)

    def judged(self, rows: Sequence[tuple[int, ReferralRow]], _: str) -> Step:
        """Take in referrals that are new, and people."""
        named = self._named(rows)
        registered = self.registry.registered(sorted({one.patient for _, one in named}))
        people: dict[PatientId, Registration] = {}
        referrals: dict[tuple[PatientId, ReferralId], Registration] = {}
        reports = []
        for line, one in named:
            name = (one.patient, one.row.number)
            if name in registered.referrals or name in referrals:
                reports.append(RowReport(line, Verdict.REPEATED))
                continue
            referrals[name] = one
            if one.patient not in registered.people:
                people.setdefault(one.patient, one)
            reports.append(RowReport(line, Verdict.ACCEPTED))
        return Step(reports, Registrations(list(people.values()), list(referrals.values())))

    def _named(self, rows: Sequence[tuple[int, ReferralRow]]) -> list[tuple[int, Registration]]:
        digests = [self.patient_of(str(row.pesel)) for _, row in rows]
        renamed = self.registry.renamed(digests)
        return [
            (line, Registration(renamed.get(digest, digest), row))
            for digest, (line, row) in zip(digests, rows, strict=True)
        ]
