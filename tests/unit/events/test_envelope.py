import base64
from datetime import datetime
from typing import Any

import orjson
import pytest

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId
from erejestracja.events.envelope import BadEvent, Delivery, attributes, delivered, encoded
from tests.support.builders import NOW

EVENT = Event(EventId("v1.1"), "visits", "visit.booked", {"visit": "v1", "dose": 1})
AT = NOW.replace(microsecond=123456)


def a_push(data: bytes | None = None, **marks: Any) -> bytes:
    text = base64.b64encode(encoded(EVENT) if data is None else data).decode()
    return orjson.dumps({"message": {"data": text, "attributes": attributes(EVENT, AT) | marks}})


def body(**changes: Any) -> bytes:
    return orjson.dumps({"id": "v1.1", "type": "visit.booked", "data": {}} | changes)


def test_what_was_sent_arrives_as_it_was() -> None:
    assert delivered(a_push()) == Delivery("v1.1", "visit.booked", {"visit": "v1", "dose": 1}, AT)


def test_beside_the_message_stand_its_type_and_instant_and_nobody() -> None:
    assert attributes(EVENT, AT) == {
        "type": "visit.booked",
        "committed": "2026-12-01T09:00:00.123456+00:00",
    }


def test_the_instant_may_be_written_as_pubsub_does() -> None:
    push = a_push(committed="2026-12-01T09:00:00.123456Z")
    assert delivered(push).committed == datetime.fromisoformat("2026-12-01T09:00:00.123456+00:00")


@pytest.mark.parametrize(
    "push",
    [
        b"",
        b"\xff",
        b"null",
        b"{}",
        b'{"message": "text"}',
        b'{"message": {"data": "!", "attributes": {}}}',
        orjson.dumps({"message": {"attributes": attributes(EVENT, AT)}}),
        a_push(b""),
        a_push(b"not json"),
        a_push(b"[]"),
        a_push(b'"text"'),
        a_push(body(data=[])),
        a_push(body(data=None)),
        a_push(body(id=7)),
        a_push(body(type=None)),
        a_push(orjson.dumps({"id": "v1.1", "data": {}})),
        a_push(committed="yesterday"),
        a_push(committed="2026-12-01T09:00:00"),
        a_push(committed=None),
    ],
)
def test_what_is_no_event_of_ours_is_refused(push: bytes) -> None:
    with pytest.raises(BadEvent):
        delivered(push)


def test_a_refusal_repeats_nothing_of_what_came() -> None:
    with pytest.raises(BadEvent) as refused:
        delivered(a_push(b"a name and +48 600 000 000"))
    assert "600" not in str(refused.value)
    assert refused.value.__cause__ is None
