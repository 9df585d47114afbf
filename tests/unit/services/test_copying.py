"""Days copied: what stands there stands again, and is undone as one."""

from datetime import date, timedelta

import pytest

from erejestracja.domain.errors import InvalidRequest, NotFound, VersionMismatch
from erejestracja.domain.session import Visibility
from erejestracja.domain.visit import VisitStatus
from erejestracja.ports import Clash
from erejestracja.services import copying
from erejestracja.services.copying import Copied, Copying
from erejestracja.services.settling import settle_open
from tests.support.builders import DAY, MODERNA, PFIZER
from tests.support.schedule_case import ADMIN, Case

SATURDAY = DAY + timedelta(days=5)


@pytest.fixture
def case() -> Case:
    case = Case()
    case.made()
    return case


def planned(
    case: Case, from_: date = DAY, to: date = SATURDAY, days: int = 1, key: str = "key"
) -> Copying:
    return copying.copied(case.board, ADMIN, case.point, Copied(from_, to, days, key))


def copy(case: Case, *args: date, **more: object) -> tuple[int, int]:
    edits, settled = copying.carry_out(case.board, planned(case, *args, **more))  # type: ignore[arg-type]
    assert settled
    return edits[0].number, edits[-1].number


def undo(case: Case, first: int, last: int) -> None:
    copying.carry_out(case.board, copying.undone(case.board, ADMIN, case.point, first, last))


def test_a_preview_changes_nothing(case: Case) -> None:
    [one] = planned(case).impacts
    assert sum(s.slots for s in one.plan.creates) == 32
    assert case.slots(day=5) == []


def test_a_day_stands_again_as_it_stood_with_its_changes(case: Case) -> None:
    case.change(release_hours=48, also=(MODERNA,), born_to=DAY, room="Gabinet 2")
    case.vary(case.slot("10:00"), 5, Visibility.INTERNAL)
    case.close("12:00", "13:00")
    copy(case)
    assert case.slots(day=5) == case.slots()
    slot = case.slot("10:00", day=5)
    session = case.store.tables.sessions[slot.session]
    assert (session.places, session.visibility) == (5, Visibility.INTERNAL)
    assert session.cohort == (None, DAY)
    assert (session.release_hours, session.vaccines) == (48, (PFIZER, MODERNA))
    assert session.room == "Gabinet 2"


def test_what_stands_in_one_room_is_not_taken_for_what_is_copied_from_another(case: Case) -> None:
    case.on = case.reach().series.id
    case.change(room="Gabinet 1")
    copy(case)
    case.change(room="Gabinet 2")
    assert len(planned(case, key="other").impacts) == 1
    case.change(room="gabinet 1")
    assert planned(case, key="other").impacts == ()


def test_what_stands_there_already_is_not_doubled(case: Case) -> None:
    assert planned(case, to=DAY + timedelta(days=1)).impacts == ()
    copy(case)
    assert planned(case, key="another").impacts == ()
    assert copying.carry_out(case.board, planned(case)) == ([], True)
    assert len(case.slots(day=5)) == 32


def test_a_week_is_copied_and_undone_as_one(case: Case) -> None:
    case.change(valid_to=DAY + timedelta(days=4))
    later = DAY + timedelta(days=7)
    numbers = copy(case, DAY, later, days=7)
    assert numbers[1] - numbers[0] == 4
    assert len(case.slots(day=7)) == 32
    hit = case.visit("anna", day=7)
    undo(case, *numbers)
    assert case.slots(day=7) == []
    assert case.status(hit) is VisitStatus.ORPHANED
    with pytest.raises(VersionMismatch):
        undo(case, *numbers)


@pytest.mark.parametrize(("first", "last"), [(7, 7), (3, 2), (0, 99)])
def test_what_is_no_copy_is_not_found(case: Case, first: int, last: int) -> None:
    with pytest.raises(NotFound):
        undo(case, first, last)


@pytest.mark.parametrize(
    ("to", "days", "field"),
    [(DAY, 1, "from"), (DAY + timedelta(days=3), 7, "from"), (date(2026, 12, 1), 1, "to")],
)
def test_what_cannot_be_is_refused(case: Case, to: date, days: int, field: str) -> None:
    with pytest.raises(InvalidRequest) as no:
        planned(case, to=to, days=days)
    assert set(no.value.fields) == {field}


def test_eight_days_are_no_week(case: Case) -> None:
    with pytest.raises(InvalidRequest):
        planned(case, to=DAY + timedelta(days=20), days=8)


def test_more_sessions_than_one_commit_should_hold_are_refused(case: Case) -> None:
    for day in range(5):
        for hour in case.slots(day=day)[1:14:2]:
            case.vary(case.slot(hour, day=day), 5)
    case.change(valid_to=DAY + timedelta(days=4))
    with pytest.raises(InvalidRequest):
        planned(case, to=DAY + timedelta(days=7), days=7)


def test_what_meets_resistance_is_left_to_upkeep(case: Case) -> None:
    def busy(commit: str) -> None:
        if commit == "withdraw":
            raise Clash("Table Places: Row already exists")

    numbers = copy(case)
    case.schedules.before_commit = busy
    found = copying.undone(case.board, ADMIN, case.point, *numbers)
    edits, settled = copying.carry_out(case.board, found)
    assert edits
    assert not settled
    case.schedules.before_commit = lambda _: None
    settle_open(case.board)
    assert case.slots(day=5) == []
