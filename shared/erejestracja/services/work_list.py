"""What the national record did not take: a point's work list, and asking again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import NotFound
from erejestracja.domain.events import Event
from erejestracja.domain.exports import Export, asked_by_person, asked_by_upkeep
from erejestracja.domain.ids import PointId, VaccinationId
from erejestracja.ports import Clash, Clock, Gone, Publisher
from erejestracja.services.clinic import check_staff

# A point gives some hundreds of doses a day; who has more than these on the list has one cause.
MOST_SHOWN = 200
# The attempts of one event are over within a few minutes.
LEFT_BEHIND = timedelta(minutes=15)
# A run, in the cloud one a minute: what a nation gave in an outage of hours is asked for in one.
MOST_LEFT_BEHIND = 3200
TOGETHER = 50


class Exports(Protocol):
    """Exports as Spanner has them."""

    def newest(self, vaccination: VaccinationId) -> Export | None:
        """Return how the newest version of a record fares."""
        ...

    def failed(self, point: PointId, limit: int) -> Sequence[Export]:
        """Return what a point's people have to see to, the longest waiting first."""
        ...

    def left_behind(self, before: datetime, limit: int) -> Sequence[Export]:
        """Return exports still pending that nothing has happened to since an instant."""
        ...

    def ask_again(self, exports: Sequence[Export], events: Sequence[Event]) -> datetime:
        """Put new requests into the outbox and mark the exports as changed now."""
        ...

    def reopen(self, export: Export, event: Event) -> datetime:
        """Write an export that a person asks for again. Raises Clash where another just did."""
        ...


@dataclass(frozen=True, slots=True)
class WorkList:
    """Exports that failed, for the people of the point where the dose was given."""

    exports: Exports
    publisher: Publisher

    def failed(self, actor: Actor, point: PointId) -> Sequence[Export]:
        """Return what a person has to see to. Raises NotAllowed."""
        check_staff(actor, point)
        return self.exports.failed(point, MOST_SHOWN)

    def status_of(self, vaccination: VaccinationId) -> Export | None:
        """Return how a record's newest version fares, to whoever may see the record."""
        return self.exports.newest(vaccination)

    def retry(self, actor: Actor, point: PointId, vaccination: VaccinationId) -> Export:
        """Ask for a record's newest version again; what has not failed stays as it is.

        Raises NotAllowed, and NotFound where the dose was not given at this point.
        """
        check_staff(actor, point)
        export = self.exports.newest(vaccination)
        if export is None or export.point != point:
            raise NotFound
        if not export.failed:
            return export
        again = Export(export.vaccination, export.version, point, rounds=export.rounds + 1)
        event = asked_by_person(again)
        try:
            committed = self.exports.reopen(again, event)
        except Clash:
            return again  # somebody else has just asked for the same, which is all that was wanted
        self.publisher.publish([event], committed)
        return again


def ask_again(exports: Exports, publisher: Publisher, clock: Clock) -> int:
    """Ask again for exports that nobody seems to be working on; return how many.

    Exporting is idempotent, so asking too often does no harm; asking never would.
    """
    now = clock.now()
    left = exports.left_behind(now - LEFT_BEHIND, MOST_LEFT_BEHIND)
    asked = 0
    for start in range(0, len(left), TOGETHER):
        some = left[start : start + TOGETHER]
        events = [asked_by_upkeep(export, now) for export in some]
        try:
            committed = exports.ask_again(some, events)
        except (Clash, Gone):
            continue  # some have ended meanwhile, or another run has asked; the next looks again
        publisher.publish(events, committed)
        asked += len(some)
    return asked
