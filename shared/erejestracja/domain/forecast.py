"""The forecast: how many doses a point needs in each of the weeks to come, and where they run out.

Of a series begun at the point the next dose is planned at the soonest day it may be given. Whoever
has a visit counts on its day, whoever has none in the week of their soonest. Weeks are those of ISO
8601, from Monday, as in the statistics (`next_doses_weekly`).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from erejestracja.domain.actor import Channel
from erejestracja.domain.calendar import A_WEEK, monday_of, sunday_of
from erejestracja.domain.cover import Kind, missing
from erejestracja.domain.eligibility import offers
from erejestracja.domain.ids import DoseOf, PatientId, ProgrammeId, VaccinationId, VaccineCode
from erejestracja.domain.programme import Programme
from erejestracja.domain.referral import Referral, ReferralKind
from erejestracja.domain.supply import Supply

Weekly = Counter[tuple[VaccineCode, date]]
# The course that somebody began so long ago is not waited for any more.
LOOKED_BACK = timedelta(weeks=26)


@dataclass(frozen=True, slots=True)
class Course:
    """A dose given at the point; `last` tells that none of its series follows."""

    vaccination: VaccinationId
    patient: PatientId
    programme: ProgrammeId
    vaccine: VaccineCode
    dose: int
    last: bool

    @property
    def next_one(self) -> DoseOf:
        """Return the dose that follows."""
        return self.patient, self.programme, self.dose + 1

    @property
    def this_one(self) -> DoseOf:
        """Return the dose that was given."""
        return self.patient, self.programme, self.dose


@dataclass(frozen=True, slots=True)
class Due:
    """A next dose nobody has booked: from when it may be given, and until when it should be."""

    vaccine: VaccineCode
    soonest: date
    advised_to: date | None


@dataclass(frozen=True, slots=True)
class Booked:
    """A visit that stands: its local day, its vaccine, which dose."""

    day: date
    vaccine: VaccineCode
    dose: int


@dataclass(frozen=True, slots=True)
class WeekAhead:
    """What a point needs of a vaccine in a week, and what of that it will not have.

    `due` are next doses without a visit that may be given from this week on, `latest` those of any
    week that should be given in this one at the latest; `booked_next` and `booked_first` the visits
    that stand, `coming` confirmed deliveries.
    """

    starts: date
    due: int
    latest: int
    booked_next: int
    booked_first: int
    coming: int
    missing: int

    @property
    def needed(self) -> int:
        """Return all the doses that are needed."""
        return self.due + self.booked_next + self.booked_first

    @property
    def ends(self) -> date:
        """Return the Sunday."""
        return sunday_of(self.starts)


@dataclass(frozen=True, slots=True)
class Outlook:
    """The weeks to come of one vaccine, and how many doses of it are in the fridge."""

    vaccine: VaccineCode
    stock: int
    weeks: tuple[WeekAhead, ...]


def week_name(day: date) -> str:
    """Return a day's week as ISO 8601 names it: 2026-W53 has the first days of January 2027."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def begun(given: Iterable[Course]) -> list[Course]:
    """Return the doses whose next one was not given at the point, as far as is known there."""
    given = list(given)
    had = {one.this_one for one in given}
    return [one for one in given if not one.last and one.next_one not in had]


def due_of(
    programme: Programme, referrals: Iterable[Referral], course: Course, now: datetime
) -> Due | None:
    """Return when somebody needs their next dose; None where they had it, or will not have it.

    That is what the rules offer them at the point. A channel that is stopped for now changes
    nothing about what will be needed.
    """
    running = replace(programme, paused=frozenset[Channel]())
    found = [
        offer
        for referral in referrals
        if referral.kind is ReferralKind.PRIMARY and referral.next_dose == course.dose + 1
        for offer in offers(running, referral, channel=Channel.POINT, now=now)
        if offer.reason is None and offer.from_ is not None
    ]
    days = [(offer.from_, offer.advised_to) for offer in found if offer.from_ is not None]
    soonest = min(days, key=lambda pair: pair[0], default=None)
    return Due(course.vaccine, *soonest) if soonest else None


def forecast(
    supply: Supply, due: Iterable[Due], booked: Iterable[Booked], today: date, weeks: int
) -> list[Outlook]:
    """Return the weeks to come, this one first, of each vaccine there is anything to say of."""
    mondays = [monday_of(today) + n * A_WEEK for n in range(weeks)]
    due, booked = list(due), [one for one in booked if one.day >= today]
    coming = [one for one in supply.deliveries if one.covers_from(today)]
    counted: dict[str, Weekly] = {
        "due": _counted((one.vaccine, max(today, one.soonest), 1) for one in due),
        "latest": _counted(
            (one.vaccine, max(today, one.advised_to), 1) for one in due if one.advised_to
        ),
        "booked_next": _counted((one.vaccine, one.day, 1) for one in booked if one.dose > 1),
        "booked_first": _counted((one.vaccine, one.day, 1) for one in booked if one.dose == 1),
        "coming": _counted((one.vaccine, one.expected_on, one.left) for one in coming),
        "missing": _missing(supply, due, booked, today),
    }
    usable = [lot for lot in supply.lots if lot.expires_on >= today]
    stock = sum((Counter({lot.vaccine: lot.balance}) for lot in usable), Counter[VaccineCode]())
    of_note = {code for weekly in counted.values() for code, monday in +weekly if monday in mondays}
    return [
        Outlook(
            code,
            stock[code],
            tuple(
                WeekAhead(monday, **{what: counted[what][code, monday] for what in counted})
                for monday in mondays
            ),
        )
        for code in sorted(of_note | set(stock))
    ]


def _counted(found: Iterable[tuple[VaccineCode, date, int]]) -> Weekly:
    weekly: Weekly = Counter()
    for code, day, number in found:
        weekly[code, monday_of(day)] += number
    return weekly


def _missing(supply: Supply, due: Iterable[Due], booked: Iterable[Booked], today: date) -> Weekly:
    """Return the doses that will not be there, in the order of time, under control or not.

    Who has no visit yet can wait for what comes later in the week.
    """
    wanted: Counter[tuple[date, Kind]] = Counter()
    for visit in booked:
        wanted[visit.day, (visit.vaccine,)] += 1
    for one in due:
        wanted[sunday_of(max(today, one.soonest)), (one.vaccine,)] += 1
    codes = frozenset(kind[0] for _, kind in wanted)
    short = missing(replace(supply, controlled=codes), wanted, today)
    return _counted((kind[0], day, number) for (day, kind), number in short.items())
