"""Referrals as rows of a file: which columns there are, and what a row must say."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from erejestracja.domain import calendar, postal
from erejestracja.domain.delimited import BadRow, Reason
from erejestracja.domain.fields import Columns, Fields, day, given, needed, one_of, shaped, words
from erejestracja.domain.ids import ProgrammeId, ReferralId
from erejestracja.domain.pesel import Pesel
from erejestracja.domain.phone import parse_phone
from erejestracja.domain.referral import ReferralKind

COLUMNS: Columns = {
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
NUMBER = shaped(re.compile(r"[A-Za-z0-9._-]{4,32}", re.ASCII))
PROGRAMME = shaped(re.compile(r"[a-z0-9-]{2,32}", re.ASCII))
LANGUAGES = ("pl", "en", "uk")
LONGEST_NAME = 100


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


def read(fields: Fields) -> ReferralRow:
    """Read a row; the birth date and the sex are the PESEL's. Raises BadRow."""
    issued_on = needed(fields, "issuedOn", day)
    expires_on = needed(fields, "expiresOn", day)
    bookable_on = given(fields, "bookableFrom", day) or issued_on
    window = (given(fields, "windowFrom", day), given(fields, "windowTo", day))
    if expires_on < issued_on:
        raise BadRow(Reason.IN_WRONG_ORDER, "expiresOn")
    if bookable_on > expires_on:
        raise BadRow(Reason.IN_WRONG_ORDER, "bookableFrom")
    if window[0] and window[1] and window[0] > window[1]:
        raise BadRow(Reason.IN_WRONG_ORDER, "windowTo")
    return ReferralRow(
        number=ReferralId(needed(fields, "referral", NUMBER)),
        pesel=needed(fields, "pesel", Pesel.parse),
        given_name=needed(fields, "givenName", words(LONGEST_NAME)),
        family_name=needed(fields, "familyName", words(LONGEST_NAME)),
        programme=ProgrammeId(needed(fields, "programme", PROGRAMME)),
        kind=needed(fields, "kind", ReferralKind),
        issued_on=issued_on,
        expires_on=expires_on,
        bookable_from=calendar.start_of_day(bookable_on),
        window=window,
        phone=given(fields, "phone", lambda text: str(parse_phone(text))),
        language=given(fields, "language", one_of(*LANGUAGES)) or LANGUAGES[0],
        postal_code=given(fields, "postalCode", postal.normalised),
    )
