"""Files of schedules: a row is an edit, and visits fare as in any edit."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erejestracja.domain.file import File
from erejestracja.domain.imports import ImportStatus, Progress
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import Edit, shape_of
from erejestracja.domain.vials import Lot
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.ports import Gone
from erejestracja.services import settling_together, withdrawals
from erejestracja.services.imports import Importer, report_name
from erejestracja.services.schedule_imports import ScheduleFiles
from erejestracja.services.settling import settle_open
from tests.support.builders import MODERNA, PFIZER, POINT
from tests.support.desk import SetClock
from tests.support.fake_imports import FakeFiles, FakeImports, Fate, Killed, Ticking
from tests.support.fake_schedules import live_sessions
from tests.support.schedule_case import Case
from tests.support.supply_case import SupplyCase
from tests.unit.domain.test_schedule_rows import ROW

FILE = File("schedules/week.csv", 1)


def a_row(key: str, **changes: str) -> str:
    return ";".join((ROW | {"point": POINT, "key": key} | changes).values())


@dataclass
class World:
    """An importer of schedules over the fakes of a point."""

    fate: Fate = field(default_factory=Fate)
    rows_a_step: int = 50
    case: Case = field(default_factory=Case)

    def __post_init__(self) -> None:
        schedules = self.case.schedules
        self.files = FakeFiles(self.fate)
        self.store = FakeImports(self.fate, schedules=schedules)
        schedules.before_commit = lambda _: self.fate.struck(done=False)
        self.importer = Importer(
            files=self.files,
            imports=self.store,
            kinds=(ScheduleFiles(self.case.board, rows_a_step=self.rows_a_step),),
            publisher=self.case.told,
            clock=SetClock(),
            monotonic=Ticking(),
            longest_s=1e9,
        )

    def report(self, *rows: str, name: str = "week") -> list[str]:
        file = File(f"schedules/{name}.csv", 1)
        self.files.objects[file.name] = "\n".join([";".join(ROW), *rows]).encode()
        self.importer.take(file)
        return self.files.objects[report_name(file)].decode().splitlines()[1:]

    def live(self) -> list[Session]:
        return list(live_sessions(self.case.schedules).values())

    @property
    def edits(self) -> list[Edit]:
        return list(self.case.schedules.plans.edits.values())


def test_a_new_key_makes_a_series_with_its_sessions() -> None:
    world = World()
    assert world.report(a_row("a"), a_row("b", vaccine=MODERNA, weekdays="6")) == [
        *("2;accepted;;", "3;accepted;;")
    ]
    assert {session.vaccine for session in world.live()} == {"cov19.pfizer", MODERNA}
    assert [edit.number for edit in world.edits] == [0, 1]
    assert world.case.is_open_as_ruled()
    assert not world.case.schedules.plans.open


def test_the_same_row_again_is_repeated_and_edits_nothing() -> None:
    world = World()
    world.report(a_row("a"))
    assert world.report(a_row("a"), a_row("a"), name="again") == ["2;repeated;;", "3;repeated;;"]
    assert len(world.edits) == 1


def test_a_changed_row_edits_the_series_and_visits_keep_their_time_or_want_another() -> None:
    world = World()
    world.report(a_row("a"))
    stays, goes = world.case.visit("stays", index=0), world.case.visit("goes", index=27)
    assert world.report(a_row("a", to="14:00"), name="b") == ["2;accepted;;"]
    assert [(edit.before is None, edit.number) for edit in world.edits] == [(True, 0), (False, 1)]
    assert (world.case.status(stays), world.case.status(goes)) == (
        VisitStatus.BOOKED,
        VisitStatus.ORPHANED,
    )
    assert world.case.is_open_as_ruled()


def test_of_two_rows_of_a_key_the_later_holds() -> None:
    world = World()
    rows = [a_row("a"), a_row("a", to="13:00"), a_row("a", to="13:00")]
    assert world.report(*rows) == ["2;accepted;;", "3;accepted;;", "4;repeated;;"]
    assert world.case.slots()[-1] == "12:45"
    assert world.case.is_open_as_ruled()


def test_single_slots_that_the_desk_changed_stay_so() -> None:
    world = World()
    world.report(a_row("a"))
    world.case.vary(world.case.slot("09:00"), places=0)
    assert world.report(a_row("a"), name="b") == ["2;repeated;;"]
    assert world.report(a_row("a", places="3"), name="c") == ["2;accepted;;"]
    assert "09:00" not in world.case.slots()


def test_closures_win_over_what_a_file_says() -> None:
    world = World()
    world.case.close("10:00", "12:00")
    world.report(a_row("a"))
    assert "09:45" in world.case.slots()
    assert "10:00" not in world.case.slots()


def test_a_row_that_cuts_a_day_into_too_many_parts_is_refused() -> None:
    world, hours = World(), range(10, 17)
    for hour in (8, 9):
        world.case.close(f"{hour:02}:05", f"{hour:02}:10")
    most = [f"{hour}:{minute}-{hour}:{minute + 5}" for hour in hours for minute in (15, 45)]
    row = {"from": "08:00", "to": "17:00", "step": "5", "breaks": " ".join(most)}
    assert world.report(a_row("a", **row)) == ["2;refused;cut_up;breaks"]
    fewer = row | {"breaks": " ".join(most[:-1])}
    assert world.report(a_row("a", **fewer), name="b") == ["2;accepted;;"]
    assert world.case.is_open_as_ruled()


def test_a_rule_that_was_ended_is_not_begun_again_by_a_file() -> None:
    world = World()
    world.report(a_row("a"))
    world.case.done(world.case.plan(None))
    assert world.report(a_row("a"), name="b") == ["2;refused;ended;key"]


def test_what_no_point_could_mean_is_refused_by_column() -> None:
    rows = [a_row("a", point="nowhere"), a_row("b", vaccine="cov19.novavax"), a_row("c", step="1")]
    assert World().report(*rows) == [
        "2;refused;unknown;point",
        "3;refused;unknown;vaccine",
        "4;refused;invalid;step",
    ]


def test_an_edit_that_a_desk_makes_meanwhile_is_not_overwritten_unseen() -> None:
    world = World()
    world.report(a_row("a"))
    begun: list[Any] = []

    def meanwhile(what: str) -> None:
        if what == "begin" and not begun:
            begun.append(what)
            world.case.change(places=4)

    world.case.schedules.before_commit = meanwhile
    assert world.report(a_row("a", places="3"), name="b") == ["2;accepted;;"]
    last = world.edits[-1]
    assert last.before
    assert last.after
    assert (last.number, last.before.places, last.after.places) == (2, 4, 3)


@settings(max_examples=60)
@given(st.integers(1, 45), st.booleans(), st.integers(1, 4))
def test_a_kill_at_any_moment_changes_nothing(at: int, after: bool, size: int) -> None:
    rows = [a_row("a"), a_row("b", weekdays="6 7"), a_row("a", to="14:00"), "x", a_row("b")]
    whole = World(rows_a_step=size)
    report = whole.report(*rows)
    world = World(Fate(at, after), rows_a_step=size)
    try:
        world.report(*rows)
    except Killed:
        assert world.report(*rows) == report
    settle_open(world.case.board)
    assert sorted(map(shape_of, world.live())) == sorted(map(shape_of, whole.live()))
    assert world.edits == whole.edits
    assert not world.case.schedules.plans.open
    progress = world.store.progress(FILE.import_id)
    assert isinstance(progress, Progress)
    assert progress.status is ImportStatus.FINISHED


def test_a_row_that_no_doses_cover_is_refused_by_name() -> None:
    world = World(case=SupplyCase())
    assert "not_covered" in world.report(a_row("k1"), name="another")[0]
    world.case.supplies.lots.append(Lot(POINT, "AB12", PFIZER, date(2027, 6, 30), 6, 10_000, 1))
    assert "accepted" in world.report(a_row("k1"), name="third")[0]


def test_doses_cover_the_first_rows_of_a_file_and_not_one_more() -> None:
    world = World(case=SupplyCase())
    world.case.supplies.lots.append(Lot(POINT, "AB12", PFIZER, date(2027, 6, 30), 6, 300, 1))
    rows = (a_row(f"k{number}", weekdays=f"{number}") for number in range(1, 6))
    verdicts = [line.split(";")[1:3] for line in world.report(*rows)]
    taken = verdicts.count(["accepted", ""])
    assert 0 < taken < 5
    assert verdicts == [["accepted", ""]] * taken + [["refused", "not_covered"]] * (5 - taken)


def test_rules_of_a_file_are_published_together_in_commits_that_hold_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settling_together, "SESSIONS_A_COMMIT", 15)
    world = World()
    commits: list[str] = []
    world.case.schedules.before_commit = commits.append
    world.report(*(a_row(f"k{number}") for number in range(4)))
    # Of twelve sessions each, so that two rules would not go into one.
    assert commits == ["begin", *["publish all"] * 4]
    monkeypatch.undo()
    commits.clear()
    world.report(*(a_row(f"n{number}") for number in range(4)), name="another")
    assert commits == ["begin", "publish all"]
    told = [one for one in world.case.told.told if one.type == "schedule.published"]
    published = [event.data["sessions"] for event in told]
    assert [len(sessions) for sessions in published] == [12, 12, 12, 12, 48]
    assert not world.case.schedules.plans.open


def test_a_rule_that_a_desk_changes_before_it_is_published_opens_as_the_desk_says() -> None:
    world = World()
    changed: list[str] = []

    def meanwhile(what: str) -> None:
        if what == "publish all" and not changed:
            changed.append(what)
            world.case.change(places=4)

    world.case.schedules.before_commit = meanwhile
    assert world.report(a_row("a")) == ["2;accepted;;"]
    assert {session.places for session in world.live()} == {4}
    assert world.case.is_open_as_ruled()
    assert not world.case.schedules.plans.open


def test_upkeep_publishes_what_a_kill_left_together() -> None:
    world = World(Fate(3, after=True))
    with pytest.raises(Killed):
        world.report(*(a_row(f"k{number}") for number in range(30)))
    assert len(world.case.schedules.plans.open) == 30
    commits: list[str] = []
    world.case.schedules.before_commit = commits.append
    assert settle_open(world.case.board) == 30
    assert commits == ["publish all"]
    assert not world.case.schedules.plans.open


def test_rules_that_a_file_changes_go_and_come_together() -> None:
    world = World()
    world.report(*(a_row(f"k{number}", to="10:00", breaks="") for number in range(4)))
    made = len(world.case.told.told)
    commits: list[str] = []
    world.case.schedules.before_commit = commits.append
    verdicts = world.report(
        *(a_row(f"k{number}", to="11:00", breaks="") for number in range(4)), name="b"
    )
    assert {verdict.split(";")[1] for verdict in verdicts} == {"accepted"}
    # Twenty-four sessions of eight slots with two places each, as many in a commit as it takes.
    a_commit = settling_together.PLACES_A_COMMIT // (8 * 2)
    assert commits == ["begin", *["withdraw"] * (24 // a_commit), "publish all"]
    told = world.case.told.told[made:]
    for kind in ("schedule.withdrawn", "schedule.published"):
        some = [
            session for event in told if event.type == kind for session in event.data["sessions"]
        ]
        assert len(some) == len(set(some)) == 24
    assert len({event.id for event in told}) == len(told)
    assert world.case.is_as_from_scratch()
    assert not world.case.free_where_withdrawn()
    assert not world.case.schedules.plans.open


def test_only_the_rule_that_hits_somebody_is_settled_by_itself() -> None:
    world = World()
    world.report(*(a_row(f"k{number}") for number in range(3)))
    anna = world.case.visit("anna")
    commits: list[str] = []
    world.case.schedules.before_commit = commits.append
    world.report(*(a_row(f"k{number}", step="20") for number in range(3)), name="b")
    alone = commits[commits.index("publish all") + 1 :]
    assert alone == ["withdraw", "publish", "give back", "finish"]
    assert world.case.status(anna) is VisitStatus.BOOKED
    assert world.case.is_as_from_scratch()
    # Next month nobody who left a name in what has gone is forgotten.
    world.case.cancel(anna)
    jan = world.case.visit("jan", index=8)
    world.report(
        *(a_row(f"k{number}", **{"from": "12:30"}, breaks="") for number in range(3)), name="c"
    )
    assert world.case.status(jan) is VisitStatus.ORPHANED
    world.report(*(a_row(f"k{number}", step="20") for number in range(3)), name="d")
    assert world.case.status(jan) is VisitStatus.BOOKED


def test_who_books_while_a_file_changes_rules_loses_nothing_and_the_others_go_on() -> None:
    world = World()
    world.report(*(a_row(f"k{number}", to="10:00", breaks="") for number in range(3)))
    late: list[Visit] = []

    def meanwhile(what: str) -> None:
        if what == "withdraw" and not late:
            late.append(world.case.visit("late"))

    world.case.schedules.before_commit = meanwhile
    world.report(*(a_row(f"k{number}", to="11:00", breaks="") for number in range(3)), name="b")
    assert [world.case.status(visit) for visit in late] == [VisitStatus.BOOKED]
    assert world.case.is_as_from_scratch()
    assert not world.case.schedules.plans.open


@pytest.mark.parametrize("at", ["withdraw", "publish all"])
@pytest.mark.parametrize("closes", [True, False])
def test_a_desk_that_is_quicker_than_a_file_has_the_last_word(at: str, *, closes: bool) -> None:
    world = World()
    world.report(*(a_row(f"k{number}") for number in range(3)))
    done: list[str] = []

    def meanwhile(what: str) -> None:
        if what == at and not done:
            done.append(what)
            world.case.on = world.edits[0].series
            if closes:
                world.case.close("10:00", "12:00")
            else:
                world.case.change(places=4)

    world.case.schedules.before_commit = meanwhile
    world.report(*(a_row(f"k{number}", places="3") for number in range(3)), name="b")
    assert done
    assert world.case.is_open_as_ruled()
    assert {session.places for session in world.live()} == ({3} if closes else {3, 4})
    assert not world.case.schedules.plans.open


def test_what_is_more_than_a_commit_takes_goes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (withdrawals, settling_together):
        monkeypatch.setattr(module, "PLACES_TOGETHER", 5)
    world = World()
    world.report(a_row("a"))
    world.report(a_row("a", step="20"), name="b")
    assert world.case.is_as_from_scratch()
    assert not world.case.free_where_withdrawn()


@pytest.mark.parametrize("commits", range(1, 8))
def test_changes_that_are_killed_after_any_commit_are_completed_together(commits: int) -> None:
    world = World()
    rules = [a_row(f"k{number}", to="11:00", breaks="") for number in range(4)]
    world.report(*rules)
    anna = world.case.visit("anna", day=1)
    with world.case.schedules.killed_after(commits) as kill:
        world.report(
            *(a_row(f"k{number}", step="20", to="11:00", breaks="") for number in range(4)),
            name="b",
        )
    assert kill.struck
    assert settle_open(world.case.board) == 4
    assert world.case.is_as_from_scratch()
    assert not world.case.free_where_withdrawn()
    assert world.case.status(anna) is VisitStatus.BOOKED
    assert not world.case.schedules.plans.open


def test_what_cannot_be_published_together_is_settled_one_by_one() -> None:
    world = World()

    def never(what: str) -> None:
        if what == "publish all":
            raise Gone("Table SeriesEdits: row not found")

    world.case.schedules.before_commit = never
    world.report(a_row("a"), a_row("b", weekdays="6"))
    assert world.case.is_as_from_scratch()
    assert not world.case.schedules.plans.open
