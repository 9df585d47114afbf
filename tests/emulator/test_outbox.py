"""The outbox on the Spanner emulator: written with the fact, claimed, struck off."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random

import pytest

from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId
from erejestracja.events.waiting import Waiting
from erejestracja.ports import Clash
from erejestracja.storage.spanner import outbox
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.outbox import SHARDS, Outbox, shard_of
from tests.support.rpcs import calls_to_spanner

pytestmark = pytest.mark.emulator
HOUR = timedelta(hours=1)


def an_event(name: str) -> Event:
    return Event(EventId(name), "visits", "visit.booked", {"visit": name, "point": "Łódź"})


def write(database: Database, *names: str) -> datetime:
    return database.commit(lambda batch: outbox.add(batch, *map(an_event, names)))


def all_of(box: Outbox) -> dict[str, Waiting]:
    return {waiting.event.id: waiting for page in box.pages() for waiting in page}


@contextmanager
def counted() -> Iterator[Callable[[], list[str]]]:
    with calls_to_spanner() as made:
        yield lambda: made


def test_an_event_waits_as_it_was_committed(database: Database) -> None:
    committed = write(database, "a")
    (found,) = all_of(Outbox(database)).values()
    assert found == Waiting(an_event("a"), committed, attempts=0, not_before=None)


def test_an_event_is_committed_once_and_may_be_put_again(database: Database) -> None:
    write(database, "a")
    with pytest.raises(Clash):
        write(database, "a", "b")
    database.commit(lambda batch: outbox.put(batch, an_event("a")))
    assert set(all_of(Outbox(database))) == {"a"}


def test_no_event_is_no_row(database: Database) -> None:
    database.commit(outbox.add)
    database.commit(outbox.put)
    assert all_of(Outbox(database)) == {}


def test_a_little_is_one_read(database: Database) -> None:
    write(database, "a", "b", "c")
    with counted() as calls:
        assert len(all_of(Outbox(database))) == 3
    assert calls() == ["streaming_read"]


def test_much_is_read_whole_page_by_page(database: Database) -> None:
    names = {f"event-{n}" for n in range(100)}
    write(database, *names)
    assert {shard_of(name) for name in names} == set(range(SHARDS))
    pages = list(Outbox(database, page=3).pages())
    found = [waiting.event.id for page in pages for waiting in page]
    assert sorted(found) == sorted(names)
    assert max(map(len, pages)) == 3


def test_a_claim_counts_the_attempt_and_sets_the_next(database: Database) -> None:
    committed = write(database, "a")
    box = Outbox(database)
    (waiting,) = all_of(box).values()
    until = waiting.next_attempt(committed, Random(1))
    assert box.claim([(waiting, until)]) == [waiting]
    (claimed,) = all_of(box).values()
    assert (claimed.attempts, claimed.not_before) == (1, until)
    assert not claimed.is_due(committed)
    assert claimed.is_due(committed + HOUR)


def test_what_was_struck_off_meanwhile_is_gone_and_stays_gone(database: Database) -> None:
    committed = write(database, *"abcdefg")
    box = Outbox(database)
    chosen = [(waiting, committed + HOUR) for waiting in all_of(box).values()]
    box.strike([EventId("c"), EventId("f")])
    assert sorted(waiting.event.id for waiting in box.claim(chosen)) == list("abdeg")
    assert sorted(all_of(box)) == list("abdeg")


def test_striking_off_is_one_commit_and_no_matter_twice(database: Database) -> None:
    write(database, "a", "b", "c")
    box = Outbox(database)
    with counted() as calls:
        box.strike([EventId("a"), EventId("b")])
    assert calls() == ["commit"]
    box.strike([EventId("a"), EventId("never there")])
    assert set(all_of(box)) == {"c"}
