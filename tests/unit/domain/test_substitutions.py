"""Another vaccine on one day."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.substitutions import (
    Substitution,
    SubstitutionId,
    instead,
    substituted,
    with_substitution,
)
from tests.support.builders import DAY, JANSSEN, MODERNA, PFIZER, a_session

CODES = st.sampled_from([PFIZER, MODERNA, JANSSEN])
SOME = st.lists(
    st.builds(
        Substitution,
        id=st.sampled_from("abc").map(SubstitutionId),
        day=st.sampled_from([DAY, DAY + timedelta(days=1)]),
        from_=CODES,
        to=CODES,
        undone=st.booleans(),
    ),
    max_size=4,
)


def one(**changes: object) -> Substitution:
    facts = {"id": SubstitutionId("a"), "day": DAY, "from_": PFIZER, "to": MODERNA}
    return Substitution(**(facts | changes))  # type: ignore[arg-type]


@given(SOME)
def test_it_is_read_as_it_was_written(some: list[Substitution]) -> None:
    assert [Substitution.of(each.document()) for each in some] == some


def test_only_its_day_has_the_other_vaccine_and_of_several_each_once() -> None:
    tomorrow = a_session(day=DAY + timedelta(days=1))
    assert substituted(tomorrow, [one()]) == tomorrow
    assert substituted(a_session(), [one(undone=True)]) == a_session()
    assert substituted(a_session(), [one()]).vaccines == (MODERNA,)
    several = a_session(vaccine=JANSSEN, also=(PFIZER, MODERNA))
    assert substituted(several, [one()]).vaccines == (JANSSEN, MODERNA)


def test_they_come_one_after_the_other() -> None:
    then = one(from_=MODERNA, to=JANSSEN)
    assert substituted(a_session(), [one(), then]).vaccines == (JANSSEN,)
    assert substituted(a_session(), [then, one()]).vaccines == (MODERNA,)


@given(SOME, CODES)
def test_whoever_has_a_vaccine_of_the_day_may_be_given_what_stands_in_its_place(
    some: list[Substitution], code: str
) -> None:
    session = a_session(vaccine=code)
    given = substituted(session, some).vaccine
    assert given in (code, *instead(session.vaccine, DAY, some))


def test_what_was_undone_leads_back() -> None:
    assert instead(MODERNA, DAY, [one(undone=True)]) == [PFIZER]
    assert instead(PFIZER, DAY, [one(undone=True)]) == []
    assert instead(PFIZER, DAY + timedelta(days=1), [one()]) == []


def test_one_that_is_over_is_forgotten_and_one_that_is_undone_takes_its_own_place() -> None:
    over, other = one(day=DAY - timedelta(days=1)), one(id=SubstitutionId("b"))
    assert with_substitution([over, one()], other, DAY) == (one(), other)
    undone = one(undone=True)
    assert with_substitution([one(), other], undone, DAY) == (undone, other)
