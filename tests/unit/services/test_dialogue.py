from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.actor import Actor, Channel, Role
from erejestracja.domain.callback import Cause, Status
from erejestracja.domain.conversation import CLAIMED_FOR, MOST_TELEPHONES, Conversation
from erejestracja.domain.conversing import ANSWER_WITHIN, MOST_PROPOSALS
from erejestracja.domain.dialogue import State
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.ids import PatientId
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.ports import Clash
from erejestracja.services import dialogue
from erejestracja.services.booking import BookVisit, book
from erejestracja.services.places import Wanted
from tests.support.builders import DAY, NOW, a_place, a_referral, a_session, a_visit
from tests.support.desk import FixedProgrammes
from tests.support.dialogue_case import (
    ANNA,
    HERS,
    HOME,
    JAN,
    NOBODY,
    OTHERS,
    START,
    Case,
    a_case,
    digest,
    patient_of,
)
from tests.support.dialogues_contract import DialoguesContract
from tests.support.fake_dialogues import FakeDialogues

FAR = "+48602000000"
PROPOSED = (
    "Proponowany termin: 07.12.2026 godz. 09:00, Comirnaty, Przychodnia Lekars, ul. Lipowa 12, "
    "Lublin. Odpisz T - rezerwuje, N - nastepna propozycja. Czekamy 15 min."
)


class TestFakeDialogues(DialoguesContract):
    @pytest.fixture
    def dialogues(self) -> FakeDialogues:
        return FakeDialogues()


@pytest.fixture
def case() -> Case:
    return a_case()


def visits(case: Case, patient: PatientId | None = None) -> list[Visit]:
    return case.store.visits(patient or patient_of(ANNA))


def conversation(case: Case, sender: str = HERS) -> Conversation:
    found = case.dialogues.get(digest("TEL", sender))
    assert found
    return found


def test_a_whole_conversation_ends_with_a_visit_by_text_message(case: Case) -> None:
    asked = case.write(START)
    assert asked
    assert asked.startswith("Podaj numer PESEL")
    assert case.write(ANNA) == "Podaj kod pocztowy miejsca zamieszkania, np. 00-001."
    assert case.write(HOME) == PROPOSED
    assert case.write("Tak.") is None
    [visit] = visits(case)
    assert (visit.patient, visit.phone) == (patient_of(ANNA), None)
    change = case.store.tables.changes[visit.id, 1]
    assert (change.actor.channel(), change.contact) == (Channel.SMS, {})
    assert change.notice
    assert change.notice.template == "booked"
    assert conversation(case).dialogue.state is State.IDLE
    assert {event.data["channel"] for event in change.events if event.topic == "visits"} == {"sms"}


def test_a_place_is_kept_for_as_long_as_an_answer_may_take(case: Case) -> None:
    case.offered()
    [hold] = case.store.holds()
    assert hold.expires_at == NOW + ANSWER_WITHIN


def test_a_reply_is_asked_for_in_the_outbox_and_names_nobody(case: Case) -> None:
    case.offered()
    notice = case.last()
    telephone = digest("TEL", HERS)
    assert (notice.patient, notice.visit, notice.number) == (telephone, None, HERS)
    told = case.replies.told[-1]
    assert told in case.desk.publisher.told
    assert told.data == {"message": notice.id, "patient": telephone, "template": "proposed"}


def test_anothers_telephone_books_and_is_written_to_and_the_record_stays(case: Case) -> None:
    case.offered(OTHERS)
    case.write("T", OTHERS)
    [visit] = visits(case)
    assert visit.phone == OTHERS
    assert case.store.tables.changes[visit.id, 1].contact == {}


def test_that_a_record_was_looked_at_is_written_down(case: Case) -> None:
    case.offered()
    [(patient, access)] = case.store.seen_by
    assert (patient, access.role, access.action) == (
        patient_of(ANNA),
        "telephone",
        "person.identified",
    )
    assert HERS not in access.actor


@pytest.mark.parametrize("number", [JAN, NOBODY, "ZZ99999"], ids=["known", "none", "paper"])
def test_nobody_and_who_has_no_referral_hear_the_same(case: Case, number: str) -> None:
    said = case.offered(OTHERS, number)
    assert said
    assert said.startswith("Nie znaleziono waznego e-skierowania")
    assert case.store.holds() == []


