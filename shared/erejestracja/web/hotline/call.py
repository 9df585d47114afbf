"""One call on one screen: who it is, what they wish, what there is, and what was agreed."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.actor import Role
from erejestracja.domain.call import Call, CallId, Outcome
from erejestracja.domain.criteria import Criteria
from erejestracja.domain.errors import (
    AlreadyBooked,
    HoldExpired,
    InvalidRequest,
    NotEligible,
    NotFound,
    SlotTaken,
)
from erejestracja.domain.ids import PatientId, ReferralId, VisitId
from erejestracja.domain.visit import CancelReason
from erejestracja.i18n.catalogue import LANGUAGES
from erejestracja.services import booking, calls, holds
from erejestracja.services.booking import BookVisit
from erejestracja.services.calls import Hotline
from erejestracja.services.choosing import key_of, start_of
from erejestracja.services.desk import check_any_eligible
from erejestracja.services.holds import Asker, Kept, soonest, wishes_of
from erejestracja.services.places import Wanted
from erejestracja.services.record import record_of
from erejestracja.services.timeline import timeline
from erejestracja.web.hotline.desk import HOME
from erejestracja.web.hotline.spoken import Spoken, spoken
from erejestracja.web.identifying import meant_by_form
from erejestracja.web.patient.shown import Shown, shown
from erejestracja.web.patient.wishes import WishForm
from erejestracja.web.slots import slot_key
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor, only

PAGES = Blueprint("call", __name__, url_prefix=f"{HOME}/rozmowa/<call>")
# As many as there are digits for.
PROPOSALS = 9
MOST_SKIPPED = 10_000
REASONS = tuple(reason for reason in CancelReason if reason is not CancelReason.POINT)
OUTCOMES = tuple(Outcome)


@PAGES.get("")
@only(Role.AGENT)
def call(call: str) -> str:
    """Show the call as it is."""
    return screen(calls.call_of(_hotline(), actor(), CallId(call)))


@PAGES.post("/osoba")
@only(Role.AGENT)
def name(call: str) -> str:
    """Find whom a number means; masked until the caller confirms who they are."""
    suite().limiter.admit("identify", actor().subject)
    found = calls.call_of(_hotline(), actor(), CallId(call))
    try:
        patient = meant_by_form(_hotline().desk)
        found, _ = calls.name(_hotline(), actor(), found, patient, g.request_id)
    except (InvalidRequest, NotFound) as wrong:
        return screen(found, wrong=wrong)
    return screen(found)


@PAGES.post("/zgadza-sie")
@only(Role.AGENT)
def confirm(call: str) -> str:
    """Open the record of who has confirmed it is theirs."""
    found = calls.call_of(_hotline(), actor(), CallId(call))
    return screen(calls.confirm(_hotline(), found))


@PAGES.post("/inna-osoba")
@only(Role.AGENT)
def another(call: str) -> Response:
    """Ask for another person; what was kept and not booked for the first is given back."""
    found = calls.call_of(_hotline(), actor(), CallId(call))
    if found.hold is not None and found.patient is not None:
        _release(found.hold, found.patient)
    calls.take_another(_hotline(), found)
    return _back(call)


@PAGES.post("/trzymaj")
@only(Role.AGENT)
def hold(call: str) -> str | Response:
    """Keep the chosen place while the rest is agreed on."""
    suite().limiter.admit("holds", actor().subject)
    found, patient = calls.person_in(_hotline(), actor(), CallId(call))
    desk = _hotline().desk
    try:
        slot = slot_key(request.form["slot"])
        kept = holds.hold_slot(desk, Asker(actor(), patient, None), slot)
    except SlotTaken:
        return screen(found, said="hotline.taken")
    except NotEligible as no:
        return screen(found, no=no)
    if found.hold is not None:
        _release(found.hold, patient)
    calls.keep(_hotline(), found, desk.tokens.seal(kept.hold))
    return _back(call)


@PAGES.post("/umow")
@only(Role.AGENT)
def book(call: str) -> str | Response:
    """Book what is kept, or move the visit there; sent twice it is one visit."""
    suite().limiter.admit("bookings", actor().subject)
    found, patient = calls.person_in(_hotline(), actor(), CallId(call))
    if found.hold is None:
        return screen(found, said="hotline.nothing_kept")
    desk, who, wanted = _hotline().desk, actor(), Wanted(hold=found.hold)
    try:
        moving = request.form.get("visit")
        if moving:
            was = booking.visit_of(desk, who, VisitId(moving))
            if was.patient != patient:
                raise NotFound
            visit = booking.move(desk, who, patient, was, wanted)
        else:
            kept = _kept(found.hold, patient)
            referral = _referral(kept, patient)
            visit = booking.book(desk, BookVisit(who, patient, referral, wanted, None)).visit
    except (HoldExpired, SlotTaken):
        return screen(calls.keep(_hotline(), found, None), said="hotline.taken")
    except NotEligible as no:
        return screen(found, no=no)
    except AlreadyBooked as already:
        return _read_back(call, VisitId(already.visit), Outcome.INFORMED)
    calls.keep(_hotline(), found, None)
    return _read_back(call, visit.id, Outcome.MOVED if moving else Outcome.BOOKED)


@PAGES.post("/oddaj")
@only(Role.AGENT)
def give_back(call: str) -> Response:
    """Give the kept place back."""
    found, patient = calls.person_in(_hotline(), actor(), CallId(call))
    if found.hold is not None:
        _release(found.hold, patient)
        calls.keep(_hotline(), found, None)
    return _back(call)


@PAGES.post("/wizyty/<visit>/odwolaj")
@only(Role.AGENT)
def cancel(call: str, visit: str) -> Response:
    """Cancel the person's visit for one of the fixed reasons."""
    suite().limiter.admit("bookings", actor().subject)
    _, patient = calls.person_in(_hotline(), actor(), CallId(call))
    desk = _hotline().desk
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
    found = calls.call_of(_hotline(), actor(), CallId(call))
    outcome = request.form.get("outcome", "")
    if outcome not in OUTCOMES:
        raise InvalidRequest({"outcome": t("ui.form.missing")})
    calls.end(_hotline(), found, Outcome(outcome))
    return redirect(HOME, 303)


