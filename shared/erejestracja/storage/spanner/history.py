"""What has happened with a person: changes of visits, messages, calls."""

from collections.abc import Sequence

from erejestracja.domain.call import CallId, Step
from erejestracja.domain.ids import PatientId, VisitId
from erejestracja.domain.timeline import Entry, Kind
from erejestracja.storage.spanner.database import Database, Keys, prefix


class SpannerHistory:
    """Port History."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changes(self, visits: Sequence[VisitId]) -> Sequence[Entry]:
        """Return every change of the visits."""
        if not visits:
            return []
        columns = ("ChangedAt", "Change", "Channel", "VisitId")
        keys = Keys(prefixes=[(visit,) for visit in visits])
        return [
            Entry(at, Kind.VISIT, change, by=channel, visit=VisitId(visit))
            for at, change, channel, visit in self._database.read("VisitChanges", columns, keys)
        ]

    def messages(self, patient: PatientId) -> Sequence[Entry]:
        """Return the messages asked for, and where each is; their facts are not read."""
        ids = self._database.read(
            "Messages", ("MessageId",), prefix(patient), index="MessagesByPatient"
        )
        if not ids:
            return []
        columns = ("CreatedAt", "Template", "Status", "Receipt", "VisitId")
        found = self._database.read("Messages", columns, Keys(exact=ids))
        return [
            Entry(
                at,
                Kind.MESSAGE,
                template,
                state=receipt or status,
                visit=VisitId(visit) if visit else None,
            )
            for at, template, status, receipt, visit in found
        ]

    def calls(self, patient: PatientId) -> Sequence[Entry]:
        """Return the calls in which the person was known to be themselves, each once."""
        known = prefix(patient, Step.CONFIRMED.value)
        ids = self._database.read("CallSteps", ("CallId",), known, index="CallStepsByPatient")
        if not ids:
            return []
        columns = ("OpenedAt", "Outcome", "Agent", "CallId")
        found = self._database.read("Calls", columns, Keys(exact=ids))
        return [
            Entry(at, Kind.CALL, outcome or "open", by=agent, call=CallId(call))
            for at, outcome, agent, call in found
        ]

    def callbacks(self, patient: PatientId) -> Sequence[Entry]:
        """Return the calls back that the person was owed."""
        ids = self._database.read(
            "Callbacks", ("CallbackId",), prefix(patient), index="CallbacksByPatient"
        )
        if not ids:
            return []
        columns = ("AskedAt", "Cause", "Status", "Result")
        found = self._database.read("Callbacks", columns, Keys(exact=ids))
        return [
            Entry(at, Kind.CALLBACK, cause, state=result or status)
            for at, cause, status, result in found
        ]
