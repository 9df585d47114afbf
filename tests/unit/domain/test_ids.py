from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.ids import PlaceKey, PointId, SessionKey, SlotKey, derived_id
from tests.support.strategies import place_keys

KEY = SlotKey(SessionKey(PointId("abc"), date(2026, 12, 7), 16), 3)


def test_a_slot_id_reads_as_point_day_session_and_slot() -> None:
    assert str(KEY) == "abc-20261207-16-3"


@given(place_keys())
def test_a_slot_id_survives_the_way_to_text_and_back(place: PlaceKey) -> None:
    assert SlotKey.parse(str(place.slot)) == place.slot
    assert SessionKey.parse(str(place.slot.session)) == place.slot.session


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "abc-20261207-16",
        "abc-20261207-16-",
        "abc-20261207-16-3-4",
        "-20261207-16-3",
        "abc-2026127-16-3",
        "abc-20261307-16-3",
        "abc-20261207-16-03",
        "abc-20261207-016-3",
        "abc-20261207-16- 3",
        "abc-20261207-16-+3",
        "abc-20261207-1_6-3",
        "abc-20261207-16-３",
        "abc-2026120７-16-3",
        "abc-20261207-x-3",
    ],
)
def test_only_the_one_text_of_a_slot_is_its_id(text: str) -> None:
    with pytest.raises(ValueError):
        SlotKey.parse(text)


@given(st.text(max_size=40))
def test_any_other_text_is_refused_with_value_error_alone(text: str) -> None:
    try:
        key = SlotKey.parse(text)
    except ValueError:
        return
    assert str(key) == text


def test_a_derived_id_depends_on_each_part_and_where_it_ends() -> None:
    assert derived_id("a", "b") == derived_id("a", "b")
    assert len({derived_id("a", "b"), derived_id("ab"), derived_id("b", "a")}) == 3


@given(st.lists(st.text(), max_size=3), st.integers(1, 52))
def test_a_derived_id_is_of_letters_and_digits_fit_for_keys(parts: list[str], length: int) -> None:
    found = derived_id(*parts, length=length)
    assert len(found) == length
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz234567")
