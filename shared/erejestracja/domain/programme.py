"""Programmes: who may have which dose when. Dated rules as data, changed without a deploy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from erejestracja.domain.actor import Channel
from erejestracja.domain.ids import PatientId, ProgrammeId, VaccineCode
from erejestracja.domain.referral import Referral, ReferralKind


@dataclass(frozen=True, slots=True)
class Vaccine:
    """A product: how many doses its primary series has, for whom, and whether it also boosts.

    Ages are whole years on the day of the visit, both ends included; None is no upper end.
    `doses_per_vial` is how it comes as a rule; None where that is not said.
    """

    code: VaccineCode
    name: str
    maker: str
    doses: int
    min_age: int
    max_age: int | None = None
    boosts: bool = False
    doses_per_vial: int | None = None


class Basis(StrEnum):
    """Which day decides whether an interval is in force."""

    PREVIOUS_DOSE = "previousDose"
    BOOKING = "booking"


@dataclass(frozen=True, slots=True)
class Interval:
    """How many days must pass after the dose before (domain 1.6), in force for a range of days.

    `after` is the vaccine of the dose before and `dose` the number of the dose to be given; None is
    any. After `advised_days` the dose may still be given, with a warning. `licensed_days` are the
    fewest that the product is licensed for, and so the fewest that a physician's override comes
    down to; where there are none, no override does. The narrowest rule that
    is in force counts (vaccine before number), of equals the one that began last.
    """

    kind: ReferralKind
    min_days: int
    valid_from: date
    valid_to: date | None = None
    basis: Basis = Basis.BOOKING
    advised_days: int | None = None
    licensed_days: int | None = None
    after: VaccineCode | None = None
    dose: int | None = None

    def is_for(self, referral: Referral, booked_on: date) -> bool:
        """Tell whether this rule is in force for the next dose of a referral."""
        last = referral.given[-1]
        decides = last.on if self.basis is Basis.PREVIOUS_DOSE else booked_on
        return (
            self.kind is referral.kind
            and self.after in (None, last.vaccine)
            and self.dose in (None, referral.next_dose)
            and self.valid_from <= decides
            and (self.valid_to is None or decides <= self.valid_to)
        )

    def narrowness(self) -> tuple[bool, bool, date]:
        """Return what orders rules that are in force together: the greatest counts."""
        return self.after is not None, self.dose is not None, self.valid_from


@dataclass(frozen=True, slots=True)
class Minors:
    """Who is not vaccinated on their own word alone (domain 1.7), for a range of days of visits.

    Whole years on the day of the visit: who is `under` that age needs a form signed by a parent,
    who is at least `signs_from` signs it, too, and who is `physician_under` that age is qualified
    by a physician only. Of rules in force together the one that began last counts.
    """

    under: int
    signs_from: int
    physician_under: int
    valid_from: date
    valid_to: date | None = None

    def is_in_force(self, on: date) -> bool:
        """Tell whether this rule is in force on a local day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


# The law for all of Poland, wherever a programme says nothing else.
STATUTORY = (Minors(18, 16, 12, date(2020, 12, 27)),)


@dataclass(frozen=True, slots=True)
class Opening:
    """A cohort that may book: from when through each channel, and for which days.

    The cohort is a range of birth dates (both ends included, None is no end), a list of people, or
    both at once. A channel that `opens_at` does not name stays closed, the points' own included.
    Visits may lie on `slots_from` to `slots_to`, both included. What is not `enabled` does not
    exist: this is how an opening is staged, and how it is stopped.
    """

    id: str
    kinds: frozenset[ReferralKind]
    opens_at: Mapping[Channel, datetime]
    enabled: bool
    born_from: date | None = None
    born_to: date | None = None
    patients: frozenset[PatientId] | None = None
    slots_from: date | None = None
    slots_to: date | None = None

    def is_for(self, referral: Referral) -> bool:
        """Tell whether the person and the kind of referral are of this cohort."""
        born = referral.birth_date
        return (
            self.enabled
            and referral.kind in self.kinds
            and (self.patients is None or referral.patient in self.patients)
            and (self.born_from is None or self.born_from <= born)
            and (self.born_to is None or born <= self.born_to)
        )


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme's rules as they stand. `names` by language; `paused` are stopped channels.

    `version` is the number they were published under.
    """

    id: ProgrammeId
    names: Mapping[str, str]
    vaccines: tuple[Vaccine, ...]
    intervals: tuple[Interval, ...]
    openings: tuple[Opening, ...]
    paused: frozenset[Channel] = field(default=frozenset())
    minors: tuple[Minors, ...] = STATUTORY
    version: int = 0

    def vaccine(self, code: VaccineCode) -> Vaccine | None:
        """Return a vaccine of this programme."""
        return next((vaccine for vaccine in self.vaccines if vaccine.code == code), None)

    def minors_on(self, day: date) -> Minors | None:
        """Return the rule for who is not of age that is in force on a local day."""
        in_force = [rule for rule in self.minors if rule.is_in_force(day)]
        return max(in_force, key=lambda rule: rule.valid_from, default=None)

    def interval(self, referral: Referral, booked_on: date) -> Interval | None:
        """Return the interval in force before the next dose; a dose must have been given."""
        in_force = [rule for rule in self.intervals if rule.is_for(referral, booked_on)]
        return max(in_force, key=Interval.narrowness, default=None)
