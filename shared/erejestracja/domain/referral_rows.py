"""Referrals as rows of a file: which columns there are, and what a row must say."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from erejestracja.domain import calendar, postal
from erejestracja.domain.delimited import BadRow, Reason
from erejestracja.domain.ids import ProgrammeId, ReferralId
from erejestracja.domain.pesel import Pesel
from erejestracja.domain.phone import parse_phone
from erejestracja.domain.referral import ReferralKind

# Each column, whether it must be there, and what it holds.
COLUMNS: Mapping[str, tuple[bool, str]] = {
    "referral": (True, "its number, 4 to 32 letters, digits, `.`, `_` and `-`"),
    "pesel": (True, "whose it is"),
    "givenName": (True, "at most 100 letters"),
    "familyName": (True, "at most 100 letters"),
    "programme": (True, "such as `covid-19`"),
    "kind": (True, "`primary`, `additional` or `booster`"),
    "issuedOn": (True, "a day, YYYY-MM-DD"),
    "expiresOn": (True, "the last day it may be booked on"),
    "bookableFrom": (False, "the first day it may be booked on; `issuedOn` if empty"),
    "windowFrom": (False, "the first day that a visit may lie on"),
    "windowTo": (False, "the last day that a visit may lie on"),
    "phone": (False, "for text messages; Polish unless it begins with `+`"),
    "language": (False, "`pl`, `en` or `uk`; `pl` if empty"),
    "postalCode": (False, "NN-NNN"),
}
NUMBER = re.compile(r"[A-Za-z0-9._-]{4,32}", re.ASCII)
PROGRAMME = re.compile(r"[a-z0-9-]{2,32}", re.ASCII)
LANGUAGES = ("pl", "en", "uk")
LONGEST_NAME = 100

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, repr=False)
class ReferralRow:
    """A row that can be taken. Not shown in logs: it holds a person's data."""

    number: ReferralId
    pesel: Pesel
    given_name: str
    family_name: str
    programme: ProgrammeId
    kind: ReferralKind
    issued_on: date
    expires_on: date
    bookable_from: datetime
    window: tuple[date | None, date | None]
    phone: str | None
    language: str
    postal_code: str | None


def read(fields: Mapping[str, str]) -> ReferralRow:
    """Read a row; the birth date and the sex are the PESEL's. Raises BadRow."""
    issued_on = _needed(fields, "issuedOn", _day)
    expires_on = _needed(fields, "expiresOn", _day)
    bookable_on = _given(fields, "bookableFrom", _day) or issued_on
    window = (_given(fields, "windowFrom", _day), _given(fields, "windowTo", _day))
    if expires_on < issued_on:
        raise BadRow(Reason.IN_WRONG_ORDER, "expiresOn")
    if bookable_on > expires_on:
        raise BadRow(Reason.IN_WRONG_ORDER, "bookableFrom")
    if window[0] and window[1] and window[0] > window[1]:
        raise BadRow(Reason.IN_WRONG_ORDER, "windowTo")
    return ReferralRow(
        number=_needed(fields, "referral", lambda text: ReferralId(_shaped(NUMBER, text))),
        pesel=_needed(fields, "pesel", Pesel.parse),
        given_name=_needed(fields, "givenName", _name),
        family_name=_needed(fields, "familyName", _name),
        programme=_needed(fields, "programme", lambda text: ProgrammeId(_shaped(PROGRAMME, text))),
        kind=_needed(fields, "kind", ReferralKind),
        issued_on=issued_on,
        expires_on=expires_on,
        bookable_from=calendar.start_of_day(bookable_on),
        window=window,
        phone=_given(fields, "phone", lambda text: str(parse_phone(text))),
        language=_given(fields, "language", _language) or LANGUAGES[0],
        postal_code=_given(fields, "postalCode", postal.normalised),
    )


def _needed(fields: Mapping[str, str], column: str, reading: Callable[[str], Read]) -> Read:
    if not fields[column]:
        raise BadRow(Reason.MISSING, column)
    return _read(fields[column], column, reading)


def _given(fields: Mapping[str, str], column: str, reading: Callable[[str], Read]) -> Read | None:
    text = fields.get(column)
    return _read(text, column, reading) if text else None


def _read(text: str, column: str, reading: Callable[[str], Read]) -> Read:
    try:
        return reading(text)
    except BadRow as bad:
        raise BadRow(bad.reason, column) from None
    except ValueError:
        # What stood there is a person's, and is not repeated.
        raise BadRow(Reason.INVALID, column) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRow(Reason.NOT_A_DATE) from None


def _shaped(shape: re.Pattern[str], text: str) -> str:
    if not shape.fullmatch(text):
        raise BadRow(Reason.INVALID)
    return text


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME:
        raise BadRow(Reason.TOO_LONG)
    if not text.isprintable():
        raise BadRow(Reason.INVALID)
    return text


def _language(text: str) -> str:
    if text not in LANGUAGES:
        raise BadRow(Reason.INVALID)
    return text
