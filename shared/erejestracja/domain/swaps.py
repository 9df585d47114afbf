"""Swaps: a dose that nobody came for goes to who has a visit later, and visits change places.

The rules are of 2021 (domain 4.5). Who misses a further dose makes room for somebody booked for a
first one within five weeks: they have it now, and their old date becomes that of their next dose
where the interval fits. Who may not have it until a day changes places with somebody whose dose is
planned at about that day; where that is more than four weeks off, over others between.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from erejestracja.domain import calendar
from erejestracja.domain.actor import Channel
from erejestracja.domain.eligibility import eligibility
from erejestracja.domain.errors import NotEligible
from erejestracja.domain.ids import PatientId, SessionKey, VaccineCode
from erejestracja.domain.programme import Programme
from erejestracja.domain.referral import DoseGiven, Referral, ReferralKind, ReferralStatus
from erejestracja.domain.session import Session, Visibility
from erejestracja.domain.visit import Visit, VisitStatus

ONE_DAY = timedelta(days=1)
SOON = timedelta(weeks=5)
ABOUT = timedelta(days=14)
EARLIER = timedelta(weeks=4)
# Twelve weeks; who is put off for longer is booked anew.
MOST_LINKS = 3
FIRST = 1

Days = tuple[date, date]
Referrals = Mapping[PatientId, Sequence[Referral]]


class Why(StrEnum):
    """Why a dose is free."""

    MISSED = "missed"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class FreeDose:
    """A dose that was planned for today: whose it was, why it is free, until when they may not."""

    visit: Visit
    why: Why
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Swap:
    """Who comes now, first of `chain`; each next takes the place that the one before leaves.

    The place that the last leaves goes to whose dose it was (deferred), or stays theirs as the
    date of their next dose (`keeps_date`), or is free.
    """

    dose: FreeDose
    chain: tuple[Visit, ...]
    keeps_date: bool = False


def days_for_missed(
    programme: Programme, referral: Referral, vaccine: VaccineCode, today: date
) -> list[Days]:
    """Return the local days whose visits may come now: first those good for the next dose.

    `referral` is any to the programme; which interval will hold is decided for each visit later.
    """
    given = (DoseGiven(FIRST, today, vaccine),)
    begun = replace(referral, kind=ReferralKind.PRIMARY, given=given)
    rule = programme.interval(begun, today)
    good = today + (timedelta(days=rule.min_days) if rule else SOON)
    spans = ((good, today + SOON), (today + ONE_DAY, min(good - ONE_DAY, today + SOON)))
    return [(first, last) for first, last in spans if first <= last]


def days_for_deferred(until: date, today: date) -> list[Days]:
    """Return, for each link of a chain, the local days on which its visit may be now.

    None where no chain of at most `MOST_LINKS` reaches the day until which somebody may not come.
    """
    links = max(1, -(-(until - today) // EARLIER))
    if links > MOST_LINKS:
        return []
    between = [
        (max(today + ONE_DAY, until - EARLIER * (links - link)), today + EARLIER * link)
        for link in range(1, links)
    ]
    return [*between, (until, min(until + ABOUT, today + EARLIER * links))]


def could_take(dose: FreeDose, visit: Visit) -> bool:
    """Tell whether a visit is one that such a dose may be given to, by its kind alone."""
    wanted = FIRST if dose.why is Why.MISSED else dose.visit.dose
    return (
        visit.status is VisitStatus.BOOKED
        and visit.vaccine == dose.visit.vaccine
        and visit.programme == dose.visit.programme
        and visit.dose == wanted
        and visit.patient != dose.visit.patient
    )


def swaps(
    programme: Programme,
    dose: FreeDose,
    visits: Sequence[Sequence[Visit]],
    referrals: Referrals,
    sessions: Mapping[SessionKey, Session],
    *,
    now: datetime,
) -> Iterator[Swap]:
    """Yield what may be done with visits: one, or for a deferred dose one of each link's days.

    `sessions` are those of the places that a deferred dose makes others take over.
    """
    judge = _Judge(programme, dose, referrals, sessions, now)
    if dose.why is Why.DEFERRED:
        yield from (Swap(dose, chain) for chain in judge.chains(visits, None))
        return
    for visit in visits[0]:
        ahead = calendar.local_day(visit.starts_at) - calendar.local_day(now)
        if timedelta() < ahead <= SOON and judge.may_have(visit, None):
            yield Swap(dose, (visit,), keeps_date=judge.keeps_date(visit))


def given_now(referral: Referral, visit: Visit, now: datetime) -> Referral:
    """Return the referral as it will be when the visit's dose is given today."""
    dose = DoseGiven(visit.dose, calendar.local_day(now), visit.vaccine)
    return replace(referral, given=(*referral.given, dose), status=ReferralStatus.IN_USE)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Asks the one rule of eligibility about each visit at its new time."""

    programme: Programme
    dose: FreeDose
    referrals: Referrals
    sessions: Mapping[SessionKey, Session]
    now: datetime

    def chains(
        self, visits: Sequence[Sequence[Visit]], left: Visit | None
    ) -> Iterator[tuple[Visit, ...]]:
        """Yield chains whose first visit takes the place of one before, or comes now (None)."""
        here, rest = visits[0], visits[1:]
        day = calendar.local_day(left.starts_at if left else self.now)
        for visit in here:
            earlier = calendar.local_day(visit.starts_at) - day
            if not timedelta() < earlier <= EARLIER or not self.may_have(visit, left):
                continue
            if rest:
                yield from ((visit, *more) for more in self.chains(rest, visit))
            elif self.may_have(self.dose.visit, visit):
                yield (visit,)

    def may_have(self, visit: Visit, left: Visit | None) -> bool:
        """Tell whether a person may have their dose on the place of another visit, or now."""
        starts_at = left.starts_at if left else self.now
        session = self.sessions.get(left.place.slot.session) if left else None
        return any(
            self._allows(referral, visit.dose, visit, starts_at)
            and (session is None or session.is_for(referral.birth_date))
            for referral in self.referrals.get(visit.patient, ())
            if referral.id == visit.referral
        )

    def keeps_date(self, visit: Visit) -> bool:
        """Tell whether a visit's date is good for the next dose, its own given today."""
        return any(
            self._allows(
                given_now(referral, visit, self.now), visit.dose + 1, visit, visit.starts_at
            )
            for referral in self.referrals.get(visit.patient, ())
            if referral.id == visit.referral
        )

    def _allows(self, referral: Referral, dose: int, visit: Visit, starts_at: datetime) -> bool:
        try:
            eligibility(
                self.programme,
                referral,
                starts_at=starts_at,
                dose=dose,
                vaccine=visit.vaccine,
                visibility=Visibility.INTERNAL,
                channel=Channel.POINT,
                now=self.now,
                moving=True,
            )
        except NotEligible:
            return False
        return True
