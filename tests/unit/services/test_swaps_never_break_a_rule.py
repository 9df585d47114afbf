"""Any people with any visits: whatever swap is proposed breaks no rule when it is carried out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erejestracja.domain import calendar
from erejestracja.domain.actor import Channel
from erejestracja.domain.eligibility import eligibility
from erejestracja.domain.errors import InvalidRequest, SwapStands
from erejestracja.domain.ids import PatientId, VisitId
from erejestracja.domain.referral import Referral
from erejestracja.domain.session import Visibility
from erejestracja.domain.swaps import EARLIER, given_now
from erejestracja.domain.vaccination import UNDO_WITHIN
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.services import swapping_back, swaps
from erejestracja.services.swapping_back import Mistake
from tests.support.builders import DAY, a_referral
from tests.support.clinic_case import ANNA
from tests.support.strategies import mostly
from tests.support.swaps_case import ASKING, SwapsCase, as_they_were, begun


@dataclass(frozen=True, slots=True)
class Booked:
    """Somebody with a visit so many days ahead, born in a year, a dose had so many days ago."""

    ahead: int
    born: int
    had: int | None
    not_before: int | None


people = st.builds(
    Booked,
    ahead=st.integers(1, 90),
    born=mostly(1980, st.sampled_from([1950, 2013, 2016])),
    had=mostly(60, st.none() | st.integers(1, 90)) | st.none(),
    not_before=mostly(None, st.integers(1, 40)),
)
everybodies = st.lists(people, min_size=4, max_size=14)
put_off_for = st.none() | st.integers(1, 85)


def a_case(everybody: Sequence[Booked], put_off: int | None) -> SwapsCase:
    case = SwapsCase()
    for number, one in enumerate(everybody):
        who = PatientId(f"{number:026d}")
        born, window = date(one.born, 12, 20), (DAY, None)
        if one.not_before:
            window = (DAY + timedelta(days=one.not_before), None)
        known = {"birth_date": born, "window": window}
        referral = a_referral(who, **known)
        if one.had:
            referral = begun(who, DAY - timedelta(days=one.had), **known)
        case.comes(who, one.ahead, referral.next_dose, referral)
    sessions = case.store.tables.sessions
    for number, key in enumerate(sorted(sessions)):
        if number % 3 == 0:
            sessions[key] = replace(sessions[key], born_to=date(1985, 1, 1))
    if put_off is None:
        case.missed()
    else:
        case.put_off(put_off)
    return case


def check_allowed(case: SwapsCase, referral: Referral, visit: Visit) -> None:
    [programme] = case.desk.programmes.all()
    eligibility(
        programme,
        referral,
        starts_at=visit.starts_at,
        dose=visit.dose,
        vaccine=visit.vaccine,
        visibility=Visibility.INTERNAL,
        channel=Channel.POINT,
        now=case.desk.clock.now(),
        moving=True,
    )


def check_carried_out(case: SwapsCase, chain: Sequence[Visit]) -> None:
    before = {visit.patient: visit for visit in chain}
    now, *rest = swaps.carry_out(case.clinic, ASKING, case.anna.id, None, _ids(chain)).visits
    assert (now.status, now.place.slot.session.day) == (VisitStatus.ARRIVED, DAY)
    for visit in (now, *rest):
        own = before.get(visit.patient)
        is_of_the_dose_after = own is not None and visit.dose > own.dose
        referral = case.referral(visit.patient)
        if own is not None and is_of_the_dose_after:
            referral = given_now(referral, own, case.desk.clock.now())
        elif own is not None:
            days = calendar.local_day(own.starts_at) - calendar.local_day(visit.starts_at)
            assert timedelta() < days <= max(EARLIER, timedelta(weeks=5))
        check_allowed(case, referral, visit)
        if not is_of_the_dose_after:
            session = case.store.tables.sessions[visit.place.slot.session]
            assert session.is_for(referral.birth_date)


@settings(max_examples=150, deadline=None)
@given(everybodies, put_off_for, st.integers(0, 4))
def test_a_swap_breaks_no_rule_and_leaves_nobody_without_a_visit(
    everybody: list[Booked], put_off: int | None, which: int
) -> None:
    case = a_case(everybody, put_off)
    had_one = {v.patient for v, _ in case.store.tables.visits.values() if v.status.is_active}
    dose, found = swaps.propose(case.clinic, ASKING, case.anna.id)
    assert dose.visit == case.visit_of(case.anna.id)
    if not found:
        return
    check_carried_out(case, found[which % len(found)].swap.chain)
    check_everybody(case, had_one)
    assert bool(case.standing(ANNA)) == (put_off is not None)


@settings(max_examples=150, deadline=None)
@given(everybodies, put_off_for, st.lists(st.integers(0, 13), min_size=1, max_size=3))
def test_whoever_is_named_for_a_dose_may_come_by_the_rules_or_nothing_changes(
    everybody: list[Booked], put_off: int | None, named: list[int]
) -> None:
    case = a_case(everybody, put_off)
    visits = [v for v, _ in case.store.tables.visits.values() if v.status.is_active]
    before = case.store.tables
    try:
        check_carried_out(case, [visits[n % len(visits)] for n in named])
    except InvalidRequest:
        assert case.store.tables is before
    check_everybody(case, {visit.patient for visit in visits})


@settings(max_examples=150, deadline=None)
@given(everybodies, put_off_for, st.integers(0, 4), st.timedeltas(timedelta(), UNDO_WITHIN))
def test_a_swap_that_is_undone_leaves_everything_as_it_was(
    everybody: list[Booked], put_off: int | None, which: int, after: timedelta
) -> None:
    case = a_case(everybody, put_off)
    found = proposed(case)
    if not found:
        return
    case.store.since(case.desk.clock.now())
    before, chain = as_they_were(case), found[which % len(found)]
    done = swaps.carry_out(case.clinic, ASKING, case.anna.id, None, _ids(chain))
    assert as_they_were(case) != before
    case.store.tables.notices.clear()
    mistake, now = Mistake(done.swap, "pomyłka", "key"), case.later(after)
    if min(visit.starts_at for visit in chain) <= now:
        with pytest.raises(SwapStands):
            swapping_back.undo(case.clinic, ASKING, mistake)
        return
    swapping_back.undo(case.clinic, ASKING, mistake)
    heir = next((one.id for one in done.visits[len(chain) :]), None)
    assert as_they_were(case, without=heir) == before
    check_everybody(case, {visit.patient for visit in chain})
    if calendar.local_day(now) == DAY:
        assert [_ids(one) for one in proposed(case)] == [_ids(one) for one in found]


def proposed(case: SwapsCase) -> list[tuple[Visit, ...]]:
    _, found = swaps.propose(case.clinic, ASKING, case.anna.id)
    return [one.swap.chain for one in found]


def _ids(chain: Sequence[Visit]) -> list[VisitId]:
    return [visit.id for visit in chain]


def check_everybody(case: SwapsCase, had_one: set[PatientId]) -> None:
    for who in had_one:
        assert case.standing(who)
    case.check_places()
    told = [(one.patient, one.template) for one in case.store.tables.notices.values()]
    assert len(told) == len(set(told))
