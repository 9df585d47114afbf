"""The way in by a code: two numbers, the same answer whoever they mean, six digits."""

import re
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField

from erejestracja.auth.addresses import client_of
from erejestracja.auth.patients import identifier_digest, patient_id
from erejestracja.auth.sessions import WebSession
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.challenge import LIVES
from erejestracja.domain.document import DocumentKind, InvalidIdentifier, document
from erejestracja.domain.ids import ReferralId, derived_id
from erejestracja.domain.person import Person
from erejestracja.domain.pesel import InvalidPesel, Pesel
from erejestracja.services.code_way import Entrance, ask_for_code, try_code
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.forms import PageForm, at_most, choices, required
from erejestracja.web.ui.texts import t
from erejestracja.web.ui.visitors import COOKIE, session_id

PAGES = Blueprint("code_way", __name__, url_prefix="/kod")
CHALLENGE = "__Host-code"
LONGEST_ID = 100
LIMIT = "pages"
BY_CODE = "sms"
SAFE: dict[str, Any] = {"secure": True, "httponly": True, "samesite": "Lax", "path": "/"}


class WhoForm(PageForm):
    """Who asks for a code: a PESEL or a document, and the number of a referral."""

    pesel = StringField("code.pesel", [at_most(20)])
    kind = SelectField(
        "code.kind",
        choices=lambda: choices("code.kinds", [one.value for one in DocumentKind], t),
        default=DocumentKind.PASSPORT.value,
    )
    country = StringField("code.country", [at_most(2)], description="ui.person.country_hint")
    number = StringField("code.number", [at_most(30)])
    referral = StringField(
        "code.referral", [required(), at_most(40)], description="code.referral_hint"
    )

    def identifier(self) -> str | None:
        """Return the digest of who is meant; None, with a complaint, where that is nobody's."""
        pesel, number = (str(one.data or "").strip() for one in (self.pesel, self.number))
        if bool(pesel) == bool(number):
            self.pesel.errors = ["code.one_of_both"]
            return None
        try:
            return patient_id(Pesel.parse(pesel).digits) if pesel else self._document(number)
        except (InvalidPesel, InvalidIdentifier):
            (self.pesel if pesel else self.number).errors = ["ui.person.wrong_number"]
            return None

    def _document(self, number: str) -> str | None:
        country = str(self.country.data or "").strip()
        if not re.fullmatch("[A-Za-z]{2}", country):
            self.country.errors = ["ui.person.no_country"]
            return None
        named = document(DocumentKind(self.kind.data), country, number)
        return identifier_digest(f"{named.kind}:{named.country}", named.number)


class CodeForm(PageForm):
    """The code."""

    code = StringField("code.code", [required(), at_most(20)])


@PAGES.get("")
def ask() -> str:
    """Ask who it is."""
    suite().limiter.admit(LIMIT, client_of(request))
    return render_template("patient/code_ask.html", form=WhoForm())


@PAGES.post("")
def asked() -> str | Response:
    """Have a code sent, if there is somebody to send it to; say the same in any case."""
    suite().limiter.admit(LIMIT, client_of(request))
    form = WhoForm.read()
    identifier = form.identifier() if form.validate() else None
    if identifier is None:
        return render_template("patient/code_ask.html", form=form)
    referral = ReferralId("".join(str(form.referral.data).split()))
    challenge = ask_for_code(_entrance(), identifier, referral, client_of(request))
    answer = redirect(url_for("code_way.enter"), 303)
    answer.set_cookie(CHALLENGE, challenge, max_age=int(LIVES.total_seconds()), **SAFE)
    return answer


@PAGES.get("/wpisz")
def enter() -> str | Response:
    """Ask for the code."""
    if not _challenge():
        return redirect(url_for("code_way.ask"), 303)
    return render_template("patient/code_enter.html", form=CodeForm(), left=None)


@PAGES.post("/wpisz")
def entered() -> str | Response:
    """Let whoever knows the code in, to one referral."""
    suite().limiter.admit(LIMIT, client_of(request))
    form = CodeForm.read()
    if not form.validate():
        return render_template("patient/code_enter.html", form=form, left=None)
    tried = try_code(_entrance(), _challenge(), "".join(str(form.code.data).split()))
    if tried.person and tried.referral:
        return _signed_in(tried.person, tried.referral)
    if not tried.left:
        answer = make_response(render_template("patient/code_over.html"))
        answer.delete_cookie(CHALLENGE, **SAFE)
        return answer
    form.code.errors = ["code.wrong"]
    return render_template("patient/code_enter.html", form=form, left=tried.left)


def _entrance() -> Entrance:
    found: Entrance = suite().entrance
    return found


def _challenge() -> str:
    found = request.cookies.get(CHALLENGE, "")
    return found if len(found) <= LONGEST_ID else ""


def _signed_in(person: Person, referral: ReferralId) -> Response:
    """Begin a session that reaches this referral; one that the browser had before ends."""
    now = suite().clock.now()
    earlier = session_id()
    if earlier:
        suite().sessions.end(earlier)
    subject = f"code-{derived_id('code', person.id)}"
    opened = suite().sessions.open(
        WebSession(
            actor=Actor(subject, frozenset({Role.PATIENT}), person.id),
            given_name=person.given_name,
            family_name=person.family_name,
            assurance=BY_CODE,
            signed_in_at=now,
            seen_at=now,
            referral=referral,
        )
    )
    answer = redirect("/moje", 303)
    answer.set_cookie(COOKIE, opened, **SAFE)
    answer.delete_cookie(CHALLENGE, **SAFE)
    return answer
