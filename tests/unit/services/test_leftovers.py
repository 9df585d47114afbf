"""What open vials will be left with, by today's visits and the ledger."""

from dataclasses import replace
from datetime import date

from erejestracja.domain.visit import VisitStatus
from erejestracja.services.leftovers import Leftover, leftovers
from tests.support.builders import MODERNA, PFIZER, POINT
from tests.support.clinic_case import ClinicCase, a_lot


def test_who_still_comes_is_counted_and_who_does_not_is_not() -> None:
    case = ClinicCase()
    assert leftovers(case.clinic, POINT, [case.anna]) == [Leftover(PFIZER, 4, 1, 3)]
    missed = replace(case.anna, status=VisitStatus.NO_SHOW)
    assert leftovers(case.clinic, POINT, [missed]) == [Leftover(PFIZER, 4, 0, 4)]


def test_each_vaccine_is_by_itself_and_what_has_expired_is_not_given() -> None:
    case = ClinicCase()
    tables = case.store.tables
    tables.lots[POINT, "MOD"] = a_lot(code="MOD", vaccine=MODERNA, doses_per_vial=10, balance=23)
    tables.lots[POINT, "OLD"] = a_lot(code="OLD", expires_on=date(2026, 12, 6), balance=5)
    found = {one.vaccine: one for one in leftovers(case.clinic, POINT, [case.anna])}
    assert found[MODERNA] == Leftover(MODERNA, 3, 0, 3)
    assert found[PFIZER].open_now == 4


def test_a_point_without_vials_has_nothing_left() -> None:
    case = ClinicCase()
    case.store.tables.lots.clear()
    assert leftovers(case.clinic, POINT, [case.anna]) == []
