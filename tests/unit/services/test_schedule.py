from dataclasses import replace
from datetime import timedelta

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.claim import Claim
from erejestracja.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import PlaceKey, PointId, SlotKey
from erejestracja.domain.series import SeriesId
from erejestracja.domain.timetable import NO_PLAN
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.ports import Clash, Gone
from erejestracja.services import schedule, withdrawals
from erejestracja.services.settling import AT_WORK, settle, settle_forgotten, settle_open
from tests.support.builders import (
    NOW,
    POINT,
    a_hold,
    a_point,
    a_series,
    an_actor,
)
from tests.support.desk import SetClock
from tests.support.fake_schedules import live_sessions
from tests.support.schedule_case import ADMIN, LAST, Case


@pytest.fixture
def case() -> Case:
    case = Case()
    case.made()
    return case


def test_a_new_series_has_its_sessions_at_once(case: Case) -> None:
    assert case.is_as_from_scratch()
    assert len(live_sessions(case.schedules)) == 6
    assert [event.type for event in case.told.told] == ["schedule.published"]
    assert case.schedules.plans.open == set()


def test_a_preview_counts_and_names_visits_and_changes_nothing(case: Case) -> None:
    hit, spared = case.visit("anna"), case.visit("jan", day=1)
    before = dict(case.store.tables.sessions)
    found = case.plan(replace(case.reach().series, weekdays=frozenset({2})))
    assert [visit.id for visit in found.visits] == [hit.id]
    assert (len(found.plan.keeps), len(found.plan.withdraws)) == (1, 5)
    assert case.store.tables.sessions == before
    assert case.status(spared) is VisitStatus.BOOKED


def test_an_edit_orphans_the_visits_it_hits_and_gives_up_their_places(case: Case) -> None:
    hit, spared = case.visit("anna"), case.visit("jan", day=1)
    case.change(weekdays=frozenset({2}))
    assert case.status(hit) is VisitStatus.ORPHANED
    assert case.status(spared) is VisitStatus.BOOKED
    assert case.store.tables.places[hit.place].kind == "withdrawn"
    assert case.is_as_from_scratch()
    assert {"visit.orphaned", "schedule.withdrawn"} <= {e.type for e in case.told.told}


def test_a_withdrawn_session_has_no_place_left_to_book(case: Case) -> None:
    case.change(step=30)
    for key in case.schedules.plans.withdrawn_by:
        session = case.store.tables.sessions[key]
        assert case.store.state(session).free_in_all() == 0


def test_a_hold_on_a_withdrawn_place_ends_and_that_is_told(case: Case) -> None:
    session = next(iter(live_sessions(case.schedules).values()))
    hold = a_hold(PlaceKey(SlotKey(session.key, 1), 0))
    case.store.hold(hold, [])
    case.done(case.plan(None))
    assert case.store.holds() == []
    assert case.store.tables.places[hold.place].kind == "withdrawn"
    assert "hold.released" in {event.type for event in case.told.told}


def test_a_visit_that_has_begun_keeps_its_place(case: Case) -> None:
    visit = replace(case.visit("anna"), status=VisitStatus.ARRIVED)
    case.store.tables.visits[visit.id] = (visit, "")
    assert case.plan(None).visits == ()
    case.done(case.plan(None))
    assert case.status(visit) is VisitStatus.ARRIVED
    assert case.store.tables.places[case.now(visit).place].kind == "visit"


def test_many_visits_of_one_session_are_ended_in_several_commits(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawals, "VISITS_TOGETHER", 2)
    monkeypatch.setattr(withdrawals, "PLACES_TOGETHER", 5)
    visits = [case.visit(name, index=n) for n, name in enumerate("abcde")]
    case.done(case.plan(None))
    assert {case.status(visit) for visit in visits} == {VisitStatus.ORPHANED}
    assert case.is_as_from_scratch()


def test_who_books_between_reading_and_withdrawing_is_orphaned_too(case: Case) -> None:
    late: list[Visit] = []

    def book(what: str) -> None:
        if what == "withdraw" and not late:
            late.append(case.visit("late"))

    case.schedules.before_commit = book
    case.done(case.plan(None))
    assert [case.status(visit) for visit in late] == [VisitStatus.ORPHANED]


@pytest.mark.parametrize("step", range(2, 10))
def test_an_edit_killed_at_any_step_is_completed_by_upkeep(case: Case, step: int) -> None:
    visits = [case.visit(name, day=n) for n, name in enumerate("abcde")]
    with case.schedules.killed_after(step - 1) as kill:
        case.change(weekdays=frozenset({6}), step=20)
    assert kill.struck
    assert settle_open(case.board) == 1
    assert settle_open(case.board) == 0
    assert case.is_as_from_scratch()
    assert {case.status(visit) for visit in visits} == {VisitStatus.ORPHANED}


def test_upkeep_leaves_an_edit_alone_that_somebody_still_works_for(case: Case) -> None:
    schedule.begin(case.board, case.plan(None))
    assert settle_forgotten(case.board) == 0
    later = replace(case.board, clock=SetClock(NOW + AT_WORK))
    assert settle_forgotten(later) == 1
    assert case.is_as_from_scratch()


