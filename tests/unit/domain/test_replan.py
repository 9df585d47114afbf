"""Which places stay where doses are fewer: visits, then what is published, then what had fallen."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.cover import missing
from erejestracja.domain.fallen import Fallen
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.replan import Measured, Seat, days_of, fallen_of, offered
from erejestracja.domain.series import SeriesId, from_rule
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.supply import Supply
from erejestracja.domain.vials import Lot
from tests.support.builders import AT_EIGHT, DAY, MODERNA, PFIZER, POINT, a_series

KINDS = st.sampled_from([(PFIZER,), (MODERNA,), (PFIZER, MODERNA)])


@st.composite
def seats(draw: st.DrawFn) -> list[Seat]:
    """Return the seats of two series on some days, the ends of some of which have fallen."""
    found = []
    for name in ("a", "b"):
        for day in range(draw(st.integers(0, 4))):
            kind, from_ = draw(KINDS), draw(st.integers(0, 4))
            for nth in range(draw(st.integers(1, 4))):
                starts_at = AT_EIGHT + timedelta(days=day, minutes=15 * nth)
                places = draw(st.integers(1, 4))
                taken = draw(st.integers(0, places))
                has_fallen = nth >= from_
                found.append(Seat(SeriesId(name), starts_at, kind, places, taken, has_fallen))
    return found


def measured(doses: tuple[int, int]) -> Measured:
    lots = tuple(
        Lot(POINT, code, VaccineCode(code), date(2027, 1, 1), 6, balance)
        for code, balance in zip((PFIZER, MODERNA), doses, strict=True)
    )
    supply = Supply(POINT, controlled=frozenset({PFIZER, MODERNA}), lots=lots)
    return Measured(supply, DAY - timedelta(days=1), {}, {})


DOSES = st.tuples(st.integers(0, 40), st.integers(0, 40))


@given(seats(), DOSES, st.booleans())
def test_what_is_offered_is_covered_and_free_places_fall_before_visits(
    found: list[Seat], doses: tuple[int, int], keeps: bool
) -> None:
    by = measured(doses)
    offers = offered(found, by, keeps=keeps)
    visits = Counter({key: sum(one.taken for one in offer.seats) for key, offer in offers.items()})
    covered = Counter({key: sum(offer.covered) for key, offer in offers.items()})
    stays = Counter({key: sum(offer.stays) for key, offer in offers.items()})
    free = Counter({key: sum(one.free for one in o.seats[: o.until]) for key, o in offers.items()})
    assert not missing(by.supply, covered, by.today)
    assert stays == (visits if keeps else covered)
    uncovered = missing(by.supply, stays, by.today)
    assert missing(by.supply, stays + free, by.today) == uncovered
    if any(offer.beyond() for offer in offers.values()) and len({one.kind for one in found}) == 1:
        assert free.total() == 0


@given(seats(), DOSES)
def test_what_falls_is_the_end_of_a_day(found: list[Seat], doses: tuple[int, int]) -> None:
    offers = offered(found, measured(doses), keeps=False)
    fallen = fallen_of(offers.values(), {}, 7, Strategy.CANCEL)
    for name, some in fallen.items():
        own = [one for one in found if one.series == name]
        for one in some:
            end = [s for s in own if one.hits(s.starts_at, 15)]
            assert one.places() <= sum(seat.taken for seat in end)
            assert min(seat.starts_at for seat in end) == one.from_
    for day in days_of(offers, {}):
        assert day.free or day.again


@given(seats(), DOSES)
def test_planned_twice_nothing_more_falls(found: list[Seat], doses: tuple[int, int]) -> None:
    fallen = fallen_of(offered(found, measured(doses), keeps=False).values(), {}, 7, Strategy.KEEP)
    again = []
    for seat in found:
        ends = (one for one in fallen.get(seat.series, ()) if one.hits(seat.starts_at, 15))
        end = next(ends, None)
        taken = dict(end.stays).get(seat.starts_at, 0) if end else seat.taken
        again.append(replace(seat, taken=taken, has_fallen=end is not None))
    offers = offered(again, measured(doses), keeps=True)
    assert not any(offer.falls() or offer.beyond() for offer in offers.values())


def test_a_rule_keeps_what_has_fallen() -> None:
    to = AT_EIGHT + timedelta(hours=16)
    one = Fallen(3, AT_EIGHT, to, Strategy.CANCEL, ((AT_EIGHT, 2),))
    series = a_series(fallen=(one,))
    assert series.whole() == a_series()
    again = from_rule(
        series.rule(),
        point=series.point,
        powiat=series.powiat,
        series=series.id,
        valid_from=series.valid_from,
        valid_to=series.valid_to,
    )
    assert (again, one.day, one.places()) == (series, DAY, 2)
