"""Forms of pages: WTForms, whose labels, hints and complaints are keys of our texts.

A field's label, description and messages are keys ("patient.cancel.reason"), which the macros of
`templates/ui/fields.html` say in the page's language. So forms hold no words, and a guard finds
the keys that no catalogue has.
"""

from collections.abc import Iterable
from typing import Any, Self

from flask import request
from wtforms import Form
from wtforms.validators import InputRequired, Length

MISSING = "ui.form.missing"
TOO_LONG = "ui.form.too_long"
INVALID = "ui.form.invalid"
LONGEST_TEXT = 200


class _Complaints:
    """What the library complains of in its own words ("not a valid date value"), as our key."""

    def gettext(self, _words: str) -> str:
        return INVALID

    def ngettext(self, _one: str, _many: str, _number: int) -> str:
        return INVALID


class PageForm(Form):
    """A form that reads this request: its query when it asks, its body when it changes."""

    class Meta:
        """How the library makes these forms."""

        def get_translations(self, _form: Form) -> _Complaints:
            """Return what says the library's own complaints."""
            return _Complaints()

    @classmethod
    def read(cls, **known: Any) -> Self:
        """Return the form as it was sent; `known` fills what was not."""
        sent = request.args if request.method in ("GET", "HEAD") else request.form
        return cls(formdata=sent or None, **known)


def required() -> InputRequired:
    """Return the demand that a field be filled in."""
    return InputRequired(MISSING)


def at_most(letters: int = LONGEST_TEXT) -> Length:
    """Return the bound that every text has."""
    return Length(max=letters, message=TOO_LONG)


def choices(prefix: str, values: Iterable[str], say: Any) -> list[tuple[str, str]]:
    """Return choices whose words are the texts `prefix.value`."""
    return [(value, say(f"{prefix}.{value}")) for value in values]
