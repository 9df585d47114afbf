"""The one screen of a call: who it is, what suits them, what there is, and what was agreed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import g, render_template, request
from werkzeug.datastructures import MultiDict

from erejestracja.domain.call import Call, Outcome
from erejestracja.domain.criteria import Criteria
from erejestracja.domain.errors import HoldExpired, InvalidRequest, NotEligible, NotFound
from erejestracja.domain.ids import PatientId, VisitId
from erejestracja.domain.visit import CancelReason
from erejestracja.i18n.catalogue import LANGUAGES
from erejestracja.services import holds
from erejestracja.services.calls import Hotline
from erejestracja.services.choosing import key_of, start_of
from erejestracja.services.holds import Kept, soonest, wishes_of
from erejestracja.services.record import record_of
from erejestracja.services.timeline import timeline
from erejestracja.web.hotline.spoken import Spoken, spoken
from erejestracja.web.patient.shown import Shown, shown
from erejestracja.web.patient.wishes import WishForm
from erejestracja.web.slots import id_of
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import actor

# As many as there are digits for.
PROPOSALS = 9
MOST_SKIPPED = 10_000
REASONS = tuple(reason for reason in CancelReason if reason is not CancelReason.POINT)
OUTCOMES = tuple(Outcome)
WISHES = ("postcode", "radius", "voivodeship", "vaccine", "from", "hours", "access")
LONGEST_WISH = 40


def hotline() -> Hotline:
    """Return what the use cases of the hotline work with."""
    found: Hotline = suite().hotline
    return found


def screen(
    found: Call,
    *,
    wrong: InvalidRequest | NotFound | None = None,
    no: NotEligible | None = None,
    said: str | None = None,
    form: WishForm | None = None,
) -> str:
    """Return the one screen of a call, with as much as may be seen."""
    facts: dict[str, Any] = {"call": found, "wrong": wrong, "no": no, "said": said}
    facts |= {"outcomes": OUTCOMES, "reasons": REASONS}
    if found.patient is None:
        return render_template("hotline/who.html", **facts)
    if not found.confirmed:
        person = hotline().desk.records.person(found.patient)
        return render_template("hotline/confirm.html", person=person, **facts)
    return render_template("hotline/call.html", **_known(found, found.patient, form), **facts)


def _known(found: Call, patient: PatientId, form: WishForm | None) -> dict[str, Any]:
    """Return what is shown of a person who has confirmed; the look is written down."""
    desk = hotline().desk
    suite().limiter.admit("record", actor().subject)
    record = record_of(desk, actor(), patient, g.request_id)
    form = form or _wishes_of(found, record.person.postal_code if record.person else None)
    moving = request.values.get("visit") or ""
    proposals, no = _proposals(patient, form)
    kept = _live(found, patient)
    agreed = _agreed(patient)
    own = record.person.language if record.person else "pl"
    offered = [spoken(desk, key_of(one), start_of(one)) for one in proposals]
    visits = [shown(desk, visit) for visit in reversed(record.visits)]
    return {
        "record": record,
        "visits": visits,
        "by_id": {one.visit.id: one for one in visits},
        "past": timeline(desk, hotline().history, record, found, _skip()),
        "skipped": _skip(),
        "form": form,
        "proposals": list(zip(proposals, offered, strict=True)),
        "id_of": id_of,
        "not_now": no,
        "kept": spoken(desk, kept.hold.place.slot, starts_of(kept)) if kept else None,
        "until": kept.hold.expires_at if kept else None,
        "agreed": agreed,
        "agreed_spoken": _spoken_of(agreed) if agreed else None,
        "offered": _offered(),
        "tongue": tongue() or (own if own in LANGUAGES else "pl"),
        "asked": {"visit": moving or None, "read": tongue()},
        "moving": moving,
    }


def wish_form(given: Mapping[str, str]) -> WishForm:
    """Return the form of what suits a caller, filled in and not yet looked through."""
    form = WishForm(MultiDict(given))
    vaccines = [(v.code, v.name) for p in suite().desk.programmes.all() for v in p.vaccines]
    form.vaccine.choices = [("", t("patient.choice.any_vaccine")), *vaccines]
    return form


def wishes_in(sent: Mapping[str, str]) -> dict[str, str]:
    """Return what of a form that was sent is to be remembered."""
    return {name: sent[name][:LONGEST_WISH] for name in WISHES if sent.get(name)}


def _wishes_of(found: Call, postcode: str | None) -> WishForm:
    """Return what suits the caller; until they say, what is near where the person lives."""
    form = wish_form(found.wishes or {"postcode": postcode or ""})
    form.validate()
    return form


def _proposals(patient: PatientId, form: WishForm) -> tuple[Sequence[Any], NotEligible | None]:
    """Return up to nine slots by start, or why there can be none."""
    desk = hotline().desk
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
        return kept_place(found.hold, patient)
    except (HoldExpired, NotFound):
        return None


def kept_place(text: str, patient: PatientId) -> Kept:
    """Return the hold with its session. Raises HoldExpired, NotFound."""
    desk = hotline().desk
    found = holds.live_hold(desk, desk.tokens.open(text, patient))
    state = desk.read_model.state(found.place.slot.session)
    if state is None:
        raise HoldExpired
    return Kept(found, state.session)


def starts_of(kept: Kept) -> datetime:
    """Return when what is kept begins."""
    return kept.session.start_of(kept.hold.place.slot.index)


def _agreed(patient: PatientId) -> Shown | None:
    """Return the visit that was just agreed on, to be read back."""
    named = request.args.get("agreed")
    found = hotline().desk.records.visit(VisitId(named)) if named else None
    if found is None or found[0].patient != patient:
        return None
    return shown(hotline().desk, found[0])


def _offered() -> Outcome:
    """Return how the call has gone so far, which is what its end is offered as."""
    given = request.args.get("outcome", "")
    return Outcome(given) if given in OUTCOMES else Outcome.INFORMED


def _spoken_of(agreed: Shown) -> Spoken:
    return spoken(hotline().desk, agreed.visit.place.slot, agreed.visit.starts_at)


def tongue() -> str | None:
    """Return the language the agent chose to read in."""
    chosen = request.values.get("read")
    return chosen if chosen in LANGUAGES else None


def _skip() -> int:
    """Return how much of the timeline is left out, for what is older."""
    return min(max(request.args.get("older", 0, type=int), 0), MOST_SKIPPED)
