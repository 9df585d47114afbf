"""What the use cases of booking work with, and what they share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from random import Random

from erejestracja.domain.actor import POINT_STAFF, Actor, Channel, Role
from erejestracja.domain.criteria import Candidate
from erejestracja.domain.eligibility import Span, eligibility
from erejestracja.domain.errors import NotAllowed, NotEligible, Reason
from erejestracja.domain.ids import PatientId, PointId, VaccineCode
from erejestracja.domain.referral import Referral
from erejestracja.domain.session import Session
from erejestracja.ports import (
    Bookings,
    Clock,
    HoldTokens,
    Overrides,
    Programmes,
    Publisher,
    ReadModel,
    Records,
    Representations,
    Stock,
)

ALTERNATIVES = 5


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of booking; built once in bootstrap, from fakes in unit tests.

    `random` spreads equal callers over equal places; `ids` makes new hold ids.
    """

    bookings: Bookings
    records: Records
    representations: Representations
    stock: Stock
    overrides: Overrides
    read_model: ReadModel
    programmes: Programmes
    publisher: Publisher
    tokens: HoldTokens
    clock: Clock
    random: Random


def check_eligible(
    desk: Desk,
    referral: Referral,
    session: Session,
    starts_at: datetime,
    channel: Channel,
    *,
    vaccine: VaccineCode | None = None,
    rather: VaccineCode | None = None,
    moving: bool = False,
    waived: Reason | None = None,
) -> VaccineCode:
    """Return which of the session's vaccines the person gets: the one named, or else the first.

    The first that the referral allows on that day, in the order the point would give them, `rather`
    before all others. Refuse with the most useful reason if it allows none; what an override has
    set aside (`waived`) is none.
    """
    asked = partial(_check, desk, referral, session, starts_at, channel)
    refusals = [NotEligible(Reason.VACCINE_MISMATCH)]
    for one in sorted(session.vaccines, key=lambda one: one != rather):
        if vaccine in (None, one):
            try:
                asked(vaccine=one, moving=moving, waived=waived)
            except NotEligible as no:
                refusals.append(no)
            else:
                return one
    raise min(refusals, key=lambda no: no.reason is Reason.VACCINE_MISMATCH)


def _check(
    desk: Desk,
    referral: Referral,
    session: Session,
    starts_at: datetime,
    channel: Channel,
    *,
    vaccine: VaccineCode,
    moving: bool,
    waived: Reason | None,
) -> None:
    now = desk.clock.now()
    eligibility(
        desk.programmes.get(referral.programme),
        referral,
        starts_at=starts_at,
        vaccine=vaccine,
        dose=session.dose,
        visibility=session.visibility_at(starts_at, now),
        channel=channel,
        born=Span.between(session.born_from, session.born_to),
        now=now,
        moving=moving,
        waived=waived,
    )


def check_any_eligible(
    desk: Desk,
    referrals: Iterable[Referral],
    session: Session,
    starts_at: datetime,
    channel: Channel,
    *,
    vaccine: VaccineCode | None = None,
    waived: Reason | None = None,
) -> tuple[Referral, VaccineCode]:
    """Return the referral that allows this slot, and the vaccine the person gets there.

    Or refuse with the last one's reason.
    """
    refusal = NotEligible(Reason.NO_REFERRAL)
    for referral in referrals:
        try:
            return referral, check_eligible(
                desk, referral, session, starts_at, channel, vaccine=vaccine, waived=waived
            )
        except NotEligible as no:
            refusal = no
    raise refusal


def person_in_question(desk: Desk, actor: Actor, named: PatientId | None) -> PatientId:
    """Return whose record the caller acts on: theirs, or one they may name, or NotAllowed."""
    if actor.roles & ({Role.AGENT} | POINT_STAFF):
        if named is None:
            raise NotAllowed
        return named
    if Role.PATIENT not in actor.roles or actor.patient is None:
        raise NotAllowed
    if named is None:
        return actor.patient
    if not acts_for(desk, actor, named):
        raise NotAllowed
    return named


def acts_for(desk: Desk, actor: Actor, patient: PatientId) -> bool:
    """Tell whether the caller is this person, or may act for them at this instant."""
    if actor.patient is None or actor.patient == patient:
        return actor.patient == patient
    found = desk.representations.get(actor.patient, patient)
    return found is not None and found.stands(desk.clock.now())


def check_point(actor: Actor, point: PointId) -> None:
    """Refuse staff of other points. Patients and agents may book anywhere in the country."""
    if actor.roles & POINT_STAFF and Role.AGENT not in actor.roles and point not in actor.points:
        raise NotAllowed


def still_free(desk: Desk, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return those candidates that Spanner, asked now and once, still knows to be free."""
    if not candidates:
        return []
    sessions = {c.state.session.key: c.state.session for c in candidates}
    states = {s.session.key: s for s in desk.stock.states(list(sessions.values()))}
    desk.read_model.learn(states.values())
    now = [replace(c, state=states[c.state.session.key]) for c in candidates]
    return [candidate for candidate in now if candidate.state.free(candidate.index)]
