"""A bucket and a ledger of imports in memory, which may be killed at any call."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from erejestracja.domain.events import Event
from erejestracja.domain.file import File
from erejestracja.domain.ids import ImportId, PatientId, PointId, ReferralId
from erejestracja.domain.imports import (
    Listing,
    Planned,
    Progress,
    RefusedFile,
    Registered,
    Registration,
    Registrations,
    Taken,
)
from erejestracja.domain.point import Point
from erejestracja.domain.standby import Joins
from erejestracja.ports import Clash, FileGone
from tests.support.builders import NOW
from tests.support.fake_schedules import FakeSchedules
from tests.support.fake_standby import FakeStandby

HEADER = "referral,pesel,givenName,familyName,programme,kind,issuedOn,expiresOn"


class Killed(BaseException):
    """The process is gone, in the middle of something."""


@dataclass
class Fate:
    """Counts calls; the one numbered `at` does not return, nor does it begin unless `after`."""

    at: int = -1
    after: bool = False
    calls: int = 0

    def struck(self, *, done: bool) -> None:
        """Strike if this is the call."""
        if not done:
            self.calls += 1
        if self.calls == self.at and done == self.after:
            self.at = -1
            raise Killed


@dataclass
class FakeFiles:
    """Port Files."""

    fate: Fate = field(default_factory=Fate)
    objects: dict[str, bytes] = field(default_factory=dict)
    generation: int = 1

    def lines(self, file: File, offset: int = 0) -> Iterator[tuple[bytes, int]]:
        if file.generation != self.generation or file.name not in self.objects:
            raise FileGone
        end = offset
        for line in self.objects[file.name][offset:].splitlines(keepends=True):
            end += len(line)
            yield line, end

    def write(self, name: str, text: str) -> None:
        self.fate.struck(done=False)
        self.objects[name] = text.encode()
        self.fate.struck(done=True)

    def join(self, name: str, parts: Sequence[str]) -> None:
        self.fate.struck(done=False)
        self.objects[name] = b"".join(self.objects[part] for part in parts)
        self.fate.struck(done=True)


@dataclass
class FakeImports:
    """Ports Imports, Registry and Directory; keys say no as Spanner's do."""

    fate: Fate = field(default_factory=Fate)
    rows: dict[tuple[ImportId, int], Progress | RefusedFile] = field(default_factory=dict)
    people: dict[PatientId, Registration] = field(default_factory=dict)
    referrals: dict[tuple[PatientId, ReferralId], Registration] = field(default_factory=dict)
    corrected: dict[PatientId, PatientId] = field(default_factory=dict)
    schedules: FakeSchedules | None = None
    lists: FakeStandby | None = None
    points: dict[PointId, Point] = field(default_factory=dict)
    written: dict[PointId, datetime] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    # Somebody else's referrals, and their points, stored just after they were looked for.
    meanwhile: list[Registration] = field(default_factory=list)
    changed_meanwhile: list[Point] = field(default_factory=list)

    def progress(self, import_id: ImportId) -> Progress | RefusedFile | None:
        steps = [step for one, step in self.rows if one == import_id]
        return self.rows[import_id, max(steps)] if steps else None

    def parts(self, import_id: ImportId) -> list[str | None]:
        steps = sorted(step for one, step in self.rows if one == import_id and step)
        found = [self.rows[import_id, step] for step in steps]
        return [one.part for one in found if isinstance(one, Progress)]

    def begin(self, progress: Progress) -> None:
        self._insert((progress.id, 0), progress)

    def refuse(self, file: RefusedFile, events: Sequence[Event]) -> datetime:
        self._insert((file.file.import_id, 0), file)
        self.events += events
        return NOW

    def renamed(self, people: Iterable[PatientId]) -> Mapping[PatientId, PatientId]:
        return {one: self.corrected[one] for one in people if one in self.corrected}

    def registered(self, people: Sequence[PatientId]) -> Registered:
        there = {one for one in people if one in self.people}
        found = Registered(there, {name for name in self.referrals if name[0] in there})
        for one in self.meanwhile:
            self.people[one.patient] = one
            self.referrals[one.patient, one.row.number] = one
        self.meanwhile = []
        return found

    def listed(self, points: Sequence[PointId]) -> Mapping[PointId, tuple[Point, datetime]]:
        known = [one for one in points if one in self.points]
        found = {one: (self.points[one], self.written[one]) for one in known}
        for point in self.changed_meanwhile:
            self._write(point)
        self.changed_meanwhile = []
        return found

    def advance(self, progress: Progress, taken: Taken | None, events: Sequence[Event]) -> datetime:
        self.fate.struck(done=False)
        if (progress.id, progress.step) in self.rows:
            raise Clash("Imports")
        match taken:
            case Registrations():
                self._register(taken)
            case Listing():
                self._list(taken)
            case Joins():
                assert self.lists
                self.lists.join_all(taken)
            case Planned():
                self._plan(taken)
        self._insert((progress.id, progress.step), progress)
        self.events += events
        self.fate.struck(done=True)
        return NOW

    def _register(self, taken: Registrations) -> None:
        names = [(one.patient, one.row.number) for one in taken.referrals]
        if any(one.patient in self.people for one in taken.people) or {*names} & {*self.referrals}:
            raise Clash("Patients")
        self.people |= {one.patient: one for one in taken.people}
        self.referrals |= dict(zip(names, taken.referrals, strict=True))

    def _list(self, taken: Listing) -> None:
        if any(point.id in self.points for point in taken.new):
            raise Clash("Points")
        if any(since != self.written[point.id] for point, since in taken.changed):
            raise Clash("PointChanges")
        for point in [*taken.new, *(point for point, _ in taken.changed)]:
            self._write(point)

    def _write(self, point: Point) -> None:
        self.points[point.id] = point
        self.written[point.id] = self.written.get(point.id, NOW) + timedelta(seconds=1)

    def _plan(self, taken: Planned) -> None:
        assert self.schedules
        for footing in taken.footings:
            own = [one for one in taken.edits if one[0].point == footing.point]
            self.schedules.begin(own, footing)

    def _insert(self, name: tuple[ImportId, int], row: Progress | RefusedFile) -> None:
        if name in self.rows:
            raise Clash("Imports")
        self.rows[name] = row


@dataclass
class Ticking:
    """A clock that goes on by a second each time it is looked at."""

    seconds: float = 0

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds
