"""Places that serve several vaccines: which of them a person gets, which place is given first."""

from dataclasses import replace
from datetime import date
from random import Random

import pytest

from erejestracja.domain.criteria import Area, Criteria
from erejestracja.domain.errors import NotEligible, Reason
from erejestracja.domain.ids import PatientId, SlotKey, VaccineCode
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.session import Session
from erejestracja.services import booking, holds
from erejestracja.services.booking import BookVisit
from erejestracja.services.choosing import choose
from erejestracja.services.holds import Asker
from erejestracja.services.places import Wanted
from erejestracja.services.search import Search
from tests.support.builders import (
    DAY,
    JANSSEN,
    MODERNA,
    NOW,
    PFIZER,
    a_dose,
    a_point,
    a_referral,
    a_session,
    a_state,
    an_actor,
)
from tests.support.desk import SetClock, WatchedDesk, a_desk
from tests.support.fake_read_model import FakeMarket
from tests.support.fake_store import FakeStore, a_store

ANNA, JAN = PatientId("a" * 26), PatientId("j" * 26)
SEVERAL = a_session(vaccine=MODERNA, also=(PFIZER,))
SLOT = SlotKey(SEVERAL.key, 0)
ACTOR = an_actor(patient=ANNA)


def a_place_for(*sessions: Session, seed: int = 1) -> WatchedDesk:
    store: FakeStore = a_store(ANNA, JAN)
    store.tables.sessions = {session.key: session for session in sessions}
    return a_desk(store, sessions, [a_point()], random=Random(seed))


def begun_with(desk: WatchedDesk, vaccine: VaccineCode, on: date = date(2026, 11, 2)) -> None:
    """Let Anna have had a first dose of a vaccine."""
    begun = a_referral(ANNA, given=(a_dose(1, on, vaccine),), status=ReferralStatus.IN_USE)
    store: FakeStore = desk.bookings  # type: ignore[assignment]
    store.all_referrals[ANNA, begun.id] = begun


def held(desk: WatchedDesk, vaccine: VaccineCode | None = None) -> holds.Kept:
    return holds.hold_slot(desk, Asker(ACTOR, ANNA, None), SLOT, vaccine)


def booked(desk: WatchedDesk, wanted: Wanted) -> VaccineCode:
    asked = BookVisit(ACTOR, ANNA, a_referral(ANNA).id, wanted, None)
    return booking.book(desk, asked).visit.vaccine


def test_who_names_none_gets_what_the_point_would_rather_give() -> None:
    desk = a_place_for(SEVERAL)
    kept = held(desk)
    assert kept.vaccine == MODERNA
    assert desk.publisher.told[-1].data["vaccine"] == MODERNA
    assert booked(desk, Wanted(hold=desk.tokens.seal(kept.hold))) == MODERNA


def test_who_was_offered_another_gets_that_held_or_not() -> None:
    desk = a_place_for(SEVERAL)
    kept = held(desk, PFIZER)
    assert booked(desk, Wanted(hold=desk.tokens.seal(kept.hold))) == PFIZER
    assert booked(a_place_for(SEVERAL), Wanted(slot=SLOT, vaccine=PFIZER)) == PFIZER


def test_an_extended_hold_is_for_the_same_vaccine() -> None:
    desk = a_place_for(SEVERAL)
    token = desk.tokens.seal(held(desk, PFIZER).hold)
    assert holds.extend(desk, ANNA, token).vaccine == PFIZER
    assert booked(desk, Wanted(hold=token)) == PFIZER


def test_a_second_dose_is_of_what_the_first_was() -> None:
    desk = a_place_for(SEVERAL)
    begun_with(desk, PFIZER)
    assert held(desk).vaccine == PFIZER
    with pytest.raises(NotEligible) as no:
        held(desk, MODERNA)
    assert no.value.reason is Reason.VACCINE_MISMATCH


def test_the_refusal_is_that_of_the_vaccine_which_could_be_had_at_all() -> None:
    desk = a_place_for(replace(SEVERAL, also=(PFIZER, JANSSEN)))
    begun_with(desk, PFIZER, on=date(2026, 11, 30))
    with pytest.raises(NotEligible) as no:
        held(desk)
    assert (no.value.reason, no.value.from_) == (Reason.INTERVAL, date(2026, 12, 21))


def test_who_moves_keeps_the_vaccine_where_it_is_given() -> None:
    other = replace(a_session(nr=32), vaccine=PFIZER)
    desk = a_place_for(SEVERAL, other)
    asked = BookVisit(ACTOR, ANNA, a_referral(ANNA).id, Wanted(slot=SlotKey(other.key, 0)), None)
    visit = booking.book(desk, asked).visit
    moved = booking.move(desk, ACTOR, ANNA, visit, Wanted(slot=SLOT))
    assert moved.vaccine == PFIZER


@pytest.mark.parametrize("seed", range(8))
def test_of_equally_good_places_that_which_serves_fewest_is_given_first(seed: int) -> None:
    plain = a_session(nr=32, vaccine=MODERNA)
    desk = a_place_for(SEVERAL, plain, seed=seed)
    for _ in range(plain.places):
        kept = holds.hold_best(desk, Asker(ACTOR, ANNA, None), Criteria())
        assert kept.session.key == plain.key
    first = holds.hold_best(desk, Asker(ACTOR, ANNA, None), Criteria())
    assert first.session.key == SEVERAL.key
    assert first.session.start_of(first.hold.place.slot.index) == SEVERAL.starts_at


def test_a_sooner_place_wins_however_much_it_serves() -> None:
    later = a_session(nr=32, vaccine=PFIZER, starts_at=SEVERAL.start_of(1))
    desk = a_place_for(SEVERAL, later)
    wish = Criteria(vaccines=frozenset({PFIZER}))
    kept = holds.hold_best(desk, Asker(ACTOR, ANNA, None), wish)
    assert (kept.session.key, kept.vaccine) == (SEVERAL.key, PFIZER)


def test_a_place_that_two_wishes_find_is_shown_and_counted_once() -> None:
    point = a_point(vaccines=frozenset({PFIZER, MODERNA}))
    search = Search(FakeMarket([point], [a_state(SEVERAL)]), SetClock())
    here = Criteria(Area(point=point.id), from_=DAY)
    wishes = [
        replace(here, vaccines=frozenset({PFIZER})),
        replace(here, vaccines=frozenset({MODERNA}), to=DAY),
    ]
    found = choose(search, wishes, NOW.date(), None)
    assert found.free == 8
    assert [one.offers for one in found.best] == [MODERNA] * 4
    assert len(found.points[0].slots) == 4
    for more in ([*wishes, here], [replace(here, to=DAY)]):
        assert choose(search, more, NOW.date(), None).free == 8
