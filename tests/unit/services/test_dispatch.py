from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from erejestracja.auth.codes import MessageCodes
from erejestracja.auth.limits import NoLimiter
from erejestracja.domain.errors import RateLimited
from erejestracja.domain.message_state import MessageStatus, Outcome
from erejestracja.domain.sending import (
    AccountTrouble,
    NotSent,
    NotYet,
    TakenBefore,
    TryLater,
    Undeliverable,
)
from erejestracja.domain.visit import VisitStatus
from erejestracja.events.envelope import BadEvent
from erejestracja.services.dispatch import MOST_ATTEMPTS, TURNS, Dispatcher
from tests.support.builders import AT_EIGHT, NOW, PATIENT, a_person, a_referral, a_visit
from tests.support.desk import RememberingPublisher
from tests.support.fake_store import FakeStore
from tests.support.messages import (
    MESSAGE,
    FakeMessages,
    RememberingOwed,
    ScriptedGateway,
    a_message,
)

CODES = MessageCodes("a key for tests")
TEXT = (
    "Szczepienie umowione: 07.12.2026 08:00, NZOZ Zdrowie, ul. Lipowa 12, Lublin. "
    "Wez dokument tozsamosci. Zmiana lub odwolanie: pacjent.gov.pl, tel. 989."
)


@dataclass
class Busy:
    """A rate that is used up for so many turns."""

    turns: int

    def admit(self, name: str, who: str) -> None:
        assert (name, who) == ("gateway", "all")
        if self.turns:
            self.turns -= 1
            raise RateLimited(retry_after=1)


@dataclass
class Desk:
    """A dispatcher with its parts in reach."""

    messages: FakeMessages
    gateway: ScriptedGateway
    people: FakeStore
    publisher: RememberingPublisher = field(default_factory=RememberingPublisher)
    slept: list[float] = field(default_factory=list)
    limiter: Any = field(default_factory=NoLimiter)
    owed: RememberingOwed = field(default_factory=RememberingOwed)

    def parts(self) -> Any:
        return (
            self.messages,
            self.people,
            self.gateway,
            self.limiter,
            self.publisher,
            self.owed,
            CODES,
        )

    def dispatch(self, now: Any = NOW) -> None:
        ways: Any = {"now": lambda: now, "pause": self.slept.append}
        dispatcher = Dispatcher(*self.parts(), **ways)
        dispatcher.dispatch({"message": MESSAGE})

    @property
    def message(self) -> Any:
        return self.messages.rows[MESSAGE]


def a_desk(*answers: NotSent, phone: str | None = "+48600000000", **message: Any) -> Desk:
    people = FakeStore()
    people.tables.visits[a_visit().id] = (a_visit(), "digest")
    language = message.pop("language", "pl")
    people.people[PATIENT] = a_person(phone=phone, language=language)
    messages = FakeMessages.of(a_message(**message))
    return Desk(messages, ScriptedGateway(list(answers)), people)


def change_visit(desk: Desk, **changes: Any) -> None:
    desk.people.tables.visits[a_visit().id] = (replace(a_visit(), **changes), "digest")


def test_a_message_goes_out_once_with_its_text() -> None:
    desk = a_desk()
    desk.dispatch()
    desk.dispatch()
    assert desk.gateway.offered == [(MESSAGE, "+48600000000", TEXT)]
    assert desk.messages.outcomes == [Outcome(MessageStatus.SENT, 1, "gateway-1")]


def test_that_it_was_sent_is_told_without_number_or_text() -> None:
    desk = a_desk()
    desk.dispatch()
    (told,) = desk.publisher.told
    assert (told.id, told.topic, told.type) == (f"{MESSAGE}.sent", "sms-outcomes", "sms.sent")
    assert told.data == {
        "message": MESSAGE,
        "visit": a_visit().id,
        "patient": PATIENT,
        "template": "booked",
        "segments": 1,
        "price": 0.07,
    }
    assert desk.messages.told == [told]


@pytest.mark.parametrize(("phone", "reason"), [(None, "no_phone"), ("+48815000000", "landline")])
def test_who_cannot_be_reached_is_told_to_agents(phone: str | None, reason: str) -> None:
    desk = a_desk(phone=phone)
    desk.dispatch()
    assert desk.gateway.offered == []
    assert desk.messages.outcomes == [Outcome(MessageStatus.UNREACHABLE, failure=reason)]
    assert desk.publisher.told[0].type == "sms.unreachable"
    assert desk.owed.messages == [MESSAGE]


def test_a_number_that_is_none_is_as_good_as_a_landline() -> None:
    desk = a_desk(phone="ask her daughter")
    desk.dispatch()
    assert desk.message.status is MessageStatus.UNREACHABLE


