"""Standby lists: a row a person and programme, and the steps that were taken, each once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from erejestracja.domain import calendar
from erejestracja.domain.ids import PatientId, PointId, ProgrammeId, VaccineCode
from erejestracja.domain.standby import Act, Joins, Origin, Standby, StandbyId, Standing
from erejestracja.storage.spanner import audit, outbox
from erejestracja.storage.spanner.database import (
    Batch,
    Database,
    Keys,
    commit_time,
    key,
    prefix,
)

INDEX = "StandbyByPoint"
STANDBY = (
    "PatientId",
    "Programme",
    "PointId",
    "Vaccines",
    "Until",
    "Since",
    "RestsUntil",
    "Standing",
    "CalledBy",
    "Misses",
    "Number",
    "Origin",
    "Phone",
)


class SpannerStandby:
    """Port StandbyLists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, point: PointId) -> list[Standby]:
        """Return who is on a point's list, in no order."""
        found = self._database.read("Standby", STANDBY, prefix(point), index=INDEX)
        return [_standby_of(row) for row in found]

    def entry(self, point: PointId, standby: StandbyId) -> Standby | None:
        """Return an entry of a point's list."""
        found = self._database.read("Standby", STANDBY, key(point, standby), index=INDEX)
        return _standby_of(found[0]) if found else None

    def of_person(self, patient: PatientId) -> list[Standby]:
        """Return where a person waits, of any programme."""
        found = self._database.read("Standby", STANDBY, prefix(patient))
        return [_standby_of(row) for row in found]

    def standing(self, patient: PatientId, programme: ProgrammeId) -> tuple[Standby | None, int]:
        """Return where a person waits, if anywhere, and the number of their last step, or 0.

        Both are of one instant: read apart, somebody put on a list in between would look off it,
        with their step taken, and would be put on another as if by the next.
        """
        found, at = self._database.read_stamped("Standby", STANDBY, key(patient, programme))
        if found:
            standby = _standby_of(found[0])
            return standby, standby.number
        steps = self._database.read(
            "StandbySteps", ("Number",), prefix(patient, programme), limit=1, at=at
        )
        return None, steps[0][0] if steps else 0

    def standings(
        self, names: Sequence[tuple[PatientId, ProgrammeId]]
    ) -> dict[tuple[PatientId, ProgrammeId], tuple[Standby | None, int]]:
        """Return the same of many, in two reads."""
        found, at = self._database.read_stamped("Standby", STANDBY, Keys(exact=names))
        there = {(one.patient, one.programme): one for one in map(_standby_of, found)}
        columns = ("PatientId", "Programme", "Number")
        last: dict[tuple[str, str], int] = {}
        for patient, programme, number in self._database.read(
            "StandbySteps", columns, Keys(prefixes=names), at=at
        ):
            last[patient, programme] = max(number, last.get((patient, programme), 0))
        return {name: (there.get(name), last.get(name, 0)) for name in names}

    def join(self, standby: Standby, act: Act) -> datetime:
        """Put a person on a list, or change their wish. Clash when another step was first."""

        def fill(batch: Batch) -> None:
            batch.put("Standby", **_values(standby))
            _step(batch, standby, act)

        return self._database.commit(fill)

    def join_all(self, joins: Joins) -> datetime:
        """Put many on lists, all or none. Clash when another step was first."""

        def fill(batch: Batch) -> None:
            put_joins(batch, joins)
            outbox.add(batch, *(act.event for _, act in joins.joined))

        return self._database.commit(fill)

    def step(self, standby: Standby, act: Act) -> datetime:
        """Write an entry's next version. Clash when another was first, Gone where it has left."""

        def fill(batch: Batch) -> None:
            batch.update("Standby", **_values(standby))
            _step(batch, standby, act)

        return self._database.commit(fill)

    def leave(self, standby: Standby, act: Act) -> datetime:
        """Take a person off; the last step stays. Clash and Gone as above."""

        def fill(batch: Batch) -> None:
            batch.update("Standby", **_values(standby))
            take_off(batch, standby.patient, standby.programme)
            _step(batch, standby, act)

        return self._database.commit(fill)


def put_joins(batch: Batch, joins: Joins) -> None:
    """Put people on lists, in one commit; it clashes where one has taken a step meanwhile."""
    for standby, act in joins.joined:
        batch.put("Standby", **_values(standby))
        _record(batch, standby, act)
    for patient in joins.seen:
        audit.note(batch, patient, joins.actor, "reserve.file", joins.request_id)


def take_off(batch: Batch, patient: PatientId, programme: ProgrammeId) -> None:
    """Let a person wait no more, whether or not they did."""
    batch.delete("Standby", key(patient, programme))


def _step(batch: Batch, standby: Standby, act: Act) -> None:
    _record(batch, standby, act)
    outbox.add(batch, act.event)


def _record(batch: Batch, standby: Standby, act: Act) -> None:
    batch.insert(
        "StandbySteps",
        PatientId=standby.patient,
        Programme=standby.programme,
        Number=standby.number,
        PointId=standby.point,
        Standing=standby.standing.value,
        Actor=act.actor.subject,
        TakenAt=commit_time(),
    )
    action = f"reserve.{standby.standing.value}"
    audit.note(batch, standby.patient, act.actor, action, act.request_id)


def _values(standby: Standby) -> dict[str, Any]:
    return {
        "PatientId": standby.patient,
        "Programme": standby.programme,
        "StandbyId": standby.id,
        "PointId": standby.point,
        "Vaccines": list(standby.vaccines),
        "Until": standby.until,
        "Since": standby.since,
        "RestsUntil": standby.rests_until,
        "Standing": standby.standing.value,
        "CalledBy": standby.called_by,
        "Misses": standby.misses,
        "Number": standby.number,
        "Origin": standby.origin.value,
        "Phone": standby.phone,
        "EndsAt": calendar.start_of_day(standby.until + timedelta(days=1)),
    }


def _standby_of(row: Sequence[Any]) -> Standby:
    named = dict(zip(STANDBY, row, strict=True))
    return Standby(
        patient=PatientId(named["PatientId"]),
        programme=ProgrammeId(named["Programme"]),
        point=PointId(named["PointId"]),
        vaccines=tuple(VaccineCode(code) for code in named["Vaccines"]),
        until=named["Until"],
        since=named["Since"],
        rests_until=named["RestsUntil"],
        standing=Standing(named["Standing"]),
        called_by=named["CalledBy"],
        misses=named["Misses"],
        number=named["Number"],
        origin=Origin(named["Origin"] or Origin.DESK),
        phone=named["Phone"],
    )
