"""A vaccine given in place of another on one day: who may have it, and who not."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from erejestracja.domain import calendar
from erejestracja.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    NotFound,
    Overloaded,
    Reason,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, VaccineCode
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.series import SeriesId
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.substitutions import SubstitutionId
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.services import schedule, substituting
from erejestracja.services.settling import settle_open
from erejestracja.services.substituting import Asked, Substituting
from tests.support.builders import DAY, JANSSEN, MODERNA, NOW, PFIZER, a_dose, a_referral
from tests.support.fake_schedules import live_sessions
from tests.support.schedule_case import ADMIN, Case

LATER = DAY + timedelta(days=1)


@pytest.fixture
def case() -> Case:
    case = Case()
    case.point = replace(case.point, vaccines=frozenset({PFIZER, MODERNA, JANSSEN}))
    case.schedules.points = {case.point.id: case.point}
    case.made()
    return case


def asked(
    case: Case,
    to: VaccineCode = MODERNA,
    *,
    day: date = DAY,
    from_: VaccineCode = PFIZER,
    key: str = "key",
) -> Substituting:
    request = Asked(day, from_, to, key)
    return substituting.asked_for(case.board, ADMIN, case.point, request)


def changed(case: Case, to: VaccineCode = MODERNA, **more: str) -> Substituting:
    found = asked(case, to, **more)  # type: ignore[arg-type]
    assert substituting.carry_out(case.board, found)
    return found


def undone(case: Case, found: Substituting) -> Substituting:
    return substituting.undone(case.board, ADMIN, case.point, found.substitution.id)


def begun(case: Case, visit: Visit, vaccine: VaccineCode, on: date) -> Visit:
    """Let a visit be of somebody's second dose, begun with a vaccine."""
    referral = a_referral(
        visit.patient, given=(a_dose(1, on, vaccine),), status=ReferralStatus.IN_USE
    )
    case.store.all_referrals[visit.patient, referral.id] = referral
    return visit


def is_now(case: Case, visit: Visit) -> tuple[VisitStatus, VaccineCode]:
    assert case.now(visit).starts_at == visit.starts_at
    return case.status(visit), case.now(visit).vaccine


def test_a_preview_changes_nothing(case: Case) -> None:
    visit = case.visit("anna")
    found = asked(case)
    assert [one.visit.vaccine for one in found.staying()] == [MODERNA]
    assert found.conflicts() == []
    assert is_now(case, visit) == (VisitStatus.BOOKED, PFIZER)


def test_who_may_have_it_keeps_time_and_place_and_hears_nothing(case: Case) -> None:
    visit, next_day = case.visit("anna", index=3), case.visit("jan", day=1)
    changed(case)
    assert is_now(case, visit) == (VisitStatus.BOOKED, MODERNA)
    assert is_now(case, next_day) == (VisitStatus.BOOKED, PFIZER)
    assert case.store.tables.notices == {}
    assert case.is_open_as_ruled()
    session = case.store.tables.sessions[case.now(visit).place.slot.session]
    assert session.vaccines == (MODERNA,)


def test_who_is_too_young_or_begun_with_another_wants_another_place(case: Case) -> None:
    grown, young, second = (case.visit(who, index=n) for n, who in enumerate(("a", "b", "c")))
    child = a_referral(PatientId("b"), birth_date=date(2011, 1, 1))
    case.store.all_referrals[child.patient, child.id] = child
    begun(case, second, PFIZER, date(2026, 10, 1))
    found = changed(case, JANSSEN)
    assert {(one.visit.patient, one.reason) for one in found.conflicts()} == {
        ("b", Reason.AGE),
        ("c", Reason.VACCINE_MISMATCH),
    }
    assert is_now(case, grown) == (VisitStatus.BOOKED, JANSSEN)
    assert is_now(case, young) == (VisitStatus.ORPHANED, PFIZER)
    assert is_now(case, second) == (VisitStatus.ORPHANED, PFIZER)


def test_a_second_dose_of_what_is_given_instead_is_checked_for_its_interval(case: Case) -> None:
    soon, due = case.visit("a", index=0), case.visit("b", index=1)
    begun(case, soon, MODERNA, DAY - timedelta(days=20))
    begun(case, due, MODERNA, DAY - timedelta(days=21))
    found = changed(case)
    assert [(one.visit.patient, one.reason) for one in found.conflicts()] == [
        ("a", Reason.INTERVAL)
    ]
    assert is_now(case, due) == (VisitStatus.BOOKED, MODERNA)


