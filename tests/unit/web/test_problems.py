"""Refusals as documents; the contract's table, once more, by hand."""

import re
import string
from pathlib import Path

import pytest

from erejestracja.domain import errors
from erejestracja.domain.errors import Refusal
from erejestracja.i18n.catalogue import LANGUAGES, catalogue
from erejestracja.web import errors_page
from erejestracja.web.problems import ANSWERS, Internal, MethodNotAllowed, document, rendered
from erejestracja.web.routing import Routes
from tests.unit.web.fakes import caller, problem

CONTRACT = {
    "invalid_request": (400, False),
    "unauthenticated": (401, False),
    "not_allowed": (403, False),
    "not_found": (404, False),
    "slot_taken": (409, True),
    "hold_expired": (409, True),
    "already_booked": (409, False),
    "not_eligible": (422, False),
    "version_mismatch": (412, True),
    "idempotency_conflict": (422, False),
    "rate_limited": (429, True),
    "overloaded": (503, True),
}
OURS = {
    "method_not_allowed": (405, False),
    "not_covered": (422, False),
    "consent_missing": (422, False),
    "not_overridable": (422, False),
    "override_waiting": (409, False),
    "swap_stands": (409, False),
    "override_not_standing": (409, False),
    "second_person_needed": (403, False),
    "internal": (500, True),
}
DOCS = Path(__file__).parents[3] / "docs"


def an(refusal: type[Refusal]) -> Refusal:
    return errors_page.EXAMPLES[refusal]


def test_the_answers_are_the_contracts() -> None:
    assert {kind.code: answer for kind, answer in ANSWERS.items()} == CONTRACT | OURS


def test_every_refusal_has_an_answer() -> None:
    assert set(Refusal.__subclasses__()) == set(ANSWERS)
    assert {MethodNotAllowed, Internal} < set(ANSWERS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ANSWERS, ids=lambda kind: kind.code)
def test_every_refusal_speaks_every_language(kind: type[Refusal], language: str) -> None:
    status, body = document(an(kind), language, "request-1")
    assert (status, body["retry"]) == ANSWERS[kind]
    assert body["title"]
    assert body["detail"].endswith(".")
    assert not re.search(r"[{}]", body["title"] + body["detail"])
    assert list(body)[:7] == ["type", "title", "status", "code", "detail", "retry", "requestId"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_its_own_words(language: str) -> None:
    details = {
        document(errors.NotEligible(reason), language, "r")[1]["detail"] for reason in errors.Reason
    }
    assert len(details) == len(errors.Reason)


def test_the_languages_have_the_same_texts_with_the_same_blanks() -> None:
    polish = catalogue("pl")
    for language in LANGUAGES:
        other = catalogue(language)
        assert other.names() == polish.names()
        for key in polish.names():
            blanks = {_blanks(form) for form in (*polish.forms(key), *other.forms(key))}
            assert len(blanks) == 1, key


def _blanks(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_no_two_languages_share_a_text() -> None:
    for key in catalogue("pl").names():
        texts = [catalogue(language).forms(key)[0] for language in LANGUAGES]
        if key.startswith("problem."):
            assert len(set(texts)) == len(LANGUAGES), key


def test_dates_that_help_are_in_the_document() -> None:
    refusal = an(errors.NotEligible)
    assert document(refusal, "pl", "r")[1]["from"] == "2026-12-19"


def test_a_wait_is_in_the_headers_too() -> None:
    _, _, headers = rendered(errors.Overloaded(5), "pl", "r")
    assert headers["Retry-After"] == "5"


def test_an_answer_names_the_request() -> None:
    response = caller(Routes("booking", ())).get("/", headers={"X-Request-Id": "web-7f3a9c21"})
    assert problem(response)["requestId"] == "web-7f3a9c21"


def test_the_page_of_errors_is_generated() -> None:
    assert (DOCS / "errors.md").read_text("utf-8") == errors_page.page(), (
        "run: python -m erejestracja.web.errors_page"
    )
