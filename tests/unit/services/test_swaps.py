"""Swaps: a dose that nobody came for, who has it instead, and whose visits change place."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from erejestracja.domain.errors import (
    AlreadyBooked,
    InvalidRequest,
    NotAllowed,
    NotFound,
    Overloaded,
    Reason,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, PlaceKey, PointId, SlotKey
from erejestracja.domain.session import SessionState
from erejestracja.domain.swaps import Why
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.ports import Clash
from erejestracja.services import arrivals, doses, swaps
from erejestracja.services.arrivals import Deferral
from erejestracja.services.standby import Asking
from tests.support.builders import DAY, POINT, a_referral, an_actor
from tests.support.clinic_case import ANNA, JAN, MEDIC
from tests.support.clinic_case import a_dose as a_dose_given
from tests.support.swaps_case import ASKING, SwapsCase, begun

OLGA, ADAM = PatientId("o" * 26), PatientId("d" * 26)
OTHER = PointId("bbbbbbbbbb")


@pytest.fixture
def case() -> SwapsCase:
    return SwapsCase()


def proposed(case: SwapsCase) -> list[tuple[list[PatientId], bool]]:
    _, found = swaps.propose(case.clinic, ASKING, case.anna.id)
    return [([v.patient for v in one.swap.chain], one.swap.keeps_date) for one in found]


def swap(case: SwapsCase, *visits: Visit, asking: Asking = ASKING, **changes: Any) -> list[Visit]:
    facts = {"etag": str(case.anna.version), "chain": [one.id for one in visits], **changes}
    return swaps.carry_out(case.clinic, asking, case.anna.id, **facts).visits


def messages(case: SwapsCase) -> list[tuple[PatientId, str]]:
    notices = case.store.tables.notices.values()
    return sorted((one.patient, one.template) for one in notices)


def test_who_missed_a_dose_makes_room_for_a_first_one_within_five_weeks(case: SwapsCase) -> None:
    case.missed()
    case.comes(JAN, 7)
    case.comes(OLGA, 28)
    case.comes(ADAM, 36)
    assert proposed(case) == [([OLGA], True), ([JAN], False)]
    assert [a.action for a in case.store.accesses(OLGA, 1)] == ["swap.viewed"]


def test_the_old_date_becomes_that_of_the_next_dose_where_the_interval_fits(
    case: SwapsCase,
) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    now, later = swap(case, olga)
    assert (now.id, now.status, now.dose) == (olga.id, VisitStatus.ARRIVED, 1)
    assert now.place.slot.session.day == DAY
    assert (later.dose, later.place, later.starts_at) == (2, olga.place, olga.starts_at)
    case.check_places()
    assert messages(case) == [(OLGA, "booked")]
    assert case.told()[-4:] == [
        "visit.replaced",
        "visit.arrived",
        "visit.booked",
        "sms.requested",
    ]
    state = case.desk.read_model.state(now.place.slot.session)
    assert isinstance(state, SessionState)
    assert state.free_in_all() == 0
    doses.give(case.clinic, MEDIC, now, a_dose_given(at=case.desk.clock.now()))
    assert case.referral(OLGA).next_dose == 2


@pytest.mark.parametrize(
    ("waived", "still"),
    [
        (Reason.COHORT_NOT_OPEN, Reason.COHORT_NOT_OPEN),
        (Reason.INTERVAL, None),
        (Reason.REFERRAL_EXPIRED, None),
    ],
)
def test_what_two_people_set_aside_for_one_dose_is_not_set_aside_for_the_next(
    case: SwapsCase, waived: Reason, still: Reason | None
) -> None:
    case.missed()
    olga = replace(case.comes(OLGA, 28), waived=waived)
    case.store.tables.visits[olga.id] = (olga, "digest")
    now, later = swap(case, olga)
    assert (now.waived, later.waived) == (waived, still)


def test_where_the_interval_does_not_fit_the_old_place_is_free(case: SwapsCase) -> None:
    case.missed()
    jan = case.comes(JAN, 7)
    [now] = swap(case, jan)
    assert now.status is VisitStatus.ARRIVED
    assert jan.place not in case.store.tables.places
    assert messages(case) == []
    case.check_places()


def test_a_dose_that_has_gone_to_somebody_goes_to_nobody_else(case: SwapsCase) -> None:
    case.missed()
    jan, olga = case.comes(JAN, 27), case.comes(OLGA, 28)
    swap(case, olga)
    with pytest.raises(VersionMismatch):
        swap(case, jan)
    with pytest.raises(InvalidRequest):
        swap(case, jan, etag=None)
    with pytest.raises(InvalidRequest):
        proposed(case)
    assert case.visit_of(case.anna.id).status is VisitStatus.NO_SHOW


def test_who_was_put_off_changes_places_with_somebody_planned_at_about_that_day(
    case: SwapsCase,
) -> None:
    case.comes(JAN, 9, dose=2)
    olga = case.comes(OLGA, 11, dose=2)
    case.comes(ADAM, 25, dose=2)
    case.put_off(10)
    assert proposed(case) == [([OLGA], False)]
    case.store.tables.notices.clear()
    now, annas = swap(case, olga)
    assert (now.id, now.status, now.dose) == (olga.id, VisitStatus.ARRIVED, 2)
    assert (annas.patient, annas.place, annas.dose) == (ANNA, olga.place, 2)
    assert annas.status is VisitStatus.BOOKED
    case.check_places()
    assert messages(case) == [(ANNA, "booked")]


def test_who_was_put_off_takes_no_place_that_their_referral_does_not_allow(
    case: SwapsCase,
) -> None:
    case.of(ANNA, begun(ANNA, window=(None, DAY + timedelta(days=12))))
    olga = case.comes(OLGA, 13, dose=2)
    case.put_off(10)
    assert proposed(case) == []
    with pytest.raises(InvalidRequest):
        swap(case, olga)


@pytest.mark.parametrize("of_whom", [ANNA, OLGA])
def test_nobody_takes_a_place_that_is_for_people_of_other_birth_dates(
    case: SwapsCase, of_whom: PatientId
) -> None:
    young = begun(OLGA, birth_date=date(1990, 1, 1))
    jan, olga = case.comes(JAN, 20, dose=2), case.comes(OLGA, 41, dose=2, referral=young)
    case.put_off(40)
    taken = olga if of_whom is ANNA else jan
    sessions, key = case.store.tables.sessions, taken.place.slot.session
    # Anna was born in 1959
    born_from = date(1980, 1, 1) if of_whom is ANNA else None
    born_to = date(1980, 1, 1) if of_whom is OLGA else None
    assert proposed(case) == [([JAN, OLGA], False)]
    sessions[key] = replace(sessions[key], born_from=born_from, born_to=born_to)
    assert proposed(case) == []
    with pytest.raises(InvalidRequest):
        swap(case, jan, olga)


def test_who_is_put_off_for_longer_is_reached_over_others_between(case: SwapsCase) -> None:
    jan, olga = case.comes(JAN, 20, dose=2), case.comes(OLGA, 41, dose=2)
    case.put_off(40)
    assert proposed(case) == [([JAN, OLGA], False)]
    now, moved, annas = swap(case, jan, olga)
    assert (now.patient, now.status) == (JAN, VisitStatus.ARRIVED)
    assert (moved.patient, moved.place) == (OLGA, jan.place)
    assert (annas.patient, annas.place) == (ANNA, olga.place)
    case.check_places()
    assert messages(case) == [(ANNA, "booked"), (OLGA, "moved")]


@pytest.mark.parametrize("days", [40, 100])
def test_where_nobody_is_between_nothing_is_proposed(case: SwapsCase, days: int) -> None:
    case.comes(OLGA, 41, dose=2)
    case.put_off(days)
    assert proposed(case) == []
    assert case.store.accesses(OLGA, 1) == []


def test_who_has_booked_anew_changes_places_with_nobody(case: SwapsCase) -> None:
    olga = case.comes(OLGA, 11, dose=2)
    case.put_off(10)
    again = case.comes(ANNA, 12, dose=2, referral=case.referral())
    for what in (lambda: proposed(case), lambda: swap(case, olga)):
        with pytest.raises(AlreadyBooked) as no:
            what()
        assert no.value.visit == again.id


def test_who_may_not_have_the_dose_today_is_not_proposed_and_cannot_come(case: SwapsCase) -> None:
    case.missed()
    young = case.comes(JAN, 27, referral=a_referral(JAN, birth_date=date(2016, 1, 1)))
    second = case.comes(OLGA, 28, dose=2)
    assert proposed(case) == []
    for visit in (young, second):
        with pytest.raises(InvalidRequest):
            swap(case, visit)
    with pytest.raises(InvalidRequest):
        swap(case)
    far = case.comes(ADAM, 36)
    with pytest.raises(InvalidRequest):
        swap(case, far)


def test_a_missed_dose_is_for_one(case: SwapsCase) -> None:
    case.missed()
    jan, olga = case.comes(JAN, 27), case.comes(OLGA, 28)
    with pytest.raises(InvalidRequest):
        swap(case, jan, olga)


def test_only_a_dose_of_today_that_nobody_came_for_is_free(case: SwapsCase) -> None:
    olga = case.comes(OLGA, 28)
    arrived = arrivals.arrive(case.clinic, MEDIC, case.anna)
    with pytest.raises(InvalidRequest):
        swap(case, olga, etag=None)
    never = arrivals.defer(case.clinic, MEDIC, arrived, Deferral.CONTRAINDICATION, None)
    assert never.status is VisitStatus.CANCELLED
    with pytest.raises(InvalidRequest):
        proposed(case)


def test_yesterday_s_dose_is_not_free(case: SwapsCase) -> None:
    case.missed()
    case.later(timedelta(days=1))
    with pytest.raises(InvalidRequest):
        proposed(case)


def test_staff_see_and_change_their_own_point_only(case: SwapsCase) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    stranger = Asking(an_actor(*MEDIC.roles, points=frozenset({OTHER})), POINT, "request-1")
    with pytest.raises(NotAllowed):
        swaps.propose(case.clinic, stranger, case.anna.id)
    with pytest.raises(NotAllowed):
        swap(case, olga, asking=stranger)
    of_two = an_actor(*MEDIC.roles, points=frozenset({POINT, OTHER}))
    with pytest.raises(NotFound):
        swap(case, olga, asking=Asking(of_two, OTHER, "request-1"))
    del case.desk.read_model.points[POINT]
    with pytest.raises(NotFound):
        swap(case, olga)


def test_who_has_their_visit_at_another_point_cannot_come(case: SwapsCase) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    elsewhere = SlotKey(replace(olga.place.slot.session, point=OTHER), 0)
    case.store.tables.visits[olga.id] = (replace(olga, place=PlaceKey(elsewhere, 0)), "digest")
    with pytest.raises(NotFound):
        swap(case, olga)


def test_whose_visit_changes_meanwhile_is_told_and_nothing_else_changes(case: SwapsCase) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    exchange = case.store.exchange

    def raced(planned: Any) -> Any:
        case.store.tables.changes[olga.id, 2] = planned.replaced.change
        case.store.tables.visits[olga.id] = (replace(olga, version=2), "digest")
        return exchange(planned)

    case.store.exchange = raced  # type: ignore[method-assign, assignment]
    with pytest.raises(VersionMismatch):
        swap(case, olga)
    assert case.visit_of(olga.id).place == olga.place
    case.check_places()


def test_who_has_cancelled_meanwhile_cannot_come(case: SwapsCase) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    gone = replace(olga, status=VisitStatus.CANCELLED, version=2)
    case.store.tables.visits[olga.id] = (gone, "digest")
    with pytest.raises(VersionMismatch):
        swap(case, olga)


def test_who_never_gets_through_is_asked_to_try_again(case: SwapsCase) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)

    def busy(_: Any) -> Any:
        raise Clash("Table Sessions: Row already exists")

    case.store.exchange = busy  # type: ignore[method-assign, assignment]
    with pytest.raises(Overloaded):
        swap(case, olga)


@pytest.mark.parametrize(("days", "kept"), [(20, True), (29, False), (None, False)])
def test_who_comes_and_is_put_off_too_has_their_date_again_where_it_is_late_enough(
    case: SwapsCase, days: int | None, *, kept: bool
) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    now, later = swap(case, olga)
    until = DAY + timedelta(days=days) if days else None
    arrivals.defer(case.clinic, MEDIC, now, Deferral.ILLNESS, until)
    after = case.visit_of(later.id)
    if kept:
        assert case.standing(OLGA) == [after]
        assert (after.dose, after.place, after.version) == (1, olga.place, 2)
        assert (OLGA, "moved") in messages(case)
    else:
        assert after.status is VisitStatus.CANCELLED
        assert olga.place not in case.store.tables.places
        assert (OLGA, "cancelled") in messages(case)
    case.check_places()


def test_a_later_visit_that_has_lost_its_place_is_left_as_it_is(case: SwapsCase) -> None:
    case.missed()
    now, later = swap(case, case.comes(OLGA, 28))
    orphaned = replace(later, status=VisitStatus.ORPHANED)
    case.store.tables.visits[later.id] = (orphaned, "digest")
    arrivals.defer(case.clinic, MEDIC, now, Deferral.ILLNESS, None)
    assert case.visit_of(later.id) == orphaned


def test_a_programme_without_a_rule_for_the_next_dose_keeps_no_date(case: SwapsCase) -> None:
    [programme] = case.desk.programmes.all()
    bare = replace(programme, intervals=())
    case.desk.programmes.programmes = (bare,)  # type: ignore[attr-defined]
    case.missed()
    olga = case.comes(OLGA, 28)
    dose, [found] = swaps.propose(case.clinic, ASKING, case.anna.id)
    assert (dose.why, found.swap.chain[0].id, found.swap.keeps_date) == (
        Why.MISSED,
        olga.id,
        False,
    )
    assert begun(OLGA).next_dose == 2
