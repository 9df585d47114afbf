"""Rows to domain objects and back: the one place that knows both the columns and the nouns."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from erejestracja.domain.errors import Reason
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import (
    DoseOf,
    HoldId,
    PatientId,
    PlaceKey,
    PointId,
    ProgrammeId,
    ReferralId,
    SessionKey,
    SlotKey,
    VaccineCode,
    VisitId,
)
from erejestracja.domain.referral import DoseGiven, Referral, ReferralKind, ReferralStatus
from erejestracja.domain.visit import ConsentForm, Visit, VisitStatus

PLACE_KEY = ("PointId", "Day", "Nr", "Slot", "Place")
HOLD = ("HoldId", *PLACE_KEY, "PatientId", "CreatedAt", "ExpiresAt", "Extension", "Vaccine")
VISIT = (
    "VisitId",
    "PatientId",
    "ReferralId",
    "Programme",
    *PLACE_KEY,
    "StartsAt",
    "Minutes",
    "Vaccine",
    "Dose",
    "Status",
    "Version",
    "CreatedAt",
    "UpdatedAt",
    "Phone",
    "BirthDate",
    "ConsentForm",
    "Waived",
)
REFERRAL = (
    "ReferralId",
    "PatientId",
    "Programme",
    "Kind",
    "Status",
    "IssuedOn",
    "ExpiresOn",
    "BookableFrom",
    "WindowFrom",
    "WindowTo",
    "BirthDate",
    "Given",
    "Version",
)


def place_values(place: PlaceKey) -> dict[str, Any]:
    """Return the key columns of a place."""
    session = place.slot.session
    values = (session.point, session.day, session.nr, place.slot.index, place.place)
    return dict(zip(PLACE_KEY, values, strict=True))


def active_key(dose: DoseOf) -> str:
    """Return what the unique index of standing visits calls a dose's one."""
    return "/".join(map(str, dose))


def place_of(row: Sequence[Any]) -> PlaceKey:
    """Read the key columns of a place."""
    point, day, nr, slot, place = row
    return PlaceKey(SlotKey(SessionKey(PointId(point), day, nr), slot), place)


def hold_of(row: Sequence[Any]) -> Hold:
    """Read a row of HOLD."""
    return Hold(
        id=HoldId(row[0]),
        place=place_of(row[1:6]),
        patient=PatientId(row[6]),
        created_at=row[7],
        expires_at=row[8],
        extension=row[9],
        vaccine=row[10],
    )


def hold_values(hold: Hold) -> dict[str, Any]:
    """Return the columns of a hold."""
    return {
        "HoldId": hold.id,
        "Extension": hold.extension,
        **place_values(hold.place),
        "PatientId": hold.patient,
        "CreatedAt": hold.created_at,
        "ExpiresAt": hold.expires_at,
        "Vaccine": hold.vaccine,
    }


def visit_of(row: Sequence[Any]) -> Visit:
    """Read a row of VISIT."""
    return Visit(
        id=VisitId(row[0]),
        patient=PatientId(row[1]),
        referral=ReferralId(row[2]),
        programme=ProgrammeId(row[3]),
        place=place_of(row[4:9]),
        starts_at=row[9],
        minutes=row[10],
        vaccine=VaccineCode(row[11]),
        dose=row[12],
        status=VisitStatus(row[13]),
        version=row[14],
        created_at=row[15],
        updated_at=row[16],
        phone=row[17],
        born=row[18],
        consent=ConsentForm(row[19]) if row[19] else None,
        waived=Reason(row[20]) if row[20] else None,
    )


def visit_values(visit: Visit) -> dict[str, Any]:
    """Return the columns of a visit but for the timestamps, which are the commit's."""
    return {
        "VisitId": visit.id,
        "PatientId": visit.patient,
        "ReferralId": visit.referral,
        "Programme": visit.programme,
        **place_values(visit.place),
        "StartsAt": visit.starts_at,
        "Minutes": visit.minutes,
        "Vaccine": visit.vaccine,
        "Dose": visit.dose,
        "Status": visit.status.value,
        "Version": visit.version,
        "Phone": visit.phone,
        "BirthDate": visit.born,
        "ConsentForm": visit.consent.value if visit.consent else None,
        "Waived": visit.waived.value if visit.waived else None,
    }


def referral_of(row: Sequence[Any]) -> Referral:
    """Read a row of REFERRAL."""
    return Referral(
        id=ReferralId(row[0]),
        patient=PatientId(row[1]),
        programme=ProgrammeId(row[2]),
        kind=ReferralKind(row[3]),
        status=ReferralStatus(row[4]),
        issued_on=row[5],
        expires_on=row[6],
        bookable_from=row[7],
        window=(row[8], row[9]),
        birth_date=row[10],
        given=given_of(row[11]),
        version=row[12],
    )


def referral_values(referral: Referral) -> dict[str, Any]:
    """Return the columns of a referral but for the timestamp, which is the commit's."""
    given = [{"dose": d.dose, "on": d.on.isoformat(), "vaccine": d.vaccine} for d in referral.given]
    values = (
        referral.id,
        referral.patient,
        referral.programme,
        referral.kind.value,
        referral.status.value,
        referral.issued_on,
        referral.expires_on,
        referral.bookable_from,
        *referral.window,
        referral.birth_date,
        json_text(given),
        referral.version,
    )
    return dict(zip(REFERRAL, values, strict=True))


def given_of(document: Any) -> tuple[DoseGiven, ...]:
    """Read the doses given: a JSON array, as the client or the test nation hands it over."""
    items = orjson.loads(document) if isinstance(document, str) else list(document or [])
    return tuple(
        DoseGiven(int(item["dose"]), date.fromisoformat(item["on"]), VaccineCode(item["vaccine"]))
        for item in items
    )


def json_text(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return a value for a JSON column."""
    return orjson.dumps(value).decode()
