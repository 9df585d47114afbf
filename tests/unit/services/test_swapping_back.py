"""A swap that was a mistake is undone as one, or stands as one, and says why."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.claim import Claim
from erejestracja.domain.errors import (
    IdempotencyConflict,
    Lasting,
    NotAllowed,
    NotFound,
    Overloaded,
    SwapStands,
)
from erejestracja.domain.ids import PatientId, PointId, ReferralId
from erejestracja.domain.referral import Referral
from erejestracja.domain.swapped import SwapId
from erejestracja.domain.visit import CancelReason, Visit, VisitChange, VisitStatus
from erejestracja.ports import Clash
from erejestracja.services import arrivals, booking, doses, swapping_back, swaps
from erejestracja.services.arrivals import Deferral
from erejestracja.services.standby import Asking
from erejestracja.services.swapping_back import Mistake
from erejestracja.services.swaps import CarriedOut
from tests.support.builders import POINT, a_referral, an_actor
from tests.support.clinic_case import ANNA, JAN, MEDIC, REGISTRAR
from tests.support.clinic_case import a_dose as a_dose_given
from tests.support.swaps_case import ASKING, SwapsCase, as_they_were

OLGA = PatientId("o" * 26)
OTHER = PointId("bbbbbbbbbb")


@pytest.fixture
def case() -> SwapsCase:
    return SwapsCase()


def missed(case: SwapsCase, days: int = 28) -> tuple[CarriedOut, Visit]:
    """Anna missed her dose, and Olga has come for it; with the visit that she had."""
    case.missed()
    olga = case.comes(OLGA, days)
    return swap(case, olga), olga


def put_off(case: SwapsCase) -> tuple[CarriedOut, Visit, Visit]:
    """Anna was put off, Jan has come, Olga has moved; with the visits that they had."""
    jan, olga = case.comes(JAN, 20, dose=2), case.comes(OLGA, 41, dose=2)
    case.put_off(40)
    return swap(case, jan, olga), jan, olga


def swap(case: SwapsCase, *visits: Visit) -> CarriedOut:
    named = [one.id for one in visits]
    done = swaps.carry_out(case.clinic, ASKING, case.anna.id, None, named)
    case.store.tables.notices.clear()
    case.later(timedelta(minutes=5))
    return done


def undo(case: SwapsCase, done: CarriedOut, asking: Asking = ASKING, **how: str) -> list[Visit]:
    facts = {"note": "pomyłka", "key": "k", **how}
    return swapping_back.undo(case.clinic, asking, Mistake(done.swap, **facts))


def lasts(case: SwapsCase, done: CarriedOut, **how: Any) -> Lasting:
    before = case.store.tables
    with pytest.raises(SwapStands) as no:
        undo(case, done, **how)
    assert case.store.tables is before
    return no.value.reason


def messages(case: SwapsCase) -> list[tuple[PatientId, str]]:
    return sorted((one.patient, one.template) for one in case.store.tables.notices.values())


def test_everybody_of_a_swap_has_their_former_place_again(case: SwapsCase) -> None:
    case.missed()
    olga = case.comes(OLGA, 28)
    other = a_referral(OLGA, id=ReferralId("other"))
    case.store.all_referrals[OLGA, other.id] = other
    before = as_they_were(case)
    done = swap(case, olga)
    free, restored, ended = undo(case, done)
    assert as_they_were(case, without=ended.id) == before
    assert (free.id, free.status, free.version) == (case.anna.id, VisitStatus.NO_SHOW, 4)
    assert (restored.place, restored.status, restored.version) == (olga.place, olga.status, 3)
    assert (ended.status, ended.dose) == (VisitStatus.CANCELLED, 2)
    case.check_places()
    # Her date is the one that she was told last.
    assert messages(case) == []
    assert case.told()[-3:] == ["visit.unreplaced", "visit.cancelled", "visit.restored"]


def test_whose_time_changes_again_is_told_and_who_has_no_visit_any_more_too(
    case: SwapsCase,
) -> None:
    done, jan, olga = put_off(case)
    _, first, second, ended = undo(case, done)
    assert (first.place, second.place) == (jan.place, olga.place)
    assert (ended.patient, ended.status) == (ANNA, VisitStatus.CANCELLED)
    assert messages(case) == [(ANNA, "cancelled"), (OLGA, "moved")]
    case.check_places()


def test_the_place_that_was_made_for_who_came_is_nobody_s(case: SwapsCase) -> None:
    done, _ = missed(case)
    made = done.visits[0].place
    undo(case, done)
    assert case.store.tables.places[made].kind == "withdrawn"
    session = case.store.tables.sessions[made.slot.session]
    assert case.store.state(session).free_in_all() == 0


def test_each_change_says_what_it_was(case: SwapsCase) -> None:
    done, olga = missed(case)
    free, _, ended = undo(case, done)
    changes = case.store.tables.changes
    kept = changes[free.id, free.version].detail
    assert kept
    assert (kept["swap"], kept["why"], kept["note"]) == (done.swap, "missed", "pomyłka")
    assert changes[olga.id, 3].what is VisitChange.RESTORED
    assert changes[olga.id, 3].detail == {"swap": done.swap}
    assert changes[ended.id, 2].detail == {"reason": "point", "swap": done.swap}


def test_a_dose_that_is_free_again_passes_on_to_whom_it_was_meant_for(case: SwapsCase) -> None:
    jan = case.comes(JAN, 27)
    done, _ = missed(case)
    undo(case, done)
    again = swap(case, jan)
    assert again.swap != done.swap
    assert again.visits[0].patient == JAN
    # Asked again for the first, it is the first that was undone.
    assert [one.id for one in undo(case, done)][:1] == [case.anna.id]
    assert lasts(case, done, key="other") is Lasting.UNDONE
    undo(case, again, key="other")
    case.check_places()


def test_who_was_put_off_may_change_places_again(case: SwapsCase) -> None:
    done, jan, olga = put_off(case)
    undo(case, done)
    assert [one.patient for one in swap(case, jan, olga).visits] == [JAN, OLGA, ANNA]


def test_the_same_request_has_one_effect_and_another_is_refused(case: SwapsCase) -> None:
    done, _, _ = put_off(case)
    first = [(one.id, one.version) for one in undo(case, done)]
    stands = case.store.tables
    assert [(one.id, one.version) for one in undo(case, done)] == first
    with pytest.raises(IdempotencyConflict):
        undo(case, done, note="inna pomyłka")
    assert lasts(case, done, key="other") is Lasting.UNDONE
    assert case.store.tables is stands


def test_a_repeat_without_a_visit_that_the_swap_booked_says_the_same(case: SwapsCase) -> None:
    done, _ = missed(case, days=7)
    assert [one.id for one in undo(case, done)] == [one.id for one in undo(case, done)]


def test_only_who_made_a_swap_undoes_it_and_only_at_its_point(case: SwapsCase) -> None:
    done, _ = missed(case)
    with pytest.raises(NotAllowed):
        undo(case, done, Asking(REGISTRAR, POINT, "request-2"))
    stranger = an_actor(*MEDIC.roles, subject=MEDIC.subject, points=frozenset({OTHER}))
    with pytest.raises(NotAllowed):
        undo(case, done, Asking(stranger, POINT, "request-2"))
    with pytest.raises(NotFound):
        undo(case, done, Asking(stranger, OTHER, "request-2"))


@pytest.mark.parametrize("named", ["", "nobody-2", "no-swap-2", "{anna}-1", "{anna}-2", "{anna}-3"])
def test_what_was_no_swap_is_not_found(case: SwapsCase, named: str) -> None:
    case.missed()
    if named.endswith("3"):
        arrivals.arrive(case.clinic, MEDIC, case.anna)
    with pytest.raises(NotFound):
        undo(case, CarriedOut(SwapId(named.format(anna=case.anna.id)), []))


def test_a_day_later_it_stands(case: SwapsCase) -> None:
    done, _ = missed(case)
    case.later(timedelta(hours=24))
    assert lasts(case, done) is Lasting.LATE


def test_a_former_time_that_has_begun_is_nobody_s_any_more(case: SwapsCase) -> None:
    done, olga = missed(case, days=1)
    case.desk.clock.at = olga.starts_at
    assert olga.starts_at - done.visits[0].starts_at < timedelta(hours=24)
    assert lasts(case, done) is Lasting.LATE


def test_once_the_dose_is_given_the_swap_stands(case: SwapsCase) -> None:
    done, _ = missed(case)
    doses.give(case.clinic, MEDIC, done.visits[0], a_dose_given(at=case.desk.clock.now()))
    assert lasts(case, done) is Lasting.CHANGED


@pytest.mark.parametrize("which", [1, 2])
def test_once_one_of_its_visits_is_cancelled_the_swap_stands(case: SwapsCase, which: int) -> None:
    done, _, _ = put_off(case)
    booking.cancel(case.desk, MEDIC, done.visits[which], CancelReason.PATIENT)
    assert lasts(case, done) is Lasting.CHANGED


def test_once_who_missed_the_dose_has_come_after_all_the_swap_stands(case: SwapsCase) -> None:
    done, _ = missed(case)
    arrivals.arrive(case.clinic, MEDIC, case.visit_of(case.anna.id))
    assert lasts(case, done) is Lasting.CHANGED


def test_once_who_came_is_put_off_too_the_swap_stands(case: SwapsCase) -> None:
    done, _ = missed(case)
    arrivals.defer(case.clinic, MEDIC, done.visits[0], Deferral.ILLNESS, None)
    assert lasts(case, done) is Lasting.CHANGED


@pytest.mark.parametrize("gone", [True, False])
def test_once_a_referral_is_otherwise_the_swap_stands(case: SwapsCase, *, gone: bool) -> None:
    done, _ = missed(case)
    referral: Referral = case.referral(OLGA)
    del case.store.all_referrals[OLGA, referral.id]
    if not gone:
        case.of(OLGA, replace(referral, version=referral.version + 1))
    assert lasts(case, done) is Lasting.CHANGED


@pytest.mark.parametrize("kind", ["visit", "withdrawn"])
def test_where_a_former_place_is_somebody_else_s_the_swap_stands(
    case: SwapsCase, kind: Any
) -> None:
    done, olga = missed(case, days=7)
    case.store.tables.places[olga.place] = Claim(olga.place.place, kind, "other", None)
    assert lasts(case, done) is Lasting.TAKEN


def test_whoever_is_first_decides_and_the_other_is_told_so(case: SwapsCase) -> None:
    done, _ = missed(case)
    commit = case.store.undo

    def raced(planned: Any) -> Any:
        case.store.undo = commit  # type: ignore[method-assign]
        arrivals.defer(case.clinic, MEDIC, done.visits[0], Deferral.ILLNESS, None)
        return commit(planned)

    case.store.undo = raced  # type: ignore[method-assign, assignment]
    with pytest.raises(SwapStands) as no:
        undo(case, done)
    assert no.value.reason is Lasting.CHANGED


def test_a_request_that_is_overtaken_by_itself_is_answered_like_it(case: SwapsCase) -> None:
    done, _ = missed(case)
    visits = case.clinic.day_book.named
    first: list[Any] = []

    def meanwhile(named: Any) -> Any:
        case.clinic.day_book.named = visits  # type: ignore[method-assign]
        first.extend(one.id for one in undo(case, done))
        return visits(named)

    case.clinic.day_book.named = meanwhile  # type: ignore[method-assign, assignment]
    assert [one.id for one in undo(case, done)] == first


def test_who_never_gets_through_is_asked_to_try_again(case: SwapsCase) -> None:
    done, _ = missed(case)

    def busy(_: Any) -> Any:
        raise Clash("Table VisitChanges: Row already exists")

    case.store.undo = busy  # type: ignore[method-assign, assignment]
    with pytest.raises(Overloaded):
        undo(case, done)


def test_a_swap_is_seen_from_whose_dose_it_was_and_from_who_came(case: SwapsCase) -> None:
    done, olga = missed(case)
    for visit in (case.visit_of(case.anna.id), case.visit_of(olga.id)):
        made = swapping_back.made(case.clinic, ASKING, visit)
        assert made
        assert (made.swap.id, made.swap.by, made.lasts) == (done.swap, MEDIC.subject, None)
        assert set(made.people) == {ANNA, OLGA}
    assert [a.action for a in case.store.accesses(OLGA, 2)] == ["swap.viewed"] * 2


def test_what_was_no_swap_or_was_undone_is_seen_as_none(case: SwapsCase) -> None:
    assert swapping_back.made(case.clinic, ASKING, case.anna) is None
    done, olga = missed(case)
    undo(case, done)
    assert swapping_back.made(case.clinic, ASKING, case.visit_of(case.anna.id)) is None
    assert swapping_back.made(case.clinic, ASKING, case.visit_of(olga.id)) is None


def test_a_swap_of_before_swaps_could_be_undone_is_seen_as_none(case: SwapsCase) -> None:
    done, olga = missed(case)
    changes = case.store.tables.changes
    changes[olga.id, 2] = replace(changes[olga.id, 2], detail={"swap": case.anna.id})
    changes[case.anna.id, 3] = replace(changes[case.anna.id, 3], detail={"swap": olga.id})
    for visit in (case.visit_of(case.anna.id), case.visit_of(olga.id)):
        assert swapping_back.made(case.clinic, ASKING, visit) is None
    with pytest.raises(NotFound):
        undo(case, done)


def test_who_is_there_by_a_swap_is_known_from_the_visit_alone(case: SwapsCase) -> None:
    done, olga = missed(case)
    came = case.visit_of(olga.id)
    assert swaps.came_for_another(came)
    assert not swaps.came_for_another(replace(came, created_at=came.starts_at))
    assert not any(swaps.came_for_another(one) for one in (case.anna, olga))
    undo(case, done)
    assert not swaps.came_for_another(case.visit_of(olga.id))
