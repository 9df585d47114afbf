"""Anna's group comes next month: an agent asks, and supervisors decide."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.call import CallId
from erejestracja.domain.errors import Reason
from erejestracja.domain.ids import PatientId, SlotKey
from erejestracja.domain.override import Ground, Override, OverrideId
from erejestracja.domain.referral import Referral
from erejestracja.services import booking, overrides
from erejestracja.services.booking import Booked, BookVisit
from erejestracja.services.overrides import AskFor
from erejestracja.services.places import Wanted
from tests.support.builders import NOW, a_point, a_referral, a_session
from tests.support.desk import WatchedDesk, a_desk
from tests.support.fake_store import a_store

ANNA, JAN = PatientId("a" * 26), PatientId("j" * 26)
CALL = CallId("call")
NEXT_MONTH = NOW + timedelta(days=30)
REQUEST = "request"


def staff(subject: str, *roles: Role) -> Actor:
    return Actor(subject, frozenset(roles))


AGENT, COLLEAGUE = staff("agent", Role.AGENT), staff("colleague", Role.AGENT)
SUPERVISOR, SECOND = staff("adam", Role.SUPERVISOR), staff("beata", Role.SUPERVISOR)
# Somebody who may do either, but not both at once.
BOTH = staff("both", Role.AGENT, Role.SUPERVISOR)


def an_early_referral(patient: PatientId = ANNA, **changes: Any) -> Referral:
    """A good referral that may not be booked on before next month."""
    return a_referral(patient, **({"bookable_from": NEXT_MONTH} | changes))


def an_override(patient: PatientId = ANNA, nth: int = 1, **changes: Any) -> Override:
    """The `nth` that is asked for, a minute after the one before it."""
    referral, at = an_early_referral(patient), NOW + nth * timedelta(minutes=1)
    facts: dict[str, Any] = {
        "id": OverrideId(f"override-{nth}"),
        "patient": patient,
        "referral": referral.id,
        "programme": referral.programme,
        "rules": 3,
        "rule": Reason.COHORT_NOT_OPEN,
        "ground": Ground.PHYSICIAN,
        "kind": referral.kind,
        "dose": 1,
        "age": 67,
        "otherwise_from": NEXT_MONTH.date(),
        "asked_by": AGENT.subject,
        "asked_at": at,
        "ends_at": at + timedelta(minutes=10),
        "call": CALL,
    }
    return Override(**(facts | changes))


@dataclass
class Case:
    """A desk, and what people do at it."""

    desk: WatchedDesk

    def ask(self, actor: Actor = AGENT, patient: PatientId = ANNA, **changes: Any) -> Override:
        facts: dict[str, Any] = {
            "patient": patient,
            "referral": an_early_referral(patient).id,
            "rule": Reason.COHORT_NOT_OPEN,
            "ground": Ground.PHYSICIAN,
            "call": CALL,
        }
        return overrides.ask(self.desk, actor, AskFor(**(facts | changes)), REQUEST).override

    def decide(
        self, override: Override, actor: Actor = SUPERVISOR, *, consents: bool = True
    ) -> Override:
        return overrides.decide(self.desk, actor, override.id, REQUEST, consents=consents)

    def agreed(self, patient: PatientId = ANNA, **changes: Any) -> Override:
        return self.decide(self.ask(patient=patient, **changes))

    def book(self, override: Override | None, index: int = 0, **changes: Any) -> Booked:
        patient = override.patient if override else ANNA
        facts: dict[str, Any] = {
            "actor": AGENT,
            "patient": patient,
            "referral": an_early_referral(patient).id,
            "wanted": Wanted(slot=SlotKey(a_session().key, index)),
            "key": f"{index}",
            "override": override.id if override else None,
            "request_id": REQUEST,
        }
        return booking.book(self.desk, BookVisit(**(facts | changes)))

    def passes(self, minutes: int) -> None:
        self.desk.clock.at += timedelta(minutes=minutes)

    def now(self, override: Override) -> Override:
        found = self.desk.overrides.get(override.id)
        assert found is not None
        return found


def a_case() -> Case:
    """Return the case over a store in memory."""
    store = a_store(ANNA, JAN)
    for patient in (ANNA, JAN):
        referral = an_early_referral(patient)
        store.all_referrals[patient, referral.id] = referral
    return Case(a_desk(store, [a_session()], [a_point()]))