def test_who_has_no_referral_any_more_is_a_conflict(case: Case) -> None:
    visit = case.visit("a")
    case.store.all_referrals.clear()
    [one] = changed(case).conflicts()
    assert (one.visit, one.reason) == (visit, None)


def test_undoing_gives_everybody_their_vaccine_and_who_can_their_time(case: Case) -> None:
    kept, lost = case.visit("a", index=0), case.visit("b", index=1)
    begun(case, lost, PFIZER, date(2026, 10, 1))
    found = changed(case)
    assert is_now(case, lost)[0] is VisitStatus.ORPHANED
    back = undone(case, found)
    assert [one.visit.vaccine for one in back.staying()] == [PFIZER]
    assert substituting.carry_out(case.board, back)
    assert is_now(case, kept) == (VisitStatus.BOOKED, PFIZER)
    assert is_now(case, lost) == (VisitStatus.BOOKED, PFIZER)
    assert case.is_open_as_ruled()
    with pytest.raises(VersionMismatch):
        undone(case, found)


def test_it_survives_edits_and_can_be_undone_after_them(case: Case) -> None:
    visit = case.visit("a")
    found = changed(case)
    case.change(places=3)
    assert is_now(case, visit) == (VisitStatus.BOOKED, MODERNA)
    substituting.carry_out(case.board, undone(case, found))
    assert is_now(case, visit) == (VisitStatus.BOOKED, PFIZER)
    assert case.is_open_as_ruled()


def test_undone_as_an_edit_of_its_series_visits_find_back_too(case: Case) -> None:
    visit = case.visit("a")
    changed(case)
    edits = case.schedules.plans.edits
    forth = case.undo(edits[max(edits)])
    assert is_now(case, visit) == (VisitStatus.BOOKED, PFIZER)
    case.undo(forth)
    assert is_now(case, visit) == (VisitStatus.BOOKED, MODERNA)
    assert case.is_open_as_ruled()


def test_over_several_days_it_is_one_change_undone_as_one(case: Case) -> None:
    first, later, after = (case.visit(who, day=n) for n, who in enumerate(("a", "b", "c")))
    request = Asked(DAY, PFIZER, MODERNA, "key", LATER)
    found = substituting.asked_for(case.board, ADMIN, case.point, request)
    assert substituting.carry_out(case.board, found)
    assert [is_now(case, one)[1] for one in (first, later, after)] == [MODERNA, MODERNA, PFIZER]
    assert case.is_open_as_ruled()
    with pytest.raises(IdempotencyConflict):
        asked(case)
    case.board.clock.at = NOW + timedelta(days=6)  # type: ignore[attr-defined]
    assert substituting.carry_out(case.board, undone(case, found))
    assert [is_now(case, one)[1] for one in (first, later)] == [MODERNA, PFIZER]


def test_of_several_vaccines_only_the_one_is_replaced(case: Case) -> None:
    case.change(also=(JANSSEN,))
    first, other = case.visit("a", index=0), case.visit("b", index=1)
    tables = case.store.tables
    tables.visits[other.id] = (replace(other, vaccine=JANSSEN), "")
    changed(case)
    assert is_now(case, first) == (VisitStatus.BOOKED, MODERNA)
    assert is_now(case, other) == (VisitStatus.BOOKED, JANSSEN)


def test_every_series_of_the_day_follows_in_one_commit(case: Case) -> None:
    two = replace(case.reach().series, id=SeriesId("series-2"), dose=2)
    case.done(schedule.made(case.board, ADMIN, case.point, replace(two, number=0)))
    commits: list[str] = []
    case.schedules.before_commit = commits.append
    changed(case)
    assert commits.count("begin") == 1
    of_day = [
        s.vaccines
        for key, s in case.store.tables.sessions.items()
        if key.day == DAY and key not in case.schedules.plans.withdrawn_by
    ]
    assert of_day == [(MODERNA,)] * 2


def test_the_same_key_changes_it_once(case: Case) -> None:
    first = changed(case)
    again = asked(case)
    assert (again.substitution, again.impacts) == (first.substitution, ())
    assert substituting.carry_out(case.board, again)
    with pytest.raises(IdempotencyConflict):
        asked(case, JANSSEN)


