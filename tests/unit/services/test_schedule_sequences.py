"""Whatever is edited in whatever order, killed or not: the sessions are those of the rules."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from erejestracja.domain.errors import VersionMismatch
from erejestracja.domain.series import SeriesId
from erejestracja.domain.visit import VisitStatus
from erejestracja.services.settling import settle_open
from tests.support.schedule_case import Case

CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "weekdays": st.frozensets(st.integers(1, 7), min_size=1),
        "step": st.sampled_from([15, 30, 60]),
        "places": st.integers(1, 3),
        "on_holidays": st.booleans(),
        "dose": st.integers(0, 2),
    },
)
# An edit, the end (None) or the undoing of the last edit, and after how many commits it is killed.
UNDO = "undo"
STEPS = st.tuples(CHANGES | st.none() | st.just(UNDO), st.integers(0, 6), st.booleans())


class Killed(Exception):  # noqa: N818 - it reads as what happened
    pass


def kill_after(case: Case, commits: int) -> None:
    left = [commits]

    def count(_: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    case.schedules.before_commit = count


@settings(max_examples=60)
@given(st.lists(STEPS, max_size=6))
def test_sessions_are_as_from_scratch_and_no_visit_vanishes(
    steps: list[tuple[dict[str, object] | str | None, int, bool]],
) -> None:
    case = Case()
    case.made()
    booked = []
    for number, (changes, commits, is_killed) in enumerate(steps):
        if case.has_sessions():
            booked.append(case.visit(f"person-{number}", index=number))
        if is_killed:
            kill_after(case, commits)
        try:
            if isinstance(changes, str):
                case.undo(case.schedules.plans.edits[max(case.schedules.plans.edits)])
            elif not case.schedules.plans.series:
                case.made(id=SeriesId(f"again-{number}"))
            elif changes is None:
                case.done(case.plan(None))
            else:
                case.change(**changes)
        except (Killed, VersionMismatch):
            pass
        case.schedules.before_commit = lambda _: None
    settle_open(case.board)
    assert case.is_as_from_scratch()
    places = case.store.tables.places
    for visit in booked:
        now = case.store.tables.visits[visit.id][0]
        live = now.place.slot.session not in case.schedules.plans.withdrawn_by
        assert now.starts_at == visit.starts_at
        assert (now.status is VisitStatus.BOOKED) == live
        assert places[now.place].kind == ("visit" if live else "withdrawn")
        assert places[now.place].id == visit.id


def test_an_edit_that_says_nothing_new_keeps_every_session() -> None:
    case = Case()
    case.made()
    plan = case.plan(replace(case.reach().series)).plan
    assert (plan.creates, plan.withdraws) == ((), ())
