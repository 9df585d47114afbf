"""What waiting_list hears: orphaned visits, bookings, places of every kind, twice and late."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.change import Change
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.ids import PointId, ProgrammeId, SlotKey, VisitId
from erejestracja.domain.referral import ReferralStatus
from erejestracja.domain.session import Visibility
from erejestracja.domain.visit import Visit, VisitChange, VisitStatus
from erejestracja.domain.waiting import SETTLES, Entry, EntryId
from erejestracja.services import waiting
from erejestracja.services.still_waiting import settle
from erejestracja.services.waiting_list import hear
from tests.support.builders import DAY, NOW, a_dose, a_point, a_programme, a_session
from tests.support.desk import FixedProgrammes
from tests.support.waiting_case import (
    ADAM,
    ANNA,
    EWA,
    FIRST,
    HERE,
    JAN,
    LATER,
    SECOND,
    SESSION,
    Case,
    a_case,
    a_full_case,
    actor,
)

FREED: dict[str, Any] = {"session": str(SESSION.key), "patient": "nobody"}
PUBLISHED: dict[str, Any] = {"sessions": [str(SESSION.key)], "point": SESSION.key.point}


def orphan(case: Case, visit: Visit) -> dict[str, Any]:
    """Take a visit's place away as a point does; return what is told."""
    after = replace(visit, status=VisitStatus.ORPHANED, version=visit.version + 1)
    case.store.end(after, Change(VisitChange.ORPHANED, actor(visit.patient), []), frees=False)
    return {
        "visit": visit.id,
        "patient": visit.patient,
        "sessions": [str(visit.place.slot.session)],
    }


def of(entry: Entry) -> dict[str, Any]:
    return {"patient": entry.patient, "entry": entry.id}


def test_who_lost_a_visit_comes_before_all_who_wait_and_gets_it_moved() -> None:
    case, ewa, adam = a_full_case()
    case.ask(ANNA)
    told = orphan(case, adam)
    hear(case.room, "visit.orphaned", told)
    hear(case.room, "visit.orphaned", told)
    entry = case.an_entry(ADAM)
    assert (entry.lost, entry.criteria.vaccine, entry.powiaty) == (True, adam.vaccine, ("0663",))
    case.pass_time(minutes=2)
    case.cancel(ewa)
    case.tell()
    assert (case.asked(ADAM), case.asked(ANNA)) == (FIRST, None)
    [anna] = waiting.standings(case.room, ANNA)
    assert (anna.longer.most, anna.lost.most) == (0, 5)
    moved = case.accept(ADAM)
    assert (moved.id, moved.status, moved.place.slot) == (adam.id, VisitStatus.BOOKED, FIRST)


def test_who_comes_in_another_s_place_leaves_theirs_to_who_waits() -> None:
    case, ewa, _ = a_full_case()
    case.ask(ANNA)
    case.tell()
    here = replace(ewa, status=VisitStatus.ARRIVED, version=ewa.version + 1)
    case.store.end(here, Change(VisitChange.ARRIVED, actor(EWA), []), frees=True)
    told = {"patient": EWA, "sessions": [str(SESSION.key)]}
    assert hear(case.room, "visit.arrived", told | {"placesChanged": False}) == 0
    assert hear(case.room, "visit.arrived", told | {"placesChanged": True}) == 1
    assert case.asked(ANNA) == FIRST


def test_who_lost_a_visit_is_asked_only_when_the_point_may_have_given_it_back() -> None:
    case, _, adam = a_full_case(LATER)
    hear(case.room, "visit.orphaned", orphan(case, adam))
    entry = case.an_entry(ADAM)
    with pytest.raises(Overloaded):
        hear(case.room, "waiting.asked", of(entry))
    assert hear(case.room, "schedule.published", {"sessions": [str(LATER.key)]}) == 0
    case.pass_time(seconds=SETTLES.total_seconds())
    assert hear(case.room, "waiting.asked", of(entry)) == 1
    assert hear(case.room, "waiting.asked", of(entry)) == 0


def test_a_visit_that_was_given_back_is_waited_for_no_more() -> None:
    case, _, adam = a_full_case()
    hear(case.room, "visit.orphaned", told := orphan(case, adam))
    [visit] = case.store.visits(ADAM)
    back = replace(visit, status=VisitStatus.BOOKED, version=visit.version + 1)
    case.store.end(back, Change(VisitChange.MOVED, actor(ADAM), []), frees=False)
    hear(case.room, "visit.moved", told)
    assert case.entry(ADAM) is None
    hear(case.room, "visit.orphaned", told)
    assert case.entry(ADAM) is None


