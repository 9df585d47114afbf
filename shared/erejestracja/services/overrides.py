"""Overriding a refusal: an agent asks, a supervisor decides in time, and one booking uses it."""

from collections.abc import Sequence
from dataclasses import dataclass

from erejestracja.domain import calendar
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.call import CallId
from erejestracja.domain.eligibility import age_on
from erejestracja.domain.errors import (
    NotAllowed,
    NotFound,
    NotOverridable,
    Overloaded,
    OverrideNotStanding,
    OverrideWaiting,
    Reason,
    SecondPersonNeeded,
)
from erejestracja.domain.ids import PatientId, ReferralId, derived_id
from erejestracja.domain.override import (
    DECIDED_WITHIN,
    OPEN,
    Askable,
    Ground,
    Override,
    OverrideId,
    Status,
    Step,
    askable,
    step_of,
)
from erejestracja.domain.referral import Referral
from erejestracja.ports import Clash
from erejestracja.services.desk import Desk
from erejestracja.services.referrals import the_one

TRIES = 4
# What a supervisor is shown at once, and what upkeep ends in a run.
MOST = 50


@dataclass(frozen=True, slots=True)
class AskFor:
    """What an agent asks for: to set a rule aside for somebody's referral, for a fixed reason."""

    patient: PatientId
    referral: ReferralId
    rule: Reason
    ground: Ground
    call: CallId | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """An override, and whether this request made it."""

    override: Override
    created: bool


def ask(desk: Desk, actor: Actor, wanted: AskFor, request_id: str) -> Asked:
    """Ask for an override; asked again for the same while that is open, it is the same.

    Raises NotAllowed, NotEligible where there is no such referral, NotOverridable, OverrideWaiting.
    """
    if Role.AGENT not in actor.roles:
        raise NotAllowed
    new = _new(desk, actor, wanted)
    for _ in range(TRIES):
        try:
            _store(desk, step_of(new, new.asked_at, actor, request_id))
        except Clash:
            found = desk.overrides.latest_of(wanted.patient)
            if found is None or found.status not in OPEN:
                continue
            if found.is_open(desk.clock.now()):
                return Asked(_same(found, new), created=False)
            _end(desk, found)
        else:
            return Asked(new, created=True)
    raise Overloaded(retry_after=1)


def decide(
    desk: Desk, actor: Actor, override: OverrideId, request_id: str, *, consents: bool
) -> Override:
    """Consent or refuse, in time and once; the same decision by the same person again is no matter.

    Raises NotAllowed to all but supervisors, SecondPersonNeeded to who asked, NotFound,
    OverrideNotStanding where another has decided, or it was too late.
    """
    _check_supervisor(actor)
    for _ in range(TRIES):
        now, found = desk.clock.now(), desk.overrides.get(override)
        if found is None:
            raise NotFound
        if found.asked_by == actor.subject:
            raise SecondPersonNeeded
        wanted = Status.CONSENTED if consents else Status.REFUSED
        if found.decided_by == actor.subject and found.state(now) is wanted:
            return found
        if found.state(now) is not Status.ASKED:
            raise OverrideNotStanding(found.state(now).value)
        decided = found.decided(consents, actor.subject, now)
        try:
            _store(desk, step_of(decided, now, actor, request_id))
        except Clash:
            continue
        return decided
    raise Overloaded(retry_after=1)


def withdraw(desk: Desk, actor: Actor, override: OverrideId, request_id: str) -> Override:
    """Withdraw what one asked for oneself; what is over stays as it is. Raises NotFound."""
    for _ in range(TRIES):
        now, found = desk.clock.now(), _asked_by(desk, actor, override)
        if not found.is_open(now):
            return found
        withdrawn = found.ended(Status.WITHDRAWN)
        try:
            _store(desk, step_of(withdrawn, now, actor, request_id))
        except Clash:
            continue
        return withdrawn
    raise Overloaded(retry_after=1)


def override_of(desk: Desk, actor: Actor, override: OverrideId) -> Override:
    """Return an override to who asked for it and to supervisors. Raises NotFound."""
    if Role.SUPERVISOR not in actor.roles:
        return _asked_by(desk, actor, override)
    found = desk.overrides.get(override)
    if found is None:
        raise NotFound
    return found


