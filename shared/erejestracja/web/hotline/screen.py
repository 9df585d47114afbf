"""The one screen of a call: who it is, what suits them, what there is, and what was agreed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from werkzeug.datastructures import MultiDict

from erejestracja.domain.call import MOST_PEOPLE, OF_OURS, Call, Outcome
from erejestracja.domain.callback import MOST_ATTEMPTS, Cause
from erejestracja.domain.consent import Consent
from erejestracja.domain.criteria import Criteria
from erejestracja.domain.errors import InvalidRequest, NotEligible, NotFound
from erejestracja.domain.visit import CancelReason
from erejestracja.i18n.catalogue import LANGUAGES
from erejestracja.services.calling_back import number_of, still_with
from erejestracja.services.holds import soonest
from erejestracja.services.together import pairs
from erejestracja.web.hotline.desk import hotline
from erejestracja.web.hotline.known import (
    Known,
    Numbered,
    known,
    numbered,
    skipped,
    wishes_for,
)
from erejestracja.web.hotline.spoken import signing
from erejestracja.web.patient.wishes import WishForm
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.texts import t

# As many as there are digits for; of two people a third each, and a third for both together.
PROPOSALS = 9
A_THIRD = 3
REASONS = tuple(reason for reason in CancelReason if reason is not CancelReason.POINT)
WISHES = ("postcode", "radius", "voivodeship", "vaccine", "from", "hours", "access")
LONGEST_WISH = 40


@dataclass(frozen=True, slots=True)
class Back:
    """The number to ring in a call back, why, and the how-manieth attempt of how many it is."""

    number: str | None
    cause: Cause
    attempt: int
    most: int = MOST_ATTEMPTS


@dataclass(frozen=True, slots=True)
class Offered:
    """What there is for one person, or why there is nothing.

    `consent` is what the first of it needs beside the person.
    """

    proposals: Sequence[Numbered]
    not_now: NotEligible | None
    consent: Consent | None


def screen(
    found: Call,
    *,
    wrong: InvalidRequest | NotFound | None = None,
    no: NotEligible | None = None,
    said: str | None = None,
    form: WishForm | None = None,
    came_to: Outcome | None = None,
) -> str:
    """Return the one screen of a call, with as much as may be seen."""
    facts: dict[str, Any] = {"call": found, "wrong": wrong, "no": no, "said": said}
    facts |= {"outcomes": outcomes_of(found), "reasons": REASONS, "back": _back(found)}
    if found.patient is None:
        return render_template("hotline/who.html", **facts)
    if not found.confirmed:
        person = hotline().desk.records.person(found.patient)
        return render_template("hotline/confirm.html", person=person, **facts)
    facts["offered"] = came_to or _came_to()
    return render_template("hotline/call.html", **_known(found, form), **facts)


def outcomes_of(found: Call) -> tuple[Outcome, ...]:
    """Return how a call may end: some ends are those of calls that the hotline makes."""
    return tuple(one for one in Outcome if found.callback or one not in OF_OURS)


def _back(found: Call) -> Back | None:
    """Return what there is to be rung, while the call back is this agent's."""
    owed = still_with(hotline(), found)
    if owed is None:
        return None
    return Back(number_of(hotline(), owed), owed.cause, owed.attempts + 1)


def _known(found: Call, form: WishForm | None) -> dict[str, Any]:
    """Return what is shown of people who have confirmed; each look is written down."""
    people = [
        known(found, number, caller.patient)
        for number, caller in enumerate(found.people)
        if caller.patient is not None
    ]
    person = people[0].record.person
    form = form or _wishes_of(found, person.postal_code if person else None)
    own = person.language if person else "pl"
    both, offered = _offered(people, form.criteria() if not form.errors else Criteria())
    moving = next((one.moving for one in people if one.moving), None)
    return {
        "people": people,
        "may_be_two": len(people) < MOST_PEOPLE,
        "form": form,
        "both": both,
        "offers": offered,
        "signing": signing,
        "skipped": skipped(),
        "tongue": tongue() or (own if own in LANGUAGES else "pl"),
        "asked": {"visit": moving, "read": tongue()},
        "focused": _focused(people),
    }


def _offered(
    people: Sequence[Known], criteria: Criteria
) -> tuple[Sequence[tuple[Numbered, Numbered]], Sequence[Offered]]:
    """Return places for both together, and for each: nine in all, each with a digit of its own."""
    desk = hotline().desk
    wishes = [wishes_for(person, criteria) for person in people]
    if len(people) == 1:
        [(mine, no)] = wishes
        return [], [_offer(people[0], numbered(soonest(desk, mine, limit=PROPOSALS), 1), no)]
    (first, _), (second, _) = wishes
    together = pairs(desk, first, second, A_THIRD)
    both = zip(
        numbered([pair.first for pair in together], 1),
        numbered([pair.second for pair in together], 1),
        strict=True,
    )
    each = [
        _offer(people[n], numbered(soonest(desk, mine, limit=A_THIRD), A_THIRD * (1 + n) + 1), no)
        for n, (mine, no) in enumerate(wishes)
    ]
    return list(both), each


def _offer(person: Known, found: Sequence[Numbered], no: NotEligible | None) -> Offered:
    first = next(iter(found), None)
    needed = person.consent_to(first.slot.offers, first.spoken.starts_at) if first else None
    return Offered(found, no, needed)


def _focused(people: Sequence[Known]) -> int | None:
    """Return whose place is to be booked next, which takes one key."""
    return next((one.number for one in people if one.kept), None)


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


def _came_to() -> Outcome:
    """Return how the call has gone so far, which is what its end is offered as."""
    given = request.args.get("outcome", "")
    return Outcome(given) if given in set(Outcome) else Outcome.INFORMED


def tongue() -> str | None:
    """Return the language the agent chose to read in."""
    chosen = request.values.get("read")
    return chosen if chosen in LANGUAGES else None
