"""Doses given: visit, record, referrals and vials in one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from erejestracja.domain.errors import (
    InvalidRequest,
    NotEligible,
    Overloaded,
    Reason,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, PointId
from erejestracja.domain.referral import DoseGiven, ReferralKind, ReferralStatus
from erejestracja.domain.session import Visibility
from erejestracja.domain.vials import Movement
from erejestracja.domain.visit import VisitStatus
from erejestracja.ports import Clash
from erejestracja.services import arrivals, booking, next_dose
from erejestracja.services.booking import BookVisit
from erejestracja.services.doses import Dose, Outlook, give, outlook
from erejestracja.services.places import Wanted
from tests.support.builders import (
    AT_EIGHT,
    DAY,
    JANSSEN,
    MODERNA,
    PFIZER,
    POINT,
    a_place,
    a_session,
)
from tests.support.builders import (
    a_dose as a_dose_given,
)
from tests.support.clinic_case import (
    ANNA,
    JAN,
    LOT,
    MEDIC,
    NEXT,
    REGISTRAR,
    ClinicCase,
    a_dose,
    a_lot,
)


@pytest.fixture
def case() -> ClinicCase:
    return ClinicCase()


def test_one_action_writes_visit_record_referral_and_vial(case: ClinicCase) -> None:
    given = give(case.clinic, MEDIC, case.anna, a_dose())
    assert case.visit().status is given.visit.status is VisitStatus.COMPLETED
    [record] = case.record()
    assert (record.dose, record.doses, record.lot, record.author) == (1, 2, LOT, "medic")
    assert case.referral().given == (DoseGiven(1, DAY, PFIZER),)
    assert case.referral().status is ReferralStatus.IN_USE
    assert case.balance() == 9
    assert case.told() == ["visit.completed", "vaccination.recorded", "lot.entered"]


def test_who_has_arrived_can_have_the_dose_too(case: ClinicCase) -> None:
    arrived = arrivals.arrive(case.clinic, REGISTRAR, case.anna)
    assert give(case.clinic, MEDIC, arrived, a_dose()).visit.version == 3


def test_who_comes_on_an_earlier_day_leaves_the_place_free(case: ClinicCase) -> None:
    case.later(-timedelta(days=1))
    give(case.clinic, MEDIC, case.anna, a_dose(at=case.desk.clock.at))
    assert case.anna.place not in case.store.tables.places
    assert case.desk.publisher.told[0].data["placesChanged"]


def test_the_same_dose_told_twice_is_one(case: ClinicCase) -> None:
    first = give(case.clinic, MEDIC, case.anna, a_dose())
    again = give(case.clinic, MEDIC, case.visit(), a_dose())
    assert (again.vaccination.id, again.visit) == (first.vaccination.id, case.visit())
    assert again.visit.version == first.visit.version
    assert case.balance() == 9
    with pytest.raises(InvalidRequest):
        give(case.clinic, MEDIC, case.visit(), a_dose(performer="1234567P"))


WRONG: list[tuple[str, Dose]] = [
    ("lot", a_dose(lot="XYZ999")),
    ("vaccine", a_dose(vaccine=MODERNA)),
    ("at", a_dose(at=AT_EIGHT + timedelta(minutes=6))),
    ("at", a_dose(at=AT_EIGHT - timedelta(days=30))),
    ("doseNumber", a_dose(number=2)),
]


@pytest.mark.parametrize(("field", "dose"), WRONG)
def test_what_cannot_be_is_refused_by_its_field(case: ClinicCase, field: str, dose: Dose) -> None:
    with pytest.raises(InvalidRequest) as no:
        give(case.clinic, MEDIC, case.anna, dose)
    assert set(no.value.fields) == {field}
    assert case.record() == []
    assert case.balance() == 10


LOTS: list[tuple[str, dict[str, Any]]] = [
    ("has no dose left", {"balance": 0}),
    ("expired on 2026-12-06", {"expires_on": DAY - timedelta(days=1)}),
]


@pytest.mark.parametrize(("said", "changes"), LOTS)
def test_a_lot_that_is_used_up_or_too_old_is_refused(
    case: ClinicCase, said: str, changes: dict[str, Any]
) -> None:
    case.store.tables.lots[POINT, LOT] = a_lot(**changes)
    with pytest.raises(InvalidRequest) as no:
        give(case.clinic, MEDIC, case.anna, a_dose())
    assert no.value.fields == {"lot": said}


def test_a_dose_is_the_visit_s(case: ClinicCase) -> None:
    second = replace(case.anna, dose=2)
    case.store.tables.visits[second.id] = (second, "digest")
    with pytest.raises(InvalidRequest) as no:
        give(case.clinic, MEDIC, second, a_dose())
    assert no.value.fields == {"doseNumber": "is not the visit's, which is 2"}


def test_another_product_may_be_given_where_the_rules_allow_it(case: ClinicCase) -> None:
    case.store.tables.lots[POINT, "MOD1"] = a_lot(code="MOD1", vaccine=MODERNA)
    give(case.clinic, MEDIC, case.anna, a_dose(lot="MOD1", vaccine=MODERNA))
    assert case.referral().given[0].vaccine == MODERNA


def test_a_product_that_is_not_allowed_is_refused_with_the_reason(case: ClinicCase) -> None:
    case.store.tables.lots[POINT, "JAN1"] = a_lot(code="JAN1", vaccine=JANSSEN)
    case.changed(birth_date=date(2012, 1, 1))
    with pytest.raises(NotEligible) as no:
        give(case.clinic, MEDIC, case.anna, a_dose(lot="JAN1", vaccine=JANSSEN))
    assert no.value.reason == "age"


def test_a_referral_that_expired_after_booking_is_still_good(case: ClinicCase) -> None:
    case.changed(expires_on=DAY - timedelta(days=1))
    assert give(case.clinic, MEDIC, case.anna, a_dose()).visit.status is VisitStatus.COMPLETED


def test_a_booster_is_of_no_series(case: ClinicCase) -> None:
    had = (a_dose_given(1, date(2026, 1, 5)), a_dose_given(2, date(2026, 2, 5)))
    case.changed(kind=ReferralKind.BOOSTER, given=had)
    third = replace(case.anna, dose=3)
    case.store.tables.visits[third.id] = (third, "digest")
    given = give(case.clinic, MEDIC, third, a_dose(number=3))
    assert given.vaccination.doses is None
    assert case.referral().status is ReferralStatus.USED


def racing(case: ClinicCase, first: Callable[[], Any]) -> None:
    """Let somebody else commit between this one's reads and its commit, once."""
    do, waiting = case.store.do, [first]

    def raced(deed: Any) -> Any:
        if waiting:
            waiting.pop()()
        return do(deed)

    case.store.do = raced  # type: ignore[method-assign]


