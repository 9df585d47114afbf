"""What is done in a call: who it is, what suits them, what is kept, booked, moved, cancelled."""

from typing import Any

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.call import MOST_PEOPLE, Call, Caller, CallId, Outcome
from erejestracja.domain.callback import Result
from erejestracja.domain.errors import (
    AlreadyBooked,
    HoldExpired,
    InvalidRequest,
    NotEligible,
    NotFound,
    OverrideNotStanding,
    SlotTaken,
)
from erejestracja.domain.ids import PatientId, ReferralId, VisitId
from erejestracja.domain.override import OverrideId
from erejestracja.domain.visit import CancelReason, Visit
from erejestracja.services import booking, calling_back, calls, holds
from erejestracja.services.booking import BookVisit
from erejestracja.services.desk import check_any_eligible
from erejestracja.services.holds import Asker, Kept
from erejestracja.services.places import Wanted
from erejestracja.services.together import Share, hold_each
from erejestracja.web.hotline.desk import HOME, hotline
from erejestracja.web.hotline.known import kept_place, overriding_of, starts_of
from erejestracja.web.hotline.screen import (
    REASONS,
    outcomes_of,
    screen,
    tongue,
    wish_form,
    wishes_in,
)
from erejestracja.web.identifying import meant_by_form
from erejestracja.web.slots import offer_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only

# What the agent is told where not both have got a place.
WHO_HAS_ONE = {
    (True, False): "hotline.together.only_first",
    (False, True): "hotline.together.only_second",
    (False, False): "hotline.taken",
}
PAGES = Blueprint("call", __name__, url_prefix=f"{HOME}/rozmowa/<call>")


@PAGES.get("")
@only(Role.AGENT)
def call(call: str) -> str:
    """Show the call as it is."""
    return screen(calls.call_of(hotline(), actor(), CallId(call)))


@PAGES.post("/osoba")
@only(Role.AGENT)
def name(call: str) -> str:
    """Find whom a number means; masked until the caller confirms who they are."""
    suite().limiter.admit("identify", actor().subject)
    found = calls.call_of(hotline(), actor(), CallId(call))
    try:
        patient = meant_by_form(hotline().desk)
        if patient in [one.patient for one in found.people[:-1]]:
            return screen(found, wrong=InvalidRequest({"pesel": "hotline.who.same"}))
        found, _ = calls.name(hotline(), actor(), found, patient, g.request_id)
    except (InvalidRequest, NotFound) as wrong:
        return screen(found, wrong=wrong)
    return screen(found)


@PAGES.post("/zgadza-sie")
@only(Role.AGENT)
def confirm(call: str) -> str:
    """Open the record of who has confirmed it is theirs."""
    found = calls.call_of(hotline(), actor(), CallId(call))
    return screen(calls.confirm(hotline(), found))


@PAGES.post("/inna-osoba")
@only(Role.AGENT)
def another(call: str) -> Response:
    """Ask for somebody else; what was kept and not booked for those who go is given back."""
    found = calls.call_of(hotline(), actor(), CallId(call))
    taken = calls.take_another(hotline(), found)
    for gone in found.people[len(taken.people) - 1 :]:
        _release(gone)
    return _back(call)


@PAGES.post("/druga-osoba")
@only(Role.AGENT)
def second(call: str) -> Response:
    """Ask for a second person, who comes together with the first."""
    found = calls.call_of(hotline(), actor(), CallId(call))
    calls.take_second(hotline(), found)
    return _back(call)


@PAGES.post("/jedna-osoba")
@only(Role.AGENT)
def alone(call: str) -> Response:
    """Go on with the first person alone; what was kept for the second is given back."""
    found = calls.call_of(hotline(), actor(), CallId(call))
    calls.leave_alone(hotline(), found)
    for gone in found.people[1:]:
        _release(gone)
    return _back(call)


