"""The day at a point on the real Spanner emulator: commits in which keys say no, races, calls."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from google.cloud.spanner_v1 import COMMIT_TIMESTAMP

from erejestracja.domain.errors import (
    AlreadyBooked,
    ConsentMissing,
    InvalidRequest,
    Overloaded,
    Refusal,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, derived_id
from erejestracja.domain.vaccination import Site, vaccination_id
from erejestracja.domain.visit import ConsentForm, Visit, VisitStatus
from erejestracja.services import arrivals, dose_records, next_dose, vials
from erejestracja.services.arrivals import Deferral
from erejestracja.services.clinic import Clinic, visit_here
from erejestracja.services.dose_records import Wrong
from erejestracja.services.doses import give
from erejestracja.services.vials import Move, Product
from erejestracja.services.walk_ins import WalkIn, walk_in
from erejestracja.storage.spanner.database import Batch, Database, Keys, key
from erejestracja.storage.spanner.rows import place_values, referral_values
from tests.support.builders import (
    AT_EIGHT,
    COVID,
    DAY,
    PFIZER,
    POINT,
    a_person,
    a_place,
    a_point,
    a_referral,
    a_session,
    a_visit,
)
from tests.support.clinic_case import LOT, MEDIC, NEXT, REGISTRAR, a_dose
from tests.support.clinics import a_clinic, save_visits
from tests.support.desk import SetClock
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import save

pytestmark = pytest.mark.emulator

MEDICS = 16
PEOPLE = [PatientId(derived_id("patient", str(n), length=26)) for n in range(8)]
PLACES = [a_place(index=n // 2, place=n % 2) for n in range(8)]
VISITS = [a_visit(place, person) for place, person in zip(PLACES, PEOPLE, strict=True)]
NOON = AT_EIGHT + timedelta(hours=4)
UNTIL = date(2027, 1, 31)
READ, COMMIT = "streaming_read", "commit"


def delivery(clinic: Clinic, doses: int, lot: str = LOT) -> None:
    move = Move(MEDIC, POINT, lot, doses, f"delivery-{lot}")
    vials.deliver(clinic, move, Product(PFIZER, UNTIL, 6))


@pytest.fixture
def clinic(database: Database) -> Clinic:
    people = [a_person(p) for p in PEOPLE]
    points = [a_point(), a_point(id="bbbbbbbbbb")]
    save(database, points, [a_session(), NEXT], people, [a_referral(p) for p in PEOPLE])
    save_visits(database, *VISITS)
    clinic = a_clinic(database, clock=SetClock(NOON))
    delivery(clinic, 10)
    return clinic


def calls_of(what: Callable[[], Any]) -> list[str]:
    with calls_to_spanner() as made:
        what()
    return made


def stands(clinic: Clinic, visit: Visit) -> Visit:
    return visit_here(clinic, MEDIC, visit.id, None)


def race(runners: list[Callable[[], Any]]) -> list[Any]:
    def outcome(what: Callable[[], Any]) -> Any:
        try:
            return what()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(MEDICS) as pool:
        return list(pool.map(outcome, runners))


def test_the_day_list_is_four_reads_and_the_commit_of_who_saw_it(clinic: Clinic) -> None:
    found: list[Any] = []
    made = calls_of(
        lambda: found.extend(arrivals.day_list(clinic, REGISTRAR, POINT, DAY, "request-1"))
    )
    assert made == [READ, READ, COMMIT, READ, READ]
    assert [one.visit.patient for one in found] == [
        v.patient for v in sorted(VISITS, key=lambda v: (v.starts_at, v.id))
    ]
    assert all(one.person.given_name == "Anna" for one in found)
    assert clinic.desk.records.accesses(PEOPLE[0], 5)[0].action == "day.viewed"
    assert arrivals.day_list(clinic, REGISTRAR, POINT, UNTIL, "request-2") == []


def test_an_arrival_is_one_read_and_one_commit(clinic: Clinic) -> None:
    made = calls_of(lambda: arrivals.arrive(clinic, REGISTRAR, stands(clinic, VISITS[0])))
    assert made == [READ, COMMIT]
    assert stands(clinic, VISITS[0]).status is VisitStatus.ARRIVED


def test_a_form_shown_on_arrival_is_one_read_more_and_kept_through_the_dose(
    database: Database, clinic: Clinic
) -> None:
    child = a_referral(PEOPLE[0], birth_date=date(2010, 3, 4))
    row = {**referral_values(child), "UpdatedAt": COMMIT_TIMESTAMP}
    database.commit(lambda batch: batch.update("Referrals", **row))
    visit = stands(clinic, VISITS[0])
    shown = ConsentForm.PRESENTED
    made = calls_of(lambda: arrivals.arrive(clinic, MEDIC, visit, shown))
    assert made == [READ, COMMIT]
    arrived = stands(clinic, visit)
    assert (arrived.status, arrived.consent) == (VisitStatus.ARRIVED, shown)
    put_right = arrivals.arrive(clinic, MEDIC, arrived, ConsentForm.REQUIRED)
    with pytest.raises(ConsentMissing):
        give(clinic, MEDIC, put_right, a_dose())
    present = ConsentForm.REPRESENTATIVE_PRESENT
    give(clinic, MEDIC, put_right, a_dose(consent=present))
    assert stands(clinic, visit).consent is present


def test_a_dose_is_four_reads_and_one_commit_of_everything(clinic: Clinic) -> None:
    made = calls_of(lambda: give(clinic, MEDIC, stands(clinic, VISITS[0]), a_dose()))
    assert made == [READ, READ, READ, READ, COMMIT]
    [referral] = clinic.desk.records.referrals(PEOPLE[0])
    assert (referral.version, len(referral.given)) == (2, 1)
    lot = clinic.vials.lot(POINT, LOT)
    assert lot
    assert lot.balance == 9
    [record] = clinic.deeds.vaccinations(vaccination_id(PEOPLE[0], COVID, 1))
    assert (record.lot, record.stands, record.performed_at) == (LOT, True, a_dose().at)


def test_the_next_dose_is_booked_after_it(clinic: Clinic) -> None:
    given = give(clinic, MEDIC, stands(clinic, VISITS[0]), a_dose())
    following = next_dose.book_next(clinic, MEDIC, given.visit)
    assert following.visit
    assert (following.visit.dose, following.visit.starts_at) == (2, NEXT.starts_at)


def test_a_dose_is_corrected_and_taken_back(database: Database, clinic: Clinic) -> None:
    delivery(clinic, 2, "DEF456")
    given = give(clinic, MEDIC, stands(clinic, VISITS[0]), a_dose()).vaccination
    day_before = a_dose().at - timedelta(days=1)
    right = Wrong("pomyłka", lot="DEF456", site=Site.RIGHT_THIGH, at=day_before)
    dose_records.correct(clinic, MEDIC, given.id, "1", right)
    recorded = clinic.deeds.vaccinations(given.id)[0].recorded_at
    clinic = a_clinic(database, clock=SetClock(recorded))
    visit, _ = dose_records.take_back(clinic, MEDIC, given.id, "2", "nie podano")
    assert stands(clinic, visit).status is VisitStatus.ARRIVED
    assert {lot.code: lot.balance for lot in clinic.vials.lots(POINT)} == {LOT: 10, "DEF456": 2}
    [referral] = clinic.desk.records.referrals(PEOPLE[0])
    assert (referral.given, referral.version) == ((), 4)
    versions = clinic.deeds.vaccinations(given.id)
    assert [(v.version, v.stands, v.site) for v in versions] == [
        (3, False, Site.RIGHT_THIGH),
        (2, True, Site.RIGHT_THIGH),
        (1, True, Site.LEFT_DELTOID),
    ]


def test_who_is_deferred_leaves_the_visit_and_the_referral_changed_together(
    clinic: Clinic,
) -> None:
    arrivals.defer(clinic, MEDIC, stands(clinic, VISITS[0]), Deferral.ILLNESS, UNTIL)
    [referral] = clinic.desk.records.referrals(PEOPLE[0])
    assert (referral.window, referral.version) == ((UNTIL, None), 2)
    assert stands(clinic, VISITS[0]).status is VisitStatus.CANCELLED


def test_one_visit_recorded_by_sixteen_is_one_dose(database: Database, clinic: Clinic) -> None:
    seen = stands(clinic, VISITS[0])
    medics = [a_clinic(database, clock=SetClock(NOON)) for _ in range(MEDICS)]
    found = race([lambda own=own: give(own, MEDIC, seen, a_dose()) for own in medics])  # type: ignore[misc]
    assert sum(not isinstance(one, Refusal) for one in found) == 1
    assert {type(one) for one in found if isinstance(one, Refusal)} <= {
        VersionMismatch,
        InvalidRequest,
        Overloaded,
    }
    lot = clinic.vials.lot(POINT, LOT)
    assert lot
    assert lot.balance == 9


def test_a_lot_raced_for_never_goes_below_nothing(database: Database, clinic: Clinic) -> None:
    def take(number: int) -> Callable[[], Any]:
        own = a_clinic(database, clock=SetClock(NOON))
        return lambda: vials.give_back(own, Move(MEDIC, POINT, LOT, 1, f"return-{number}"))

    found = race([take(number) for number in range(32)])
    went = sum(not isinstance(one, Refusal) for one in found)
    lot = clinic.vials.lot(POINT, LOT)
    assert lot
    assert lot.balance == 10 - went >= 0
    assert {type(one) for one in found if isinstance(one, Refusal)} <= {InvalidRequest, Overloaded}
    lines = database.read("LotEntries", ("Number", "Balance"), Keys(everything=True))
    assert sorted(lines) == [[number, 11 - number] for number in range(1, went + 2)]


def test_a_delivery_told_sixteen_times_is_one(database: Database, clinic: Clinic) -> None:
    def deliver(_: int) -> Callable[[], Any]:
        own = a_clinic(database, clock=SetClock(NOON))
        return lambda: delivery(own, 6, "NEW123")

    race([deliver(number) for number in range(MEDICS)])
    lot = clinic.vials.lot(POINT, "NEW123")
    assert lot
    assert (lot.balance, lot.number) == (6, 1)


def test_a_transfer_is_both_or_neither(clinic: Clinic) -> None:
    move = Move(MEDIC, POINT, LOT, 4, "transfer-1")
    there = clinic.desk.read_model.point(a_point(id="bbbbbbbbbb").id)
    assert there
    made = calls_of(lambda: vials.transfer(clinic, move, there.id))
    assert made == [READ, READ, COMMIT]
    balances = [lot.balance for point in (POINT, there.id) for lot in clinic.vials.lots(point)]
    assert balances == [6, 4]


def a_walk_in(person: PatientId, key: str = "key") -> WalkIn:
    return WalkIn(person, a_referral(person).id, POINT, PFIZER, key)


def test_a_walk_in_is_two_reads_and_one_commit_and_can_have_the_dose(
    database: Database, clinic: Clinic
) -> None:
    new = PatientId(derived_id("walker", length=26))
    save(database, people=[a_person(new)], referrals=[a_referral(new)])
    made = calls_of(lambda: walk_in(clinic, REGISTRAR, a_walk_in(new)))
    assert made == [READ, READ, COMMIT]
    day = arrivals.day_list(clinic, REGISTRAR, POINT, DAY, "request-1")
    [visit] = [one.visit for one in day if one.visit.patient == new]
    given = give(clinic, MEDIC, visit, a_dose())
    assert given.visit.status is VisitStatus.COMPLETED


def test_one_person_let_in_by_sixteen_has_one_visit(database: Database, clinic: Clinic) -> None:
    elsewhere = VISITS[0]
    save_visit_of_another_day(database, elsewhere)
    clinics = [a_clinic(database, clock=SetClock(NOON)) for _ in range(MEDICS)]
    person = elsewhere.patient
    found = race(
        [
            lambda own=own, n=n: walk_in(own, REGISTRAR, a_walk_in(person, str(n)))  # type: ignore[misc]
            for n, own in enumerate(clinics)
        ]
    )
    assert sum(not isinstance(one, Refusal) for one in found) == 1
    assert {type(one) for one in found if isinstance(one, Refusal)} <= {AlreadyBooked, Overloaded}
    statuses = sorted(visit.status for visit in clinic.desk.records.visits(person))
    assert statuses == [VisitStatus.ARRIVED, VisitStatus.CANCELLED]


def save_visit_of_another_day(database: Database, visit: Visit) -> None:
    """Move a visit to a later day, where nobody is at this moment."""
    later = a_place(NEXT)

    def fill(batch: Batch) -> None:
        batch.delete("Places", key(*place_values(visit.place).values()))
        batch.update("Visits", VisitId=visit.id, **place_values(later), StartsAt=NEXT.starts_at)
        batch.insert(
            "Places",
            **place_values(later),
            Kind="visit",
            ClaimId=visit.id,
            UpdatedAt=COMMIT_TIMESTAMP,
        )

    database.commit(fill)
