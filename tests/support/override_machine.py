"""A model of overriding: whatever agents, supervisors and time do, two people agree on each use.

Supervisors and agents act on what they saw some steps ago, so most of them are too late.
"""

from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from erejestracja.domain.actor import Actor
from erejestracja.domain.override import OPEN, USED_WITHIN, Override, Status
from erejestracja.domain.visit import CancelReason
from erejestracja.services import booking, overrides
from tests.support.booking_machine import attempt
from tests.support.override_case import (
    AGENT,
    ANNA,
    BOTH,
    COLLEAGUE,
    JAN,
    REQUEST,
    SECOND,
    SUPERVISOR,
    Case,
    a_case,
)

ASKING, DECIDING = [AGENT, COLLEAGUE, BOTH], [SUPERVISOR, SECOND, BOTH]


class OverrideMachine(RuleBasedStateMachine):
    """People, and what they remember of overrides."""

    seen = Bundle("seen")

    def __init__(self) -> None:
        super().__init__()
        self.case: Case = a_case()
        self.consents: dict[Any, tuple[str, Any]] = {}
        self.booked: dict[Any, Any] = {}

    @rule(target=seen, actor=st.sampled_from(ASKING), patient=st.sampled_from([ANNA, JAN]))
    def ask(self, actor: Actor, patient: Any) -> Override | None:
        asked: Override | None = attempt(partial(self.case.ask, actor, patient))
        return asked

    @rule(override=seen, actor=st.sampled_from(DECIDING), consents=st.booleans())
    def decide(self, override: Override | None, actor: Actor, consents: bool) -> None:
        if override is None:
            return
        decided = attempt(partial(self.case.decide, override, actor, consents=consents))
        if decided is not None and decided.status is Status.CONSENTED:
            self.consents.setdefault(override.id, (actor.subject, self.case.desk.clock.at))

    @rule(override=seen, actor=st.sampled_from(ASKING))
    def withdraw(self, override: Override | None, actor: Actor) -> None:
        if override is not None:
            desk = self.case.desk
            attempt(lambda: overrides.withdraw(desk, actor, override.id, REQUEST))

    @rule(override=seen, actor=st.sampled_from(ASKING), index=st.integers(0, 3))
    def book(self, override: Override | None, actor: Actor, index: int) -> None:
        if override is None:
            return
        made = attempt(lambda: self.case.book(override, index, actor=actor, key=None))
        if made is not None and made.created:
            assert override.id not in self.booked, "used twice"
            assert actor.subject == override.asked_by
            by, at = self.consents[override.id]
            assert by != override.asked_by
            assert self.case.desk.clock.at < at + USED_WITHIN
            self.booked[override.id] = made.visit.id

    @rule(index=st.integers(0, 3))
    def book_without(self, index: int) -> None:
        assert attempt(lambda: self.case.book(None, index, key=None)) is None

    @rule(patient=st.sampled_from([ANNA, JAN]))
    def cancel(self, patient: Any) -> None:
        desk = self.case.desk
        for visit in desk.records.visits(patient):
            attempt(partial(booking.cancel, desk, AGENT, visit, CancelReason.PATIENT))

    @rule(minutes=st.sampled_from([1, 6, 31]))
    def time_passes(self, minutes: int) -> None:
        self.case.passes(minutes)

    @rule()
    def upkeep(self) -> None:
        overrides.lapse(self.case.desk)

    @invariant()
    def a_person_has_one_open(self) -> None:
        rows = self._rows()
        for patient in (ANNA, JAN):
            assert len([o for o in rows if o.patient == patient and o.status in OPEN]) <= 1

    @invariant()
    def what_is_used_has_its_visit_and_the_other_way_round(self) -> None:
        used = {one.id: one.visit for one in self._rows() if one.status is Status.USED}
        assert used == self.booked
        visits = {v.id for p in (ANNA, JAN) for v in self.case.desk.records.visits(p)}
        assert visits == set(self.booked.values())

    @invariant()
    def each_step_is_told_once(self) -> None:
        told = [e for e in self.case.desk.publisher.told if e.topic == "overrides"]
        assert len({event.id for event in told}) == len(told)
        assert len(told) == sum(one.version for one in self._rows())

    def _rows(self) -> list[Override]:
        return list(self.case.desk.overrides.rows.values())  # type: ignore[attr-defined]
