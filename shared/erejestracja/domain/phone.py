"""Telephone numbers: read once at the edge, kept as E.164, never shown whole in a log."""

import re
from dataclasses import dataclass

HOME = "PL"
WRITTEN = re.compile(r"[+0-9 ()./\u00a0\u2010\u2011-]{3,40}", re.ASCII)
SHOWN = 2


class InvalidPhone(ValueError):  # noqa: N818 - named by what it says of the number
    """No number a person can be reached at; the message never repeats what was given."""


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """A number in E.164 (`+48…`); `is_mobile` if it takes text messages, else it gets a call.

    Only `str` shows it whole.
    """

    e164: str
    is_mobile: bool

    def __str__(self) -> str:
        """Return the number in E.164."""
        return self.e164

    def __repr__(self) -> str:
        """Return a text fit for logs."""
        return f"PhoneNumber({masked(self.e164)})"


def parse_phone(text: str) -> PhoneNumber:
    """Read a number as people write it, Polish unless it says otherwise. Raises InvalidPhone.

    Numbers that cost extra, belong to no subscriber or have an extension are refused.
    """
    import phonenumbers
    from phonenumbers import PhoneNumberType

    text = text.strip()
    if not WRITTEN.fullmatch(text):
        raise InvalidPhone("not written as a telephone number")
    try:
        number = phonenumbers.parse(text, HOME)
    except phonenumbers.NumberParseException:
        raise InvalidPhone("not a telephone number") from None
    kind = phonenumbers.number_type(number)
    mobile = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if kind not in (*mobile, PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP):
        raise InvalidPhone("not a person's telephone number")
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return PhoneNumber(e164, kind in mobile)


def masked(e164: str) -> str:
    """Return a number as it may stand in a log or on an agent's screen: its last two digits."""
    return "…" + e164[-SHOWN:]
