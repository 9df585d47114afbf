"""Port StandbyLists in memory, over the tables of booking, with the keys that Spanner has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from erejestracja.domain.ids import PatientId, PointId, ProgrammeId
from erejestracja.domain.person import Access
from erejestracja.domain.point import Point
from erejestracja.domain.referral import Referral
from erejestracja.domain.standby import Act, Joins, Standby, StandbyId, Standing
from erejestracja.ports import Clash, Gone
from erejestracja.services.clinic import Clinic
from erejestracja.services.standby import Reserve
from tests.support.fake_store import FakeStore, Tables, insert, tell
from tests.support.fake_supplies import FakeSupplies

Who = tuple[PatientId, ProgrammeId]


@dataclass
class FakeStandby:
    store: FakeStore
    steps: dict[tuple[PatientId, ProgrammeId, int], Standing] = field(default_factory=dict)

    def of(self, point: PointId) -> list[Standby]:
        return [one for one in self.store.tables.standby.values() if one.point == point]

    def entry(self, point: PointId, standby: StandbyId) -> Standby | None:
        return next((one for one in self.of(point) if one.id == standby), None)

    def of_person(self, patient: PatientId) -> list[Standby]:
        return [one for one in self.store.tables.standby.values() if one.patient == patient]

    def standing(self, patient: PatientId, programme: ProgrammeId) -> tuple[Standby | None, int]:
        taken = [n for who, what, n in self.steps if (who, what) == (patient, programme)]
        return self.store.tables.standby.get((patient, programme)), max(taken, default=0)

    def standings(self, names: Sequence[Who]) -> dict[Who, tuple[Standby | None, int]]:
        return {name: self.standing(*name) for name in names}

    def join_all(self, joins: Joins) -> datetime:
        """Do what a commit does with rows of a file: all, or none."""
        if any((*_who(one), one.number) in self.steps for one, _ in joins.joined):
            raise Clash("Table StandbySteps: Row already exists")
        for standby, act in joins.joined:
            self.join(standby, act)
        role = str(min(joins.actor.roles, default="none"))
        at = self.store.commit(lambda _: None)
        access = Access(at, joins.actor.subject, role, "reserve.file")
        self.store.seen_by += [(patient, access) for patient in joins.seen]
        return at

    def join(self, standby: Standby, act: Act) -> datetime:
        if standby.patient not in self.store.people:
            raise Gone("Parent Table: Patients")
        return self._commit(standby, act, keeps=True)

    def step(self, standby: Standby, act: Act) -> datetime:
        self._check_there(standby)
        return self._commit(standby, act, keeps=True)

    def leave(self, standby: Standby, act: Act) -> datetime:
        self._check_there(standby)
        return self._commit(standby, act, keeps=False)

    def _check_there(self, standby: Standby) -> None:
        if (standby.patient, standby.programme) not in self.store.tables.standby:
            raise Gone("Table Standby: row not found")

    def _commit(self, standby: Standby, act: Act, *, keeps: bool) -> datetime:
        who = _who(standby)

        def fill(t: Tables) -> None:
            insert(self.steps, (*who, standby.number), standby.standing, "StandbySteps")
            t.standby.pop(who, None)
            if keeps:
                t.standby[who] = standby
            tell(t, [act.event])

        at = self.store.commit(fill)
        assert act.request_id
        role, action = (
            str(min(act.actor.roles, default="none")),
            f"reserve.{standby.standing.value}",
        )
        access = Access(at, act.actor.subject, role, action)
        self.store.seen_by.append((standby.patient, access))
        return at


def reserve_of(desk: Any) -> Reserve:
    """Return the lists over a desk's store, for who asks for nothing else of a point's day."""
    store = desk.bookings
    return Reserve(Clinic(desk, store, store, store, FakeSupplies()), FakeStandby(store))


def _who(standby: Standby) -> Who:
    return standby.patient, standby.programme


@dataclass
class FakeRoster:
    """Port Roster, over the tables of a point's day."""

    lists: FakeStandby
    points: Mapping[PointId, Point]
    corrected: dict[PatientId, PatientId] = field(default_factory=dict)

    def renamed(self, people: Iterable[PatientId]) -> dict[PatientId, PatientId]:
        return {one: self.corrected[one] for one in people if one in self.corrected}

    def listed(self, points: Sequence[PointId]) -> dict[PointId, Point]:
        return {one: self.points[one] for one in points if one in self.points}

    def referrals(self, patients: Sequence[PatientId]) -> Mapping[PatientId, Sequence[Referral]]:
        known = self.lists.store.all_referrals.values()
        return {who: [one for one in known if one.patient == who] for who in patients}

    def standings(self, names: Sequence[Who]) -> dict[Who, tuple[Standby | None, int]]:
        return self.lists.standings(names)

    def booked(
        self, doses: Sequence[tuple[PatientId, ProgrammeId, int]]
    ) -> set[tuple[PatientId, ProgrammeId, int]]:
        return {dose for dose in doses if self.lists.store.active_visit(*dose)}
