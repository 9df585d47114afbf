"""Planning anew: which places stay where doses are fewer, and which come back where there are more.

Visits come first, then free places that are published, then those that had fallen; of each the
earliest. So the latest free places fall first, and visits only where no free place is left to fall.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import accumulate

from erejestracja.domain import calendar
from erejestracja.domain.cover import ONE_DAY, Kind, Places, missing, risen
from erejestracja.domain.fallen import Fallen
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.series import SeriesId
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.supply import Supply

Key = tuple[date, Kind]


@dataclass(frozen=True, slots=True)
class Seat:
    """A slot of a series: its places as the rule has them, and how many of them somebody has.

    Where it has fallen already, `taken` are those it is kept open for.
    """

    series: SeriesId
    starts_at: datetime
    kind: Kind
    places: int
    taken: int
    has_fallen: bool

    @property
    def key(self) -> Key:
        """Return the day and what is given."""
        return calendar.local_day(self.starts_at), self.kind

    @property
    def free(self) -> int:
        """Return how many more people it takes if it is offered."""
        return max(0, self.places - self.taken)


@dataclass(frozen=True, slots=True)
class Measured:
    """What seats are measured by: doses, what is needed in any case, and what may be without."""

    supply: Supply
    today: date
    needed: Places
    allowed: Places

    def fits(self, demand: Places) -> bool:
        """Tell whether no more is without a dose than may be."""
        return not risen(self.allowed, missing(self.supply, demand, self.today))


@dataclass(frozen=True, slots=True)
class OfferedSeats:
    """What of a day's seats is offered, which are its first `until`.

    Of each `covered` are how many of those who have it a dose is there for; `keeps`, the others
    come, too.
    """

    seats: tuple[Seat, ...]
    until: int
    covered: tuple[int, ...]
    keeps: bool

    @property
    def stays(self) -> tuple[int, ...]:
        """Return how many of each seat are for who has one already."""
        return tuple(one.taken for one in self.seats) if self.keeps else self.covered

    def beyond(self) -> list[tuple[Seat, int]]:
        """Return the seats that more people have than doses are there for, and for how many."""
        each = zip(self.seats, self.covered, strict=True)
        return [(seat, covered) for seat, covered in each if covered < seat.taken]

    def falls(self) -> int:
        """Return how many free places fall that are published."""
        return sum(one.free for one in self.seats[self.until :] if not one.has_fallen)

    def comes_back(self) -> int:
        """Return how many places are free again."""
        return sum(one.free for one in self.seats[: self.until] if one.has_fallen)

    def ends(self) -> dict[SeriesId, list[tuple[Seat, int]]]:
        """Return the end of each series' day from where it is not offered, and who stays in it."""
        found: dict[SeriesId, list[tuple[Seat, int]]] = {}
        each = zip(range(len(self.seats)), self.seats, self.stays, strict=True)
        for nth, seat, stays in sorted(each, key=lambda one: one[1].starts_at):
            if nth >= self.until or stays < seat.taken or seat.series in found:
                found.setdefault(seat.series, []).append((seat, stays))
        return found


def offered(seats: Iterable[Seat], by: Measured, *, keeps: bool) -> dict[Key, OfferedSeats]:
    """Choose what is offered of each day; `keeps`, people come to places without a dose, too."""
    days: dict[Key, list[Seat]] = {}
    # What is published comes before what had fallen.
    for seat in sorted(seats, key=lambda one: (one.has_fallen, one.starts_at, one.series)):
        days.setdefault(seat.key, []).append(seat)
    taken = {key: sum(one.taken for one in some) for key, some in days.items()}
    demand, covered = Counter(by.needed), dict.fromkeys(days, 0)
    for key in sorted(days):
        covered[key] = _last(by, demand, key, range(taken[key] + 1))
        demand[key] += covered[key]
    if keeps:
        demand += Counter(taken) - Counter(covered)
        without = missing(by.supply, demand, by.today)
        by = replace(by, allowed=Counter(by.allowed) | without)
    until = _offered_free(days, by, demand)
    return {
        key: OfferedSeats(tuple(some), until[key], _earliest(some, covered[key]), keeps)
        for key, some in days.items()
    }