def test_two_doses_from_one_lot_at_once_are_both_counted(case: ClinicCase) -> None:
    jan = case.booked(JAN, a_place(place=1))
    racing(case, lambda: give(case.clinic, MEDIC, jan, a_dose()))
    give(case.clinic, MEDIC, case.anna, a_dose())
    assert case.balance() == 8
    used = [e for e in case.store.tables.entries.values() if e.movement is Movement.USE]
    assert [entry.lot.number for entry in used] == [2, 3]


def test_of_two_who_record_the_same_visit_one_is_told(case: ClinicCase) -> None:
    racing(case, lambda: give(case.clinic, MEDIC, case.anna, a_dose()))
    with pytest.raises(VersionMismatch):
        give(case.clinic, MEDIC, case.anna, a_dose(performer="1234567P"))
    assert case.balance() == 9


def test_a_referral_that_changes_meanwhile_is_decided_by_as_it_is(case: ClinicCase) -> None:
    racing(case, lambda: case.changed(version=5, status=ReferralStatus.CANCELLED))
    with pytest.raises(NotEligible):
        give(case.clinic, MEDIC, case.anna, a_dose())
    assert case.record() == []


def test_who_never_gets_through_is_asked_to_come_again(case: ClinicCase) -> None:
    def busy(_: Any) -> Any:
        raise Clash("Table LotEntries: Row already exists")

    case.store.do = busy  # type: ignore[method-assign, assignment]
    with pytest.raises(Overloaded):
        give(case.clinic, MEDIC, case.anna, a_dose())


def test_the_next_dose_is_booked_at_the_soonest_date_of_its_interval(case: ClinicCase) -> None:
    given = give(case.clinic, MEDIC, case.anna, a_dose())
    following = next_dose.book_next(case.clinic, MEDIC, given.visit)
    assert following.visit
    assert (following.visit.dose, following.visit.starts_at) == (2, NEXT.starts_at)
    again = next_dose.book_next(case.clinic, MEDIC, given.visit)
    assert again.proposals or again.visit == following.visit


def test_where_nothing_is_wanted_it_is_only_proposed(case: ClinicCase) -> None:
    given = give(case.clinic, MEDIC, case.anna, a_dose())
    following = next_dose.propose(case.clinic, MEDIC, given.visit)
    assert following.visit is None
    assert {p.state.session.key for p in following.proposals} == {NEXT.key}


