"""Take in files of referrals: step by step, each step one commit, a report row per row.

A step writes its part of the report, then commits its rows together with how far the import is. So
a kill at any moment loses at most a step, which is done again and comes to the same.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Protocol

from erejestracja.domain.delimited import BadRow, layout_of, surveyed
from erejestracja.domain.events import Event
from erejestracja.domain.file import File
from erejestracja.domain.ids import ImportId, PatientId, ReferralId
from erejestracja.domain.imports import (
    REPORT_HEAD,
    ImportStatus,
    Progress,
    RefusedFile,
    Registration,
    RowReport,
    Standing,
    Verdict,
)
from erejestracja.domain.referral_rows import COLUMNS, ReferralRow, read
from erejestracja.ports import Clash, Clock, FileGone, Publisher

FOLDER = "referrals/"
REPORTS = "reports/"
# Three rows each, some forty cells: well below the 80,000 that Spanner takes in one commit.
ROWS_A_STEP = 1000
# An invocation stops here and asks to be called again, well before Pub/Sub would do so unasked.
LONGEST_S = 25.0
TRIES = 4
HEAD = -1

log = logging.getLogger(__name__)


class Contended(Exception):  # noqa: N818 - Pub/Sub delivers again
    """Others kept storing the same people; the step was not done."""


class Files(Protocol):
    """The bucket."""

    def lines(self, file: File, offset: int = 0) -> Iterator[tuple[bytes, int]]:
        """Yield each line from an offset on, cut where it is far too long, and where it ends.

        Raises FileGone.
        """
        ...

    def write(self, name: str, text: str) -> None:
        """Store a text as UTF-8, over what is there."""
        ...

    def join(self, name: str, parts: Sequence[str]) -> None:
        """Make one object of many, over what is there."""
        ...


class Imports(Protocol):
    """What has been taken in, and how far each import is."""

    def progress(self, import_id: ImportId) -> Progress | RefusedFile | None:
        """Return how far an import is; None if nobody has begun it."""
        ...

    def begin(self, progress: Progress) -> None:
        """Begin an import. Raises Clash if somebody has."""
        ...

    def refuse(self, file: RefusedFile, events: Sequence[Event]) -> datetime:
        """Remember that a file is not taken in. Raises Clash if it was begun or refused."""
        ...

    def renamed(self, people: Iterable[PatientId]) -> Mapping[PatientId, PatientId]:
        """Return whom a PESEL means where that was corrected, by the id it would give."""
        ...

    def standing(self, people: Sequence[PatientId]) -> Standing:
        """Return which of these people there are, and their referrals."""
        ...

    def advance(
        self,
        progress: Progress,
        people: Sequence[Registration],
        referrals: Sequence[Registration],
        events: Sequence[Event],
    ) -> datetime:
        """Store new people, new referrals and how far the import is then, in one commit.

        Raises Clash if somebody else has taken this step, or stored one of them.
        """
        ...


@dataclass(frozen=True, slots=True)
class Importer:
    """Takes in files. `patient_of` makes the opaque id of a PESEL."""

    files: Files
    imports: Imports
    publisher: Publisher
    clock: Clock
    patient_of: Callable[[str], PatientId]
    monotonic: Callable[[], float] = time.monotonic
    longest_s: float = LONGEST_S

    def take(self, file: File) -> None:
        """Begin a file's import, or go on with it; what is no file of referrals is left alone."""
        if not file.name.startswith(FOLDER) or file.name.endswith("/"):
            return
        try:
            self._go_on(self.imports.progress(file.import_id) or self._begun(file))
        except FileGone:
            log.warning("a file was gone before it was taken in")

    def go_on(self, import_id: ImportId) -> None:
        """Go on with an import that has been begun."""
        try:
            self._go_on(self.imports.progress(import_id))
        except FileGone:
            log.warning("a file was gone before it was taken in whole")

    def _begun(self, file: File) -> Progress | None:
        """Read the file once, for its encoding and length; begin, or refuse it."""
        try:
            encoding, count = surveyed(line for line, _ in self.files.lines(file))
            header, offset = next(self.files.lines(file), (b"", 0))
            must = {name: needed for name, (needed, _) in COLUMNS.items()}
            layout = layout_of(header, encoding, must)
        except BadRow as bad:
            self._refuse(RefusedFile(file, bad, self.clock.now()))
            return None
        progress = Progress(file, layout, lines=count, offset=offset, line=1)
        try:
            self.imports.begin(progress)
        except Clash:
            return None
        return progress

    def _refuse(self, refused: RefusedFile) -> None:
        report = RowReport(1, Verdict.REFUSED, refused.bad)
        self.files.write(report_name(refused.file), REPORT_HEAD + str(report))
        events = [refused.event()]
        try:
            committed = self.imports.refuse(refused, events)
        except Clash:
            return
        self.publisher.publish(events, committed)

    def _go_on(self, progress: Progress | RefusedFile | None) -> None:
        """Do steps until the file's end, or until the time is used up."""
        if not isinstance(progress, Progress) or progress.status is not ImportStatus.RUNNING:
            return
        until = self.monotonic() + self.longest_s
        lines = self.files.lines(progress.file, progress.offset)
        while some := list(islice(lines, ROWS_A_STEP)):
            pauses = self.monotonic() >= until
            advanced = self._step(progress, some, pauses=pauses)
            if advanced is None or pauses:
                return
            progress = advanced
        self._finish(progress)

    def _step(
        self, before: Progress, lines: Sequence[tuple[bytes, int]], *, pauses: bool
    ) -> Progress | None:
        """Take in some lines; None if somebody else has, which then is who goes on."""
        rows = self._understood(before, lines)
        for _ in range(TRIES):
            reports, people, referrals = self._judged(rows)
            after = before.after(reports, lines[-1][1], before.line + len(lines))
            self.files.write(part_name(before), "".join(map(str, reports)))
            events = [after.event("import.advanced")] if pauses else []
            try:
                committed = self.imports.advance(after, people, referrals, events)
            except Clash:
                if self.imports.progress(before.id) != before:
                    return None
                # Somebody has stored one of these people or referrals just now.
                log.info("a step of an import is done again")
                continue
            self.publisher.publish(events, committed)
            return after
        raise Contended

    def _understood(
        self, before: Progress, lines: Sequence[tuple[bytes, int]]
    ) -> list[tuple[int, Registration | BadRow]]:
        """Read lines, each with its number; blank ones are no rows."""
        rows: list[tuple[int, ReferralRow | BadRow]] = []
        for number, (line, _) in enumerate(lines, before.line + 1):
            if not line.strip():
                continue
            try:
                rows.append((number, read(before.layout.fields(line))))
            except BadRow as bad:
                rows.append((number, bad))
        digests = {
            number: self.patient_of(str(row.pesel))
            for number, row in rows
            if isinstance(row, ReferralRow)
        }
        renamed = self.imports.renamed(digests.values())
        return [
            (number, Registration(renamed.get(digests[number], digests[number]), row))
            if isinstance(row, ReferralRow)
            else (number, row)
            for number, row in rows
        ]

    def _judged(
        self, rows: Sequence[tuple[int, Registration | BadRow]]
    ) -> tuple[list[RowReport], list[Registration], list[Registration]]:
        """Return a report of each row, and the people and referrals that are new."""
        wanted = [row.patient for _, row in rows if isinstance(row, Registration)]
        standing = self.imports.standing(sorted(set(wanted)))
        people: dict[PatientId, Registration] = {}
        referrals: dict[tuple[PatientId, ReferralId], Registration] = {}
        reports = []
        for number, row in rows:
            if isinstance(row, BadRow):
                reports.append(RowReport(number, Verdict.REFUSED, row))
                continue
            name = (row.patient, row.row.number)
            if name in standing.referrals or name in referrals:
                reports.append(RowReport(number, Verdict.REPEATED))
                continue
            referrals[name] = row
            if row.patient not in standing.people:
                people.setdefault(row.patient, row)
            reports.append(RowReport(number, Verdict.ACCEPTED))
        return reports, list(people.values()), list(referrals.values())

    def _finish(self, progress: Progress) -> None:
        """Write the report whole, and only then say that the import is finished."""
        head = part_name(progress, HEAD)
        self.files.write(head, REPORT_HEAD)
        parts = [part_name(progress, step) for step in range(progress.step)]
        self.files.join(report_name(progress.file), [head, *parts])
        finished = progress.finished()
        events = [finished.event("import.finished")]
        try:
            committed = self.imports.advance(finished, [], [], events)
        except Clash:
            return
        self.publisher.publish(events, committed)
        facts = {key: value for key, value in events[0].data.items() if key != "import"}
        log.info("an import is finished", extra={"facts": facts})


def report_name(file: File) -> str:
    """Return where the report of a file is."""
    return f"{REPORTS}{file.name.removeprefix(FOLDER)}.{file.generation}.csv"


def part_name(progress: Progress, step: int | None = None) -> str:
    """Return where the part of the report is that a step writes (its own, unless told)."""
    number = progress.step if step is None else step
    return f"{REPORTS}parts/{progress.id}/{number + 1:06}.csv"