def test_a_person_is_found_by_the_document_they_are_registered_by(case: Case) -> None:
    case.store.identifiers[digest("passport:UA", "FA123456")] = patient_of(ANNA)
    assert case.offered(pesel="fa 123456") == PROPOSED


def test_a_document_that_two_people_have_is_nobodys(case: Case) -> None:
    for country, person in (("UA", ANNA), ("BY", JAN)):
        case.store.identifiers[digest(f"passport:{country}", "FA123456")] = patient_of(person)
    said = case.offered(pesel="FA123456")
    assert said
    assert said.startswith("Nie znaleziono")


def test_only_a_few_telephones_may_name_one_person_in_a_day(case: Case) -> None:
    for number in range(MOST_TELEPHONES):
        said = case.offered(f"+4860300000{number}")
        assert said
        assert said.startswith("Proponowany")
    said = case.offered(FAR)
    assert said
    assert said.startswith("Nie znaleziono")


def test_who_is_gone_as_soon_as_they_were_found_is_nobody(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case.store, "person", lambda _: None)
    said = case.offered()
    assert said
    assert said.startswith("Nie znaleziono")


def booked_elsewhere(case: Case) -> None:
    visit = a_visit(a_place(a_session(nr=32)), patient_of(ANNA))
    case.store.tables.visits[visit.id] = (visit, "digest")


def test_who_has_a_visit_hears_of_it_on_their_own_telephone_only(case: Case) -> None:
    booked_elsewhere(case)
    said = case.offered()
    assert said == (
        "Masz juz umowiona wizyte: 07.12.2026 08:00. Zmiana: pacjent.gov.pl lub tel. 989."
    )
    said = case.offered(OTHERS)
    assert said
    assert said.startswith("Nie znaleziono")


def test_a_no_is_followed_by_a_place_at_other_hours(case: Case) -> None:
    case.offered()
    first = conversation(case).dialogue.proposal
    said = case.write("N")
    assert said
    assert said.startswith("Proponowany")
    second = conversation(case).dialogue.proposal
    assert first
    assert second
    assert first.session != second.session
    assert len(case.store.holds()) == 1


def test_who_wants_nothing_of_all_there_is_is_owed_a_call(case: Case) -> None:
    said = case.offered()
    while said and said.startswith("Proponowany"):
        said = case.write("N")
    assert said == (
        "Brak wolnych terminow w poblizu kodu 20-020. Konsultant zadzwoni, gdy pojawia sie terminy."
    )
    [owed] = case.callbacks.rows.values()
    assert (owed.patient, owed.cause, owed.status) == (
        patient_of(ANNA),
        Cause.NO_SLOT,
        Status.LATER,
    )
    assert (owed.number, case.store.holds()) == (None, [])


def test_offers_end_though_there_are_more() -> None:
    sessions = [a_session(day=DAY + timedelta(days=n), slots=1) for n in range(MOST_PROPOSALS + 2)]
    case = a_case(sessions=sessions)
    case.offered()
    said = [case.write("N") for _ in range(MOST_PROPOSALS)]
    assert [one is not None and one.startswith("Brak") for one in said] == [False] * 4 + [True]


def test_who_has_no_number_on_record_is_rung_up_where_they_wrote_from() -> None:
    case = a_case(sessions=[])
    case.store.people[patient_of(ANNA)] = replace(case.store.people[patient_of(ANNA)], phone=None)
    said = case.offered(OTHERS)
    assert said
    assert said.startswith("Brak")
    [owed] = case.callbacks.rows.values()
    assert (owed.number, owed.status) == (OTHERS, Status.LATER)


def test_a_place_far_away_is_not_proposed() -> None:
    case = a_case()
    said = [case.write(text) for text in (START, ANNA, "80-001")]
    assert said[-1]
    assert said[-1].startswith("Brak")