def _offered_free(
    days: Mapping[Key, Sequence[Seat]], by: Measured, demand: Counter[Key]
) -> dict[Key, int]:
    """Return how many seats of each day are offered whole."""
    until = dict.fromkeys(days, 0)
    published = {key: sum(not one.has_fallen for one in some) for key, some in days.items()}
    for ends in (published, {key: len(some) for key, some in days.items()}):
        for key in sorted(days):
            begins = until[key]
            if ends is not published and begins < published[key]:
                continue
            free = [one.free for one in days[key][begins : ends[key]]]
            totals = [0, *accumulate(free)]
            more = _last(by, demand, key, totals)
            demand[key] += totals[more]
            until[key] += more
    return until


def _last(by: Measured, demand: Counter[Key], key: Key, totals: Sequence[int]) -> int:
    """Return the last of some rising totals that fits; the first, which is nothing, always does."""
    low, high = 0, len(totals) - 1
    middle = high
    while low < high:
        if totals[middle] == totals[low] or by.fits(demand + Counter({key: totals[middle]})):
            low = middle
        else:
            high = middle - 1
        middle = (low + high + 1) // 2
    return low


def _earliest(seats: Sequence[Seat], left: int) -> tuple[int, ...]:
    """Return how many of those who have each seat there are doses for: the earliest."""
    found = dict.fromkeys(range(len(seats)), 0)
    for nth in sorted(found, key=lambda n: seats[n].starts_at):
        found[nth] = min(seats[nth].taken, left)
        left -= found[nth]
    return tuple(found[nth] for nth in range(len(seats)))


def fallen_of(
    offers: Iterable[OfferedSeats],
    before: Mapping[SeriesId, Sequence[Fallen]],
    number: int,
    strategy: Strategy,
) -> dict[SeriesId, tuple[Fallen, ...]]:
    """Return what falls of each series; what had fallen in the same way stays as it is.

    Number and strategy are those of what falls now; what only comes back in part keeps its own.
    """
    known = {(series, one.day): one for series, some in before.items() for one in some}
    found: dict[SeriesId, list[Fallen]] = {series: [] for series in before}
    for offer in offers:
        for series, end in offer.ends().items():
            was = known.get((series, end[0][0].key[0]))
            found.setdefault(series, []).append(_fallen(end, was, number, strategy))
    return {series: tuple(sorted(some, key=lambda f: f.from_)) for series, some in found.items()}


def _fallen(
    end: Sequence[tuple[Seat, int]], was: Fallen | None, number: int, strategy: Strategy
) -> Fallen:
    from_ = end[0][0].starts_at
    hits_nobody = all(stays == seat.taken for seat, stays in end)
    if was and from_ >= was.from_ and hits_nobody:
        number, strategy = was.number, was.strategy
    to = calendar.start_of_day(calendar.local_day(from_) + ONE_DAY)
    stays = tuple((seat.starts_at, stays) for seat, stays in end if stays)
    return Fallen(number, from_, to, strategy, stays)


@dataclass(frozen=True, slots=True)
class DayFall:
    """What of a local day is covered no longer: free places that fall, and visits.

    `again` are places that are covered again. Of several vaccines that would do, `vaccine` is the
    one the point would rather give.
    """

    day: date
    vaccine: VaccineCode
    free: int
    booked: int
    again: int = 0


def days_of(offers: Mapping[Key, OfferedSeats], booked: Mapping[Key, int]) -> list[DayFall]:
    """Return what falls, and what comes back, day by day; `booked` are visits without a dose."""
    found = [
        DayFall(day, kind[0], offer.falls(), booked.get((day, kind), 0), offer.comes_back())
        for (day, kind), offer in sorted(offers.items())
    ]
    return [one for one in found if one.free or one.booked or one.again]
