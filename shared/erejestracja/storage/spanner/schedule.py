"""A point's schedule: edits of its series, each commit blind, with keys that say no.

* an edit takes the point's next number, a primary key: the second of two edits clashes;
* a closing that edits no series takes the next number for a moment, so that none is made beside it;
* an edit ends the number it replaces: who still works for that one clashes from then on;
* a withdrawn place is a row like any taken one; a hold or visit that had it ends in that commit,
  or where people come all the same, has a place beside those of the session from then on.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from erejestracja.domain.change import Change
from erejestracja.domain.claim import Claim
from erejestracja.domain.closures import Closures
from erejestracja.domain.events import Event
from erejestracja.domain.footing import Footing
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import HoldId, PatientId, PlaceKey, PointId, SessionKey, VisitId
from erejestracja.domain.point import Point
from erejestracja.domain.referral import Referral
from erejestracja.domain.series import Series, SeriesId
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import Edit, Outlook, Plan, Reach, Standing
from erejestracja.domain.visit import Visit
from erejestracja.domain.withdrawal import Withdrawal
from erejestracja.storage.spanner import outbox
from erejestracja.storage.spanner.bookings import end_hold, move_visit, record_change
from erejestracja.storage.spanner.closures import closures_of, note_hit
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, key, prefix
from erejestracja.storage.spanner.edits import EDIT, OPEN, end_edits, put_edits
from erejestracja.storage.spanner.outlooks import outlooks_of
from erejestracja.storage.spanner.points import POINT, point_of
from erejestracja.storage.spanner.records import visits_named
from erejestracja.storage.spanner.rows import (
    HOLD,
    PLACE_KEY,
    REFERRAL,
    hold_of,
    place_of,
    place_values,
    referral_of,
    visit_values,
)
from erejestracja.storage.spanner.series import (
    SERIES,
    check_stands,
    document,
    reach_of,
)
from erejestracja.storage.spanner.stock import SESSION, session_of
from erejestracja.storage.spanner.supply import waiting_of, wake
from erejestracja.storage.spanner.works import (
    put_new,
    put_rooms,
    put_withdrawn,
    standing_in,
    withdrawn,
)


class SpannerSchedules:
    """Port Schedules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def point(self, point: PointId) -> Point | None:
        """Return a point."""
        rows = self._database.read("Points", POINT, key(point))
        return point_of(rows[0]) if rows else None

    def series(self, point: Point) -> list[Reach]:
        """Return all series of a point."""
        rows = self._database.read("Series", SERIES, prefix(point.id))
        return [reach_of(row, point.powiat) for row in rows]

    def outlooks(self, points: Sequence[PointId]) -> Mapping[PointId, Outlook]:
        """Return what edits are decided by, of those of the points that there are."""
        return outlooks_of(self._database, points)

    def newest_edit(self, point: PointId) -> int:
        """Return the number of the point's last edit, -1 without one."""
        rows = self._database.read("SeriesEdits", ("Number",), prefix(point), limit=1)
        return int(rows[0][0]) if rows else -1

    def has_ended(self, point: PointId, number: int) -> bool:
        """Tell whether a later edit has replaced this number of the point."""
        return bool(self._database.read("SeriesEnded", ("Number",), key(point, number)))

    def ended_among(self, numbers: Sequence[tuple[PointId, int]]) -> frozenset[tuple[PointId, int]]:
        """Return which of these numbers of points a later edit has replaced."""
        rows = self._database.read("SeriesEnded", ("PointId", "Number"), Keys(exact=numbers))
        return frozenset((PointId(point), number) for point, number in rows)

    def edited(self, point: PointId) -> frozenset[SeriesId]:
        """Return every series of a point that there ever was, made by an edit."""
        rows = self._database.read("SeriesEdits", ("SeriesId",), prefix(point))
        return frozenset(SeriesId(series) for (series,) in rows)

    def standing(self, point: PointId, series: SeriesId, days: Sequence[date]) -> list[Standing]:
        """Return a series' sessions of these days."""
        return self.standing_by_series(point, days).get(series, [])

    def standing_by_series(
        self, point: PointId, days: Sequence[date]
    ) -> dict[SeriesId, list[Standing]]:
        """Return the sessions of these days, withdrawn ones too, by series; no walk-ins."""
        found = standing_in(self._database, Keys(prefixes=[(point, day) for day in days]))
        return {series: some for (_, series), some in found.items()}

    def standing_at(
        self, points: Mapping[PointId, tuple[date, date]]
    ) -> dict[tuple[PointId, SeriesId], list[Standing]]:
        """Return the sessions of points' days, withdrawn ones too, by series; no walk-ins."""
        ranges = [((point, first), (point, last)) for point, (first, last) in points.items()]
        return standing_in(self._database, Keys(ranges=ranges))

    def session(self, session: SessionKey) -> tuple[Session, SeriesId] | None:
        """Return a session that stands, and the series it is of; None where it is of none."""
        columns = (*SESSION, "SeriesId", "WithdrawnBy")
        keys = key(session.point, session.day, session.nr)
        rows = self._database.read("Sessions", columns, keys)
        if not rows or rows[0][-2] is None or rows[0][-1] is not None:
            return None
        return session_of(rows[0]), SeriesId(rows[0][-2])

    def sessions(self, point: PointId, days: Sequence[date]) -> list[Session]:
        """Return the sessions of these days that stand, of whatever series; no walk-ins."""
        columns = (*SESSION, "SeriesId", "WithdrawnBy")
        keys = Keys(prefixes=[(point, day) for day in days])
        rows = self._database.read("Sessions", columns, keys)
        return [session_of(row) for row in rows if row[-2] is not None and row[-1] is None]

    def claims(self, sessions: Sequence[Session]) -> Mapping[SessionKey, Mapping[PlaceKey, Claim]]:
        """Return who has the places of sessions."""
        keys = Keys(prefixes=[(s.key.point, s.key.day, s.key.nr) for s in sessions])
        rows = self._database.read("Places", (*PLACE_KEY, "Kind", "ClaimId", "ExpiresAt"), keys)
        found: dict[SessionKey, dict[PlaceKey, Claim]] = {}
        for row in rows:
            place = place_of(row[:5])
            claim = Claim(place.place, row[5], row[6], row[7])
            found.setdefault(place.slot.session, {})[place] = claim
        return found

    def visits(self, ids: Sequence[VisitId]) -> list[Visit]:
        """Return the visits that exist among these."""
        return visits_named(self._database, ids)

    def referrals(self, patients: Sequence[PatientId]) -> list[Referral]:
        """Return all referrals of these people."""
        keys = Keys(prefixes=[(one,) for one in sorted(set(patients))])
        return [referral_of(row) for row in self._database.read("Referrals", REFERRAL, keys)]

    def holds(self, ids: Sequence[HoldId]) -> list[Hold]:
        """Return the holds among these that have not ended."""
        rows = self._database.read("Holds", HOLD, Keys(prefixes=[(one,) for one in ids]))
        return [hold_of(row) for row in rows]

    def edit(self, point: Point, number: int) -> Edit | None:
        """Return an edit of a point."""
        return next(iter(self.edits(point, [number])), None)

    def edits(self, point: Point, numbers: Collection[int]) -> list[Edit]:
        """Return the edits of a point that have these numbers."""
        keys = Keys(exact=[(point.id, number) for number in sorted(numbers)])
        rows = self._database.read("SeriesEdits", EDIT, keys)
        return [_edit_of(row, point.powiat) for row in rows]

    def closures(self, point: PointId) -> Closures:
        """Return all closures of a point, undone ones too."""
        return closures_of(self._database, [point]).get(point, Closures((), -1))

    def begin(self, edits: Sequence[tuple[Edit, int | None]], footing: Footing) -> None:
        """Store series as edited and the edits to be worked off; clashes with any other."""
        change = footing.supply
        edited = {edit.series for edit, _ in edits}
        waiting = waiting_of(self._database, footing.point) if change and change.deliveries else {}
        others = {one: to for one, to in waiting.items() if one not in edited}

        def fill(batch: Batch) -> None:
            put_edits(batch, edits, [footing])
            wake(batch, footing.point, others)

        self._database.commit(fill)

    def withdraw(self, edit: Edit, step: Withdrawal) -> datetime:
        """Take places of a session out of the offer, and end what has them."""

        def fill(batch: Batch) -> None:
            check_stands(batch, (edit.point, edit.number))
            session = step.session.key
            batch.update(
                "Sessions",
                PointId=session.point,
                Day=session.day,
                Nr=session.nr,
                WithdrawnBy=step.by,
                UpdatedAt=commit_time(),
            )
            for place in step.free:
                batch.insert("Places", **withdrawn(place, edit))
            for hold in step.holds:
                end_hold(batch, hold)
                batch.update("Places", **withdrawn(hold.place, edit))
            for visit, change in step.visits:
                # Whose it was is kept, so that it can be given back.
                batch.update("Places", **withdrawn(visit.place, edit) | {"ClaimId": visit.id})
                batch.update(
                    "Visits",
                    VisitId=visit.id,
                    Status=visit.status.value,
                    Version=visit.version,
                    UpdatedAt=commit_time(),
                )
                record_change(batch, visit, change)
            for visit, left, change in step.kept:
                batch.update("Places", **withdrawn(left, edit))
                move_visit(batch, visit, change)
            for hit in step.hits:
                note_hit(batch, edit.point, hit)
            outbox.put(batch, *step.events)

        return self._database.commit(fill)

    def give_back(self, edit: Edit, returns: Sequence[tuple[Visit, Change]]) -> datetime:
        """Give orphaned visits the places they name, all or none."""

        def fill(batch: Batch) -> None:
            check_stands(batch, (edit.point, edit.number))
            for visit, change in returns:
                claim = {"Kind": "visit", "ClaimId": visit.id, "ExpiresAt": None}
                batch.insert(
                    "Places", **place_values(visit.place), **claim, UpdatedAt=commit_time()
                )
                batch.update("Visits", **visit_values(visit), UpdatedAt=commit_time())
                record_change(batch, visit, change)

        return self._database.commit(fill)

    def publish(
        self, edit: Edit, sessions: Sequence[Session], event: Event, had: Sequence[PlaceKey]
    ) -> datetime:
        """Store new sessions, with places that nobody can book. Clashes where these are there.

        Without such places, doing it again changes nothing.
        """

        def fill(batch: Batch) -> None:
            check_stands(batch, (edit.point, edit.number))
            put_new(batch, [(edit, session) for session in sessions])
            for place in had:
                batch.insert("Places", **withdrawn(place, edit))
            outbox.put(batch, event)

        return self._database.commit(fill)

    def relocate(self, edit: Edit, sessions: Sequence[Session]) -> None:
        """Store in which room sessions are. Doing it again changes nothing."""

        def fill(batch: Batch) -> None:
            check_stands(batch, (edit.point, edit.number))
            put_rooms(batch, sessions)

        self._database.commit(fill)

    def withdraw_all(
        self, goes: Sequence[tuple[Edit, Session]], events: Sequence[Event]
    ) -> datetime:
        """Take sessions that nobody has a place in out of the offer, in one commit."""

        def fill(batch: Batch) -> None:
            check_stands(batch, *{(edit.point, edit.number) for edit, _ in goes})
            put_withdrawn(batch, goes)
            outbox.put(batch, *events)

        return self._database.commit(fill)

    def publish_all(self, works: Sequence[tuple[Edit, Plan]], events: Sequence[Event]) -> datetime:
        """Store new sessions of edits and their rooms; the edits then are worked off."""

        def fill(batch: Batch) -> None:
            check_stands(batch, *((edit.point, edit.number) for edit, _ in works))
            end_edits(batch, [edit for edit, _ in works])
            put_new(batch, [(edit, one) for edit, plan in works for one in plan.creates])
            put_rooms(batch, [one for _, plan in works for one in plan.relocates])
            outbox.put(batch, *events)

        return self._database.commit(fill)

    def finish(self, edit: Edit) -> None:
        """Note that all sessions follow the edit."""
        self._database.commit(lambda batch: end_edits(batch, [edit]))

    def open_edits(self, limit: int, begun_by: datetime | None = None) -> list[Edit]:
        """Return edits that are not worked off, of the first of them those begun by then."""
        keys = self._database.read(
            "SeriesEdits",
            ("PointId", "Number"),
            prefix(OPEN),
            index="OpenSeriesEdits",
            limit=limit,
        )
        columns = (*EDIT, "EditedAt")
        found = self._database.read("SeriesEdits", columns, Keys(exact=keys)) if keys else []
        rows = [row for row in found if begun_by is None or row[-1] <= begun_by]
        powiaty = dict(
            self._database.read(
                "Points", ("PointId", "Powiat"), Keys(exact=[(row[0],) for row in rows])
            )
            if rows
            else ()
        )
        return [_edit_of(row, powiaty[row[0]]) for row in rows]


def _edit_of(row: Sequence[Any], powiat: str) -> Edit:
    def restored(value: Any) -> Series | None:
        if value is None:
            return None
        rule = document(value)
        to = rule["validTo"]
        dates = (date.fromisoformat(rule["validFrom"]), date.fromisoformat(to) if to else None)
        return reach_of((row[0], row[2], rule, *dates, None, None), powiat).series

    return Edit(
        point=PointId(row[0]),
        number=row[1],
        series=SeriesId(row[2]),
        actor=row[3],
        before=restored(row[4]),
        after=restored(row[5]),
        until=row[6],
    )
