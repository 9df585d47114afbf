import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from erejestracja.domain import calendar
from erejestracja.domain.actor import Channel
from erejestracja.domain.eligibility import offers
from erejestracja.domain.ids import PatientId, ProgrammeId
from erejestracja.domain.programme_document import from_document
from erejestracja.storage.spanner.database import Database, Keys
from erejestracja.storage.spanner.horizon import Horizon
from erejestracja.storage.spanner.points import POINT, point_of, point_values
from erejestracja.storage.spanner.programmes import ProgrammeDocuments
from erejestracja.storage.spanner.records import Records
from erejestracja.storage.spanner.stock import SESSION, SpannerStock, session_of
from tests.support.databases import INSTANCE

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--points", "6", "--people", "12", "--days", "8")
TABLES = (
    *("Points", "Series", "Sessions", "Patients", "Referrals", "Representations"),
    "Programmes",
)
KEYS = {"Points": "PointId", "Patients": "PatientId", "Programmes": "Programme"}

Load = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.emulator


@pytest.fixture
def load(database: Database) -> Load:
    """Return a function that runs the loader as `emulators/up` does, into this test's database."""
    settings = {
        "SPANNER_INSTANCE": INSTANCE,
        "SPANNER_DATABASE": database._database.database_id,
        "PATIENT_KEY": "a key of this test",
        "PYTHONPATH": f"{ROOT / 'shared'}{os.pathsep}{ROOT}",
    }

    def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "emulators.nation", *arguments],
            env=os.environ | settings | changes,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def counts(database: Database) -> dict[str, int]:
    return {
        table: len(database.read(table, (KEYS.get(table, "UpdatedAt"),), Keys(everything=True)))
        for table in TABLES
    }


def test_what_is_loaded_can_be_booked(load: Load, database: Database, tmp_path: Path) -> None:
    said = load(*SMALL, "--personas", str(tmp_path / "personas.json"))
    assert said.returncode == 0, said.stderr
    assert "6 points" in said.stdout
    points = [point_of(row) for row in database.read("Points", POINT, Keys(everything=True))]
    rows = database.read("Sessions", SESSION, Keys(everything=True))
    sessions = [session_of(row) for row in rows]
    assert len(points) == 6
    assert {session.key.point for session in sessions} == {point.id for point in points}
    assert SpannerStock(database).sessions([sessions[0].key]) == [sessions[0]]
    documents = ProgrammeDocuments(database).newest()
    programme = from_document(documents[ProgrammeId("covid-19")][1])
    patients = [row[0] for row in database.read("Patients", ("PatientId",), Keys(everything=True))]
    reasons = {
        offers(programme, referral, channel=Channel.WEB, now=datetime.now(UTC))[0].reason
        for patient in patients
        for referral in Records(database).referrals(PatientId(patient))
    }
    assert None in reasons


def test_the_personas_are_registered_and_their_file_says_how_to_log_in(
    load: Load, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "personas.json"
    assert load(*SMALL, "--personas", str(file)).returncode == 0
    columns = ("Pesel", "GivenName", "FamilyName")
    known = {tuple(row) for row in database.read("Patients", columns, Keys(everything=True))}
    found = orjson.loads(file.read_bytes())["personas"]
    patients = [one for one in found if "pesel" in one]
    assert len(patients) >= 2
    assert {(o["pesel"], o["given_name"], o["family_name"]) for o in patients} <= known
    points = [point for one in found for point in one.get("points", [])]
    there = database.read("Points", ("PointId",), Keys(exact=[(point,) for point in set(points)]))
    assert {row[0] for row in there} == set(points) != set()


def test_loading_again_changes_nothing(load: Load, database: Database) -> None:
    assert load(*SMALL).returncode == 0
    once = counts(database)
    assert load(*SMALL).returncode == 0
    assert counts(database) == once


def test_a_nation_that_is_there_is_left_as_it_is_when_asked(load: Load, database: Database) -> None:
    assert load(*SMALL).returncode == 0
    once = counts(database)
    said = load("--points", "9", "--if-empty")
    assert "left as it is" in said.stdout
    assert counts(database) == once


def test_upkeep_has_no_session_to_add_to_a_nation_just_loaded(
    load: Load, database: Database
) -> None:
    assert load(*SMALL).returncode == 0
    next_year = calendar.local_day(datetime.now(UTC)) + timedelta(days=365)
    assert Horizon(database).behind(next_year, 10) == []


def test_made_up_people_are_refused_to_anything_but_the_emulator(load: Load) -> None:
    said = load(*SMALL, SPANNER_EMULATOR_HOST="")
    assert said.returncode != 0
    assert "emulator only" in said.stderr


@pytest.mark.parametrize("wrong", [("--points", "0"), ("--days", "91"), ("--people", "x")])
def test_impossible_sizes_are_refused(load: Load, wrong: tuple[str, str]) -> None:
    said = load(*wrong)
    assert said.returncode == 2
    assert wrong[0] in said.stderr


def test_points_come_back_from_their_rows_as_they_went(database: Database, load: Load) -> None:
    assert load(*SMALL).returncode == 0
    rows = database.read("Points", POINT, Keys(everything=True))
    assert [list(point_values(point_of(row))) for row in rows] == rows
