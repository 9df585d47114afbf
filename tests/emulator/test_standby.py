"""Standby lists on the real Spanner emulator: the contract, calls made, and desks that race."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.errors import Refusal, VersionMismatch
from erejestracja.domain.standby import CallOutcome, Origin, Standing
from erejestracja.services import own_standby, standby
from erejestracja.services.doses import give
from erejestracja.services.joining import Wish
from erejestracja.services.standby import Asking, Reserve
from erejestracja.services.vials import Move, Product, deliver
from erejestracja.services.walk_ins import WalkIn, walk_in
from erejestracja.storage.spanner.database import Database, prefix
from erejestracja.storage.spanner.standby import SpannerStandby
from tests.support.builders import (
    AT_EIGHT,
    COVID,
    PFIZER,
    POINT,
    a_person,
    a_point,
    a_referral,
    a_session,
    an_actor,
)
from tests.support.clinic_case import ANNA, JAN, LOT, MEDIC, NEXT, REGISTRAR, a_dose, a_lot
from tests.support.clinics import a_clinic
from tests.support.desk import SetClock
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import save
from tests.support.standby_contract import StandbyContract, a_standby

pytestmark = pytest.mark.emulator

DESKS = 16
NOON = AT_EIGHT + timedelta(hours=4)
ASKING = Asking(REGISTRAR, POINT, "request-1")
WISH = Wish(JAN, COVID, (PFIZER,), a_standby().until)
READ, COMMIT = "streaming_read", "commit"


@pytest.fixture
def saved(database: Database) -> Database:
    people = [ANNA, JAN]
    save(
        database,
        [a_point(), a_point(id="bbbbbbbbbb")],
        [a_session(), NEXT],
        [a_person(one) for one in people],
        [a_referral(one) for one in people],
    )
    return database


class TestSpannerStandby(StandbyContract):
    @pytest.fixture
    def lists(self, saved: Database) -> SpannerStandby:
        return SpannerStandby(saved)


def a_reserve(database: Database) -> Reserve:
    return Reserve(a_clinic(database, clock=SetClock(NOON)), SpannerStandby(database))


@pytest.fixture
def reserve(saved: Database) -> Reserve:
    return a_reserve(saved)


def calls_of(what: Callable[[], Any]) -> list[str]:
    with calls_to_spanner() as made:
        what()
    return made


def test_who_joins_themselves_is_one_read_more_and_leaves_by_one_and_a_commit(
    reserve: Reserve,
) -> None:
    jan = Asking(an_actor(patient=JAN), POINT, "request-2")
    assert calls_of(lambda: own_standby.ask(reserve, jan, WISH)) == [*[READ] * 5, COMMIT]
    [entry] = own_standby.entries(reserve, JAN)
    assert entry.origin is Origin.SELF
    left = calls_of(lambda: own_standby.withdraw(reserve, jan.actor, "request-3", JAN))
    assert left == [READ, COMMIT]
    assert own_standby.entries(reserve, JAN) == []


def test_joining_is_four_reads_and_one_commit(reserve: Reserve) -> None:
    assert calls_of(lambda: standby.join(reserve, ASKING, WISH)) == [READ] * 4 + [COMMIT]


def test_the_list_of_any_length_is_three_reads_and_the_commit_of_who_saw_it(
    reserve: Reserve,
) -> None:
    for who in (ANNA, JAN):
        standby.join(reserve, ASKING, Wish(who, COVID, (PFIZER,), WISH.until))
    made = calls_of(lambda: standby.queue(reserve, ASKING))
    assert made == [READ, READ, COMMIT, READ]


def test_a_call_is_three_reads_and_one_commit_and_is_in_the_audit_trail(reserve: Reserve) -> None:
    joined = standby.join(reserve, ASKING, WISH)
    made = calls_of(lambda: standby.call(reserve, ASKING, joined.id))
    assert made == [READ, READ, READ, COMMIT]
    made = calls_of(lambda: standby.person_called(reserve, ASKING, joined.id))
    assert made == [READ, COMMIT, READ, READ]
    trail = {one.action for one in reserve.clinic.desk.records.accesses(JAN, 9)}
    assert trail == {"reserve.waiting", "reserve.called", "reserve.phone"}


def test_an_answer_is_one_read_and_one_commit(reserve: Reserve) -> None:
    joined = standby.join(reserve, ASKING, WISH)
    standby.call(reserve, ASKING, joined.id)
    made = calls_of(lambda: standby.answer(reserve, ASKING, joined.id, CallOutcome.DECLINED, None))
    assert made == [READ, COMMIT]
    assert calls_of(lambda: standby.remove(reserve, ASKING, joined.id)) == [READ, COMMIT]


def test_who_comes_and_has_the_dose_waits_no_more(saved: Database, reserve: Reserve) -> None:
    clinic = reserve.clinic
    lot = a_lot()
    deliver(
        clinic,
        Move(MEDIC, POINT, LOT, 6, "delivery-1"),
        Product(lot.vaccine, lot.expires_on, lot.doses_per_vial),
    )
    standby.join(reserve, ASKING, WISH)
    visit = walk_in(clinic, REGISTRAR, WalkIn(JAN, a_referral(JAN).id, POINT, PFIZER, "key"))
    assert reserve.lists.of(POINT) == []
    give(clinic, MEDIC, visit, a_dose())
    steps = saved.read("StandbySteps", ("Number", "Standing"), prefix(JAN, COVID))
    assert steps == [[1, "waiting"]]


def test_one_person_called_by_sixteen_desks_hears_one_of_them(
    saved: Database, reserve: Reserve
) -> None:
    joined = standby.join(reserve, ASKING, WISH)

    def call(number: int) -> Any:
        desk = an_actor(*REGISTRAR.roles, subject=f"desk-{number}")
        asking = Asking(desk, POINT, f"request-{number}")
        try:
            return standby.call(a_reserve(saved), asking, joined.id)
        except Refusal as no:
            return no

    with ThreadPoolExecutor(DESKS) as pool:
        found = list(pool.map(call, range(DESKS)))
    [called] = [one for one in found if not isinstance(one, Refusal)]
    assert {type(one) for one in found if isinstance(one, Refusal)} == {VersionMismatch}
    [kept] = reserve.lists.of(POINT)
    assert (kept.called_by, kept.standing) == (called.called_by, Standing.CALLED)
