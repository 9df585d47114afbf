"""Swaps on the real Spanner emulator: one commit of all or nothing, calls, and races."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from erejestracja.domain.errors import (
    Lasting,
    Overloaded,
    Refusal,
    SlotTaken,
    SwapStands,
    VersionMismatch,
)
from erejestracja.domain.ids import PatientId, derived_id
from erejestracja.domain.session import SessionState
from erejestracja.domain.swapped import named_by
from erejestracja.domain.visit import CancelReason, Visit, VisitStatus
from erejestracja.services import arrivals, booking, doses, swapping_back, swaps, vials
from erejestracja.services.arrivals import Deferral
from erejestracja.services.booking import Booked, BookVisit
from erejestracja.services.clinic import Clinic, visit_here
from erejestracja.services.doses import Given
from erejestracja.services.places import Wanted
from erejestracja.services.standby import Asking
from erejestracja.services.swapping_back import Mistake
from erejestracja.services.swaps import CarriedOut
from erejestracja.services.vials import Move, Product
from erejestracja.storage.spanner.database import Database, Keys
from erejestracja.storage.spanner.inspection import Inspection
from erejestracja.storage.spanner.rows import PLACE_KEY, place_of
from tests.support import swaps_contract
from tests.support.builders import (
    AT_EIGHT,
    DAY,
    POINT,
    a_person,
    a_place,
    a_point,
    a_referral,
    a_session,
    a_visit,
    an_actor,
)
from tests.support.clinic_case import LOT, MEDIC, a_dose, a_lot
from tests.support.clinics import a_clinic, save_visits
from tests.support.desk import SetClock
from tests.support.rpcs import calls_to_spanner
from tests.support.spanner import save
from tests.support.swaps_case import begun
from tests.support.swaps_contract import JANS, SwapsContract

pytestmark = pytest.mark.emulator

DESKS = 16
NOON = AT_EIGHT + timedelta(hours=4)
LATER = [a_session(day=DAY + timedelta(days=n)) for n in (20, 28, 41)]
PEOPLE = [PatientId(derived_id("patient", str(n), length=26)) for n in range(5)]
ANNA, FIRST, SECOND, BETWEEN, FAR = PEOPLE
ASKING = Asking(MEDIC, POINT, "request-1")
READ, COMMIT = "streaming_read", "commit"

ANNAS = a_visit(a_place(), ANNA, dose=2)
FIRSTS, SECONDS = (
    a_visit(a_place(LATER[1], place=n), who, starts_at=LATER[1].starts_at)
    for n, who in enumerate((FIRST, SECOND))
)
BETWEENS = a_visit(a_place(LATER[0]), BETWEEN, starts_at=LATER[0].starts_at, dose=2)
FARS = a_visit(a_place(LATER[2]), FAR, starts_at=LATER[2].starts_at, dose=2)


@pytest.fixture
def clinic(database: Database) -> Clinic:
    save(
        database,
        [a_point()],
        [a_session(), *LATER],
        [a_person(one) for one in PEOPLE],
        [a_referral(FIRST), a_referral(SECOND), *(begun(one) for one in (ANNA, BETWEEN, FAR))],
    )
    save_visits(database, ANNAS, FIRSTS, SECONDS, BETWEENS, FARS)
    return another(database)


def another(database: Database) -> Clinic:
    return a_clinic(database, clock=SetClock(NOON))


def stands(clinic: Clinic, visit: Visit) -> Visit:
    return visit_here(clinic, MEDIC, visit.id, None)


def missed(clinic: Clinic) -> Visit:
    return arrivals.miss(clinic, MEDIC, stands(clinic, ANNAS))


def put_off(clinic: Clinic, days: int) -> Visit:
    until: date = DAY + timedelta(days=days)
    return arrivals.defer(clinic, MEDIC, stands(clinic, ANNAS), Deferral.ILLNESS, until)


def swap(clinic: Clinic, *visits: Visit, etag: str | None = None) -> list[Visit]:
    return swaps.carry_out(clinic, ASKING, ANNAS.id, etag, [one.id for one in visits]).visits


def calls_of(what: Callable[[], Any]) -> list[str]:
    with calls_to_spanner() as made:
        what()
    return made


def check_places(database: Database, clinic: Clinic) -> None:
    """Every standing visit has its own place, and no place is another's."""
    rows = database.read("Places", (*PLACE_KEY, "ClaimId"), Keys(everything=True))
    claims = {place_of(row[:5]): row[5] for row in rows}
    standing = [
        visit
        for who in PEOPLE
        for visit in clinic.desk.records.visits(who)
        if visit.status.is_active
    ]
    assert len({visit.place for visit in standing}) == len(standing)
    assert all(claims[visit.place] == visit.id for visit in standing)


