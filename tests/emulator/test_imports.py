"""Imports on the real parts: Spanner's emulator, and a bucket with the official client."""

import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest

from emulators.suite.places import EMULATORS
from emulators.suite.probes import answers
from erejestracja.domain.file import File
from erejestracja.domain.ids import PatientId, PlaceKey, PointId, SlotKey, derived_id
from erejestracja.domain.imports import ImportStatus, Progress
from erejestracja.domain.pesel import generate
from erejestracja.domain.series import expand
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import shape_of
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.ports import FileGone
from erejestracja.services.imports import Importer, report_name
from erejestracja.services.point_imports import PointFiles
from erejestracja.services.referral_imports import ReferralFiles
from erejestracja.services.schedule import Board
from erejestracja.services.schedule_imports import ScheduleFiles
from erejestracja.services.settling import settle_open
from erejestracja.services.standby_imports import Lists, StandbyFiles
from erejestracja.storage.gcs.files import BucketFiles
from erejestracja.storage.spanner.catalogue import Catalogue
from erejestracja.storage.spanner.database import Database, Keys, key
from erejestracja.storage.spanner.directory import SpannerDirectory
from erejestracja.storage.spanner.imports import SpannerImports
from erejestracja.storage.spanner.records import Records
from erejestracja.storage.spanner.registrations import SpannerRegistry
from erejestracja.storage.spanner.roster import SpannerRoster
from erejestracja.storage.spanner.standby import SpannerStandby
from erejestracja.storage.spanner.stock import SpannerStock
from tests.support.boards import a_board, booked_by
from tests.support.builders import NOW, a_point
from tests.support.desk import FixedProgrammes, RememberingPublisher, SetClock
from tests.support.emulators import free_port, server
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import save
from tests.unit.domain.test_point_rows import ROW as POINT_ROW
from tests.unit.domain.test_schedule_rows import ROW as RULE_ROW
from tests.unit.domain.test_standby_rows import ROW as WAITS_ROW

pytestmark = pytest.mark.emulator
NAMES = count(1)
HEADER = "referral;pesel;givenName;familyName;programme;kind;issuedOn;expiresOn;phone\r\n"
BORN = date(1950, 5, 14)
REACH = timedelta(days=13)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from google.cloud import storage

    port = free_port()
    command = [sys.executable, str(EMULATORS / "storage/server.py"), "--port", str(port)]
    command += ["--data", str(tmp_path_factory.mktemp("objects")), "--project", "test"]
    command += ["--pubsub-host", "127.0.0.1:1"]
    address = f"http://127.0.0.1:{port}"
    with server(command, answers(f"{address}/healthz")):
        with patch.dict(os.environ, {"STORAGE_EMULATOR_HOST": address}):
            made = storage.Client(project="test")
        made.create_bucket("imports")
        yield made
        made.close()


@pytest.fixture
def importer(client: Any, database: Database) -> Importer:
    return an_importer(client, database)


def an_importer(client: Any, database: Database, rows_a_step: int = 1000) -> Importer:
    registry, directory = SpannerRegistry(database), SpannerDirectory(database)
    clock = SetClock(datetime.now(UTC))
    lists = Lists(SpannerRoster(database), FixedProgrammes(), clock, patient_id)
    return Importer(
        files=BucketFiles(client, "imports"),
        imports=SpannerImports(database),
        kinds=(
            ReferralFiles(registry, patient_id, rows_a_step=rows_a_step),
            PointFiles(directory, rows_a_step=rows_a_step),
            ScheduleFiles(a_board(database, REACH), rows_a_step=rows_a_step),
            StandbyFiles(lists, rows_a_step=rows_a_step),
        ),
        publisher=RememberingPublisher(),
        clock=clock,
    )


def patient_id(pesel: str) -> PatientId:
    return PatientId(derived_id("patient", pesel))


def a_row(number: int, phone: str = "600 000 000") -> str:
    pesel = generate(BORN, number)
    return f"REF-{number:05};{pesel};Żółć;Źdźbło;covid-19;primary;2026-11-02;2027-01-31;{phone}\r\n"


def dropped(client: Any, text: str, encoding: str = "utf-8", *, folder: str = "referrals/") -> File:
    blob = client.bucket("imports").blob(f"{folder}{next(NAMES)}.csv")
    blob.upload_from_string(text.encode(encoding))
    return File(blob.name, blob.generation)