def test_who_waited_for_an_earlier_visit_and_lost_theirs_keeps_what_they_declined() -> None:
    case, ewa, adam = a_full_case(LATER)
    later = case.book(ANNA, 0, LATER)
    case.ask(ANNA)
    case.cancel(ewa)
    case.tell()
    case.decline(ANNA)
    hear(case.room, "visit.orphaned", orphan(case, later))
    entry = case.an_entry(ANNA)
    assert (entry.lost, entry.declined) == (True, frozenset({FIRST}))
    assert adam.status is VisitStatus.BOOKED


def test_a_visit_of_no_known_point_or_none_at_all_is_left_to_people() -> None:
    case, ewa, _ = a_full_case()
    told = orphan(case, ewa)
    case.desk.read_model.points.clear()
    hear(case.room, "visit.orphaned", told)
    hear(case.room, "visit.orphaned", told | {"visit": VisitId("none")})
    assert case.entry(EWA) is None


def test_a_loss_that_meets_another_change_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    case, ewa, _ = a_full_case()
    told = orphan(case, ewa)
    monkeypatch.setattr("erejestracja.services.still_waiting.committed", lambda *_: False)
    with pytest.raises(Overloaded):
        hear(case.room, "visit.orphaned", told)


def test_who_books_waits_no_more_whoever_tells_it_and_however_late() -> None:
    case = a_case()
    case.ask(ANNA)
    case.book(ANNA)
    told = {"patient": ANNA, "visit": "v"}
    hear(case.room, "visit.booked", told)
    hear(case.room, "visit.booked", told)
    assert case.entry(ANNA) is None
    assert [e.data["reason"] for e in case.events if e.type == "waiting.ended"] == ["booked"]


def test_an_old_booking_ends_no_new_wait() -> None:
    case = a_case()
    case.cancel(case.book(ANNA))
    case.ask(ANNA)
    hear(case.room, "visit.booked", {"patient": ANNA, "visit": "v"})
    assert case.entry(ANNA) is not None


def test_who_books_elsewhere_frees_what_was_kept_for_them() -> None:
    case, ewa, _ = a_full_case(LATER)
    case.book(JAN, 0, LATER)
    case.ask(ANNA)
    case.cancel(ewa)
    case.tell()
    [jan] = case.store.visits(JAN)
    case.cancel(jan)
    case.book(ANNA, 0, LATER)
    case.tell()
    assert case.entry(ANNA) is None
    assert case.desk.stock.state(SESSION).free(0) == 1


def test_a_wait_for_another_visit_ends_with_that_visit() -> None:
    case, *_ = a_full_case(LATER)
    visit = case.book(ANNA, 0, LATER)
    case.ask(ANNA)
    case.cancel(visit)
    hear(case.room, "visit.cancelled", {"patient": ANNA, "sessions": []})
    assert case.entry(ANNA) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"status": ReferralStatus.CANCELLED},
        {"expires_on": NOW.date() - timedelta(days=1)},
        {"given": (a_dose(1),)},
    ],
    ids=["withdrawn", "expired", "used"],
)
def test_a_wait_ends_with_the_referral(changes: dict[str, Any]) -> None:
    case = a_case()
    entry = case.ask(ANNA)
    for key, referral in list(case.store.all_referrals.items()):
        case.store.all_referrals[key] = replace(referral, **changes)
    assert settle(case.room, entry) is None
    assert case.entry(ANNA) is None


def test_a_wait_ends_with_the_last_day_wished_for() -> None:
    case, *_ = a_full_case()
    entry = case.ask(ANNA, replace(HERE, to=DAY))
    case.pass_time(days=7)
    assert settle(case.room, entry) is None
    assert case.entry(ANNA) is None


def test_who_is_silent_three_times_waits_no_more() -> None:
    case, ewa, _ = a_full_case(LATER)
    case.cancel(case.book(JAN, 0, LATER))
    case.ask(ANNA)
    case.cancel(ewa)
    for _ in range(3):
        case.tell()
        case.pass_time(minutes=31)
        hear(case.room, "schedule.published", PUBLISHED | {"sessions": [str(LATER.key)]})
        case.tell()
        case.store.tables.waiting = {
            key: replace(entry, declined=frozenset())
            for key, entry in case.store.tables.waiting.items()
        }
        hear(case.room, "schedule.published", PUBLISHED)
    assert case.entry(ANNA) is None


def test_several_places_freed_at_once_go_to_several_people() -> None:
    case = a_case()
    case.cancel(case.book(EWA, 0))
    case.desk.clock.at += timedelta(minutes=1)
    for person in (ANNA, JAN, EWA):
        case.ask(person)
        case.pass_time(minutes=1)
    assert hear(case.room, "schedule.published", PUBLISHED) == 2
    assert [case.asked(p) for p in (ANNA, JAN, EWA)] == [FIRST, SECOND, None]


