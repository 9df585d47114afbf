from datetime import date, timedelta
from typing import Any

import orjson
import pytest
from fhir.resources.R4B.immunization import Immunization
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.immunization import ATC, NPWZ, PESEL, SITES, immunization
from erejestracja.domain.vaccination import Site, Vaccination, VaccinationStatus
from tests.support.builders import AT_EIGHT, COVID, JANSSEN, MODERNA, PFIZER, POINT
from tests.support.exports import RECORD, a_pesel, a_vaccination
from tests.support.strategies import days, ids, nows

lots = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/", min_size=1, max_size=20)
vaccinations = st.builds(
    a_vaccination,
    id=ids,
    version=st.integers(1, 1000),
    status=st.sampled_from(VaccinationStatus),
    point=ids,
    vaccine=st.sampled_from([PFIZER, MODERNA, JANSSEN, VaccineCode("flu.new")]),
    dose=st.integers(1, 20),
    doses=st.none() | st.integers(1, 5),
    lot=lots,
    expires_on=days,
    site=st.sampled_from(Site),
    performer=st.from_regex(r"[1-9][0-9]{6}", fullmatch=True),
    performed_at=nows,
    recorded_at=nows,
    note=st.none() | st.text(max_size=300),
)


def document(**changes: Any) -> dict[str, Any]:
    return immunization(a_vaccination(**changes), a_pesel())


@given(vaccinations, st.dates(date(1800, 1, 1), date(1850, 1, 1)), st.integers(0, 9999))
def test_every_record_is_an_immunization_of_fhir_r4(
    vaccination: Vaccination, born: date, serial: int
) -> None:
    pesel = a_pesel(born, serial)
    made = immunization(vaccination, pesel)
    read: Any = Immunization.model_validate_json(orjson.dumps(made))
    assert orjson.loads(read.model_dump_json()).keys() == made.keys()
    assert read.id == vaccination.id
    assert read.meta.versionId == str(vaccination.version)
    assert read.patient.identifier.value == str(pesel)
    assert read.occurrenceDateTime == vaccination.performed_at
    assert read.expirationDate == vaccination.expires_on
    assert read.protocolApplied[0].doseNumberPositiveInt == vaccination.dose
    assert read.protocolApplied[0].seriesDosesPositiveInt == vaccination.doses


def test_it_says_who_was_given_what_by_whom_and_where() -> None:
    made = document()
    assert made["patient"]["identifier"] == {"system": PESEL, "value": str(a_pesel())}
    assert made["performer"][0]["actor"]["identifier"] == {"system": NPWZ, "value": "2234567"}
    assert made["location"]["identifier"]["value"] == POINT
    assert made["identifier"] == [{"system": "urn:e-rejestracja:vaccination", "value": RECORD}]
    assert (made["lotNumber"], made["expirationDate"]) == ("ABC123", "2027-01-31")
    assert made["site"]["coding"][0]["code"] == "LD"
    assert made["route"]["coding"][0]["code"] == "IM"
    assert made["occurrenceDateTime"] == AT_EIGHT.isoformat()
    assert made["recorded"] == (AT_EIGHT + timedelta(minutes=2)).isoformat()
    assert made["primarySource"] is True


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (VaccinationStatus.GIVEN, "completed"),
        (VaccinationStatus.ENTERED_IN_ERROR, "entered-in-error"),
    ],
)
def test_what_was_not_given_is_entered_in_error(status: VaccinationStatus, said: str) -> None:
    assert document(status=status)["status"] == said


def test_a_vaccine_goes_by_our_code_and_by_its_class_where_we_know_one() -> None:
    codings = document(vaccine=PFIZER)["vaccineCode"]["coding"]
    assert [one["code"] for one in codings] == [PFIZER, "J07BN01"]
    assert codings[1]["system"] == ATC
    [only] = document(vaccine=VaccineCode("flu.new"))["vaccineCode"]["coding"]
    assert only == {"system": "urn:e-rejestracja:vaccine", "code": "flu.new"}


def test_a_booster_is_of_no_series() -> None:
    assert document(dose=3, doses=None)["protocolApplied"] == [
        {"series": COVID, "doseNumberPositiveInt": 3}
    ]


def test_why_a_record_was_changed_stays_with_us() -> None:
    made = document(version=2, note="Jan Kowalski, nie Anna", point=PointId("bbbbbbbbbb"))
    assert "Kowalski" not in str(made)
    assert "author" not in str(made)


def test_every_site_has_its_code() -> None:
    assert set(SITES) == set(Site)
    assert len(set(SITES.values())) == len(Site)
