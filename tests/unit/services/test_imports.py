"""Imports: every row has a line in the report, and a kill at any moment changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.delimited import Layout
from erejestracja.domain.file import File
from erejestracja.domain.ids import PatientId
from erejestracja.domain.imports import ImportStatus, Progress, RefusedFile, Registration, Step
from erejestracja.domain.pesel import generate
from erejestracja.domain.referral_rows import read
from erejestracja.ports import Clash
from erejestracja.services.imports import Contended, Importer, report_name
from erejestracja.services.referral_imports import ReferralFiles
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.fake_imports import HEADER, FakeFiles, FakeImports, Fate, Killed, Ticking

FILE = File("referrals/november.csv", 1)
BORN = date(1950, 5, 14)


def a_row(number: int, *, person: int | None = None, programme: str = "covid-19") -> str:
    pesel = generate(BORN, number if person is None else person)
    return f"REF-{number:05},{pesel},Anna,Nowak,{programme},primary,2026-11-02,2027-01-31"


def patient_of(pesel: str) -> PatientId:
    return PatientId(f"p{pesel[6:10]}")


@dataclass
class World:
    """An importer over fakes, and what became of it all."""

    fate: Fate = field(default_factory=Fate)
    longest_s: float = 1e9
    rows_a_step: int = 1000

    def __post_init__(self) -> None:
        self.files, self.store = FakeFiles(self.fate), FakeImports(self.fate)
        self.publisher = RememberingPublisher()
        self.importer = Importer(
            files=self.files,
            imports=self.store,
            kinds=(ReferralFiles(self.store, patient_of, rows_a_step=self.rows_a_step),),
            publisher=self.publisher,
            clock=SetClock(),
            monotonic=Ticking(),
            longest_s=self.longest_s,
        )

    def drop(self, rows: Sequence[str], file: File = FILE) -> None:
        self.files.objects[file.name] = "\n".join([HEADER, *rows, ""]).encode()

    def report(self, file: File = FILE) -> list[str]:
        return self.files.objects[report_name(file)].decode().splitlines()

    @property
    def told(self) -> list[str]:
        return [event.type for event in self.publisher.told]

    @property
    def progress(self) -> Progress:
        found = self.store.progress(FILE.import_id)
        assert isinstance(found, Progress)
        return found


def imported(*rows: str, steps_of: int = 3) -> World:
    world = World(rows_a_step=steps_of)
    world.drop(rows)
    world.importer.take(FILE)
    return world


def test_every_row_is_taken_in_or_told_why_not() -> None:
    world = imported(a_row(1), a_row(2), a_row(3), a_row(4), a_row(5, programme=""))
    assert len(world.store.people) == len(world.store.referrals) == 4
    assert world.report() == [
        "line;status;reason;column",
        *(f"{line};accepted;;" for line in (2, 3, 4, 5)),
        "6;refused;missing;programme",
    ]
    progress = world.progress
    assert (progress.accepted, progress.refused, progress.line) == (4, 1, progress.lines)
    assert progress.status is ImportStatus.FINISHED
    assert [event.type for event in world.store.events] == ["import.finished"]
    assert world.told == ["import.finished"]


def test_the_same_referral_twice_is_taken_in_once() -> None:
    world = imported(a_row(1), a_row(1), a_row(2), a_row(1))
    assert [line.split(";")[1] for line in world.report()[1:]] == [
        *("accepted", "repeated", "accepted", "repeated")
    ]


def test_two_referrals_of_one_person_are_one_person() -> None:
    world = imported(a_row(1, person=7), a_row(2, person=7), "", a_row(3, person=7), steps_of=2)
    assert (len(world.store.people), len(world.store.referrals)) == (1, 3)
    assert [line.split(";")[0] for line in world.report()[1:]] == ["2", "3", "5"]


def test_a_person_whose_pesel_was_corrected_stays_who_they_are() -> None:
    world = World()
    world.store.corrected[PatientId("p0001")] = PatientId("old")
    world.drop([a_row(1)])
    world.importer.take(FILE)
    assert set(world.store.people) == {"old"}


def test_being_told_of_a_file_again_changes_nothing() -> None:
    world = imported(a_row(1), a_row(2))
    before = (dict(world.store.rows), dict(world.files.objects))
    world.importer.take(FILE)
    world.importer.go_on(FILE.import_id)
    assert (world.store.rows, world.files.objects) == before


def test_the_same_name_stored_again_is_another_import_with_all_rows_repeated() -> None:
    world = imported(a_row(1), a_row(2))
    world.files.generation = 2
    world.importer.take(again := replace(FILE, generation=2))
    assert [line.split(";")[1] for line in world.report(again)[1:]] == ["repeated", "repeated"]


@pytest.mark.parametrize("name", ["x.csv", "reports/referrals/x.csv", "referrals/folder/"])
def test_what_is_no_file_of_referrals_is_left_alone(name: str) -> None:
    world = World()
    world.importer.take(File(name, 1))
    assert not world.store.rows
    assert not world.files.objects


def test_a_file_without_a_header_is_refused_once_and_reported() -> None:
    world = World()
    world.files.objects[FILE.name] = a_row(1).encode()
    world.importer.take(FILE)
    world.importer.take(FILE)
    assert world.report() == ["line;status;reason;column", "1;refused;no_header;"]
    assert [event.data["reason"] for event in world.store.events] == ["no_header"]
    assert isinstance(world.store.progress(FILE.import_id), RefusedFile)


def test_a_file_that_is_gone_is_let_go() -> None:
    world = World()
    world.importer.take(FILE)
    world.drop([a_row(1)])
    world.store.begin(Progress(FILE, world_layout(), lines=2, offset=0, line=1))
    world.files.objects.clear()
    world.importer.go_on(FILE.import_id)
    assert world.progress.status is ImportStatus.RUNNING


def world_layout() -> Layout:
    return imported(a_row(1)).progress.layout


def test_an_import_of_a_kind_that_is_no_more_is_left_as_it_is() -> None:
    world = World()
    other = Progress(File("other/x.csv", 1), world_layout(), lines=2, offset=0, line=1)
    world.store.begin(other)
    world.importer.go_on(other.id)
    assert world.store.progress(other.id) == other


def test_when_its_time_is_used_up_it_asks_to_be_called_again() -> None:
    world = World(longest_s=2.5, rows_a_step=1)
    world.drop([a_row(number) for number in range(10)])
    world.importer.take(FILE)
    assert world.progress.status is ImportStatus.RUNNING
    assert world.told == ["import.advanced"]
    while world.progress.status is ImportStatus.RUNNING:
        world.importer.go_on(FILE.import_id)
    assert len(world.store.referrals) == 10
    assert len(world.report()) == 11


def test_of_two_who_take_the_same_step_one_goes_on() -> None:
    world = World()
    world.drop([a_row(1), a_row(2)])
    advance = world.store.advance

    def overtaken(progress: Progress, *rest: object) -> object:
        world.store.rows[progress.id, progress.step] = progress
        return advance(progress, *rest)  # type: ignore[arg-type]

    with patch.object(world.store, "advance", overtaken):
        world.importer.take(FILE)
    assert not world.store.referrals
    assert not world.told


def test_who_judges_a_step_that_another_has_just_taken_reports_nothing_of_it() -> None:
    world, other = World(), World()
    world.drop([a_row(1)])
    other.store, other.files = world.store, world.files
    other.importer = replace(other.importer, imports=other.store, files=other.files)
    judged = ReferralFiles.judged

    def late(*asked: Any) -> Step:
        with patch.object(ReferralFiles, "judged", judged):
            other.importer.take(FILE)
        return judged(*asked)

    with patch.object(ReferralFiles, "judged", late):
        world.importer.take(FILE)
    assert world.report()[1:] == ["2;accepted;;"]


def test_a_referral_that_somebody_stores_meanwhile_is_repeated() -> None:
    world = World()
    pesel = generate(BORN, 1)
    fields = dict(zip(HEADER.split(","), a_row(1).split(","), strict=True))
    world.store.meanwhile = [Registration(PatientId(f"p{str(pesel)[6:10]}"), read(fields))]
    world.drop([a_row(1), a_row(2)])
    world.importer.take(FILE)
    assert [line.split(";")[1] for line in world.report()[1:]] == ["repeated", "accepted"]


def test_whoever_never_gets_through_leaves_it_to_another_delivery() -> None:
    world = World()
    world.drop([a_row(1)])
    with (
        patch.object(world.store, "advance", side_effect=Clash("Patients")),
        pytest.raises(Contended),
    ):
        world.importer.take(FILE)


def test_of_two_who_begin_or_finish_one_does() -> None:
    world = World()
    world.drop([a_row(1)])
    world.files.objects["referrals/bad.csv"] = b"x"
    for file in (FILE, File("referrals/bad.csv", 1)):
        world.importer.take(file)
        # Somebody else had looked it up before.
        known, answers = world.store.progress, iter([None])
        with patch.object(world.store, "progress", lambda one: next(answers, known(one))):  # noqa: B023
            world.importer.take(file)
    assert [event.type for event in world.store.events] == ["import.finished", "import.refused"]


def test_who_finds_the_import_finished_says_nothing() -> None:
    world = World()
    world.drop([])
    advance = world.store.advance
    finish = {"by": 0}

    def by_another(*args: object) -> object:
        finish["by"] += 1
        advance(*args)  # type: ignore[arg-type]
        return advance(*args)  # type: ignore[arg-type]

    with patch.object(world.store, "advance", by_another):
        world.importer.take(FILE)
    assert world.progress.status is ImportStatus.FINISHED
    assert not world.told


@given(st.integers(1, 30), st.booleans(), st.integers(1, 4))
def test_a_kill_at_any_moment_changes_nothing(at: int, after: bool, size: int) -> None:
    rows = [a_row(1), a_row(2), a_row(2), a_row(3, programme=""), a_row(4), "x", a_row(5), a_row(1)]
    whole = imported(*rows, steps_of=size)
    world = World(Fate(at, after), rows_a_step=size)
    world.drop(rows)
    try:
        world.importer.take(FILE)
    except Killed:
        world.importer.take(FILE)  # as Pub/Sub does, which had no answer
    assert world.store.referrals == whole.store.referrals
    assert world.store.people == whole.store.people
    assert world.report() == whole.report()
    assert world.progress == whole.progress
    assert world.store.events == whole.store.events
