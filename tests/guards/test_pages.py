"""Pages that say what the code says, and still do."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.suite import environment
from functions import describe
from tests.guards.tree import ROOT, files, text

# A path of ours in a sentence or a command; <names>, NAME and * stand for any.
OUR_PATH = re.compile(
    r"(?<![\w/.\-])((?:functions|shared|terraform|emulators|tests|docs|\.ci)/[\w./*<>{}\-]*[\w*>}])"
)
OUR_MODULE = re.compile(r"-m (erejestracja[\w.]*|emulators[\w.]*)")
PLACEHOLDER = re.compile(r"<[^>]*>|\{[^}]*\}|\b[A-Z]{2,}\b")
DOCUMENTS = [file for file in files() if file.suffix == ".md"]


@pytest.mark.parametrize("page", describe.pages(), ids=lambda page: page.name)
def test_a_generated_page_is_in_step(page: Path) -> None:
    assert page.read_text("utf-8") == describe.pages()[page], "run python functions/describe.py"


def test_migrations_are_numbered_without_holes() -> None:
    names = [f.name for f in files() if f.parent.name == "migrations" and f.suffix == ".sql"]
    assert names
    assert [int(name.split("_")[0]) for name in names] == list(range(1, len(names) + 1))


def test_every_setting_says_what_it_is() -> None:
    assert not [
        f"{kind.__name__}.{name}"
        for kind in describe.settings_classes()
        for name, field in kind.model_fields.items()
        if not field.description
    ]


def test_settings_are_frozen_and_stand_where_they_are_documented_from() -> None:
    assert all(kind.model_config.get("frozen") for kind in describe.settings_classes())
    elsewhere = [f for f in files() if f.parts[0] == "shared" and "(BaseSettings)" in text(f)]
    assert {f.name for f in elsewhere} == {"settings.py"}


def test_no_two_settings_read_the_same_variable() -> None:
    read = [
        describe.variable(kind, name, field)
        for kind in describe.settings_classes()
        for name, field in kind.model_fields.items()
    ]
    assert sorted(read) == sorted(set(read))


def test_the_suite_on_one_machine_gives_every_setting_that_has_no_default() -> None:
    ports = dict.fromkeys(("front_door", "openid", "redis", "sms_gateway", "national_record"), 1)
    keys = dict.fromkeys(environment.SECRETS, "x")
    required = {
        describe.variable(kind, name, field)
        for kind in describe.settings_classes()
        for name, field in kind.model_fields.items()
        if field.is_required()
    }
    assert required <= set(environment.settings(ports, keys))


def named_in(document: Path) -> Iterator[str]:
    for path in OUR_PATH.findall(text(document)):
        yield PLACEHOLDER.sub("*", path)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_document_names_only_what_exists(document: Path) -> None:
    known = {str(file) for file in files()}
    folders = {str(parent) for file in files() for parent in file.parents}
    gone = [p for p in named_in(document) if not matches(p, known | folders)]
    modules = OUR_MODULE.findall(text(document))
    gone += [m for m in modules if not matches(f"*{m.replace('.', '/')}*", known)]
    assert not gone


def matches(pattern: str, known: set[str]) -> bool:
    from fnmatch import fnmatch

    return pattern in known or any(fnmatch(path, pattern) for path in known)


def test_commands_that_documents_name_can_be_run() -> None:
    commands = {
        path
        for document in DOCUMENTS
        for path in named_in(document)
        if (ROOT / path).is_file() and not Path(path).suffix
    }
    assert not [path for path in commands if not os.access(ROOT / path, os.X_OK)]
