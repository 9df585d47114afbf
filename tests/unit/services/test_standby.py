"""Standby lists: who is put on, who is next, one desk at a time, and what takes people off."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from erejestracja.domain.errors import (
    AlreadyBooked,
    InvalidRequest,
    NotAllowed,
    NotEligible,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, PointId, ProgrammeId
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.standby import CallOutcome, Standby, Standing
from erejestracja.domain.visit import VisitStatus
from erejestracja.ports import Clash
from erejestracja.services import doses, standby
from erejestracja.services.joining import LONGEST, Wish
from erejestracja.services.standby import Asking, Reserve
from erejestracja.services.walk_ins import WalkIn, walk_in
from tests.support.builders import (
    COVID,
    JANSSEN,
    MODERNA,
    PFIZER,
    POINT,
    a_person,
    a_place,
    a_point,
    a_referral,
    an_actor,
)
from tests.support.clinic_case import ANNA, JAN, MEDIC, NEXT, REGISTRAR, ClinicCase, a_dose
from tests.support.fake_standby import FakeStandby
from tests.support.standby_contract import OTHER, StandbyContract

ASKING = Asking(REGISTRAR, POINT, "request-1")
SECOND = Asking(an_actor(*REGISTRAR.roles, subject="desk-2"), POINT, "request-2")
UNTIL = date(2026, 12, 24)
OLGA = PatientId("o" * 26)
FLU = ProgrammeId("influenza")


class ReserveCase(ClinicCase):
    """A point whose standby list is empty; Jan and Olga have a referral and no visit."""

    def __init__(self) -> None:
        super().__init__()
        for who, born in ((JAN, date(1990, 1, 1)), (OLGA, date(1940, 1, 1))):
            self.store.people[who] = a_person(who)
            referral = a_referral(who, birth_date=born)
            self.store.all_referrals[who, referral.id] = referral
        self.lists = FakeStandby(self.store)
        self.reserve = Reserve(self.clinic, self.lists)

    def joined(self, who: PatientId = JAN, **changes: Any) -> Standby:
        facts: dict[str, Any] = {
            "patient": who,
            "programme": COVID,
            "vaccines": (PFIZER,),
            "until": UNTIL,
        }
        return standby.join(self.reserve, ASKING, Wish(**(facts | changes)))

    def called(self, who: PatientId = JAN, asking: Asking = ASKING) -> Standby:
        return standby.call(self.reserve, asking, self.joined(who).id)

    def answered(self, outcome: CallOutcome) -> Standby:
        return standby.answer(self.reserve, ASKING, self.called().id, outcome, None)

    def now_on_the_list(self) -> list[PatientId]:
        found = standby.queue(self.reserve, ASKING)
        return [turn.standby.patient for turn in found]


@pytest.fixture
def case() -> ReserveCase:
    return ReserveCase()


class TestFakeStandby(StandbyContract):
    @pytest.fixture
    def lists(self, case: ReserveCase) -> FakeStandby:
        case.store.all_referrals[JAN, a_referral(JAN).id] = a_referral(JAN)
        return case.lists


def test_an_empty_list_is_shown_and_nobody_was_seen(case: ReserveCase) -> None:
    assert standby.queue(case.reserve, ASKING) == []
    assert case.store.seen_by == []


def test_the_list_says_who_is_next_by_group_then_by_waiting(case: ReserveCase) -> None:
    case.joined(JAN)
    case.later(timedelta(hours=1))
    case.joined(OLGA)
    first, second = standby.queue(case.reserve, ASKING)
    assert (first.standby.patient, second.standby.patient) == (OLGA, JAN)
    assert (first.group, first.may_have) == ("from80", (PFIZER,))
    assert first.person
    assert [a.action for a in case.store.accesses(OLGA, 1)] == ["reserve.viewed"]
    assert case.told() == ["standby.joined", "standby.joined"]


def test_who_joins_again_keeps_how_long_they_waited_and_may_wish_otherwise(
    case: ReserveCase,
) -> None:
    first = case.joined()
    case.later(timedelta(hours=2))
    assert case.joined() == first
    changed = case.joined(vaccines=(PFIZER, MODERNA, MODERNA))
    assert changed == replace(first, vaccines=(MODERNA, PFIZER), number=2)


def test_who_waits_elsewhere_or_has_a_visit_is_not_put_on(case: ReserveCase) -> None:
    other = case.lists
    elsewhere = replace(case.joined(), point=OTHER)
    case.store.tables.standby[JAN, COVID] = elsewhere
    with pytest.raises(InvalidRequest) as no:
        case.joined()
    assert set(no.value.fields) == {"patientId"}
    assert other.of(POINT) == []
    with pytest.raises(AlreadyBooked) as booked:
        case.joined(ANNA)
    assert booked.value.visit == case.anna.id


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"vaccines": ()}, "vaccines"),
        ({"vaccines": (JANSSEN,)}, "vaccines"),
        ({"until": date(2026, 12, 6)}, "until"),
        ({"until": date(2026, 12, 8) + LONGEST}, "until"),
    ],
)
def test_a_wish_that_cannot_be_is_named(
    case: ReserveCase, changes: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(InvalidRequest) as no:
        case.joined(**changes)
    assert set(no.value.fields) == {wrong}


def test_a_vaccine_of_another_programme_is_no_wish(case: ReserveCase) -> None:
    case.desk.read_model.points[POINT] = a_point(vaccines=frozenset({PFIZER, "flu"}))
    with pytest.raises(InvalidRequest):
        case.joined(vaccines=("flu",))
    with pytest.raises(NotFound):
        case.joined(programme=FLU)


def test_who_has_no_referral_or_is_not_registered_is_not_put_on(case: ReserveCase) -> None:
    case.store.people.pop(JAN)
    with pytest.raises(NotFound):
        case.joined()
    case.store.all_referrals.pop((JAN, a_referral(JAN).id))
    with pytest.raises(InvalidRequest):
        case.joined()


def test_only_staff_of_the_point_and_only_of_a_known_one(case: ReserveCase) -> None:
    stranger = Asking(an_actor(*REGISTRAR.roles, points=frozenset({OTHER})), POINT, "request-1")
    wish = Wish(JAN, COVID, (PFIZER,), UNTIL)
    with pytest.raises(NotAllowed):
        standby.queue(case.reserve, stranger)
    with pytest.raises(NotAllowed):
        standby.join(case.reserve, stranger, wish)
    with pytest.raises(NotAllowed):
        standby.remove(case.reserve, stranger, case.joined().id)
    unknown = PointId("zzzzzzzzzz")
    of_unknown = an_actor(*REGISTRAR.roles, points=frozenset({unknown}))
    with pytest.raises(NotFound):
        standby.join(case.reserve, Asking(of_unknown, unknown, "request-1"), wish)


def test_one_desk_calls_at_a_time_and_sees_the_telephone(case: ReserveCase) -> None:
    called = case.called()
    turn, person = standby.person_called(case.reserve, ASKING, called.id)
    assert (turn.standby, person.phone) == (called, a_person(JAN).phone)
    assert standby.call(case.reserve, ASKING, called.id) == called
    with pytest.raises(VersionMismatch):
        standby.call(case.reserve, SECOND, called.id)
    with pytest.raises(NotFound):
        standby.person_called(case.reserve, SECOND, called.id)
    trail = [access.action for access in case.store.accesses(JAN, 2)]
    assert trail == ["reserve.phone", "reserve.called"]


def test_when_the_minutes_are_over_another_desk_may_call(case: ReserveCase) -> None:
    called = case.called()
    case.later(timedelta(minutes=10))
    with pytest.raises(NotFound):
        standby.person_called(case.reserve, ASKING, called.id)
    assert standby.call(case.reserve, SECOND, called.id).called_by == "desk-2"


def test_who_is_not_registered_any_more_cannot_be_called(case: ReserveCase) -> None:
    called = case.called()
    del case.store.people[JAN]
    with pytest.raises(NotFound):
        standby.person_called(case.reserve, ASKING, called.id)


def test_a_desk_that_saw_an_older_entry_calls_nobody(case: ReserveCase) -> None:
    seen = case.joined()
    case.joined(vaccines=(MODERNA,))
    with pytest.raises(VersionMismatch):
        standby.call(case.reserve, ASKING, seen.id, "1")
    with pytest.raises(VersionMismatch):
        standby.remove(case.reserve, ASKING, seen.id, "1")


def test_who_may_not_have_a_dose_now_is_not_called(case: ReserveCase) -> None:
    seen = case.joined()
    referral = case.referral(JAN)
    tomorrow = (date(2026, 12, 8), None)
    case.store.all_referrals[JAN, referral.id] = replace(referral, window=tomorrow)
    with pytest.raises(NotEligible) as no:
        standby.call(case.reserve, ASKING, seen.id)
    assert no.value.from_ == date(2026, 12, 8)
    [turn] = standby.queue(case.reserve, ASKING)
    assert not turn.is_next


def test_who_has_a_visit_after_all_is_taken_off_when_called(case: ReserveCase) -> None:
    seen = case.joined()
    kept = dict(case.store.tables.standby)
    booked = case.booked(JAN, a_place(NEXT), starts_at=NEXT.starts_at)
    case.store.tables.standby.update(kept)
    with pytest.raises(AlreadyBooked) as no:
        standby.call(case.reserve, ASKING, seen.id)
    assert no.value.visit == booked.id
    assert case.lists.of(POINT) == []
    assert case.desk.publisher.told[-1].data["reason"] == "booked"


@pytest.mark.parametrize("outcome", CallOutcome)
def test_what_a_call_came_to_is_written_down(case: ReserveCase, outcome: CallOutcome) -> None:
    answered = case.answered(outcome)
    assert case.lists.of(POINT) == [answered]
    told = case.desk.publisher.told[-1]
    assert (told.type, told.data["outcome"]) == ("standby.answered", outcome.value)
    with pytest.raises(VersionMismatch):
        standby.answer(case.reserve, ASKING, answered.id, outcome, "1")


def test_nobody_answers_who_was_not_called(case: ReserveCase) -> None:
    with pytest.raises(InvalidRequest):
        standby.answer(case.reserve, ASKING, case.joined().id, CallOutcome.COMING, None)


def test_who_is_not_reached_three_times_on_end_is_taken_off(case: ReserveCase) -> None:
    for _ in range(3):
        last = case.answered(CallOutcome.NOT_REACHED)
        case.later(timedelta(minutes=30))
    assert last.standing is Standing.LEFT
    assert case.now_on_the_list() == []
    assert case.desk.publisher.told[-1].data["reason"] == "unreachable"


def test_who_wishes_no_more_is_taken_off_and_may_come_again(case: ReserveCase) -> None:
    entry = case.joined()
    standby.remove(case.reserve, ASKING, entry.id, "1")
    with pytest.raises(NotFound):
        standby.remove(case.reserve, ASKING, entry.id)
    assert case.joined().number == 3


def test_the_last_day_ends_the_waiting_and_it_may_begin_anew(case: ReserveCase) -> None:
    entry = case.joined(until=date(2026, 12, 7))
    case.later(timedelta(days=1))
    assert case.now_on_the_list() == []
    with pytest.raises(NotFound):
        standby.call(case.reserve, ASKING, entry.id)
    again = case.joined()
    assert (again.number, again.since > entry.since) == (2, True)


def test_who_comes_is_a_walk_in_and_waits_no_more(case: ReserveCase) -> None:
    case.answered(CallOutcome.COMING)
    request = WalkIn(JAN, a_referral(JAN).id, POINT, PFIZER, "key")
    visit = walk_in(case.clinic, REGISTRAR, request)
    assert case.now_on_the_list() == []
    given = doses.give(case.clinic, MEDIC, visit, a_dose())
    assert given.vaccination.stands


def test_who_has_come_has_a_visit_by_one_press_and_pressing_again_finds_nobody(
    case: ReserveCase,
) -> None:
    coming = case.answered(CallOutcome.COMING)
    visit = standby.come(case.reserve, ASKING, coming.id, PFIZER)
    assert (visit.patient, visit.status, visit.vaccine) == (JAN, VisitStatus.ARRIVED, PFIZER)
    with pytest.raises(NotFound):
        standby.come(case.reserve, ASKING, coming.id, PFIZER)


def test_who_has_come_is_given_only_what_they_wished_and_may_have(case: ReserveCase) -> None:
    coming = case.answered(CallOutcome.COMING)
    with pytest.raises(InvalidRequest):
        standby.come(case.reserve, ASKING, coming.id, MODERNA)
    used = replace(case.referral(JAN), status=ReferralStatus.USED)
    case.store.all_referrals[JAN, used.id] = used
    with pytest.raises(NotEligible):
        standby.come(case.reserve, ASKING, coming.id, PFIZER)


def test_a_dose_takes_off_who_came_by_another_way(case: ReserveCase) -> None:
    request = WalkIn(JAN, a_referral(JAN).id, POINT, PFIZER, "key")
    visit = walk_in(case.clinic, REGISTRAR, request)
    kept = replace(ReserveCase().joined(), number=1)
    case.store.tables.standby[JAN, COVID] = kept
    doses.give(case.clinic, MEDIC, visit, a_dose())
    assert case.now_on_the_list() == []


def test_steps_that_others_take_first_are_told_as_such(case: ReserveCase) -> None:
    entry = case.joined()
    case.lists.steps[JAN, COVID, 2] = Standing.CALLED
    for what in (standby.call, standby.remove):
        with pytest.raises(VersionMismatch):
            what(case.reserve, ASKING, entry.id)


@pytest.mark.parametrize("what", [standby.call, standby.remove])
def test_who_is_taken_off_meanwhile_is_not_found(case: ReserveCase, what: Any) -> None:
    entry = case.joined()
    case.lists.entry = lambda *_: entry  # type: ignore[method-assign]
    case.store.tables.standby.clear()
    with pytest.raises(NotFound):
        what(case.reserve, ASKING, entry.id)


def test_who_never_gets_through_is_asked_to_try_again(case: ReserveCase) -> None:
    def busy(*_: Any) -> Any:
        raise Clash("Table StandbySteps: Row already exists")

    case.lists.join = busy  # type: ignore[method-assign, assignment]
    with pytest.raises(Overloaded):
        case.joined()


def test_a_point_unknown_to_the_read_model_is_told_without_its_powiat(case: ReserveCase) -> None:
    entry = case.joined()
    del case.desk.read_model.points[POINT]
    standby.remove(case.reserve, ASKING, entry.id)
    assert case.desk.publisher.told[-1].data["powiat"] is None
