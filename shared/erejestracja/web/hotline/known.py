"""What the screen of a call shows of one person who has confirmed who they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import g, request

from erejestracja.domain import calendar
from erejestracja.domain.call import Call
from erejestracja.domain.consent import Consent, consent_of
from erejestracja.domain.criteria import Candidate, Criteria
from erejestracja.domain.errors import HoldExpired, NotEligible, NotFound, Reason
from erejestracja.domain.ids import PatientId, VaccineCode, VisitId
from erejestracja.domain.override import OPEN, Askable, Override, Status
from erejestracja.domain.timeline import Page
from erejestracja.services import holds, overrides
from erejestracja.services.choosing import key_of, start_of
from erejestracja.services.holds import Kept, wishes_of
from erejestracja.services.record import Record, record_of
from erejestracja.services.timeline import timeline
from erejestracja.web.hotline.desk import hotline
from erejestracja.web.hotline.spoken import Spoken, spoken
from erejestracja.web.patient.shown import Shown, shown
from erejestracja.web.slots import id_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor

MOST_SKIPPED = 10_000


@dataclass(frozen=True, slots=True)
class Overriding:
    """What was last asked in a call to be set aside for a person, how that stands, what may be."""

    last: Override | None
    state: Status | None
    askable: Sequence[Askable] = ()

    @property
    def open(self) -> Override | None:
        """Return it while it waits to be decided or used."""
        return self.last if self.state in OPEN else None

    @property
    def waived(self) -> Reason | None:
        """Return the rule by which places are shown and kept."""
        return self.open.rule if self.open else None


@dataclass(frozen=True, slots=True)
class Known:
    """One person of a call, by their number in it; `by_id` are their visits, `past` what happened.

    `agreed` is the visit that was just booked, moved or cancelled, `moving` the one that is being
    moved, `kept` the place kept for them.
    """

    number: int
    record: Record
    visits: Sequence[Shown]
    past: Page
    kept: Kept | None
    agreed: Shown | None
    moving: VisitId | None
    over: Overriding

    @property
    def by_id(self) -> Mapping[VisitId, Shown]:
        """Return the visits by their ids."""
        return {one.visit.id: one for one in self.visits}

    @property
    def waived(self) -> Reason | None:
        """Return the rule by which places are shown: that of the visit that is moved, or asked."""
        return self.by_id[self.moving].visit.waived if self.moving else self.over.waived

    @property
    def until(self) -> datetime | None:
        """Return until when a place is kept."""
        return self.kept.hold.expires_at if self.kept else None

    @property
    def kept_spoken(self) -> Spoken | None:
        """Return what is kept, to be read aloud."""
        if self.kept is None:
            return None
        return spoken(hotline().desk, self.kept.hold.place.slot, starts_of(self.kept))

    @property
    def agreed_spoken(self) -> Spoken | None:
        """Return what was agreed on, to be read back."""
        if self.agreed is None:
            return None
        visit = self.agreed.visit
        return spoken(hotline().desk, visit.place.slot, visit.starts_at)

    @property
    def consent(self) -> Consent | None:
        """Return what was agreed on, or is kept, needs beside the person."""
        if self.agreed is not None:
            visit = self.agreed.visit
            return self.consent_to(visit.vaccine, visit.starts_at)
        return self.consent_to(self.kept.vaccine, starts_of(self.kept)) if self.kept else None

    def consent_to(self, vaccine: VaccineCode, starts_at: datetime) -> Consent | None:
        """Return what a vaccine at a time needs beside the person; None for who is of age."""
        person, programmes = self.record.person, hotline().desk.programmes
        named = (programmes.get(one.programme) for one in self.record.referrals)
        programme = next((one for one in named if one.vaccine(vaccine)), None)
        if programme is None or person is None:
            return None
        return consent_of(programme, person.birth_date, calendar.local_day(starts_at))


@dataclass(frozen=True, slots=True)
class Numbered:
    """A proposal with the digit that takes it."""

    key: int
    slot: Candidate
    spoken: Spoken

    @property
    def id(self) -> str:
        """Return the id that the slot is offered by."""
        return id_of(self.slot)


def known(found: Call, number: int, patient: PatientId) -> Known:
    """Return what is shown of a person who has confirmed; the look is written down."""
    desk = hotline().desk
    suite().limiter.admit("record", actor().subject)
    record = record_of(desk, actor(), patient, g.request_id)
    askable = overrides.askable_for(desk, record.referrals)
    asked = request.values.get("visit")
    return Known(
        number=number,
        record=record,
        visits=[shown(desk, visit) for visit in reversed(record.visits)],
        past=timeline(desk, hotline().history, record, found, skipped()),
        kept=_live(found.people[number].hold, patient),
        agreed=_agreed(patient),
        moving=next((visit.id for visit in record.visits if visit.id == asked), None),
        over=replace(overriding_of(found, patient), askable=askable),
    )


def overriding_of(found: Call, patient: PatientId) -> Overriding:
    """Return what was last asked in the call to be set aside for a person."""
    desk = hotline().desk
    last = overrides.last_in(desk, found.id, patient)
    return Overriding(last, last.state(desk.clock.now()) if last else None)


def wishes_for(person: Known, criteria: Criteria) -> tuple[Sequence[Criteria], NotEligible | None]:
    """Return the wishes within what the person may have, or why there is nothing."""
    try:
        referrals, waived = person.record.referrals, person.waived
        return wishes_of(hotline().desk, referrals, criteria, actor(), waived), None
    except NotEligible as no:
        return [], no


def numbered(found: Sequence[Candidate], first: int) -> list[Numbered]:
    """Return proposals with their digits, from `first` on."""
    desk = hotline().desk
    return [
        Numbered(key, one, spoken(desk, key_of(one), start_of(one)))
        for key, one in enumerate(found, first)
    ]


def kept_place(text: str, patient: PatientId) -> Kept:
    """Return the hold with its session. Raises HoldExpired, NotFound."""
    desk = hotline().desk
    found = holds.live_hold(desk, desk.tokens.open(text, patient))
    state = desk.read_model.state(found.place.slot.session)
    if state is None:
        raise HoldExpired
    return Kept(found, state.session)


def starts_of(kept: Kept) -> datetime:
    """Return when what is kept begins."""
    return kept.session.start_of(kept.hold.place.slot.index)


def skipped() -> int:
    """Return how much of the timeline is left out, for what is older."""
    return min(max(request.args.get("older", 0, type=int), 0), MOST_SKIPPED)


def _live(hold: str | None, patient: PatientId) -> Kept | None:
    if hold is None:
        return None
    try:
        return kept_place(hold, patient)
    except (HoldExpired, NotFound):
        return None


def _agreed(patient: PatientId) -> Shown | None:
    named = request.args.get("agreed")
    found = hotline().desk.records.visit(VisitId(named)) if named else None
    if found is None or found[0].patient != patient:
        return None
    return shown(hotline().desk, found[0])
