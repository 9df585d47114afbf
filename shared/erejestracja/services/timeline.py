"""A person's timeline: what an agent reads of them once the caller is known to be them."""

from collections.abc import Sequence
from typing import Protocol

from erejestracja.domain.call import Call
from erejestracja.domain.ids import PatientId, VisitId
from erejestracja.domain.timeline import Entry, Page, looks, page_of
from erejestracja.services.desk import Desk
from erejestracja.services.record import MOST_ACCESSES, Record


class History(Protocol):
    """What is kept of what happened; every read goes by key or by an index on the person."""

    def changes(self, visits: Sequence[VisitId]) -> Sequence[Entry]:
        """Return every change of the visits."""
        ...

    def messages(self, patient: PatientId) -> Sequence[Entry]:
        """Return the messages asked for, and where each is."""
        ...

    def calls(self, patient: PatientId) -> Sequence[Entry]:
        """Return the calls in which the person was known to be themselves."""
        ...

    def callbacks(self, patient: PatientId) -> Sequence[Entry]:
        """Return the calls back that the person was owed."""
        ...


def timeline(desk: Desk, history: History, record: Record, call: Call, skip: int) -> Page:
    """Return a part of the timeline of whose record has been opened, and so written down.

    The call under way and the agent's own looks are no news to the agent, and are left out.
    """
    patient = record.patient
    seen = [
        access
        for access in desk.records.accesses(patient, MOST_ACCESSES)
        if access.actor != call.agent
    ]
    return page_of(
        [
            *history.changes([visit.id for visit in record.visits]),
            *history.messages(patient),
            *(entry for entry in history.calls(patient) if entry.call != call.id),
            *history.callbacks(patient),
            *looks(seen),
        ],
        skip,
    )