def race(runners: list[Callable[[], Any]]) -> list[Any]:
    def outcome(what: Callable[[], Any]) -> Any:
        try:
            return what()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(DESKS) as pool:
        return list(pool.map(outcome, runners))


def test_who_missed_a_dose_makes_room_and_the_old_date_is_the_next_dose_s(
    database: Database, clinic: Clinic
) -> None:
    missed(clinic)
    made = calls_of(lambda: swap(clinic, FIRSTS))
    # whose dose it was, why it is free, their referrals; who comes, and theirs
    assert made == [READ] * 5 + [COMMIT]
    now, later = sorted(clinic.desk.records.visits(FIRST), key=lambda one: one.dose)
    assert (now.status, now.version, now.place.slot.session.day) == (VisitStatus.ARRIVED, 2, DAY)
    assert (later.dose, later.place, later.status) == (2, FIRSTS.place, VisitStatus.BOOKED)
    check_places(database, clinic)
    [expected] = [v for v in clinic.day_book.visits(POINT, DAY) if v.patient == FIRST]
    assert expected == now


def test_who_is_put_off_too_has_the_date_for_this_dose_again(
    database: Database, clinic: Clinic
) -> None:
    missed(clinic)
    now, later = swap(clinic, FIRSTS)
    until = DAY + timedelta(days=9)
    arrivals.defer(clinic, MEDIC, stands(clinic, now), Deferral.ILLNESS, until)
    assert (stands(clinic, later).dose, stands(clinic, now).status) == (1, VisitStatus.CANCELLED)
    check_places(database, clinic)


def test_proposals_are_read_by_days_however_many_they_are(clinic: Clinic) -> None:
    missed(clinic)
    found: list[Any] = []
    made = calls_of(lambda: found.extend(swaps.propose(clinic, ASKING, ANNAS.id)[1]))
    assert {one.swap.chain[0].patient for one in found} == {FIRST, SECOND}
    # the dose: 3; days good for the next dose: places, visits, referrals; the others: places,
    # visits; who looked; the people
    assert made == [READ] * 8 + [COMMIT, READ]


def test_a_chain_moves_everybody_one_place_on_in_one_commit(
    database: Database, clinic: Clinic
) -> None:
    put_off(clinic, 40)
    [proposal] = swaps.propose(clinic, ASKING, ANNAS.id)[1]
    assert [one.id for one in proposal.swap.chain] == [BETWEENS.id, FARS.id]
    made = calls_of(lambda: swap(clinic, *proposal.swap.chain))
    assert made == [READ] * 8 + [COMMIT]
    [annas] = [v for v in clinic.desk.records.visits(ANNA) if v.status.is_active]
    assert (annas.place, annas.dose) == (FARS.place, 2)
    assert stands(clinic, FARS).place == BETWEENS.place
    assert stands(clinic, BETWEENS).status is VisitStatus.ARRIVED
    check_places(database, clinic)


