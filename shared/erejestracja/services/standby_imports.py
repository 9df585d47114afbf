"""Files of standby lists: each row puts somebody on a list, as a desk of that point would."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor
from erejestracja.domain.delimited import BadRow, Reason
from erejestracja.domain.errors import NotFound
from erejestracja.domain.fields import Columns, Fields
from erejestracja.domain.ids import DoseOf, PatientId, PointId, ProgrammeId
from erejestracja.domain.imports import RowReport, Step, Verdict
from erejestracja.domain.point import Point
from erejestracja.domain.programme import Programme
from erejestracja.domain.referral import Referral
from erejestracja.domain.standby import Act, Joins, Standby
from erejestracja.domain.standby_rows import COLUMNS, StandbyRow, read
from erejestracja.ports import Clock, Programmes
from erejestracja.services.joining import LONGEST, Wish, event_of, joined

# Who puts people on lists, on record.
FILE = Actor("import", frozenset())

Name = tuple[PatientId, ProgrammeId]


class Roster(Protocol):
    """What rows are judged by, each of it for all rows at once."""

    def renamed(self, people: Iterable[PatientId]) -> Mapping[PatientId, PatientId]:
        """Return whom a PESEL means where that was corrected, by the id it would give."""
        ...

    def listed(self, points: Sequence[PointId]) -> Mapping[PointId, Point]:
        """Return which of these points there are."""
        ...

    def referrals(self, patients: Sequence[PatientId]) -> Mapping[PatientId, Sequence[Referral]]:
        """Return all referrals of these people."""
        ...

    def standings(self, names: Sequence[Name]) -> Mapping[Name, tuple[Standby | None, int]]:
        """Return where each of them waits, if anywhere, and the number of their last step, or 0."""
        ...

    def booked(self, doses: Sequence[DoseOf]) -> set[DoseOf]:
        """Return for which of these doses there is a visit."""
        ...


@dataclass(frozen=True, slots=True)
class Lists:
    """What standby lists are kept with. `patient_of` makes the opaque id of a PESEL."""

    roster: Roster
    programmes: Programmes
    clock: Clock
    patient_of: Callable[[str], PatientId]


@dataclass(frozen=True, slots=True)
class StandbyFiles:
    """Kind of file."""

    lists: Lists
    folder: ClassVar[str] = "standby/"
    columns: ClassVar[Columns] = COLUMNS
    # The entry, its step, the audit trail and an event: some fifty cells a row.
    rows_a_step: int = 500

    def read(self, fields: Fields) -> StandbyRow:
        """Read a row. Raises BadRow."""
        return read(fields)

    def judged(self, rows: Sequence[tuple[int, StandbyRow]], name: str) -> Step:
        """Put on lists who may wait and does not yet, or change what they wish."""
        reports, joins = judged(self.lists, rows, FILE, name)
        events = tuple(act.event for _, act in joins.joined)
        return Step(reports, joins, events)


def judged(
    lists: Lists, rows: Sequence[tuple[int, StandbyRow]], actor: Actor, request_id: str
) -> tuple[list[RowReport], Joins]:
    """Say what becomes of rows; a later row of a person stands on the earlier one."""
    waiting = _waiting(lists, rows)
    reports: list[RowReport] = []
    joins: list[tuple[Standby, Act]] = []
    for line, row in rows:
        try:
            standby = waiting.judged(row)
        except BadRow as bad:
            reports.append(RowReport(line, Verdict.REFUSED, bad))
            continue
        verdict = Verdict.ACCEPTED if standby else Verdict.REPEATED
        reports.append(RowReport(line, verdict))
        if standby:
            event = event_of(standby, waiting.points[row.point], "standby.joined")
            joins.append((standby, Act(actor, request_id, event)))
    seen = [patient for patient, known in waiting.referrals.items() if known]
    return reports, Joins(joins, seen, actor, request_id)


@dataclass(slots=True)
class Waiting:
    """Who waits where while rows are judged, and what that is judged by."""

    lists: Lists
    patients: Mapping[StandbyRow, PatientId]
    points: Mapping[PointId, Point]
    referrals: Mapping[PatientId, Sequence[Referral]]
    booked: set[DoseOf]
    stands: dict[Name, tuple[Standby | None, int]]
    programmes: dict[ProgrammeId, Programme | None] = field(default_factory=dict)

    def judged(self, row: StandbyRow) -> Standby | None:
        """Return the entry as the row says, None where it stands so already. Raises BadRow."""
        now, patient = self.lists.clock.now(), self.patients[row]
        today = calendar.local_day(now)
        self._check_offer(row)
        if not today <= row.until <= today + LONGEST:
            raise BadRow(Reason.INVALID, "until")
        self._check_person(row, patient)
        name = (patient, row.programme)
        known, number = self.stands[name]
        if known and not known.has_ended(today) and known.point != row.point:
            raise BadRow(Reason.WAITS_ELSEWHERE, "point")
        wish = Wish(patient, row.programme, row.vaccines, row.until)
        standby = joined(now, row.point, wish, known, number)
        if standby == known:
            return None
        self.stands[name] = (standby, standby.number)
        return standby

    def _check_offer(self, row: StandbyRow) -> None:
        point, programme = self.points.get(row.point), self._programme(row.programme)
        if point is None:
            raise BadRow(Reason.UNKNOWN, "point")
        if programme is None:
            raise BadRow(Reason.UNKNOWN, "programme")
        if not point.vaccines.issuperset(row.vaccines):
            raise BadRow(Reason.UNKNOWN, "vaccines")
        if not all(programme.vaccine(code) for code in row.vaccines):
            raise BadRow(Reason.UNKNOWN, "vaccines")

    def _check_person(self, row: StandbyRow, patient: PatientId) -> None:
        doses = _doses(patient, row.programme, self.referrals[patient])
        if not doses:
            raise BadRow(Reason.NO_REFERRAL, "pesel")
        if self.booked & doses:
            raise BadRow(Reason.BOOKED, "pesel")

    def _programme(self, named: ProgrammeId) -> Programme | None:
        if named not in self.programmes:
            try:
                self.programmes[named] = self.lists.programmes.get(named)
            except NotFound:
                self.programmes[named] = None
        return self.programmes[named]


def _waiting(lists: Lists, rows: Sequence[tuple[int, StandbyRow]]) -> Waiting:
    """Read what rows are judged by: six reads, however many they are.

    Who books just after that stays on the list until a desk is about to call, which looks again.
    """
    roster = lists.roster
    digests = {row: lists.patient_of(str(row.pesel)) for _, row in rows}
    renamed = roster.renamed(sorted({*digests.values()}))
    patients = {row: renamed.get(digest, digest) for row, digest in digests.items()}
    referrals = roster.referrals(sorted({*patients.values()}))
    names = sorted({(patient, row.programme) for row, patient in patients.items()})
    doses = {dose for who, what in names for dose in _doses(who, what, referrals[who])}
    return Waiting(
        lists=lists,
        patients=patients,
        points=roster.listed(sorted({row.point for row in patients})),
        referrals=referrals,
        stands=dict(roster.standings(names)),
        booked=roster.booked(sorted(doses)),
    )


def _doses(
    patient: PatientId, programme: ProgrammeId, referrals: Iterable[Referral]
) -> set[DoseOf]:
    own = (one for one in referrals if one.programme == programme)
    return {(patient, programme, one.next_dose) for one in own}
