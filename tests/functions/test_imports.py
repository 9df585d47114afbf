"""imports in process: told of a file by Cloud Storage, told to go on by an event."""

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from erejestracja.domain.file import File
from erejestracja.services.point_imports import PointFiles
from erejestracja.services.referral_imports import ReferralFiles
from erejestracja.services.schedule_imports import ScheduleFiles
from erejestracja.services.standby_imports import StandbyFiles
from erejestracja.web.health import Health
from tests.support import functions
from tests.support.builders import NOW
from tests.support.functions import SUITE

MARKS = {"type": "import.advanced", "committed": NOW.isoformat()}


@dataclass
class Importer:
    taken: list[Any] = field(default_factory=list)

    def take(self, file: File) -> None:
        self.taken.append(file)

    def go_on(self, import_id: str) -> None:
        self.taken.append(import_id)


@dataclass
class ImportsSuite:
    importer: Importer = field(default_factory=Importer)
    health: Health = field(default_factory=lambda: Health({}))


@pytest.fixture
def suite() -> ImportsSuite:
    return ImportsSuite()


@pytest.fixture
def function(suite: ImportsSuite) -> Any:
    return functions.load("imports", suite)


def told(function: Any, **attributes: str) -> int:
    body = {"message": {"messageId": "1", "attributes": attributes}}
    return int(function.post("/", data=orjson.dumps(body)).status_code)


def test_a_file_that_is_there_is_taken_in(function: Any, suite: ImportsSuite) -> None:
    facts = {"objectId": "referrals/ż.csv", "objectGeneration": "1795000000000001"}
    assert told(function, eventType="OBJECT_FINALIZE", bucketId="imports", **facts) == 204
    assert suite.importer.taken == [File("referrals/ż.csv", 1795000000000001)]


def test_a_file_of_which_too_little_is_told_is_left_to_the_dead_letter(function: Any) -> None:
    assert told(function, eventType="OBJECT_FINALIZE", objectId="referrals/x.csv") == 500


def test_an_import_goes_on_when_told_so(function: Any, suite: ImportsSuite) -> None:
    event = {"id": "i.1", "type": "import.advanced", "data": {"import": "i"}}
    assert functions.push(function, event, **MARKS).status_code == 204
    assert suite.importer.taken == ["i"]


def test_what_is_neither_is_left_to_the_dead_letter(function: Any, suite: ImportsSuite) -> None:
    assert told(function, eventType="OBJECT_DELETE") == 500
    assert function.post("/", data=b"[]").status_code == 500
    assert suite.importer.taken == []


def test_it_is_told_of_files_below_the_folders_it_reads() -> None:
    bucket = SUITE["buckets"]["imports"]
    folders = [ReferralFiles.folder, PointFiles.folder, ScheduleFiles.folder, StandbyFiles.folder]
    assert (bucket["tells"], bucket["below"]) == ("files", folders)