def take_offered(case: Case, patient: str = JAN) -> None:
    """Let the proposal run out, and somebody else have its place."""
    proposal = conversation(case).dialogue.proposal
    assert proposal
    [hold] = case.store.holds()
    case.desk.clock.at = hold.expires_at
    other = patient_of(patient)
    referral = a_referral(other)
    case.store.all_referrals[other, referral.id] = referral
    case.store.tables.holds.clear()
    case.store.tables.places.clear()
    actor = Actor("other", frozenset({Role.PATIENT}), other)
    wanted = Wanted(slot=hold.place.slot)
    book(case.desk, BookVisit(actor, other, referral.id, wanted, "key"))


def test_a_place_that_was_lost_is_replaced_by_another(case: Case) -> None:
    case.offered()
    take_offered(case)
    said = case.write("T")
    assert said == (
        "Ten termin zostal wlasnie zajety. Nowa propozycja: 07.12 09:15, Przychodnia Lekarska "
        "Przykladowa, ul. Lipowa 12, Lublin. Odpisz T lub N."
    )
    assert visits(case) == []
    assert case.write("T") is None
    assert len(visits(case)) == 1


def test_a_place_that_ran_out_and_is_nobodys_is_proposed_again(case: Case) -> None:
    case.offered()
    case.pass_time(minutes=15)
    case.store.tables.holds.clear()
    case.store.tables.places.clear()
    case.desk.read_model.learn(case.store.states(case.sessions))
    assert case.write("T") == PROPOSED


def test_hours_that_were_taken_back_are_lost(case: Case) -> None:
    case.offered()
    proposal = conversation(case).dialogue.proposal
    assert proposal
    del case.desk.read_model.states[proposal.session]
    said = case.write("T")
    assert said
    assert said.startswith("Ten termin")


def test_who_may_not_have_it_any_more_is_told_as_if_they_never_could(case: Case) -> None:
    case.offered()
    case.store.all_referrals.clear()
    said = case.write("T")
    assert said
    assert said.startswith("Nie znaleziono")
    assert case.store.holds() == []


def test_who_has_booked_elsewhere_meanwhile_hears_of_that_visit(case: Case) -> None:
    case.offered()
    booked_elsewhere(case)
    said = case.write("T")
    assert said
    assert said.startswith("Masz juz umowiona wizyte")
    assert case.store.holds() == []


