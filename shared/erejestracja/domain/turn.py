"""Whose turn it is on a standby list: a stated rule, so that it can be explained to who waits.

Additional doses of the immunocompromised and people of 80 and more come first, then the seventies,
the sixties and all others, as the cohorts were opened (domain 1.2); within a group, who has waited
longest. Only who may have a dose at this moment is called.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from erejestracja.domain import calendar
from erejestracja.domain.actor import Channel
from erejestracja.domain.eligibility import birthday, eligibility
from erejestracja.domain.errors import NotEligible, Reason
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.person import Person
from erejestracja.domain.programme import Programme
from erejestracja.domain.referral import Referral, ReferralKind
from erejestracja.domain.session import Visibility
from erejestracja.domain.standby import Standby


class Group(StrEnum):
    """Who is called before whom, first to last."""

    ADDITIONAL = "additional"
    FROM_80 = "from80"
    FROM_70 = "from70"
    FROM_60 = "from60"
    OTHERS = "others"


ORDER = {group: number for number, group in enumerate(Group)}
AGES = ((80, Group.FROM_80), (70, Group.FROM_70), (60, Group.FROM_60))


@dataclass(frozen=True, slots=True)
class Turn:
    """An entry of a list as it stands now, and all that its place in the order follows from.

    `may_have` are those wished for that the rules allow at this moment, on `referral`; where there
    is none, `refused` says why. `rests` tells that they are being called, are coming, or were
    called a short while ago.
    """

    standby: Standby
    group: Group
    rests: bool
    may_have: tuple[VaccineCode, ...] = ()
    referral: Referral | None = None
    refused: NotEligible | None = None
    person: Person | None = None

    @property
    def is_next(self) -> bool:
        """Tell whether they may be called; of several, the first by `place` is."""
        return not self.rests and self.refused is None

    def place(self) -> tuple[bool, bool, int, datetime, str]:
        """Return what orders a list: those who may be called first, then by the rule."""
        waits = self.standby
        return self.refused is not None, self.rests, ORDER[self.group], waits.since, waits.id


def turn_of(
    programme: Programme,
    standby: Standby,
    referrals: Iterable[Referral],
    person: Person | None = None,
    *,
    now: datetime,
) -> Turn:
    """Return an entry's turn, judged by the person's referrals as they stand."""
    refused = NotEligible(Reason.NO_REFERRAL)
    group, rests = Group.OTHERS, not standby.may_be_called(now)
    for referral in referrals:
        if referral.programme == programme.id:
            group = min(group, group_of(referral, calendar.local_day(now)), key=ORDER.__getitem__)
            may_have, no = _allowed(programme, referral, standby.vaccines, now)
            if may_have:
                mine = group_of(referral, calendar.local_day(now))
                return Turn(standby, mine, rests, may_have, referral, person=person)
            refused = min(refused, no, key=_when)
    return Turn(standby, group, rests, refused=refused, person=person)


def group_of(referral: Referral, today: date) -> Group:
    """Return whom a person is called with, by what the dose is for and by age."""
    if referral.kind is ReferralKind.ADDITIONAL:
        return Group.ADDITIONAL
    born = referral.birth_date
    return next((group for age, group in AGES if birthday(born, age) <= today), Group.OTHERS)


def _allowed(
    programme: Programme, referral: Referral, wished: tuple[VaccineCode, ...], now: datetime
) -> tuple[tuple[VaccineCode, ...], NotEligible]:
    """Return which of the vaccines the referral allows now, and the soonest refusal of the rest."""
    allowed, refused = [], NotEligible(Reason.NO_REFERRAL)
    for code in wished:
        try:
            eligibility(
                programme,
                referral,
                starts_at=now,
                dose=referral.next_dose,
                vaccine=code,
                visibility=Visibility.INTERNAL,
                channel=Channel.POINT,
                now=now,
            )
        except NotEligible as no:
            refused = min(refused, no, key=_when)
        else:
            allowed.append(code)
    return tuple(allowed), refused


def _when(refused: NotEligible) -> tuple[date, bool]:
    """Return what orders refusals: what ends soonest is told first, that there is nothing last."""
    return refused.from_ or date.max, refused.reason is Reason.NO_REFERRAL
