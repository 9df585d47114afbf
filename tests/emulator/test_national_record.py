"""The record's adapter against the record's stand-in, over HTTP."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from emulators.national_record.faults import CODES
from erejestracja.domain.exports import Refused, Superseded
from erejestracja.domain.immunization import immunization
from erejestracja.domain.sending import AccountTrouble, TryLater
from erejestracja.domain.vaccination import VaccinationStatus
from erejestracja.national_record.fhir_record import REASONS
from tests.support import national_record
from tests.support.emulators import free_port
from tests.support.exports import a_pesel, a_vaccination
from tests.support.national_record import TOKEN, Record

pytestmark = pytest.mark.emulator
NUMBERS = count(1)
UNDONE = VaccinationStatus.ENTERED_IN_ERROR


@pytest.fixture(scope="module")
def running() -> Iterator[Record]:
    with national_record.running() as record:
        yield record


@pytest.fixture
def record(running: Record) -> Iterator[Record]:
    yield running
    running.behave(down=False, latency_ms=0, error_rate=0, drop_rate=0, refuse=None)


@pytest.fixture
def name() -> str:
    return f"dose{next(NUMBERS)}"


def raw(record: Record, name: str, document: Any, token: str = TOKEN) -> requests.Response:
    return requests.put(
        f"{record.url}/fhir/Immunization/{name}",
        json=document,
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )


def a_document(name: str) -> dict[str, Any]:
    return immunization(a_vaccination(id=name), a_pesel())


def test_a_dose_is_kept_as_it_was_sent(record: Record, name: str) -> None:
    assert record.put(name) == "1"
    [kept] = record.kept(name)
    assert kept["document"] == a_document(name)


def test_the_same_version_sent_twice_is_one(record: Record, name: str) -> None:
    assert [record.put(name), record.put(name)] == ["1", "1"]
    assert len(record.kept(name)) == 1


def test_a_further_version_takes_the_place_of_the_first(record: Record, name: str) -> None:
    record.put(name)
    assert record.put(name, version=2, status=UNDONE) == "2"
    assert [one["document"]["status"] for one in record.kept(name)] == [
        "completed",
        "entered-in-error",
    ]


def test_an_older_version_does_not_come_after_a_newer_one(record: Record, name: str) -> None:
    record.put(name, version=2, status=UNDONE)
    with pytest.raises(Superseded):
        record.put(name)
    assert len(record.kept(name)) == 1


def test_what_was_kept_while_the_answer_was_lost_is_there_once(record: Record, name: str) -> None:
    record.behave(drop_rate=1)
    with pytest.raises(TryLater):
        record.put(name)
    record.behave(drop_rate=0)
    assert record.put(name) == "1"
    assert len(record.kept(name)) == 1


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_business_code_has_a_word_of_ours(record: Record, name: str, code: str) -> None:
    record.behave(refuse=code)
    with pytest.raises(Refused) as refused:
        record.put(name)
    assert refused.value.reason == REASONS[code]
    assert record.kept(name) == []


def test_a_dose_beyond_its_series_is_refused(record: Record, name: str) -> None:
    with pytest.raises(Refused, match="dose_inconsistent"):
        record.put(name, dose=3, doses=2)


@pytest.mark.parametrize("fault", [{"down": True}, {"error_rate": 1}, {"latency_ms": 1500}])
def test_a_record_in_trouble_is_tried_later(
    record: Record, name: str, fault: dict[str, Any]
) -> None:
    record.behave(**fault)
    with pytest.raises(TryLater):
        record.put(name)


def test_a_record_that_is_not_there_is_tried_later(name: str) -> None:
    with pytest.raises(TryLater, match="ConnectionError"):
        Record(f"http://127.0.0.1:{free_port()}").put(name)


@pytest.mark.parametrize("changes", [{"token": SecretStr("wrong")}, {"path": "elsewhere"}])
def test_trouble_with_our_account_is_no_records_fault(
    record: Record, name: str, changes: dict[str, Any]
) -> None:
    path = changes.pop("path", "fhir")
    adapter = record.adapter(url=f"{record.url}/{path}", **changes)
    with pytest.raises(AccountTrouble):
        adapter.put(a_document(name))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "done"}, "invalid-document"),
        ({"occurrenceDateTime": "yesterday"}, "invalid-document"),
        ({"vaccineCode": None}, "invalid-document"),
        ({"unheard": "of"}, "invalid-document"),
        ({"id": "another"}, "invalid-document"),
        ({"patient": {"identifier": {"system": "urn:x", "value": "1"}}}, "unknown-patient"),
        ({"meta": {"versionId": "first"}}, "invalid-document"),
    ],
)
def test_what_is_no_dose_is_refused(
    record: Record, name: str, change: dict[str, Any], code: str
) -> None:
    answer = raw(record, name, a_document(name) | change)
    assert answer.status_code == 422
    [issue] = answer.json()["issue"]
    assert issue["details"]["coding"][0]["code"] == code
    assert str(a_pesel()) not in answer.text


def test_a_dose_can_be_read_back_by_who_may(record: Record, name: str) -> None:
    record.put(name)
    url = f"{record.url}/fhir/Immunization/{name}"
    shown = {"Authorization": f"Bearer {TOKEN}"}
    answer = requests.get(url, headers=shown, timeout=5)
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"1"')
    assert answer.json() == a_document(name)
    assert requests.get(url, timeout=5).status_code == 401
    assert requests.get(f"{url}x", headers=shown, timeout=5).status_code == 404


@pytest.mark.parametrize("faults", [{"slow": 1}, {"error_rate": 2}, {"refuse": "x"}, {"down": 1}])
def test_faults_that_make_no_sense_are_not_taken(record: Record, faults: dict[str, Any]) -> None:
    url = f"{record.url}/emulator/faults"
    before = requests.get(url, timeout=5).json()
    assert requests.post(url, json=faults, timeout=5).status_code == 400
    assert requests.get(url, timeout=5).json() == before


def test_it_can_be_counted_and_emptied(record: Record, name: str) -> None:
    url = f"{record.url}/emulator/immunizations"
    requests.delete(url, timeout=5)
    record.put(name)
    assert requests.get(url, {"limit": "0"}, timeout=5).json() == {"count": 1, "immunizations": []}
    assert requests.delete(url, timeout=5).json() == {"deleted": 1}
    assert record.kept(name) == []


def test_it_tells_whether_it_is_up(record: Record) -> None:
    assert requests.get(f"{record.url}/healthz", timeout=5).json() == {"status": "ok"}
    record.behave(down=True)
    assert requests.get(f"{record.url}/healthz", timeout=5).json() == {"status": "down"}