def test_a_place_taken_meanwhile_is_not_offered_and_the_next_one_is() -> None:
    case = a_case()
    entry = case.ask(ANNA)
    case.book(EWA, 0)
    case.desk.read_model.states[SESSION.key] = replace(
        case.desk.read_model.states[SESSION.key], taken=0
    )
    assert hear(case.room, "waiting.asked", of(entry)) == 1
    assert case.asked(ANNA) == SECOND


def test_an_entry_changed_meanwhile_is_not_offered_anything() -> None:
    case = a_case()
    entry = case.ask(ANNA)
    case.queue = Outdated(case.queue, replace(entry, version=entry.version - 1))
    assert hear(case.room, "schedule.published", PUBLISHED) == 0


def test_who_may_not_have_it_now_is_passed_over() -> None:
    case = a_case()
    case.ask(ANNA)
    case.pass_time(minutes=1)
    case.ask(JAN)
    key = next(key for key in case.store.all_referrals if key[0] == ANNA)
    referral = case.store.all_referrals[key]
    case.store.all_referrals[key] = replace(referral, window=(DAY + timedelta(days=9), None))
    assert hear(case.room, "schedule.published", PUBLISHED) == 1
    assert (case.asked(ANNA), case.asked(JAN)) == (None, FIRST)


@pytest.mark.parametrize(
    "session",
    [
        a_session(slots=2, places=1, visibility=Visibility.INTERNAL),
        a_session(slots=2, places=1, dose=2),
        a_session(slots=2, places=1, starts_at=NOW + timedelta(hours=2)),
        a_session(point=PointId("zzzzzzzzzz"), slots=2, places=1),
    ],
    ids=["for the point alone", "another dose", "too soon", "of no known point"],
)
def test_what_nobody_may_be_offered_stays_free(session: Any) -> None:
    case = a_case(sessions=(session,))
    case.points = (a_point(),)
    case.ask(ANNA)
    assert hear(case.room, "schedule.published", {"sessions": [str(session.key)]}) == 0


def test_what_is_told_of_others_concerns_nobody_who_waits() -> None:
    case = a_case()
    case.ask(ANNA)
    for kind in ("hold.placed", "schedule.withdrawn", "waiting.offered", "waiting.ended"):
        assert hear(case.room, kind, FREED) == 0
    gone = {"patient": JAN, "entry": EntryId("gone")}
    assert hear(case.room, "waiting.declined", gone) == 0


def test_where_nobody_waits_a_line_is_all_that_is_read() -> None:
    case = a_case()
    case.store.tables.sessions.clear()
    assert hear(case.room, "hold.released", FREED) == 0


def test_an_offer_forgotten_by_every_event_is_ended_by_upkeep() -> None:
    case, ewa, _ = a_full_case()
    case.ask(ANNA)
    case.cancel(ewa)
    case.tell()
    case.pass_time(minutes=40)
    case.sweep()
    entry = case.an_entry(ANNA)
    assert (entry.offer, entry.unanswered) == (None, 1)


def test_programmes_have_lines_of_their_own() -> None:
    other = replace(a_programme(), id=ProgrammeId("flu"), names={"pl": "Grypa"}, vaccines=())
    case = a_case(programmes=FixedProgrammes((a_programme(), other)))
    case.ask(ANNA)
    assert hear(case.room, "schedule.published", PUBLISHED) == 1


def test_the_nearer_place_is_better_than_the_visit_there_is() -> None:
    near = a_point()
    far = a_point(id=PointId("bbbbbbbbbb"), location=replace(near.location, lat=51.4))
    there = a_session(far.id, slots=1, places=1)
    afterwards = a_session(day=DAY + timedelta(days=2), slots=1, places=1)
    case = a_case(sessions=(there, afterwards), points=(near, far))
    case.book(ANNA, 0, there)
    home = replace(HERE, area=replace(HERE.area, teryt=None, near=near.location, radius_km=50.0))
    case.ask(ANNA, home)
    assert hear(case.room, "schedule.published", {"sessions": [str(afterwards.key)]}) == 1
    assert case.asked(ANNA) == SlotKey(afterwards.key, 0)


class Outdated:
    """A queue that shows an entry as it was before somebody else changed it."""

    def __init__(self, queue: Any, entry: Entry) -> None:
        self._queue, self._entry = queue, entry

    def of(self, _: Any) -> Any:
        return [self._entry]

    def entries(self, _: Any) -> Any:
        return [self._entry]

    def line(self, *of: Any) -> Any:
        return self._queue.line(*of)

    def commit(self, step: Any) -> Any:
        return self._queue.commit(step)