def report(client: Any, file: File) -> list[str]:
    text: bytes = client.bucket("imports").blob(report_name(file)).download_as_bytes()
    return text.decode().splitlines()


def progress_of(importer: Importer, file: File) -> Progress:
    found = importer.imports.progress(file.import_id)
    assert isinstance(found, Progress)
    return found


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1250"])
def test_people_and_referrals_are_there_as_the_file_says(
    importer: Importer, client: Any, database: Database, encoding: str
) -> None:
    file = dropped(client, HEADER + a_row(1) + a_row(2, phone="112") + a_row(3), encoding)
    importer.take(file)
    assert report(client, file) == [
        "line;status;reason;column",
        "2;accepted;;",
        "3;refused;invalid;phone",
        "4;accepted;;",
    ]
    anna = patient_id(str(generate(BORN, 1)))
    person = Records(database).person(anna)
    assert person
    assert (person.given_name, person.family_name) == ("Żółć", "Źdźbło")
    (referral,) = Records(database).referrals(anna)
    assert (referral.id, referral.version, referral.birth_date) == ("REF-00001", 1, BORN)


def test_many_steps_make_one_report_and_each_is_a_few_calls(
    client: Any, database: Database
) -> None:
    file = dropped(client, HEADER + "".join(map(a_row, range(40))))
    with calls_to_spanner() as made:
        an_importer(client, database, rows_a_step=1).take(file)
    assert [line.split(";")[0] for line in report(client, file)[1:]] == [*map(str, range(2, 42))]
    assert len(database.read("Patients", ("PatientId",), Keys(everything=True))) == 40
    # Progress and parts of the report once, and begin and finish, beside 40 steps of: renamed,
    # standing people, commit.
    assert (made.count("commit"), made.count("streaming_read")) == (42, 2 + 40 * 2)


def test_who_is_registered_already_keeps_what_they_told_us(
    importer: Importer, client: Any, database: Database
) -> None:
    importer.take(dropped(client, HEADER + a_row(1)))
    again = dropped(client, HEADER + a_row(1, phone="601 000 000").replace("REF-", "NEW-"))
    importer.take(again)
    assert report(client, again)[1:] == ["2;accepted;;"]
    anna = patient_id(str(generate(BORN, 1)))
    assert database.read("Patients", ("Phone",), key(anna)) == [["+48600000000"]]
    assert {one.id for one in Records(database).referrals(anna)} == {"REF-00001", "NEW-00001"}


def test_of_eight_who_are_told_of_a_file_at_once_each_row_is_taken_in_once(
    client: Any, database: Database
) -> None:
    file = dropped(client, HEADER + "".join(map(a_row, range(60))))
    importer = an_importer(client, database, rows_a_step=5)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(importer.take, [file] * 8))
    progress = progress_of(importer, file)
    assert (progress.accepted, progress.repeated, progress.status) == (60, 0, ImportStatus.FINISHED)
    assert [line.split(";")[1] for line in report(client, file)[1:]] == ["accepted"] * 60
    assert len(database.read("Referrals", ("ReferralId",), Keys(everything=True))) == 60
    events = database.read("Outbox", ("Type",), Keys(everything=True))
    assert events == [["import.finished"]]


def points_file(*changes: dict[str, str]) -> str:
    rows = [";".join((POINT_ROW | change).values()) for change in changes]
    return "\r\n".join([";".join(POINT_ROW), *rows])


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1250"])
def test_points_stand_as_the_last_file_says_and_a_repeat_changes_nothing(
    importer: Importer, client: Any, database: Database, encoding: str
) -> None:
    text = points_file({}, {"point": "punktbeta"}, {"address": "brak 7"})
    first = dropped(client, text, encoding, folder="points/")
    importer.take(first)
    assert report(client, first)[1:] == [
        "2;accepted;;",
        "3;accepted;;",
        "4;refused;not_told;address",
    ]
    second = dropped(client, points_file({"address": "ul. Nowa 1"}, {}), folder="points/")
    third = dropped(client, points_file({}, {"point": "punktbeta"}), folder="points/")
    for file in (second, third):
        importer.take(file)
    assert report(client, second)[1:] == ["2;accepted;;", "3;accepted;;"]
    assert report(client, third)[1:] == ["2;repeated;;", "3;repeated;;"]
    stand = {point.id: point for point in Catalogue(database).points()}
    assert {one.address for one in stand.values()} == {POINT_ROW["address"]}
    assert set(stand) == {"punktalfa", "punktbeta"}
    told = database.read("Outbox", ("Type",), Keys(everything=True))
    # The second file took a point away from what it was, and back again.
    assert told.count(["points.listed"]) == 1


