"""record_export in process: the framework's push in, the national record and the commit out."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.actor import Actor
from erejestracja.domain.exports import ExportStatus, Refused
from erejestracja.domain.ids import PointId
from erejestracja.domain.sending import TryLater
from erejestracja.services.record_export import Exporter
from erejestracja.services.work_list import WorkList
from erejestracja.web.health import Health
from tests.support import functions
from tests.support.builders import NOW, POINT
from tests.support.clinic_case import MEDIC, REGISTRAR
from tests.support.desk import RememberingPublisher
from tests.support.exports import (
    RECORD,
    FakeExports,
    FakeIdentities,
    FakeRecords,
    ScriptedRecord,
    a_vaccination,
    an_export,
)

EVENT: dict[str, Any] = {
    "id": f"{RECORD}.1",
    "type": "vaccination.recorded",
    "data": {"vaccination": RECORD, "version": 1},
}
MARKS = {"type": "vaccination.recorded", "committed": NOW.isoformat()}
LIST = f"/v1/points/{POINT}/exports"
OTHER = PointId("bbbbbbbbbb")


class KnownTokens:
    def actor(self, token: str) -> Actor:
        return {"medic": MEDIC, "registrar": REGISTRAR}[token]


@dataclass
class ExportSuite:
    exporter: Exporter
    work_list: WorkList
    tokens: KnownTokens = field(default_factory=KnownTokens)
    limiter: NoLimiter = field(default_factory=NoLimiter)
    health: Health = field(default_factory=lambda: Health({}))


@pytest.fixture
def exports() -> FakeExports:
    return FakeExports.of(an_export())


@pytest.fixture
def national() -> ScriptedRecord:
    return ScriptedRecord()


@pytest.fixture
def suite(exports: FakeExports, national: ScriptedRecord) -> ExportSuite:
    records, publisher = FakeRecords([a_vaccination()]), RememberingPublisher()
    exporter = Exporter(records, FakeIdentities(), exports, national, publisher)
    return ExportSuite(exporter, WorkList(exports, publisher))


@pytest.fixture
def client(suite: ExportSuite) -> Any:
    return functions.load("record_export", suite)


@pytest.fixture
def staff(suite: ExportSuite) -> Any:
    return functions.load("vaccination", suite)


def pushed(client: Any, event: Any = EVENT) -> int:
    return int(functions.push(client, event, **MARKS).status_code)


def ask(staff: Any, method: str, path: str, who: str = "medic") -> Any:
    return staff.open(path, method=method, headers={"Authorization": f"Bearer {who}"})


def test_a_push_is_an_export_and_is_acknowledged(
    client: Any, exports: FakeExports, national: ScriptedRecord
) -> None:
    assert [pushed(client), pushed(client)] == [204, 204]
    assert [sent["id"] for sent in national.offered] == [RECORD]
    assert exports.rows[RECORD, 1].status is ExportStatus.ACCEPTED


def test_while_the_record_is_down_the_push_comes_again(
    client: Any, national: ScriptedRecord
) -> None:
    national.answers = [TryLater("http_503")]
    assert [pushed(client), pushed(client)] == [500, 204]


@pytest.mark.parametrize("data", [{}, {"vaccination": "nobody-has-this"}])
def test_what_can_never_be_sent_is_left_to_the_dead_letter(client: Any, data: Any) -> None:
    assert pushed(client, EVENT | {"data": data}) == 500


def test_it_tells_how_it_is_beside_the_pushes(client: Any) -> None:
    assert client.get("/healthz").get_json()["status"] == "ok"


def test_what_is_refused_is_on_the_points_list_until_somebody_asks_again(
    suite: ExportSuite, staff: Any, national: ScriptedRecord
) -> None:
    national.answers = [Refused("unknown_lot")]
    suite.exporter.export(EVENT["data"])
    [failed] = ask(staff, "GET", LIST).get_json()["exports"]
    assert failed == {
        "vaccination": RECORD,
        "version": 1,
        "status": "rejected",
        "reason": "unknown_lot",
        "since": "2026-12-01T09:00:00Z",
    }
    again = ask(staff, "POST", f"{LIST}/{RECORD}:retry")
    assert (again.status_code, again.get_json()["status"]) == (202, "pending")
    assert ask(staff, "GET", LIST).get_json() == {"exports": []}
    suite.exporter.export(EVENT["data"])
    assert len(national.offered) == 2


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("registrar", "GET", LIST, 403),
        ("registrar", "POST", f"{LIST}/{RECORD}:retry", 403),
        ("medic", "GET", f"/v1/points/{OTHER}/exports", 403),
        ("medic", "POST", f"/v1/points/{OTHER}/exports/{RECORD}:retry", 403),
        ("medic", "POST", f"{LIST}/nobody-has-this:retry", 404),
    ],
)
def test_the_list_is_for_the_medics_of_the_point(
    staff: Any, who: str, method: str, path: str, status: int
) -> None:
    assert ask(staff, method, path, who).status_code == status
