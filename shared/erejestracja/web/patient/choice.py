"""The page of choice: filters, the soonest places, two weeks of days, the points of one."""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain import calendar
from erejestracja.domain.actor import Role
from erejestracja.domain.criteria import Criteria
from erejestracja.domain.errors import NotEligible, NotFound, Reason
from erejestracja.domain.ids import ReferralId, VisitId
from erejestracja.domain.referral import Referral
from erejestracja.domain.visit import Visit
from erejestracja.services import booking
from erejestracja.services.choosing import choose, start_of
from erejestracja.services.desk import Desk
from erejestracja.services.holds import wishes_of
from erejestracja.web.patient.record import LIMIT
from erejestracja.web.patient.shown import shown
from erejestracja.web.patient.whose import in_reach, reached_referrals, whose
from erejestracja.web.patient.wishes import Asked, WishForm
from erejestracja.web.slots import id_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, visitor

PAGES = Blueprint("choice", __name__)
PATH = "/terminy"
WAITS = "/czekam/nowe"
RESERVES = "/rezerwa"
PUBLIC_LIMIT = "pages"


@PAGES.get(PATH)
def choice() -> str | Response:
    """Show what is free: to everybody all of it, to a patient what they may have."""
    known = visitor()
    if known and Role.PATIENT in known.actor.roles and known.actor.patient:
        suite().limiter.admit(LIMIT, known.actor.subject)
        return _for_patient()
    suite().limiter.admit(PUBLIC_LIMIT, _anybody())
    return _for_everybody()


def page(
    asked: Asked,
    wishes: Sequence[Criteria],
    vaccines: Sequence[tuple[str, str]],
    visit: Visit | None = None,
) -> str:
    """Return the page for these wishes; the filters stay as they were filled in."""
    desk: Desk = suite().desk
    today = calendar.local_day(desk.clock.now())
    asked.form.vaccine.choices = [("", t("patient.choice.any_vaccine")), *vaccines]
    found = choose(suite().search, wishes, today, asked.day)
    return render_template(
        "patient/choice.html",
        form=asked.form,
        found=found,
        today=today,
        vaccine_names=dict(vaccines),
        point_of=desk.read_model.point,
        start_of=start_of,
        id_of=id_of,
        moving=shown(desk, visit) if visit else None,
        back=f"{request.path}?{urlencode(request.args.to_dict())}",
        address=lambda **changes: _address(asked.form, **changes),
        waits=lambda: WAITS + _address(asked.form).removeprefix(PATH),
        reserves=lambda: RESERVES + _address(asked.form).removeprefix(PATH),
    )


def visit_to_move() -> Visit | None:
    """Return the visit that a new place is looked for, if one is. Raises NotFound."""
    named = request.values.get("visit")
    known = visitor()
    if not named or known is None:
        return None
    found = booking.visit_of(suite().desk, known.actor, VisitId(named))
    if found.patient != whose() or not in_reach(found.referral):
        raise NotFound
    return found


def _for_everybody() -> str:
    asked = Asked.read()
    vaccines = [
        (vaccine.code, vaccine.name)
        for programme in suite().desk.programmes.all()
        for vaccine in programme.vaccines
    ]
    return page(asked, [asked.sound()], vaccines)


def _for_patient() -> str | Response:
    desk: Desk = suite().desk
    person = desk.records.person(whose())
    asked = Asked.read(postcode=person.postal_code if person else None)
    moved = visit_to_move()
    referrals = _meant(reached_referrals(desk), asked.form, moved)
    waived = moved.waived if moved else None
    try:
        wishes = wishes_of(desk, referrals, asked.sound(), actor(), waived)
    except NotEligible as no:
        if no.reason is Reason.VACCINE_MISMATCH and asked.form.vaccine.data:
            return redirect(url_for("choice.choice"), 303)
        raise
    programmes = {referral.programme for referral in referrals}
    may_have = {
        vaccine
        for wish in wishes_of(desk, referrals, Criteria(), actor(), waived)
        for vaccine in wish.vaccines
    }
    vaccines = [
        (vaccine.code, vaccine.name)
        for programme in sorted(programmes)
        for vaccine in desk.programmes.get(programme).vaccines
        if vaccine.code in may_have
    ]
    return page(asked, wishes, vaccines, moved)


def _meant(
    referrals: Sequence[Referral], form: WishForm, moved: Visit | None
) -> Sequence[Referral]:
    """Return the referral that is named, or that of the visit to be moved, or all."""
    named = moved.referral if moved else ReferralId(form.referral.data or "")
    return [one for one in referrals if one.id == named] or list(referrals)


def _address(form: WishForm, **changes: str | None) -> str:
    """Return the page's address with the same filters and some other part."""
    kept = {field.name: field.data for field in form if field.data not in (None, "", False)}
    if form.from_.data:
        kept["from"] = form.from_.data.isoformat()
    if form.access.data:
        kept["access"] = "1"
    kept.setdefault("postcode", "")
    return f"{PATH}?{urlencode({k: v for k, v in {**kept, **changes}.items() if v is not None})}"


def _anybody() -> str:
    from erejestracja.auth.addresses import client_of

    return client_of(request)