def screen(
    found: Call,
    *,
    wrong: InvalidRequest | NotFound | None = None,
    no: NotEligible | None = None,
    said: str | None = None,
) -> str:
    """Return the one screen of a call, with as much as may be seen."""
    facts: dict[str, Any] = {"call": found, "wrong": wrong, "no": no, "said": said}
    facts |= {"outcomes": OUTCOMES, "reasons": REASONS}
    if found.patient is None:
        return render_template("hotline/who.html", **facts)
    if not found.confirmed:
        person = _hotline().desk.records.person(found.patient)
        return render_template("hotline/confirm.html", person=person, **facts)
    return render_template("hotline/call.html", **_known(found, found.patient), **facts)


def _known(found: Call, patient: PatientId) -> dict[str, Any]:
    """Return what is shown of a person who has confirmed; the look is written down."""
    desk = _hotline().desk
    suite().limiter.admit("record", actor().subject)
    record = record_of(desk, actor(), patient, g.request_id)
    form = _form(record.person.postal_code if record.person else None)
    proposals, no = _proposals(patient, form)
    kept = _live(found, patient)
    agreed = _agreed(patient)
    tongue = record.person.language if record.person else "pl"
    offered = [spoken(desk, key_of(one), start_of(one)) for one in proposals]
    visits = [shown(desk, visit) for visit in reversed(record.visits)]
    return {
        "record": record,
        "visits": visits,
        "by_id": {one.visit.id: one for one in visits},
        "past": timeline(desk, _hotline().history, record, found, _skip()),
        "skipped": _skip(),
        "form": form,
        "proposals": list(zip(proposals, offered, strict=True)),
        "not_now": no,
        "kept": spoken(desk, kept.hold.place.slot, _starts(kept)) if kept else None,
        "until": kept.hold.expires_at if kept else None,
        "agreed": agreed,
        "agreed_spoken": _spoken_of(agreed) if agreed else None,
        "offered": _offered(),
        "tongue": _tongue() or (tongue if tongue in LANGUAGES else "pl"),
        "asked": _wishes(),
        "moving": request.values.get("visit") or "",
    }


