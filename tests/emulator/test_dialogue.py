"""Dialogues on real stores: the contract, a whole conversation, repeats at once, and races."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from random import Random

import pytest

from erejestracja.auth.codes import MessageCodes
from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.dialogue import State
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.ids import MessageId, PatientId
from erejestracja.domain.message_state import MessageStatus
from erejestracja.services.callbacks import Owed
from erejestracja.services.clerk import Clerk
from erejestracja.services.dialogue import Inbound, end_silent, hear
from erejestracja.services.dispatch import Dispatcher
from erejestracja.storage.firestore.dialogues import ASKERS, DIALOGUES, FirestoreDialogues
from erejestracja.storage.spanner.callbacks import SpannerCallbacks
from erejestracja.storage.spanner.database import Database, Keys
from erejestracja.storage.spanner.messages import Messages
from erejestracja.storage.spanner.records import Records
from tests.support.builders import a_person, a_point, a_referral, a_session
from tests.support.desk import RememberingPublisher, SetClock, a_desk
from tests.support.dialogue_case import ANNA, HOME, START, digest, patient_of
from tests.support.dialogues_contract import DialoguesContract
from tests.support.messages import RememberingOwed, ScriptedGateway
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import SpannerStore, save

pytestmark = pytest.mark.emulator
FIVE = a_session(slots=5, places=1)
CROWD = 20


@pytest.fixture
def dialogues(firestore: str) -> FirestoreDialogues:
    assert firestore
    from google.cloud import firestore as library

    client = library.Client()
    return emptied(FirestoreDialogues(lambda: client))


def emptied(dialogues: FirestoreDialogues) -> FirestoreDialogues:
    for collection in (DIALOGUES, ASKERS):
        for document in dialogues._client().collection(collection).stream():
            document.reference.delete()
    return dialogues


class TestFirestoreDialogues(DialoguesContract):
    pass


@dataclass
class Town:
    """People with a telephone each, in one town with five places."""

    database: Database
    dialogues: FirestoreDialogues
    numbers: Sequence[str]
    clock: SetClock = field(default_factory=SetClock)
    publisher: RememberingPublisher = field(default_factory=RememberingPublisher)

    def clerk(self, seed: int = 1) -> Clerk:
        """Return a clerk of its own, as another instance of the function would have."""
        parts = {"random": Random(seed), "clock": self.clock, "publisher": self.publisher}
        desk = a_desk(SpannerStore(self.database), [FIVE], [a_point()], **parts)
        people, callbacks = Records(self.database), SpannerCallbacks(self.database)
        owed = Owed(callbacks, people, self.publisher, self.clock.now)
        return Clerk(desk, self.dialogues, Messages(self.database), owed, digest)

    def visits(self) -> int:
        return len(self.rows("Visits", "VisitId"))

    def holds(self) -> int:
        return len(self.rows("Holds", "HoldId"))

    def said(self) -> list[str]:
        return sorted(self.rows("Messages", "Template"))

    def rows(self, table: str, column: str) -> list[str]:
        return [row[0] for row in self.database.read(table, (column,), Keys(everything=True))]

    def write(self, number: int, *texts: str) -> None:
        """Have somebody write, each text in a message of its own."""
        for nth, text in enumerate(texts):
            unique = f"{number} {text} {nth} {self.clock.at}"
            until_heard(self.clerk(number), self.numbers[number], text, unique)


def person_of(number: int) -> PatientId:
    return patient_of(ANNA) if number == 0 else PatientId(digest("PESEL", f"person {number}"))


@pytest.fixture
def town(database: Database, dialogues: FirestoreDialogues) -> Town:
    numbers = [f"+4860000{n:04}" for n in range(CROWD)]
    people = [a_person(person_of(n), phone=phone) for n, phone in enumerate(numbers)]
    referrals = [a_referral(person.id) for person in people]
    save(database, [a_point()], [FIVE], people, referrals)
    return Town(database, dialogues, numbers)


def until_heard(clerk: Clerk, sender: str, text: str, unique: str) -> None:
    """Deliver a message until it is answered with OK, as the gateway does."""
    for _ in range(400):
        try:
            hear(clerk, Inbound(sender, text, unique))
        except Overloaded:
            continue
        return
    pytest.fail("it was never taken in")


def test_a_whole_conversation_with_each_message_delivered_twice_at_once(town: Town) -> None:
    clerks, sender = [town.clerk(seed) for seed in range(2)], town.numbers[0]
    with ThreadPoolExecutor(2) as pool:
        for unique, text in enumerate((START, ANNA, HOME, "N", "x", START, ANNA, HOME, "T")):
            deliver = partial(until_heard, sender=sender, text=text, unique=str(unique))
            list(pool.map(deliver, clerks))
    asked = ["askPerson", "askPlace"]
    once = ["begin", "booked", "noPlace", "proposed", "proposed"]
    assert town.said() == sorted([*asked, *asked, *once])
    assert (town.visits(), town.holds()) == (1, 0)
    assert len(town.rows("Callbacks", "CallbackId")) == 1


def test_replies_are_sent_once_to_who_wrote_and_then_the_number_is_forgotten(town: Town) -> None:
    town.write(0, START, ANNA, HOME)
    gateway, messages = ScriptedGateway(), Messages(town.database)
    ways = (gateway, NoLimiter(), RememberingPublisher(), RememberingOwed(), MessageCodes("key"))
    dispatcher = Dispatcher(messages, Records(town.database), *ways, now=town.clock.now)
    events = [one for one in town.publisher.told if one.type == "sms.requested"]
    for event in [*events, *events]:
        dispatcher.dispatch(event.data)
    assert [phone for _, phone, _ in gateway.offered] == [town.numbers[0]] * 3
    ends = [messages.get(MessageId(one.data["message"])) for one in events]
    assert {(one.status, one.number) for one in ends if one} == {(MessageStatus.SENT, None)}


def test_of_twenty_who_want_five_places_five_have_one_and_each_other_hears_of_none(
    town: Town,
) -> None:
    places = FIVE.slots * FIVE.places
    for number in range(CROWD):
        come_to_the_place(town, number)
    with ThreadPoolExecutor(CROWD) as pool:
        list(pool.map(lambda number: town.write(number, HOME, "T"), range(CROWD)))
    assert (town.visits(), town.holds()) == (places, 0)
    said = town.said()
    assert said.count("booked") == said.count("proposed") == places
    assert said.count("noPlace") == CROWD - places


def come_to_the_place(town: Town, number: int) -> None:
    """Bring a telephone to where the postal code is asked for."""
    town.write(number, START)
    kept = town.dialogues.get(digest("TEL", town.numbers[number]))
    assert kept
    named = replace(kept.dialogue, state=State.PLACE, patient=person_of(number))
    town.dialogues.put(replace(kept, dialogue=named), town.clock.now())


def test_a_lost_hold_is_replaced_and_silence_gives_it_back(town: Town) -> None:
    town.write(0, START, ANNA, HOME)
    [hold] = Records(town.database).holds()
    SpannerStore(town.database).release([hold], [])
    town.write(0, "T")
    assert (town.visits(), town.holds()) == (0, 1)
    town.clock.at += timedelta(minutes=15)
    assert [end_silent(town.clerk()) for _ in range(2)] == [1, 0]
    assert (town.visits(), town.holds()) == (0, 0)


def test_who_has_lost_the_dialogue_begins_anew_and_loses_no_more(town: Town) -> None:
    town.write(0, START, ANNA, HOME)
    town.clock.at += timedelta(minutes=1)
    emptied(town.dialogues)
    town.write(0, "T", START, ANNA, HOME, "T")
    assert town.visits() == 1
    assert town.said().count("begin") == 1


def test_whoever_is_registered_is_known_by_any_of_their_identifiers(town: Town) -> None:
    town.database.commit(
        lambda batch: batch.put("Identifiers", Digest="paper", PatientId=person_of(1))
    )
    known_as = Records(town.database).known_as
    assert known_as(["paper", "unknown"]) == [person_of(1)]
    assert known_as(["paper", person_of(1)]) == [person_of(1)]
    assert sorted(known_as(["paper", person_of(2)])) == sorted([person_of(1), person_of(2)])
    assert known_as(["unknown"]) == []


def test_an_answer_costs_few_calls_to_spanner(town: Town) -> None:
    town.write(0, START, ANNA)
    read, commit = "streaming_read", "commit"
    with calls_to_spanner() as proposed:
        town.write(0, HOME)
    # Who it is, that somebody looked, their visits, an earlier hold, their referrals; hold, reply.
    assert proposed == [read, commit, read, read, read, commit, commit]
    with calls_to_spanner() as booked:
        town.write(0, "T")
    assert booked == [read, read, commit]
