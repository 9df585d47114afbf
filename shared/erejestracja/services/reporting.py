"""Archive each event once, and only then strike it off the outbox."""

import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

from erejestracja.events.envelope import Delivery
from erejestracja.services.gathering import Gathering

# As many as the function has threads can come together (suite.yaml); a few less, so that a full
# house does not wait for the clock.
MOST = 60
LONGEST_S = 0.15

log = logging.getLogger(__name__)


class Archive(Protocol):
    """Keeps events for good."""

    def write(self, events: Sequence[Delivery]) -> Mapping[str, str]:
        """Write events; return the reason for each that was refused, by event id."""
        ...


class Outbox(Protocol):
    """What has happened and is not archived yet."""

    def strike(self, ids: Sequence[str]) -> None:
        """Forget events; those that are not there are no matter."""
        ...


class Reporter:
    """Archives events, many at a time."""

    def __init__(
        self, archive: Archive, outbox: Outbox, *, most: int = MOST, longest_s: float = LONGEST_S
    ) -> None:
        self._archive = archive
        self._outbox = outbox
        self._gathering = Gathering(self._write, most=most, longest_s=longest_s)

    def record(self, event: Delivery) -> None:
        """Return when an event is archived and struck off.

        Raises NotDone where it is not, so that it is delivered again; one the archive will never
        take ends as a dead letter, and its neighbours are none the worse.
        """
        self._gathering.add(event)

    def _write(self, events: Sequence[Delivery]) -> Mapping[int, str]:
        once = {event.id: event for event in events}
        refused = self._archive.write(list(once.values()))
        archived = [event for event in once if event not in refused]
        if archived:
            self._outbox.strike(archived)
        log.info("events archived", extra={"facts": _facts(len(archived), refused)})
        return {n: refused[e.id] for n, e in enumerate(events) if e.id in refused}


def _facts(archived: int, refused: Mapping[str, str]) -> dict[str, object]:
    return {"archived": archived, "refused": len(refused)}
