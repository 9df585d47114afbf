"""An import: a file dropped into a bucket, and how far it has been taken in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from erejestracja.domain.delimited import BadRow, Layout
from erejestracja.domain.events import Event
from erejestracja.domain.file import File
from erejestracja.domain.footing import Footing
from erejestracja.domain.ids import EventId, ImportId, PatientId, ReferralId
from erejestracja.domain.point import Point
from erejestracja.domain.referral_rows import ReferralRow
from erejestracja.domain.standby import Joins
from erejestracja.domain.timetable import Edit


class Verdict(StrEnum):
    """What became of a row. `repeated` was there before, and stays as it was."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    REFUSED = "refused"


class ImportStatus(StrEnum):
    """Whether there is more to take in; `refused` files are not begun."""

    RUNNING = "running"
    FINISHED = "finished"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowReport:
    """What became of the row at a line of the file (the header is line 1).

    `why` is what is wrong with a row that is refused, or looks wrong with one that is accepted.
    """

    line: int
    verdict: Verdict
    why: BadRow | None = None

    def __str__(self) -> str:
        """Return it as a line of the report."""
        reason, column = (self.why.reason, self.why.column) if self.why else ("", "")
        return f"{self.line};{self.verdict};{reason};{column}\r\n"


REPORT_HEAD = "line;status;reason;column\r\n"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file has been taken in, after `step` commits.

    `offset` counts bytes and `line` lines that are behind; `lines` is how many the file has. `part`
    names what the last step reported, of all that was written for it.
    """

    file: File
    layout: Layout
    lines: int
    offset: int
    line: int
    step: int = 0
    accepted: int = 0
    repeated: int = 0
    refused: int = 0
    status: ImportStatus = ImportStatus.RUNNING
    part: str | None = None

    @property
    def id(self) -> ImportId:
        """Return the import's id."""
        return self.file.import_id

    def after(self, reports: list[RowReport], offset: int, line: int, part: str) -> Self:
        """Return how far it is when these rows are behind."""
        verdicts = [report.verdict for report in reports]
        return replace(
            self,
            step=self.step + 1,
            offset=offset,
            line=line,
            accepted=self.accepted + verdicts.count(Verdict.ACCEPTED),
            repeated=self.repeated + verdicts.count(Verdict.REPEATED),
            refused=self.refused + verdicts.count(Verdict.REFUSED),
            part=part,
        )

    def finished(self) -> Self:
        """Return how it is when its report is written."""
        return replace(self, step=self.step + 1, status=ImportStatus.FINISHED, part=None)

    def event(self, kind: str) -> Event:
        """Return what is told of it now."""
        data = {
            "import": self.id,
            "step": self.step,
            "lines": self.lines,
            "line": self.line,
            "accepted": self.accepted,
            "repeated": self.repeated,
            "refused": self.refused,
        }
        return Event(EventId(f"{self.id}.{self.step}"), "imports", kind, data)


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file that is not taken in at all, and why."""

    file: File
    bad: BadRow
    at: datetime

    def event(self) -> Event:
        """Return what is told of it."""
        data = {"import": self.file.import_id, "reason": self.bad.reason}
        return Event(EventId(f"{self.file.import_id}.refused"), "imports", "import.refused", data)


@dataclass(frozen=True, slots=True, repr=False)
class Registration:
    """A referral and the person it is for."""

    patient: PatientId
    row: ReferralRow


@dataclass(frozen=True, slots=True)
class Registrations:
    """People and referrals that are new: they are inserted."""

    people: Sequence[Registration]
    referrals: Sequence[Registration]


@dataclass(frozen=True, slots=True)
class Listing:
    """Points that are new, which are inserted, and points that are otherwise than before.

    Each of these with when the state was written that it was judged by, and that it ends.
    """

    new: Sequence[Point]
    changed: Sequence[tuple[Point, datetime]]


@dataclass(frozen=True, slots=True)
class Planned:
    """Edits of points' schedules, each with the number it ends, and what each point stands on."""

    edits: Sequence[tuple[Edit, int | None]]
    footings: Sequence[Footing]


Taken = Registrations | Listing | Planned | Joins


@dataclass(frozen=True, slots=True)
class Step:
    """What some rows come to: a report of each, what is stored by it, which events that is.

    `then` is done once that is committed; where it is cut off, another part of the suite does it.
    """

    reports: list[RowReport]
    taken: Taken
    events: tuple[Event, ...] = ()
    then: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """Who and what is there already."""

    people: set[PatientId] = field(default_factory=set)
    referrals: set[tuple[PatientId, ReferralId]] = field(default_factory=set)
