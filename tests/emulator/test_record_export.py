"""Each dose once: real rows, a record that loses answers, and every push delivered twice."""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from erejestracja.domain.exports import ExportStatus
from erejestracja.domain.ids import PatientId, VaccinationId, derived_id
from erejestracja.domain.sending import NotYet
from erejestracja.domain.vaccination import Site
from erejestracja.ports import Gone
from erejestracja.services import dose_records, vials
from erejestracja.services.clinic import Clinic
from erejestracja.services.dose_records import Wrong
from erejestracja.services.doses import give
from erejestracja.services.record_export import Exporter
from erejestracja.services.vials import Move, Product
from erejestracja.services.work_list import WorkList
from erejestracja.storage.spanner.database import Database
from erejestracja.storage.spanner.deeds import SpannerDeeds
from erejestracja.storage.spanner.exports import Identities, SpannerExports
from erejestracja.storage.spanner.outbox import Outbox
from tests.support import national_record
from tests.support.builders import (
    AT_EIGHT,
    PFIZER,
    POINT,
    a_person,
    a_place,
    a_point,
    a_referral,
    a_session,
    a_visit,
)
from tests.support.clinic_case import LOT, MEDIC, NEXT, a_dose
from tests.support.clinics import a_clinic, save_visits
from tests.support.desk import RememberingPublisher, SetClock
from tests.support.exports import a_pesel
from tests.support.national_record import Record
from tests.support.spanner import save

pytestmark = pytest.mark.emulator
PEOPLE = [PatientId(derived_id("patient", str(n), length=26)) for n in range(8)]
VISITS = [a_visit(a_place(index=n // 2, place=n % 2), person) for n, person in enumerate(PEOPLE)]
RIGHT = Wrong("pomyłka", site=Site.RIGHT_THIGH)


@pytest.fixture(scope="module")
def running() -> Iterator[Record]:
    with national_record.running() as record:
        yield record


@pytest.fixture
def record(running: Record) -> Iterator[Record]:
    running.empty()
    yield running
    running.behave(down=False, latency_ms=0, error_rate=0, drop_rate=0, refuse=None)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    people = [a_person(p) for p in PEOPLE]
    save(database, [a_point()], [a_session(), NEXT], people, [a_referral(p) for p in PEOPLE])
    save_visits(database, *VISITS)
    for number, person in enumerate(PEOPLE):
        pesel = str(a_pesel(serial=number))
        database.commit(
            lambda batch, own=(person, pesel): batch.update(  # type: ignore[misc]
                "Patients", PatientId=own[0], Pesel=own[1]
            )
        )
    clinic = a_clinic(database, clock=SetClock(AT_EIGHT + timedelta(hours=4)))
    move = Move(MEDIC, POINT, LOT, 10, "delivery")
    vials.deliver(clinic, move, Product(PFIZER, date(2027, 1, 31), 6))
    return clinic


def given(clinic: Clinic, number: int = len(VISITS)) -> list[VaccinationId]:
    """Give so many people their doses; return the records'."""
    doses = [give(clinic, MEDIC, visit, a_dose()) for visit in VISITS[:number]]
    return [dose.vaccination.id for dose in doses]


def exporter(database: Database, record: Record) -> Exporter:
    parts = (SpannerDeeds(database), Identities(database), SpannerExports(database))
    return Exporter(*parts, record.adapter(), RememberingPublisher())


def delivered(exporter: Exporter, vaccination: VaccinationId) -> None:
    """Deliver a push until it is acknowledged, as Pub/Sub does, and by upkeep after that."""
    for _ in range(40):
        try:
            exporter.export({"vaccination": vaccination})
        except (NotYet, Gone):
            continue
        if newest(exporter, vaccination).status is not ExportStatus.PENDING:
            return
    pytest.fail("it never ended")


def newest(exporter: Exporter, vaccination: VaccinationId) -> Any:
    rows: Any = exporter.exports
    return rows.newest(vaccination)


def outcomes(database: Database) -> Sequence[str]:
    waiting = [one.event for page in Outbox(database).pages() for one in page]
    return sorted(event.id for event in waiting if event.topic == "exports")


def test_each_dose_is_there_once_and_told_once(
    database: Database, clinic: Clinic, record: Record
) -> None:
    doses = given(clinic)
    record.behave(drop_rate=0.3, error_rate=0.2, seed=1)
    own = exporter(database, record)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda dose: delivered(own, dose), doses * 2))
    for dose in doses:
        [kept] = record.kept(dose)
        assert kept["document"]["status"] == "completed"
        assert newest(own, dose).status is ExportStatus.ACCEPTED
    assert outcomes(database) == sorted(f"{dose}.1.accepted.0" for dose in doses)


def test_whatever_order_events_come_in_the_newest_version_stands(
    database: Database, clinic: Clinic, record: Record
) -> None:
    doses = given(clinic)
    record.behave(drop_rate=0.3, latency_ms=5, seed=2)
    own = exporter(database, record)

    def corrected(dose: VaccinationId) -> None:
        dose_records.correct(clinic, MEDIC, dose, "1", RIGHT)
        delivered(own, dose)

    work = [(delivered, (own, dose)) for dose in doses] + [(corrected, (dose,)) for dose in doses]
    random.Random(3).shuffle(work)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(what, *about) for what, about in work]:
            done.result()
    for dose in doses:
        last = record.kept(dose)[-1]["document"]
        assert (last["meta"]["versionId"], last["site"]["coding"][0]["code"]) == ("2", "RT")
        assert (newest(own, dose).version, newest(own, dose).status) == (2, "accepted")
    assert SpannerExports(database).failed(POINT, 10) == []


def test_what_is_refused_is_on_the_list_until_it_is_corrected_or_asked_for_again(
    database: Database, clinic: Clinic, record: Record
) -> None:
    corrected, asked = given(clinic, 2)
    own = exporter(database, record)
    work_list = WorkList(SpannerExports(database), RememberingPublisher())
    record.behave(refuse="unknown-lot")
    for dose in (corrected, asked):
        delivered(own, dose)
    failed = work_list.failed(MEDIC, POINT)
    assert [(one.vaccination, one.failure) for one in failed] == [
        (corrected, "unknown_lot"),
        (asked, "unknown_lot"),
    ]
    dose_records.correct(clinic, MEDIC, corrected, "1", RIGHT)
    work_list.retry(MEDIC, POINT, asked)
    assert work_list.failed(MEDIC, POINT) == []
    record.behave(refuse=None)
    for dose in (corrected, asked):
        delivered(own, dose)
    assert [len(record.kept(dose)) for dose in (corrected, asked)] == [1, 1]
    assert {newest(own, dose).status for dose in (corrected, asked)} == {ExportStatus.ACCEPTED}


def test_a_dose_taken_back_is_entered_in_error_there(
    database: Database, clinic: Clinic, record: Record
) -> None:
    [dose] = given(clinic, 1)
    own = exporter(database, record)
    delivered(own, dose)
    recorded = clinic.deeds.vaccinations(dose)[0].recorded_at
    later = a_clinic(database, clock=SetClock(recorded))
    dose_records.take_back(later, MEDIC, dose, "1", "nie podano")
    delivered(own, dose)
    statuses = [one["document"]["status"] for one in record.kept(dose)]
    assert statuses == ["completed", "entered-in-error"]
