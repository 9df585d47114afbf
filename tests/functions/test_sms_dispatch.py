"""sms_dispatch in process: the framework's push in, the gateway and the commit out."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from erejestracja.auth.codes import MessageCodes
from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.message_state import MessageStatus
from erejestracja.domain.sending import TryLater
from erejestracja.services.dispatch import Dispatcher
from erejestracja.web.health import Health
from tests.support import functions
from tests.support.builders import NOW, PATIENT, a_person, a_visit
from tests.support.desk import RememberingPublisher
from tests.support.fake_store import FakeStore
from tests.support.messages import (
    MESSAGE,
    FakeMessages,
    RememberingOwed,
    ScriptedGateway,
    a_message,
)

EVENT = {"id": f"{MESSAGE}.requested", "type": "sms.requested", "data": {"message": MESSAGE}}
MARKS = {"type": "sms.requested", "committed": NOW.isoformat()}

CODES = MessageCodes("a key for tests")


@dataclass
class DispatchSuite:
    dispatcher: Dispatcher
    health: Health = field(default_factory=lambda: Health({}))


@pytest.fixture
def messages() -> FakeMessages:
    return FakeMessages.of(a_message())


@pytest.fixture
def gateway() -> ScriptedGateway:
    return ScriptedGateway()


@pytest.fixture
def client(messages: FakeMessages, gateway: ScriptedGateway) -> Any:
    people = FakeStore()
    people.tables.visits[a_visit().id] = (a_visit(), "digest")
    people.people[PATIENT] = a_person()
    ways = (NoLimiter(), RememberingPublisher(), RememberingOwed(), CODES)
    parts = (messages, people, gateway, *ways)
    return functions.load("sms_dispatch", DispatchSuite(Dispatcher(*parts, now=lambda: NOW)))


def pushed(client: Any, event: Any = EVENT) -> int:
    return int(functions.push(client, event, **MARKS).status_code)


def test_a_push_is_a_message_and_is_acknowledged(
    client: Any, messages: FakeMessages, gateway: ScriptedGateway
) -> None:
    assert pushed(client) == 204
    assert [offered[0] for offered in gateway.offered] == [MESSAGE]
    assert messages.rows[MESSAGE].status is MessageStatus.SENT


def test_a_push_that_comes_twice_is_one_message(client: Any, gateway: ScriptedGateway) -> None:
    assert [pushed(client), pushed(client)] == [204, 204]
    assert len(gateway.offered) == 1


def test_while_the_gateway_is_down_the_push_comes_again(
    client: Any, messages: FakeMessages, gateway: ScriptedGateway
) -> None:
    gateway.answers = [TryLater("http_503")]
    assert pushed(client) == 500
    assert messages.rows[MESSAGE].attempts == 1
    assert pushed(client) == 204


@pytest.mark.parametrize("data", [{}, {"message": None}])
def test_what_can_never_be_sent_is_left_to_the_dead_letter(client: Any, data: Any) -> None:
    assert pushed(client, EVENT | {"data": data}) == 500


def test_no_event_of_ours_is_left_to_the_dead_letter(client: Any) -> None:
    assert functions.push(client, EVENT).status_code == 500


def test_it_tells_how_it_is_beside_the_pushes(client: Any) -> None:
    assert client.get("/healthz").get_json()["status"] == "ok"
