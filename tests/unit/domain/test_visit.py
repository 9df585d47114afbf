from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from erejestracja.domain.visit import ACTIVE, TRANSITIONS, VisitChange, VisitStatus
from tests.support.builders import a_visit

B, A, C, X, N, O = (  # noqa: E741 - columns of the table below
    VisitStatus.BOOKED,
    VisitStatus.ARRIVED,
    VisitStatus.COMPLETED,
    VisitStatus.CANCELLED,
    VisitStatus.NO_SHOW,
    VisitStatus.ORPHANED,
)

# One row for each change, one column for each state it may find.
TABLE = {
    #                       B     A     C     X     N     O
    VisitChange.BOOKED: (None, None, None, None, None, None),
    VisitChange.MOVED: (B, None, None, None, None, B),
    VisitChange.CANCELLED: (X, None, None, None, None, X),
    VisitChange.ARRIVED: (A, None, None, None, A, None),
    VisitChange.COMPLETED: (C, C, None, None, None, None),
    VisitChange.MISSED: (N, None, None, None, None, None),
    VisitChange.DEFERRED: (X, X, None, None, None, None),
    VisitChange.REOPENED: (None, None, A, None, None, None),
    VisitChange.ORPHANED: (O, None, None, None, None, None),
    VisitChange.REPLACED: (None, None, None, X, N, None),
    VisitChange.UNREPLACED: (None, None, None, X, N, None),
    VisitChange.RESTORED: (B, B, None, None, None, None),
    VisitChange.CONSENT_NOTED: (None, A, None, None, None, None),
}


# Whose dose it was, and that nobody came for it after all; the visit is as it was.
INSTEAD = {VisitChange.REPLACED, VisitChange.UNREPLACED}


@pytest.mark.parametrize("change", VisitChange)
def test_a_change_leads_where_the_table_says_and_nowhere_else(change: VisitChange) -> None:
    found = tuple(a_visit(status=status).after(change) for status in (B, A, C, X, N, O))
    assert found == TABLE[change]


def test_a_visit_stands_until_it_is_completed_cancelled_or_missed() -> None:
    assert {status for status in VisitStatus if status.is_active} == {B, A, O} == ACTIVE


def test_only_a_mistake_a_late_arrival_or_who_came_instead_follows_an_end() -> None:
    after_an_end = {(what, found) for what, found in TRANSITIONS if found in {C, X, N}}
    instead = {(what, found) for what in INSTEAD for found in (X, N)}
    assert after_an_end == {(VisitChange.REOPENED, C), (VisitChange.ARRIVED, N), *instead}


class VisitLife(RuleBasedStateMachine):
    """Any changes in any order: what can happen keeps a visit's promises."""

    def __init__(self) -> None:
        super().__init__()
        self.visit = a_visit()
        self.happened: list[VisitChange] = []

    @rule(change=st.sampled_from(VisitChange))
    def change(self, change: VisitChange) -> None:
        after = self.visit.after(change)
        if after is not None:
            self.visit = replace(self.visit, status=after, version=self.visit.version + 1)
            self.happened.append(change)

    @invariant()
    def a_cancellation_is_the_end(self) -> None:
        ends = {VisitChange.CANCELLED, VisitChange.DEFERRED}
        ended = [change for change in self.happened if change in ends]
        assert len(ended) <= 1
        after = self.happened[self.happened.index(ended[0]) + 1 :] if ended else []
        assert set(after) <= INSTEAD

    @invariant()
    def it_stands_unless_something_has_ended_it(self) -> None:
        ends = {VisitChange.CANCELLED, VisitChange.DEFERRED, VisitChange.COMPLETED}
        counted = [one for one in self.happened if one not in INSTEAD]
        last = counted[-1] if counted else VisitChange.BOOKED
        assert self.visit.status.is_active == (last not in {*ends, VisitChange.MISSED})

    @invariant()
    def counts_its_changes(self) -> None:
        assert self.visit.version == 1 + len(self.happened)

    @invariant()
    def nobody_who_came_is_moved_away(self) -> None:
        here = False
        for change in self.happened:
            assert not (here and change in {VisitChange.MOVED, VisitChange.ORPHANED})
            here = change is VisitChange.ARRIVED or (here and change is not VisitChange.RESTORED)

    @invariant()
    def who_is_orphaned_must_be_moved_before_anything_but_a_cancellation(self) -> None:
        for before, after in zip(self.happened, self.happened[1:], strict=False):
            if before is VisitChange.ORPHANED:
                assert after in {VisitChange.MOVED, VisitChange.CANCELLED}


VisitLife.TestCase.settings = settings(max_examples=60, stateful_step_count=12)
TestVisitLife = VisitLife.TestCase