def test_a_place_taken_meanwhile_is_passed_over(case: ClinicCase) -> None:
    given = give(case.clinic, MEDIC, case.anna, a_dose())
    for place, who in enumerate((JAN, PatientId("k" * 26))):
        case.booked(who, a_place(NEXT, place=place), starts_at=NEXT.starts_at)
    following = next_dose.book_next(case.clinic, MEDIC, given.visit)
    assert following.visit
    assert following.visit.starts_at == NEXT.start_of(1)


def test_a_place_lost_at_the_last_moment_is_passed_over(case: ClinicCase) -> None:
    given = give(case.clinic, MEDIC, case.anna, a_dose())
    book, waiting = case.store.book, [True]

    def raced(*args: Any, **kwargs: Any) -> Any:
        if waiting:
            waiting.pop()
            for place, who in enumerate((JAN, PatientId("k" * 26))):
                case.booked(who, a_place(NEXT, place=place), starts_at=NEXT.starts_at)
        return book(*args, **kwargs)

    case.store.book = raced  # type: ignore[method-assign]
    following = next_dose.book_next(case.clinic, MEDIC, given.visit)
    assert following.visit
    assert following.visit.starts_at == NEXT.start_of(1)


def test_a_point_that_search_does_not_know_yet_has_no_proposals(case: ClinicCase) -> None:
    given = give(case.clinic, MEDIC, case.anna, a_dose())
    case.desk.read_model.states.clear()
    case.desk.read_model.points.clear()
    assert next_dose.propose(case.clinic, MEDIC, given.visit) == next_dose.Next()


def test_the_point_s_own_places_are_offered_to_it() -> None:
    internal = replace(NEXT, visibility=Visibility.INTERNAL)
    case = ClinicCase(internal)
    given = give(case.clinic, MEDIC, case.anna, a_dose())
    following = next_dose.book_next(case.clinic, MEDIC, given.visit)
    assert following.visit


def test_another_point_s_places_are_only_proposed() -> None:
    elsewhere = a_session(PointId("bbbbbbbbbb"), day=NEXT.key.day)
    case = ClinicCase(elsewhere)
    del case.desk.read_model.states[NEXT.key]
    given = give(case.clinic, MEDIC, case.anna, a_dose())
    following = next_dose.book_next(case.clinic, MEDIC, given.visit)
    assert following.visit is None
    assert {p.state.session.key for p in following.proposals} == {elsewhere.key}


def test_after_the_last_dose_nothing_follows(case: ClinicCase) -> None:
    case.changed(given=(a_dose_given(),))
    last = replace(case.anna, dose=2)
    case.store.tables.visits[last.id] = (last, "digest")
    given = give(case.clinic, MEDIC, last, a_dose(number=2))
    assert next_dose.book_next(case.clinic, MEDIC, given.visit) == next_dose.Next()


def test_where_there_is_no_place_at_all_there_is_no_proposal(case: ClinicCase) -> None:
    del case.desk.read_model.states[NEXT.key]
    given = give(case.clinic, MEDIC, case.anna, a_dose())
    assert next_dose.propose(case.clinic, MEDIC, given.visit) == next_dose.Next()


def test_a_booking_decided_before_the_dose_is_decided_again(case: ClinicCase) -> None:
    """A referral's version says no to who books the first dose while it is being given."""
    give(case.clinic, MEDIC, case.anna, a_dose())
    request = BookVisit(REGISTRAR, ANNA, case.referral().id, Wanted(slot=a_place(NEXT).slot), "k")
    assert booking.book(case.desk, request).visit.dose == 2


class TestOutlook:
    """What a medic is told before a dose."""

    def told(self, case: ClinicCase) -> Outlook:
        return outlook(case.clinic, MEDIC, case.visit(), case.referral())

    def test_of_a_dose_that_may_be_given_says_nothing(self, case: ClinicCase) -> None:
        assert self.told(case) == Outlook()

    def test_of_a_dose_that_would_be_refused_says_why(self, case: ClinicCase) -> None:
        case.changed(status=ReferralStatus.CANCELLED)
        refused = self.told(case).refused
        assert refused
        assert refused.reason is Reason.NO_REFERRAL

    @pytest.mark.parametrize(("days", "is_late"), [(42, False), (43, True)])
    def test_of_a_late_dose_names_the_day_it_missed(
        self, case: ClinicCase, days: int, is_late: bool
    ) -> None:
        first = DoseGiven(1, DAY - timedelta(days=days), PFIZER)
        case.changed(given=(first,), status=ReferralStatus.IN_USE)
        visit = replace(case.visit(), dose=2)
        found = outlook(case.clinic, MEDIC, visit, case.referral())
        assert found == Outlook(late_since=DAY - timedelta(days=1) if is_late else None)