def _form(postcode: str | None) -> WishForm:
    """Return the wishes; the first time, around where the person lives."""
    asked = {"postcode", "voivodeship", "near"} & request.args.keys()
    form = WishForm(request.args if asked else None)
    if not asked and postcode:
        form.postcode.data = postcode
    vaccines = [(v.code, v.name) for p in suite().desk.programmes.all() for v in p.vaccines]
    form.vaccine.choices = [("", t("patient.choice.any_vaccine")), *vaccines]
    form.validate()
    return form


def _proposals(patient: PatientId, form: WishForm) -> tuple[Sequence[Any], NotEligible | None]:
    """Return up to nine slots by start, or why there can be none."""
    desk = _hotline().desk
    criteria = form.criteria() if not form.errors else Criteria()
    try:
        wishes = wishes_of(desk, desk.records.referrals(patient), criteria, actor())
    except NotEligible as no:
        return [], no
    return soonest(desk, wishes, limit=PROPOSALS), None


def _live(found: Call, patient: PatientId) -> Kept | None:
    if found.hold is None:
        return None
    try:
        return _kept(found.hold, patient)
    except (HoldExpired, NotFound):
        return None


def _kept(text: str, patient: PatientId) -> Kept:
    """Return the hold with its session. Raises HoldExpired, NotFound."""
    desk = _hotline().desk
    found = holds.live_hold(desk, desk.tokens.open(text, patient))
    state = desk.read_model.state(found.place.slot.session)
    if state is None:
        raise HoldExpired
    return Kept(found, state.session)


def _referral(kept: Kept, patient: PatientId) -> ReferralId:
    desk = _hotline().desk
    referrals = desk.records.referrals(patient)
    return check_any_eligible(desk, referrals, kept.session, _starts(kept), actor().channel()).id


def _starts(kept: Kept) -> Any:
    return kept.session.start_of(kept.hold.place.slot.index)


def _agreed(patient: PatientId) -> Shown | None:
    """Return the visit that was just agreed on, to be read back."""
    named = request.args.get("agreed")
    found = _hotline().desk.records.visit(VisitId(named)) if named else None
    if found is None or found[0].patient != patient:
        return None
    return shown(_hotline().desk, found[0])


def _offered() -> Outcome:
    """Return how the call has gone so far, which is what its end is offered as."""
    given = request.args.get("outcome", "")
    return Outcome(given) if given in OUTCOMES else Outcome.INFORMED


def _spoken_of(agreed: Shown) -> Spoken:
    return spoken(_hotline().desk, agreed.visit.place.slot, agreed.visit.starts_at)


def _release(text: str, patient: PatientId) -> None:
    try:
        holds.release(_hotline().desk, actor(), patient, text)
    except NotFound:
        return


def _hotline() -> Hotline:
    found: Hotline = suite().hotline
    return found


def _back(call: str) -> Response:
    """Return the way back to the screen with the same wishes."""
    return redirect(url_for("call.call", call=call, **_wishes()), 303)


def _read_back(call: str, visit: VisitId, outcome: Outcome) -> Response:
    """Return the way to what was agreed, to be read in the language chosen for the caller."""
    said: dict[str, Any] = {"agreed": visit, "outcome": outcome.value, "read": _tongue()}
    return redirect(url_for("call.call", call=call, **said), 303)


def _tongue() -> str | None:
    """Return the language the agent chose to read in."""
    chosen = request.values.get("read")
    return chosen if chosen in LANGUAGES else None


def _skip() -> int:
    """Return how much of the timeline is left out, for what is older."""
    return min(max(request.args.get("older", 0, type=int), 0), MOST_SKIPPED)


def _wishes() -> dict[str, Any]:
    """Return what was asked for, and the language it is read in."""
    names = ("postcode", "radius", "voivodeship", "vaccine", "from", "hours", "access")
    given = {name: request.values.get(name) for name in (*names, "visit")}
    return {name: value for name, value in given.items() if value} | {"read": _tongue()}
