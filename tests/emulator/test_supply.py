"""Supply on the real Spanner emulator: versions by key, edits raced, horizons that wait."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import NotCovered, Overloaded
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.imports import Verdict
from erejestracja.domain.series import SeriesId
from erejestracja.domain.supply import (
    Delivery,
    DeliveryId,
    DeliveryStatus,
    Override,
    Supply,
    SupplyChange,
)
from erejestracja.ports import Clash
from erejestracja.services import schedule, supply, upkeep, vials
from erejestracja.services.handed_over import Upload
from erejestracja.services.schedule import Board
from erejestracja.services.schedule_upload import taken_in
from erejestracja.services.settling import settle, settle_open
from erejestracja.services.supply import Terms
from erejestracja.storage.spanner.database import Database, Keys, prefix
from erejestracja.storage.spanner.horizon import Horizon
from erejestracja.storage.spanner.supply import SpannerSupplies
from tests.support.boards import a_board
from tests.support.builders import DAY, MODERNA, PFIZER, POINT, a_point, a_series, an_actor
from tests.support.clinics import a_clinic
from tests.support.spanner import save
from tests.support.supply_case import rearranged

pytestmark = pytest.mark.emulator

ADMIN = an_actor(Role.ADMIN)
REACH = timedelta(days=20)
FRIDAY = DAY + timedelta(days=4)
A_DAY = 32
A_WEEK = 5 * A_DAY


def test_terms_are_versions_and_a_number_is_taken_once(database: Database) -> None:
    save(database, [a_point()])
    supplies = SpannerSupplies(database)
    assert supplies.supply(POINT) == Supply(POINT)
    supplies.change(SupplyChange(Supply(POINT, 30, 0), "an admin"))
    supplies.change(SupplyChange(Supply(POINT, None, 1, frozenset({PFIZER})), "an admin"))
    assert supplies.supply(POINT) == Supply(POINT, None, 1, frozenset({PFIZER}))
    with pytest.raises(Clash):
        supplies.change(SupplyChange(Supply(POINT, 60, 1), "another"))


def under_control(board: Board, doses: int, vaccine: VaccineCode = PFIZER) -> DeliveryId:
    """Put the vaccine under control, and confirm a delivery of it."""
    terms = Terms(None, frozenset({vaccine}))
    supply.termed(board, ADMIN, a_point(), terms, "-1")
    one = Delivery(DeliveryId("d"), vaccine, doses, DAY, DeliveryStatus.CONFIRMED)
    return supply.announced(board, ADMIN, a_point(), one).id


def test_of_edits_at_once_no_more_is_published_than_doses_cover(database: Database) -> None:
    save(database, [a_point()])
    under_control(a_board(database, REACH), 3 * A_WEEK)
    start = Barrier(8)

    def make(n: int) -> str:
        board = a_board(database, REACH)
        new = a_series(id=SeriesId(f"series-{n}"), number=0, valid_to=FRIDAY)
        found = schedule.made(board, ADMIN, a_point(), new)
        start.wait()
        for _ in range(20):
            try:
                schedule.begin(board, found)
            except Overloaded:
                continue
            except NotCovered:
                return "refused"
            return "made"
        return "gave up"

    with ThreadPoolExecutor(8) as several:
        ended = list(several.map(make, range(8)))
    board = a_board(database, REACH)
    settle_open(board)
    assert Counter(ended) == {"made": 3, "refused": 5}
    rows = database.read("Sessions", ("Slots", "Places"), Keys(everything=True))
    assert sum(slots * places for slots, places in rows) == 3 * A_WEEK
    assert supply.uncovered(board, a_point(), board.supplies.supply(POINT)) == []


def test_a_horizon_waits_for_doses_and_goes_on_when_more_are_sure_to_come(
    database: Database,
) -> None:
    save(database, [a_point()])
    board = a_board(database, REACH)
    delivery = under_control(board, 2 * A_DAY)
    found = schedule.made(board, ADMIN, a_point(), a_series(number=0), as_covered=True)
    settle(board, schedule.begin(board, found))
    horizon = Horizon(database)
    assert len(database.read("Sessions", ("Nr",), Keys(everything=True))) == 2
    assert upkeep.extend_horizons(horizon, board) == 0
    assert horizon.behind(board.today() + REACH, 10) == []
    rearranged(board, a_point(), delivery, doses=3 * A_DAY)
    assert upkeep.extend_horizons(horizon, board) == 1
    with pytest.raises(NotCovered):
        rearranged(board, a_point(), delivery, doses=2 * A_DAY)
    rearranged(board, a_point(), delivery, doses=2 * A_DAY, override=Override.OTHER)
    columns = ("Override", "Missing", "Deliveries")
    [newest] = database.read("SupplyChanges", columns, prefix(POINT), limit=1)
    assert newest == ["other", A_DAY, ["d"]]


def test_who_extends_without_asking_for_doses_clashes_at_a_controlled_point(
    database: Database,
) -> None:
    save(database, [a_point()])
    board = a_board(database, REACH)
    made = schedule.made(board, ADMIN, a_point(), a_series(number=0, vaccine=MODERNA))
    edit = schedule.begin(board, made)
    assert edit.after is not None
    under_control(board, 60)
    horizon = Horizon(database)
    with pytest.raises(Clash):
        horizon.publish(edit.after, [], edit.until + REACH, [], None)
    later = replace(board, reach=REACH + timedelta(days=1))
    assert upkeep.extend_horizons(horizon, later) == 1


def test_a_lot_that_comes_is_taken_off_its_delivery_in_one_commit(database: Database) -> None:
    clinic = a_clinic(database)
    save(database, [a_point()])
    board = a_board(database, REACH)
    under_control(board, 60)
    move = vials.Move(ADMIN, POINT, "NEW1", 24, "came")
    for _ in range(2):
        vials.deliver(clinic, move, vials.Product(PFIZER, FRIDAY, 6))
    known = board.supplies.supply(POINT)
    assert [(lot.code, lot.balance) for lot in known.lots] == [("NEW1", 24)]
    assert [one.left for one in known.deliveries] == [36]


def test_a_file_of_rules_is_taken_in_where_the_point_has_terms(database: Database) -> None:
    save(database, [a_point()])
    board = a_board(database, REACH)
    under_control(board, A_WEEK)
    new = a_series(number=0, valid_to=FRIDAY)
    rows = [(2, new), (3, replace(new, id=SeriesId("another")))]
    found, settled = taken_in(board, ADMIN, Upload(rows, []))
    assert [one.verdict for one in found.reports] == [Verdict.ACCEPTED, Verdict.REFUSED]
    assert settled
    assert supply.uncovered(board, a_point(), board.supplies.supply(POINT)) == []
