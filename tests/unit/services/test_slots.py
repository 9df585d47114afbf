"""Single slots changed against their rule, and what survives what."""

from dataclasses import replace
from datetime import timedelta

import pytest

from erejestracja.domain.errors import InvalidRequest, NotFound
from erejestracja.domain.ids import PointId, SessionKey, SlotKey
from erejestracja.domain.session import Visibility
from erejestracja.domain.visit import VisitStatus
from tests.support.builders import AT_EIGHT, DAY, a_session
from tests.support.fake_schedules import live_sessions
from tests.support.schedule_case import Case

INTERNAL = Visibility.INTERNAL


@pytest.fixture
def case() -> Case:
    case = Case()
    case.made()
    return case


def at(case: Case, hour: str) -> tuple[int, Visibility]:
    slot = case.slot(hour)
    session = case.store.tables.sessions[slot.session]
    return session.places, session.visibility


def test_one_slot_is_changed_and_the_others_are_as_they_were(case: Case) -> None:
    case.vary(case.slot("10:00"), 5, INTERNAL)
    assert at(case, "10:00") == (5, INTERNAL)
    assert at(case, "09:45") == at(case, "10:15") == (2, Visibility.EXTERNAL)
    assert len(case.slots()) == 32
    assert case.is_open_as_ruled()


def test_a_slot_made_internal_is_released_as_its_series_says(case: Case) -> None:
    case.change(release_hours=24)
    case.vary(case.slot("10:00"), None, INTERNAL)
    released = {
        hour: case.store.tables.sessions[case.slot(hour).session].release_hours
        for hour in ("09:45", "10:00", "10:15")
    }
    assert released == {"09:45": None, "10:00": 24, "10:15": None}


def test_it_survives_edits_of_its_series_and_is_as_ruled_again_when_asked(case: Case) -> None:
    case.vary(case.slot("10:00"), None, INTERNAL)
    case.change(places=3)
    assert at(case, "10:00") == (3, INTERNAL)
    case.vary(case.slot("10:00"))
    assert at(case, "10:00") == (3, Visibility.EXTERNAL)
    assert case.reach().series.varied == ()


def test_a_slot_without_places_is_gone_and_its_visit_wants_another(case: Case) -> None:
    hit, spared = case.visit("anna", index=8), case.visit("jan", index=9)
    case.vary(case.slot("10:00"), 0)
    assert "10:00" not in case.slots()
    assert case.status(hit) is VisitStatus.ORPHANED
    assert case.status(spared) is VisitStatus.BOOKED


def test_a_closure_wins_over_it(case: Case) -> None:
    case.vary(case.slot("10:00"), 5)
    number = case.close().closure.closed.number
    assert "10:00" not in case.slots()
    case.reopen(number)
    assert at(case, "10:00") == (5, Visibility.EXTERNAL)


def test_it_is_undone_like_any_edit(case: Case) -> None:
    edit = case.vary(case.slot("10:00"), 5)
    case.undo(edit)
    assert at(case, "10:00") == (2, Visibility.EXTERNAL)


def test_what_is_over_is_forgotten(case: Case) -> None:
    case.vary(case.slot("10:00"), 5)
    case.board.clock.at = AT_EIGHT + timedelta(days=1)  # type: ignore[attr-defined]
    case.vary(case.slot("10:00", day=2), 4)
    [left] = case.reach().series.varied
    assert left.starts_at == AT_EIGHT + timedelta(days=2, hours=2)


def test_what_is_not_there_is_not_found(case: Case) -> None:
    good = case.slot("10:00")
    withdrawn = good
    case.vary(good, 5)
    walk_in = a_session(day=DAY, nr=1 << 30)
    case.store.tables.sessions[walk_in.key] = walk_in
    elsewhere = replace(good.session, point=PointId("bbbbbbbbbb"))
    for slot in (
        withdrawn,
        SlotKey(walk_in.key, 0),
        SlotKey(elsewhere, 0),
        SlotKey(case.slot("10:15").session, 99),
        SlotKey(SessionKey(good.session.point, DAY, 7), 0),
    ):
        with pytest.raises(NotFound):
            case.vary(slot, 1)


def test_a_slot_of_today_stays(case: Case) -> None:
    case.board.clock.at = AT_EIGHT  # type: ignore[attr-defined]
    with pytest.raises(InvalidRequest):
        case.vary(case.slot("10:00"), 1)


def test_a_day_is_cut_into_as_many_parts_as_there_are_numbers(case: Case) -> None:
    hours = case.slots()[1::2]
    for hour in hours[:7]:
        case.vary(case.slot(hour), 5)
    with pytest.raises(InvalidRequest):
        case.vary(case.slot(hours[7]), 5)
    assert case.is_open_as_ruled()
    assert len(live_sessions(case.schedules)) > 16
