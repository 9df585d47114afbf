"""A vaccine given in place of another on one day: who may have it, and who not."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

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
from erejestracja.domain.substitutions import SubstitutionId
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.services import schedule, substituting
from erejestracja.services.settling import settle_open
from erejestracja.services.substituting import Asked, Substituting
from tests.support.builders import DAY, JANSSEN, MODERNA, NOW, PFIZER, a_dose, a_referral
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
        (Asked(NOW.date(), PFIZER, MODERNA, "k"), {"day"}),
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


def test_one_that_never_was_or_is_of_today_cannot_be_undone(case: Case) -> None:
    with pytest.raises(NotFound):
        substituting.undone(case.board, ADMIN, case.point, SubstitutionId("other"))
    found = changed(case)
    case.board.clock.at = NOW + timedelta(days=6)  # type: ignore[attr-defined]
    with pytest.raises(NotFound):
        undone(case, found)
