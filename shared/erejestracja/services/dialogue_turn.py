"""One turn of a dialogue by text message: what a message asks for is looked up, done, answered."""

from contextlib import suppress
from dataclasses import dataclass, replace

from erejestracja.domain import postal
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.conversation import Conversation
from erejestracja.domain.conversing import ANSWER_WITHIN, found
from erejestracja.domain.criteria import Area, Criteria
from erejestracja.domain.dialogue import (
    Booked,
    Dialogue,
    Finding,
    Identified,
    Lost,
    Named,
    NothingFree,
    Proposal,
    Proposed,
    Reply,
    Standing,
    Step,
    Task,
    Unknown,
)
from erejestracja.domain.document import COUNTRIES, DocumentKind
from erejestracja.domain.errors import (
    AlreadyBooked,
    HoldExpired,
    NotEligible,
    NotFound,
    Overloaded,
    SlotTaken,
)
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import MessageId, PatientId, ReferralId, VisitId, derived_id
from erejestracja.domain.notice import Notice
from erejestracja.ports import Clash
from erejestracja.services.booking import BookVisit, book
from erejestracja.services.clerk import Clerk
from erejestracja.services.desk import Desk, check_any_eligible
from erejestracja.services.holds import Asker, Kept, hold_best, release
from erejestracja.services.outcomes import request_event
from erejestracja.services.places import Wanted
from erejestracja.services.record import note_access

# The centre of a postal code is 28 km off at most (domain/postal.py); what is a little farther than
# that is still where a person without other means gets to.
NEAR_KM = 30.0


