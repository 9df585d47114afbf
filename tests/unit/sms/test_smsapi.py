from typing import Any

import orjson
import pytest
import requests
from pydantic import SecretStr

from erejestracja.domain.ids import MessageId
from erejestracja.domain.sending import (
    AccountTrouble,
    NotSent,
    Sent,
    TakenBefore,
    TryLater,
    Undeliverable,
)
from erejestracja.sms.gateway import Noop, NoopFail
from erejestracja.sms.settings import SmsSettings, open_gateway
from erejestracja.sms.smsapi import ERRORS, Smsapi, open_session

PHONE, TEXT = "+48600000000", "Odwolano wizyte."
TAKEN = {"count": 1, "list": [{"id": "A1", "points": 0.07, "parts": 1, "idx": "m1"}]}


def settings(**changes: Any) -> SmsSettings:
    facts: dict[str, Any] = {
        "provider": "smsapi",
        "url": "https://gateway.example/",
        "token": SecretStr("secret"),
    }
    return SmsSettings(**(facts | changes))


class ScriptedSession(requests.Session):
    """Answers without a network, and remembers what it was asked."""

    def __init__(self, answer: Any, status: int = 200) -> None:
        super().__init__()
        self.asked: dict[str, Any] = {}
        self._answer = answer
        self._status = status

    def post(self, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        assert not args
        self.asked = {"url": url, **kwargs}
        if isinstance(self._answer, Exception):
            raise self._answer
        response = requests.Response()
        response.status_code = self._status
        given = self._answer
        response._content = given.encode() if isinstance(given, str) else orjson.dumps(given)
        return response


def send(answer: Any, status: int = 200, **changes: Any) -> tuple[Sent, dict[str, Any]]:
    session = ScriptedSession(answer, status)
    sent = Smsapi(session, settings(**changes)).send(MessageId("m1"), PHONE, TEXT)
    return sent, session.asked


def refusal(answer: Any, status: int = 200) -> NotSent:
    with pytest.raises(NotSent) as refused:
        send(answer, status)
    return refused.value


class TestSending:
    def test_what_was_taken_has_an_id_parts_and_a_price(self) -> None:
        assert send(TAKEN)[0] == Sent("A1", 1, 0.07)

    def test_it_is_offered_once_by_its_own_id(self) -> None:
        _, asked = send(TAKEN)
        assert asked["url"] == "https://gateway.example/sms.do"
        form = asked["data"]
        assert (form["to"], form["message"], form["from"]) == ("48600000000", TEXT, "e-Zdrowie")
        assert (form["idx"], form["check_idx"], form["format"]) == ("m1", "1", "json")
        assert asked["timeout"] == (3.0, 10)

    def test_without_a_sender_of_its_own_the_accounts_is_used(self) -> None:
        assert "from" not in send(TAKEN, sender="")[1]["data"]

    def test_parts_may_stand_beside_the_list(self) -> None:
        assert send({"parts": 2, "list": [{"id": "A1"}]})[0] == Sent("A1", 2, None)

    def test_parts_that_are_not_told_are_counted(self) -> None:
        assert send({"list": [{"id": "A1", "parts": "?"}]})[0].parts == 1


class TestRefusals:
    @pytest.mark.parametrize("code", sorted(ERRORS))
    def test_each_error_means_what_the_table_says(self, code: int) -> None:
        kind, reason = ERRORS[code]
        refused = refusal({"error": code, "message": f"about {PHONE}"})
        assert (type(refused), refused.reason) == (kind, reason)

    @pytest.mark.parametrize(
        ("code", "kind"),
        [(13, Undeliverable), (53, TakenBefore), (101, AccountTrouble), (999, TryLater)],
    )
    def test_the_kinds_of_error_are_told_apart(self, code: int, kind: type[NotSent]) -> None:
        assert type(refusal({"error": str(code)})) is kind

    def test_an_error_nobody_knows_may_pass(self) -> None:
        refused = refusal({"error": 4711, "message": PHONE})
        assert (type(refused), refused.reason) == (TryLater, "unknown_error")

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_gateway_in_trouble_is_tried_later(self, status: int) -> None:
        refused = refusal("<html>busy</html>", status)
        assert (type(refused), refused.reason) == (TryLater, f"http_{status}")

    @pytest.mark.parametrize("answer", ["<html>", "[]", {"list": []}, {"list": [{}]}, {"list": 1}])
    def test_an_answer_nobody_understands_is_asked_for_again(self, answer: Any) -> None:
        assert refusal(answer).reason == "unreadable_answer"

    def test_a_failed_call_says_nothing_of_whom_it_was_for(self) -> None:
        away = requests.ConnectionError(f"no route for {PHONE} {TEXT}")
        refused = refusal(away)
        assert (type(refused), refused.reason) == (TryLater, "ConnectionError")
        assert refused.__cause__ is None
        assert refused.__suppress_context__


class TestGateways:
    def test_the_settings_choose(self) -> None:
        assert isinstance(open_gateway(settings()), Smsapi)
        assert isinstance(open_gateway(settings(provider="noop")), Noop)
        assert isinstance(open_gateway(settings(provider="noop_fail")), NoopFail)

    def test_a_session_shows_the_token_and_takes_no_proxy_from_the_environment(self) -> None:
        session = open_session(settings())
        assert session.headers["Authorization"] == "Bearer secret"
        assert not session.trust_env

    def test_noop_remembers_the_last_ten(self) -> None:
        gateway = Noop()
        for number in range(12):
            gateway.send(MessageId(f"m{number}"), PHONE, TEXT)
        assert [taken[0] for taken in gateway.taken] == [f"m{n}" for n in range(2, 12)]

    def test_noop_fail_is_down(self) -> None:
        with pytest.raises(TryLater):
            NoopFail().send(MessageId("m1"), PHONE, TEXT)