def test_who_booked_for_somebody_gets_the_messages_of_that_visit() -> None:
    desk = a_desk(phone=None)
    change_visit(desk, phone="+48600000009")
    desk.dispatch()
    assert desk.gateway.offered == [(MESSAGE, "+48600000009", TEXT)]


def test_a_person_who_is_gone_is_unreachable() -> None:
    desk = a_desk()
    desk.people.people.clear()
    desk.dispatch()
    assert desk.message.status is MessageStatus.UNREACHABLE


def test_a_confirmation_of_a_visit_cancelled_meanwhile_is_not_sent() -> None:
    desk = a_desk()
    change_visit(desk, status=VisitStatus.CANCELLED, version=2)
    desk.dispatch()
    assert desk.gateway.offered == []
    assert desk.messages.outcomes == [Outcome(MessageStatus.FAILED, failure="superseded")]
    assert not desk.owed.messages


def test_a_notice_of_a_visit_that_has_begun_is_not_sent() -> None:
    desk = a_desk()
    desk.dispatch(now=AT_EIGHT)
    assert desk.messages.outcomes == [Outcome(MessageStatus.FAILED, failure="too_late")]


@pytest.mark.parametrize(("until", "sent"), [(AT_EIGHT, 1), (NOW, 0)])
def test_an_offer_is_told_while_it_stands(until: datetime, sent: int) -> None:
    facts = {**a_message().facts, "until": until.isoformat()}
    desk = a_desk(template="offered", facts=facts, visit=None)
    desk.dispatch(now=NOW)
    assert len(desk.gateway.offered) == sent
    assert desk.messages.outcomes[0].failure == (None if sent else "too_late")


def test_a_notice_of_a_cancellation_is_sent_while_it_is_the_last_word() -> None:
    facts = {**a_message().facts, "version": 2}
    desk = a_desk(template="cancelled", facts=facts)
    change_visit(desk, status=VisitStatus.CANCELLED, version=2)
    desk.dispatch()
    assert desk.gateway.offered[0][2].startswith("Odwolano wizyte 07.12.2026 08:00.")


def test_a_visit_that_is_gone_supersedes_its_notices() -> None:
    desk = a_desk()
    desk.people.tables.visits.clear()
    desk.dispatch()
    assert desk.messages.outcomes[0].failure == "superseded"


def test_a_message_about_no_visit_is_sent() -> None:
    desk = a_desk(visit=None)
    desk.dispatch()
    assert desk.message.status is MessageStatus.SENT


def test_what_the_gateway_will_never_take_is_at_its_end() -> None:
    desk = a_desk(Undeliverable("number_refused"))
    desk.dispatch()
    assert desk.messages.outcomes == [Outcome(MessageStatus.FAILED, failure="number_refused")]
    assert desk.publisher.told[0].data["reason"] == "number_refused"


def test_what_it_cannot_take_now_is_counted_and_comes_again() -> None:
    desk = a_desk(TryLater("ReadTimeout"))
    with pytest.raises(NotYet):
        desk.dispatch()
    assert (desk.message.status, desk.message.attempts) == (MessageStatus.REQUESTED, 1)
    assert desk.publisher.told == []
    desk.dispatch()
    assert desk.message.status is MessageStatus.SENT


def test_after_the_last_attempt_it_is_an_agents() -> None:
    desk = a_desk(*[TryLater("http_503")] * MOST_ATTEMPTS)
    for _ in range(MOST_ATTEMPTS - 1):
        with pytest.raises(NotYet):
            desk.dispatch()
    desk.dispatch()
    assert desk.messages.outcomes == [Outcome(MessageStatus.FAILED, failure="http_503")]
    assert desk.publisher.told[0].type == "sms.failed"
    assert desk.owed.messages == [MESSAGE]


def test_what_was_taken_while_its_answer_was_lost_is_sent() -> None:
    desk = a_desk(TryLater("ReadTimeout"), TakenBefore("taken_before"))
    with pytest.raises(NotYet):
        desk.dispatch()
    desk.dispatch()
    assert desk.messages.outcomes == [Outcome(MessageStatus.SENT, 1)]


def test_trouble_with_our_account_fails_no_message(caplog: pytest.LogCaptureFixture) -> None:
    desk = a_desk(*[AccountTrouble("no_credit")] * (2 * MOST_ATTEMPTS))
    for _ in range(2 * MOST_ATTEMPTS):
        with pytest.raises(NotYet):
            desk.dispatch()
    assert (desk.message.status, desk.message.attempts) == (MessageStatus.REQUESTED, 0)
    assert {record.levelname for record in caplog.records} == {"ERROR"}


