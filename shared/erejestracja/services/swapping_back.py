"""Swapping back: a swap that was a mistake is undone as one, by who made it, within a day.

It is for as long as nothing else has happened to any of its visits: each is in the version, and
decided by the referral, that the swap left. Then everybody has their former place again, and the
dose is free as before. Who cannot be put back so is moved by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from erejestracja.domain.change import PastChange
from erejestracja.domain.deed import Deed, Undoing
from erejestracja.domain.errors import (
    IdempotencyConflict,
    Lasting,
    NotAllowed,
    NotFound,
    Overloaded,
    SwapStands,
)
from erejestracja.domain.ids import PatientId, VisitId, derived_id
from erejestracja.domain.person import Person
from erejestracja.domain.referral import Referral
from erejestracja.domain.swapped import SwapId, Swapped, named_by, swapped_of
from erejestracja.domain.visit import CancelReason, Visit, VisitChange
from erejestracja.ports import Clash, Gone
from erejestracja.services.arrivals import after
from erejestracja.services.changes import change_of, untold
from erejestracja.services.clinic import TRIES, Clinic, check_staff
from erejestracja.services.standby import Asking


@dataclass(frozen=True, slots=True)
class Mistake:
    """Which swap was one, and why. The same `key` is the same request."""

    swap: SwapId
    note: str
    key: str

    def mark(self) -> str:
        """Return what the history knows the request by."""
        return derived_id("undo", self.swap, self.key)


@dataclass(frozen=True, slots=True)
class Made:
    """A swap that was made, its visits as they are now, and the people they are of.

    `lasts` says why it cannot be undone any more, None where it can, by who made it.
    """

    swap: Swapped
    visits: Mapping[VisitId, Visit]
    people: Mapping[PatientId, Person]
    lasts: Lasting | None


def made(clinic: Clinic, asking: Asking, visit: Visit) -> Made | None:
    """Return the swap that made a visit what it is: whose dose it was, or who came for it.

    None where it was none, or one that was undone. That its people were seen is written down.
    """
    last = [past for past in clinic.deeds.past(visit.id, visit.version) if "swap" in past.detail]
    try:
        case = _case(clinic, asking, SwapId(last[0].detail["swap"])) if last else None
    except NotFound:  # of before swaps could be undone
        return None
    if case is None or case.undone:
        return None
    patients = sorted({one.patient for one in case.visits.values()})
    clinic.day_book.seen(patients, asking.actor, "swap.viewed", asking.request_id)
    people = clinic.day_book.people(patients)
    return Made(case.swap, case.visits, people, _lasts(clinic, case))


def undo(clinic: Clinic, asking: Asking, mistake: Mistake) -> list[Visit]:
    """Return the visits as they were before a swap: whose dose it was, then who had come or moved.

    The last is the one that the swap had booked, cancelled. Raises NotFound, NotAllowed for who did
    not make the swap, and SwapStands with the reason for one that is not undone any more.
    """
    for attempt in range(TRIES):
        case = _case(clinic, asking, mistake.swap)
        if case.swap.by != asking.actor.subject:
            raise NotAllowed
        if case.undone and case.undone.detail["mark"] == mistake.mark():
            return _repeated(case, mistake, case.undone)
        lasts = _lasts(clinic, case)
        if attempt and not lasts:
            lasts = _taken(clinic, case)
        if lasts is Lasting.CHANGED and not attempt:
            # It may have been undone between two reads, by this very request.
            continue
        if lasts:
            raise SwapStands(lasts)
        undoing = _undoing(clinic, asking, case, mistake)
        try:
            at = clinic.deeds.undo(undoing)
        except (Clash, Gone):
            continue
        clinic.desk.publisher.publish(undoing.events(), at)
        ended = [undoing.heir.visit] if undoing.heir else []
        return [undoing.unreplaced.visit, *(visit for visit, _, _ in undoing.moves), *ended]
    raise Overloaded(retry_after=1)


@dataclass(frozen=True, slots=True)
class _Case:
    """A swap, its visits and the referrals of who changed place, as of now; how it was undone."""

    swap: Swapped
    visits: Mapping[VisitId, Visit]
    referrals: Mapping[VisitId, Referral]
    undone: PastChange | None

    @property
    def dose(self) -> Visit:
        """Return the visit whose dose passed on."""
        return self.visits[named_by(self.swap.id)[0]]


def _case(clinic: Clinic, asking: Asking, named: SwapId) -> _Case:
    """Read a swap at a point of the caller's. Raises NotAllowed, NotFound."""
    check_staff(asking.actor, asking.point)
    dose, version = named_by(named)
    past = clinic.deeds.past(dose, version, version + 1)
    swap = swapped_of(past[0]) if past else None
    if swap is None or past[0].version != version:
        raise NotFound
    visits = clinic.day_book.named(sorted(swap.versions()))
    if visits[dose].place.slot.session.point != asking.point:
        raise NotFound
    came = [visits[one.visit] for one in swap.left if one.visit in visits]
    known = clinic.day_book.referrals(sorted({visit.patient for visit in came}))
    referrals = {
        visit.id: referral
        for visit in came
        for referral in known[visit.patient]
        if referral.id == visit.referral
    }
    undone = [one for one in past[1:] if one.what is VisitChange.UNREPLACED]
    return _Case(swap, visits, referrals, undone[0] if undone else None)