@PAGES.post("/zyczenia")
@only(Role.AGENT)
def wish(call: str) -> str | Response:
    """Remember in the call what suits the caller; what is filled in wrongly is shown again."""
    found, _ = calls.person_in(hotline(), actor(), CallId(call))
    form = wish_form(request.form)
    if not form.validate():
        return screen(found, form=form)
    calls.wish(hotline(), found, wishes_in(request.form))
    return _back(call)


@PAGES.post("/trzymaj")
@only(Role.AGENT)
def hold(call: str) -> str | Response:
    """Keep the chosen place while the rest is agreed on."""
    suite().limiter.admit("holds", actor().subject)
    found, patient = calls.person_in(hotline(), actor(), CallId(call), _person())
    desk = hotline().desk
    try:
        slot, vaccine = offer_of(request.form["slot"])
        moved = _moved(patient)
        waived = moved.waived if moved else overriding_of(found, patient).waived
        kept = holds.hold_slot(desk, Asker(actor(), patient, None, waived), slot, vaccine)
    except SlotTaken:
        return screen(found, said="hotline.taken")
    except NotEligible as no:
        return screen(found, no=no)
    _keep(found, _person(), kept)
    return _back(call)


@PAGES.post("/razem")
@only(Role.AGENT)
def together(call: str) -> str | Response:
    """Keep a place for each of two people, or say which of them has none."""
    suite().limiter.admit("holds", actor().subject)
    people = [calls.person_in(hotline(), actor(), CallId(call), n)[1] for n in range(MOST_PEOPLE)]
    found = calls.call_of(hotline(), actor(), CallId(call))
    offers = [offer_of(text) for text in request.form.get("slots", "").split()]
    if len(offers) != MOST_PEOPLE:
        raise InvalidRequest({"slots": t("ui.form.missing")})
    wanted = [
        Share(patient, *offer, overriding_of(found, patient).waived)
        for patient, offer in zip(people, offers, strict=True)
    ]
    kept = hold_each(hotline().desk, actor(), wanted)
    for person, one in enumerate(kept):
        if one is not None:
            found = _keep(found, person, one)
    if None not in kept:
        return _back(call)
    return screen(found, said=WHO_HAS_ONE[kept[0] is not None, kept[1] is not None])


@PAGES.post("/umow")
@only(Role.AGENT)
def book(call: str) -> str | Response:
    """Book what is kept, or move the visit there; sent twice it is one visit."""
    suite().limiter.admit("bookings", actor().subject)
    person = _person()
    found, patient = calls.person_in(hotline(), actor(), CallId(call), person)
    held = found.people[person].hold
    if held is None:
        return screen(found, said="hotline.nothing_kept")
    desk, who, wanted = hotline().desk, actor(), Wanted(hold=held)
    try:
        moved = _moved(patient)
        if moved:
            visit = booking.move(desk, who, patient, moved, wanted)
        else:
            referral, agreed = _decided_by(found, kept_place(held, patient), patient)
            asked = BookVisit(
                who, patient, referral, wanted, None, override=agreed, request_id=g.request_id
            )
            visit = booking.book(desk, asked).visit
    except (HoldExpired, SlotTaken):
        return screen(calls.keep(hotline(), found, None, person), said="hotline.taken")
    except OverrideNotStanding:
        return screen(found, said="override.not_yet")
    except NotEligible as no:
        return screen(found, no=no)
    except AlreadyBooked as already:
        return _read_back(call, VisitId(already.visit), Outcome.INFORMED)
    calls.keep(hotline(), found, None, person)
    return _read_back(call, visit.id, Outcome.MOVED if moved else Outcome.BOOKED)


@PAGES.post("/oddzwonimy")
@only(Role.AGENT)
def call_back(call: str) -> str:
    """Owe a call to who found nothing that suits."""
    found, patient = calls.person_in(hotline(), actor(), CallId(call), _person())
    owed = hotline().owed.after_call(found.id, patient)
    silent = owed.result is Result.NO_NUMBER
    said = "hotline.back.nobody_to_ring" if silent else "hotline.back.owed"
    return screen(found, said=said, came_to=Outcome.NOTHING_SUITABLE)