def test_of_eight_who_bring_the_same_points_each_is_listed_once(
    client: Any, database: Database
) -> None:
    text = points_file(*({"point": f"punkt{number:03}"} for number in range(40)))
    importer = an_importer(client, database, rows_a_step=5)
    files = [dropped(client, text, folder="points/") for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(importer.take, files * 2))
    verdicts = [line.split(";")[1] for file in files for line in report(client, file)[1:]]
    assert (verdicts.count("accepted"), verdicts.count("repeated")) == (40, 120)
    assert len(Catalogue(database).points()) == 40


def test_of_four_who_change_the_same_points_at_once_one_is_told_so(
    client: Any, database: Database
) -> None:
    importer = an_importer(client, database, rows_a_step=5)
    names = [{"point": f"punkt{number:03}"} for number in range(20)]
    importer.take(dropped(client, points_file(*names), folder="points/"))
    text = points_file(*({**one, "address": "ul. Nowa 1"} for one in names))
    files = [dropped(client, text, folder="points/") for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(importer.take, files * 2))
    verdicts = [line.split(";")[1] for file in files for line in report(client, file)[1:]]
    assert (verdicts.count("accepted"), verdicts.count("repeated")) == (20, 60)
    assert {one.address for one in Catalogue(database).points()} == {"ul. Nowa 1"}


def schedule_file(*changes: Mapping[str, str]) -> str:
    rows = [";".join({**RULE_ROW, **change}.values()) for change in changes]
    return "\n".join([";".join(RULE_ROW), *rows])


def test_schedules_of_several_points_stand_as_the_last_file_says(
    importer: Importer, client: Any, database: Database
) -> None:
    other = PointId("bbbbbbbbbb")
    save(database, [a_point(), a_point(id=other)], [])
    rows = ({"key": "a"}, {"point": other}, {"key": "b", "to": "13:00"}, {"point": "nowhere"})
    first = dropped(client, schedule_file(*rows), folder="schedules/")
    importer.take(first)
    assert report(client, first)[1:] == [
        *("2;accepted;;", "3;accepted;;", "4;accepted;;", "5;refused;unknown;point")
    ]
    second = dropped(client, schedule_file(*rows[:2], {"key": "b"}), folder="schedules/")
    importer.take(second)
    assert report(client, second)[1:] == ["2;repeated;;", "3;repeated;;", "4;accepted;;"]
    board = a_board(database, REACH)
    assert not board.schedules.open_edits(10)
    stands = {reach.series.closes.hour for reach in board.schedules.series(a_point())}
    assert stands == {16}
    days = [NOW.date() + timedelta(days=n) for n in range(1, 14)]
    open_on = {session.key.day for session in board.schedules.sessions(other, days)}
    assert len(open_on) == 6


def test_of_four_who_bring_the_same_schedules_each_rule_is_made_once(
    client: Any, database: Database
) -> None:
    save(database, [a_point()], [])
    text = schedule_file(*({"key": f"k{number}"} for number in range(12)))
    importer = an_importer(client, database, rows_a_step=3)
    files = [dropped(client, text, folder="schedules/") for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(importer.take, files * 2))
    settle_open(a_board(database, REACH))
    for file in files:
        importer.take(file)
    verdicts = [line.split(";")[1] for file in files for line in report(client, file)[1:]]
    assert (verdicts.count("accepted"), verdicts.count("repeated")) == (12, 12)
    assert len(a_board(database, REACH).schedules.series(a_point())) == 12
    assert not a_board(database, REACH).schedules.open_edits(10)