def test_it_waits_for_its_turn_at_the_gateway() -> None:
    desk = a_desk()
    desk.limiter = Busy(3)
    desk.dispatch()
    assert desk.slept == [1, 1, 1]
    assert desk.message.status is MessageStatus.SENT


def test_who_would_wait_too_long_comes_again_later() -> None:
    desk = a_desk()
    desk.limiter = Busy(TURNS)
    with pytest.raises(NotYet):
        desk.dispatch()
    assert (desk.gateway.offered, desk.message.attempts) == ([], 0)


def test_a_message_that_is_deleted_is_no_matter() -> None:
    desk = a_desk()
    desk.messages.rows.clear()
    desk.dispatch()
    assert desk.gateway.offered == []


@pytest.mark.parametrize("data", [{}, {"message": 7}])
def test_an_event_that_names_no_message_is_bad(data: Any) -> None:
    desk = a_desk()
    with pytest.raises(BadEvent):
        Dispatcher(*desk.parts()).dispatch(data)


def test_by_the_clock_on_the_wall_a_visit_of_yesterday_is_over() -> None:
    desk = a_desk()
    change_visit(desk, starts_at=NOW - timedelta(days=9000))
    Dispatcher(*desk.parts()).dispatch({"message": MESSAGE})
    assert desk.messages.outcomes[0].failure == "too_late"


def a_code(phone: str | None = "+48600000000", **facts: str) -> Desk:
    known = {
        "referral": a_referral(PATIENT).id,
        "until": (NOW + timedelta(minutes=10)).isoformat(),
        **facts,
    }
    desk = a_desk(phone=phone, template="code", visit=None, facts=known)
    referral = a_referral(PATIENT)
    desk.people.all_referrals[PATIENT, referral.id] = referral
    return desk


def test_a_code_is_made_as_it_is_sent_and_written_nowhere() -> None:
    desk = a_code()
    desk.dispatch()
    code = CODES.code_of(MESSAGE)
    [(_, phone, text)] = desk.gateway.offered
    assert phone == "+48600000000"
    assert text.startswith(f"Twoj kod: {code}.")
    assert code not in repr((desk.messages.rows, desk.publisher.told))


def test_a_code_for_what_is_nobody_s_is_sent_to_nobody() -> None:
    for desk in (a_code(referral="another"), a_code()):
        if desk.message.facts["referral"] != "another":
            desk.people.all_referrals.clear()
        desk.dispatch()
        assert desk.gateway.offered == []
        assert desk.messages.outcomes == [Outcome(MessageStatus.FAILED, failure="nobody")]


def test_a_code_that_has_run_out_is_not_sent() -> None:
    desk = a_code()
    desk.dispatch(now=NOW + timedelta(minutes=10))
    assert desk.gateway.offered == []
    assert desk.messages.outcomes[0].failure == "too_late"


def test_a_code_goes_to_the_number_on_record_alone() -> None:
    desk = a_code(phone=None)
    desk.dispatch()
    assert desk.messages.outcomes == [Outcome(MessageStatus.UNREACHABLE, failure="no_phone")]
    assert desk.owed.messages == []


def a_reply(**changes: Any) -> Desk:
    until = (NOW + timedelta(minutes=15)).isoformat()
    facts = {"language": "en", "until": until}
    return a_desk(template="askPlace", visit=None, facts=facts, number="+48601000000", **changes)


def test_a_reply_goes_where_somebody_wrote_from_from_where_it_can_be_answered() -> None:
    desk = a_reply(phone=None)
    desk.people.people.clear()
    desk.dispatch()
    [(_, phone, text)] = desk.gateway.offered
    assert (phone, text) == ("+48601000000", "Send your home postal code, e.g. 00-001.")
    assert desk.gateway.answerable
    assert desk.message.number is None
    assert "601000000" not in repr(desk.publisher.told)


def test_a_notice_does_not_come_from_where_it_would_be_answered() -> None:
    desk = a_desk()
    desk.dispatch()
    assert not desk.gateway.answerable


def test_a_reply_that_comes_too_late_is_not_sent() -> None:
    desk = a_reply()
    desk.dispatch(now=NOW + timedelta(minutes=15))
    assert desk.gateway.offered == []
    assert desk.messages.outcomes == [Outcome(MessageStatus.FAILED, failure="too_late")]


def test_nobody_is_called_for_a_reply_that_reaches_nobody() -> None:
    desk = a_reply()
    desk.gateway.answers = [Undeliverable("number_refused")]
    desk.dispatch()
    assert desk.owed.messages == []
