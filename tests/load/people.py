"""People to load with: generated, with valid referrals, and a signed token each."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import requests

from erejestracja.auth.patients import patient_id
from erejestracja.domain.ids import PatientId, ReferralId, derived_id
from erejestracja.domain.pesel import generate
from erejestracja.storage.spanner.database import Batch, open_database

TOGETHER = 100
PROGRAMME = "covid-19"


@dataclass(frozen=True, slots=True)
class Loader:
    """One person who books: their token is all a client has."""

    patient: PatientId
    referral: ReferralId
    token: str


def register(number: int, provider: str, *, phones: bool = True) -> list[Loader]:
    """Put people with fresh referrals into Spanner, and return them with their tokens."""
    people = [_person(phones=phones) for _ in range(number)]
    chunks = [people[i : i + TOGETHER] for i in range(0, number, TOGETHER)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_save, chunks))
        tokens = [t for some in pool.map(lambda c: _tokens(c, provider), chunks) for t in some]
    return [
        Loader(one["patient"], one["referral"], token)
        for one, token in zip(people, tokens, strict=True)
    ]


def _person(*, phones: bool) -> dict[str, Any]:
    born = date(1950, 1, 1) + timedelta(days=random.randrange(365 * 45))
    pesel = str(generate(born, random.randrange(10_000)))
    patient = patient_id(pesel)
    return {
        "pesel": pesel,
        "born": born,
        "patient": patient,
        "referral": ReferralId(derived_id("load", patient)),
        "phone": f"+4860{random.randrange(10**7):07d}" if phones else None,
    }


def _save(people: list[dict[str, Any]]) -> None:
    from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

    today = datetime.now(UTC).date()

    def fill(batch: Batch) -> None:
        for one in people:
            batch.put(
                "Patients",
                PatientId=one["patient"],
                Pesel=one["pesel"],
                GivenName="Osoba",
                FamilyName="Obciążeniowa",
                BirthDate=one["born"],
                Sex="F",
                Phone=one["phone"],
                Language="pl",
                UpdatedAt=COMMIT_TIMESTAMP,
            )
            batch.put(
                "Referrals",
                PatientId=one["patient"],
                ReferralId=one["referral"],
                Version=1,
                Programme=PROGRAMME,
                Kind="primary",
                Status="issued",
                IssuedOn=today - timedelta(days=7),
                ExpiresOn=today + timedelta(days=83),
                BookableFrom=datetime.now(UTC) - timedelta(days=7),
                BirthDate=one["born"],
                Given="[]",
                UpdatedAt=COMMIT_TIMESTAMP,
            )

    open_database().commit(fill)


def _tokens(people: list[dict[str, Any]], provider: str) -> list[str]:
    subjects = [
        {
            "name": f"load-{one['patient']}",
            "sub": f"load-{one['patient']}",
            "roles": ["patient"],
            "pesel": one["pesel"],
            "given_name": "Osoba",
            "family_name": "Obciążeniowa",
            "birthdate": one["born"].isoformat(),
            "acr": "http://eidas.europa.eu/LoA/substantial",
            "amr": ["pwd", "otp"],
        }
        for one in people
    ]
    answer = requests.post(f"{provider}/emulator/tokens", json={"subjects": subjects}, timeout=60)
    answer.raise_for_status()
    said = answer.json()
    tokens: list[str] = said["tokens"] if isinstance(said, dict) else said
    return tokens
