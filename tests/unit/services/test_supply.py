"""A point's terms: changed by who saw them as they stand; what schedules are measured by."""

from datetime import timedelta

import pytest

from erejestracja.domain.advice import AdviceCode
from erejestracja.domain.errors import VersionMismatch
from erejestracja.domain.programme import Vaccine
from erejestracja.domain.supply import Supply
from erejestracja.domain.vials import Lot
from erejestracja.services import schedule, supply
from erejestracja.services.supply import Terms
from tests.support.builders import DAY, MODERNA, PFIZER, POINT, a_programme, a_series
from tests.support.desk import FixedProgrammes
from tests.support.schedule_case import ADMIN, Case


def limit(case: Case, doses: int | None, etag: str | None = None) -> Supply:
    etag = str(case.supplies.supply(POINT).number) if etag is None else etag
    terms = Terms(doses, frozenset())
    return supply.termed(case.board, ADMIN, case.point, terms, etag)


def a_lot(code: str, per_vial: int, balance: int = 30, days: int = 30) -> Lot:
    return Lot(POINT, code, PFIZER, DAY + timedelta(days=days), per_vial, balance, 1)


def codes(case: Case, places: int = 1) -> list[str]:
    found = schedule.made(case.board, ADMIN, case.point, a_series(places=places))
    return [one.code for one in supply.advice(case.board, case.point, [found.edit])]


def test_a_point_has_no_limit_until_one_is_set() -> None:
    case = Case()
    assert case.supplies.supply(POINT).weekly_limit is None
    assert limit(case, 30).number == 0
    assert case.supplies.supply(POINT).weekly_limit == 30


def test_terms_change_only_as_they_were_seen() -> None:
    case = Case()
    limit(case, 30, "-1")
    with pytest.raises(VersionMismatch):
        limit(case, 60, "-1")
    assert limit(case, None, "0").weekly_limit is None


def test_of_two_changes_at_once_the_second_is_told() -> None:
    case = Case()

    def other() -> None:
        case.supplies.before_commit = lambda: None
        limit(case, 200)

    case.supplies.before_commit = other
    with pytest.raises(VersionMismatch):
        limit(case, 30)
    assert case.supplies.supply(POINT).weekly_limit == 200


def test_a_preview_is_measured_with_what_stands_besides() -> None:
    case = Case()
    case.made(places=1)
    limit(case, 200)
    stands = codes(case)
    assert stands == []
    other = a_series(id="other", number=0)
    found = schedule.made(case.board, ADMIN, case.point, other)
    [advice] = supply.advice(case.board, case.point, [found.edit])
    assert advice.code is AdviceCode.OVER_WEEKLY_LIMIT
    assert {places for _, places in advice.found} == {320}


def test_who_ends_a_series_is_warned_of_nothing() -> None:
    case = Case()
    case.made(places=50)
    limit(case, 30)
    assert supply.advice(case.board, case.point, [case.plan(None).edit]) == []
    assert supply.advice(case.board, case.point, []) == []


def test_vials_are_as_the_points_lots_come() -> None:
    case = Case()
    case.supplies.lots = [
        a_lot("OLD1", 6, balance=0, days=90),
        a_lot("NEW1", 8),
        a_lot("B1", 5, days=1),
    ]
    assert codes(case) == []
    assert codes(case, places=5) == []
    case.supplies.lots.append(a_lot("NEW2", 6, days=60))
    assert codes(case) == ["part_of_a_vial"]


def test_without_lots_vials_are_as_the_programme_says() -> None:
    case = Case()
    vaccines = (
        Vaccine(PFIZER, "Comirnaty", "Pfizer/BioNTech", 2, 12, doses_per_vial=6),
        Vaccine(MODERNA, "Spikevax", "Moderna", 2, 12),
    )
    assert isinstance(case.board.programmes, FixedProgrammes)
    case.board.programmes.programmes = (a_programme(vaccines=vaccines),)
    assert codes(case) == ["part_of_a_vial"]
    assert codes(case, places=3) == []


def test_nobody_is_warned_of_vials_that_nothing_is_known_of() -> None:
    assert codes(Case()) == []
