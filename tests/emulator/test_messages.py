"""Messages on the Spanner emulator: asked for once, ended, received, asked for again."""

from datetime import datetime, timedelta

import pytest

from erejestracja.domain.ids import MessageId
from erejestracja.domain.message_state import MessageStatus, Outcome, Receipt
from erejestracja.domain.notice import Notice
from erejestracja.ports import Clash, Gone
from erejestracja.services.outcomes import sms_event
from erejestracja.storage.spanner import messages
from erejestracja.storage.spanner.database import Batch, Database, key
from erejestracja.storage.spanner.messages import Messages
from erejestracja.storage.spanner.outbox import Outbox
from tests.support.builders import PATIENT, a_visit
from tests.support.messages import MESSAGE, a_message

pytestmark = pytest.mark.emulator
A_TICK = timedelta(microseconds=1)
SENT = Outcome(MessageStatus.SENT, segments=1, gateway_id="gateway-1")


def ask(database: Database, *ids: str) -> datetime:
    def notice(name: str) -> Notice:
        wanted = a_message()
        return Notice(MessageId(name), PATIENT, a_visit().id, "booked", wanted.facts)

    def fill(batch: Batch) -> None:
        for name in ids:
            messages.request(batch, notice(name))

    return database.commit(fill)


def told(database: Database) -> list[str]:
    return sorted(w.event.id for page in Outbox(database).pages() for w in page)


def end(database: Database, outcome: Outcome = SENT) -> None:
    event = sms_event(a_message(), outcome.status.value, {})
    Messages(database).end(MESSAGE, outcome, event)


def test_a_message_is_as_it_was_asked_for(database: Database) -> None:
    ask(database, MESSAGE)
    assert Messages(database).get(MESSAGE) == a_message()


def test_a_message_nobody_asked_for_is_none(database: Database) -> None:
    assert Messages(database).get(MESSAGE) is None


def test_the_same_change_asks_once(database: Database) -> None:
    ask(database, MESSAGE)
    with pytest.raises(Clash):
        ask(database, MESSAGE)


def test_an_end_is_written_and_told_in_one_commit_and_may_be_repeated(database: Database) -> None:
    ask(database, MESSAGE)
    end(database)
    end(database)
    found = Messages(database).get(MESSAGE)
    assert found is not None
    assert found.status is MessageStatus.SENT
    columns = ("Segments", "GatewayId", "Failure")
    assert database.read("Messages", columns, key(MESSAGE)) == [[1, "gateway-1", None]]
    assert told(database) == [f"{MESSAGE}.sent"]


def test_an_end_of_no_message_tells_nothing(database: Database) -> None:
    with pytest.raises(Gone):
        end(database)
    assert told(database) == []


def test_a_receipt_that_overtakes_the_commit_of_sending_is_kept(database: Database) -> None:
    ask(database, MESSAGE)
    store = Messages(database)
    store.receipt(MESSAGE, Receipt.DELIVERED, sms_event(a_message(), "delivered", {}))
    end(database)
    found = store.get(MESSAGE)
    assert found is not None
    assert (found.status, found.receipt) == (MessageStatus.SENT, Receipt.DELIVERED)
    assert told(database) == [f"{MESSAGE}.delivered", f"{MESSAGE}.sent"]


def test_failed_attempts_are_counted(database: Database) -> None:
    ask(database, MESSAGE)
    store = Messages(database)
    for _ in range(2):
        found = store.get(MESSAGE)
        assert found is not None
        store.count_attempt(found)
    found = store.get(MESSAGE)
    assert found is not None
    assert (found.attempts, found.status) == (2, MessageStatus.REQUESTED)


class TestLeftBehind:
    def test_where_all_is_sent_there_is_none(self, database: Database) -> None:
        committed = ask(database, MESSAGE)
        end(database)
        assert Messages(database).left_behind(committed + A_TICK, limit=10) == []

    def test_what_nothing_has_happened_to_is_found(self, database: Database) -> None:
        ask(database, "m1", "m2", "m3")
        store = Messages(database)
        store.end(MessageId("m2"), SENT, sms_event(a_message(), "sent", {}))
        committed = ask(database, "m4")
        found = store.left_behind(committed, limit=10)
        assert {message.id for message in found} == {"m1", "m3"}

    def test_an_old_one_is_found_behind_however_many_young_ones(self, database: Database) -> None:
        old = [f"old-{n}" for n in range(8)]
        committed = ask(database, *old)
        ask(database, *(f"young-{n}" for n in range(120)))
        store = Messages(database)
        found: set[str] = set()
        tries = 0
        while found < set(old):
            tries += 1
            assert tries < 1000
            found |= {message.id for message in store.left_behind(committed + A_TICK, limit=40)}
        assert found == set(old)

    def test_asking_again_is_told_and_leaves_the_message_alone_for_a_while(
        self, database: Database
    ) -> None:
        committed = ask(database, MESSAGE)
        store = Messages(database)
        store.ask_again([a_message()], [sms_event(a_message(), "requested.again", {})])
        assert told(database) == [f"{MESSAGE}.requested.again"]
        assert store.left_behind(committed + A_TICK, limit=10) == []

    def test_the_same_asking_again_clashes(self, database: Database) -> None:
        ask(database, MESSAGE)
        store = Messages(database)
        again = [sms_event(a_message(), "requested.again", {})]
        store.ask_again([a_message()], again)
        with pytest.raises(Clash):
            store.ask_again([a_message()], again)
