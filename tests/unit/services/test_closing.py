"""Closing a point: what goes, who is told, who cannot be; and opening it again."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from erejestracja.domain.change import Change
from erejestracja.domain.closures import Outcome
from erejestracja.domain.errors import InvalidRequest, NotFound, Overloaded, VersionMismatch
from erejestracja.domain.ids import PatientId, PlaceKey, VisitId
from erejestracja.domain.series import SeriesId
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.visit import Visit, VisitChange, VisitStatus
from erejestracja.ports import Clash
from erejestracja.services import closing, upkeep
from erejestracja.services.settling import settle_open
from tests.support.builders import AT_EIGHT, DAY, POINT, a_person, a_visit
from tests.support.fake_clinic import FakeClinicStore
from tests.support.fake_schedules import live_sessions
from tests.support.leaving import WAYS, cancel, move, swap
from tests.support.schedule_case import ADMIN, LAST, Case

BEFORE_TEN = [f"{hour:02}:{minute:02}" for hour in (8, 9) for minute in (0, 15, 30, 45)]
TEN = 8  # the index of ten o'clock
NOON = 16


@pytest.fixture
def case() -> Case:
    case = Case()
    case.made()
    return case


def test_a_preview_says_what_becomes_of_whom_and_changes_nothing(case: Case) -> None:
    early, hit = case.visit("anna"), case.visit("jan", index=TEN)
    found = case.closing()
    assert [visit.id for visit in found.impacts[0].visits] == [early.id, hit.id]
    assert case.slots()[:8] == BEFORE_TEN
    assert len(case.slots()) == 32
    assert case.schedules.plans.closures.all == ()


def test_hours_that_are_closed_go_and_the_others_keep_their_times(case: Case) -> None:
    early, hit, late = (case.visit(who, index=n) for who, n in (("a", 0), ("b", TEN), ("c", NOON)))
    case.close("10:05", "11:50")
    assert "10:00" not in case.slots()
    assert "11:45" not in case.slots()
    assert {"09:45", "12:00"} <= set(case.slots())
    assert [case.status(v) for v in (early, hit, late)] == [
        VisitStatus.BOOKED,
        VisitStatus.ORPHANED,
        VisitStatus.BOOKED,
    ]
    assert case.now(late).starts_at == late.starts_at
    assert case.store.tables.notices == {}


def test_who_is_cancelled_is_told_once(case: Case) -> None:
    hit, early = case.visit("anna", index=TEN), case.visit("jan")
    found = case.close(strategy=Strategy.CANCEL)
    assert case.status(hit) is VisitStatus.CANCELLED
    assert case.status(early) is VisitStatus.BOOKED
    [notice] = case.store.tables.notices.values()
    assert (notice.visit, notice.template) == (hit.id, "cancelled")
    number = found.closure.closed.number
    change = case.store.tables.changes[hit.id, case.now(hit).version]
    assert change.detail == {"reason": "point", "closure": number}


def test_who_is_kept_comes_though_nobody_else_can_book(case: Case) -> None:
    kept = case.visit("anna", index=TEN)
    case.close(strategy=Strategy.KEEP)
    assert case.status(kept) is VisitStatus.BOOKED
    assert case.now(kept).place.slot == kept.place.slot
    assert "10:00" not in case.slots()
    case.change(places=3)
    assert case.status(kept) is VisitStatus.BOOKED
    assert case.now(kept).version == kept.version + 1
    assert case.schedules.plans.hits == []
    assert case.store.tables.notices == {}
    assert {event.topic for event in case.told.told} == {"schedule"}


@pytest.mark.parametrize("way", WAYS)
def test_a_place_that_a_kept_visit_gives_up_is_nobody_s(way: Callable[..., None]) -> None:
    case = Case(FakeClinicStore())
    case.made()
    kept, also, other = (case.visit(who, index=TEN, nth=n % 2) for n, who in enumerate("abc"))
    missed = case.visit("d", day=1)
    case.close(strategy=Strategy.KEEP)
    free = PlaceKey(case.slot("12:00"), 0)
    way(case.store, case.now(kept), missed.place if way is swap else free)
    assert case.free_where_withdrawn() == 0
    with pytest.raises(Clash):
        case.store.book(*_blind(kept.place), hold=None)
    assert case.now(also).place.slot == also.place.slot
    case.reopen(0)
    assert {case.status(one) for one in (also, other)} == {VisitStatus.BOOKED}
    live = {s.key for s in live_sessions(case.schedules).values()}
    assert {case.now(one).place.slot.session in live for one in (also, other)} == {True}
    assert case.free_where_withdrawn() == 0


def _blind(place: PlaceKey) -> tuple[Visit, Change, str]:
    visit = a_visit(place, PatientId("blind"))
    return visit, Change(VisitChange.BOOKED, ADMIN, []), "digest"


def test_who_gives_a_place_up_while_it_is_withdrawn_leaves_nothing(case: Case) -> None:
    kept = case.visit("anna", index=TEN)

    def cancels(what: str) -> None:
        if what == "withdraw":
            case.schedules.before_commit = lambda _: None
            case.cancel(kept)

    case.schedules.before_commit = cancels
    case.close(strategy=Strategy.KEEP)
    assert case.status(kept) is VisitStatus.CANCELLED
    assert case.free_where_withdrawn() == 0


@pytest.mark.parametrize("strategy", Strategy)
@pytest.mark.parametrize("way", [cancel, move])
def test_who_leaves_between_two_reads_of_the_same_place_leaves_nothing(
    case: Case, way: Callable[..., None], strategy: Strategy
) -> None:
    leaving = case.visit("anna", index=TEN)
    found = case.closing(strategy=strategy)
    to, read = PlaceKey(case.slot("13:00", day=1), 0), case.schedules.visits
    gone: list[Visit] = []

    def visits(ids: Sequence[VisitId]) -> list[Visit]:
        if not gone:
            gone.append(leaving)
            way(case.store, leaving, to)
        return read(ids)

    case.schedules.visits = visits  # type: ignore[method-assign]
    closing.carry_out(case.board, found)
    assert case.free_where_withdrawn() == 0
    assert case.now(leaving).version == 2
    assert case.store.tables.notices == {}
    case.change(places=3)
    assert case.free_where_withdrawn() == 0


def test_who_read_their_visit_before_it_was_withdrawn_reads_it_again(case: Case) -> None:
    kept = case.visit("anna", index=TEN)
    case.close(strategy=Strategy.KEEP)
    with pytest.raises(Clash):
        cancel(case.store, kept, kept.place)
    assert case.free_where_withdrawn() == 0


def test_more_kept_visits_than_go_together_are_all_kept() -> None:
    case = Case()
    case.made(places=8)
    kept = [case.visit(f"person-{n}", index=TEN, nth=n // 8) for n in range(64)]
    case.close(strategy=Strategy.KEEP)
    assert {case.status(one) for one in kept} == {VisitStatus.BOOKED}
    for one in kept:
        case.cancel(one)
    assert case.free_where_withdrawn() == 0


@pytest.mark.parametrize("status", [VisitStatus.ARRIVED, VisitStatus.COMPLETED])
def test_who_has_come_already_leaves_no_place_in_closed_hours_either(
    case: Case, status: VisitStatus
) -> None:
    early, begun = case.visit("anna", index=TEN), case.visit("jan")
    for one in (early, begun):
        case.store.tables.visits[one.id] = (replace(one, status=status), "")
    case.board.clock.at = early.starts_at - timedelta(hours=1)  # type: ignore[attr-defined]
    case.close("08:00", "12:00")
    assert case.status(early) is status
    assert case.now(begun) == replace(begun, status=status)
    ended = replace(case.now(early), version=3)
    case.store.end(ended, Change(VisitChange.DEFERRED, ADMIN, []), frees=True)
    assert case.free_where_withdrawn() == 0


def test_a_closure_wins_over_every_edit_after_it(case: Case) -> None:
    case.close("08:00", "16:00")
    case.change(places=3)
    assert case.slots() == []
    assert len(case.slots(day=1)) == 32
    case.done(case.plan(None))
    case.made(id=SeriesId("another"))
    assert case.slots() == []
    assert case.is_open_as_ruled()


def test_a_closure_wins_over_the_horizon(case: Case) -> None:
    day = (LAST - DAY).days + 1
    case.close("08:00", "10:00", day=day)
    reach = case.reach()

    class Horizon:
        published: list[Any] = []  # noqa: RUF012 - of this one test

        def behind(self, *_: Any) -> list[Any]:
            return [reach]

        def controlled(self, _: Any) -> set[Any]:
            return set()

        def publish(self, series: Any, sessions: Any, until: Any, events: Any, _: Any) -> None:
            assert series == reach.series
            assert until == LAST + timedelta(days=3)
            assert events
            self.published.extend(sessions)

    upkeep.extend_horizons(Horizon(), replace(case.board, reach=timedelta(days=16)))
    [first] = [s for s in Horizon.published if s.key.day == DAY + timedelta(days=day)]
    assert first.starts_at == AT_EIGHT + timedelta(days=day, hours=2)


def test_undone_it_opens_again_and_orphans_get_their_time_back(case: Case) -> None:
    hit = case.visit("anna", index=TEN)
    found = case.close("08:00", "16:00")
    assert case.status(hit) is VisitStatus.ORPHANED
    case.reopen(found.closure.closed.number)
    assert case.status(hit) is VisitStatus.BOOKED
    assert case.now(hit).starts_at == hit.starts_at
    assert len(case.slots()) == 32
    with pytest.raises(VersionMismatch):
        case.reopen(found.closure.closed.number)
    with pytest.raises(NotFound):
        case.reopen(7)


def test_what_is_undone_leaves_other_closures_as_they_are(case: Case) -> None:
    first = case.close("08:00", "10:00").closure.closed.number
    case.close("09:00", "12:00")
    case.reopen(first)
    assert case.slots()[:4] == BEFORE_TEN[:4]
    assert case.slots()[4] == "12:00"


def test_today_closes_too_and_what_is_left_of_it_stays(case: Case) -> None:
    case.board.clock.at = AT_EIGHT  # type: ignore[attr-defined]
    hit, late = case.visit("anna", index=TEN), case.visit("jan", index=NOON)
    case.close(strategy=Strategy.CANCEL)
    assert case.slots()[:8] == BEFORE_TEN
    assert case.slots()[8] == "12:00"
    assert case.status(hit) is VisitStatus.CANCELLED
    assert case.status(late) is VisitStatus.BOOKED


def test_a_closing_of_today_that_is_cut_off_anywhere_is_completed() -> None:
    for commits in range(1, 20):
        case = Case()
        case.made()
        case.board.clock.at = AT_EIGHT  # type: ignore[attr-defined]
        late = case.visit("jan", index=NOON)
        with case.schedules.killed_after(commits) as kill:
            case.close()
        settle_open(case.board)
        assert len(case.slots()) == 24
        assert case.status(late) is VisitStatus.BOOKED
        if not kill.struck:
            break
    assert commits > 3


def test_progress_names_who_cannot_be_reached(case: Case) -> None:
    for number, phone in enumerate(("+48600000000", None, "+48221234567", "12")):
        visit = case.visit(f"person-{number}", index=TEN + number)
        case.store.people[visit.patient] = a_person(visit.patient, phone=phone)
    number = case.close().closure.closed.number
    found = closing.progress(case.board, case.schedules, case.point, number)
    assert found.settled
    assert {hit.outcome for hit in found.hits} == {Outcome.ORPHANED}
    assert {hit.patient for hit in found.unreachable} == {"person-1", "person-2", "person-3"}
    empty = case.close("14:00", "15:00").closure.closed.number
    assert closing.progress(case.board, case.schedules, case.point, empty).hits == ()


def test_a_point_without_series_can_be_closed_for_those_to_come() -> None:
    case = Case()
    assert case.close("08:00", "16:00").impacts == ()
    case.made()
    assert case.slots() == []


def test_an_edit_decided_before_a_closure_is_decided_again(case: Case) -> None:
    plan = case.plan(case.reach().series)
    case.close()
    with pytest.raises(VersionMismatch):
        case.done(plan)
    new = Case()
    before = new.closing()
    new.close("12:00", "13:00")
    with pytest.raises(VersionMismatch):
        closing.carry_out(new.board, before)


@pytest.mark.parametrize("has_series", [True, False])
def test_a_closing_is_decided_again_where_a_series_is_made_meanwhile(has_series: bool) -> None:
    case = Case()
    if has_series:
        case.made()
    found = case.closing()

    def make(_: str) -> None:
        case.schedules.before_commit = lambda _: None
        case.made(id=SeriesId("new"))

    case.schedules.before_commit = make
    with pytest.raises(VersionMismatch):
        closing.carry_out(case.board, found)
    case.close()
    assert "10:00" not in case.slots()


def test_numbers_only_rise_where_others_than_edits_have_taken_them(case: Case) -> None:
    failed: list[str] = []
    loaded = replace(case.reach(), series=replace(case.reach().series, number=7))
    case.schedules.plans.series[loaded.series.id] = loaded
    case.schedules.plans.edits.clear()

    def terms(commit: str) -> None:
        if commit == "begin" and not failed:
            failed.append(commit)
            raise Clash("Table SupplyChanges: Row already exists")

    case.schedules.before_commit = terms
    assert case.change(places=3).number == 8
    assert failed


def test_what_no_closure_can_be_is_refused(case: Case) -> None:
    for hours in (("12:00", "12:00"), ("12:00", "10:00")):
        with pytest.raises(InvalidRequest):
            case.close(*hours)
    with pytest.raises(InvalidRequest):
        case.close("10:00:30", "12:00")
    with pytest.raises(InvalidRequest):
        case.close(days=400)
    with pytest.raises(InvalidRequest):
        case.close(day=-20)


def test_a_day_is_cut_into_as_many_parts_as_there_are_numbers() -> None:
    case = Case()
    case.made(closes=time(17))
    for hour in range(8, 16):
        for minute in (5, 35):
            case.close(f"{hour:02}:{minute:02}", f"{hour:02}:{minute + 5:02}")
    with pytest.raises(InvalidRequest):
        case.close("16:05", "16:10")
    assert case.is_open_as_ruled()


def test_a_closure_that_meets_resistance_is_left_to_upkeep(case: Case) -> None:
    case.visit("anna", index=TEN)

    def busy(commit: str) -> None:
        if commit == "withdraw":
            raise Clash("Table Places: Row already exists")

    case.schedules.before_commit = busy
    assert not closing.carry_out(case.board, case.closing())
    case.schedules.before_commit = lambda _: None
    assert not case.schedules.is_settled(POINT)
    assert settle_open(case.board) == 1
    assert "10:00" not in case.slots()


def test_a_closure_whose_numbers_are_always_taken_is_told_to_come_again(case: Case) -> None:
    def taken(commit: str) -> None:
        if commit == "begin":
            raise Clash("Table SeriesEdits: Row already exists")

    case.schedules.before_commit = taken
    with pytest.raises(Overloaded):
        case.close()
