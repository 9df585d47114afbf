"""Files of standby lists: a row puts somebody on a list who has agreed to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from erejestracja.domain.file import File
from erejestracja.domain.ids import DoseOf, PatientId, VaccineCode
from erejestracja.domain.imports import ImportStatus, Progress
from erejestracja.domain.pesel import generate
from erejestracja.domain.standby import CallOutcome, Standby
from erejestracja.services import standby
from erejestracja.services.imports import Importer, report_name
from erejestracja.services.standby_imports import Lists, StandbyFiles
from tests.support.builders import MODERNA, PFIZER, POINT, a_point, a_referral
from tests.support.desk import FixedProgrammes
from tests.support.fake_imports import FakeFiles, FakeImports, Fate, Killed, Ticking
from tests.support.fake_standby import FakeRoster
from tests.support.standby_contract import OTHER
from tests.unit.domain.test_standby_rows import ROW
from tests.unit.services.test_standby import ASKING, ReserveCase

FILE = File("standby/march.csv", 1)
BORN = date(1950, 5, 14)
PEOPLE = [str(generate(BORN, number)) for number in range(4)]


def named(pesel: str) -> PatientId:
    return PatientId(f"patient-{pesel}")


def a_row(who: int, **changes: str) -> str:
    return ";".join((ROW | {"point": POINT, "pesel": PEOPLE[who]} | changes).values())


@dataclass
class World:
    """An importer of standby lists over the fakes of a point; four people have a referral."""

    fate: Fate = field(default_factory=Fate)
    rows_a_step: int = 500

    def __post_init__(self) -> None:
        self.case = ReserveCase()
        store = self.case.store
        for pesel in PEOPLE:
            referral = a_referral(named(pesel))
            store.people[named(pesel)] = replace(
                store.people[next(iter(store.people))], id=named(pesel)
            )
            store.all_referrals[referral.patient, referral.id] = referral
        other = a_point(id=OTHER)
        # The other point gives something besides that the programme does not know.
        other = replace(other, vaccines=other.vaccines | {VaccineCode("flu.any")})
        points = {one.id: one for one in (a_point(), other)}
        self.roster = FakeRoster(self.case.lists, points)
        clock = self.case.clinic.desk.clock
        self.lists = lists = Lists(self.roster, FixedProgrammes(), clock, named)
        self.files = FakeFiles(self.fate)
        self.store = FakeImports(self.fate, lists=self.case.lists)
        self.importer = Importer(
            files=self.files,
            imports=self.store,
            kinds=(StandbyFiles(lists, rows_a_step=self.rows_a_step),),
            publisher=self.case.clinic.desk.publisher,
            clock=clock,
            monotonic=Ticking(),
            longest_s=1e9,
        )

    def report(self, *rows: str, name: str = "march") -> list[str]:
        file = File(f"standby/{name}.csv", 1)
        self.files.objects[file.name] = "\n".join([";".join(ROW), *rows]).encode("windows-1250")
        self.importer.take(file)
        return self.files.objects[report_name(file)].decode().splitlines()[1:]

    def waiting(self) -> dict[PatientId, Standby]:
        return {one.patient: one for one in self.case.lists.of(POINT)}


def test_who_agreed_is_put_on_the_list_told_of_and_can_read_by_whom() -> None:
    world = World()
    assert world.report(a_row(0), a_row(1, consent="no")) == [
        "2;accepted;;",
        "3;refused;no_consent;consent",
    ]
    (entry,) = world.waiting().values()
    assert (entry.patient, entry.vaccines, entry.number) == (named(PEOPLE[0]), (PFIZER,), 1)
    assert [event.type for event in world.store.events] == ["standby.joined", "import.finished"]
    actions = [(a.actor, a.action) for a in world.case.store.accesses(entry.patient, 5)]
    assert actions == [("import", "reserve.file"), ("import", "reserve.waiting")]
    assert world.case.store.accesses(named(PEOPLE[1]), 5) == []


def test_the_same_row_again_is_repeated_and_another_wish_keeps_how_long_they_waited() -> None:
    world = World()
    world.report(a_row(0))
    since = world.waiting()[named(PEOPLE[0])].since
    world.case.later(timedelta(days=1))
    rows = (a_row(0), a_row(0, vaccines=MODERNA), a_row(0, vaccines=MODERNA))
    assert world.report(*rows, name="again") == ["2;repeated;;", "3;accepted;;", "4;repeated;;"]
    entry = world.waiting()[named(PEOPLE[0])]
    assert (entry.since, entry.vaccines, entry.number) == (since, (MODERNA,), 2)


def test_whoever_may_not_wait_is_refused_by_why() -> None:
    world = World()
    world.report(a_row(1, point=OTHER))
    world.case.booked(named(PEOPLE[2]))
    stranger = str(generate(BORN, 99))
    rows = [
        a_row(0, point="nowhere"),
        a_row(0, programme="influenza"),
        a_row(0, vaccines="cov19.novavax"),
        a_row(0, point=OTHER, vaccines="flu.any"),
        a_row(0, until="2026-01-01"),
        a_row(0, until="2028-01-01"),
        a_row(0, pesel=stranger),
        a_row(1),
        a_row(2),
    ]
    assert [line.split(";", 2)[2] for line in world.report(*rows, name="b")] == [
        "unknown;point",
        "unknown;programme",
        "unknown;vaccines",
        "unknown;vaccines",
        "invalid;until",
        "invalid;until",
        "no_referral;pesel",
        "waits_elsewhere;point",
        "booked;pesel",
    ]
    assert world.waiting() == {}


def test_a_corrected_number_means_the_same_person() -> None:
    world = World()
    wrong = str(generate(BORN, 77))
    world.roster.corrected[named(wrong)] = named(PEOPLE[3])
    assert world.report(a_row(0, pesel=wrong)) == ["2;accepted;;"]
    assert set(world.waiting()) == {named(PEOPLE[3])}


def test_who_is_called_meanwhile_is_judged_by_that() -> None:
    world = World()
    world.report(a_row(0))
    entry = world.waiting()[named(PEOPLE[0])]
    reads = world.roster.booked

    def meanwhile(doses: Sequence[DoseOf]) -> set[DoseOf]:
        world.roster.booked = reads  # type: ignore[method-assign]
        standby.call(world.case.reserve, ASKING, entry.id)
        standby.answer(world.case.reserve, ASKING, entry.id, CallOutcome.NOT_REACHED, None)
        return reads(doses)

    world.roster.booked = meanwhile  # type: ignore[method-assign]
    assert world.report(a_row(0, vaccines=MODERNA), name="b") == ["2;accepted;;"]
    after = world.waiting()[named(PEOPLE[0])]
    assert (after.misses, after.vaccines, after.number) == (1, (MODERNA,), 4)


@settings(max_examples=60)
@given(st.integers(1, 30), st.booleans(), st.integers(1, 4))
def test_a_kill_at_any_moment_changes_nothing(at: int, after: bool, size: int) -> None:
    rows = [a_row(0), a_row(1), a_row(0, vaccines=MODERNA), "x", a_row(1), a_row(2, consent="no")]
    whole = World(rows_a_step=size)
    report = whole.report(*rows)
    world = World(Fate(at, after), rows_a_step=size)
    try:
        world.report(*rows)
    except Killed:
        assert world.report(*rows) == report
    assert world.waiting() == whole.waiting()
    progress = world.store.progress(FILE.import_id)
    assert isinstance(progress, Progress)
    assert progress.status is ImportStatus.FINISHED


def test_of_two_files_with_the_same_row_one_is_told_accepted() -> None:
    world = World()
    other = File("standby/other.csv", 1)
    world.files.objects[other.name] = "\n".join([";".join(ROW), a_row(0)]).encode()
    reads = world.roster.booked

    def meanwhile(doses: Sequence[DoseOf]) -> set[DoseOf]:
        world.roster.booked = reads  # type: ignore[method-assign]
        world.importer.take(other)
        return reads(doses)

    world.roster.booked = meanwhile  # type: ignore[method-assign]
    assert world.report(a_row(0)) == ["2;repeated;;"]
    assert b"accepted" in world.files.objects[report_name(other)]
