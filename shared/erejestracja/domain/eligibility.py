"""Eligibility: whether a person may have a slot now, and if not, why and from when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from erejestracja.domain import calendar
from erejestracja.domain.actor import Channel
from erejestracja.domain.errors import NotEligible, Reason
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.programme import Programme, Vaccine
from erejestracja.domain.referral import Referral, ReferralKind, ReferralStatus
from erejestracja.domain.session import ANY_DOSE, Visibility

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Local days from one to another, both included; the ends of time are no ends."""

    from_: date = date.min
    to: date = date.max

    @classmethod
    def between(cls, from_: date | None, to: date | None) -> "Span":
        """Return the days between two, where None is no end."""
        return cls(from_ or date.min, to or date.max)

    def has(self, day: date) -> bool:
        """Tell whether a day lies within."""
        return self.from_ <= day <= self.to

    def within(self, other: "Span") -> "Span | None":
        """Return the days of both, if any."""
        from_, to = max(self.from_, other.from_), min(self.to, other.to)
        return Span(from_, to) if from_ <= to else None

    def ends(self) -> tuple[date | None, date | None]:
        """Return both ends, None where there is none."""
        from_ = None if self.from_ == date.min else self.from_
        return from_, None if self.to == date.max else self.to


@dataclass(frozen=True, slots=True)
class Offer:
    """Which vaccines a person may have as the next dose, on which local days.

    With a `reason` they may not book now, and the dates are those of the refusal. `advised_to` is
    the last day the dose should be given; later it still may.
    """

    dose: int
    vaccines: tuple[VaccineCode, ...]
    from_: date | None
    to: date | None
    reason: Reason | None = None
    advised_to: date | None = None


def eligibility(
    programme: Programme,
    referral: Referral,
    *,
    starts_at: datetime,
    dose: int,
    vaccine: VaccineCode,
    visibility: Visibility,
    channel: Channel,
    now: datetime,
    born: Span | None = None,
    moving: bool = False,
    waived: Reason | None = None,
) -> None:
    """Return if the person may book the slot, else raise NotEligible.

    `dose` is the slot's, 0 for any; `born` the birth dates it is for, None for all. Of several
    reasons the first of this order is given, so that nobody is sent to wait for what would not
    help: no valid referral (no_referral, referral_expired), a stopped channel (programme_paused), a
    cohort that is not open (cohort_not_open, from when), then the slot: another's
    (slot_not_external), another vaccine or dose (vaccine_mismatch), for people born at other times
    (age, without dates: waiting would not help), too young or old on its day (age), too soon
    (interval), outside the days open to the cohort or named on the referral (cohort_not_open, from
    and to). Who has a booked visit may move it (`moving`) though the referral has expired meanwhile
    (domain R5). What an override has set aside (`waived`) is no reason; an interval comes down to
    what the product is licensed for.
    """
    _may_book(programme, referral, channel=channel, now=now, moving=moving, waived=waived)
    by_point = visibility is Visibility.INTERNAL and channel is Channel.POINT
    if visibility is not Visibility.EXTERNAL and not by_point:
        raise NotEligible(Reason.SLOT_NOT_EXTERNAL)
    product = programme.vaccine(vaccine)
    if product not in _vaccines(programme, referral) or dose not in (ANY_DOSE, referral.next_dose):
        raise NotEligible(Reason.VACCINE_MISMATCH)
    if born and not born.has(referral.birth_date):
        raise NotEligible(Reason.AGE)
    day = calendar.local_day(starts_at)
    for reason, spans in _limits(programme, referral, product, channel, now, waived=waived):
        if not any(span.has(day) for span in spans):
            raise _outside(reason, spans, day)


