from typing import Any

import orjson
import pytest
import requests
from pydantic import SecretStr

from erejestracja.domain.exports import Refused, Superseded
from erejestracja.domain.immunization import immunization
from erejestracja.domain.sending import AccountTrouble, NotSent, TryLater
from erejestracja.national_record.fhir_record import (
    OURS_TO_MEND,
    REASONS,
    FhirRecord,
    open_session,
)
from erejestracja.national_record.settings import RecordSettings, open_record
from tests.support.exports import RECORD, a_pesel, a_vaccination

DOCUMENT = immunization(a_vaccination(), a_pesel())


def settings(**changes: Any) -> RecordSettings:
    facts: dict[str, Any] = {"url": "https://record.example/fhir/", "token": SecretStr("secret")}
    return RecordSettings(**(facts | changes))


class ScriptedSession(requests.Session):
    """Answers without a network, and remembers what it was asked."""

    def __init__(self, status: int, answer: Any, headers: dict[str, str]) -> None:
        super().__init__()
        self.asked: dict[str, Any] = {}
        self._answer, self._status, self._headers = answer, status, headers

    def put(self, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        assert not args
        self.asked = {"url": url, **kwargs}
        if isinstance(self._answer, Exception):
            raise self._answer
        response = requests.Response()
        response.status_code = self._status
        response.headers.update(self._headers)
        given = self._answer
        response._content = given.encode() if isinstance(given, str) else orjson.dumps(given)
        return response


def put(status: int, answer: Any = "", **headers: str) -> tuple[str, dict[str, Any]]:
    session = ScriptedSession(status, answer, headers)
    return FhirRecord(session, settings()).put(DOCUMENT), session.asked


def outcome(code: Any) -> dict[str, Any]:
    said = {"severity": "error", "code": "business-rule", "diagnostics": str(a_pesel())}
    return {
        "resourceType": "OperationOutcome",
        "issue": [said, said | {"details": {"coding": [{"code": code}]}}],
    }


@pytest.mark.parametrize("status", [200, 201])
def test_a_document_is_put_under_its_id(status: int) -> None:
    reference, asked = put(status, ETag='W/"3"')
    assert reference == "3"
    assert asked["url"] == f"https://record.example/fhir/Immunization/{RECORD}"
    assert orjson.loads(asked["data"]) == DOCUMENT
    assert asked["headers"]["Content-Type"] == "application/fhir+json"
    assert asked["timeout"] == (3.0, 10.0)
    assert asked["allow_redirects"] is False


def test_a_record_that_names_no_version_has_taken_it_all_the_same() -> None:
    assert put(201)[0] == ""


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("code", sorted(REASONS))
def test_a_refusal_is_said_in_a_word_of_ours(code: str, status: int) -> None:
    with pytest.raises(Refused) as refused:
        put(status, outcome(code))
    assert refused.value.reason == REASONS[code]


@pytest.mark.parametrize(
    "answer",
    [
        outcome("something-new"),
        outcome(None),
        "<html>",
        [],
        {"issue": "none"},
        {"issue": [7, {"details": 7}, {"details": {"coding": [7]}}]},
    ],
)
def test_a_refusal_that_we_cannot_read_is_one(answer: Any) -> None:
    with pytest.raises(Refused) as refused:
        put(422, answer)
    assert refused.value.reason == "refused"


@pytest.mark.parametrize("status", [409, 412])
def test_a_newer_version_there_is_no_failure(status: int) -> None:
    with pytest.raises(Superseded):
        put(status)


@pytest.mark.parametrize("status", sorted(OURS_TO_MEND))
def test_trouble_with_our_account_is_no_records_fault(status: int) -> None:
    with pytest.raises(AccountTrouble) as trouble:
        put(status)
    assert trouble.value.reason == OURS_TO_MEND[status]


@pytest.mark.parametrize("status", [302, 408, 429, 500, 502, 503])
def test_what_may_pass_by_itself_is_tried_later(status: int) -> None:
    with pytest.raises(TryLater, match=f"http_{status}"):
        put(status)


@pytest.mark.parametrize("away", [requests.ConnectionError("x"), requests.ReadTimeout("x")])
def test_a_record_that_does_not_answer_is_tried_later(away: Exception) -> None:
    with pytest.raises(TryLater, match=type(away).__name__):
        put(200, away)


@pytest.mark.parametrize("status", [302, 401, 409, 422, 500])
def test_no_failure_repeats_what_the_record_wrote(status: int) -> None:
    with pytest.raises(NotSent) as failed:
        put(status, outcome("unknown-patient"))
    assert str(a_pesel()) not in f"{failed.value} {failed.value.reason}"


def test_a_session_shows_our_token_and_nothing_of_the_environment() -> None:
    with open_session(settings()) as session:
        assert session.headers["Authorization"] == "Bearer secret"
        assert session.trust_env is False


def test_the_record_of_the_settings_is_the_one_spoken_to() -> None:
    record = open_record(settings(url="http://127.0.0.1:1/fhir", timeout_s=0.5))
    with pytest.raises(TryLater, match="Connection"):
        record.put(DOCUMENT)
