"""Cover: whether the doses in stock and on their way suffice for the places of each day.

Doses are used in the order of time, those that expire first before others. So if they do not
suffice, the places of the latest days are without.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain

from erejestracja.domain.claim import Claim
from erejestracja.domain.ids import PlaceKey, SessionKey, VaccineCode, VisitId
from erejestracja.domain.series import Series, SeriesId, as_now_ruled, expand, sessions_of
from erejestracja.domain.session import Session
from erejestracja.domain.supply import Shortage, Supply
from erejestracja.domain.timetable import Reach, Standing
from erejestracja.domain.visit import Visit, VisitStatus

# Of which vaccines each place gives one: all of them are one demand.
Kind = tuple[VaccineCode, ...]
Places = Mapping[tuple[date, Kind], int]
ONE_DAY = timedelta(days=1)
AWAITED = frozenset({VisitStatus.BOOKED, VisitStatus.ARRIVED})


def given_by(series: Series) -> frozenset[VaccineCode]:
    """Return every vaccine that a series gives, be it on one day in place of another."""
    return frozenset((*series.vaccines, *(one.to for one in series.substituted)))


def published(
    series: Iterable[Reach], today: date, *, whole: bool = False
) -> Counter[tuple[date, Kind]]:
    """Return the places after today that series mean, as far as they reach.

    With them are those that people come to though the end of the day has fallen; `whole`, it is
    as if nothing had.
    """
    found: Counter[tuple[date, Kind]] = Counter()
    for reach in series:
        rule = reach.series.whole() if whole else reach.series
        last = min(reach.until or today, rule.valid_to or date.max)
        for session in expand(rule, today + ONE_DAY, last):
            found[session.key.day, session.vaccines] += session.slots * session.places
        for one in rule.fallen:
            if today < one.day:
                found[one.day, kind_on(rule, one.day)] += one.places()
    return found


@dataclass(frozen=True, slots=True)
class OfToday:
    """A point's sessions of today, withdrawn ones too, and who has places in them.

    `left` are parts of withdrawn ones that are yet to be published.
    """

    day: date
    stands: Mapping[SeriesId, Sequence[Standing]]
    claims: Mapping[SessionKey, Mapping[PlaceKey, Claim]]
    visits: Mapping[VisitId, Visit]
    left: Mapping[SessionKey, Sequence[Session]]

    def needed(self, series: Iterable[Reach]) -> Counter[tuple[date, Kind]]:
        """Return how many doses today's places still need, by series as they are, or are to be.

        Those of who came, or will not, need none any more. Who stays in what is withdrawn needs
        one of what they have, and has a place of what is published anew.
        """
        rules = {reach.series.id: reach.series for reach in series}
        found: Counter[tuple[date, Kind]] = Counter()
        for name, some in self.stands.items():
            rule = rules.get(name)
            for one in some:
                whole = self.left.get(one.session.key, ()) if one.leaving else [one.session]
                ruled = (as_now_ruled(part, rule) if rule else [part] for part in whole)
                found.update(self._needed_in(one, list(chain.from_iterable(ruled))))
        return found

    def _needed_in(self, one: Standing, parts: Sequence[Session]) -> Counter[tuple[date, Kind]]:
        """Return what is needed in parts of a session, and by who stays in it all the same."""
        found = Counter({(self.day, part.vaccines): 0 for part in parts})
        kinds: dict[datetime, Kind] = {}
        for part in parts:
            found[self.day, part.vaccines] += part.slots * part.places
            kinds |= {part.start_of(index): part.vaccines for index in range(part.slots)}
        for place, claim in self.claims.get(one.session.key, {}).items():
            kind = kinds.get(one.session.start_of(place.slot.index))
            visit = self.visits.get(VisitId(claim.id)) if claim.kind == "visit" else None
            follows = kind is not None and visit is not None and visit.status is VisitStatus.BOOKED
            if visit is not None and visit.status in AWAITED and not follows:
                found[self.day, one.session.vaccines] += 1
            is_had = visit is not None or (claim.kind == "withdrawn" and not one.leaving)
            if kind is not None and is_had and not follows:
                found[self.day, kind] -= 1
        return found


def kind_on(series: Series, day: date) -> Kind:
    """Return what a series gives on a day, be it shut or not."""
    sessions = sessions_of(replace(series, fallen=(), closed=()), day)
    return sessions[0].vaccines if sessions else series.vaccines


def missing(supply: Supply, places: Places, today: date) -> Counter[tuple[date, Kind]]:
    """Return how many places of controlled vaccines are without a dose, by day.

    A place for one of several vaccines needs one dose of any; one of them without control is
    enough. On a day those with the least choice come first.
    """
    found: Counter[tuple[date, Kind]] = Counter()
    coming = _doses(supply, today)
    for day, kind in sorted(places, key=lambda key: (key[0], len(key[1]), key[1])):
        if not supply.controlled.issuperset(kind):
            continue
        need = places[day, kind]
        for doses in (one for code in kind for one in coming.get(code, ())):
            if doses.from_ <= day <= doses.to:
                used = min(need, doses.left)
                doses.left -= used
                need -= used
        if need:
            found[day, kind] = need
    return found


def risen(before: Places, after: Places) -> list[Shortage]:
    """Return where more places are without a dose than there were, soonest first."""
    more = {key: n - before.get(key, 0) for key, n in after.items()}
    return [Shortage(day, kind[0], n) for (day, kind), n in sorted(more.items()) if n > 0]


def covered_to(
    supply: Supply, stands: Places, wanted: Places, today: date, days: Iterable[date]
) -> date | None:
    """Return the last of some days, one after the other, that can be as `wanted`, with cover.

    `stands` are the places published, and needed today. None where not even the first is covered.
    """
    last: date | None = None
    before = dict(stands)
    for day in days:
        after = before | {key: n for key, n in wanted.items() if key[0] == day}
        if risen(missing(supply, before, today), missing(supply, after, today)):
            break
        before, last = after, day
    return last


@dataclass(slots=True)
class _Doses:
    """Doses that can be given on a range of days."""

    from_: date
    to: date
    left: int


def _doses(supply: Supply, today: date) -> dict[VaccineCode, list[_Doses]]:
    """Return what can be given of each vaccine, what expires first before others."""
    lots = [(lot.vaccine, _Doses(today, lot.expires_on, lot.balance)) for lot in supply.lots]
    coming = [
        (one.vaccine, _Doses(one.expected_on, date.max, one.left))
        for one in supply.deliveries
        if one.covers_from(today)
    ]
    found: dict[VaccineCode, list[_Doses]] = {}
    for code, doses in sorted([*lots, *coming], key=lambda pair: (pair[1].to, pair[1].from_)):
        found.setdefault(code, []).append(doses)
    return found