@dataclass(frozen=True, slots=True, repr=False)
class Turn:
    """One message's work. `message` is its opaque id."""

    clerk: Clerk
    conversation: Conversation
    message: str

    @property
    def actor(self) -> Actor:
        """Return the telephone as who acts."""
        return Actor(f"telephone-{self.conversation.telephone}", frozenset({Role.TELEPHONE}))

    def taken(self, step: Step) -> Dialogue:
        """Take a step and those that follow from what is found; return where that leads."""
        before = self.conversation.dialogue
        while True:
            finding = None
            for task in step.tasks:
                finding = self._done(task, step, before)
            if step.reply:
                self._answer(step.reply)
            if finding is None:
                return step.dialogue
            before = step.dialogue
            step = found(before, finding, self.clerk.desk.clock.now())

    def _done(self, task: Task, step: Step, before: Dialogue) -> Finding | None:
        match task:
            case Task.RELEASE:
                self._release(before)
            case Task.CALL_BACK:
                self._call_back(before)
            case Task.IDENTIFY:
                return self._identify(step.named or Named())
            case Task.LOOK_UP:
                return self._look_up(step.dialogue)
            case Task.PROPOSE:
                return self._propose(step.dialogue)
            case _:
                return self._book(step.dialogue)
        return None

    def _release(self, dialogue: Dialogue) -> None:
        with suppress(NotFound, HoldExpired):
            release(self.clerk.desk, self.actor, dialogue.known, dialogue.kept.hold)

    def _call_back(self, dialogue: Dialogue) -> None:
        number = self.conversation.number
        self.clerk.owed.after_dialogue(self.message, dialogue.known, number)

    def _identify(self, named: Named) -> Finding:
        """Find whom a number means. Of a document only its number is known: all kinds are tried."""
        digest = self.clerk.digest
        if named.pesel:
            keys = [digest("PESEL", named.pesel.digits)]
        else:
            systems = (f"{kind}:{country}" for kind in DocumentKind for country in COUNTRIES)
            keys = [digest(system, named.document) for system in systems]
        known = self.clerk.desk.records.known_as(keys)
        return Identified(known[0] if len(known) == 1 else None)

    def _look_up(self, dialogue: Dialogue) -> Finding:
        """Look a person up, as few telephones as may, and keep a first place for them."""
        desk, patient = self.clerk.desk, dialogue.patient
        telephone = self.conversation.telephone
        try:
            may = patient and self.clerk.dialogues.admit(patient, telephone, desk.clock.now())
        except Clash:
            raise Overloaded(retry_after=1) from None
        if not patient or not may:
            return Unknown()
        person = desk.records.person(patient)
        if person is None:
            return Unknown()
        note_access(desk, self.actor, patient, "person.identified", self.message)
        on_file = person.phone == self.conversation.number
        known = replace(dialogue, on_file=on_file, language=person.language)
        for visit in desk.records.visits(patient):
            if visit.status.is_active:
                return Standing(visit.starts_at, on_file, person.language)
        return self._propose(known)

    def _propose(self, dialogue: Dialogue) -> Finding:
        """Keep the soonest place near that was not declined."""
        desk = self.clerk.desk
        area = Area(near=postal.centre(dialogue.postal_code), radius_km=NEAR_KM)
        criteria = Criteria(area=area, but_not=frozenset(dialogue.declined))
        asker = Asker(self.actor, dialogue.known, self.message, keeps=ANSWER_WITHIN)
        try:
            kept = hold_best(desk, asker, criteria)
        except NotEligible:
            return Unknown()
        except SlotTaken:
            return NothingFree(dialogue.on_file, dialogue.language)
        return Proposed(_proposal(desk, kept), dialogue.on_file, dialogue.language)

    def _book(self, dialogue: Dialogue) -> Finding:
        """Book the place that is kept; the visit's own message confirms it, to this telephone."""
        patient, sealed, desk = dialogue.known, dialogue.kept.hold, self.clerk.desk
        contact = {} if dialogue.on_file else {"phone": self.conversation.number}
        try:
            referral = self._referral(desk.tokens.open(sealed, patient))
            book(desk, BookVisit(self.actor, patient, referral, Wanted(sealed), None, contact))
        except (HoldExpired, SlotTaken, NotFound):
            return Lost()
        except NotEligible:
            return Unknown()
        except AlreadyBooked as already:
            standing = desk.records.visit(VisitId(already.visit))
            if standing is None:
                return Lost()
            return Standing(standing[0].starts_at, dialogue.on_file, dialogue.language)
        return Booked()

    def _referral(self, hold: Hold) -> ReferralId:
        """Return the referral that allows what is kept. Raises NotEligible, NotFound."""
        desk, slot = self.clerk.desk, hold.place.slot
        state = desk.read_model.state(slot.session)
        if state is None:
            raise NotFound
        referral, _ = check_any_eligible(
            desk,
            desk.records.referrals(hold.patient),
            state.session,
            state.session.start_of(slot.index),
            self.actor.channel(),
            vaccine=hold.vaccine,
        )
        return referral.id

    def _answer(self, reply: Reply) -> None:
        """Ask for the reply to be sent, unless that was asked for."""
        telephone = self.conversation.telephone
        facts = {"language": reply.language, "until": reply.until.isoformat(), **reply.facts}
        said = [f"{name}={value}" for name, value in sorted(reply.facts.items())]
        unique = MessageId(derived_id("reply", telephone, self.message, reply.template, *said))
        to = PatientId(telephone)
        notice = Notice(unique, to, None, reply.template, facts, self.conversation.number)
        told = request_event(notice)
        with suppress(Clash):
            at = self.clerk.messages.ask(notice, told)
            self.clerk.desk.publisher.publish([told], at)


def _proposal(desk: Desk, kept: Kept) -> Proposal:
    """Return a place as the person hears of it."""
    point = desk.read_model.point(kept.session.key.point)
    names = {
        one.code: one.name for programme in desk.programmes.all() for one in programme.vaccines
    }
    facts = {
        "startsAt": kept.session.start_of(kept.hold.place.slot.index).isoformat(),
        "vaccine": names.get(kept.vaccine, ""),
        "point": point.name if point else "",
        "address": f"{point.address}, {point.town}" if point else "",
    }
    sealed = desk.tokens.seal(kept.hold)
    return Proposal(sealed, kept.session.key, kept.hold.expires_at, facts)