def waiting(desk: Desk, actor: Actor) -> Sequence[Override]:
    """Return what is to be decided, the first to run out first. Raises NotAllowed."""
    _check_supervisor(actor)
    now = desk.clock.now()
    return [one for one in desk.overrides.open_ones(Status.ASKED, MOST) if one.is_open(now)]


def last_in(desk: Desk, call: CallId, patient: PatientId) -> Override | None:
    """Return what was last asked for a person in a call."""
    found = desk.overrides.latest_of(patient)
    return found if found and found.call == call else None


def askable_for(desk: Desk, referrals: Sequence[Referral]) -> list[Askable]:
    """Return which rules an agent may ask to set aside for a person."""
    now = desk.clock.now()
    return [
        one
        for referral in referrals
        for one in askable(desk.programmes.get(referral.programme), referral, now)
    ]


def open_for(desk: Desk, actor: Actor, patient: PatientId, override: OverrideId) -> Override:
    """Return an agent's own override for a person, to keep a place by while it is open.

    Raises NotFound, OverrideNotStanding.
    """
    found = _asked_by(desk, actor, override)
    if found.patient != patient:
        raise NotFound
    now = desk.clock.now()
    if not found.is_open(now):
        raise OverrideNotStanding(found.state(now).value)
    return found


def good_for(desk: Desk, actor: Actor, patient: PatientId, override: OverrideId) -> Override:
    """Return the same to book by: only with the second person's consent."""
    found = open_for(desk, actor, patient, override)
    if found.status is not Status.CONSENTED:
        raise OverrideNotStanding(found.status.value)
    return found


def lapse(desk: Desk) -> int:
    """End what was not decided or not used in time; return how many."""
    now = desk.clock.now()
    found = [
        one
        for status in (Status.ASKED, Status.CONSENTED)
        for one in desk.overrides.open_ones(status, MOST)
        if not one.is_open(now)
    ]
    return sum(_end(desk, one) for one in found)


def _new(desk: Desk, actor: Actor, wanted: AskFor) -> Override:
    referral = the_one(desk.records.referrals(wanted.patient), wanted.referral)
    programme, now = desk.programmes.get(referral.programme), desk.clock.now()
    rules = {one.rule: one for one in askable(programme, referral, now)}
    found = rules.get(wanted.rule)
    if found is None or wanted.ground not in found.grounds:
        raise NotOverridable
    return Override(
        id=OverrideId(derived_id("override", f"{desk.random.getrandbits(128):x}")),
        patient=referral.patient,
        referral=referral.id,
        programme=referral.programme,
        rules=programme.version,
        rule=wanted.rule,
        ground=wanted.ground,
        kind=referral.kind,
        dose=referral.next_dose,
        age=age_on(referral.birth_date, calendar.local_day(now)),
        otherwise_from=found.otherwise_from,
        asked_by=actor.subject,
        asked_at=now,
        ends_at=now + DECIDED_WITHIN,
        call=wanted.call,
    )


def _same(found: Override, new: Override) -> Override:
    """Return the open one if it is what was asked for. Raises OverrideWaiting."""
    if (found.asked_by, found.referral, found.rule, found.ground) != (
        *(new.asked_by, new.referral, new.rule, new.ground),
    ):
        raise OverrideWaiting
    return found


def _asked_by(desk: Desk, actor: Actor, override: OverrideId) -> Override:
    found = desk.overrides.get(override)
    if found is None or found.asked_by != actor.subject:
        raise NotFound
    return found


def _end(desk: Desk, found: Override) -> bool:
    """End what has run out; whoever was quicker has ended it, too."""
    try:
        _store(desk, step_of(found.ended(Status.LAPSED), desk.clock.now()))
    except Clash:
        return False
    return True


def _store(desk: Desk, step: Step) -> None:
    desk.publisher.publish(step.events, desk.overrides.store(step))


def _check_supervisor(actor: Actor) -> None:
    if Role.SUPERVISOR not in actor.roles:
        raise NotAllowed
