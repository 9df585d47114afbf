"""What is installed: pinned, with hashes, from wherever, and just what pyproject.toml asks for."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from functions import requirements
from tests.guards.tree import text
from tests.support.functions import SUITE

DEVELOPMENT = Path("tests/requirements.txt")
FUNCTIONS = sorted(SUITE["functions"])
IN_THE_CLOUD = {
    "python_full_version": requirements.RUNTIME,
    "python_version": "3.11",
    "sys_platform": "linux",
    "platform_machine": "x86_64",
}
TOOLS = {"pytest", "mypy", "ruff", "coverage", "hypothesis", "vulture", "schemathesis", "uv"}


def lock_of(name: str) -> Path:
    return Path("functions", name, "requirements.txt")


LOCKS = [DEVELOPMENT, *map(lock_of, FUNCTIONS)]


@cache
def pins(lock: Path) -> dict[str, Version]:
    found = re.findall(r"^([\w.\-\[\]]+)==([^\s;]+)", text(lock), re.MULTILINE)
    return {canonicalize_name(name.partition("[")[0]): Version(to) for name, to in found}


def asked(extras: Iterable[str], *, tools: bool = False) -> list[Requirement]:
    pyproject: dict[str, Any] = tomllib.loads(text(Path("pyproject.toml")))
    project = pyproject["project"]
    words = [*project["dependencies"]]
    for extra in extras:
        words += project["optional-dependencies"][extra]
    if tools:
        words += pyproject["dependency-groups"]["dev"]
    return [Requirement(word) for word in words]


def needed(wanted: list[Requirement]) -> set[str]:
    """Return the names of what is wanted and of all that needs, from what is installed here."""
    found: set[str] = set()
    todo = [(r.name, frozenset(r.extras)) for r in wanted]
    done = set[tuple[str, frozenset[str]]]()
    while todo:
        name, extras = todo.pop()
        if (name, extras) in done:
            continue
        done.add((name, extras))
        found.add(canonicalize_name(name))
        for requirement in map(Requirement, requires(name) or ()):
            marker = requirement.marker
            if not marker or any(
                marker.evaluate(IN_THE_CLOUD | {"extra": e}) for e in ("", *extras)
            ):
                todo.append((requirement.name, frozenset(requirement.extras)))
    return found


def applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    """Tell whether a requirement counts in the cloud when these extras are asked for."""
    marker = requirement.marker
    return not marker or any(marker.evaluate(IN_THE_CLOUD | {"extra": e}) for e in ("", *extras))


def unsatisfied(wanted: list[Requirement], lock: Path) -> list[str]:
    return [
        str(requirement)
        for requirement in wanted
        if (pin := pins(lock).get(canonicalize_name(requirement.name))) is None
        or pin not in requirement.specifier
    ]


def test_the_development_lock_satisfies_all_that_is_asked_for() -> None:
    assert not unsatisfied(asked(FUNCTIONS, tools=True), DEVELOPMENT)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_functions_lock_satisfies_what_it_asks_for(name: str) -> None:
    assert not unsatisfied(asked([name]), lock_of(name))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_carries_what_it_needs_and_nothing_else(name: str) -> None:
    try:
        names = needed(asked([name]))
    except PackageNotFoundError as missing:
        pytest.fail(f"{missing} is not installed; tests/run brings it")
    assert set(pins(lock_of(name))) == names


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_deployed_is_what_was_tested(name: str) -> None:
    tested = pins(DEVELOPMENT)
    assert {p: v for p, v in pins(lock_of(name)).items() if tested.get(p) != v} == {}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_carries_the_tools(name: str) -> None:
    assert not TOOLS & set(pins(lock_of(name)))


@pytest.mark.parametrize("lock", LOCKS, ids=str)
def test_every_pin_has_a_hash_and_names_no_place(lock: Path) -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text(lock), flags=re.MULTILINE).strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted-host", text(lock))


@pytest.mark.parametrize("lock", LOCKS, ids=str)
def test_a_lock_says_how_it_was_made(lock: Path) -> None:
    assert "python functions/requirements.py" in text(lock).split("==", 1)[0]
