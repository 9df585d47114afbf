"""Each operation of booking, and the calls to Spanner it costs: reads by key and one commit."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from erejestracja.domain.criteria import Criteria
from erejestracja.domain.ids import PatientId, SlotKey
from erejestracja.domain.visit import CancelReason
from erejestracja.services import booking, holds
from erejestracja.services.booking import BookVisit
from erejestracja.services.desk import Desk
from erejestracja.services.holds import Asker
from erejestracja.services.places import Wanted
from erejestracja.storage.spanner.database import Database
from tests.support.builders import (
    MODERNA,
    PFIZER,
    a_person,
    a_point,
    a_referral,
    a_session,
    an_actor,
)
from tests.support.desk import a_desk
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import SpannerStore, save

pytestmark = pytest.mark.emulator

ANNA = PatientId("a" * 26)
ACTOR = an_actor(patient=ANNA)
READ, COMMIT = "streaming_read", "commit"


@pytest.fixture
def desk(database: Database) -> Desk:
    saved = save(database, [a_point()], [a_session()], [a_person(ANNA)], [a_referral(ANNA)])
    # The emulator's clock runs ahead of ours; what was a moment ago includes the referral then.
    while datetime.now(UTC) <= saved:
        pass
    store = SpannerStore(database, a_moment=timedelta(0))
    return a_desk(store, [a_session()], [a_point()])


def calls_of(what: Callable[[], Any]) -> list[str]:
    with calls_to_spanner() as made:
        what()
    return made


def held(desk: Desk, index: int = 0) -> Wanted:
    slot = SlotKey(a_session().key, index)
    return Wanted(hold=desk.tokens.seal(holds.hold_slot(desk, Asker(ACTOR, ANNA, None), slot).hold))


def booked(desk: Desk, wanted: Wanted, key: str | None = None) -> Any:
    request = BookVisit(ACTOR, ANNA, a_referral(ANNA).id, wanted, key)
    return booking.book(desk, request).visit


def test_a_hold_is_one_read_and_one_commit(desk: Desk) -> None:
    assert calls_of(lambda: held(desk)) == [READ, COMMIT]


def test_finding_and_holding_the_best_is_one_read_and_one_commit(desk: Desk) -> None:
    asker = Asker(ACTOR, ANNA, None)
    assert calls_of(lambda: holds.hold_best(desk, asker, Criteria())) == [READ, COMMIT]


def test_a_referral_of_this_moment_costs_one_more_read(database: Database) -> None:
    save(database, [a_point()], [a_session()], [a_person(ANNA)], [a_referral(ANNA)])
    desk = a_desk(SpannerStore(database), [a_session()], [a_point()])
    assert calls_of(lambda: held(desk)) == [READ, READ, COMMIT]


def test_places_of_several_vaccines_cost_no_more(database: Database) -> None:
    several = a_session(vaccine=MODERNA, also=(PFIZER,))
    saved = save(database, [a_point()], [several], [a_person(ANNA)], [a_referral(ANNA)])
    while datetime.now(UTC) <= saved:
        pass
    store = SpannerStore(database, a_moment=timedelta(0))
    desk = a_desk(store, [several], [a_point()])
    wish = Criteria(vaccines=frozenset({PFIZER}))
    kept = []
    asker = Asker(ACTOR, ANNA, None)
    assert calls_of(lambda: kept.append(holds.hold_best(desk, asker, wish))) == [READ, COMMIT]
    visits = []
    wanted = Wanted(hold=desk.tokens.seal(kept[0].hold))
    assert calls_of(lambda: visits.append(booked(desk, wanted))) == [READ, COMMIT]
    assert desk.records.visit(visits[0].id)[0].vaccine == PFIZER  # type: ignore[index]


def test_extending_a_hold_is_one_commit(desk: Desk) -> None:
    wanted = held(desk)
    assert calls_of(lambda: holds.extend(desk, ANNA, str(wanted.hold))) == [COMMIT]


def test_a_confirmation_is_one_read_and_one_commit(desk: Desk) -> None:
    wanted = held(desk)
    assert calls_of(lambda: booked(desk, wanted)) == [READ, COMMIT]


def test_booking_without_a_hold_is_one_read_and_one_commit(desk: Desk) -> None:
    slot = Wanted(slot=SlotKey(a_session().key, 0))
    assert calls_of(lambda: booked(desk, slot, "key")) == [READ, COMMIT]


def test_a_move_is_two_reads_and_one_commit(desk: Desk) -> None:
    visit = booked(desk, held(desk))
    wanted = held(desk, 1)

    def move() -> None:
        found = booking.visit_of(desk, ACTOR, visit.id)
        booking.move(desk, ACTOR, ANNA, found, wanted)

    assert calls_of(move) == [READ, READ, COMMIT]


def test_a_cancellation_is_one_read_and_one_commit(desk: Desk) -> None:
    visit = booked(desk, held(desk))

    def cancel() -> None:
        found = booking.visit_of(desk, ACTOR, visit.id)
        booking.cancel(desk, ACTOR, found, CancelReason.PATIENT)

    assert calls_of(cancel) == [READ, COMMIT]
