"""Consent to the vaccination of who is not of age: whose signature, and what was shown of it.

The rules are the programme's (domain 1.7): the screening form is signed by a parent or guardian,
from some age on by the young person, too. With the form signed the parent need not be there.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from erejestracja.domain import calendar
from erejestracja.domain.eligibility import birthday
from erejestracja.domain.errors import ConsentMissing, InvalidRequest
from erejestracja.domain.programme import Programme
from erejestracja.domain.visit import ConsentForm, Visit

FIELD = "consentForm"


class Signed(StrEnum):
    """Who signs the screening form of a person who is not of age."""

    BOTH = "both"
    REPRESENTATIVE = "representative"


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person's vaccination needs beside themselves; `physician`: only one qualifies them."""

    signed: Signed
    physician: bool


def consent_of(programme: Programme, born: date, on: date) -> Consent | None:
    """Return what is needed for a dose on a local day; None for who is of age."""
    rule = programme.minors_on(on)
    if rule is None or birthday(born, rule.under) <= on:
        return None
    signs_too = birthday(born, rule.signs_from) <= on
    return Consent(
        signed=Signed.BOTH if signs_too else Signed.REPRESENTATIVE,
        physician=on < birthday(born, rule.physician_under),
    )


def form_of(programme: Programme, visit: Visit, born: date | None = None) -> ConsentForm | None:
    """Return how the form of a visit stands; None where none is needed, or nobody knows the age.

    What was recorded stays, whatever the rules become.
    """
    born = born or visit.born
    if visit.consent or born is None:
        return visit.consent
    needed = consent_of(programme, born, calendar.local_day(visit.starts_at))
    return ConsentForm.REQUIRED if needed else None


def recorded(
    programme: Programme, born: date, on: date, form: ConsentForm | None
) -> ConsentForm | None:
    """Return what is kept of what was shown; that it is still required is nothing shown.

    Raises InvalidRequest for who needs no form.
    """
    if form is None:
        return None
    if consent_of(programme, born, on) is None:
        raise InvalidRequest({FIELD: "is for who is not of age"})
    return None if form is ConsentForm.REQUIRED else form


def check_given(
    programme: Programme, born: date, on: date, form: ConsentForm | None
) -> ConsentForm | None:
    """Return what was shown before a dose on a local day, None for who is of age by then.

    Raises ConsentMissing where nothing was.
    """
    needed = consent_of(programme, born, on)
    if needed is None:
        return None
    if form in (None, ConsentForm.REQUIRED):
        raise ConsentMissing(needed.signed.value)
    return form
