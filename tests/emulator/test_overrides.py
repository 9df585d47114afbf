"""Overrides on the real Spanner emulator: keys and a check say no, whoever comes together."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import OverrideNotStanding, Refusal
from erejestracja.domain.override import Status, step_of
from erejestracja.storage.spanner.database import Database, key
from erejestracja.storage.spanner.overrides import SpannerOverrides
from tests.support.builders import NOW, a_person, a_point, a_session
from tests.support.desk import a_desk
from tests.support.override_case import ANNA, Case, an_early_referral, an_override, staff
from tests.support.overrides_contract import OverridesContract
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import SpannerStore, save

pytestmark = pytest.mark.emulator
READ, COMMIT = "streaming_read", "commit"


@pytest.fixture
def case(database: Database) -> Case:
    save(database, [a_point()], [a_session()], [a_person(ANNA)], [an_early_referral()])
    store = SpannerStore(database, timedelta(0))
    return Case(a_desk(store, [a_session()], [a_point()], overrides=SpannerOverrides(database)))


class TestSpannerOverrides(OverridesContract):
    @pytest.fixture
    def case(self, case: Case) -> Case:
        return case


def test_of_many_supervisors_at_once_one_decides(case: Case) -> None:
    asked = case.ask()

    def decide(nth: int) -> bool:
        try:
            by = staff(f"supervisor-{nth}", Role.SUPERVISOR)
            case.decide(asked, by, consents=nth % 2 == 0)
        except OverrideNotStanding:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(decide, range(8))) == 1
    assert case.now(asked).version == 2


def test_of_many_bookings_at_once_one_uses_it(case: Case) -> None:
    agreed = case.agreed()

    def book(nth: int) -> bool:
        try:
            return case.book(agreed, nth % 4, key=f"key-{nth}").created
        except Refusal:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(book, range(8))) == 1
    assert case.now(agreed).status is Status.USED
    assert len(case.desk.records.visits(ANNA)) == 1


def test_the_database_itself_asks_for_two_people(case: Case) -> None:
    asked = an_override()
    case.desk.overrides.store(step_of(asked, NOW))
    alone = asked.decided(consents=True, by=asked.asked_by, now=NOW)
    nobody = replace(alone, decided_by=None)
    for one, check in ((alone, "OverrideOfTwoPeople"), (nobody, "OverrideConsented")):
        with pytest.raises(Exception, match=check):
            case.desk.overrides.store(step_of(one, NOW))
    assert case.desk.overrides.get(asked.id) == asked


def test_who_agreed_on_what_stands_in_the_visit_s_history(case: Case, database: Database) -> None:
    visit = case.book(case.agreed()).visit
    [[detail]] = database.read("VisitChanges", ("Detail",), key(visit.id, 1))
    assert (detail["askedBy"], detail["consentedBy"]) == ("agent", "adam")


def test_what_it_costs(case: Case) -> None:
    with calls_to_spanner() as asking:
        asked = case.ask()
    assert asking == [READ, COMMIT]
    with calls_to_spanner() as deciding:
        agreed = case.decide(asked)
    assert deciding == [READ, COMMIT]
    with calls_to_spanner() as booking:
        case.book(agreed)
    assert booking == [READ, READ, COMMIT]
