"""Whose signature a vaccination needs beside the person's own (domain 1.7)."""

from datetime import date
from enum import StrEnum

from erejestracja.domain.eligibility import birthday
from erejestracja.domain.representation import is_of_age

SIGNS_TOO = 16


class Consent(StrEnum):
    """Who signs the screening form of a person who is not of age."""

    BOTH = "both"
    REPRESENTATIVE = "representative"


def consent_of(born: date, on: date) -> Consent | None:
    """Return whose signature is needed for a visit on a local day; None for grown-ups."""
    if is_of_age(born, on):
        return None
    return Consent.BOTH if birthday(born, SIGNS_TOO) <= on else Consent.REPRESENTATIVE
