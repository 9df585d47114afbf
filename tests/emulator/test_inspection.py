from dataclasses import replace
from datetime import UTC, datetime

import pytest

from erejestracja.domain.visit import VisitChange, VisitStatus
from erejestracja.storage.spanner.database import Database, key
from erejestracja.storage.spanner.inspection import Inspection
from tests.support.bookings_contract import PATIENTS, a_change
from tests.support.builders import (
    POINT,
    a_hold,
    a_person,
    a_place,
    a_point,
    a_session,
    a_visit,
)
from tests.support.spanner import SpannerStore, save

pytestmark = pytest.mark.emulator
ANNA, JAN = PATIENTS


@pytest.fixture
def store(database: Database) -> SpannerStore:
    save(database, [a_point()], [a_session()], [a_person(p) for p in PATIENTS])
    store = SpannerStore(database)
    store.hold(a_hold(a_place(index=0), ANNA), [])
    visit = a_visit(a_place(index=1), JAN)
    store.book(visit, a_change(visit), "d", hold=None)
    return store


def found(database: Database) -> list[str]:
    return [breach.invariant for breach in Inspection(database).of_points([POINT])]


@pytest.mark.usefixtures("store")
def test_lawful_rows_have_no_breach(database: Database) -> None:
    assert found(database) == []


def test_a_place_beyond_the_session_is_found(database: Database, store: SpannerStore) -> None:
    store.hold(a_hold(a_place(index=0, place=7), JAN), [])
    assert found(database) == ["place in its session"]


@pytest.mark.usefixtures("store")
def test_a_place_whose_hold_is_gone_is_found(database: Database) -> None:
    hold = a_hold(a_place(index=0), ANNA)
    database.commit(lambda batch: batch.delete("Holds", key(hold.id, 0)))
    assert found(database) == ["hold has its place"]


def test_a_place_of_a_cancelled_visit_is_found(database: Database, store: SpannerStore) -> None:
    visit = a_visit(a_place(index=1), JAN)
    ended = replace(visit, status=VisitStatus.CANCELLED, version=2)
    store.end(ended, a_change(ended, VisitChange.CANCELLED), frees=False)
    assert found(database) == ["visit has its place"]


@pytest.mark.parametrize("status", [VisitStatus.NO_SHOW, VisitStatus.CANCELLED])
def test_a_visit_that_ends_once_it_has_begun_keeps_its_place(
    database: Database, store: SpannerStore, status: VisitStatus
) -> None:
    begun = datetime(2026, 1, 5, 8, tzinfo=UTC)
    visit = a_visit(a_place(index=1, place=1), ANNA, starts_at=begun)
    store.book(visit, a_change(visit), "d", hold=None)
    ended = replace(visit, status=status, version=2)
    store.end(ended, a_change(ended, VisitChange.MISSED), frees=False)
    assert found(database) == []