@pytest.mark.parametrize("kills", range(8))
def test_killed_before_any_commit_it_completes_by_itself(case: Case, kills: int) -> None:
    kept, lost = case.visit("a", index=0), case.visit("b", index=1)
    begun(case, lost, PFIZER, date(2026, 10, 1))
    found = asked(case)
    with case.schedules.killed_after(kills):
        substituting.carry_out(case.board, found)
    settle_open(case.board)
    has_begun = kills > 0
    assert is_now(case, kept) == (VisitStatus.BOOKED, MODERNA if has_begun else PFIZER)
    status = VisitStatus.ORPHANED if has_begun else VisitStatus.BOOKED
    assert is_now(case, lost) == (status, PFIZER)
    assert case.is_open_as_ruled()


def test_what_is_cut_off_is_said(case: Case) -> None:
    def away(what: str) -> None:
        if what == "publish":
            raise Overloaded(retry_after=1)

    found = asked(case)
    case.schedules.before_commit = away
    assert not substituting.carry_out(case.board, found)


@pytest.mark.parametrize(
    ("named", "wrong"),
    [
        (Asked(NOW.date(), PFIZER, MODERNA, "k"), {"from"}),
        (Asked(NOW.date() - timedelta(days=1), PFIZER, MODERNA, "k"), {"day"}),
        (Asked(DAY, MODERNA, PFIZER, "k"), {"from"}),
        (Asked(DAY, PFIZER, MODERNA, "k", DAY - timedelta(days=1)), {"last"}),
        (Asked(DAY, PFIZER, MODERNA, "k", DAY + timedelta(days=31)), {"last"}),
        (Asked(DAY, PFIZER, PFIZER, "k"), {"to"}),
        (Asked(DAY, PFIZER, VaccineCode("another"), "k"), {"to"}),
    ],
)
def test_what_cannot_be_meant_is_named(case: Case, named: Asked, wrong: set[str]) -> None:
    with pytest.raises(InvalidRequest) as no:
        substituting.asked_for(case.board, ADMIN, case.point, named)
    assert set(no.value.fields) == wrong


def test_one_that_never_was_or_is_over_cannot_be_undone(case: Case) -> None:
    with pytest.raises(NotFound):
        substituting.undone(case.board, ADMIN, case.point, SubstitutionId("other"))
    found = changed(case)
    case.at("15:45")
    with pytest.raises(NotFound):
        undone(case, found)
    case.at("08:00", day=1)
    with pytest.raises(NotFound):
        undone(case, found)


def stands(case: Case) -> list[tuple[str, tuple[VaccineCode, ...]]]:
    """Return from which local hour on what is given on `DAY`."""
    live = [s for s in live_sessions(case.schedules).values() if s.key.day == DAY]
    live.sort(key=lambda one: one.starts_at)
    return [(f"{calendar.local(one.starts_at):%H:%M}", one.vaccines) for one in live]


def test_of_today_what_has_not_begun_is_changed(case: Case) -> None:
    begun, late, next_day = case.visit("a", index=7), case.visit("b", index=9), case.visit("c", 1)
    case.at("10:07")
    found = asked(case)
    assert found.today_from == late.starts_at
    assert [one.visit.id for one in found.staying()] == [late.id]
    changed(case)
    assert stands(case) == [("08:00", (PFIZER,)), ("10:15", (MODERNA,))]
    assert is_now(case, begun) == (VisitStatus.BOOKED, PFIZER)
    assert is_now(case, late) == (VisitStatus.BOOKED, MODERNA)
    assert is_now(case, next_day) == (VisitStatus.BOOKED, PFIZER)
    assert case.store.tables.notices == {}
    assert asked(case).impacts == ()


def test_the_slot_that_begins_at_this_minute_has_begun(case: Case) -> None:
    visit = case.visit("a", index=8)
    case.at("10:00")
    assert asked(case).visits == ()
    changed(case)
    assert is_now(case, visit) == (VisitStatus.BOOKED, PFIZER)


def test_of_today_who_may_not_have_it_wants_another_place(case: Case) -> None:
    visit = begun(case, case.visit("a", index=12), PFIZER, date(2026, 10, 1))
    case.at("10:07")
    assert [one.reason for one in changed(case).conflicts()] == [Reason.VACCINE_MISMATCH]
    assert is_now(case, visit) == (VisitStatus.ORPHANED, PFIZER)


