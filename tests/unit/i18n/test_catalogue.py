"""Texts in three languages, with the plural forms each of them has."""

from pathlib import Path

import pytest

from erejestracja.i18n import catalogue as module
from erejestracja.i18n.catalogue import LANGUAGES, catalogue, entries


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "pl",
            {1: "sekundę", 2: "sekundy", 5: "sekund", 12: "sekund", 21: "sekund", 22: "sekundy"},
        ),
        ("en", {1: "second", 2: "seconds", 5: "seconds", 12: "seconds", 21: "seconds"}),
        (
            "uk",
            {1: "секунду", 2: "секунди", 5: "секунд", 11: "секунд", 21: "секунду", 24: "секунди"},
        ),
    ],
)
def test_a_number_has_its_form(language: str, words: dict[int, str]) -> None:
    for number, word in words.items():
        text = catalogue(language).counted("problem.rate_limited.detail", number)
        assert text.endswith(f" {number} {word}.")


def test_an_unknown_key_is_a_fault() -> None:
    assert not catalogue("pl").has("no.such")
    with pytest.raises(KeyError):
        catalogue("pl").text("no.such")


def test_texts_are_read_over_several_lines_with_comments_and_escapes() -> None:
    text = """
# a comment
#: where.py:1
msgid ""
"a."
"b"
msgstr "one \\"two\\"\\n"
"three"

msgid "c"
msgid_plural "cs"
msgstr[0] "x"
msgstr[1] "y"
"""
    assert dict(entries(text)) == {"a.b": ['one "two"\nthree'], "c": ["x", "y"]}


def test_blanks_are_filled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "pl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Plural-Forms: nplurals=1; plural=0;\\n"\n'
    (folder / "a.po").write_text(f'{header}\nmsgid "k"\nmsgstr "{{who}}!"\n')
    monkeypatch.setattr(module, "LOCALES", tmp_path)
    assert catalogue.__wrapped__("pl").text("k", who="ty") == "ty!"
    (folder / "b.po").write_text('msgid "k"\nmsgstr "again"\n')
    with pytest.raises(ValueError, match="again"):
        catalogue.__wrapped__("pl")
    with pytest.raises(ValueError, match="no catalogue"):
        catalogue.__wrapped__("de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_has_as_many_forms_as_its_language(language: str) -> None:
    texts = catalogue(language)
    wanted = len({texts._plural(number) for number in range(200)})
    for key in texts.names():
        assert len(texts.forms(key)) in (1, wanted), key
