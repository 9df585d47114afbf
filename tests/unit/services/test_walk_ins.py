"""Walk-ins: a visit and a place made for it, there and then."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.errors import (
    AlreadyBooked,
    IdempotencyConflict,
    InvalidRequest,
    NotAllowed,
    NotEligible,
    NotFound,
    Overloaded,
)
from erejestracja.domain.ids import PatientId, PointId
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.ports import Clash
from erejestracja.services import arrivals, doses
from erejestracja.services.walk_ins import WalkIn, walk_in
from tests.support.builders import (
    DAY,
    JANSSEN,
    PFIZER,
    POINT,
    a_person,
    a_place,
    a_referral,
    a_session,
    an_actor,
)
from tests.support.clinic_case import ANNA, JAN, MEDIC, NEXT, REGISTRAR, ClinicCase, a_dose

OTHER = PointId("bbbbbbbbbb")
ELSEWHERE = a_session(OTHER, day=DAY + timedelta(days=1))


@pytest.fixture
def case() -> ClinicCase:
    case = ClinicCase(ELSEWHERE)
    case.store.people[JAN] = a_person(JAN)
    case.store.all_referrals[JAN, a_referral(JAN).id] = a_referral(JAN)
    return case


def came(case: ClinicCase, who: PatientId = JAN, key: str = "key", **changes: Any) -> Visit:
    facts: dict[str, Any] = {
        "patient": who,
        "referral": a_referral(who).id,
        "point": POINT,
        "vaccine": PFIZER,
        "key": key,
    }
    return walk_in(case.clinic, REGISTRAR, WalkIn(**(facts | changes)))


def test_who_comes_without_a_visit_has_one_and_is_on_the_day_list(case: ClinicCase) -> None:
    visit = came(case)
    assert (visit.status, visit.dose, visit.version) == (VisitStatus.ARRIVED, 1, 1)
    listed = arrivals.day_list(case.clinic, REGISTRAR, POINT, DAY, "request-1")
    assert visit.id in {one.visit.id for one in listed}
    [told] = case.desk.publisher.told
    assert (told.type, told.data["placesChanged"]) == ("visit.arrived", True)
    state = case.desk.read_model.state(visit.place.slot.session)
    assert state
    assert state.free_in_all() == 0


def test_a_walk_in_can_have_the_dose(case: ClinicCase) -> None:
    visit = came(case)
    given = doses.give(case.clinic, MEDIC, visit, a_dose())
    assert given.visit.status is VisitStatus.COMPLETED


def test_the_same_request_twice_is_one_visit_and_another_is_refused(case: ClinicCase) -> None:
    first = came(case)
    assert len(case.store.tables.visits) == 2
    with pytest.raises(AlreadyBooked):
        came(case, key="another")
    done, waiting = case.store.active_visit, [None]
    case.store.active_visit = lambda *a: waiting.pop() if waiting else done(*a)  # type: ignore[method-assign]
    assert came(case).id == first.id
    waiting.append(None)
    case.store.all_referrals[JAN, a_referral(JAN).id] = a_referral(JAN)
    with pytest.raises(IdempotencyConflict):
        came(case, vaccine="cov19.moderna")
    assert len(case.store.tables.visits) == 2


def test_the_visit_elsewhere_is_cancelled_and_its_place_is_free(case: ClinicCase) -> None:
    booked = case.booked(JAN, a_place(ELSEWHERE), starts_at=ELSEWHERE.starts_at)
    visit = came(case)
    assert case.visit(booked).status is VisitStatus.CANCELLED
    assert booked.place not in case.store.tables.places
    change = case.store.tables.changes[booked.id, 2]
    assert change.detail == {"reason": "vaccinatedElsewhere", "walkIn": visit.id}
    assert [e.type for e in case.desk.publisher.told if e.topic == "visits"] == [
        "visit.cancelled",
        "visit.arrived",
    ]


def test_an_orphaned_visit_has_no_place_to_free(case: ClinicCase) -> None:
    place = a_place(NEXT)
    booked = case.booked(JAN, place, status=VisitStatus.ORPHANED, starts_at=NEXT.starts_at)
    came(case)
    assert case.visit(booked).status is VisitStatus.CANCELLED
    assert place in case.store.tables.places


def test_who_has_a_visit_here_today_is_told_which(case: ClinicCase) -> None:
    with pytest.raises(AlreadyBooked) as no:
        came(case, ANNA)
    assert no.value.visit == case.anna.id


def test_who_has_arrived_elsewhere_is_there(case: ClinicCase) -> None:
    case.booked(JAN, a_place(ELSEWHERE), status=VisitStatus.ARRIVED)
    with pytest.raises(AlreadyBooked):
        came(case)


def test_what_cannot_be_is_refused(case: ClinicCase) -> None:
    with pytest.raises(InvalidRequest):
        came(case, vaccine=JANSSEN)
    with pytest.raises(NotEligible):
        came(case, referral=a_referral(ANNA).id)
    with pytest.raises(NotAllowed):
        came(case, point=OTHER)
    unknown = an_actor(*REGISTRAR.roles, points=frozenset({PointId("zzzzzzzzzz")}))
    request = WalkIn(JAN, a_referral(JAN).id, PointId("zzzzzzzzzz"), PFIZER, "key")
    with pytest.raises(NotFound):
        walk_in(case.clinic, unknown, request)


def test_whose_other_visit_changes_meanwhile_is_decided_again(case: ClinicCase) -> None:
    booked = case.booked(JAN, a_place(ELSEWHERE), starts_at=ELSEWHERE.starts_at)
    arrive, waiting = case.store.arrive, [True]

    def raced(arrival: Any) -> Any:
        if waiting:
            waiting.pop()
            case.store.tables.changes[booked.id, 2] = arrival.change
            later = replace(booked, version=2)
            case.store.tables.visits[booked.id] = (later, "digest")
        return arrive(arrival)

    case.store.arrive = raced  # type: ignore[method-assign]
    came(case)
    assert case.visit(booked).version == 3


def test_who_never_gets_through_is_asked_to_come_again(case: ClinicCase) -> None:
    def busy(_: Any) -> Any:
        raise Clash("Table Sessions: Row already exists")

    case.store.arrive = busy  # type: ignore[method-assign, assignment]
    with pytest.raises(Overloaded):
        came(case)
