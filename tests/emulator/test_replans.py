"""A delivery that changes, on the real Spanner emulator: killed at every commit, raced, undone."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.errors import VersionMismatch
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.supply import DeliveryId, DeliveryStatus
from erejestracja.domain.visit import Visit, VisitStatus
from erejestracja.services import replanning, supply
from erejestracja.services.callbacks import Owed
from erejestracja.services.replanning import Replanning, Wanted
from erejestracja.services.schedule import Board
from erejestracja.services.settling import settle_open
from erejestracja.services.supply import Rearranged
from erejestracja.storage.spanner.callbacks import SpannerCallbacks
from erejestracja.storage.spanner.database import Database, Keys
from erejestracja.storage.spanner.records import Records
from erejestracja.storage.spanner.replans import SpannerReplans
from tests.emulator.test_closures import PEOPLE, Fragile, Killed, booked
from tests.emulator.test_schedule import ADMIN, made
from tests.emulator.test_supply import FRIDAY, under_control
from tests.support.boards import a_board
from tests.support.builders import (
    DAY,
    NOW,
    POINT,
    a_person,
    a_point,
    a_referral,
)
from tests.support.desk import RememberingPublisher
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import save

pytestmark = pytest.mark.emulator

A_WEEK = 5 * 32
DOSES = 5


@pytest.fixture
def fragile(database: Database) -> Fragile:
    people = [a_person(p, phone=None if n > 9 else "+48600000000") for n, p in enumerate(PEOPLE)]
    save(database, [a_point()], [], people, [a_referral(p) for p in PEOPLE])
    return Fragile(database)


@pytest.fixture
def board(fragile: Fragile) -> Board:
    return a_board(fragile, timedelta(days=20))


@pytest.fixture
def delivery(board: Board) -> DeliveryId:
    named = under_control(board, A_WEEK)
    made(board, valid_to=FRIDAY)
    return named


def planned(board: Board, delivery: DeliveryId, **changes: Any) -> Replanning:
    [seen] = board.supplies.supply(POINT).deliveries
    strategy = changes.pop("strategy", Strategy.CANCEL)
    wanted = Wanted(Rearranged(seen.version, **changes), strategy, ClosureReason.NO_DELIVERY)
    return replanning.planned(board, ADMIN, a_point(), delivery, wanted)


def statuses(database: Database, visits: list[Visit]) -> list[VisitStatus]:
    found = [Records(database).visit(visit.id) for visit in visits]
    return [one[0].status for one in found if one]


def free(database: Database) -> int:
    """Return how many places are neither taken nor withdrawn."""
    key, everything = ("PointId", "Day", "Nr"), Keys(everything=True)
    sessions = database.read("Sessions", (*key, "Slots", "Places"), everything)
    rows = database.read("Places", (*key, "Place"), everything)
    most = {tuple(row[:3]): row[4] for row in sessions}
    # Beside these are places of who comes all the same.
    taken = [row for row in rows if row[3] < most[tuple(row[:3])]]
    return sum(int(slots * places) for *_, slots, places in sessions) - len(taken)


def test_killed_before_any_of_its_commits_it_is_completed(
    fragile: Fragile, board: Board, delivery: DeliveryId
) -> None:
    visits = booked(fragile, board)
    kills = 0
    for commits in range(25):
        fragile.left = commits
        with suppress(Killed):
            if board.supplies.supply(POINT).deliveries[0].doses == DOSES:
                settle_open(board)
            else:
                replanning.carry_out(board, planned(board, delivery, doses=DOSES))
        kills += fragile.left < 0
        fragile.left = None
    assert kills >= 3
    settle_open(board)
    stay, go = [VisitStatus.BOOKED] * DOSES, [VisitStatus.CANCELLED] * (len(PEOPLE) - DOSES)
    assert statuses(fragile, visits) == stay + go
    assert free(fragile) == 0
    messages = fragile.read("Messages", ("VisitId",), Keys(everything=True))
    assert len(messages) == len({row[0] for row in messages}) == len(go)
    assert supply.uncovered(board, a_point(), board.supplies.supply(POINT)) == []
    [replan] = SpannerReplans(fragile).all(POINT)
    found = replanning.progress(SpannerReplans(fragile), a_point(), replan.number)
    assert (found.settled, len(found.hits), found.replan.undone) == (True, len(go), False)
    assert replan.after.doses == DOSES


def test_undone_it_is_one_commit_and_orphans_get_their_time_back(
    fragile: Fragile, board: Board, delivery: DeliveryId
) -> None:
    visits, replans = booked(fragile, board), SpannerReplans(fragile)
    found = planned(board, delivery, doses=DOSES, strategy=Strategy.REACCOMMODATE)
    replanning.carry_out(board, found)
    assert statuses(fragile, visits[DOSES:]) == [VisitStatus.ORPHANED] * (len(PEOPLE) - DOSES)
    back = replanning.taken_back(board, ADMIN, a_point(), replans, found.number)
    twice = replanning.taken_back(board, ADMIN, a_point(), replans, found.number)
    replanning.carry_out(board, back)
    with pytest.raises(VersionMismatch):
        replanning.carry_out(board, twice)
    assert set(statuses(fragile, visits)) == {VisitStatus.BOOKED}
    assert free(fragile) == A_WEEK - len(PEOPLE)
    assert [one.undone for one in replans.all(POINT)] == [True]
    [one] = board.supplies.supply(POINT).deliveries
    assert (one.doses, one.status) == (A_WEEK, DeliveryStatus.CONFIRMED)


def test_upkeep_brings_back_what_doses_come_for(
    fragile: Fragile, board: Board, delivery: DeliveryId
) -> None:
    visits, replans = booked(fragile, board), SpannerReplans(fragile)
    replanning.carry_out(
        board, planned(board, delivery, doses=DOSES, strategy=Strategy.REACCOMMODATE)
    )
    assert replanning.bring_back(board, replans) == 0
    assert replans.due(board.today(), 10) == []
    [one] = board.supplies.supply(POINT).deliveries
    wanted = Rearranged(one.version, doses=40)
    supply.rearranged(board, ADMIN, a_point(), delivery, wanted)
    assert replans.due(board.today(), 10) == [POINT]
    assert replanning.bring_back(board, replans) == 35
    assert set(statuses(fragile, visits)) == {VisitStatus.BOOKED}
    assert free(fragile) == 40 - len(PEOPLE)
    assert replanning.bring_back(board, replans) == 0
    assert replans.due(DAY, 10) == [POINT]


def test_who_lost_their_place_and_takes_no_messages_is_owed_a_call(
    fragile: Fragile, board: Board, delivery: DeliveryId
) -> None:
    booked(fragile, board)
    replanning.carry_out(
        board, planned(board, delivery, doses=DOSES, strategy=Strategy.REACCOMMODATE)
    )
    owed = Owed(SpannerCallbacks(fragile), Records(fragile), RememberingPublisher(), lambda: NOW)
    assert owed.after_closures(SpannerReplans(fragile)) == 2
    assert owed.after_closures(SpannerReplans(fragile)) == 0


def test_a_plan_reads_as_often_however_many_are_booked_and_is_one_commit(
    fragile: Fragile, board: Board, delivery: DeliveryId
) -> None:
    def reads() -> int:
        with calls_to_spanner() as made:
            planned(board, delivery, doses=DOSES)
        assert set(made) == {"streaming_read"}
        return len(made)

    # One more where somebody is hit: who, of all at once.
    nobody = reads()
    booked(fragile, board)
    assert reads() <= nobody + 2
    found = planned(board, delivery, doses=A_WEEK - 1, strategy=Strategy.REACCOMMODATE)
    edits = [(one.edit, one.ends) for one in found.impacts]
    with calls_to_spanner() as made:
        board.schedules.begin(edits, found.footing)
    assert made == ["streaming_read", "commit"]
    settle_open(board)