@pytest.mark.parametrize("status", [VisitStatus.ARRIVED, VisitStatus.COMPLETED])
def test_who_is_there_keeps_what_they_have_and_nobody_gets_their_place(
    case: Case, status: VisitStatus
) -> None:
    early, other = case.visit("a", index=12), case.visit("b", index=12, nth=1)
    case.at("10:07")
    case.set_status(early, status)
    found = changed(case)
    assert [one.visit.patient for one in found.staying()] == ["b"]
    assert is_now(case, early) == (status, PFIZER)
    assert is_now(case, other) == (VisitStatus.BOOKED, MODERNA)
    session = case.store.tables.sessions[case.now(other).place.slot.session]
    [state] = case.store.states([session])
    assert state.free(case.now(other).place.slot.index) == 0
    back = undone(case, found)
    assert substituting.carry_out(case.board, back)
    assert is_now(case, early) == (status, PFIZER)
    assert is_now(case, other) == (VisitStatus.BOOKED, PFIZER)
    slot = case.now(other).place.slot
    [state] = case.store.states([case.store.tables.sessions[slot.session]])
    assert state.free(slot.index) == 0


def test_undone_today_what_began_meanwhile_keeps_it(case: Case) -> None:
    case.change(also=(MODERNA,))
    own, soon, late = (case.visit(who, index=n) for n, who in ((16, "m"), (9, "a"), (17, "b")))
    case.store.tables.visits[own.id] = (replace(own, vaccine=MODERNA), "")
    lost = begun(case, case.visit("c", index=18), PFIZER, date(2026, 10, 1))
    case.at("10:07")
    found = changed(case)
    case.at("10:20")
    back = undone(case, found)
    assert back.today_from == soon.starts_at + timedelta(minutes=15)
    assert substituting.carry_out(case.board, back)
    both = (PFIZER, MODERNA)
    assert stands(case) == [("08:00", both), ("10:15", (MODERNA,)), ("10:30", both)]
    assert is_now(case, soon) == (VisitStatus.BOOKED, MODERNA)
    assert is_now(case, own) == (VisitStatus.BOOKED, MODERNA)
    assert is_now(case, lost) == (VisitStatus.BOOKED, PFIZER)
    assert is_now(case, late)[0] is VisitStatus.BOOKED


def test_made_before_today_it_can_be_undone_for_what_is_left_of_it(case: Case) -> None:
    soon, late = case.visit("a", index=7), case.visit("b", index=9)
    found = changed(case)
    assert found.today_from is None
    case.at("10:07")
    assert substituting.carry_out(case.board, undone(case, found))
    assert stands(case) == [("08:00", (MODERNA,)), ("10:15", (PFIZER,))]
    assert is_now(case, soon) == (VisitStatus.BOOKED, MODERNA)
    assert is_now(case, late) == (VisitStatus.BOOKED, PFIZER)


def test_today_goes_by_what_stands_and_not_by_what_the_rule_says_by_now(case: Case) -> None:
    case.at("10:07")
    case.change(vaccine=JANSSEN)
    with pytest.raises(InvalidRequest):
        asked(case, MODERNA, from_=JANSSEN)
    changed(case)
    assert stands(case) == [("08:00", (PFIZER,)), ("10:15", (MODERNA,))]
    case.at("15:45")
    with pytest.raises(InvalidRequest):
        asked(case, PFIZER, from_=MODERNA, key="late")


def test_from_today_on_over_several_days(case: Case) -> None:
    late, next_day = case.visit("a", index=20), case.visit("b", day=1)
    case.at("10:07")
    request = Asked(DAY, PFIZER, MODERNA, "key", LATER)
    found = substituting.asked_for(case.board, ADMIN, case.point, request)
    assert [one.visit.id for one in found.staying()] == [late.id, next_day.id]
    assert substituting.carry_out(case.board, found)
    assert [is_now(case, one)[1] for one in (late, next_day)] == [MODERNA, MODERNA]
    assert case.is_open_as_ruled()
    case.at("09:00", day=1)
    assert substituting.carry_out(case.board, undone(case, found))
    assert [is_now(case, one)[1] for one in (late, next_day)] == [MODERNA, MODERNA]


