"""A person's history on the Spanner emulator, as bookings, messages and calls leave it."""

from dataclasses import replace

import pytest

from erejestracja.domain.call import Call, CallId, Outcome, Step
from erejestracja.domain.ids import MessageId, PatientId
from erejestracja.domain.message_state import MessageStatus, Receipt
from erejestracja.domain.message_state import Outcome as Sent
from erejestracja.domain.notice import Notice
from erejestracja.domain.timeline import Entry, Kind
from erejestracja.domain.visit import VisitChange, VisitStatus
from erejestracja.services.outcomes import sms_event
from erejestracja.storage.spanner import messages
from erejestracja.storage.spanner.calls import SpannerCalls
from erejestracja.storage.spanner.database import Batch, Database
from erejestracja.storage.spanner.history import SpannerHistory
from erejestracja.storage.spanner.messages import Messages
from tests.support.bookings_contract import a_change
from tests.support.builders import (
    NOW,
    PATIENT,
    a_person,
    a_place,
    a_point,
    a_referral,
    a_session,
    a_visit,
)
from tests.support.messages import MESSAGE, a_message
from tests.support.spanner import SpannerStore, save

pytestmark = pytest.mark.emulator
OTHER = PatientId("o" * 26)


@pytest.fixture
def calls(database: Database) -> SpannerCalls:
    return SpannerCalls(database)


@pytest.fixture
def history(database: Database) -> SpannerHistory:
    return SpannerHistory(database)


def known(calls: SpannerCalls, name: str, patient: PatientId) -> Call:
    call = Call(CallId(name), f"agent-{name}", NOW)
    calls.open(call)
    call = call.named(patient)
    calls.step(call, Step.NAMED)
    call = call.confirmed_by_caller()
    calls.step(call, Step.CONFIRMED)
    return call


def test_each_change_of_a_visit_is_told_with_its_channel(
    database: Database, history: SpannerHistory
) -> None:
    people, referrals = [a_person(), a_person(OTHER)], [a_referral(), a_referral(OTHER)]
    save(database, [a_point()], [a_session()], people, referrals)
    store = SpannerStore(database)
    visit, others = a_visit(), a_visit(a_place(index=1), OTHER)
    for booked in (visit, others):
        store.book(booked, a_change(booked), "digest", hold=None)
    ended = replace(visit, status=VisitStatus.CANCELLED, version=2)
    store.end(ended, a_change(ended, VisitChange.CANCELLED), frees=True)
    first, second = sorted(history.changes([visit.id]), key=lambda entry: entry.at)
    channel = a_change(visit).actor.channel().value
    assert first == Entry(first.at, Kind.VISIT, "visit.booked", by=channel, visit=visit.id)
    assert second == Entry(second.at, Kind.VISIT, "visit.cancelled", by=channel, visit=visit.id)
    assert first.at < second.at
    assert len(history.changes([visit.id, others.id])) == 3


def test_a_message_is_told_with_where_it_is_and_without_its_facts(
    database: Database, history: SpannerHistory
) -> None:
    wanted = a_message()
    own = Notice(MESSAGE, PATIENT, a_visit().id, "booked", wanted.facts)
    others = replace(own, id=MessageId("another's"), patient=OTHER)

    def fill(batch: Batch) -> None:
        messages.request(batch, own)
        messages.request(batch, others)

    database.commit(fill)
    [entry] = history.messages(PATIENT)
    assert entry == Entry(entry.at, Kind.MESSAGE, "booked", state="requested", visit=a_visit().id)
    stored = Messages(database)
    stored.end(MESSAGE, Sent(MessageStatus.SENT), sms_event(wanted, "sent", {}))
    assert [entry.state for entry in history.messages(PATIENT)] == ["sent"]
    stored.receipt(MESSAGE, Receipt.DELIVERED, sms_event(wanted, "delivered", {}))
    assert [entry.state for entry in history.messages(PATIENT)] == ["delivered"]


def test_a_call_is_told_once_however_often_the_person_was_confirmed(
    calls: SpannerCalls, history: SpannerHistory
) -> None:
    call = known(calls, "first", PATIENT)
    call = call.about_another()
    calls.step(call, Step.ANOTHER)
    call = call.named(PATIENT).confirmed_by_caller()
    calls.step(call, Step.CONFIRMED, PATIENT)
    known(calls, "of-another", OTHER)
    [entry] = history.calls(PATIENT)
    assert entry == Entry(NOW, Kind.CALL, "open", by="agent-first", call=CallId("first"))
    calls.step(call.ended(Outcome.INFORMED, NOW), Step.ENDED)
    assert [entry.what for entry in history.calls(PATIENT)] == ["informed"]


def test_a_call_in_which_nobody_confirmed_is_not_the_person_s(
    calls: SpannerCalls, history: SpannerHistory
) -> None:
    call = Call(CallId("call"), "agent", NOW)
    calls.open(call)
    calls.step(call.named(PATIENT), Step.NAMED, PATIENT)
    assert not history.calls(PATIENT)


def test_there_is_no_history_where_nothing_has_happened(history: SpannerHistory) -> None:
    assert not history.changes([])
    assert not history.changes([a_visit().id])
    assert not history.messages(PATIENT)
    assert not history.calls(PATIENT)
