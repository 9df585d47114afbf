"""How a visit gives its place up: each way over the ports, the same on the fakes and on Spanner."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from erejestracja.domain.change import Change
from erejestracja.domain.deed import Deed, Exchange
from erejestracja.domain.ids import PlaceKey, SlotKey
from erejestracja.domain.visit import Visit, VisitChange, VisitStatus
from tests.support.builders import a_session, an_actor

# A session of who came for somebody's dose.
SWAPPED = a_session(nr=15, slots=1, places=1)


def ended(visit: Visit, what: VisitChange) -> tuple[Visit, Change]:
    """Return a visit as a change leaves it."""
    status = visit.after(what)
    assert status
    return replace(visit, status=status, version=visit.version + 1), Change(what, an_actor(), [])


def cancel(store: Any, visit: Visit, _: PlaceKey) -> None:
    after, change = ended(visit, VisitChange.CANCELLED)
    store.end(after, change, frees=visit.status is not VisitStatus.ORPHANED)


def move(store: Any, visit: Visit, to: PlaceKey) -> None:
    after, change = ended(visit, VisitChange.MOVED)
    store.move(replace(after, place=to), visit.place, change, hold=None)


def arrive_and_defer(store: Any, visit: Visit, _: PlaceKey) -> None:
    here, change = ended(visit, VisitChange.ARRIVED)
    store.end(here, change, frees=False)
    store.do(Deed(*ended(here, VisitChange.DEFERRED), frees=True))


def miss(store: Any, visit: Visit, _: PlaceKey) -> None:
    store.do(Deed(*ended(visit, VisitChange.MISSED)))


def swap(store: Any, visit: Visit, to: PlaceKey) -> None:
    """Let the visit's person come now for the dose of who has the other place."""
    missed = store.visit(store.claims(to.slot)[to.place].id)[0]
    missed, change = ended(missed, VisitChange.MISSED)
    store.do(Deed(missed, change))
    came, arrived = ended(visit, VisitChange.ARRIVED)
    came = replace(came, place=PlaceKey(SlotKey(SWAPPED.key, 0), 0))
    replaced = Deed(*ended(missed, VisitChange.REPLACED))
    store.exchange(Exchange(SWAPPED, replaced, [(came, visit.place, arrived)], None))


# By cancelling, moving and so on: to another place that is free, or for a swap is somebody's.
WAYS: list[Callable[[Any, Visit, PlaceKey], None]] = [cancel, move, arrive_and_defer, miss, swap]
