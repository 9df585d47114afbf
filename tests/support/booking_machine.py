"""A model of booking: any sequence of requests, repeats and passing time keeps the invariants.

The model knows only what people may rely on; the store behind is the fake or the real Spanner. The
read model is refreshed at random, so that most decisions are taken on stale knowledge.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from erejestracja.domain.criteria import Criteria
from erejestracja.domain.errors import Refusal
from erejestracja.domain.ids import PatientId, SlotKey, VisitId
from erejestracja.domain.visit import CancelReason, VisitStatus
from erejestracja.services import booking, holds
from erejestracja.services.booking import BookVisit
from erejestracja.services.desk import Desk
from erejestracja.services.holds import Asker
from erejestracja.services.places import Wanted
from tests.support.builders import a_referral, a_session, an_actor

PEOPLE = [PatientId(letter * 26) for letter in "abcde"]
SESSIONS = [a_session(nr=16, slots=2, places=2), a_session(nr=32, slots=2, places=1)]
SLOTS = [SlotKey(s.key, index) for s in SESSIONS for index in range(s.slots)]

people = st.sampled_from(PEOPLE)
slots = st.sampled_from(SLOTS)
keys = st.sampled_from([None, "key-1", "key-2"])


class BookingMachine(RuleBasedStateMachine):
    """Subclasses say which desk; the rules and invariants are the same for all."""

    make_desk: Callable[[], Desk]

    held = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.desk: Any = type(self).make_desk()
        self.visits: dict[VisitId, PatientId] = {}
        self.answers: dict[tuple[PatientId, str], tuple[str, VisitId]] = {}

    @rule(target=held, person=people, slot=slots, key=keys)
    def hold(self, person: PatientId, slot: SlotKey, key: str | None) -> tuple[PatientId, str]:
        return person, self._held(
            lambda asker: holds.hold_slot(self.desk, asker, slot), person, key
        )

    @rule(target=held, person=people)
    def hold_best(self, person: PatientId) -> tuple[PatientId, str]:
        kept = self._held(lambda asker: holds.hold_best(self.desk, asker, Criteria()), person, None)
        return person, kept

    @rule(hold=held)
    def extend(self, hold: tuple[PatientId, str]) -> None:
        attempt(lambda: holds.extend(self.desk, *hold))

    @rule(hold=held)
    def release(self, hold: tuple[PatientId, str]) -> None:
        person, text = hold
        attempt(lambda: holds.release(self.desk, an_actor(patient=person), person, text))

    @rule(hold=held, key=keys)
    def confirm(self, hold: tuple[PatientId, str], key: str | None) -> None:
        person, text = hold
        self._book(person, Wanted(hold=text), key)

    @rule(person=people, slot=slots, key=keys)
    def book(self, person: PatientId, slot: SlotKey, key: str | None) -> None:
        self._book(person, Wanted(slot=slot), key)

    @rule(person=people, slot=slots)
    def move(self, person: PatientId, slot: SlotKey) -> None:
        for visit in self._standing(person):
            actor = an_actor(patient=person)
            attempt(partial(booking.move, self.desk, actor, person, visit, Wanted(slot=slot)))

    @rule(person=people)
    def cancel(self, person: PatientId) -> None:
        for visit in self._standing(person):
            actor = an_actor(patient=person)
            booking.cancel(self.desk, actor, visit, CancelReason.PATIENT)
            # Whatever the key, a place can be booked again after it was cancelled.
            self.answers = {k: v for k, v in self.answers.items() if v[1] != visit.id}

    @rule(minutes=st.integers(1, 12))
    def time_passes(self, minutes: int) -> None:
        self.desk.clock.at += timedelta(minutes=minutes)

    @rule()
    def the_read_model_catches_up(self) -> None:
        self.desk.read_model.learn([self.desk.stock.state(session) for session in SESSIONS])

    @invariant()
    def no_slot_has_more_takers_than_places_and_every_taker_is_real(self) -> None:
        holds_by_id = {hold.id: hold for hold in self.desk.records.holds()}
        for session in SESSIONS:
            for index in range(session.slots):
                slot = SlotKey(session.key, index)
                claims = self.desk.records.claims(slot)
                assert len(claims) <= session.places
                for claim in claims:
                    self._check_claim(claim, slot, holds_by_id)

    @invariant()
    def every_standing_visit_and_every_hold_has_its_place(self) -> None:
        claimed = {c.id for slot in SLOTS for c in self.desk.records.claims(slot)}
        standing = {v.id for person in PEOPLE for v in self._standing(person)}
        assert standing | {hold.id for hold in self.desk.records.holds()} == claimed

    @invariant()
    def a_person_has_one_standing_visit_for_a_dose(self) -> None:
        for person in PEOPLE:
            assert len(self._standing(person)) <= 1

    def _check_claim(self, claim: Any, slot: SlotKey, holds_by_id: dict[str, Any]) -> None:
        if claim.kind == "hold":
            assert holds_by_id[claim.id].place.slot == slot
            assert holds_by_id[claim.id].expires_at == claim.expires_at
        else:
            visit, _ = self.desk.records.visit(claim.id)
            assert visit.status is VisitStatus.BOOKED
            assert (visit.place.slot, visit.place.place) == (slot, claim.place)

    def _held(self, ask: Callable[[Asker], Any], person: PatientId, key: str | None) -> str:
        kept = attempt(lambda: ask(Asker(an_actor(patient=person), person, key)))
        return "" if kept is None else str(self.desk.tokens.seal(kept.hold))

    def _book(self, person: PatientId, wanted: Wanted, key: str | None) -> None:
        actor, referral = an_actor(patient=person), a_referral(person).id
        request = BookVisit(actor, person, referral, wanted, key)
        booked = attempt(lambda: booking.book(self.desk, request))
        if booked is None:
            return
        assert booked.visit.patient == person
        if key:
            known = self.answers.setdefault((person, key), (request.digest(), booked.visit.id))
            assert known == (request.digest(), booked.visit.id)

    def _standing(self, person: PatientId) -> list[Any]:
        return [v for v in self.desk.records.visits(person) if v.status.is_active]


def attempt(what: Callable[[], Any]) -> Any:
    """Return what it returns, or None where it was lawfully refused."""
    try:
        return what()
    except Refusal:
        return None