def _lasts(clinic: Clinic, case: _Case) -> Lasting | None:
    """Return why a swap is not undone any more, as far as visits and referrals tell."""
    swap = case.swap
    if case.undone:
        return Lasting.UNDONE
    if swap.is_late(clinic.desk.clock.now()):
        return Lasting.LATE
    stand = {visit.id: visit.version for visit in case.visits.values()} == swap.versions()
    judged = {one.visit: one.referral for one in swap.left}
    if stand and {of: one.version for of, one in case.referrals.items()} == judged:
        return None
    return Lasting.CHANGED


def _taken(clinic: Clinic, case: _Case) -> Lasting | None:
    """Tell whether somebody else has a former place by now, or the point took it back."""
    stock, ours = clinic.desk.stock, {visit.place for visit in case.visits.values()}
    left = [one.place for one in case.swap.left if one.place not in ours]
    found = stock.sessions(sorted({place.slot.session for place in left}))
    states = {one.session.key: one for one in (stock.states(found) if found else ())}
    taken = any(states[place.slot.session].has_taken(place) for place in left)
    return Lasting.TAKEN if taken else None


def _repeated(case: _Case, mistake: Mistake, undone: PastChange) -> list[Visit]:
    """Return the visits as they are now. Raises IdempotencyConflict for another request."""
    if undone.detail["note"] != mistake.note:
        raise IdempotencyConflict
    heir = [case.swap.heir] if case.swap.heir else []
    return [case.dose, *(case.visits[of] for of in (*(o.visit for o in case.swap.left), *heir))]


def _undoing(clinic: Clinic, asking: Asking, case: _Case, mistake: Mistake) -> Undoing:
    """Return what is committed: everybody one place back, and whose dose it was has missed it.

    Who came keeps the date that they were told last, so nothing is said of it; who was told another
    is told, once.
    """
    swap, desk = case.swap, clinic.desk
    detail = {"swap": swap.id}
    moves = []
    for left in swap.left:
        visit = case.visits[left.visit]
        restored = left.restored(after(visit, VisitChange.RESTORED))
        change = change_of(desk, restored, VisitChange.RESTORED, asking.actor, before=visit)
        change = replace(change, allowed_by=case.referrals[left.visit], detail=detail)
        moves.append((restored, visit.place, untold(change) if left is swap.left[0] else change))
    free = after(case.dose, VisitChange.UNREPLACED)
    change = change_of(desk, free, VisitChange.UNREPLACED, asking.actor)
    kept = {**detail, "why": swap.why.value, "note": mistake.note, "mark": mistake.mark()}
    return Undoing(Deed(free, replace(change, detail=kept)), moves, _heir(clinic, asking, case))


def _heir(clinic: Clinic, asking: Asking, case: _Case) -> Deed | None:
    """Return the end of the visit that the swap booked: of who came, or of whose dose it was."""
    if case.swap.heir is None:
        return None
    heir = case.visits[case.swap.heir]
    ended = after(heir, VisitChange.CANCELLED)
    change = change_of(clinic.desk, ended, VisitChange.CANCELLED, asking.actor, before=heir)
    detail = {"reason": CancelReason.POINT.value, "swap": case.swap.id}
    change = replace(change, detail=detail)
    of_who_came = heir.patient != case.dose.patient
    return Deed(ended, untold(change) if of_who_came else change, frees=True)