def test_rules_of_many_points_are_taken_in_and_published_in_a_few_calls(
    client: Any, database: Database
) -> None:
    points = [PointId(f"punkt{number:03}") for number in range(20)]
    save(database, [a_point(id=one) for one in points], [])
    text = schedule_file(*({"point": one, "key": key} for one in points for key in "ab"))
    file = dropped(client, text, folder="schedules/")
    with calls_to_spanner() as made:
        an_importer(client, database).take(file)
    assert [line.split(";")[1] for line in report(client, file)[1:]] == ["accepted"] * 40
    # Progress, three reads of supplies, the points, edits, series and two of closures; the parts.
    assert made.count("streaming_read") == 1 + 3 + 5 + 1
    # Begun, the edits, their sessions, finished.
    assert made.count("commit") == 4
    board = a_board(database, REACH)
    assert not board.schedules.open_edits(1)
    days = [NOW.date() + timedelta(days=n) for n in range(1, 14)]
    assert {len(board.schedules.sessions(one, days)) for one in points} == {2 * 12}


# An hour a day, in each slot of which one person has a place.
NARROW = {"to": "9:00", "breaks": "", "places": "1"}


def test_a_file_that_changes_rules_or_changes_nothing_is_a_few_calls(
    client: Any, database: Database
) -> None:
    points = [PointId(f"punkt{number:03}") for number in range(20)]
    save(database, [a_point(id=one) for one in points], [])
    importer = an_importer(client, database)
    rows = [{**NARROW, "point": one, "key": key, "weekdays": "2"} for one in points for key in "ab"]
    importer.take(dropped(client, schedule_file(*rows), folder="schedules/"))
    changed = [{**row, "step": "20"} for row in rows]
    file = dropped(client, schedule_file(*changed), folder="schedules/")
    with calls_to_spanner() as made:
        importer.take(file)
    assert [line.split(";")[1] for line in report(client, file)[1:]] == ["accepted"] * 40
    # As new ones, and beside that what stands of twenty points and who has places in it.
    assert made.count("streaming_read") == 1 + 3 + 5 + 1 + 2
    # Forty sessions of four places each, a hundred at most in a commit, go before others come.
    assert made.count("commit") == 4 + 2
    board = a_board(database, REACH)
    assert not board.schedules.open_edits(1)
    days = [NOW.date() + timedelta(days=n) for n in range(1, 14)]
    for one in points:
        assert [session.step for session in board.schedules.sessions(one, days)] == [20, 20]
    again = dropped(client, schedule_file(*changed), folder="schedules/")
    with calls_to_spanner() as made:
        importer.take(again)
    assert [line.split(";")[1] for line in report(client, again)[1:]] == ["repeated"] * 40
    assert (made.count("streaming_read"), made.count("commit")) == (10, 3)


def taken_and_killed(importer: Importer, file: File, commits: int) -> None:
    """Take in a file until so many commits are made, by a thread that then is gone."""
    commit, left = Database.commit, [commits]

    def killed(self: Database, fill: Any) -> Any:
        if threading.current_thread().name == "import":
            left[0] -= 1
            if left[0] < 0:
                raise InterruptedError
        return commit(self, fill)

    threading.current_thread().name = "import"
    with patch.object(Database, "commit", killed), pytest.raises(InterruptedError):
        importer.take(file)


@pytest.mark.parametrize("commits", [2, 5, 9])
def test_who_books_while_rules_change_loses_nothing_though_the_import_is_killed(
    client: Any, database: Database, commits: int
) -> None:
    save(database, [a_point()], [])
    board, importer = a_board(database, REACH), an_importer(client, database)
    rules = [{**NARROW, "key": f"k{number}"} for number in range(12)]
    importer.take(dropped(client, schedule_file(*rules), folder="schedules/"))
    days = [NOW.date() + timedelta(days=n) for n in range(1, 14)]
    stood = board.schedules.sessions(a_point().id, days)
    text = schedule_file(*({**rule, "step": "10"} for rule in rules))
    file = dropped(client, text, folder="schedules/")
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(taken_and_killed, importer, file, commits)
        visits = []
        for n, one in enumerate(stood[::3]):
            place = PlaceKey(SlotKey(one.key, n % 2 * 2), 0)
            start = one.start_of(place.slot.index)
            visits += booked_by(database, [(PatientId(f"patient-{n:04}"), place, start)])
        taken.result()
    importer.take(file)
    while settle_open(board):
        pass
    assert [line.split(";")[1] for line in report(client, file)[1:]] == ["accepted"] * 12
    live = board.schedules.sessions(a_point().id, days)
    wanted = expand(board.schedules.series(a_point())[0].series, days[0], days[-1])
    assert [*map(shape_of, sorted(live, key=lambda one: one.starts_at))] == [
        shape_of(one) for one in wanted for _ in rules
    ]
    gone = [one for one in stood if one not in live]
    assert sum(state.free_in_all() for state in SpannerStock(database).states(gone)) == 0
    keep_their_time(board, visits, live)


