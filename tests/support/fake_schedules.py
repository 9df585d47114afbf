"""Schedules in memory, over the rows of the fake store: numbers and ended numbers that say no."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from erejestracja.domain import calendar
from erejestracja.domain.change import Change
from erejestracja.domain.claim import BY_EDIT, Claim
from erejestracja.domain.closures import Closures, Hit
from erejestracja.domain.events import Event
from erejestracja.domain.footing import Footing
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import HoldId, PatientId, PlaceKey, PointId, SessionKey, VisitId
from erejestracja.domain.point import Point
from erejestracja.domain.referral import Referral
from erejestracja.domain.series import SeriesId
from erejestracja.domain.session import Session
from erejestracja.domain.supply import Replan
from erejestracja.domain.timetable import Edit, Outlook, Plan, Reach, Standing, shape_of
from erejestracja.domain.visit import Visit
from erejestracja.domain.withdrawal import Withdrawal
from erejestracja.ports import Clash
from tests.support.builders import NOW
from tests.support.fake_store import (
    FakeStore,
    Tables,
    end_hold,
    record_change,
    retake,
    take,
)
from tests.support.fake_supplies import FakeSupplies


@dataclass
class Plans:
    """The rows that only schedules have."""

    series: dict[SeriesId, Reach] = field(default_factory=dict)
    edits: dict[int, Edit] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    begun: dict[int, datetime] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    made_by: dict[SessionKey, SeriesId] = field(default_factory=dict)
    withdrawn_by: dict[SessionKey, int] = field(default_factory=dict)
    closures: Closures = field(default_factory=lambda: Closures((), -1))
    hits: list[Hit] = field(default_factory=list)


class Killed(Exception):  # noqa: N818 - it reads as what happened
    """The process is gone, in the middle of something."""


@dataclass
class Kill:
    """A process is killed before the first commit for which none is left."""

    left: int
    struck: bool = False

    def __call__(self, _: str) -> None:
        self.struck = self.struck or self.left == 0
        if self.struck:
            raise Killed
        self.left -= 1


class FakeSchedules:
    """Port Schedules; `before_commit` is called before each commit, as another caller would be."""

    def __init__(self, store: FakeStore, *points: Point) -> None:
        self.store = store
        self.points = {point.id: point for point in points}
        self.plans = Plans()
        self.supplies = FakeSupplies()
        self.before_commit: Callable[[str], None] = lambda _: None

    @contextmanager
    def killed_after(self, commits: int) -> Iterator[Kill]:
        """Have the block end where more commits than these would be made; yield whether it did."""
        kill = self.before_commit = Kill(commits)
        try:
            with suppress(Killed):
                yield kill
        finally:
            self.before_commit = lambda _: None

    def point(self, point: PointId) -> Point | None:
        return self.points.get(point)

    def series(self, point: Point) -> list[Reach]:
        return [r for r in self.plans.series.values() if r.series.point == point.id]

    def outlooks(self, points: Sequence[PointId]) -> dict[PointId, Outlook]:
        return {
            one: Outlook(
                point=self.points[one],
                closures=self.closures(one),
                series=tuple(self.series(self.points[one])),
                edited=self.edited(one),
                newest=self.newest_edit(one),
            )
            for one in points
            if one in self.points
        }

    def newest_edit(self, point: PointId) -> int:
        return max((n for n, e in self.plans.edits.items() if e.point == point), default=-1)

    def has_ended(self, point: PointId, number: int) -> bool:
        assert point in self.points
        return number in self.plans.ended

    def ended_among(self, numbers: Sequence[tuple[PointId, int]]) -> frozenset[tuple[PointId, int]]:
        return frozenset(one for one in numbers if self.has_ended(*one))

    def edited(self, point: PointId) -> frozenset[SeriesId]:
        return frozenset(e.series for e in self.plans.edits.values() if e.point == point)

    def standing(self, point: PointId, series: SeriesId, days: Sequence[date]) -> list[Standing]:
        return [
            Standing(session, key in self.plans.withdrawn_by, self.plans.withdrawn_by.get(key))
            for key, session in self.store.tables.sessions.items()
            if key.point == point and key.day in days and self.plans.made_by.get(key) == series
        ]

    def standing_by_series(
        self, point: PointId, days: Sequence[date]
    ) -> dict[SeriesId, list[Standing]]:
        return {
            series: self.standing(point, series, days)
            for series in dict.fromkeys(self.plans.made_by.values())
        }

    def standing_at(
        self, points: Mapping[PointId, tuple[date, date]]
    ) -> dict[tuple[PointId, SeriesId], list[Standing]]:
        return {
            (point, series): some
            for point, days in points.items()
            for series, some in self.standing_by_series(point, calendar.days(*days)).items()
        }

    def session(self, session: SessionKey) -> tuple[Session, SeriesId] | None:
        found, series = self.store.tables.sessions.get(session), self.plans.made_by.get(session)
        gone = session in self.plans.withdrawn_by
        return None if found is None or series is None or gone else (found, series)

    def sessions(self, point: PointId, days: Sequence[date]) -> list[Session]:
        gone = self.plans.withdrawn_by
        known = self.store.tables.sessions.items()
        standing = [s for key, s in known if key not in gone and key in self.plans.made_by]
        return [s for s in standing if s.key.point == point and s.key.day in days]

    def claims(self, sessions: Sequence[Session]) -> Mapping[SessionKey, Mapping[PlaceKey, Claim]]:
        found: dict[SessionKey, dict[PlaceKey, Claim]] = {s.key: {} for s in sessions}
        for place, claim in self.store.tables.places.items():
            if place.slot.session in found:
                found[place.slot.session][place] = claim
        return found

    def visits(self, ids: Sequence[VisitId]) -> list[Visit]:
        return [self.store.tables.visits[one][0] for one in ids if one in self.store.tables.visits]

    def referrals(self, patients: Sequence[PatientId]) -> list[Referral]:
        return [one for one in self.store.all_referrals.values() if one.patient in patients]

    def holds(self, ids: Sequence[HoldId]) -> list[Hold]:
        return [hold for hold in self.store.holds() if hold.id in ids]

    def edit(self, point: Point, number: int) -> Edit | None:
        assert point.id in self.points
        return self.plans.edits.get(number)

    def edits(self, point: Point, numbers: Collection[int]) -> list[Edit]:
        found = (self.edit(point, number) for number in numbers)
        return [edit for edit in found if edit]

    def closures(self, point: PointId) -> Closures:
        assert point in self.points
        return self.plans.closures

    def begin(self, edits: Sequence[tuple[Edit, int | None]], footing: Footing) -> None:
        self.before_commit("begin")
        known = self.plans.closures
        if known.number != footing.known:
            raise Clash("Table ClosureChanges: Row already exists")
        if not edits and footing.next in self.plans.edits:
            raise Clash("Table SeriesEdits: Row already exists")
        for edit, ends in edits:
            if edit.number in self.plans.edits:
                raise Clash("Table SeriesEdits: Row already exists")
            if ends in self.plans.ended:
                raise Clash("Table SeriesEnded: Row already exists")
            if edit.after and not edit.before and edit.series in self.plans.series:
                raise Clash("Table Series: Row already exists")
        self.supplies.stand_on(footing)
        if footing.closure:
            self.plans.closures = replace(known.changed(footing.closure), number=known.number + 1)
        for edit, ends in edits:
            self._edited(edit, ends)

    def hits(self, point: PointId, closure: int) -> list[Hit]:
        assert point in self.points
        return [hit for hit in self.plans.hits if hit.closure == closure]

    def replans(self) -> "FakeReplans":
        """Return port Replans over the same rows."""
        return FakeReplans(self)

    def phones(self, patients: Sequence[PatientId]) -> dict[PatientId, str | None]:
        return {p: self.store.people[p].phone for p in patients if p in self.store.people}

    def is_settled(self, point: PointId) -> bool:
        return not any(self.plans.edits[number].point == point for number in self.plans.open)

    def _edited(self, edit: Edit, ends: int | None) -> None:
        self.plans.edits[edit.number] = edit
        self.plans.open.add(edit.number)
        self.plans.begun[edit.number] = NOW
        if ends is not None:
            self.plans.ended.add(ends)
        self.plans.series.pop(edit.series, None)
        if edit.after:
            self.plans.series[edit.series] = Reach(edit.after, edit.until)
            if edit.after.fallen:
                self.supplies.look_again(edit.point)

    def withdraw(self, edit: Edit, step: Withdrawal) -> datetime:
        self.before_commit("withdraw")
        self._check_stands(edit)
        at = self.store.commit(lambda t: self._withdraw(t, edit, step))
        self.plans.withdrawn_by[step.session.key] = step.by
        return at

    def _withdraw(self, t: Tables, edit: Edit, step: Withdrawal) -> None:
        for place in step.free:
            take(t, place, _withdrawn(place, edit))
        for hold in step.holds:
            end_hold(t, hold)
            retake(t, hold.place, _withdrawn(hold.place, edit))
        for visit, change in step.visits:
            retake(t, visit.place, replace(_withdrawn(visit.place, edit), id=visit.id))
            before, digest = t.visits[visit.id]
            t.visits[visit.id] = (replace(visit, created_at=before.created_at), digest)
            record_change(t, visit, change)
        for visit, left, change in step.kept:
            retake(t, left, _withdrawn(left, edit))
            self.store.relocate(t, visit, change)
        self.plans.hits.extend(step.hits)

    def give_back(self, edit: Edit, returns: Sequence[tuple[Visit, Change]]) -> datetime:
        self.before_commit("give back")
        self._check_stands(edit)

        def fill(t: Tables) -> None:
            for visit, change in returns:
                take(t, visit.place, Claim(visit.place.place, "visit", visit.id, None))
                t.visits[visit.id] = (visit, t.visits[visit.id][1])
                record_change(t, visit, change)

        return self.store.commit(fill)

    def publish(
        self, edit: Edit, sessions: Sequence[Session], event: Event, had: Sequence[PlaceKey]
    ) -> datetime:
        self.before_commit("publish")
        assert event.type == "schedule.published"
        self._check_stands(edit)

        def fill(t: Tables) -> None:
            t.sessions |= {session.key: session for session in sessions}
            for place in had:
                take(t, place, _withdrawn(place, edit))

        at = self.store.commit(fill)
        self.plans.made_by |= dict.fromkeys((s.key for s in sessions), edit.series)
        return at

    def relocate(self, edit: Edit, sessions: Sequence[Session]) -> None:
        self.before_commit("relocate")
        self._check_stands(edit)

        def fill(t: Tables) -> None:
            for session in sessions:
                known = t.sessions[session.key]
                t.sessions[session.key] = replace(known, room=session.room)

        self.store.commit(fill)

    def withdraw_all(
        self, goes: Sequence[tuple[Edit, Session]], events: Sequence[Event]
    ) -> datetime:
        self.before_commit("withdraw")
        assert {event.type for event in events} == {"schedule.withdrawn"}
        for edit, _ in goes:
            self._check_stands(edit)

        def fill(t: Tables) -> None:
            for edit, session in goes:
                for place in session.all_places():
                    take(t, place, _withdrawn(place, edit))

        at = self.store.commit(fill)
        self.plans.withdrawn_by |= {session.key: edit.number for edit, session in goes}
        return at

    def publish_all(self, works: Sequence[tuple[Edit, Plan]], events: Sequence[Event]) -> datetime:
        self.before_commit("publish all")
        for edit, _ in works:
            self._check_stands(edit)
        assert all(event.type == "schedule.published" for event in events)

        def fill(t: Tables) -> None:
            for _, plan in works:
                t.sessions |= {session.key: session for session in plan.creates}
                for session in plan.relocates:
                    t.sessions[session.key] = replace(t.sessions[session.key], room=session.room)

        at = self.store.commit(fill)
        for edit, plan in works:
            self.plans.made_by |= dict.fromkeys((s.key for s in plan.creates), edit.series)
        self.plans.open -= {edit.number for edit, _ in works}
        return at

    def finish(self, edit: Edit) -> None:
        self.before_commit("finish")
        self.plans.open.discard(edit.number)

    def open_edits(self, limit: int, begun_by: datetime | None = None) -> list[Edit]:
        first = sorted(self.plans.open)[:limit]
        by_then = (n for n in first if begun_by is None or self.plans.begun[n] <= begun_by)
        return [self.plans.edits[number] for number in by_then]

    def _check_stands(self, edit: Edit) -> None:
        if edit.number in self.plans.ended:
            raise Clash("Table SeriesEnded: Row already exists")


class FakeReplans:
    """Port Replans."""

    def __init__(self, schedules: FakeSchedules) -> None:
        self._schedules = schedules
        self._supplies = schedules.supplies
        self.phones, self.is_settled = schedules.phones, schedules.is_settled

    def hits(self, point: PointId, closure: int) -> list[Hit]:
        return [hit for hit in self._schedules.hits(point, closure) if hit.is_fall]

    def all(self, point: PointId) -> list[Replan]:
        known = sorted(self._supplies.replans.items(), reverse=True)
        return [one for (at, _), one in known if at == point]

    def due(self, today: date, limit: int) -> list[PointId]:
        return [one for one, on in self._supplies.due_on.items() if on <= today][:limit]

    def looked(self, footing: Footing, again: date | None) -> None:
        supplies = self._supplies
        supplies.before_commit()
        supplies.check(footing.point, footing.terms)
        supplies.due_on.pop(footing.point)
        if again:
            supplies.due_on[footing.point] = again


def _withdrawn(place: PlaceKey, edit: Edit) -> Claim:
    return Claim(place.place, "withdrawn", f"{BY_EDIT}{edit.number}", None)


def live_sessions(schedules: FakeSchedules) -> dict[Any, Session]:
    """Return what stands, by start and shape, room and series."""
    return {
        (*shape_of(s), s.room, schedules.plans.made_by.get(key)): s
        for key, s in schedules.store.tables.sessions.items()
        if key not in schedules.plans.withdrawn_by
    }
