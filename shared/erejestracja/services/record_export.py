"""Send a dose's record to the national one: its newest version, until it is there or a person's."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NoReturn, Protocol

from erejestracja.domain.events import Event
from erejestracja.domain.exports import Export, ExportStatus, Refused, Superseded, told_of_end
from erejestracja.domain.ids import PatientId, VaccinationId
from erejestracja.domain.immunization import immunization
from erejestracja.domain.pesel import Pesel
from erejestracja.domain.sending import AccountTrouble, NotYet, TryLater
from erejestracja.domain.vaccination import Vaccination
from erejestracja.events.envelope import BadEvent
from erejestracja.ports import Publisher

# Attempts of one event: Pub/Sub's backoff of up to a minute bridges a restart. What takes longer
# is left to upkeep, which asks again every quarter of an hour, so that an outage fills no dead
# letter; after some six hours of that it is a person's.
TOGETHER = 4
MOST_ATTEMPTS = TOGETHER * 24

log = logging.getLogger(__name__)


class Records(Protocol):
    """Doses on record."""

    def vaccinations(self, vaccination: VaccinationId) -> list[Vaccination]:
        """Return all versions of a record, the newest first."""
        ...


class Identities(Protocol):
    """Who a person is to the state."""

    def pesel(self, patient: PatientId) -> Pesel | None:
        """Return the person's PESEL; not everybody has one."""
        ...


class Exports(Protocol):
    """Exports as Spanner has them."""

    def get(self, vaccination: VaccinationId, version: int) -> Export | None:
        """Return how a version fares; None where it was never asked for."""
        ...

    def count_attempt(self, export: Export) -> None:
        """Write down an export whose attempt failed for the moment."""
        ...

    def end(self, export: Export, event: Event) -> datetime:
        """Write how it ended and tell it, in one commit that may be repeated."""
        ...


class NationalRecord(Protocol):
    """Keeps documents by their id."""

    def put(self, document: Mapping[str, Any]) -> str:
        """Send a document; return what it is known by there. Raises NotSent in its kinds."""
        ...


@dataclass(frozen=True, slots=True)
class Exporter:
    """Sends records of doses to the national one."""

    records: Records
    people: Identities
    exports: Exports
    national: NationalRecord
    publisher: Publisher

    def export(self, data: Mapping[str, Any]) -> None:
        """Send the newest version of the record an event names; told twice, it is there once.

        Raises NotYet where the event is to be delivered again, BadEvent where it names no record.
        """
        if not isinstance(data.get("vaccination"), str):
            raise BadEvent("an event that names no vaccination")
        versions = self.records.vaccinations(VaccinationId(data["vaccination"]))
        if not versions:
            raise BadEvent("an event of a vaccination that is not on record")
        newest = versions[0]
        export = self.exports.get(newest.id, newest.version) or Export(
            newest.id, newest.version, newest.point
        )
        if export.status is not ExportStatus.PENDING:
            return
        pesel = self.people.pesel(newest.patient)
        if pesel is None:
            self._end(export, ExportStatus.REJECTED, failure="no_pesel")
        else:
            self._send(export, immunization(newest, pesel))

    def _send(self, export: Export, document: Mapping[str, Any]) -> None:
        try:
            reference = self.national.put(document)
        except Refused as never:
            self._end(export, ExportStatus.REJECTED, failure=never.reason)
        except Superseded as newer:
            self._overtaken(export, newer.reason)
        except TryLater as later:
            self._attempt_failed(export, later.reason)
        except AccountTrouble as ours:
            _ours_to_mend(ours.reason)
        else:
            self._end(export, ExportStatus.ACCEPTED, reference=reference or None)

    def _overtaken(self, export: Export, reason: str) -> None:
        """Leave it to the event of the version recorded since we read, if there is one.

        Else the national record has what we do not, as after a restore: that is a person's.
        """
        if self.records.vaccinations(export.vaccination)[0].version == export.version:
            self._end(export, ExportStatus.REJECTED, failure=reason)

    def _attempt_failed(self, export: Export, reason: str) -> None:
        """Count an attempt; raise NotYet unless it is upkeep's next, or was the last."""
        tried = replace(export, attempts=export.attempts + 1, failure=reason)
        if tried.attempts >= MOST_ATTEMPTS:
            self._end(tried, ExportStatus.GIVEN_UP, failure=reason)
            return
        self.exports.count_attempt(tried)
        if tried.attempts % TOGETHER:
            raise NotYet(reason)

    def _end(
        self,
        export: Export,
        status: ExportStatus,
        *,
        reference: str | None = None,
        failure: str | None = None,
    ) -> None:
        ended = replace(export, status=status, reference=reference, failure=failure)
        event = told_of_end(ended)
        self.publisher.publish([event], self.exports.end(ended, event))


def _ours_to_mend(reason: str) -> NoReturn:
    """Leave a record as it is: no fault of it; upkeep asks for it until we have mended ours."""
    log.error("the national record takes nothing of ours: %s", reason)
    raise NotYet(reason)
