"""Deliveries: announced, confirmed, changed, cancelled, and come as lots."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from erejestracja.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    NotCovered,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.supply import Delivery, DeliveryId, DeliveryStatus, Override
from erejestracja.services import supply, vials
from erejestracja.services.supply import Terms
from erejestracja.services.vials import Product
from tests.support.builders import DAY, MODERNA, NOW, PFIZER, POINT
from tests.support.clinic_case import ClinicCase
from tests.support.fake_supplies import FakeSupplies
from tests.support.schedule_case import ADMIN
from tests.support.supply_case import A_DAY, SupplyCase

YESTERDAY = NOW.date() - timedelta(days=1)


@pytest.fixture
def case() -> SupplyCase:
    return SupplyCase()


def known(case: SupplyCase) -> list[Delivery]:
    return list(case.supplies.supply(POINT).deliveries)


def test_the_same_delivery_told_twice_is_one(case: SupplyCase) -> None:
    case.delivery(60)
    [one] = known(case)
    assert supply.announced(case.board, ADMIN, case.point, one) == one
    with pytest.raises(IdempotencyConflict):
        supply.announced(case.board, ADMIN, case.point, replace(one, doses=61))
    assert known(case) == [one]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("vaccine", {"vaccine": VaccineCode("cov19.unknown")}),
        ("expectedOn", {"expected_on": YESTERDAY}),
    ],
)
def test_what_cannot_come_is_not_noted(
    case: SupplyCase, field: str, changes: dict[str, object]
) -> None:
    one = Delivery(DeliveryId("d"), PFIZER, 60, DAY, DeliveryStatus.ANNOUNCED)
    with pytest.raises(InvalidRequest) as refused:
        supply.announced(case.board, ADMIN, case.point, replace(one, **changes))  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]


def test_only_vaccines_of_the_point_are_controlled(case: SupplyCase) -> None:
    terms, etag = Terms(None, frozenset({VaccineCode("none")})), "0"
    with pytest.raises(InvalidRequest):
        supply.termed(case.board, ADMIN, case.point, terms, etag)
    with pytest.raises(VersionMismatch):
        supply.termed(case.board, ADMIN, case.point, terms, "7")


def test_a_confirmed_delivery_is_not_cancelled_from_under_places(case: SupplyCase) -> None:
    one = case.delivery(5 * A_DAY)
    case.make()
    with pytest.raises(NotCovered) as refused:
        case.rearrange(one, doses=4 * A_DAY)
    assert [(s.day, s.missing) for s in refused.value.shortages] == [
        (DAY + timedelta(days=4), A_DAY)
    ]
    with pytest.raises(NotCovered):
        case.rearrange(one, expected_on=DAY + timedelta(days=1))
    with pytest.raises(NotCovered):
        case.rearrange(one, status=DeliveryStatus.CANCELLED)
    assert case.missing() == {}


def test_a_reason_cancels_it_all_the_same(case: SupplyCase) -> None:
    one = case.delivery(5 * A_DAY)
    case.make()
    reason = Override.TRANSFER_PROMISED
    case.rearrange(one, status=DeliveryStatus.CANCELLED, override=reason)
    kept = case.supplies.changes[POINT][-1]
    assert (kept.override, kept.missing) == (reason, 5 * A_DAY)
    case.rearrange(one, status=DeliveryStatus.CONFIRMED)
    assert case.missing() == {}


def test_a_delivery_without_places_on_it_is_free_to_change(case: SupplyCase) -> None:
    one = case.delivery(60)
    assert case.rearrange(one, doses=12).doses == 12
    assert case.rearrange(one, doses=12).doses == 12
    with pytest.raises(InvalidRequest):
        case.rearrange(one, expected_on=YESTERDAY)
    assert case.rearrange(one, status=DeliveryStatus.CANCELLED).left == 12
    with pytest.raises(NotFound):
        case.rearrange(DeliveryId("another"))


def test_a_change_that_is_always_late_gives_up(case: SupplyCase) -> None:
    one = case.delivery(60)

    def other() -> None:
        case.supplies.before_commit = lambda: None
        case.control(PFIZER)
        case.supplies.before_commit = other

    case.supplies.before_commit = other
    with pytest.raises(Overloaded):
        case.rearrange(one, doses=12)


def test_an_edit_and_a_cancellation_at_once_are_not_both(case: SupplyCase) -> None:
    one = case.delivery(5 * A_DAY)

    def other(_: str) -> None:
        case.schedules.before_commit = lambda _: None
        case.rearrange(one, status=DeliveryStatus.CANCELLED)

    case.schedules.before_commit = other
    with pytest.raises(NotCovered):
        case.make()
    assert case.by_day() == {}


def arrive(case: ClinicCase, doses: int, vaccine: VaccineCode = PFIZER) -> None:
    move = vials.Move(ADMIN, POINT, f"NEW{doses}", doses, f"came {doses}")
    vials.deliver(case.clinic, move, Product(vaccine, date(2027, 3, 31), 6))


def coming(supplies: FakeSupplies) -> list[int]:
    return [one.left for one in supplies.supply(POINT).deliveries]


def test_doses_that_have_come_are_no_longer_to_come() -> None:
    case = ClinicCase()
    plans = SupplyCase(supplies_of=case.supplies)
    for day, doses in ((0, 60), (3, 30), (1, 12)):
        plans.delivery(doses, day)
    plans.delivery(500, status=DeliveryStatus.ANNOUNCED)
    arrive(case, 66)
    assert coming(case.supplies) == [0, 30, 6, 500]
    arrive(case, 12, MODERNA)
    assert coming(case.supplies) == [0, 30, 6, 500]
    arrive(case, 100)
    assert coming(case.supplies) == [0, 0, 0, 500]
