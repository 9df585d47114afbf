"""Another vaccine on one day."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given as given_by
from hypothesis import strategies as st

from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.session import Session
from erejestracja.domain.substitutions import (
    Substitution,
    SubstitutionId,
    instead,
    substituted,
    taken_back,
    with_substitution,
)
from tests.support.builders import DAY, JANSSEN, MODERNA, PFIZER, a_session

CODES = st.sampled_from([PFIZER, MODERNA, JANSSEN])


def slot(n: int) -> datetime:
    """Return when the n-th slot of a session starts."""
    return a_session().start_of(n)


SOME = st.lists(
    st.builds(
        Substitution,
        id=st.sampled_from("abc").map(SubstitutionId),
        day=st.sampled_from([DAY, DAY + timedelta(days=1)]),
        from_=CODES,
        to=CODES,
        undone=st.booleans(),
        turns=st.lists(st.integers(0, 40).map(slot), max_size=3, unique=True).map(
            lambda turns: tuple(sorted(turns))
        ),
    ),
    max_size=4,
)


def one(**changes: object) -> Substitution:
    facts = {"id": SubstitutionId("a"), "day": DAY, "from_": PFIZER, "to": MODERNA}
    return Substitution(**(facts | changes))  # type: ignore[arg-type]


def given(session: Session, *known: Substitution) -> list[tuple[VaccineCode, ...]]:
    """Return what is given in each part of a session."""
    return [part.vaccines for part in substituted(session, known)]


@given_by(SOME)
def test_it_is_read_as_it_was_written(some: list[Substitution]) -> None:
    assert [Substitution.of(each.document()) for each in some] == some


def test_only_its_day_has_the_other_vaccine_and_of_several_each_once() -> None:
    tomorrow = a_session(day=DAY + timedelta(days=1))
    assert substituted(tomorrow, [one()]) == [tomorrow]
    assert substituted(a_session(), [one(undone=True)]) == [a_session()]
    assert given(a_session(), one()) == [(MODERNA,)]
    several = a_session(vaccine=JANSSEN, also=(PFIZER, MODERNA))
    assert given(several, one()) == [(JANSSEN, MODERNA)]


def test_they_come_one_after_the_other() -> None:
    then = one(from_=MODERNA, to=JANSSEN)
    assert given(a_session(), one(), then) == [(JANSSEN,)]
    assert given(a_session(), then, one()) == [(MODERNA,)]


def test_what_has_begun_stays_as_it_was_whenever_it_turns() -> None:
    made = one(undone=True).turned(slot(3), undone=False)
    back = made.turned(slot(6), undone=True)
    again = back.turned(slot(8), undone=False)
    assert [made.holds_at(slot(n)) for n in (3, 4)] == [False, True]
    assert [back.holds_at(slot(n)) for n in (3, 4, 6, 7)] == [False, True, True, False]
    assert [again.holds_at(slot(n)) for n in (6, 7, 8, 9)] == [True, False, False, True]


def test_a_session_of_today_comes_in_parts_and_knows_what_its_rule_gives() -> None:
    session = a_session(slots=8)
    made = one(undone=True).turned(slot(2), undone=False)
    before, after = substituted(session, [made])
    assert (before.starts_at, before.slots, before.vaccines) == (slot(0), 3, (PFIZER,))
    assert (after.starts_at, after.slots, after.vaccines) == (slot(3), 5, (MODERNA,))
    assert (before.ruled, after.ruled) == ((), (PFIZER,))
    assert [substituted(part, [made]) for part in (before, after)] == [[before], [after]]
    back = made.turned(slot(4), undone=True)
    assert [part.vaccines for part in substituted(after, [back])] == [(MODERNA,), (PFIZER,)]


@given_by(SOME, CODES)
def test_whoever_has_a_vaccine_of_the_day_may_be_given_what_stands_in_its_place(
    some: list[Substitution], code: str
) -> None:
    session = a_session(vaccine=code)
    for part in substituted(session, some):
        assert part.vaccine in (code, *instead(session.vaccine, part.starts_at, some))


@given_by(SOME, st.lists(CODES, min_size=1, max_size=3, unique=True))
def test_what_was_changed_stays_as_it_is(some: list[Substitution], codes: list[str]) -> None:
    for part in substituted(a_session(vaccine=codes[0], also=tuple(codes[1:])), some):
        assert substituted(part, some) == [part]
        assert [again.vaccines for again in substituted(part, [])] == [part.vaccines]


def test_what_was_undone_leads_back() -> None:
    assert instead(MODERNA, slot(0), [one(undone=True)]) == [PFIZER]
    assert instead(PFIZER, slot(0), [one(undone=True)]) == []
    assert instead(PFIZER, slot(0) + timedelta(days=1), [one()]) == []
    turned = one().turned(slot(2), undone=True)
    assert [instead(MODERNA, slot(n), [turned]) for n in (2, 3)] == [[], [PFIZER]]


def test_taking_an_edit_back_turns_what_it_turned() -> None:
    early, now = slot(2), slot(5)
    made, other = one(undone=True).turned(early, undone=False), one(id=SubstitutionId("b"))
    assert taken_back([other], [other, made], now) == (other, made.turned(now, undone=True))
    undone = made.turned(early, undone=True)
    assert taken_back([made], [undone], now) == (undone.turned(now, undone=False),)
    assert taken_back([other], [], now) == (other,)
    tomorrow = one(day=DAY + timedelta(days=1))
    assert taken_back([], [tomorrow], now) == (replace(tomorrow, undone=True),)


def test_one_that_is_over_is_forgotten_and_one_that_is_undone_takes_its_own_place() -> None:
    over, other = one(day=DAY - timedelta(days=1)), one(id=SubstitutionId("b"))
    assert with_substitution([over, one()], other, DAY) == (one(), other)
    undone = one(undone=True)
    assert with_substitution([one(), other], undone, DAY) == (undone, other)
