"""A refusal and an event are each told of in several places."""

import ast
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import erejestracja
from erejestracja.domain.errors import Refusal
from erejestracja.i18n.catalogue import LANGUAGES, catalogue
from erejestracja.web.problems import ANSWERS
from tests.guards.tree import syntax, text, under
from tests.support.functions import SUITE

EVENTS_PAGE = Path("docs/events.md")
# A noun and a past participle. The nouns are those our events are about.
NOUNS = (
    "hold|visit|session|schedule|vaccination|lot|standby|message|sms|programme|heartbeat|callback"
    "|override"
)
EVENT_TYPE = rf"(?:{NOUNS})\.[a-z_]+"
TELLING = {"domain", "services", "events", "storage"}


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from refusals(child)


def test_every_module_can_be_imported_and_every_refusal_has_an_answer() -> None:
    for found in pkgutil.walk_packages(erejestracja.__path__, "erejestracja."):
        import_module(found.name)
    assert {r for r in refusals() if r.__module__.startswith("erejestracja.")} == set(ANSWERS)


def test_no_two_refusals_share_a_code() -> None:
    assert len({kind.code for kind in ANSWERS}) == len(ANSWERS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_is_told_in_every_language(language: str) -> None:
    wanted = {f"problem.{kind.code}.{part}" for kind in ANSWERS for part in ("title", "detail")}
    assert wanted <= catalogue(language).names()


def test_every_language_has_the_same_texts() -> None:
    assert len({catalogue(language).names() for language in LANGUAGES}) == 1


def test_every_refusal_is_documented_with_its_status() -> None:
    told = re.findall(
        r"^\| `(\w+)` \| (\d+) \| (yes|no) \|", text(Path("docs/errors.md")), re.MULTILINE
    )
    answered = {(k.code, str(s), "yes" if retry else "no") for k, (s, retry) in ANSWERS.items()}
    assert set(told) == answered


def event_types() -> set[str]:
    return {
        node.value
        for file in under("shared")
        if file.parts[2] in TELLING
        for node in ast.walk(syntax(file))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(EVENT_TYPE, node.value)
    }


def test_every_event_is_documented_and_every_documented_one_is_told() -> None:
    documented = set(re.findall(rf"^\| `({EVENT_TYPE})`", text(EVENTS_PAGE), re.MULTILINE))
    assert event_types() == documented


def test_the_topics_of_the_domain_are_those_of_the_suite() -> None:
    from typing import get_args

    from erejestracja.domain.events import Topic

    told_by_buckets = {it["tells"] for it in SUITE["buckets"].values() if "tells" in it}
    assert set(get_args(Topic)) == set(SUITE["topics"]) - told_by_buckets