def keep_their_time(board: Board, visits: Sequence[Visit], live: Sequence[Session]) -> None:
    """Check that all visits have a place in sessions that stand, at the time they were made for."""
    known = {visit.id: visit for visit in board.schedules.visits([one.id for one in visits])}
    claims = board.schedules.claims(live)
    assert visits
    for visit in visits:
        now = known[visit.id]
        assert (now.status, now.starts_at) == (VisitStatus.BOOKED, visit.starts_at)
        assert claims[now.place.slot.session][now.place].id == visit.id


def standby_file(*changes: Mapping[str, str]) -> str:
    until = f"{datetime.now(UTC).date() + timedelta(days=30)}"
    rows = [";".join({**WAITS_ROW, "until": until, **change}.values()) for change in changes]
    return "\n".join([";".join(WAITS_ROW), *rows])


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1250"])
def test_who_agreed_is_on_the_list_of_a_point_after_a_few_calls(
    importer: Importer, client: Any, database: Database, encoding: str
) -> None:
    save(database, [a_point()], [])
    importer.take(dropped(client, HEADER + "".join(map(a_row, range(20)))))
    people = [{"pesel": str(generate(BORN, number))} for number in range(20)]
    text = standby_file(*people, {"pesel": str(generate(BORN, 99))}, {"consent": "no"})
    file = dropped(client, text, encoding, folder="standby/")
    with calls_to_spanner() as made:
        importer.take(file)
    assert [line.split(";", 1)[1] for line in report(client, file)[1:]] == [
        *["accepted;;"] * 20,
        "refused;no_referral;pesel",
        "refused;no_consent;consent",
    ]
    # Progress, what rows are judged by, the parts; begun, taken in, finished.
    assert (made.count("streaming_read"), made.count("commit")) == (1 + 6 + 1, 3)
    waiting = SpannerStandby(database).of(a_point().id)
    assert {one.patient for one in waiting} == {patient_id(one["pesel"]) for one in people}
    told = database.read("Outbox", ("Type",), Keys(everything=True))
    assert told.count(["standby.joined"]) == 20


def test_of_files_with_the_same_people_at_once_each_is_put_on_the_list_once(
    client: Any, database: Database
) -> None:
    save(database, [a_point()], [])
    importer = an_importer(client, database, rows_a_step=5)
    importer.take(dropped(client, HEADER + "".join(map(a_row, range(20)))))
    text = standby_file(*({"pesel": str(generate(BORN, number))} for number in range(20)))
    files = [dropped(client, text, folder="standby/") for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(importer.take, files * 2))
    verdicts = [line.split(";")[1] for file in files for line in report(client, file)[1:]]
    assert (verdicts.count("accepted"), verdicts.count("repeated")) == (20, 60)
    steps = database.read("StandbySteps", ("Number",), Keys(everything=True))
    assert steps == [[1]] * 20


def test_a_file_that_is_no_table_is_refused(importer: Importer, client: Any) -> None:
    file = dropped(client, "Dzień dobry")
    importer.take(file)
    importer.take(file)
    assert report(client, file)[1:] == ["1;refused;no_header;"]


def test_lines_are_read_from_anywhere_however_long_they_are(client: Any) -> None:
    file = dropped(client, "header\n" + "x" * 3_000_000 + "\nlast, without an end")
    files = BucketFiles(client, "imports")
    lines = list(files.lines(file))
    assert [len(line) for line, _ in lines] == [6, 8001, 20]
    assert list(files.lines(file, lines[0][1])) == lines[1:]
    assert list(files.lines(file, lines[2][1])) == []
    with pytest.raises(FileGone):
        list(files.lines(File(file.name, file.generation + 1)))


def test_hundreds_of_parts_are_joined_in_order(client: Any) -> None:
    files = BucketFiles(client, "imports")
    parts = [f"reports/parts/{number:04}" for number in range(70)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: files.write(name, name[-4:]), parts))
    files.join("reports/whole.csv", parts)
    files.join("reports/whole.csv", parts)
    whole = client.bucket("imports").blob("reports/whole.csv").download_as_text()
    assert whole == "".join(f"{number:04}" for number in range(70))
