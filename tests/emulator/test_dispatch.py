"""Each message once: real rows, a gateway that loses answers, and every push delivered twice."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from erejestracja.auth.codes import MessageCodes
from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.ids import MessageId, PatientId
from erejestracja.domain.message_state import MessageStatus
from erejestracja.domain.sending import NotYet
from erejestracja.domain.visit import VisitChange
from erejestracja.services.changes import change_of
from erejestracja.services.dispatch import Dispatcher
from erejestracja.storage.spanner.bookings import Bookings
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.messages import Messages
from erejestracja.storage.spanner.outbox import Outbox
from erejestracja.storage.spanner.records import Records
from tests.support import sms_gateway
from tests.support.builders import (
    NOW,
    a_person,
    a_place,
    a_point,
    a_session,
    a_visit,
    an_actor,
)
from tests.support.desk import RememberingPublisher, a_desk
from tests.support.messages import RememberingOwed
from tests.support.sms_gateway import Gateway
from tests.support.spanner import SpannerStore, save

pytestmark = pytest.mark.emulator
PATIENTS = [PatientId(f"patient{n}") for n in range(8)]

CODES = MessageCodes("a key for tests")


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with sms_gateway.running() as gateway:
        yield gateway


def booked(database: Database) -> list[MessageId]:
    """Book a visit for each patient; return the messages that asks for."""
    session = a_session()
    save(database, [a_point()], [session], [a_person(p) for p in PATIENTS])
    desk = a_desk(SpannerStore(database), [session], [a_point()])
    asked = []
    for number, patient in enumerate(PATIENTS):
        visit = a_visit(a_place(index=number // 2, place=number % 2), patient)
        change = change_of(desk, visit, VisitChange.BOOKED, an_actor(patient=patient))
        Bookings(database).book(visit, change, "digest", hold=None)
        assert change.notice
        asked.append(change.notice.id)
    return asked


def delivered(dispatcher: Dispatcher, message: MessageId) -> None:
    """Deliver a push until it is acknowledged, as Pub/Sub does."""
    for _ in range(20):
        try:
            dispatcher.dispatch({"message": message})
        except NotYet:
            continue
        return
    pytest.fail("it was never acknowledged")


def outcomes(database: Database) -> Sequence[str]:
    waiting = [one.event for page in Outbox(database).pages() for one in page]
    return sorted(event.id for event in waiting if event.topic == "sms-outcomes")


def test_each_message_is_taken_once_and_told_once(database: Database, gateway: Gateway) -> None:
    asked = booked(database)
    gateway.behave(error_rate=0.2, drop_rate=0.3)
    messages, people = Messages(database), Records(database)
    publisher, owed = RememberingPublisher(), RememberingOwed()
    parts = (messages, people, gateway.adapter(), NoLimiter(), publisher, owed, CODES)
    dispatcher = Dispatcher(*parts, now=lambda: NOW)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda message: delivered(dispatcher, message), [*asked, *asked]))
    assert [len(gateway.took(message)) for message in asked] == [1] * len(asked)
    found = [messages.get(message) for message in asked]
    assert {one.status for one in found if one} == {MessageStatus.SENT}
    assert outcomes(database) == sorted(f"{message}.sent" for message in asked)
