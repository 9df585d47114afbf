"""Who comes without a visit: found by PESEL or document, and given one there and then."""

import secrets

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.consent import consent_of
from erejestracja.domain.errors import AlreadyBooked, InvalidRequest, NotEligible, NotFound
from erejestracja.domain.ids import PatientId, ReferralId, VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.visit import ConsentForm
from erejestracja.services.clinic import Clinic
from erejestracja.services.record import record_of
from erejestracja.services.walk_ins import WalkIn, walk_in
from erejestracja.web.clinic.day import consent_sent
from erejestracja.web.clinic.points import DESK_STAFF, HOME, shown, the_point
from erejestracja.web.identifying import looked_up
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("walk_in", __name__, url_prefix=f"{HOME}/<point>/bez-terminu")
KEY_BYTES = 16


@PAGES.get("")
@only(*DESK_STAFF)
def find(point: str) -> str:
    """Ask who came."""
    return shown("clinic/walk_in.html", the_point(point), wrong=None)


@PAGES.post("")
@only(*DESK_STAFF)
def found(point: str) -> str:
    """Show the person and what they may have today; a number never stands in an address."""
    there = the_point(point)
    try:
        patient = looked_up()
    except (InvalidRequest, NotFound) as wrong:
        return shown("clinic/walk_in.html", there, wrong=wrong)
    return _person(there, patient)


@PAGES.post("/wizyta")
@only(*DESK_STAFF)
def come(point: str) -> str | Response:
    """Give the person a visit, as arrived."""
    suite().limiter.admit("bookings", actor().subject)
    there = the_point(point)
    clinic: Clinic = suite().clinic
    referral, _, vaccine = request.form.get("wanted", "").partition(" ")
    asked = WalkIn(
        patient=PatientId(request.form.get("patient", "")),
        referral=ReferralId(referral),
        point=there.id,
        vaccine=VaccineCode(vaccine),
        key=request.form.get("key", ""),
        consent=consent_sent(),
    )
    try:
        visit = walk_in(clinic, actor(), asked)
    except NotEligible as no:
        return _person(there, asked.patient, no)
    except AlreadyBooked as already:
        return redirect(url_for("day.day", point=point, _anchor=already.visit), 303)
    return redirect(url_for("day.day", point=point, _anchor=visit.id), 303)


def _person(there: Point, patient: PatientId, no: NotEligible | None = None) -> str:
    desk = suite().desk
    found = record_of(desk, actor(), patient, g.request_id)
    options = [
        (referral, vaccine, offer.dose)
        for referral in found.referrals
        for offer in found.offers.get(referral.id, ())
        if offer.reason is None
        for code in offer.vaccines
        if code in there.vaccines
        and (vaccine := desk.programmes.get(referral.programme).vaccine(code))
    ]
    today = suite().clinic.today()
    rules = [(desk.programmes.get(one.programme), one.birth_date) for one, _, _ in options]
    needed = [one for rule, born in rules if (one := consent_of(rule, born, today))]
    return shown(
        "clinic/walk_in_person.html",
        there,
        record=found,
        consent=needed[0] if needed else None,
        forms=list(ConsentForm),
        options=options,
        refused=[offer for offers in found.offers.values() for offer in offers if offer.reason],
        no=no,
        key=secrets.token_urlsafe(KEY_BYTES),
    )
