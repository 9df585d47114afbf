from dataclasses import replace
from datetime import timedelta

import pytest

from erejestracja.domain.call import Call, Caller, CallId
from erejestracja.domain.ids import PatientId
from erejestracja.domain.person import Access
from erejestracja.domain.timeline import PAGE, Entry, Kind, looks, page_of
from erejestracja.services.desk import Desk
from erejestracja.services.record import Record
from erejestracja.services.timeline import timeline
from tests.support.builders import NOW, a_point, a_session, a_visit
from tests.support.desk import a_desk
from tests.support.fake_history import FakeHistory
from tests.support.fake_store import FakeStore

ANNA, JAN = PatientId("a" * 26), PatientId("j" * 26)
CALL = Call(CallId("now"), "agent", NOW, (Caller(ANNA, confirmed=True),))
VISIT = replace(a_visit(), patient=ANNA)
RECORD = Record(ANNA, None, [], [VISIT], {})


def minute(number: int, kind: Kind = Kind.MESSAGE, what: str = "booked") -> Entry:
    return Entry(NOW + timedelta(minutes=number), kind, what)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def desk(store: FakeStore) -> Desk:
    return a_desk(store, [a_session()], [a_point()])


def test_a_timeline_is_one_list_with_the_newest_first(desk: Desk) -> None:
    booked = replace(minute(1, Kind.VISIT, "visit.booked"), visit=VISIT.id)
    message, call = minute(2), replace(minute(3, Kind.CALL), call=CallId("before"))
    history = FakeHistory({ANNA: [message, booked, call]})
    page = timeline(desk, history, RECORD, CALL, 0)
    assert page.entries == [call, message, booked]
    assert page.older is None


def test_what_happened_with_another_person_is_not_in_it(desk: Desk) -> None:
    other = [minute(1), minute(2, Kind.CALL), replace(minute(3, Kind.VISIT), visit="another's")]  # type: ignore[arg-type]
    assert not timeline(desk, FakeHistory({JAN: other}), RECORD, CALL, 0).entries


def test_the_call_under_way_is_not_in_it(desk: Desk) -> None:
    history = FakeHistory({ANNA: [replace(minute(1, Kind.CALL), call=CALL.id)]})
    assert not timeline(desk, history, RECORD, CALL, 0).entries


def test_an_agent_reads_others_looks_and_not_their_own(desk: Desk, store: FakeStore) -> None:
    own = Access(NOW, CALL.agent, "agent", "record.viewed")
    medics = Access(NOW, "medic", "medic", "visit.viewed")
    store.seen_by = [(ANNA, own), (ANNA, medics), (JAN, medics)]
    [entry] = timeline(desk, FakeHistory(), RECORD, CALL, 0).entries
    assert (entry.kind, entry.what, entry.by) == (Kind.ACCESS, "visit.viewed", "medic")


def test_the_looks_of_a_day_are_one_entry_the_newest() -> None:
    first = Access(NOW, "medic", "medic", "visit.viewed")
    later = replace(first, at=NOW + timedelta(minutes=5))
    tomorrow = replace(first, at=NOW + timedelta(days=1))
    other = replace(first, actor="another")
    found = looks([tomorrow, later, first, other])
    assert [entry.at for entry in found] == [tomorrow.at, later.at, other.at]


@pytest.mark.parametrize(("count", "older"), [(PAGE, None), (PAGE + 1, PAGE)])
def test_a_page_says_whether_there_is_something_older(count: int, older: int | None) -> None:
    page = page_of([minute(number) for number in range(count)], 0)
    assert len(page.entries) == PAGE
    assert page.older == older


def test_pages_after_one_another_have_each_entry_once() -> None:
    entries = [minute(number) for number in range(2 * PAGE + 1)]
    first = page_of(entries, 0)
    assert first.older is not None
    second = page_of(entries, first.older)
    assert second.older is not None
    third = page_of(entries, second.older)
    assert third.older is None
    assert [*first.entries, *second.entries, *third.entries] == entries[::-1]


def test_there_is_nothing_after_the_last() -> None:
    assert page_of([minute(1)], PAGE).entries == []
