"""Take in files: step by step, each step one commit, a report row per row.

A step writes its part of the report, then commits its rows together with how far the import is and
which part that was. So a kill at any moment loses at most a step, which is done again and comes to
the same; and who loses a step to somebody else has written what nobody reads.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any, Protocol

from erejestracja.domain.delimited import BadRow, Layout, layout_of, surveyed
from erejestracja.domain.events import Event
from erejestracja.domain.fields import Columns, Fields
from erejestracja.domain.file import File
from erejestracja.domain.ids import ImportId
from erejestracja.domain.imports import (
    REPORT_HEAD,
    ImportStatus,
    Progress,
    RefusedFile,
    RowReport,
    Step,
    Taken,
    Verdict,
)
from erejestracja.ports import Clash, Clock, FileGone, Gone, Publisher

REPORTS = "reports/"
# An invocation stops here and asks to be called again, well before Pub/Sub would do so unasked.
LONGEST_S = 25.0
TRIES = 4
PART_DIGITS = 16

log = logging.getLogger(__name__)


class Contended(Exception):  # noqa: N818 - Pub/Sub delivers again
    """Others kept changing the same rows; the step was not done."""


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

    def parts(self, import_id: ImportId) -> Sequence[str | None]:
        """Return which part of the report each step wrote, in order."""
        ...

    def begin(self, progress: Progress) -> None:
        """Begin an import. Raises Clash if somebody has."""
        ...

    def refuse(self, file: RefusedFile, events: Sequence[Event]) -> datetime:
        """Remember that a file is not taken in. Raises Clash if it was begun or refused."""
        ...

    def advance(self, progress: Progress, taken: Taken | None, events: Sequence[Event]) -> datetime:
        """Store what was taken in and how far the import is then, in one commit.

        Raises Clash or Gone if somebody else has taken this step, or changed what it stands on.
        """
        ...


class Kind(Protocol):
    """A kind of file. Rows are read one by one, and then judged by what there is already."""

    @property
    def folder(self) -> str:
        """Files below this folder are of this kind."""
        ...

    @property
    def columns(self) -> Columns:
        """Return its columns."""
        ...

    @property
    def rows_a_step(self) -> int:
        """Return how many rows one commit takes."""
        ...

    def read(self, fields: Fields) -> Any:
        """Read a row. Raises BadRow."""
        ...

    def judged(self, rows: Sequence[tuple[int, Any]], name: str) -> Step:
        """Say what becomes of rows, each with its line; `name` is the step's own, for events."""
        ...


@dataclass(frozen=True, slots=True)
class Importer:
    """Takes in files of some kinds."""

    files: Files
    imports: Imports
    kinds: Sequence[Kind]
    publisher: Publisher
    clock: Clock
    monotonic: Callable[[], float] = time.monotonic
    longest_s: float = LONGEST_S

    def take(self, file: File) -> None:
        """Begin a file's import, or go on with it; what is no file of a kind is left alone."""
        kind = self._kind_of(file)
        if kind is None or file.name.endswith("/"):
            return
        try:
            self._go_on(self.imports.progress(file.import_id) or self._begun(file, kind))
        except FileGone:
            log.warning("a file was gone before it was taken in")

    def go_on(self, import_id: ImportId) -> None:
        """Go on with an import that has been begun."""
        try:
            self._go_on(self.imports.progress(import_id))
        except FileGone:
            log.warning("a file was gone before it was taken in whole")

    def _kind_of(self, file: File) -> Kind | None:
        return next((kind for kind in self.kinds if file.name.startswith(kind.folder)), None)

    def _begun(self, file: File, kind: Kind) -> Progress | None:
        """Read the file once, for its encoding and length; begin, or refuse it."""
        try:
            encoding, count = surveyed(line for line, _ in self.files.lines(file))
            header, offset = next(self.files.lines(file), (b"", 0))
            must = {name: needed for name, (needed, _) in kind.columns.items()}
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
        kind = self._kind_of(progress.file)
        if kind is None:
            log.error("a file is of no kind any more")
            return
        until = self.monotonic() + self.longest_s
        lines = self.files.lines(progress.file, progress.offset)
        while some := list(islice(lines, kind.rows_a_step)):
            pauses = self.monotonic() >= until
            advanced = self._step(kind, progress, some, pauses=pauses)
            if advanced is None or pauses:
                return
            progress = advanced
        self._finish(progress)

    def _step(
        self, kind: Kind, before: Progress, lines: Sequence[tuple[bytes, int]], *, pauses: bool
    ) -> Progress | None:
        """Take in some lines; None if somebody else has, which then is who goes on."""
        texts = (line for line, _ in lines)
        rows, refused = rows_of(kind.read, before.layout, before.line + 1, texts)
        for _ in range(TRIES):
            step = kind.judged(rows, f"{before.id}.{before.step + 1}")
            reports = sorted([*step.reports, *refused], key=lambda report: report.line)
            text = "".join(map(str, reports))
            part = sha256(text.encode()).hexdigest()[:PART_DIGITS]
            after = before.after(reports, lines[-1][1], before.line + len(lines), part)
            self.files.write(part_name(after.id, after.step, part), text)
            events = [*step.events, *([after.event("import.advanced")] if pauses else [])]
            try:
                committed = self.imports.advance(after, step.taken, events)
            except (Clash, Gone):
                # Somebody has just taken the step, or changed what these rows were judged by.
                if self.imports.progress(before.id) != before:
                    return None
                log.info("a step of an import is done again")
                continue
            self.publisher.publish(events, committed)
            if step.then:
                step.then()
            return after
        raise Contended

    def _finish(self, progress: Progress) -> None:
        """Write the report whole, and only then say that the import is finished."""
        head = part_name(progress.id, 0, None)
        self.files.write(head, REPORT_HEAD)
        # Whoever finishes second finds a further step, the finish itself.
        steps = enumerate(self.imports.parts(progress.id)[: progress.step], start=1)
        parts = [part_name(progress.id, step, part) for step, part in steps]
        self.files.join(report_name(progress.file), [head, *parts])
        finished = progress.finished()
        events = [finished.event("import.finished")]
        try:
            committed = self.imports.advance(finished, None, events)
        except Clash:
            return
        self.publisher.publish(events, committed)
        facts = {key: value for key, value in events[0].data.items() if key != "import"}
        log.info("an import is finished", extra={"facts": facts})


def rows_of(
    read: Callable[[Fields], Any], layout: Layout, first: int, lines: Iterable[bytes]
) -> tuple[list[tuple[int, Any]], list[RowReport]]:
    """Read lines, the first of this number: rows, and what was refused; blank ones are neither."""
    rows: list[tuple[int, Any]] = []
    refused = []
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        try:
            rows.append((number, read(layout.fields(line))))
        except BadRow as bad:
            refused.append(RowReport(number, Verdict.REFUSED, bad))
    return rows, refused


def report_name(file: File) -> str:
    """Return where the report of a file is."""
    return f"{REPORTS}{file.name}.{file.generation}.csv"


def part_name(import_id: ImportId, step: int, part: str | None) -> str:
    """Return where a part of the report is that was written for a step; of step 0 is the head."""
    own = f"-{part}" if part else ""
    return f"{REPORTS}parts/{import_id}/{step:06}{own}.csv"
