from dataclasses import replace

import pytest

from erejestracja.domain.claim import Claim
from erejestracja.domain.errors import NotFound, VersionMismatch
from erejestracja.domain.ids import PlaceKey
from erejestracja.domain.series import SeriesId
from erejestracja.domain.timetable import keeping_their_time, slot_of
from erejestracja.domain.visit import VisitStatus
from erejestracja.services import returns, schedule
from erejestracja.services.settling import settle, settle_open
from tests.support.builders import MODERNA, a_session, a_visit
from tests.support.fake_schedules import live_sessions
from tests.support.schedule_case import ADMIN, Case


@pytest.fixture
def case() -> Case:
    case = Case()
    case.made()
    return case


def test_an_edit_that_keeps_the_exact_time_keeps_the_visit(case: Case) -> None:
    kept, lost = case.visit("anna", index=0), case.visit("jan", index=1)
    found = case.plan(replace(case.reach().series, step=30))
    assert keeping_their_time(found.plan, found.visits) == {kept.id}
    case.done(found)
    now = case.now(kept)
    assert (now.status, now.starts_at, now.minutes) == (VisitStatus.BOOKED, kept.starts_at, 30)
    assert case.store.tables.places[now.place].id == kept.id
    assert case.status(lost) is VisitStatus.ORPHANED
    assert case.is_as_from_scratch()


def test_nobody_is_told_of_a_visit_whose_time_stays(case: Case) -> None:
    visit = case.visit("anna")
    case.change(places=3)
    assert case.now(visit).version == 3
    assert case.store.tables.notices == {}
    assert {event.topic for event in case.told.told} == {"schedule", "visits"}


def test_of_more_visits_than_places_the_first_stay(case: Case) -> None:
    first = case.visit("anna")
    place = PlaceKey(first.place.slot, 1)
    second = a_visit(place, first.patient, id="later", starts_at=first.starts_at)
    second = replace(second, patient=a_visit().patient)
    case.store.tables.visits[second.id] = (second, "")
    case.store.tables.places[place] = Claim(1, "visit", second.id, None)
    found = case.plan(replace(case.reach().series, places=1))
    assert len(keeping_their_time(found.plan, found.visits)) == 1
    case.done(found)
    states = sorted((case.status(first), case.status(second)))
    assert states == [VisitStatus.BOOKED, VisitStatus.ORPHANED]


def test_an_undone_edit_gives_sessions_and_visits_back(case: Case) -> None:
    visits = [case.visit(name, day=n) for n, name in enumerate("abc")]
    before = set(live_sessions(case.schedules))
    edit = case.change(weekdays=frozenset({6}))
    assert {case.status(visit) for visit in visits} == {VisitStatus.ORPHANED}
    case.undo(edit)
    assert set(live_sessions(case.schedules)) == before
    assert {case.status(visit) for visit in visits} == {VisitStatus.BOOKED}
    assert {case.now(v).starts_at for v in visits} == {v.starts_at for v in visits}


def test_an_end_that_is_undone_before_it_is_settled_ends_nothing(case: Case) -> None:
    visit = case.visit("anna")
    edit = schedule.begin(case.board, case.plan(None))
    case.undo(edit)
    settle(case.board, edit)
    assert case.status(visit) is VisitStatus.BOOKED
    assert case.is_as_from_scratch()
    assert len(live_sessions(case.schedules)) == 6


def test_a_new_series_is_undone_and_that_again(case: Case) -> None:
    case.done(case.plan(None))
    edit = case.made(id=SeriesId("another"))
    visit = case.visit("anna")
    gone = case.undo(edit)
    assert case.status(visit) is VisitStatus.ORPHANED
    case.undo(gone)
    assert case.status(visit) is VisitStatus.BOOKED
    assert case.is_as_from_scratch()


def test_only_the_last_edit_of_the_series_can_be_undone(case: Case) -> None:
    first = case.change(places=3)
    case.change(places=4)
    with pytest.raises(VersionMismatch):
        case.undo(first)
    with pytest.raises(NotFound):
        case.undo(replace(first, number=99))
    with pytest.raises(NotFound):
        case.undo(replace(first, series=SeriesId("other")))


def test_two_who_undo_the_same_edit_undo_it_once(case: Case) -> None:
    edit = case.change(places=3)
    found = schedule.undone(case.board, ADMIN, case.point, edit.series, edit.number)
    case.undo(edit)
    with pytest.raises(VersionMismatch):
        schedule.begin(case.board, found)


def test_who_takes_the_last_place_first_has_it_and_the_visit_wants_another(case: Case) -> None:
    visit = case.visit("anna")
    rivals: list[object] = []

    def book(what: str) -> None:
        if what == "give back" and not rivals:
            rivals.append(case.visit("rival"))

    case.schedules.before_commit = book
    case.change(places=1)
    assert len(rivals) == 1
    assert case.status(visit) is VisitStatus.ORPHANED
    assert case.is_as_from_scratch()


def test_a_return_that_never_comes_through_leaves_the_visit_orphaned(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returns, "_given", lambda *_: False)
    visit = case.visit("anna")
    case.change(places=3)
    assert case.status(visit) is VisitStatus.ORPHANED


def test_a_kill_before_the_return_is_made_good_by_upkeep(case: Case) -> None:
    visit = case.visit("anna")

    def kill(what: str) -> None:
        if what == "give back":
            raise InterruptedError

    case.schedules.before_commit = kill
    with pytest.raises(InterruptedError):
        case.change(places=3)
    case.schedules.before_commit = lambda _: None
    assert settle_open(case.board) == 1
    assert case.status(visit) is VisitStatus.BOOKED


def test_a_slot_fits_a_visit_by_start_vaccine_and_dose() -> None:
    session, visit = a_session(), a_visit()
    assert slot_of([session], visit) == visit.place.slot
    assert slot_of([a_session(vaccine=MODERNA), a_session(dose=2)], visit) is None
    between = replace(visit, starts_at=session.start_of(0).replace(minute=5))
    assert slot_of([session], between) is None
    assert slot_of([session], replace(visit, starts_at=session.start_of(4))) is None
