"""Imports on the real parts: Spanner's emulator, and a bucket with the official client."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest

from emulators.suite.places import EMULATORS
from emulators.suite.probes import answers
from erejestracja.domain.file import File
from erejestracja.domain.ids import PatientId, derived_id
from erejestracja.domain.imports import ImportStatus, Progress
from erejestracja.domain.pesel import generate
from erejestracja.ports import FileGone
from erejestracja.services import imports
from erejestracja.services.imports import Importer, report_name
from erejestracja.storage.gcs.files import BucketFiles
from erejestracja.storage.spanner.database import Database, Keys, key
from erejestracja.storage.spanner.imports import SpannerImports
from erejestracja.storage.spanner.records import Records
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.emulators import free_port, server
from tests.support.rpcs import calls_to_spanner

pytestmark = pytest.mark.emulator
NAMES = count(1)
HEADER = "referral;pesel;givenName;familyName;programme;kind;issuedOn;expiresOn;phone\r\n"
BORN = date(1950, 5, 14)


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
    return Importer(
        files=BucketFiles(client, "imports"),
        imports=SpannerImports(database),
        publisher=RememberingPublisher(),
        clock=SetClock(datetime.now(UTC)),
        patient_of=patient_id,
    )


def patient_id(pesel: str) -> PatientId:
    return PatientId(derived_id("patient", pesel))


def a_row(number: int, phone: str = "600 000 000") -> str:
    pesel = generate(BORN, number)
    return f"REF-{number:05};{pesel};Żółć;Źdźbło;covid-19;primary;2026-11-02;2027-01-31;{phone}\r\n"


def dropped(client: Any, text: str, encoding: str = "utf-8") -> File:
    blob = client.bucket("imports").blob(f"referrals/{next(NAMES)}.csv")
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
    importer: Importer, client: Any, database: Database
) -> None:
    file = dropped(client, HEADER + "".join(map(a_row, range(40))))
    with patch.object(imports, "ROWS_A_STEP", 1), calls_to_spanner() as made:
        importer.take(file)
    assert [line.split(";")[0] for line in report(client, file)[1:]] == [*map(str, range(2, 42))]
    assert len(database.read("Patients", ("PatientId",), Keys(everything=True))) == 40
    # Begin and finish beside 40 steps of: renamed, standing people, commit.
    assert (made.count("commit"), made.count("streaming_read")) == (42, 1 + 40 * 2)


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
    importer: Importer, client: Any, database: Database
) -> None:
    file = dropped(client, HEADER + "".join(map(a_row, range(60))))
    with patch.object(imports, "ROWS_A_STEP", 5), ThreadPoolExecutor(8) as pool:
        list(pool.map(importer.take, [file] * 8))
    progress = progress_of(importer, file)
    assert (progress.accepted, progress.repeated, progress.status) == (60, 0, ImportStatus.FINISHED)
    assert [line.split(";")[1] for line in report(client, file)[1:]] == ["accepted"] * 60
    assert len(database.read("Referrals", ("ReferralId",), Keys(everything=True))) == 60
    events = database.read("Outbox", ("Type",), Keys(everything=True))
    assert events == [["import.finished"]]


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
