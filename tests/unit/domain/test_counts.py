from collections import Counter
from datetime import date, datetime, time

from hypothesis import given

from erejestracja.domain.counts import Counts, DayCount, PointCount, count
from erejestracja.domain.criteria import Area, Criteria
from erejestracja.domain.ids import PointId, VaccineCode
from erejestracja.domain.session import SessionState
from tests.support.builders import AT_EIGHT, DAY, MODERNA, NOW, PFIZER, a_session, a_state
from tests.support.fake_read_model import FakeMarket
from tests.support.free_slots import POINTS, afters, by_hand, criteria, states

MANY = 1000
MINE = frozenset({MODERNA})


def counted(some: list[SessionState], wish: Criteria, after: datetime, most: int = MANY) -> Counts:
    market = FakeMarket(POINTS, some)
    reach = market.points().reach(wish)
    return count(market.areas(reach.nearest), reach, wish, after, most)


@given(states, criteria, afters)
def test_the_counts_are_those_of_the_slots(
    some: list[SessionState], wish: Criteria, after: datetime
) -> None:
    by_key = {state.session.key: state for state in some}
    by_kind = Counter[tuple[PointId, date, VaccineCode, int]]()
    by_day = Counter[date]()
    for *_, key, index in by_hand(some, wish, after):
        session, free = by_key[key].session, by_key[key].free(index)
        by_day[key.day] += free
        for code in session.vaccines:
            if not wish.vaccines or code in wish.vaccines:
                by_kind[key.point, key.day, code, session.dose] += free
    result = counted(some, wish, after)
    found = {(c.point, c.day, c.vaccine, c.dose): c.free for c in result.points}
    assert found == dict(by_kind)
    for day in result.days:
        assert day.free == by_day[day.day]
        assert day.points == len({kind[0] for kind in by_kind if kind[1] == day.day})
    assert [day.day for day in result.days] == sorted({kind[1] for kind in by_kind})
    assert not result.cut


def test_days_are_whole_where_points_are_cut() -> None:
    some = [a_state(a_session(point.id, powiat=point.powiat)) for point in POINTS]
    result = counted(some, Criteria(), NOW, most=2)
    assert result.days == [DayCount(DAY, 6 * 8, 6)]
    assert len(result.points) == 2
    assert result.cut


def test_exactly_as_many_points_as_are_listed_are_not_cut() -> None:
    some = [a_state(a_session(point.id, powiat=point.powiat)) for point in POINTS]
    assert not counted(some, Criteria(), NOW, most=6).cut


def test_what_has_begun_today_is_not_counted() -> None:
    some = [a_state(a_session(POINTS[0].id, powiat=POINTS[0].powiat))]
    wish = Criteria(Area(point=POINTS[0].id))
    assert counted(some, wish, AT_EIGHT).points == [PointCount(POINTS[0].id, DAY, PFIZER, 0, 6)]
    assert counted(some, wish, NOW).points == [PointCount(POINTS[0].id, DAY, PFIZER, 0, 8)]


def test_hours_are_counted_by_their_slots() -> None:
    some = [a_state(a_session(POINTS[0].id, powiat=POINTS[0].powiat), taken=0b0100)]
    wish = Criteria(hour_from=time(8, 15), hour_to=time(8, 45))
    assert counted(some, wish, NOW).days == [DayCount(DAY, 3, 1)]


def test_a_place_of_several_vaccines_counts_under_each_that_is_asked_for() -> None:
    several = a_session(POINTS[0].id, powiat=POINTS[0].powiat, also=(MODERNA,))
    for wish, codes in ((Criteria(), {PFIZER, MODERNA}), (Criteria(vaccines=MINE), {MODERNA})):
        result = counted([a_state(several)], wish, NOW)
        assert {(one.vaccine, one.free) for one in result.points} == {(c, 8) for c in codes}
        assert result.days == [DayCount(DAY, 8, 1)]