@pytest.mark.parametrize("at", ["withdraw", "publish"])
def test_an_edit_that_a_later_one_replaced_leaves_the_rest_to_it(case: Case, at: str) -> None:
    case.visit("anna")
    replaced: list[str] = []

    def replace_it(what: str) -> None:
        if what == at and not replaced:
            replaced.append(what)
            case.change(weekdays=frozenset({1, 7}), on_holidays=True)

    case.schedules.before_commit = replace_it
    case.change(step=10)
    assert replaced
    assert case.schedules.plans.open == set()
    assert case.is_as_from_scratch()


def test_of_two_edits_of_one_version_the_second_is_refused(case: Case) -> None:
    first = case.plan(replace(case.reach().series, places=3))
    second = case.plan(replace(case.reach().series, places=4))
    schedule.begin(case.board, first)
    with pytest.raises(VersionMismatch):
        schedule.begin(case.board, second)


def test_an_edit_of_another_series_at_the_same_moment_takes_the_next_number(case: Case) -> None:
    other = a_series(id=SeriesId("series-2"), number=0)
    found = schedule.made(case.board, ADMIN, case.point, other)
    case.change(places=3)
    edit = schedule.begin(case.board, found)
    assert edit.number == found.edit.number + 1
    assert edit.after
    assert edit.after.number == edit.number


def test_of_two_who_make_one_series_at_once_the_second_is_told_to_look_again(case: Case) -> None:
    other = a_series(id=SeriesId("series-2"), number=0)
    first = schedule.made(case.board, ADMIN, case.point, other)
    # The second has seen the number that the first took, and not yet the series.
    second = replace(first, edit=schedule.numbered_as(first.edit, first.edit.number + 1))
    schedule.begin(case.board, first)
    with pytest.raises(VersionMismatch):
        schedule.begin(case.board, second)


def test_an_edit_that_never_gets_a_number_is_shed(case: Case) -> None:
    def always(_: str) -> None:
        raise Clash("Table SeriesEdits: Row already exists")

    found = case.plan(None)
    case.schedules.before_commit = always
    with pytest.raises(Overloaded):
        schedule.begin(case.board, found)


def test_a_session_that_never_holds_still_is_left_to_upkeep_and_upkeep_goes_on(case: Case) -> None:
    def always(what: str) -> None:
        if what == "withdraw":
            raise Gone("Table Places: row not found")

    case.schedules.before_commit = always
    with pytest.raises(Overloaded):
        case.change(step=30)
    assert settle_open(case.board) == 0
    case.schedules.before_commit = lambda _: None
    assert settle_open(case.board) == 1


def test_a_hold_that_ended_between_two_reads_is_looked_at_again(case: Case) -> None:
    case.done(case.plan(replace(case.reach().series, weekdays=frozenset({1}), places=1)))
    session = next(iter(live_sessions(case.schedules).values()))
    for index in range(session.slots):
        place = PlaceKey(SlotKey(session.key, index), 0)
        case.store.tables.places[place] = Claim(0, "hold", "ended", NOW)
    with pytest.raises(Overloaded):
        case.done(case.plan(None))
    for place in [p for p, c in case.store.tables.places.items() if c.id == "ended"]:
        del case.store.tables.places[place]
    assert settle_open(case.board) == 1
    assert case.is_as_from_scratch()


def test_the_same_new_series_twice_is_one_and_another_under_its_key_is_refused(case: Case) -> None:
    again = schedule.made(case.board, ADMIN, case.point, a_series(places=2, number=0))
    assert again.plan is NO_PLAN
    assert again.edit.number == case.reach().series.number
    with pytest.raises(IdempotencyConflict):
        schedule.made(case.board, ADMIN, case.point, a_series(places=5))


def test_a_key_whose_series_has_ended_makes_no_other(case: Case) -> None:
    case.done(case.plan(None))
    with pytest.raises(IdempotencyConflict):
        case.made()


def test_a_series_is_found_by_its_etag_only_as_it_stands(case: Case) -> None:
    etag = str(case.reach().series.number)
    assert schedule.find(case.board, case.point, a_series().id, etag) == case.reach()
    with pytest.raises(VersionMismatch):
        schedule.find(case.board, case.point, a_series().id, "77")
    with pytest.raises(NotFound):
        schedule.find(case.board, case.point, SeriesId("other"), None)


def test_only_ones_own_existing_point_is_planned_for(case: Case) -> None:
    assert schedule.point_of(case.board, ADMIN, POINT) == case.point
    stranger = an_actor(Role.ADMIN, points=frozenset({PointId("b")}))
    with pytest.raises(NotAllowed):
        schedule.point_of(case.board, stranger, POINT)
    with pytest.raises(NotFound):
        schedule.point_of(case.board, stranger, PointId("b"))


def test_a_vaccine_that_the_point_does_not_give_is_refused(case: Case) -> None:
    with pytest.raises(InvalidRequest):
        case.plan(replace(case.reach().series, vaccine=a_series().vaccine + "x"))  # type: ignore[arg-type]


def test_an_edit_of_nothing_is_a_fault() -> None:
    with pytest.raises(ValueError, match="nothing"):
        schedule.edit_of(Case().board, ADMIN, a_point(), None, None)


def test_an_edit_of_a_point_that_is_gone_is_left_alone(case: Case) -> None:
    edit = schedule.begin(case.board, case.plan(None))
    case.schedules.points.clear()
    settle(case.board, edit)
    assert not case.schedules.plans.withdrawn_by


def test_a_horizon_that_reaches_further_is_edited_to_its_end(case: Case) -> None:
    further = LAST + timedelta(days=3)
    case.schedules.plans.series[a_series().id] = replace(case.reach(), until=further)
    assert case.plan(None).edit.until == further
