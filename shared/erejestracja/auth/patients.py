"""From a national identity to the opaque id that stands for a person everywhere else."""

import hmac
from base64 import b32encode
from functools import cache
from hashlib import sha256

from erejestracja.domain.ids import PatientId
from erejestracja.settings import PatientSettings

ID_LENGTH = 26


@cache
def _key() -> bytes:
    return PatientSettings().patient_key.get_secret_value().encode()


def identifier_digest(system: str, value: str) -> str:
    """Return the keyed digest of an identifier ("PESEL", or "<kind>:<country>") in its system."""
    digest = hmac.digest(_key(), f"{system}:{value}".encode(), sha256)
    return b32encode(digest).decode().lower()[:ID_LENGTH]


def patient_id(pesel: str) -> PatientId:
    """Return the id of the person first registered with this PESEL.

    A person whose PESEL was corrected keeps the old id: table Identifiers then says so.
    """
    return PatientId(identifier_digest("PESEL", pesel))
