"""The next dose, at the soonest date in its interval: same point first, any point after.

It is a commit of its own, after the dose is recorded: a dose that was given has to be on record
whether or not there is a place for the next, and both commits may be asked for again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from erejestracja.domain.actor import Actor
from erejestracja.domain.criteria import Area, Candidate, Criteria
from erejestracja.domain.errors import NotEligible, SlotTaken
from erejestracja.domain.ids import SlotKey
from erejestracja.domain.override import still_waived
from erejestracja.domain.referral import Referral
from erejestracja.domain.visit import Visit
from erejestracja.services.booking import BookVisit, book
from erejestracja.services.clinic import Clinic
from erejestracja.services.desk import ALTERNATIVES, check_any_eligible, still_free
from erejestracja.services.holds import soonest, wishes_of
from erejestracja.services.places import Wanted

NEARBY_KM = 25.0


@dataclass(frozen=True, slots=True)
class Next:
    """The next visit if it is booked, else up to five places it could have."""

    visit: Visit | None = None
    proposals: Sequence[Candidate] = ()


def propose(clinic: Clinic, actor: Actor, visit: Visit) -> Next:
    """Return where the next dose could be given; nothing where none follows, or not yet."""
    referrals = clinic.desk.records.referrals(visit.patient)
    return Next(proposals=_places(clinic, actor, visit, referrals))


def book_next(clinic: Clinic, actor: Actor, visit: Visit) -> Next:
    """Book the soonest place at this point for the next dose; the same visit asked twice, one.

    Staff book only at their own point, so where it has none, the nearest are proposed.
    """
    referrals = clinic.desk.records.referrals(visit.patient)
    places = _places(clinic, actor, visit, referrals)
    here = visit.place.slot.session.point
    for place in places:
        session = place.state.session
        if session.key.point != here:
            break
        starts_at = session.start_of(place.index)
        referral, vaccine = check_any_eligible(
            clinic.desk,
            referrals,
            session,
            starts_at,
            actor.channel(),
            vaccine=place.vaccine,
            waived=still_waived(visit.waived),
        )
        request = BookVisit(
            actor=actor,
            patient=visit.patient,
            referral=referral.id,
            wanted=Wanted(slot=SlotKey(session.key, place.index), vaccine=vaccine),
            key=f"next-{visit.id}-{visit.version}",
            waived=still_waived(visit.waived),
        )
        try:
            return Next(visit=book(clinic.desk, request).visit)
        except SlotTaken:
            continue
    return Next(proposals=places)


def _places(
    clinic: Clinic, actor: Actor, visit: Visit, referrals: Sequence[Referral]
) -> Sequence[Candidate]:
    """Return up to five free places, of this point or else of the nearest that has any."""
    desk, point = clinic.desk, visit.place.slot.session.point
    there = desk.read_model.point(point)
    near = there.location if there else None
    areas = [Criteria(Area(point=point), internal=True), Criteria(Area(near=near))]
    if near:
        areas.insert(1, Criteria(Area(near=near, radius_km=NEARBY_KM)))
    for criteria in areas:
        try:
            wishes = wishes_of(desk, referrals, criteria, actor, still_waived(visit.waived))
        except NotEligible:
            return ()
        found = still_free(desk, soonest(desk, wishes, limit=ALTERNATIVES))
        if found:
            return found
    return ()
