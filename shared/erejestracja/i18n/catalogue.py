"""Texts for people, by key and language: gettext catalogues, read as they are written.

The .po files are small, so they are parsed once when first needed; nothing has to be compiled and
a bundle carries what translators edit. Every `*.po` of a language's folder is taken in.
"""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from gettext import c2py
from pathlib import Path

LANGUAGES = ("pl", "en", "uk")
DEFAULT = "pl"
LOCALES = Path(__file__).parent / "locales"
PLURAL_HEADER = "Plural-Forms:"
KEYWORDS = ("msgid", "msgid_plural", "msgstr")


class Catalogue:
    """The texts of one language."""

    def __init__(self, texts: dict[str, list[str]], plural: Callable[[int], int]) -> None:
        self._texts = texts
        self._plural = plural

    def text(self, key: str, **facts: object) -> str:
        """Return a text with its `{names}` filled in. Raises KeyError for an unknown key."""
        text = self._texts[key][0]
        return text.format(**facts) if facts else text

    def counted(self, key: str, number: int, **facts: object) -> str:
        """Return the text in the form that goes with a number, which it may name as `{n}`.

        `n` among the facts is the number as it is written; its digits alone where there is none.
        """
        forms = self._texts[key]
        return forms[self._plural(number)].format(**{"n": number, **facts})

    def has(self, key: str) -> bool:
        """Tell whether there is such a text."""
        return key in self._texts

    def names(self) -> frozenset[str]:
        """Return every key."""
        return frozenset(self._texts)

    def forms(self, key: str) -> tuple[str, ...]:
        """Return all forms of a text as they are written; one where it does not count."""
        return tuple(self._texts[key])


@cache
def catalogue(language: str) -> Catalogue:
    """Return the texts of one of LANGUAGES. Raises ValueError where two files share a key."""
    texts: dict[str, list[str]] = {}
    plural: Callable[[int], int] | None = None
    for file in sorted((LOCALES / language / "LC_MESSAGES").glob("*.po")):
        for key, forms in entries(file.read_text("utf-8")):
            if not key:
                plural = plural or c2py(_plural_rule(forms[0]))
            elif key in texts:
                raise ValueError(f"{file.name} says {key} again")
            else:
                texts[key] = forms
    if plural is None:
        raise ValueError(f"no catalogue for {language}")
    return Catalogue(texts, plural)


def entries(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each key of a .po file with its text, or with its plural forms in order."""
    key, forms = "", list[str]()
    target = ""
    for line in text.splitlines():
        word, _, rest = line.strip().partition(" ")
        keyword = word.partition("[")[0]
        if keyword == "msgid":
            if forms:
                yield key, forms
            key, forms = "", []
        if keyword in KEYWORDS:
            target = keyword
            if keyword == "msgstr":
                forms.append("")
        elif word.startswith('"'):
            rest = line.strip()
        else:
            continue
        piece = ast.literal_eval(rest)
        if target == "msgid":
            key += piece
        elif target == "msgstr":
            forms[-1] += piece
    if forms:
        yield key, forms


def _plural_rule(header: str) -> str:
    line = next(one for one in header.splitlines() if one.startswith(PLURAL_HEADER))
    return line.partition("plural=")[2].rstrip(";")
