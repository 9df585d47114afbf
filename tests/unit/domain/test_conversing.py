from datetime import date, timedelta
from typing import Any

import pytest

from erejestracja.domain.conversation import CLAIMED_FOR, MOST_REMEMBERED, Conversation
from erejestracja.domain.conversing import (
    ANSWER_WITHIN,
    MOST_A_DAY,
    MOST_PROPOSALS,
    SILENT_FOR,
    found,
    heard,
    silent,
)
from erejestracja.domain.dialogue import (
    Booked,
    Dialogue,
    Identified,
    Lost,
    NothingFree,
    Proposal,
    Proposed,
    Standing,
    State,
    Step,
    Task,
    Unknown,
)
from erejestracja.domain.ids import PatientId
from erejestracja.domain.pesel import generate
from tests.support.builders import AT_EIGHT, NOW, a_session

PERSON = Dialogue(State.PERSON, NOW + SILENT_FOR, begun=(NOW,))
PLACE = Dialogue(State.PLACE, NOW + SILENT_FOR, patient=PatientId("p"), begun=(NOW,))
PROPOSAL = Proposal("sealed", a_session().key, NOW + ANSWER_WITHIN, {"startsAt": "one"})
ANSWER = Dialogue(
    State.ANSWER,
    NOW + ANSWER_WITHIN,
    patient=PatientId("p"),
    postal_code="20-020",
    proposal=PROPOSAL,
    proposals=1,
    begun=(NOW,),
)
OVER = Dialogue(begun=(NOW,))
DAY = timedelta(days=1)


def said(step: Step) -> str | None:
    return step.reply.template if step.reply else None


def after(dialogue: Dialogue, *texts: str) -> Step:
    step = Step(dialogue)
    for text in texts:
        step = heard(step.dialogue, text, NOW)
    return step


@pytest.mark.parametrize(
    "text",
    ["SzczepimySie", "szczepimy sie", "SZCZEPIMY SIĘ!", " „Szczepimy się” ", "Szczepimysię."],
)
@pytest.mark.parametrize("dialogue", [Dialogue(), PLACE, ANSWER])
def test_the_start_word_begins_however_it_is_written(text: str, dialogue: Dialogue) -> None:
    step = heard(dialogue, text, NOW)
    assert (said(step), step.dialogue.state) == ("askPerson", State.PERSON)
    assert step.tasks == ((Task.RELEASE,) if dialogue.proposal else ())
    assert step.dialogue.until == NOW + SILENT_FOR


def test_only_so_many_dialogues_begin_within_a_day() -> None:
    many = Dialogue(begun=(NOW - DAY / 2,) * MOST_A_DAY)
    assert said(heard(many, "SzczepimySie", NOW)) is None
    assert said(heard(many, "SzczepimySie", NOW + DAY / 2)) == "askPerson"


def test_who_writes_anything_is_told_once_a_day_how_to_begin() -> None:
    step = heard(Dialogue(), "Dzień dobry", NOW)
    assert said(step) == "begin"
    assert said(heard(step.dialogue, "T", NOW)) is None
    assert said(heard(step.dialogue, "T", NOW + DAY)) == "begin"


@pytest.mark.parametrize("written", ["{}", " {} ", "{0:.6}-{0[6]}{0[7]}{0[8]}{0[9]}{0[10]}"])
def test_a_pesel_is_to_be_identified_and_not_kept(written: str) -> None:
    pesel = generate(date(1959, 3, 4), 1234)
    step = heard(PERSON, written.format(pesel.digits), NOW)
    assert step.tasks == (Task.IDENTIFY,)
    assert step.named
    assert step.named.pesel == pesel
    assert pesel.digits not in repr(step)


@pytest.mark.parametrize("text", ["FA 123456", "fa-123456", "12AB3"])
def test_a_document_is_to_be_identified_by_its_number(text: str) -> None:
    step = heard(PERSON, text, NOW)
    assert step.named
    assert step.named.document == text.upper().replace(" ", "").replace("-", "")


