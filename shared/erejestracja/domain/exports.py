"""Exports: how a version of a dose's record fares on its way to the national record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from erejestracja.domain.events import Event, Topic
from erejestracja.domain.ids import EventId, PointId, VaccinationId
from erejestracja.domain.sending import NotSent

REQUESTED: Topic = "exports-requested"
OUTCOMES: Topic = "exports"


class ExportStatus(StrEnum):
    """Where an export is: what is not `pending` is final, unless a person asks again."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    GIVEN_UP = "givenUp"


# What the end is called where it is told.
ENDS: Mapping[ExportStatus, str] = {
    ExportStatus.ACCEPTED: "accepted",
    ExportStatus.REJECTED: "rejected",
    ExportStatus.GIVEN_UP: "gave_up",
}


class Refused(NotSent):
    """The national record will not take this version; `reason` is why, as a word of ours."""


class Superseded(NotSent):
    """The national record has a newer version of ours."""


@dataclass(frozen=True, slots=True)
class Export:
    """One version of a record on its way.

    `attempts` counts those that failed for the moment since a person last asked for it, `rounds`
    how often one did. `reference` is what the national record knows it by, `failure` why it is not
    there, `since` when all that became so.
    """

    vaccination: VaccinationId
    version: int
    point: PointId
    status: ExportStatus = ExportStatus.PENDING
    attempts: int = 0
    rounds: int = 0
    reference: str | None = None
    failure: str | None = None
    since: datetime | None = None

    @property
    def failed(self) -> bool:
        """Tell whether it is a person's now."""
        return self.status in (ExportStatus.REJECTED, ExportStatus.GIVEN_UP)


def told_of_end(export: Export) -> Event:
    """Return what is told of an end; the same end of the same round has the same id."""
    what = ENDS[export.status]
    return Event(
        id=EventId(f"{export.vaccination}.{export.version}.{what}.{export.rounds}"),
        topic=OUTCOMES,
        type=f"export.{what}",
        data=_named(export) | {"reason": export.failure},
    )


def asked_by_upkeep(export: Export, now: datetime) -> Event:
    """Return the request to try once more; two runs of the same minute ask once."""
    return _asked(export, f"{now:%Y%m%d%H%M}")


def asked_by_person(export: Export) -> Event:
    """Return the request that begins a round; two people who ask at once ask once."""
    return _asked(export, f"round{export.rounds}")


def _asked(export: Export, when: str) -> Event:
    return Event(
        id=EventId(f"{export.vaccination}.{export.version}.asked.{when}"),
        topic=REQUESTED,
        type="export.requested",
        data=_named(export),
    )


def _named(export: Export) -> dict[str, Any]:
    return {
        "vaccination": export.vaccination,
        "version": export.version,
        "point": export.point,
    }
