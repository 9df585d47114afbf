"""For whom the person who is signed in acts: themselves, or somebody they represent.

The session keeps it, never an address. Forms carry it inside their token (`cross_site`), so what
was filled in for one person is not sent for another after a change in another window.
"""

from dataclasses import dataclass, replace

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.ids import PatientId, ReferralId
from erejestracja.domain.referral import Referral
from erejestracja.domain.representation import FullName, Representation
from erejestracja.services.desk import Desk
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import change, signed_in, visitor

FILES = "files"


@dataclass(frozen=True, slots=True)
class Acting:
    """For whom pages are shown."""

    patient: PatientId
    name: FullName
    representation: Representation | None = None


def acting() -> Acting | None:
    """Return for whom this page is; None for who is not signed in as a person with a record."""
    known = visitor()
    if known is None or Role.PATIENT not in known.actor.roles or known.actor.patient is None:
        return None
    found: Representation | None = g.get("representation")
    if found:
        return Acting(found.patient, found.patient_name, found)
    return Acting(known.actor.patient, FullName(known.given_name, known.family_name))


def whose() -> PatientId:
    """Return whose record the page is about, on pages that ask a person to be signed in."""
    found = acting()
    if found is None:
        raise LookupError("a patient's session names the patient")
    return found.patient


def in_reach(referral: ReferralId) -> bool:
    """Tell whether the session reaches a referral: one who came by a code reaches that one."""
    known = visitor()
    return known is None or known.referral in (None, referral)


def reached_referrals(desk: Desk) -> list[Referral]:
    """Return the referrals of whom the page is for, as far as the session reaches."""
    return [one for one in desk.records.referrals(whose()) if in_reach(one.id)]


def act_for(patient: PatientId | None) -> None:
    """Act for somebody from here on, None for oneself; whether one may is asked at each page."""
    change(replace(signed_in(), acting_for=patient))


def check() -> Response | None:
    """Find the right to act for another; where it has ended, act for oneself again and say so."""
    known = None if request.blueprint == FILES else visitor()
    if known is None or known.acting_for is None or known.actor.patient is None:
        return None
    desk: Desk = suite().desk
    found = desk.representations.get(known.actor.patient, known.acting_for)
    if found and found.stands(desk.clock.now()):
        g.representation = found
        return None
    act_for(None)
    return redirect(url_for("family.family", done="over"), 303)