def offers(
    programme: Programme,
    referral: Referral,
    *,
    channel: Channel,
    now: datetime,
    waived: Reason | None = None,
) -> tuple[Offer, ...]:
    """Return what a person may have now as the next dose, soonest first; never nothing.

    An offer without reason holds exactly the days that `eligibility` allows for the slots open to
    the channel; where there is none, one offer at least tells the reason.
    """
    dose = referral.next_dose
    vaccines = _vaccines(programme, referral)
    codes = tuple(vaccine.code for vaccine in vaccines)
    try:
        _may_book(programme, referral, channel=channel, now=now, moving=False, waived=waived)
    except NotEligible as no:
        return (Offer(dose, codes, no.from_, no.to, no.reason),)
    if not vaccines:
        return (Offer(dose, (), None, None, Reason.VACCINE_MISMATCH),)
    found = [
        offer
        for vaccine in vaccines
        for offer in _offers_of(programme, referral, vaccine, channel, now, waived=waived)
    ]
    return tuple(_joined(found))


def _may_book(
    programme: Programme,
    referral: Referral,
    *,
    channel: Channel,
    now: datetime,
    moving: bool,
    waived: Reason | None,
) -> None:
    """Raise what keeps the person from any slot through this channel now."""
    usable = referral.status in (ReferralStatus.ISSUED, ReferralStatus.IN_USE)
    if not usable or referral.programme != programme.id or not _is_next(programme, referral):
        raise NotEligible(Reason.NO_REFERRAL)
    started = moving or referral.status is ReferralStatus.IN_USE
    started = started or waived is Reason.REFERRAL_EXPIRED
    if not started and calendar.local_day(now) > referral.expires_on:
        raise NotEligible(Reason.REFERRAL_EXPIRED, to=referral.expires_on)
    if channel in programme.paused:
        raise NotEligible(Reason.PROGRAMME_PAUSED)
    if waived is Reason.COHORT_NOT_OPEN:
        return
    opens = [
        max(opening.opens_at[channel], referral.bookable_from)
        for opening in programme.openings
        if opening.is_for(referral) and channel in opening.opens_at
    ]
    if not opens or min(opens) > now:
        first = min(opens, default=None)
        raise NotEligible(Reason.COHORT_NOT_OPEN, first and calendar.local_day(first))


def _is_next(programme: Programme, referral: Referral) -> bool:
    """Tell whether the dose that comes next is one the referral is for."""
    if not referral.given:
        return referral.kind is ReferralKind.PRIMARY
    begun = programme.vaccine(referral.given[-1].vaccine)
    in_series = begun is not None and referral.next_dose <= begun.doses
    return in_series == (referral.kind is ReferralKind.PRIMARY)


def _vaccines(programme: Programme, referral: Referral) -> tuple[Vaccine, ...]:
    """Return the products the next dose may be of: a series is finished with what it was begun."""
    if referral.kind is not ReferralKind.PRIMARY:
        return tuple(vaccine for vaccine in programme.vaccines if vaccine.boosts)
    if not referral.given:
        return programme.vaccines
    begun = referral.given[-1].vaccine
    return tuple(vaccine for vaccine in programme.vaccines if vaccine.code == begun)


def unsuited(
    programme: Programme,
    referral: Referral,
    vaccine: VaccineCode,
    starts_at: datetime,
    now: datetime,
) -> Reason | None:
    """Return why somebody who has a visit may not be given another vaccine then; None: they may.

    Only what the vaccine itself asks is looked at, for the visit stays booked whatever has become
    of referral, cohort or channel meanwhile.
    """
    product = programme.vaccine(vaccine)
    if product is None or product not in _vaccines(programme, referral):
        return Reason.VACCINE_MISMATCH
    day = calendar.local_day(starts_at)
    limits = _of_vaccine(programme, referral, product, now)
    return next((r for r, spans in limits if not any(span.has(day) for span in spans)), None)


def _of_vaccine(
    programme: Programme,
    referral: Referral,
    vaccine: Vaccine,
    now: datetime,
    waived: Reason | None = None,
) -> Iterator[tuple[Reason, list[Span]]]:
    """Yield what a vaccine asks, with the days on which it does not stand in the way."""
    yield Reason.AGE, [_at_age(referral.birth_date, vaccine)]
    if referral.given:
        licensed = waived is Reason.INTERVAL
        yield Reason.INTERVAL, _after_interval(programme, referral, now, licensed=licensed)


