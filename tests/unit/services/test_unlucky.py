"""What happens when keys say no again and again, answers are lost, or rows go meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from erejestracja.domain.criteria import Criteria
from erejestracja.domain.errors import (
    HoldExpired,
    NotEligible,
    NotFound,
    Overloaded,
    Reason,
    SlotTaken,
)
from erejestracja.domain.events import Event
from erejestracja.domain.ids import PatientId, PointId, SlotKey
from erejestracja.domain.index import Points
from erejestracja.domain.visit import CancelReason, Visit
from erejestracja.ports import Clash, Gone
from erejestracja.services import booking, holds, record, upkeep
from erejestracja.services.booking import BookVisit
from erejestracja.services.holds import Asker
from erejestracja.services.places import Wanted
from tests.support.builders import NOW, a_point, a_referral, a_session, an_actor
from tests.support.desk import SetClock, WatchedDesk, a_desk
from tests.support.fake_store import FakeStore, a_store

ANNA, JAN, OLA = (PatientId(letter * 26) for letter in "ajo")
ACTOR = an_actor(patient=ANNA)
FIRST = SlotKey(a_session().key, 0)
SECOND = SlotKey(a_session().key, 1)


@pytest.fixture
def store() -> FakeStore:
    return a_store(ANNA, JAN, OLA)


@pytest.fixture
def desk(store: FakeStore) -> WatchedDesk:
    return a_desk(store, store.tables.sessions.values(), [a_point()])


def refuse(*_: Any, **__: Any) -> datetime:
    raise Clash("always")


def asker(patient: PatientId = ANNA) -> Asker:
    return Asker(an_actor(patient=patient), patient, None)


def request(patient: PatientId = ANNA, slot: SlotKey = FIRST) -> BookVisit:
    actor, referral = an_actor(patient=patient), a_referral(patient).id
    return BookVisit(actor, patient, referral, Wanted(slot=slot), None)


def booked(desk: WatchedDesk) -> Visit:
    return booking.book(desk, request()).visit


def expire_referral(store: FakeStore) -> None:
    expired = replace(a_referral(ANNA), expires_on=NOW.date() - timedelta(days=1))
    store.all_referrals[ANNA, expired.id] = expired


def test_keys_that_never_yield_end_in_a_request_to_come_again(
    desk: WatchedDesk, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = booked(desk)
    for name in ("hold", "book", "move", "end"):
        monkeypatch.setattr(store, name, refuse)
    attempts: list[Callable[[], object]] = [
        lambda: booking.book(desk, request(JAN)),
        lambda: booking.move(desk, ACTOR, ANNA, visit, Wanted(slot=SECOND)),
        lambda: booking.cancel(desk, ACTOR, visit, CancelReason.PATIENT),
        lambda: holds.hold_best(desk, asker(JAN), Criteria()),
    ]
    for attempt in attempts:
        with pytest.raises(Overloaded):
            attempt()


def test_a_hold_whose_answer_was_lost_is_found_again(
    desk: WatchedDesk, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = store.hold

    def lose_the_answer(*args: Any, **kwargs: Any) -> datetime:
        real(*args, **kwargs)
        raise Clash("the client's own retry")

    monkeypatch.setattr(store, "hold", lose_the_answer)
    kept = holds.hold_slot(desk, asker(), FIRST)
    assert store.holds() == [kept.hold]


def test_a_place_whose_run_out_hold_is_just_being_ended_is_not_taken(
    desk: WatchedDesk, store: FakeStore
) -> None:
    for patient in (ANNA, JAN):
        holds.hold_slot(desk, asker(patient), FIRST)
    desk.clock.at += timedelta(minutes=10)
    store.tables.holds.clear()
    with pytest.raises(SlotTaken):
        holds.hold_slot(desk, asker(OLA), FIRST)


def test_a_hold_released_by_another_at_the_same_moment_is_no_matter(
    desk: WatchedDesk, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = desk.tokens.seal(holds.hold_slot(desk, asker(), FIRST).hold)

    def gone(*_: Any) -> datetime:
        raise Gone("Holds")

    monkeypatch.setattr(store, "release", gone)
    holds.release(desk, ACTOR, ANNA, text)
    assert [event.type for event in desk.publisher.told] == ["hold.placed"]


def test_a_hold_of_a_session_that_is_gone_has_run_out(desk: WatchedDesk) -> None:
    text = desk.tokens.seal(holds.hold_slot(desk, asker(), FIRST).hold)
    desk.read_model.states.clear()
    with pytest.raises(HoldExpired):
        holds.extend(desk, ANNA, text)


def test_alternatives_of_an_unknown_point_are_its_own(desk: WatchedDesk) -> None:
    session, referrals = a_session(), [a_referral(ANNA)]
    desk.read_model.points.clear()
    desk.read_model.states.clear()
    assert holds.alternatives(desk, session, 0, referrals, ACTOR) == []


def test_an_expired_referral_neither_holds_nor_finds(desk: WatchedDesk, store: FakeStore) -> None:
    expire_referral(store)
    with pytest.raises(NotEligible) as no:
        holds.hold_slot(desk, asker(), FIRST)
    assert no.value.reason is Reason.REFERRAL_EXPIRED
    with pytest.raises(NotEligible) as no:
        holds.hold_best(desk, asker(), Criteria())
    assert no.value.reason is Reason.REFERRAL_EXPIRED


def test_a_slot_that_has_begun_is_not_booked(desk: WatchedDesk) -> None:
    desk.clock.at = a_session().start_of(0)
    with pytest.raises(SlotTaken):
        booking.book(desk, request())


def test_a_visit_does_not_move_to_a_slot_of_another_dose(store: FakeStore) -> None:
    second_doses = a_session(nr=32, dose=2)
    store.tables.sessions[second_doses.key] = second_doses
    desk = a_desk(store, store.tables.sessions.values(), [a_point()])
    visit = booked(desk)
    wanted = Wanted(slot=SlotKey(second_doses.key, 0))
    with pytest.raises(NotEligible) as no:
        booking.move(desk, ACTOR, ANNA, visit, wanted)
    assert no.value.reason is Reason.VACCINE_MISMATCH


def test_a_referral_that_goes_between_two_tries_is_missed(
    desk: WatchedDesk, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_referral(*_: Any, **__: Any) -> datetime:
        store.all_referrals.clear()
        raise Clash("Places")

    monkeypatch.setattr(store, "book", lose_the_referral)
    with pytest.raises(NotEligible) as no:
        booking.book(desk, request())
    assert no.value.reason is Reason.NO_REFERRAL


def test_a_visit_that_goes_meanwhile_is_not_found(
    desk: WatchedDesk, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = booked(desk)
    store.tables.visits.clear()
    monkeypatch.setattr(store, "end", refuse)
    with pytest.raises(NotFound):
        booking.cancel(desk, ACTOR, visit, CancelReason.PATIENT)


def test_who_is_identified_is_known_and_written_down(desk: WatchedDesk, store: FakeStore) -> None:
    assert record.identify(desk, ACTOR, ANNA, "request") == store.people[ANNA]
    assert [access.action for _, access in store.seen_by] == ["person.identified"]
    with pytest.raises(NotFound):
        record.identify(desk, ACTOR, PatientId("nobody"), "request")


@dataclass
class FakeCountry:
    """The read model and the inspection, as upkeep sees them."""

    mended: list[str] = field(default_factory=list)
    inspected: list[PointId] = field(default_factory=list)

    def points(self) -> Points:
        return Points([a_point()])

    def mend(self, powiat: str) -> int:
        self.mended.append(powiat)
        return 2

    def of_points(self, points: Sequence[PointId]) -> Sequence[object]:
        self.inspected.extend(points)
        return ["a breach"] if points else []


@pytest.mark.parametrize("period", [10, 60], ids=["locally", "in the cloud"])
def test_the_whole_country_is_mended_and_inspected_in_turns(
    caplog: pytest.LogCaptureFixture, period: int
) -> None:
    country, clock = FakeCountry(), SetClock()
    mended = breaches = 0
    for _ in range(upkeep.TURNS):
        mended += upkeep.mend(country, clock)
        breaches += upkeep.inspect(country, country, clock)
        clock.at += timedelta(seconds=period)
    assert (country.mended, mended) == ([a_point().powiat], 2)
    assert (country.inspected, breaches) == ([a_point().id], 1)
    assert "an invariant is broken" in caplog.text


def test_the_heartbeat_tells_the_time() -> None:
    told: list[tuple[Sequence[Event], datetime]] = []

    class Sender:
        def publish(self, events: Sequence[Event], committed_at: datetime) -> None:
            told.append((events, committed_at))

    assert upkeep.heartbeat(Sender(), SetClock()) == 1
    ((events, at),) = told
    assert ([event.topic for event in events], at) == (["heartbeat"], NOW)
