"""Hold the place that was chosen, check it, and book it, or move a visit to it."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.calendar import local_day
from erejestracja.domain.consent import consent_of
from erejestracja.domain.criteria import Candidate
from erejestracja.domain.errors import (
    AlreadyBooked,
    HoldExpired,
    InvalidRequest,
    NotAllowed,
    NotEligible,
    NotFound,
    Reason,
    SlotTaken,
)
from erejestracja.domain.hold import HOLD_FOR
from erejestracja.domain.ids import PatientId, ReferralId
from erejestracja.domain.phone import parse_phone
from erejestracja.domain.referral import Referral
from erejestracja.services import booking, holds
from erejestracja.services.booking import BookVisit
from erejestracja.services.choosing import start_of
from erejestracja.services.desk import Desk, check_any_eligible
from erejestracja.services.holds import Asker, Kept
from erejestracja.services.places import Wanted
from erejestracja.web.patient.choice import PATH, visit_to_move
from erejestracja.web.patient.record import vaccine_name
from erejestracja.web.patient.shown import shown
from erejestracja.web.patient.whose import in_reach, reached_referrals, whose
from erejestracja.web.slots import id_of, offer_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("booking", __name__)
CHOICE_KEYS = frozenset(
    {
        *("postcode", "radius", "voivodeship", "near", "access"),
        *("vaccine", "from", "hours", "day", "referral", "visit"),
    }
)
NEAREST = 3
Filters = dict[str, Any]


@PAGES.post("/rezerwuj")
@only(Role.PATIENT, may_be_limited=True)
def hold() -> str | Response:
    """Keep the chosen place for ten minutes; the one kept before is given back."""
    desk: Desk = suite().desk
    who, patient = actor(), whose()
    suite().limiter.admit("holds", who.subject)
    filters, moved = _filters(request.form.get("filters", "")), visit_to_move()
    asker = Asker(who, patient, None, moved.waived if moved else None)
    try:
        kept = holds.hold_slot(desk, asker, *offer_of(request.form["slot"]))
    except SlotTaken as taken:
        return _taken(desk, taken, filters)
    earlier = request.form.get("hold")
    if earlier:
        _give_back(desk, patient, earlier)
    return redirect(url_for("booking.check", hold=desk.tokens.seal(kept.hold), **filters), 303)


@PAGES.get("/sprawdz/<hold>")
@only(Role.PATIENT, may_be_limited=True)
def check(hold: str) -> str | Response:
    """Show what is about to be booked, and until when it is kept."""
    desk: Desk = suite().desk
    try:
        kept = _kept(desk, hold)
    except HoldExpired:
        return _run_out()
    moved = visit_to_move()
    referral = _referral(desk, kept) if moved is None else None
    programme = desk.programmes.get(moved.programme if moved else _of(referral).programme)
    point = desk.read_model.point(kept.session.key.point)
    if point is None:
        raise NotFound
    starts_at = kept.session.start_of(kept.hold.place.slot.index)
    person = desk.records.person(whose())
    return render_template(
        "patient/check.html",
        kept=kept,
        hold=hold,
        starts_at=starts_at,
        seconds=_seconds(desk, kept),
        longest=int(HOLD_FOR.total_seconds()) // 60,
        point=point,
        vaccine=vaccine_name(programme, kept.vaccine),
        dose=kept.session.dose or (moved.dose if moved else _of(referral).next_dose),
        referral=referral,
        person=person,
        consent=consent_of(programme, person.birth_date, local_day(starts_at)) if person else None,
        moving=shown(desk, moved) if moved else None,
        filters=_filters(request.query_string.decode("ascii", "ignore")),
    )


@PAGES.post("/sprawdz/<hold>/przedluz")
@only(Role.PATIENT, may_be_limited=True)
def extend(hold: str) -> str | Response:
    """Keep the place for longer."""
    suite().limiter.admit("bookings", actor().subject)
    try:
        holds.extend(suite().desk, whose(), hold)
    except HoldExpired:
        return _run_out()
    filters = _filters(request.form.get("filters", ""))
    return redirect(url_for("booking.check", hold=hold, **filters), 303)


@PAGES.post("/sprawdz/<hold>/oddaj")
@only(Role.PATIENT, may_be_limited=True)
def give_back(hold: str) -> Response:
    """Give the place back, and choose again."""
    suite().limiter.admit("bookings", actor().subject)
    _give_back(suite().desk, whose(), hold)
    return redirect(_choice(_filters(request.form.get("filters", ""))), 303)


@PAGES.post("/umow/<hold>")
@only(Role.PATIENT, may_be_limited=True)
def book(hold: str) -> str | Response:
    """Book what is kept, or move a visit there; sent twice it is one visit."""
    desk: Desk = suite().desk
    who = actor()
    suite().limiter.admit("bookings", who.subject)
    moved = visit_to_move()
    filters = _filters(request.form.get("filters", ""))
    try:
        if moved:
            visit = booking.move(desk, who, whose(), moved, Wanted(hold=hold))
            return redirect(url_for("visits.visit", visit=visit.id, done="moved"), 303)
        kept = _referral_named()
        asked = BookVisit(who, whose(), kept, Wanted(hold=hold), None, _contact())
        visit = booking.book(desk, asked).visit
    except HoldExpired:
        return _run_out()
    except SlotTaken as taken:
        return _taken(desk, taken, filters)
    except AlreadyBooked as already:
        return redirect(url_for("visits.visit", visit=already.visit, done="already"), 303)
    return redirect(url_for("visits.visit", visit=visit.id, done="booked"), 303)


def _kept(desk: Desk, text: str) -> Kept:
    """Return the hold of an address. Raises HoldExpired, or NotFound for another's."""
    found = holds.live_hold(desk, desk.tokens.open(text, whose()))
    latest = desk.records.find_hold(found.id)
    if latest is None or not latest.is_live(desk.clock.now()):
        raise HoldExpired
    state = desk.read_model.state(latest.place.slot.session)
    if state is None:
        raise HoldExpired
    return Kept(latest, state.session)


