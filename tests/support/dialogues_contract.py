"""What any store of conversations does, the real one and the fake."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.conversation import MOST_TELEPHONES, Conversation
from erejestracja.domain.dialogue import Dialogue, Proposal, State
from erejestracja.domain.ids import PatientId
from erejestracja.ports import Clash
from erejestracja.services.clerk import Dialogues
from tests.support.builders import AT_EIGHT, NOW, a_session

MINUTE = timedelta(minutes=1)


def anybody() -> str:
    return uuid.uuid4().hex[:26]


def a_dialogue(**changes: Any) -> Dialogue:
    """One that waits for a yes or no."""
    facts: dict[str, Any] = {
        "state": State.ANSWER,
        "until": NOW + 15 * MINUTE,
        "misses": 1,
        "patient": PatientId("p" * 26),
        "on_file": True,
        "language": "uk",
        "postal_code": "20-020",
        "proposal": Proposal(
            "sealed", a_session().key, NOW + 15 * MINUTE, {"point": "NZOZ Zdrowie"}
        ),
        "proposals": 2,
        "declined": (a_session(nr=17).key,),
        "begun": (NOW - MINUTE, NOW),
        "helped_at": AT_EIGHT,
    }
    return Dialogue(**(facts | changes))


def a_conversation(**changes: Any) -> Conversation:
    facts: dict[str, Any] = {"telephone": anybody(), "number": "+48600000000"}
    return Conversation(**(facts | changes))


class DialoguesContract:
    def test_it_is_found_as_it_was_kept(self, dialogues: Dialogues) -> None:
        wanted = a_conversation(dialogue=a_dialogue(), taken_in=("m1", "m2"))
        kept = dialogues.put(wanted.claimed(NOW), NOW)
        assert dialogues.get(wanted.telephone) == kept
        assert dialogues.get(anybody()) is None

    def test_one_that_is_over_is_kept_too(self, dialogues: Dialogues) -> None:
        kept = dialogues.put(a_conversation(), NOW)
        assert dialogues.get(kept.telephone) == kept

    def test_of_two_who_read_the_same_one_keeps(self, dialogues: Dialogues) -> None:
        first = dialogues.put(a_conversation(), NOW)
        dialogues.put(first.claimed(NOW), NOW)
        with pytest.raises(Clash):
            dialogues.put(first.claimed(NOW), NOW)

    def test_of_two_who_found_nothing_one_keeps(self, dialogues: Dialogues) -> None:
        new = a_conversation()
        dialogues.put(new, NOW)
        with pytest.raises(Clash):
            dialogues.put(new, NOW)

    def test_who_goes_on_with_what_they_kept_may(self, dialogues: Dialogues) -> None:
        kept = dialogues.put(a_conversation(), NOW)
        again = dialogues.put(kept.claimed(NOW), NOW)
        done = dialogues.put(again.after("m1", a_dialogue()), NOW)
        assert dialogues.get(kept.telephone) == done

    def test_those_are_silent_whose_time_is_up(self, dialogues: Dialogues) -> None:
        over, open_, idle = (
            dialogues.put(a_conversation(dialogue=one), NOW)
            for one in (
                a_dialogue(until=NOW - MINUTE),
                a_dialogue(until=NOW + MINUTE),
                Dialogue(),
            )
        )
        found = {one.telephone: one for one in dialogues.silent(NOW, 1000)}
        assert found[over.telephone] == over
        assert not {open_.telephone, idle.telephone} & set(found)
        assert len(dialogues.silent(NOW + 2 * MINUTE, 1)) == 1

    def test_few_telephones_name_a_person_within_a_day(self, dialogues: Dialogues) -> None:
        patient, one_more = PatientId(anybody()), anybody()
        first = [anybody() for _ in range(MOST_TELEPHONES)]
        assert all(dialogues.admit(patient, one, NOW) for one in first)
        assert not dialogues.admit(patient, one_more, NOW)
        assert dialogues.admit(patient, first[0], NOW)
        assert dialogues.admit(PatientId(anybody()), one_more, NOW)
        assert dialogues.admit(patient, one_more, NOW + timedelta(days=1))
