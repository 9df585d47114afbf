"""What is the same to whoever searches."""

import pytest

from erejestracja.domain.folding import folded


@pytest.mark.parametrize(
    ("text", "is_"),
    [
        ("  Łódź-Górna ", "lodz-gorna"),
        ("ZAŻÓŁĆ  gęślą", "zazolc gesla"),
        ("Élodie Müller", "elodie muller"),
        ("Київ", "киів"),
        ("", ""),
    ],
)
def test_accents_capitals_and_spaces_do_not_count(text: str, is_: str) -> None:
    assert folded(text) == is_
