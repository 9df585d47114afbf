"""Files of points: each row is a point as it stands from then on."""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.file import File
from erejestracja.domain.ids import PointId
from erejestracja.services.imports import Importer, report_name
from erejestracja.services.point_imports import PointFiles
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.fake_imports import FakeFiles, FakeImports, Fate, Killed, Ticking
from tests.unit.domain.test_point_rows import ROW

FILE = File("points/march.csv", 1)


def a_row(point: str, **changes: str) -> str:
    return ";".join((ROW | {"point": point} | changes).values())


@dataclass
class World:
    """An importer of points over fakes."""

    fate: Fate = field(default_factory=Fate)
    rows_a_step: int = 1000

    def __post_init__(self) -> None:
        self.files, self.store = FakeFiles(self.fate), FakeImports(self.fate)
        self.importer = Importer(
            files=self.files,
            imports=self.store,
            kinds=(PointFiles(self.store, rows_a_step=self.rows_a_step),),
            publisher=RememberingPublisher(),
            clock=SetClock(),
            monotonic=Ticking(),
            longest_s=1e9,
        )

    def report(self, *rows: str, name: str = "march") -> list[str]:
        file = File(f"points/{name}.csv", 1)
        self.files.objects[file.name] = "\n".join([";".join(ROW), *rows]).encode("windows-1250")
        self.importer.take(file)
        return self.files.objects[report_name(file)].decode().splitlines()[1:]

    @property
    def told(self) -> list[list[str]]:
        return [e.data["points"] for e in self.store.events if e.type == "points.listed"]


def test_new_points_are_listed_and_told_of() -> None:
    world = World()
    assert world.report(a_row("beta"), a_row("alfa")) == ["2;accepted;;", "3;accepted;;"]
    assert set(world.store.points) == {"alfa", "beta"}
    assert world.told == [["alfa", "beta"]]


def test_what_stands_already_is_repeated_and_told_to_nobody() -> None:
    world = World()
    world.report(a_row("alfa"))
    assert world.report(a_row("alfa"), name="again") == ["2;repeated;;"]
    assert world.told == [["alfa"]]


def test_a_changed_point_is_overwritten_and_the_later_row_of_a_point_holds() -> None:
    world = World()
    world.report(a_row("alfa"))
    rows = [a_row("alfa", address="ul. Nowa 1"), a_row("alfa", phone="81 532 00 01")]
    assert world.report(*rows, rows[1], name="b") == [
        *("2;accepted;;", "3;accepted;;", "4;repeated;;")
    ]
    point = world.store.points[PointId("alfa")]
    assert (point.address, point.phone) == ("ul. Lipowa 12", "+48815320001")
    assert world.told == [["alfa"], ["alfa"]]


def test_a_point_that_comes_back_to_what_it_was_has_not_changed() -> None:
    world = World()
    world.report(a_row("alfa"))
    assert world.report(a_row("alfa", address="ul. Nowa 1"), a_row("alfa"), name="b")
    assert world.told == [["alfa"]]


def test_a_change_that_somebody_else_makes_at_the_same_moment_is_theirs() -> None:
    world = World()
    world.report(a_row("alfa"))
    before = world.store.points[PointId("alfa")]
    world.store.changed_meanwhile = [replace(before, phone="+48815320001")]
    assert world.report(a_row("alfa", phone="81 532 00 01"), name="b") == ["2;repeated;;"]
    assert world.told == [["alfa"]]


def test_a_point_stays_in_its_powiat() -> None:
    world = World()
    world.report(a_row("alfa"))
    elsewhere = {"gmina": "1465011", "lat": "52.2297", "lon": "21.0122", "postalCode": "00-950"}
    assert world.report(a_row("alfa", **elsewhere), name="b") == ["2;refused;fixed;gmina"]


def test_what_is_hardly_right_is_taken_in_and_told() -> None:
    assert World().report(a_row("alfa", town="Radom"), a_row("beta", phone="")) == [
        *("2;accepted;unlikely;town", "3;refused;missing;phone")
    ]


@given(st.integers(1, 30), st.booleans(), st.integers(1, 4))
def test_a_kill_at_any_moment_changes_nothing(at: int, after: bool, size: int) -> None:
    rows = [a_row("alfa"), a_row("beta"), a_row("alfa", town="Radom"), "x", a_row("alfa")]
    whole = World(rows_a_step=size)
    report = whole.report(*rows)
    world = World(Fate(at, after), rows_a_step=size)
    try:
        world.report(*rows)
    except Killed:
        assert world.report(*rows) == report
    assert world.store.points == whole.store.points
    assert world.store.rows == whole.store.rows
    assert world.told == whole.told


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_every_line_of_any_bytes_has_its_report(lines: list[bytes]) -> None:
    world = World()
    whole = b"\n".join([";".join(ROW).encode(), *lines])
    world.files.objects[FILE.name] = whole
    world.importer.take(FILE)
    reported = world.files.objects[report_name(FILE)].decode().splitlines()[1:]
    rows = [n for n, line in enumerate(whole.splitlines()[1:], 2) if line.strip()]
    assert [int(line.split(";")[0]) for line in reported] == rows
