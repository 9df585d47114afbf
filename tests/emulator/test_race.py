"""Callers racing for few places on the real Spanner emulator; afterwards the rows are counted."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from typing import Any

import pytest

from erejestracja.domain.criteria import Criteria
from erejestracja.domain.errors import AlreadyBooked, Refusal, SlotTaken
from erejestracja.domain.ids import PatientId, SlotKey, derived_id
from erejestracja.domain.visit import CancelReason
from erejestracja.services import booking, holds
from erejestracja.services.booking import BookVisit
from erejestracja.services.desk import Desk
from erejestracja.services.holds import Asker
from erejestracja.services.places import Wanted
from erejestracja.storage.spanner.database import Database
from tests.support.builders import a_person, a_point, a_referral, a_session, an_actor
from tests.support.desk import a_desk
from tests.support.spanner import SpannerStore, save

pytestmark = pytest.mark.emulator

CALLERS = 32
PEOPLE = [PatientId(derived_id("racer", str(n), length=26)) for n in range(64)]
TWENTY = a_session(slots=10, places=2)


@pytest.fixture
def store(database: Database) -> SpannerStore:
    people = [a_person(p) for p in PEOPLE]
    save(database, [a_point()], [TWENTY], people, [a_referral(p) for p in PEOPLE])
    return SpannerStore(database)


def desk_of(store: SpannerStore, seed: int) -> Desk:
    """Return a desk of its own, as another instance of the function would have."""
    return a_desk(store, [TWENTY], [a_point()], random=Random(seed))


def race(runner: Callable[[int], Any], runners: int) -> list[Any]:
    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(runner, range(runners)))


def outcome(what: Callable[[], Any]) -> Any:
    try:
        return what()
    except Refusal as refusal:
        return refusal


def book(desk: Desk, person: PatientId, wanted: Wanted, key: str | None = None) -> Any:
    request = BookVisit(an_actor(patient=person), person, a_referral(person).id, wanted, key)
    return booking.book(desk, request)


def test_sixty_four_callers_for_twenty_places_book_exactly_twenty(store: SpannerStore) -> None:
    def find_hold_and_book(number: int) -> Any:
        person = PEOPLE[number]
        desk = desk_of(store, number)
        asker = Asker(an_actor(patient=person), person, None)
        kept = holds.hold_best(desk, asker, Criteria())
        return book(desk, person, Wanted(hold=desk.tokens.seal(kept.hold)))

    results = race(lambda n: outcome(lambda: find_hold_and_book(n)), len(PEOPLE))
    losers = [r for r in results if isinstance(r, Refusal)]
    assert len(results) - len(losers) == 20
    assert {type(loser) for loser in losers} == {SlotTaken}
    assert store.state(TWENTY).free_in_all() == 0
    standing = [v for p in PEOPLE for v in store.visits(p)]
    assert len({v.place for v in standing}) == len(standing) == 20
    assert store.holds() == []


def test_the_same_key_from_thirty_two_callers_at_once_books_once(store: SpannerStore) -> None:
    person = PEOPLE[0]
    slot = Wanted(slot=SlotKey(TWENTY.key, 0))

    results = race(
        lambda n: outcome(lambda: book(desk_of(store, n), person, slot, "one key")), CALLERS
    )
    assert {type(r).__name__ for r in results} == {"Booked"}
    assert len({r.visit.id for r in results}) == 1
    assert sum(r.created for r in results) == 1
    assert store.state(TWENTY).taken.bit_count() == 1


def test_one_person_with_thirty_two_keys_at_once_has_one_visit(store: SpannerStore) -> None:
    person = PEOPLE[0]

    def attempt(number: int) -> Any:
        slot = Wanted(slot=SlotKey(TWENTY.key, number % 10))
        return outcome(lambda: book(desk_of(store, number), person, slot, f"key {number}"))

    kinds = Counter(type(r) for r in race(attempt, CALLERS))
    assert kinds.pop(AlreadyBooked) == CALLERS - 1
    assert sum(kinds.values()) == 1
    assert store.state(TWENTY).taken.bit_count() == 1


def test_moves_and_cancellations_at_once_leave_places_and_visits_in_step(
    store: SpannerStore,
) -> None:
    visits = [
        book(desk_of(store, n), PEOPLE[n], Wanted(slot=SlotKey(TWENTY.key, n)), None).visit
        for n in range(8)
    ]

    def churn(number: int) -> None:
        random = Random(number)
        desk = desk_of(store, number)
        for _ in range(4):
            visit = store.visit(random.choice(visits).id)[0]
            actor = an_actor(patient=visit.patient)
            slot = Wanted(slot=SlotKey(TWENTY.key, random.randrange(10)))
            if random.random() < 0.15:
                outcome(partial(booking.cancel, desk, actor, visit, CancelReason.PATIENT))
            else:
                outcome(partial(booking.move, desk, actor, visit.patient, visit, slot))

    race(churn, CALLERS)
    now = [store.visit(visit.id)[0] for visit in visits]
    standing = {visit.place for visit in now if visit.status.is_active}
    taken = store.state(TWENTY).taken
    assert sum(TWENTY.bit(place.slot.index, place.place) for place in standing) == taken
