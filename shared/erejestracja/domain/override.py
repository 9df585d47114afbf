"""Overrides: one rule set aside for one person's booking, for a fixed reason, by two people.

What may be set aside is in `GROUNDS`, and nothing else is, whoever consents. A cohort's opening is
an order of who comes first, and an expired referral a matter of papers (domain R6: it is issued
anew). An interval is the programme's, and a physician may shorten it to what the product is
licensed for (domain 1.6), but no further. Ages are the licence itself; another product than before
and no referral at all are for a physician at a point to decide, who sees the person (domain R11,
1.6); internal places are the point's; and what is paused was stopped for everybody.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NewType

from erejestracja.domain.actor import Actor, Channel
from erejestracja.domain.call import CallId
from erejestracja.domain.eligibility import Offer, offers
from erejestracja.domain.errors import Reason
from erejestracja.domain.events import Event
from erejestracja.domain.ids import EventId, PatientId, ProgrammeId, ReferralId, VisitId
from erejestracja.domain.programme import Programme
from erejestracja.domain.referral import Referral, ReferralKind

OverrideId = NewType("OverrideId", str)

# The caller stays on the line, and a place is kept for as long.
DECIDED_WITHIN = timedelta(minutes=10)
# Then a place is chosen, if none is kept; who was cut off is rung up again within it.
USED_WITHIN = timedelta(minutes=30)


class Ground(StrEnum):
    """Why a rule is to be set aside. Fixed reasons: a free text soon holds what it must not."""

    PHYSICIAN = "physician"
    REFERRAL_ERROR = "referralError"
    COMPANION = "companion"
    ORDER = "order"


# rule: the reasons it may be set aside for.
GROUNDS: Mapping[Reason, tuple[Ground, ...]] = {
    Reason.COHORT_NOT_OPEN: tuple(Ground),
    Reason.REFERRAL_EXPIRED: (Ground.REFERRAL_ERROR, Ground.ORDER),
    Reason.INTERVAL: (Ground.PHYSICIAN,),
}


# What stands for the doses that follow, too: whoever has begun finishes in time (domain R5). An
# interval is each dose's own, and a referral that is in use does not expire.
FOR_THE_COURSE = frozenset({Reason.COHORT_NOT_OPEN})


class Status(StrEnum):
    """Where an override is; `asked` and `consented` are open, the others the end."""

    ASKED = "asked"
    CONSENTED = "consented"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    USED = "used"


OPEN = frozenset({Status.ASKED, Status.CONSENTED})


@dataclass(frozen=True, slots=True)
class Override:
    """What one person asks for and another consents to.

    `rules` is the version of the programme's rules that refused. `kind`, `dose`, `age` in years and
    `otherwise_from`, the day from which it would be allowed anyway, are what the second person
    decides by. It is open until `ends_at`; `version` counts its steps.
    """

    id: OverrideId
    patient: PatientId
    referral: ReferralId
    programme: ProgrammeId
    rules: int
    rule: Reason
    ground: Ground
    kind: ReferralKind
    dose: int
    age: int
    otherwise_from: date | None
    asked_by: str
    asked_at: datetime
    ends_at: datetime
    call: CallId | None = None
    status: Status = Status.ASKED
    decided_by: str | None = None
    decided_at: datetime | None = None
    visit: VisitId | None = None
    version: int = 1

    def state(self, now: datetime) -> Status:
        """Return where it is, as far as time goes, too."""
        return Status.LAPSED if self.status in OPEN and self.ends_at <= now else self.status

    def is_open(self, now: datetime) -> bool:
        """Tell whether it waits to be decided or used."""
        return self.state(now) in OPEN

    def decided(self, consents: bool, by: str, now: datetime) -> "Override":
        """Return it as decided; consented to, it is good for a while."""
        ends_at = now + USED_WITHIN if consents else now
        status = Status.CONSENTED if consents else Status.REFUSED
        return replace(self._next(), status=status, decided_by=by, decided_at=now, ends_at=ends_at)

    def used(self, visit: VisitId) -> "Override":
        """Return it as used for a visit, which it is once."""
        return replace(self._next(), status=Status.USED, visit=visit)

    def ended(self, status: Status) -> "Override":
        """Return it as withdrawn or lapsed."""
        return replace(self._next(), status=status)

    def _next(self) -> "Override":
        """Return it as its next version, to be changed."""
        return replace(self, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an override with all that is committed with it; what time ends has no actor."""

    override: Override
    events: Sequence[Event]
    actor: Actor | None = None
    request_id: str = ""

    @property
    def action(self) -> str:
        """Return what the audit trail calls it."""
        return f"override.{self.override.status.value}"


def step_of(
    override: Override, now: datetime, actor: Actor | None = None, request_id: str = ""
) -> Step:
    """Return a step with its event, which names nobody but the person, by the opaque id."""
    data: dict[str, Any] = {
        "override": override.id,
        "version": override.version,
        "patient": override.patient,
        "programme": override.programme,
        "rules": override.rules,
        "dose": override.dose,
        "rule": override.rule.value,
        "ground": override.ground.value,
        "afterS": round((now - override.asked_at).total_seconds()),
    }
    unique = EventId(f"{override.id}.{override.version}")
    told = Event(unique, "overrides", f"override.{override.status.value}", data)
    return Step(override, [told], actor, request_id)


@dataclass(frozen=True, slots=True)
class Askable:
    """A rule that stands in a referral's way and may be set aside, and until when it stands."""

    referral: Referral
    rule: Reason
    otherwise_from: date | None

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """Return the reasons there may be."""
        return GROUNDS[self.rule]


def askable(programme: Programme, referral: Referral, now: datetime) -> Iterator[Askable]:
    """Yield the rules that would let an agent book more, or sooner, were they set aside."""
    found = offers(programme, referral, channel=Channel.AGENT, now=now)
    for rule in GROUNDS:
        without = offers(programme, referral, channel=Channel.AGENT, now=now, waived=rule)
        if without != found and any(offer.reason is None for offer in without):
            yield Askable(referral, rule, _first_day(found))


def _first_day(found: Sequence[Offer]) -> date | None:
    return min((offer.from_ for offer in found if offer.from_), default=None)


def still_waived(waived: Reason | None) -> Reason | None:
    """Return what was set aside for a visit and is for that of the dose after it, too."""
    return waived if waived in FOR_THE_COURSE else None
