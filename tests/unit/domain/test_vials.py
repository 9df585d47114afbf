"""The ledger of vials."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.vials import Lot, Movement, NotEnough, entered, left_open, lot_code
from tests.support.builders import PFIZER, POINT
from tests.support.clinic_case import a_lot

EMPTY = Lot(POINT, "ABC123", PFIZER, date(2027, 1, 31), 6)
BY = {"actor": "medic", "reference": "r"}


@given(st.lists(st.tuples(st.sampled_from(Movement), st.integers(1, 50))))
def test_the_balance_is_what_came_less_what_went_and_never_below_nothing(
    moves: list[tuple[Movement, int]],
) -> None:
    lot, came, went, lines = EMPTY, 0, 0, 0
    for movement, doses in moves:
        try:
            lot = entered(lot, movement, doses, **BY).lot
        except NotEnough:
            assert not movement.adds
            assert doses > lot.balance
            continue
        came, went = came + doses * movement.adds, went + doses * (not movement.adds)
        lines += 1
    assert lot.balance == came - went >= 0
    assert lot.number == lines


def test_an_open_vial_counts_as_one() -> None:
    assert [entered(EMPTY, Movement.DELIVERY, n, **BY).lot.vials for n in (1, 6, 7)] == [1, 1, 2]
    assert EMPTY.vials == 0


@pytest.mark.parametrize("text", ["abc 123", " ABC123", "aBc123"])
def test_a_lot_is_kept_in_capitals_without_spaces(text: str) -> None:
    assert lot_code(text) == "ABC123"


@pytest.mark.parametrize("text", ["", "ab", "a" * 21, "abc;123", "żółw1"])
def test_what_no_lot_looks_like_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a lot has"):
        lot_code(text)


LOTS = st.lists(
    st.builds(
        a_lot,
        code=st.text("ABC", min_size=3, max_size=3),
        expires_on=st.dates(date(2027, 1, 1), date(2027, 1, 9)),
        doses_per_vial=st.integers(1, 20),
        balance=st.integers(0, 60),
    ),
    max_size=4,
)


@given(LOTS, st.integers(0, 150))
def test_what_is_left_open_is_less_than_a_vial_of_each_lot_and_never_more_than_is_there(
    lots: list[Lot], expected: int
) -> None:
    left = left_open(lots, expected)
    whole = sum(lot.balance for lot in lots)
    assert 0 <= left <= max(whole - expected, 0)
    assert left <= sum(lot.doses_per_vial - 1 for lot in lots)
    assert left_open(lots, whole) == 0


def test_vials_are_opened_of_the_lot_that_expires_first() -> None:
    soon = a_lot(code="SOON", expires_on=date(2027, 1, 1), balance=7)
    late = a_lot(code="LATE", expires_on=date(2027, 1, 2), balance=6)
    assert left_open([late, soon], 0) == 1
    assert left_open([late, soon], 1) == 0
    assert left_open([late, soon], 8) == 5