def _limits(
    programme: Programme,
    referral: Referral,
    vaccine: Vaccine,
    channel: Channel,
    now: datetime,
    *,
    waived: Reason | None,
) -> Iterator[tuple[Reason, list[Span]]]:
    """Yield each reason with the days on which it does not stand in the way."""
    yield from _of_vaccine(programme, referral, vaccine, now, waived)
    if waived is Reason.COHORT_NOT_OPEN:
        return
    yield Reason.COHORT_NOT_OPEN, [Span.between(*referral.window)]
    yield (
        Reason.COHORT_NOT_OPEN,
        [
            Span.between(opening.slots_from, opening.slots_to)
            for opening in programme.openings
            if opening.is_for(referral)
            and channel in opening.opens_at
            and opening.opens_at[channel] <= now
        ],
    )


def _at_age(born: date, vaccine: Vaccine) -> Span:
    oldest = vaccine.max_age
    too_old = None if oldest is None else birthday(born, oldest + 1) - ONE_DAY
    return Span.between(birthday(born, vaccine.min_age), too_old)


def _after_interval(
    programme: Programme, referral: Referral, now: datetime, *, licensed: bool
) -> list[Span]:
    """Return the days after the interval; none if no rule is in force, for then nobody knows."""
    rule = programme.interval(referral, calendar.local_day(now))
    if rule is None:
        return []
    fewest = rule.licensed_days if licensed else None
    return [Span(referral.given[-1].on + (fewest or rule.min_days) * ONE_DAY)]


def birthday(born: date, age: int) -> date:
    """Return the day an age is reached; born 29 February, in other years 28 (civil code, 112)."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return born.replace(year=born.year + age, day=28)


def age_on(born: date, day: date) -> int:
    """Return how many whole years somebody has lived on a day."""
    years = day.year - born.year
    return years - (birthday(born, years) > day)


def _outside(reason: Reason, spans: list[Span], day: date) -> NotEligible:
    """Return the refusal with the dates of the next days allowed, or of the last there were."""
    ahead = [span for span in spans if span.from_ > day]
    nearest = min(ahead, key=lambda span: span.from_, default=None)
    nearest = nearest or max(spans, key=lambda span: span.to, default=Span())
    return NotEligible(reason, *nearest.ends())


def _offers_of(
    programme: Programme,
    referral: Referral,
    vaccine: Vaccine,
    channel: Channel,
    now: datetime,
    *,
    waived: Reason | None,
) -> list[Offer]:
    today = calendar.local_day(now)
    days, dose = [Span(from_=today)], referral.next_dose
    for reason, spans in _limits(programme, referral, vaccine, channel, now, waived=waived):
        left = [both for span in days for other in spans if (both := span.within(other))]
        if not left:
            no = _outside(reason, spans, min(span.from_ for span in days))
            return [Offer(dose, (vaccine.code,), no.from_, no.to, reason)]
        days = left
    advised = _advised_to(programme, referral, today)
    merged = (span.ends() for span in _merged(days))
    return [Offer(dose, (vaccine.code,), *ends, advised_to=advised) for ends in merged]


def _advised_to(programme: Programme, referral: Referral, today: date) -> date | None:
    rule = programme.interval(referral, today) if referral.given else None
    days = rule.advised_days if rule else None
    return None if days is None else referral.given[-1].on + days * ONE_DAY


def _merged(spans: list[Span]) -> list[Span]:
    """Return the same days without overlap, adjacent spans made one."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.from_):
        if merged and span.from_ - ONE_DAY <= merged[-1].to:
            merged[-1] = Span(merged[-1].from_, max(merged[-1].to, span.to))
        else:
            merged.append(span)
    return merged


def _joined(found: list[Offer]) -> Iterator[Offer]:
    """Yield offers of the same days once, with all their vaccines; those that can be had first."""

    def same(offer: Offer) -> tuple[bool, date, date, str, date]:
        ends = (offer.from_ or date.max, offer.to or date.max, offer.advised_to or date.max)
        return offer.reason is not None, ends[0], ends[1], offer.reason or "", ends[2]

    for _, group in groupby(sorted(found, key=same), key=same):
        first, *rest = group
        codes = (*first.vaccines, *(code for offer in rest for code in offer.vaccines))
        yield Offer(first.dose, codes, first.from_, first.to, first.reason, first.advised_to)