@pytest.mark.parametrize("text", ["1234567890", "12345678901", "Kowalska", "", "12Ł45", "A1"])
def test_what_is_no_number_is_asked_for_three_times(text: str) -> None:
    assert said(after(PERSON, text)) == "wrongNumber"
    step = after(PERSON, text, text)
    assert step.reply
    assert (said(step), step.reply.facts["left"]) == ("wrongNumber", "1")
    step = after(PERSON, text, text, text)
    assert (said(step), step.dialogue) == ("begin", OVER)


@pytest.mark.parametrize("patient", [None, PatientId("p")])
def test_whoever_is_meant_the_place_is_asked_for(patient: PatientId | None) -> None:
    step = found(PERSON, Identified(patient), NOW)
    assert (said(step), step.dialogue.state) == ("askPlace", State.PLACE)
    assert step.dialogue.patient == patient


@pytest.mark.parametrize("text", ["20-020", "20020", "20-020 Lublin", "Lublin 20-020."])
def test_a_postal_code_is_looked_up(text: str) -> None:
    step = heard(PLACE, text, NOW)
    assert (said(step), step.tasks) == (None, (Task.LOOK_UP,))
    assert step.dialogue.postal_code == "20-020"


@pytest.mark.parametrize("text", ["2002", "200200", "Lublin", "79-9", "10 000"])
def test_what_is_no_postal_code_is_asked_for_three_times(text: str) -> None:
    assert [said(after(PLACE, *[text] * n)) for n in (1, 2, 3)] == [
        "askPlace",
        "askPlace",
        "begin",
    ]


def proposed(facts: str = "two", **changes: Any) -> Proposed:
    parts: dict[str, Any] = {"on_file": True, "language": "en"}
    proposal = Proposal("new", a_session(nr=17).key, NOW + ANSWER_WITHIN, {"startsAt": facts})
    return Proposed(proposal, **(parts | changes))


def test_a_place_is_proposed_in_the_persons_language_until_it_is_free_again() -> None:
    step = found(PLACE, proposed(), NOW)
    assert said(step) == "proposed"
    assert step.reply
    assert (step.reply.language, step.reply.until) == ("en", NOW + ANSWER_WITHIN)
    assert (step.dialogue.state, step.dialogue.proposals) == (State.ANSWER, 1)
    assert step.dialogue.until == NOW + ANSWER_WITHIN


@pytest.mark.parametrize("text", ["T", "t", "TAK", "Tak.", "tak, poproszę", "yes", "Т", "Так"])
def test_a_yes_books(text: str) -> None:
    assert heard(ANSWER, text, NOW) == Step(ANSWER, tasks=(Task.BOOK,))
    assert found(ANSWER, Booked(), NOW) == Step(OVER)


@pytest.mark.parametrize("text", ["N", "nie", "Nie!", "no", "Н", "ні"])
def test_a_no_asks_for_another_place_elsewhere(text: str) -> None:
    step = heard(ANSWER, text, NOW)
    assert (said(step), step.tasks) == (None, (Task.RELEASE, Task.PROPOSE))
    assert step.dialogue.declined == (PROPOSAL.session,)
    assert said(found(step.dialogue, proposed(), NOW)) == "proposed"


def test_after_so_many_proposals_somebody_calls() -> None:
    last = Dialogue(
        State.ANSWER, NOW, postal_code="20-020", proposal=PROPOSAL, proposals=MOST_PROPOSALS
    )
    step = heard(last, "N", NOW)
    assert (said(step), step.tasks) == ("noPlace", (Task.RELEASE, Task.CALL_BACK))
    assert step.dialogue == Dialogue()
    assert said(found(last, Lost(), NOW)) == "noPlace"


def test_a_place_that_was_lost_is_replaced() -> None:
    step = found(ANSWER, Lost(), NOW)
    assert step.tasks == (Task.RELEASE, Task.PROPOSE)
    assert said(found(step.dialogue, proposed(), NOW)) == "proposedAnew"
    # It had run out and was nobody's: then it is not said to be taken.
    assert said(found(step.dialogue, proposed("one"), NOW)) == "proposed"