def test_a_visit_that_is_gone_as_soon_as_it_was_seen_stands_in_nobodys_way(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.offered()
    booked_elsewhere(case)
    monkeypatch.setattr(case.store, "visit", lambda *_: None)
    case.write("T")
    assert len(case.store.holds()) == 1


def test_stop_gives_the_place_back(case: Case) -> None:
    case.offered()
    assert case.write("stop") is None
    assert case.store.holds() == []


def test_a_key_that_was_changed_costs_no_more_than_the_hold(case: Case) -> None:
    case.offered()
    now = conversation(case)
    proposal = now.dialogue.proposal
    assert proposal
    sealed = replace(now.dialogue, proposal=replace(proposal, hold="by another key"))
    case.dialogues.put(replace(now, dialogue=sealed), NOW)
    assert case.write("STOP") is None


def test_silence_gives_the_place_back_and_is_told(case: Case) -> None:
    case.offered()
    assert case.wait(minutes=14) is None
    said = case.wait(minutes=1)
    assert said == "Termin wygasl. Aby zaczac od nowa, wyslij: SzczepimySie"
    assert case.store.holds() == []
    assert case.wait(days=1) is None


def test_a_day_of_silence_ends_what_has_no_place_yet(case: Case) -> None:
    case.write(START)
    assert case.wait(hours=23) is None
    assert case.wait(hours=1) == "Aby umowic szczepienie, wyslij: SzczepimySie"


def test_the_same_message_delivered_again_is_not_answered_again(case: Case) -> None:
    case.offered()
    assert case.write("N", unique="once")
    assert case.write("N", unique="once") is None
    assert case.write("T", unique="twice") is None
    assert case.write("T", unique="twice") is None
    assert len(visits(case)) == 1


def test_who_comes_while_another_message_is_worked_on_comes_again(case: Case) -> None:
    case.offered()
    now = conversation(case)
    case.dialogues.put(now.claimed(case.desk.clock.now()), NOW)
    with pytest.raises(Overloaded):
        case.write("T")
    case.desk.clock.at += CLAIMED_FOR
    assert case.write("T") is None
    assert len(visits(case)) == 1


def test_of_two_at_the_same_instant_one_comes_again(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = case.dialogues.get

    def read_before_another(telephone: str) -> Conversation | None:
        found = real(telephone)
        monkeypatch.undo()
        case.write(START)
        return found

    monkeypatch.setattr(case.dialogues, "get", read_before_another)
    with pytest.raises(Overloaded):
        case.write(START)


class Cut(Exception):  # noqa: N818 - what happens to a process
    """The process ends here."""


@pytest.mark.parametrize("text", ["T", "N"])
@pytest.mark.parametrize("nth", [0, 1])
def test_work_that_was_cut_off_is_done_again_with_the_same_effect(
    case: Case, text: str, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.offered()
    real, puts = case.dialogues.put, 0

    def cut(conversation: Any, now: Any) -> Any:
        nonlocal puts
        puts += 1
        if puts > nth:
            raise Cut
        return real(conversation, now)

    monkeypatch.setattr(case.dialogues, "put", cut)
    with pytest.raises(Cut):
        case.write(text, unique="m")
    monkeypatch.undo()
    case.desk.clock.at += CLAIMED_FOR
    case.write(text, unique="m")
    assert len(visits(case)) + len(case.store.holds()) == 1
    assert [one.template for one in case.replies.asked.values()].count("proposed") == 1 + (
        text == "N"
    )


def test_a_failure_lets_the_next_delivery_begin_at_once(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.offered()

    def away(*_: Any, **__: Any) -> Any:
        raise Overloaded(retry_after=1)

    monkeypatch.setattr(case.store, "book", away)
    with pytest.raises(Overloaded):
        case.write("T", unique="m")
    monkeypatch.undo()
    assert case.write("T", unique="m") is None
    assert len(visits(case)) == 1


@pytest.mark.parametrize("sender", ["InfoSMS", "+48225000000", "+4871", ""])
def test_who_cannot_be_answered_is_not_heard(case: Case, sender: str) -> None:
    assert case.write(START, sender) is None
    assert case.dialogues.kept == {}


def test_two_who_name_a_person_at_the_same_instant_come_again(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def clash(*_: Any) -> bool:
        raise Clash("FailedPrecondition")

    case.write(START)
    case.write(ANNA)
    monkeypatch.setattr(case.dialogues, "admit", clash)
    with pytest.raises(Overloaded):
        case.write(HOME)


def test_upkeep_leaves_who_writes_just_now(case: Case) -> None:
    case.offered()
    case.pass_time(minutes=15)
    now = conversation(case)
    case.dialogues.put(now.claimed(case.desk.clock.now()), NOW)
    assert dialogue.end_silent(case.clerk) == 0


def test_upkeep_ends_no_more_than_it_may_in_a_run(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.offered()
    case.pass_time(minutes=15)
    monkeypatch.setattr(dialogue, "MOST_A_RUN", 0)
    assert dialogue.end_silent(case.clerk) == 0


def test_a_channel_that_is_not_open_yet_offers_nothing(case: Case) -> None:
    [programme] = case.desk.programmes.all()
    paused = replace(programme, paused=frozenset({Channel.SMS}))
    desk = replace(case.desk, programmes=FixedProgrammes((paused,)))
    case.clerk = replace(case.clerk, desk=desk)
    said = case.offered()
    assert said
    assert said.startswith("Nie znaleziono")


def test_a_visit_of_the_past_is_no_matter(case: Case) -> None:
    visit = replace(a_visit(a_place(), patient_of(ANNA)), status=VisitStatus.CANCELLED)
    case.store.tables.visits[visit.id] = (visit, "digest")
    assert case.offered() == PROPOSED


def test_the_telephone_of_two_is_one_after_the_other(case: Case) -> None:
    """A family may share a telephone: each dialogue is about one person."""
    case.offered()
    case.write("T")
    said = case.offered(HERS, JAN)
    assert said
    assert said.startswith("Nie znaleziono")
    assert len(visits(case)) == 1
