"""Who waits: entries by person, the lines they stand in, and each change as one blind commit."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import orjson

from erejestracja.domain.criteria import Area, Criteria, one_of
from erejestracja.domain.ids import (
    HoldId,
    PatientId,
    PlaceKey,
    PointId,
    ProgrammeId,
    SlotKey,
    VaccineCode,
    VisitId,
)
from erejestracja.domain.point import Location
from erejestracja.domain.waiting import Entry, EntryId, Held, Offer, Step, Waiter
from erejestracja.storage.spanner import messages, outbox
from erejestracja.storage.spanner.bookings import end_hold, free_place, hold_place
from erejestracja.storage.spanner.database import Batch, Database, Keys, commit_time, key, prefix
from erejestracja.storage.spanner.rows import json_text

ENTRY = (
    *("PatientId", "EntryId", "Version", "Programme", "Dose", "Wish", "Powiaty", "Since", "Lost"),
    *("VisitId", "VisitVersion", "Declined", "Unanswered"),
    *("HoldId", "Slot", "Place", "OfferedUntil"),
)
AREA = (
    *("PatientId", "EntryId", "Version", "Powiat"),
    *("Programme", "Turn", "Since", "Vaccine", "Dose", "OfferedUntil"),
)
WAITER = ("PatientId", "EntryId", "Turn", "Since", "Vaccine", "Dose", "OfferedUntil")
# Turns: who lost a visit comes before who asked.
LOST, ASKED = 0, 1


class SpannerQueue:
    """Port Queue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, patient: PatientId) -> list[Entry]:
        """Return a person's entries."""
        rows = self._database.read("Waiting", ENTRY, prefix(patient))
        return [_entry_of(row) for row in rows]

    def entries(self, keys: Sequence[tuple[PatientId, EntryId]]) -> list[Entry]:
        """Return the entries that stand among these, in any order."""
        rows = self._database.read("Waiting", ENTRY, Keys(prefixes=keys))
        return [_entry_of(row) for row in rows]

    def line(self, powiat: str, programme: ProgrammeId, limit: int) -> list[Waiter]:
        """Return who stands first in a line, in order."""
        keys = prefix(powiat, programme)
        rows = self._database.read("WaitingAreas", WAITER, keys, index="WaitingLines", limit=limit)
        return [_waiter_of(row) for row in rows]

    def commit(self, step: Step) -> datetime:
        """Carry out a change; Clash where a place is taken, Gone where an entry has changed."""

        def fill(batch: Batch) -> None:
            if step.before:
                known = _key_of(step.before)
                batch.update("Waiting", **known, UpdatedAt=commit_time())
                batch.delete("Waiting", key(*known.values()))
            if step.after:
                batch.insert("Waiting", **_values(step.after), UpdatedAt=commit_time())
                batch.insert_rows("WaitingAreas", AREA, _areas(step.after))
            if step.frees:
                end_hold(batch, step.frees)
                free_place(batch, step.frees.place)
            if step.takes:
                hold_place(batch, step.takes)
            if step.notice:
                messages.request(batch, step.notice)
            outbox.add(batch, *step.events)

        return self._database.commit(fill)


def _key_of(entry: Entry) -> dict[str, Any]:
    return {"PatientId": entry.patient, "EntryId": entry.id, "Version": entry.version}


def _values(entry: Entry) -> dict[str, Any]:
    moves, offer = entry.moves, entry.offer
    values = (
        *_key_of(entry).values(),
        *(entry.programme, entry.dose, json_text(_document(entry.criteria)), list(entry.powiaty)),
        *(entry.since, entry.lost),
        *((moves.visit, moves.version) if moves else (None, None)),
        *(sorted(map(str, entry.declined)), entry.unanswered),
        *(
            (offer.hold, str(offer.place.slot), offer.place.place, offer.until)
            if offer
            else (None, None, None, None)
        ),
    )
    return dict(zip(ENTRY, values, strict=True))


def _areas(entry: Entry) -> list[tuple[Any, ...]]:
    until = entry.offer.until if entry.offer else None
    turn = LOST if entry.lost else ASKED
    told = (entry.programme, turn, entry.since, entry.criteria.vaccine, entry.dose, until)
    return [(*_key_of(entry).values(), powiat, *told) for powiat in entry.powiaty]


def _entry_of(row: Sequence[Any]) -> Entry:
    named = dict(zip(ENTRY, row, strict=True))
    visit, hold = named["VisitId"], named["HoldId"]
    offer = None
    if hold:
        place = PlaceKey(SlotKey.parse(named["Slot"]), named["Place"])
        offer = Offer(HoldId(hold), place, named["OfferedUntil"])
    return Entry(
        id=EntryId(named["EntryId"]),
        patient=PatientId(named["PatientId"]),
        programme=ProgrammeId(named["Programme"]),
        dose=named["Dose"],
        criteria=_criteria(named["Wish"]),
        powiaty=tuple(named["Powiaty"]),
        since=named["Since"],
        version=named["Version"],
        lost=named["Lost"],
        moves=Held(VisitId(visit), named["VisitVersion"]) if visit else None,
        declined=frozenset(map(SlotKey.parse, named["Declined"])),
        unanswered=named["Unanswered"],
        offer=offer,
    )


def _waiter_of(row: Sequence[Any]) -> Waiter:
    patient, entry, turn, since, vaccine, dose, until = row
    return Waiter(
        patient=PatientId(patient),
        entry=EntryId(entry),
        lost=turn == LOST,
        since=since,
        vaccine=VaccineCode(vaccine) if vaccine else None,
        dose=dose,
        offered_until=until,
    )


def _document(wish: Criteria) -> dict[str, Any]:
    """Return a wish as JSON; what is not wished for is not there."""
    area = wish.area
    document = {
        "point": area.point,
        "teryt": area.teryt,
        "near": [area.near.lat, area.near.lon] if area.near else None,
        "radiusKm": area.radius_km,
        "vaccine": wish.vaccine,
        "from": wish.from_ and wish.from_.isoformat(),
        "to": wish.to and wish.to.isoformat(),
        "hourFrom": wish.hour_from and wish.hour_from.isoformat(),
        "hourTo": wish.hour_to and wish.hour_to.isoformat(),
        "access": sorted(wish.access) or None,
        "dose": wish.dose,
    }
    return {name: value for name, value in document.items() if value is not None}


def _criteria(document: Any) -> Criteria:
    wish = orjson.loads(document) if isinstance(document, str) else document
    near, point, vaccine = wish.get("near"), wish.get("point"), wish.get("vaccine")
    days = {name: date.fromisoformat(wish[name]) for name in ("from", "to") if name in wish}
    hours = {n: time.fromisoformat(wish[n]) for n in ("hourFrom", "hourTo") if n in wish}
    return Criteria(
        area=Area(
            point=PointId(point) if point else None,
            teryt=wish.get("teryt"),
            near=Location(*near) if near else None,
            radius_km=wish.get("radiusKm"),
        ),
        vaccines=one_of(vaccine),
        dose=wish.get("dose"),
        from_=days.get("from"),
        to=days.get("to"),
        hour_from=hours.get("hourFrom"),
        hour_to=hours.get("hourTo"),
        access=frozenset(wish.get("access", ())),
    )