@pytest.mark.parametrize("text", ["Termin mi nie pasuje", "?", "", "moze", "17:00"])
def test_what_is_neither_yes_nor_no_is_asked_again_twice(text: str) -> None:
    step = after(ANSWER, text, text)
    assert (said(step), step.dialogue.until) == ("unclear", ANSWER.until)
    step = after(ANSWER, text, text, text)
    assert (said(step), step.tasks, step.dialogue) == ("startAgain", (Task.RELEASE,), OVER)


@pytest.mark.parametrize("text", ["STOP", "stop.", "Koniec", "KONIEC!"])
@pytest.mark.parametrize("dialogue", [PERSON, PLACE, ANSWER, OVER])
def test_stop_ends_all_and_is_not_answered(text: str, dialogue: Dialogue) -> None:
    step = heard(dialogue, text, NOW)
    assert (step.reply, step.dialogue) == (None, OVER)
    assert step.tasks == ((Task.RELEASE,) if dialogue.proposal else ())


def test_nobody_and_who_may_not_have_a_place_hear_the_same() -> None:
    other = Standing(AT_EIGHT, on_file=False, language="uk")
    steps = [found(PLACE, finding, NOW) for finding in (Unknown(), other)]
    assert steps[0] == steps[1]
    assert (said(steps[0]), steps[0].dialogue) == ("noReferral", OVER)
    assert steps[0].reply
    assert steps[0].reply.language == "pl"


def test_who_has_a_visit_hears_of_it_on_their_own_telephone() -> None:
    step = found(PLACE, Standing(AT_EIGHT, on_file=True, language="uk"), NOW)
    assert step.reply
    assert (said(step), step.reply.language) == ("standing", "uk")
    assert (step.reply.facts, step.dialogue) == ({"startsAt": AT_EIGHT.isoformat()}, OVER)


def test_where_nothing_is_free_somebody_calls() -> None:
    step = found(ANSWER, NothingFree(on_file=False, language="en"), NOW)
    assert step.reply
    assert (said(step), step.reply.language) == ("noPlace", "en")
    assert step.reply.facts == {"postalCode": "20-020"}
    assert (step.tasks, step.dialogue) == ((Task.CALL_BACK,), OVER)


@pytest.mark.parametrize(
    ("dialogue", "tells", "tasks"),
    [(PLACE, "begin", ()), (ANSWER, "startAgain", (Task.RELEASE,))],
)
def test_silence_ends_it_when_its_time_is_up(
    dialogue: Dialogue, tells: str, tasks: tuple[Task, ...]
) -> None:
    assert dialogue.until
    early = dialogue.until - timedelta(seconds=1)
    assert silent(dialogue, early) == Step(dialogue)
    step = silent(dialogue, dialogue.until)
    assert (said(step), step.tasks, step.dialogue) == (tells, tasks, OVER)
    assert step.reply
    assert step.reply.until > dialogue.until


def test_silence_is_no_matter_where_nothing_is_waited_for() -> None:
    assert silent(OVER, NOW) == Step(OVER)


def test_nothing_is_done_for_nobody_nor_with_what_is_not_kept() -> None:
    with pytest.raises(LookupError):
        _ = OVER.known
    with pytest.raises(LookupError):
        _ = OVER.kept
    assert (ANSWER.known, ANSWER.kept) == ("p", PROPOSAL)


def test_a_conversation_remembers_its_latest_messages_and_who_works_on_it() -> None:
    conversation = Conversation("telephone", "+48600000000").claimed(NOW)
    assert conversation.is_claimed(NOW)
    assert not conversation.is_claimed(NOW + CLAIMED_FOR)
    for number in range(MOST_REMEMBERED + 1):
        conversation = conversation.after(f"m{number}", OVER)
    assert not conversation.is_claimed(NOW)
    assert conversation.has("m1")
    assert not conversation.has("m0")
    assert "600000000" not in repr(conversation)
