"""Slots for people of some birth dates: others are refused, and are proposed none of them."""

from dataclasses import replace
from datetime import date

import pytest

from erejestracja.domain.criteria import Area, Criteria
from erejestracja.domain.errors import NotEligible, Reason
from erejestracja.domain.ids import PatientId, SlotKey
from erejestracja.services import holds
from erejestracja.services.choosing import choose
from erejestracja.services.holds import Asker, wishes_of
from erejestracja.services.search import Search
from tests.support.builders import (
    NOW,
    a_point,
    a_programme,
    a_referral,
    a_session,
    a_state,
    an_actor,
)
from tests.support.desk import FixedProgrammes, SetClock, WatchedDesk, a_desk
from tests.support.fake_read_model import FakeMarket
from tests.support.fake_store import FakeStore, a_store

CHILD, GROWN_UP = PatientId("a" * 26), PatientId("j" * 26)
CHILDREN = a_session(born_from=date(2010, 1, 1))
EVERYONE = a_session(nr=32, starts_at=CHILDREN.start_of(4))


@pytest.fixture
def desk() -> WatchedDesk:
    store: FakeStore = a_store(CHILD, GROWN_UP)
    child = a_referral(CHILD, birth_date=date(2012, 6, 1))
    store.all_referrals[CHILD, child.id] = child
    store.tables.sessions = {one.key: one for one in (CHILDREN, EVERYONE)}
    return a_desk(
        store,
        [CHILDREN, EVERYONE],
        [a_point()],
        programmes=FixedProgrammes((a_programme(),)),
    )


def asker(patient: PatientId) -> Asker:
    return Asker(an_actor(patient=patient), patient, None)


def test_others_are_refused_for_their_age(desk: WatchedDesk) -> None:
    slot = SlotKey(CHILDREN.key, 0)
    assert holds.hold_slot(desk, asker(CHILD), slot).session == CHILDREN
    with pytest.raises(NotEligible) as no:
        holds.hold_slot(desk, asker(GROWN_UP), slot)
    assert no.value.reason is Reason.AGE


def test_the_best_place_is_one_that_the_person_may_have(desk: WatchedDesk) -> None:
    assert holds.hold_best(desk, asker(CHILD), Criteria()).session == CHILDREN
    assert holds.hold_best(desk, asker(GROWN_UP), Criteria()).session == EVERYONE


@pytest.mark.parametrize(("patient", "free"), [(CHILD, 16), (GROWN_UP, 8)])
def test_a_person_is_shown_and_counted_only_what_they_may_have(
    desk: WatchedDesk, patient: PatientId, free: int
) -> None:
    search = Search(FakeMarket([a_point()], map(a_state, (CHILDREN, EVERYONE))), SetClock())
    actor = asker(patient).actor
    wishes = wishes_of(desk, desk.records.referrals(patient), Criteria(), actor)
    assert choose(search, wishes, NOW.date(), None).free == free


def test_everybody_is_shown_both_of_equal_starts() -> None:
    both = [CHILDREN, replace(EVERYONE, starts_at=CHILDREN.starts_at)]
    search = Search(FakeMarket([a_point()], map(a_state, both)), SetClock())
    found = choose(search, [Criteria(Area(point=a_point().id))], NOW.date(), None)
    assert len(found.points[0].slots) == 8