@PAGES.post("/oddaj")
@only(Role.AGENT)
def give_back(call: str) -> Response:
    """Give the kept place back."""
    found, _ = calls.person_in(hotline(), actor(), CallId(call), _person())
    _release(found.people[_person()])
    calls.keep(hotline(), found, None, _person())
    return _back(call)


@PAGES.post("/wizyty/<visit>/odwolaj")
@only(Role.AGENT)
def cancel(call: str, visit: str) -> Response:
    """Cancel the person's visit for one of the fixed reasons."""
    suite().limiter.admit("bookings", actor().subject)
    _, patient = calls.person_in(hotline(), actor(), CallId(call), _person())
    desk = hotline().desk
    found = booking.visit_of(desk, actor(), VisitId(visit))
    reason = request.form.get("reason", "")
    if found.patient != patient:
        raise NotFound
    if reason not in REASONS:
        raise InvalidRequest({"reason": t("ui.form.missing")})
    booking.cancel(desk, actor(), found, CancelReason(reason))
    return _read_back(call, found.id, Outcome.CANCELLED)


@PAGES.post("/koniec")
@only(Role.AGENT)
def end(call: str) -> Response:
    """End the call; what was cut off can be gone on with."""
    found = calls.call_of(hotline(), actor(), CallId(call))
    outcome = request.form.get("outcome", "")
    if outcome not in outcomes_of(found):
        raise InvalidRequest({"outcome": t("ui.form.missing")})
    calling_back.end(hotline(), found, Outcome(outcome))
    return redirect(HOME, 303)


def _moved(patient: PatientId) -> Visit | None:
    """Return the person's visit that a new place is for, if one is. Raises NotFound."""
    named = request.form.get("visit")
    if not named:
        return None
    found = booking.visit_of(hotline().desk, actor(), VisitId(named))
    if found.patient != patient:
        raise NotFound
    return found


def _decided_by(
    found: Call, kept: Kept, patient: PatientId
) -> tuple[ReferralId, OverrideId | None]:
    """Return the referral to book on, and the override that it takes, if it takes one."""
    try:
        return _referral(kept, patient), None
    except NotEligible:
        override = overriding_of(found, patient).open
        if override is None:
            raise
        return override.referral, override.id


def _referral(kept: Kept, patient: PatientId) -> ReferralId:
    desk = hotline().desk
    referrals = desk.records.referrals(patient)
    channel, vaccine = actor().channel(), kept.hold.vaccine
    referral, _ = check_any_eligible(
        desk, referrals, kept.session, starts_of(kept), channel, vaccine=vaccine
    )
    return referral.id


def _person() -> int:
    """Return which of the people in the call a form is about."""
    return request.form.get("person", 0, type=int)


def _keep(found: Call, person: int, kept: Kept) -> Call:
    """Return the call with a place kept for one of the people, instead of what was before."""
    _release(found.people[person])
    return calls.keep(hotline(), found, hotline().desk.tokens.seal(kept.hold), person)


def _release(caller: Caller) -> None:
    """Give back what is kept for somebody, if anything is."""
    if caller.hold is None or caller.patient is None:
        return
    try:
        holds.release(hotline().desk, actor(), caller.patient, caller.hold)
    except NotFound:
        return


def _back(call: str) -> Response:
    """Return the way back to the screen, which goes on with the same visit in the same language."""
    going_on: dict[str, Any] = {"visit": request.form.get("visit") or None, "read": tongue()}
    return redirect(url_for("call.call", call=call, **going_on), 303)


def _read_back(call: str, visit: VisitId, outcome: Outcome) -> Response:
    """Return the way to what was agreed, to be read in the language chosen for the caller."""
    said: dict[str, Any] = {"agreed": visit, "outcome": outcome.value, "read": tongue()}
    return redirect(url_for("call.call", call=call, **said), 303)
