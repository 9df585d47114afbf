from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.pl import pesel as oracle

from erejestracja.domain.pesel import InvalidPesel, Pesel, Sex, generate

IMPOSSIBLE = "34671512344"


@pytest.mark.parametrize(
    ("digits", "born", "sex"),
    [
        ("34671512344", date(2234, 7, 15), Sex.FEMALE),
        ("85892400051", date(1885, 9, 24), Sex.MALE),
        ("05610500030", date(2205, 1, 5), Sex.MALE),
        ("21413000074", date(2121, 1, 30), Sex.MALE),
    ],
)
def test_the_worked_examples(digits: str, born: date, sex: Sex) -> None:
    pesel = Pesel.parse(digits)
    assert (pesel.birth_date, pesel.sex, str(pesel)) == (born, sex, digits)
    assert generate(born, int(digits[6:10])) == pesel


@pytest.mark.parametrize("text", ["346 715 123 44", "346715-12344", " 34671512344\n"])
def test_people_may_write_it_with_spaces_and_hyphens(text: str) -> None:
    assert Pesel.parse(text).digits == IMPOSSIBLE


@pytest.mark.parametrize(
    "text",
    [
        "34671512345",
        "34671512",
        "346715123440",
        "34673212340",
        "00000000000",
        "3467151234A",
        "３４６７１５１２３４４",
        "٣٤٦٧١٥١٢٣٤٤",
        "3467151234²",
        "34671512_44",
        "",
    ],
)
def test_what_is_no_pesel_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(InvalidPesel) as refused:
        Pesel.parse(text)
    assert not text or text not in str(refused.value)


def test_a_day_that_never_was_is_refused() -> None:
    """29 February 2101 and 2229, 31 April 2130 and month 13, each with its right check digit."""
    for ten in ("0142290000", "2962290000", "3044310000", "3053010000"):
        digits = ten + oracle.calc_check_digit(ten)
        with pytest.raises(InvalidPesel, match="day of birth"):
            Pesel.parse(digits)


def test_29_february_of_a_leap_year_is_accepted() -> None:
    assert generate(date(2228, 2, 29), 0).birth_date == date(2228, 2, 29)


def test_only_str_shows_the_digits() -> None:
    pesel = Pesel.parse(IMPOSSIBLE)
    assert repr(pesel) == f"{[pesel]}"[1:-1] == "Pesel(…)"
    assert f"{pesel}" == IMPOSSIBLE


@given(st.dates(date(1800, 1, 1), date(2299, 12, 31)), st.integers(0, 9999))
def test_what_is_generated_tells_what_it_was_made_of(born: date, serial: int) -> None:
    pesel = Pesel.parse(generate(born, serial).digits)
    assert pesel.birth_date == born
    assert pesel.sex is (Sex.MALE if serial % 2 else Sex.FEMALE)


@given(st.dates(date(1800, 1, 1), date(2299, 12, 31)), st.integers(0, 9999), st.data())
def test_one_wrong_digit_is_always_noticed(born: date, serial: int, data: st.DataObject) -> None:
    digits = generate(born, serial).digits
    at = data.draw(st.integers(0, 10))
    wrong = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != digits[at]))
    with pytest.raises(InvalidPesel):
        Pesel.parse(digits[:at] + wrong + digits[at + 1 :])


@given(st.from_regex(r"[0-9]{11}", fullmatch=True) | st.text(max_size=12))
def test_a_well_kept_library_agrees_but_for_foreign_digits(text: str) -> None:
    ours = True
    try:
        Pesel.parse(text)
    except InvalidPesel:
        ours = False
    assert ours == (text.isascii() and oracle.is_valid("".join(text.split())))


@pytest.mark.parametrize(
    ("born", "serial"),
    [
        (date(1799, 12, 31), 0),
        (date(2300, 1, 1), 0),
        (date(2200, 1, 1), 10_000),
        (date(2200, 1, 1), -1),
    ],
)
def test_what_no_pesel_tells_is_not_generated(born: date, serial: int) -> None:
    with pytest.raises(InvalidPesel):
        generate(born, serial)
