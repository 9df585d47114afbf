"""A model of dialogues: whatever telephones write, and when, the promises are kept."""

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from erejestracja.domain.conversing import MOST_A_DAY, MOST_PROPOSALS, MOST_TRIES, MOST_UNCLEAR
from erejestracja.domain.message import Encoding, size
from erejestracja.domain.notice import REPLIES
from erejestracja.i18n.sms import text_of
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
    attempt,
    patient_of,
)

NUMBERS = {"anna": ANNA, "jan": JAN, "nobody": NOBODY}
TEXTS = (*NUMBERS, START, HOME, "T", "N", "STOP", "?", "99-999", "FA123456", "moze")
# Of one dialogue: what it asks, what it asks again, its proposals, and its end.
MOST_REPLIES = 2 + 2 * (MOST_TRIES - 1) + (MOST_UNCLEAR + 1) * MOST_PROPOSALS + 1

senders = st.sampled_from([HERS, OTHERS])
texts = st.sampled_from(TEXTS) | st.text(max_size=30)


class DialogueMachine(RuleBasedStateMachine):
    """Anna has a referral and a telephone, Jan a telephone, and there are six places."""

    def __init__(self) -> None:
        super().__init__()
        self.case: Case = a_case()
        self.day = self.case.desk.clock.at
        self.said = 0

    @rule(sender=senders, text=texts, times=st.integers(1, 3))
    def write(self, sender: str, text: str, times: int) -> None:
        self.case.written += 1
        unique = f"message-{self.case.written}"
        answered = [self.case.write(NUMBERS.get(text, text), sender, unique) for _ in range(times)]
        assert answered[1:] == [None] * (times - 1)

    @rule(sender=senders)
    def come_to_an_offer(self, sender: str) -> None:
        self.case.offered(sender)

    @rule(minutes=st.sampled_from([1, 14, 15, 60, 60 * 24]), sweeps=st.booleans())
    def pass_time(self, minutes: int, *, sweeps: bool) -> None:
        if sweeps:
            attempt(lambda: self.case.wait(minutes=minutes))
        else:
            self.case.pass_time(minutes=minutes)

    @rule()
    def the_visit_is_cancelled(self) -> None:
        self.case.store.tables.visits.clear()

    @invariant()
    def a_telephone_is_answered_no_more_than_so_often_a_day(self) -> None:
        if self.case.desk.clock.at - self.day >= timedelta(days=1):
            self.day, self.said = self.case.desk.clock.at, len(self.case.replies.asked)
        today = len(self.case.replies.asked) - self.said
        # Two telephones; a day that began in the middle of another has two days' dialogues at most.
        assert today <= 2 * 2 * (MOST_A_DAY * MOST_REPLIES + 1)

    @invariant()
    def nobody_has_two_places(self) -> None:
        live = [one for one in self.case.store.holds() if one.is_live(self.case.desk.clock.at)]
        telephones = len(self.case.dialogues.kept)
        assert len(live) <= telephones
        assert len(self.case.store.visits(patient_of(ANNA))) <= 1
        assert not self.case.store.visits(patient_of(JAN))

    @invariant()
    def nothing_is_worked_on_for_ever(self) -> None:
        assert all(one.claimed_until is None for one in self.case.dialogues.kept.values())

    @invariant()
    def a_reply_is_one_segment_and_says_no_number(self) -> None:
        for notice in list(self.case.replies.asked.values())[-1:]:
            text = text_of(notice.template, notice.facts["language"], notice.facts)
            measured = size(text)
            assert (measured.encoding, measured.segments) == (Encoding.GSM7, 1)
            assert notice.template in REPLIES
            assert not [one for one in NUMBERS.values() if one in text or one in repr(notice.facts)]

    @invariant()
    def what_is_kept_says_no_number(self) -> None:
        kept = repr([one.dialogue for one in self.case.dialogues.kept.values()])
        assert not [one for one in NUMBERS.values() if one in kept]


TestDialogues = DialogueMachine.TestCase
TestDialogues.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
