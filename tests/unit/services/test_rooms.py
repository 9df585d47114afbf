"""Closing one room of a point: what is in it goes, what is beside it at the same hours stays."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from erejestracja.domain.errors import InvalidRequest, VersionMismatch
from erejestracja.domain.series import SeriesId
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.visit import VisitStatus
from erejestracja.services import closing
from erejestracja.services.settling import settle_open
from tests.support.builders import AT_EIGHT
from tests.support.fake_schedules import live_sessions
from tests.support.schedule_case import ADMIN, Case

ONE, TWO = "Gabinet 1", "Gabinet 2"
IN_ONE, IN_TWO = SeriesId("in-one"), SeriesId("in-two")
TEN = 8  # the index of ten o'clock


@pytest.fixture
def case() -> Case:
    return a_case()


def a_case() -> Case:
    case = Case()
    case.made(id=IN_ONE, room=ONE)
    case.made(id=IN_TWO, room=TWO)
    case.on = IN_TWO
    return case


def beside(case: Case) -> set[object]:
    """Return the sessions of the other room, by their keys."""
    return {s.key for s in live_sessions(case.schedules).values() if s.room == ONE}


def meanwhile(case: Case, commit: str, what: Callable[[], object]) -> None:
    """Let something be done by another caller just before the next commit of a kind."""

    def before(name: str) -> None:
        if name == commit:
            case.schedules.before_commit = lambda _: None
            what()

    case.schedules.before_commit = before


def test_what_is_in_the_room_goes_and_what_is_beside_it_stays(case: Case) -> None:
    before = beside(case)
    hit = case.visit("anna", index=TEN, room=TWO)
    stays = case.visit("jan", index=TEN, room=ONE)
    found = case.close(room="gabinet 2", strategy=Strategy.CANCEL)
    assert [one.edit.series for one in found.impacts] == [IN_TWO]
    assert "10:00" not in case.slots(room=TWO)
    assert beside(case) == before
    assert case.now(stays) == stays
    assert case.status(hit) is VisitStatus.CANCELLED
    assert [one.visit for one in case.schedules.plans.hits] == [hit.id]
    assert case.is_open_as_ruled()


def test_it_opens_again_with_its_orphans(case: Case) -> None:
    hit = case.visit("anna", index=TEN, room=TWO)
    number = case.close(room=TWO).closure.closed.number
    assert case.status(hit) is VisitStatus.ORPHANED
    assert [one.edit.series for one in case.reopen(number).impacts] == [IN_TWO]
    assert case.status(hit) is VisitStatus.BOOKED
    assert len(case.slots(room=TWO)) == 32


def test_the_whole_point_closes_whatever_the_room(case: Case) -> None:
    case.made(id=SeriesId("nowhere"))
    case.close()
    assert "10:00" not in case.slots()
    assert case.is_open_as_ruled()


@pytest.mark.parametrize("room", ["Gabinet 3", "Gabinet"])
def test_a_room_that_nobody_knows_is_not_closed(case: Case, room: str) -> None:
    with pytest.raises(InvalidRequest):
        case.close(room=room)
    assert closing.rooms(case.board, case.point) == [ONE, TWO]


def test_another_room_costs_nobody_their_place(case: Case) -> None:
    visit = case.visit("anna", index=TEN, room=TWO)
    case.told.told.clear()
    edit = case.change(room="Gabinet 3")
    assert case.now(visit) == visit
    assert case.told.told == []
    assert {s.key for s in live_sessions(case.schedules).values() if s.room == "Gabinet 3"}
    assert case.is_open_as_ruled()
    case.undo(edit)
    assert case.slots(room=TWO) == case.slots(room=ONE)


def test_a_rule_moved_into_a_closed_room_closes_and_out_of_it_opens(case: Case) -> None:
    case.on, visit = IN_ONE, case.visit("anna", index=TEN, room=ONE)
    case.close(room=TWO)
    case.change(room=TWO)
    assert case.status(visit) is VisitStatus.ORPHANED
    assert case.is_open_as_ruled()
    case.change(room=ONE)
    assert case.status(visit) is VisitStatus.BOOKED
    assert case.is_open_as_ruled()


def test_a_rule_without_a_room_is_in_none_that_closes(case: Case) -> None:
    case.change(room=None)
    case.on = IN_ONE
    with pytest.raises(InvalidRequest):
        case.close(room=TWO)
    case.close(room=ONE)
    assert "10:00" in case.slots()


def test_a_closing_is_decided_again_where_a_rule_is_moved_into_the_room_meanwhile(
    case: Case,
) -> None:
    case.on, found = IN_ONE, case.closing(room=TWO)
    meanwhile(case, "begin", lambda: case.change(room=TWO))
    with pytest.raises(VersionMismatch):
        closing.carry_out(case.board, found)
    case.close(room=TWO)
    assert "10:00" not in case.slots()


def test_a_rule_is_decided_again_where_the_room_it_moves_into_is_closed_meanwhile(
    case: Case,
) -> None:
    case.on = IN_ONE
    plan = case.plan(replace(case.reach().series, room=TWO))
    meanwhile(case, "begin", lambda: case.close(room=TWO))
    with pytest.raises(VersionMismatch):
        case.done(plan)


def test_a_closing_is_decided_again_where_a_rule_is_made_there_meanwhile(case: Case) -> None:
    found = case.closing(room=TWO)
    meanwhile(case, "begin", lambda: case.made(id=SeriesId("new"), room=TWO))
    with pytest.raises(VersionMismatch):
        closing.carry_out(case.board, found)
    case.close(room=TWO)
    assert "10:00" not in case.slots(room=TWO)
    assert case.is_open_as_ruled()


def test_a_room_is_not_opened_past_a_rule_that_is_moved_into_it_meanwhile(case: Case) -> None:
    number = case.close(room=TWO).closure.closed.number
    case.change(room=ONE)
    found = closing.reopened(case.board, ADMIN, case.point, number)
    assert found.impacts == ()
    meanwhile(case, "begin", lambda: case.change(room=TWO))
    with pytest.raises(VersionMismatch):
        closing.carry_out(case.board, found)
    case.reopen(number)
    assert case.is_open_as_ruled()


def test_today_is_closed_where_it_is_though_the_rule_is_elsewhere_from_tomorrow_on(
    case: Case,
) -> None:
    case.board.clock.at = AT_EIGHT  # type: ignore[attr-defined]
    hit = case.visit("anna", index=TEN, room=TWO)
    case.change(room="Gabinet 3")
    assert closing.rooms(case.board, case.point) == [ONE, TWO, "Gabinet 3"]
    case.close(room="Gabinet 3", strategy=Strategy.CANCEL)
    assert case.status(hit) is VisitStatus.BOOKED
    found = case.close(room=TWO, strategy=Strategy.CANCEL)
    assert [one.edit.series for one in found.impacts] == [IN_TWO]
    assert case.status(hit) is VisitStatus.CANCELLED
    assert "10:00" not in case.slots(room=TWO)
    assert "10:00" in case.slots(room=ONE)


def test_a_closing_of_a_room_that_is_cut_off_anywhere_is_completed() -> None:
    for commits in range(1, 40):
        case = a_case()
        hit, late = (case.visit(who, index=n, room=TWO) for who, n in (("a", TEN), ("b", 16)))
        with case.schedules.killed_after(commits) as kill:
            case.close(room=TWO, strategy=Strategy.CANCEL)
            case.change(room="Gabinet 3")
        settle_open(case.board)
        assert case.is_open_as_ruled()
        assert case.status(hit) in {VisitStatus.CANCELLED, VisitStatus.BOOKED}
        assert case.status(late) is VisitStatus.BOOKED
        if not kill.struck:
            break
    assert commits > 5


def test_a_move_that_a_later_edit_replaces_is_left_to_it(case: Case) -> None:
    def replaced() -> None:
        case.change(room="Gabinet 4")

    meanwhile(case, "relocate", replaced)
    case.change(room="Gabinet 3")
    assert {s.room for s in live_sessions(case.schedules).values()} == {ONE, "Gabinet 4"}