def _referral(desk: Desk, kept: Kept) -> Referral:
    starts_at = kept.session.start_of(kept.hold.place.slot.index)
    referrals = reached_referrals(desk)
    channel, vaccine = actor().channel(), kept.hold.vaccine
    referral, _ = check_any_eligible(
        desk, referrals, kept.session, starts_at, channel, vaccine=vaccine
    )
    return referral


def _of(referral: Referral | None) -> Referral:
    if referral is None:
        raise NotEligible(Reason.NO_REFERRAL)
    return referral


def _referral_named() -> ReferralId:
    named = ReferralId(request.form.get("referral", ""))
    if not named:
        raise InvalidRequest({"referral": "is missing"})
    if not in_reach(named):
        raise NotAllowed
    return named


def _contact() -> dict[str, str]:
    """Return the telephone for messages, where one was given. Raises InvalidRequest."""
    given = request.form.get("phone", "").strip()
    if not given:
        return {}
    try:
        return {"phone": str(parse_phone(given))}
    except ValueError:
        raise InvalidRequest({"phone": "is no phone number"}) from None


def _give_back(desk: Desk, patient: PatientId, text: str) -> None:
    try:
        holds.release(desk, actor(), patient, text)
    except NotFound:
        return


def _seconds(desk: Desk, kept: Kept) -> int:
    return max(0, int((kept.hold.expires_at - desk.clock.now()).total_seconds()))


def _taken(desk: Desk, taken: SlotTaken, filters: Filters) -> Response:
    """Say that somebody was faster; what is nearest can be taken at once, the filters stay."""
    nearest: list[Candidate] = list(taken.alternatives)[:NEAREST]
    page = render_template(
        "patient/taken.html",
        nearest=nearest,
        point_of=desk.read_model.point,
        start_of=start_of,
        id_of=id_of,
        choice=_choice(filters),
        filters=filters,
    )
    return make_response(page, 409)


def _run_out() -> Response:
    filters = _filters(request.values.get("filters") or request.query_string.decode("ascii"))
    page = render_template("patient/run_out.html", choice=_choice(filters))
    return make_response(page, 409)


def _filters(text: str) -> Filters:
    """Return the filters of a page of choice; nothing else of what came."""
    query = text.partition("?")[2] or text
    return {name: value for name, value in parse_qsl(query)[:20] if name in CHOICE_KEYS}


def _choice(filters: Filters) -> str:
    return f"{PATH}?{urlencode(filters)}" if filters else PATH