def test_one_dose_given_away_by_sixteen_desks_goes_to_one(
    database: Database, clinic: Clinic
) -> None:
    etag = str(missed(clinic).version)
    chosen = [FIRSTS, SECONDS] * (DESKS // 2)
    found = race(
        [lambda v=visit: swap(another(database), v, etag=etag) for visit in chosen]  # type: ignore[misc]
    )
    assert sum(not isinstance(one, Refusal) for one in found) == 1
    no = {type(one) for one in found if isinstance(one, Refusal)}
    assert no <= {VersionMismatch, Overloaded}
    arrived = [stands(clinic, one).status for one in (FIRSTS, SECONDS)]
    assert sorted(arrived) == [VisitStatus.ARRIVED, VisitStatus.BOOKED]
    check_places(database, clinic)


def test_who_cancels_at_home_meanwhile_either_comes_or_has_cancelled(
    database: Database, clinic: Clinic
) -> None:
    put_off(clinic, 40)

    def cancel() -> Any:
        own = another(database)
        seen = stands(own, FARS)
        return booking.cancel(own.desk, MEDIC, seen, CancelReason.PATIENT)

    runs: list[Callable[[], Any]] = [lambda: swap(another(database), BETWEENS, FARS), cancel] * 4
    race(runs)
    far, annas = stands(clinic, FARS), clinic.desk.records.visits(ANNA)
    swapped = stands(clinic, BETWEENS).status is VisitStatus.ARRIVED
    assert far.status in {VisitStatus.BOOKED, VisitStatus.CANCELLED}
    assert swapped == any(one.status.is_active for one in annas)
    if not swapped:
        assert (far.status, far.place) == (VisitStatus.CANCELLED, FARS.place)
    check_places(database, clinic)


def undoing(database: Database, done: CarriedOut) -> Clinic:
    """Return a clinic at the moment of a swap: when that was, Spanner's own clock has said."""
    dose, version = named_by(done.swap)
    [swapped] = another(database).deeds.past(dose, version)
    return a_clinic(database, clock=SetClock(swapped.at))


def undo(clinic: Clinic, done: CarriedOut, key: str = "key") -> list[Visit]:
    return swapping_back.undo(clinic, ASKING, Mistake(done.swap, "zła osoba", key))


def carried_out(clinic: Clinic, *visits: Visit) -> CarriedOut:
    return swaps.carry_out(clinic, ASKING, ANNAS.id, None, [one.id for one in visits])


def check_rows(database: Database, clinic: Clinic) -> None:
    check_places(database, clinic)
    assert Inspection(database).of_points([POINT]) == []


class TestSwapsInSpanner(SwapsContract):
    @pytest.fixture
    def clinic(self, database: Database) -> Clinic:
        people = [JANS.patient, swaps_contract.ANNAS.patient]
        sessions = [a_session(), a_session(day=JANS.place.slot.session.day)]
        referrals = [a_referral(one) for one in people]
        save(database, [a_point()], sessions, [a_person(one) for one in people], referrals)
        save_visits(database, swaps_contract.ANNAS, JANS)
        return another(database)


def test_a_swap_is_undone_in_one_commit_after_three_reads(
    database: Database, clinic: Clinic
) -> None:
    put_off(clinic, 40)
    done = carried_out(clinic, BETWEENS, FARS)
    then = undoing(database, done)
    made = calls_of(lambda: undo(then, done))
    # what the swap was and whether it stands, its visits, the referrals of who changed place
    assert made == [READ] * 3 + [COMMIT]
    back = [stands(clinic, one) for one in (BETWEENS, FARS)]
    assert [(one.place, one.status) for one in back] == [
        (BETWEENS.place, VisitStatus.BOOKED),
        (FARS.place, VisitStatus.BOOKED),
    ]
    assert not any(one.status.is_active for one in clinic.desk.records.visits(ANNA))
    check_places(database, clinic)
    # a repeat reads the same, and writes nothing
    assert calls_of(lambda: undo(then, done)) == [READ] * 3
    again = [one.patient for one in carried_out(clinic, BETWEENS, FARS).visits]
    assert again == [BETWEEN, FAR, ANNA]
    check_places(database, clinic)


def test_what_the_page_of_a_swap_shows_is_read_once_for_all(
    database: Database, clinic: Clinic
) -> None:
    missed(clinic)
    done = carried_out(clinic, FIRSTS)
    then, came = undoing(database, done), stands(clinic, FIRSTS)
    found: list[Any] = []
    made = calls_of(lambda: found.append(swapping_back.made(then, ASKING, came)))
    assert (found[0].swap.id, found[0].lasts) == (done.swap, None)
    # of which swap it is, the swap, its visits, their referrals; who looked; the people
    assert made == [READ] * 4 + [COMMIT, READ]


def test_a_swap_undone_by_sixteen_is_undone_once(database: Database, clinic: Clinic) -> None:
    missed(clinic)
    done = carried_out(clinic, FIRSTS)
    desks = [undoing(database, done) for _ in range(DESKS)]
    found = race([lambda d=desk, n=n: undo(d, done, str(n)) for n, desk in enumerate(desks)])  # type: ignore[misc]
    assert sum(not isinstance(one, Refusal) for one in found) == 1
    stand = [one for one in found if isinstance(one, SwapStands)]
    assert {one.reason for one in stand} <= {Lasting.UNDONE}
    assert all(isinstance(one, list | SwapStands | Overloaded) for one in found)
    assert stands(clinic, FIRSTS).version == 3
    check_rows(database, clinic)


def test_one_request_sent_sixteen_times_has_one_effect(database: Database, clinic: Clinic) -> None:
    missed(clinic)
    done = carried_out(clinic, FIRSTS)
    desks = [undoing(database, done) for _ in range(DESKS)]
    found = race([lambda d=desk: undo(d, done) for desk in desks])  # type: ignore[misc]
    told = [[(v.id, v.version, v.status) for v in one] for one in found if isinstance(one, list)]
    assert told
    assert all(one == told[0] for one in told)
    assert all(isinstance(one, list | Overloaded) for one in found)


def test_either_the_dose_is_given_or_the_swap_is_undone(database: Database, clinic: Clinic) -> None:
    lot = a_lot()
    product = Product(lot.vaccine, lot.expires_on, lot.doses_per_vial)
    vials.deliver(clinic, Move(MEDIC, POINT, LOT, 10, "delivery-1"), product)
    missed(clinic)
    done = carried_out(clinic, FIRSTS)
    came, at = stands(clinic, FIRSTS), NOON
    medics = [another(database) for _ in range(4)]
    desks = [undoing(database, done) for _ in range(4)]
    runs: list[Callable[[], Any]] = [
        what
        for medic, desk in zip(medics, desks, strict=True)
        for what in (
            lambda m=medic: doses.give(m, MEDIC, came, a_dose(at=at)),
            lambda d=desk: undo(d, done),
        )
    ]
    found = race(runs)
    status = stands(clinic, FIRSTS).status
    given = [one for one in found if isinstance(one, Given)]
    undone = [one for one in found if isinstance(one, list)]
    assert bool(given) != bool(undone)
    assert status is (VisitStatus.COMPLETED if given else VisitStatus.BOOKED)
    check_rows(database, clinic)


def test_either_a_place_that_a_swap_freed_is_booked_or_the_swap_is_undone(
    database: Database, clinic: Clinic
) -> None:
    soon = a_session(day=DAY + timedelta(days=7), slots=1, places=1)
    early, new = (PatientId(derived_id("patient", one, length=26)) for one in ("early", "new"))
    people, referrals = [a_person(early), a_person(new)], [a_referral(early), a_referral(new)]
    save(database, [], [soon], people, referrals)
    visit = a_visit(a_place(soon), early, starts_at=soon.starts_at)
    save_visits(database, visit)
    missed(clinic)
    done = carried_out(clinic, visit)
    wanted = BookVisit(
        an_actor(patient=new), new, referrals[1].id, Wanted(slot=visit.place.slot), "key"
    )

    def book() -> Any:
        own = another(database)
        own.desk.read_model.learn([SessionState(soon, 0, 1)])
        return booking.book(own.desk, wanted)

    desks = [undoing(database, done) for _ in range(4)]
    found = race([what for d in desks for what in (book, lambda d=d: undo(d, done))])
    booked = [one for one in found if isinstance(one, Booked)]
    undone = [one for one in found if isinstance(one, list)]
    assert bool(booked) != bool(undone)
    no = {type(one) for one in found if isinstance(one, Refusal)}
    assert no <= {Overloaded, SlotTaken, SwapStands}
    if booked:
        with pytest.raises(SwapStands) as stands_for:
            undo(desks[0], done)
        assert stands_for.value.reason is Lasting.TAKEN
    [claim] = clinic.desk.records.claims(visit.place.slot)
    assert claim.id == (booked[0].visit.id if booked else visit.id)
    check_rows(database, clinic)
