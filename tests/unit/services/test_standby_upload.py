"""A standby list handed over by a point: its own rows only, by the rules of the bucket."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from erejestracja.domain.delimited import BadRow
from erejestracja.domain.errors import NotAllowed, Overloaded
from erejestracja.domain.standby import Joins
from erejestracja.ports import Clash, Gone
from erejestracja.services.clinic import TRIES
from erejestracja.services.handed_over import MOST_ROWS
from erejestracja.services.standby_upload import taken_in, uploaded
from tests.support.builders import POINT, a_point
from tests.support.fake_standby import FakeStandby
from tests.support.standby_contract import OTHER
from tests.unit.domain.test_standby_rows import ROW
from tests.unit.services.test_standby import ASKING
from tests.unit.services.test_standby_imports import PEOPLE, World, a_row, named


def handed_over(world: World, *rows: str) -> list[str]:
    upload = uploaded(a_point(), "\n".join([";".join(ROW), *rows]).encode())
    reports = taken_in(world.case.reserve, world.lists, ASKING, upload)
    return [f"{one.line} {one.why.reason if one.why else one.verdict}" for one in reports]


@dataclass
class Contended(FakeStandby):
    """Somebody else is first, as often as there are reasons."""

    reasons: list[Exception] = field(default_factory=list)

    def join_all(self, joins: Joins) -> datetime:
        if self.reasons:
            raise self.reasons.pop()
        return super().join_all(joins)


def contended(world: World, *reasons: Exception) -> None:
    lists = Contended(world.case.store, reasons=list(reasons))
    world.case.reserve = replace(world.case.reserve, lists=lists)
    world.case.lists = world.roster.lists = lists


def test_rows_come_to_what_they_do_in_the_bucket_in_the_order_of_the_file() -> None:
    world = World()
    world.case.booked(named(PEOPLE[2]))
    rows = (a_row(0), a_row(1, consent="no"), a_row(2), a_row(3), a_row(3))
    assert handed_over(world, *rows) == [
        "2 accepted",
        "3 no_consent",
        "4 booked",
        "5 accepted",
        "6 repeated",
    ]
    assert set(world.waiting()) == {named(PEOPLE[0]), named(PEOPLE[3])}
    assert world.case.told() == ["standby.joined"] * 2


def test_who_is_told_of_can_read_who_asked() -> None:
    world = World()
    world.case.booked(named(PEOPLE[2]))
    handed_over(world, a_row(2))
    seen = world.case.store.accesses(named(PEOPLE[2]), 5)
    assert [(one.actor, one.action) for one in seen] == [(ASKING.actor.subject, "reserve.file")]


def test_a_row_of_another_point_is_refused_and_the_column_may_be_left_out() -> None:
    world = World()
    assert handed_over(world, a_row(0, point=OTHER), a_row(1, point="")) == [
        "2 unknown",
        "3 accepted",
    ]
    assert [one.point for one in world.waiting().values()] == [POINT]


@pytest.mark.parametrize("row", [a_row(0, consent="no"), a_row(0, programme="influenza")])
def test_the_same_file_with_nobody_in_it_commits_nothing(row: str) -> None:
    world = World()
    world.case.store.all_referrals.clear()
    contended(world, AssertionError())
    assert len(handed_over(world, row)) == 1


def test_who_loses_the_race_judges_anew() -> None:
    world = World()
    contended(world, Clash("step"), Gone("person"))
    assert handed_over(world, a_row(0)) == ["2 accepted"]


def test_who_loses_every_race_comes_back() -> None:
    world = World()
    contended(world, *[Clash("step")] * TRIES)
    with pytest.raises(Overloaded):
        handed_over(world, a_row(0))


def test_a_file_with_too_many_rows_is_none() -> None:
    with pytest.raises(BadRow, match="too_many"):
        handed_over(World(), *[a_row(0)] * (MOST_ROWS + 1))


def test_nobody_puts_people_on_another_point_s_list() -> None:
    world = World()
    upload = uploaded(a_point(id=OTHER), ";".join(ROW).encode())
    with pytest.raises(NotAllowed):
        taken_in(world.case.reserve, world.lists, replace(ASKING, point=OTHER), upload)
