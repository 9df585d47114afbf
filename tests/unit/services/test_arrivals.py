"""The day at a point."""

from datetime import date, timedelta

import pytest

from erejestracja.domain.errors import (
    InvalidRequest,
    NotAllowed,
    NotEligible,
    NotFound,
    VersionMismatch,
)
from erejestracja.domain.ids import PointId, VisitId
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.visit import VisitStatus
from erejestracja.services import arrivals, booking
from erejestracja.services.arrivals import Deferral
from erejestracja.services.booking import BookVisit
from erejestracja.services.clinic import visit_here
from erejestracja.services.places import Wanted
from tests.support.builders import DAY, POINT, a_place, a_session, an_actor
from tests.support.clinic_case import ANNA, JAN, MEDIC, NEXT, REGISTRAR, ClinicCase

LATER = a_place(index=3)


@pytest.fixture
def case() -> ClinicCase:
    return ClinicCase()


def test_the_day_list_says_who_comes_by_start_and_that_it_was_seen(case: ClinicCase) -> None:
    jan = case.booked(JAN, LATER, starts_at=case.anna.starts_at + timedelta(minutes=45))
    found = arrivals.day_list(case.clinic, REGISTRAR, POINT, DAY, "request-1")
    assert [(one.visit.id, one.person is not None) for one in found] == [
        (case.anna.id, True),
        (jan.id, True),
    ]
    seen = {(patient, access.actor, access.action) for patient, access in case.store.seen_by}
    assert seen == {(who, "registrar", "day.viewed") for who in (ANNA, JAN)}


def test_the_day_list_says_to_which_room_who_comes_goes(case: ClinicCase) -> None:
    there, nowhere = a_session(room="Gabinet 2"), a_session(nr=99)
    case.store.tables.sessions.update({one.key: one for one in (there, nowhere)})
    jan = case.booked(JAN, a_place(nowhere))
    found = arrivals.day_list(case.clinic, REGISTRAR, POINT, DAY, "request-1")
    assert {one.visit.id: one.room for one in found} == {case.anna.id: "Gabinet 2", jan.id: None}


def test_a_day_without_visits_is_empty_and_nobody_was_seen(case: ClinicCase) -> None:
    day = DAY + timedelta(days=1)
    assert arrivals.day_list(case.clinic, REGISTRAR, POINT, day, "request-1") == []
    assert case.store.seen_by == []


def test_staff_of_another_point_see_nobody(case: ClinicCase) -> None:
    other = an_actor(*REGISTRAR.roles, points=frozenset({PointId("bbbbbbbbbb")}))
    with pytest.raises(NotAllowed):
        arrivals.day_list(case.clinic, other, POINT, DAY, "request-1")
    with pytest.raises(NotAllowed):
        visit_here(case.clinic, other, case.anna.id, None)


def test_who_arrives_twice_has_arrived(case: ClinicCase) -> None:
    arrived = arrivals.arrive(case.clinic, REGISTRAR, case.anna)
    assert arrived.status is VisitStatus.ARRIVED
    assert arrivals.arrive(case.clinic, REGISTRAR, case.visit()) == case.visit()
    assert case.told() == ["visit.arrived"]


def test_nobody_arrives_on_another_day(case: ClinicCase) -> None:
    case.later(timedelta(days=1))
    with pytest.raises(InvalidRequest):
        arrivals.arrive(case.clinic, REGISTRAR, case.anna)


def test_nobody_is_missed_before_their_time_and_who_comes_late_has_come(case: ClinicCase) -> None:
    case.later(-timedelta(minutes=10))
    with pytest.raises(InvalidRequest):
        arrivals.miss(case.clinic, REGISTRAR, case.anna)
    case.later(timedelta(minutes=30))
    missed = arrivals.miss(case.clinic, REGISTRAR, case.anna)
    assert missed.status is VisitStatus.NO_SHOW
    assert arrivals.miss(case.clinic, REGISTRAR, case.visit()).version == missed.version
    assert arrivals.arrive(case.clinic, REGISTRAR, missed).status is VisitStatus.ARRIVED


def test_who_did_not_come_may_book_again(case: ClinicCase) -> None:
    arrivals.miss(case.clinic, REGISTRAR, case.anna)
    wanted = Wanted(slot=a_place(NEXT).slot)
    request = BookVisit(REGISTRAR, ANNA, case.referral().id, wanted, "key")
    assert booking.book(case.desk, request).visit.status is VisitStatus.BOOKED


def test_who_is_deferred_cannot_book_before_that_day(case: ClinicCase) -> None:
    until = NEXT.key.day + timedelta(days=1)
    ended = arrivals.defer(case.clinic, MEDIC, case.anna, Deferral.ILLNESS, until)
    assert ended.status is VisitStatus.CANCELLED
    request = BookVisit(REGISTRAR, ANNA, case.referral().id, Wanted(slot=a_place(NEXT).slot), "key")
    with pytest.raises(NotEligible) as no:
        booking.book(case.desk, request)
    assert no.value.from_ == until
    [change] = case.store.tables.changes.values()
    assert change.detail == {"reason": "illness", "until": until.isoformat()}


def test_who_may_never_have_it_has_no_referral_any_more(case: ClinicCase) -> None:
    arrivals.defer(case.clinic, MEDIC, case.anna, Deferral.CONTRAINDICATION, None)
    assert case.referral().status is ReferralStatus.CANCELLED


def test_a_deferral_ends_ahead(case: ClinicCase) -> None:
    with pytest.raises(InvalidRequest):
        arrivals.defer(case.clinic, MEDIC, case.anna, Deferral.OTHER, DAY)


def test_a_place_whose_time_is_still_ahead_is_free_again(case: ClinicCase) -> None:
    jan = case.booked(JAN, LATER, starts_at=case.anna.starts_at + timedelta(minutes=45))
    arrivals.defer(case.clinic, MEDIC, jan, Deferral.ILLNESS, date(2027, 1, 4))
    assert jan.place not in case.store.tables.places
    assert case.anna.place in case.store.tables.places
    [told] = [e for e in case.desk.publisher.told if e.type == "visit.deferred"]
    assert told.data["placesChanged"]


def test_what_cannot_happen_to_a_visit_is_refused(case: ClinicCase) -> None:
    arrivals.defer(case.clinic, MEDIC, case.anna, Deferral.ILLNESS, date(2027, 1, 4))
    with pytest.raises(InvalidRequest):
        arrivals.arrive(case.clinic, REGISTRAR, case.visit())


def test_whoever_was_second_is_told_that_the_visit_has_changed(case: ClinicCase) -> None:
    seen = case.anna
    arrivals.arrive(case.clinic, REGISTRAR, seen)
    with pytest.raises(VersionMismatch):
        arrivals.miss(case.clinic, REGISTRAR, seen)
    with pytest.raises(VersionMismatch):
        visit_here(case.clinic, REGISTRAR, seen.id, "1")
    assert case.visit().status is VisitStatus.ARRIVED


def test_a_visit_that_is_not_there_is_not_found(case: ClinicCase) -> None:
    with pytest.raises(NotFound):
        visit_here(case.clinic, REGISTRAR, VisitId("none"), None)