def test_hours_of_today_that_are_shut_stay_so(case: Case) -> None:
    case.at("10:07")
    kept = case.visit("a", index=17)
    case.close("12:00", "14:00", strategy=Strategy.KEEP)
    changed(case)
    hours = [("08:00", (PFIZER,)), ("10:15", (MODERNA,)), ("14:00", (MODERNA,))]
    assert stands(case) == hours
    assert is_now(case, kept) == (VisitStatus.BOOKED, PFIZER)
    assert case.free_where_withdrawn() == 0
    case.close("14:00", "15:00")
    assert stands(case)[2:] == [("15:00", (MODERNA,))]


@pytest.mark.parametrize("kills", range(1, 8))
def test_of_today_killed_before_any_commit_it_completes_by_itself(case: Case, kills: int) -> None:
    past, soon, kept = (case.visit(who, index=n) for n, who in ((7, "p"), (9, "s"), (20, "k")))
    lost = begun(case, case.visit("l", index=21), PFIZER, date(2026, 10, 1))
    case.at("10:07")
    with case.schedules.killed_after(kills):
        substituting.carry_out(case.board, asked(case))
    case.at("10:31")
    settle_open(case.board)
    assert stands(case) == [("08:00", (PFIZER,)), ("10:15", (MODERNA,))]
    assert is_now(case, past) == (VisitStatus.BOOKED, PFIZER)
    assert is_now(case, soon) == (VisitStatus.BOOKED, MODERNA)
    assert is_now(case, kept) == (VisitStatus.BOOKED, MODERNA)
    assert is_now(case, lost) == (VisitStatus.ORPHANED, PFIZER)
    assert case.free_where_withdrawn() == 0


@pytest.mark.parametrize("kills", range(1, 6))
@pytest.mark.parametrize("ends", [False, True])
def test_of_today_an_edit_that_replaces_it_half_done_completes_it(
    case: Case, kills: int, ends: bool
) -> None:
    soon = case.visit("a", index=9)
    case.at("10:07")
    with case.schedules.killed_after(kills):
        substituting.carry_out(case.board, asked(case))
    case.done(case.plan(None if ends else replace(case.reach().series, places=3)))
    assert stands(case) == [("08:00", (PFIZER,)), ("10:15", (MODERNA,))]
    assert is_now(case, soon) == (VisitStatus.BOOKED, MODERNA)
    settle_open(case.board)
    assert stands(case) == [("08:00", (PFIZER,)), ("10:15", (MODERNA,))]


def test_two_who_settle_it_at_once_publish_it_once(case: Case) -> None:
    case.visit("a", index=3)
    case.at("10:07")
    found = asked(case)
    [impact] = found.impacts

    def other_is_first(what: str) -> None:
        if what == "publish":
            case.schedules.before_commit = lambda _: None
            settle_open(case.board)

    case.set_status(case.visit("b", index=9), VisitStatus.ARRIVED)
    case.schedules.before_commit = other_is_first
    assert substituting.carry_out(case.board, found)
    assert stands(case) == [("08:00", (PFIZER,)), ("10:15", (MODERNA,))]
    assert case.schedules.is_settled(impact.edit.point)


@pytest.mark.parametrize("changed_on", [date(2026, 10, 25), date(2027, 3, 28)])
def test_on_a_day_of_another_clock_what_comes_after_the_hour_is_changed(changed_on: date) -> None:
    case = Case()
    day = (changed_on - DAY).days
    case.at("12:00", day - 3)
    night = {"opens": time(0), "closes": time(6), "weekdays": frozenset({7}), "on_holidays": True}
    case.made(**night, valid_from=changed_on, valid_to=changed_on, step=60)
    case.at("01:30", day)
    request = Asked(changed_on, PFIZER, MODERNA, "key")
    found = substituting.asked_for(case.board, ADMIN, case.point, request)
    substituting.carry_out(case.board, found)
    assert case.slots(day) == ["00:00", "01:00", "03:00", "04:00", "05:00"]
    live = [s for s in live_sessions(case.schedules).values() if s.key.day == changed_on]
    changed = [s for s in live if s.vaccine == MODERNA]
    assert len(live) - len(changed) == 1
    assert {calendar.local(s.start_of(n)).hour for s in changed for n in range(s.slots)} == {
        3,
        4,
        5,
    }
    assert found.today_from == calendar.instant(changed_on, time(3))
