"""A point's stock of vials."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from erejestracja.domain.errors import InvalidRequest, NotAllowed, Overloaded, VersionMismatch
from erejestracja.domain.ids import PointId
from erejestracja.domain.vials import Lot, WasteReason
from erejestracja.ports import Clash, Gone
from erejestracja.services import vials
from erejestracja.services.vials import Move, Product
from tests.support.builders import MODERNA, PFIZER, POINT
from tests.support.clinic_case import LOT, MEDIC, ClinicCase

OTHER = PointId("bbbbbbbbbb")
UNTIL = date(2027, 1, 31)


@pytest.fixture
def case() -> ClinicCase:
    return ClinicCase()


def move(reference: str = "r1", **changes: Any) -> Move:
    facts: dict[str, Any] = {
        "actor": MEDIC,
        "point": POINT,
        "lot": LOT,
        "doses": 4,
        "reference": reference,
    }
    return Move(**(facts | changes))


def product(**changes: Any) -> Product:
    facts: dict[str, Any] = {"vaccine": PFIZER, "expires_on": UNTIL, "doses_per_vial": 6}
    return Product(**(facts | changes))


def test_what_is_delivered_is_there_once_however_often_it_is_told(case: ClinicCase) -> None:
    for _ in range(2):
        lot = vials.deliver(case.clinic, move(doses=12), product())
    assert (lot.balance, case.balance()) == (22, 22)
    assert case.told() == ["lot.entered"]


def test_a_new_lot_comes_with_its_first_delivery(case: ClinicCase) -> None:
    vials.deliver(case.clinic, move(lot="NEW123"), product(expires_on=date(2026, 12, 31)))
    found = vials.lots(case.clinic, MEDIC, POINT)
    assert [(lot.code, lot.balance) for lot in found] == [("NEW123", 4), (LOT, 10)]


@pytest.mark.parametrize(
    "changes",
    [{"vaccine": MODERNA}, {"expires_on": date(2027, 2, 1)}, {"doses_per_vial": 7}],
)
def test_a_lot_is_one_product(case: ClinicCase, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        vials.deliver(case.clinic, move(), product(**changes))


def test_what_has_expired_is_not_taken_in(case: ClinicCase) -> None:
    with pytest.raises(InvalidRequest):
        vials.deliver(case.clinic, move(lot="OLD123"), product(expires_on=date(2026, 12, 6)))


def test_what_is_wasted_or_goes_back_is_gone(case: ClinicCase) -> None:
    vials.waste(case.clinic, move("r1"), WasteReason.LEFT_IN_VIAL)
    vials.give_back(case.clinic, move("r2", doses=6))
    assert case.balance() == 0
    with pytest.raises(InvalidRequest) as no:
        vials.give_back(case.clinic, move("r3", doses=1))
    assert no.value.fields == {"doses": "are more than the 0 left"}


def test_a_transfer_leaves_here_and_comes_there(case: ClinicCase) -> None:
    vials.transfer(case.clinic, move(), OTHER)
    there: Lot = case.store.tables.lots[OTHER, LOT]
    assert (case.balance(), there.balance, there.expires_on) == (6, 4, UNTIL)
    assert case.told() == ["lot.entered"] * 2


@pytest.mark.parametrize("to", [POINT, PointId("zzzzzzzzzz")])
def test_nothing_goes_nowhere(case: ClinicCase, to: PointId) -> None:
    with pytest.raises(InvalidRequest):
        vials.transfer(case.clinic, move(), to)


def test_what_is_not_there_cannot_go(case: ClinicCase) -> None:
    with pytest.raises(InvalidRequest):
        vials.give_back(case.clinic, move(lot="NONE12"))


def test_staff_of_another_point_have_no_say(case: ClinicCase) -> None:
    with pytest.raises(NotAllowed):
        vials.give_back(case.clinic, move(point=OTHER))
    with pytest.raises(NotAllowed):
        vials.lots(case.clinic, MEDIC, OTHER)


def test_who_is_second_enters_after_the_balance_of_who_was_first(case: ClinicCase) -> None:
    enter, waiting = case.store.enter, [True]

    def raced(*args: Any) -> Any:
        if waiting:
            waiting.pop()
            vials.give_back(case.clinic, move("other", doses=8))
        return enter(*args)

    case.store.enter = raced  # type: ignore[method-assign, assignment]
    with pytest.raises(InvalidRequest):
        vials.give_back(case.clinic, move("mine"))
    assert case.balance() == 2


@pytest.mark.parametrize(
    ("says", "raised"),
    [(Clash("Table LotEntries"), Overloaded), (Gone("Parent Table: Points"), InvalidRequest)],
)
def test_who_never_gets_through_is_told(
    case: ClinicCase, says: Exception, raised: type[Exception]
) -> None:
    def busy(*_: Any) -> Any:
        raise says

    case.store.enter = busy  # type: ignore[method-assign, assignment]
    with pytest.raises(raised):
        vials.give_back(case.clinic, move())


def test_what_has_expired_is_written_off_once(case: ClinicCase) -> None:
    [lot] = vials.lots(case.clinic, MEDIC, POINT)
    with pytest.raises(InvalidRequest):
        vials.write_off(case.clinic, MEDIC, POINT, LOT, lot.number)
    case.store.tables.lots[POINT, LOT] = replace(lot, expires_on=date(2026, 1, 1))
    with pytest.raises(VersionMismatch):
        vials.write_off(case.clinic, MEDIC, POINT, LOT, lot.number + 1)
    for _ in range(2):
        assert vials.write_off(case.clinic, MEDIC, POINT, LOT, lot.number).balance == 0
    assert case.told() == ["lot.entered"]
    with pytest.raises(NotAllowed):
        vials.write_off(case.clinic, replace(MEDIC, points=frozenset()), POINT, LOT, 1)
