"""Rooms are known by name, however it is typed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.room import LONGEST_ROOM, room_named, rooms_among, same_room


def test_a_name_is_kept_composed_and_with_single_spaces() -> None:
    typed = "  Zabiegowy\t po\u0301łnocny "
    assert room_named(typed) == "Zabiegowy północny"


@pytest.mark.parametrize(
    "text", ["", " \t ", "x" * (LONGEST_ROOM + 1), "Gab\u200binet", "Gabinet\u202e2", "\u0958" * 20]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        room_named(text)


@given(st.text("aąĄA 1.\u0301\u00a0", min_size=1, max_size=LONGEST_ROOM))
def test_a_name_that_is_kept_is_its_own_name_and_of_one_room_with_what_was_typed(text: str) -> None:
    try:
        name = room_named(text)
    except ValueError:
        assert not text.strip()
        return
    assert room_named(name) == name == unicodedata.normalize("NFC", name)
    assert same_room(name, room_named(text.swapcase()))


def test_capitals_make_no_other_room_and_no_room_is_none_of_them() -> None:
    assert same_room("Gabinet 2", "GABINET 2")
    assert not same_room("Gabinet 2", "Gabinet 3")
    assert not same_room("Gabinet 2", None)


def test_each_room_is_named_once_in_order() -> None:
    assert rooms_among(["b", None, "Ą", "B", "a"]) == ["a", "b", "Ą"]
