"""A dose as the national record has it: an HL7 FHIR R4 Immunization.

Systems that begin with urn:oid are the country's own registers. What we do not know is left out,
and so is what may name a person: the free text that says why a record was changed stays here.
"""

from collections.abc import Mapping
from typing import Any

from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.pesel import Pesel
from erejestracja.domain.vaccination import Site, Vaccination

PESEL = "urn:oid:2.16.840.1.113883.3.4424.1.1.616"
NPWZ = "urn:oid:2.16.840.1.113883.3.4424.1.6.2"
ATC = "http://www.whocc.no/atc"
HL7 = "http://terminology.hl7.org/CodeSystem"
# Ours: what no register outside knows.
OURS = "urn:e-rejestracja"

# The class a product is in; one that is not here goes by our own code alone.
ATC_CLASSES: Mapping[VaccineCode, str] = {
    VaccineCode("cov19.pfizer"): "J07BN01",
    VaccineCode("cov19.moderna"): "J07BN01",
    VaccineCode("cov19.astra_zeneca"): "J07BN02",
    VaccineCode("cov19.johnson_and_johnson"): "J07BN02",
}
SITES: Mapping[Site, str] = {
    Site.LEFT_DELTOID: "LD",
    Site.RIGHT_DELTOID: "RD",
    Site.LEFT_THIGH: "LT",
    Site.RIGHT_THIGH: "RT",
}


def immunization(vaccination: Vaccination, pesel: Pesel) -> dict[str, Any]:
    """Return a version of a dose's record as a document, ready for JSON.

    Its id is the record's, so that whoever keeps it has one document for the dose; our version is
    `meta.versionId`.
    """
    return {
        "resourceType": "Immunization",
        "id": vaccination.id,
        "meta": {"versionId": str(vaccination.version)},
        "identifier": [_identifier(f"{OURS}:vaccination", vaccination.id)],
        "status": "completed" if vaccination.stands else "entered-in-error",
        "vaccineCode": {"coding": _vaccine(vaccination.vaccine)},
        "patient": {"type": "Patient", "identifier": _identifier(PESEL, str(pesel))},
        "occurrenceDateTime": vaccination.performed_at.isoformat(),
        "recorded": vaccination.recorded_at.isoformat(),
        # Who records a dose has given it, or stands beside who did.
        "primarySource": True,
        "location": {
            "type": "Location",
            "identifier": _identifier(f"{OURS}:point", vaccination.point),
        },
        "lotNumber": vaccination.lot,
        "expirationDate": vaccination.expires_on.isoformat(),
        "site": _concept(f"{HL7}/v3-ActSite", SITES[vaccination.site]),
        "route": _concept(f"{HL7}/v3-RouteOfAdministration", "IM"),
        "performer": [
            {
                "function": _concept(f"{HL7}/v2-0443", "AP"),
                "actor": {
                    "type": "Practitioner",
                    "identifier": _identifier(NPWZ, vaccination.performer),
                },
            }
        ],
        "protocolApplied": [_protocol(vaccination)],
    }


def _vaccine(code: VaccineCode) -> list[dict[str, str]]:
    codings = [{"system": f"{OURS}:vaccine", "code": str(code)}]
    if code in ATC_CLASSES:
        codings.append({"system": ATC, "code": ATC_CLASSES[code]})
    return codings


def _protocol(vaccination: Vaccination) -> dict[str, Any]:
    """Return "1 of 2" in a programme; a booster is of no series."""
    protocol: dict[str, Any] = {
        "series": str(vaccination.programme),
        "doseNumberPositiveInt": vaccination.dose,
    }
    if vaccination.doses is not None:
        protocol["seriesDosesPositiveInt"] = vaccination.doses
    return protocol


def _identifier(system: str, value: str) -> dict[str, str]:
    return {"system": system, "value": value}


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}
