"""What code imports, a lock brings: for those who work here, and for each function alone."""

import ast
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.guards.test_locks import DEVELOPMENT, FUNCTIONS, lock_of, pins
from tests.guards.tree import imports, module, syntax, under
from tests.support.functions import SUITE

OURS = {"erejestracja", "emulators", "functions", "tests"}
# store a function may touch: the package it is touched with. All have Spanner's.
CLIENTS = {
    "redis": "redis",
    "firestore": "google-cloud-firestore",
    "pubsub": "google-cloud-pubsub",
    "bigquery": "google-cloud-bigquery",
    "storage": "google-cloud-storage",
}
# Imported where a document is written, which no function does.
FOR_DOCUMENTS = {"yaml"}
MODULES = {module(file): file for file in under("shared")}


@cache
def packages() -> dict[str, set[str]]:
    """Return the packages that bring each top-level module."""
    brought = packages_distributions()
    return {name: {canonicalize_name(one) for one in by} for name, by in brought.items()}


def foreign(names: set[str]) -> set[str]:
    """Return which of the imported modules neither Python nor we bring."""
    tops = {name.split(".")[0] for name in names}
    # Google's clients share one namespace; CLIENTS names them.
    return tops - OURS - set(sys.stdlib_module_names) - {"google", "greetings"}


def unbrought(names: set[str], lock: Path) -> set[str]:
    locked = set(pins(lock))
    return {name for name in foreign(names) if not packages().get(name, set()) & locked}


def test_whatever_is_imported_here_is_in_the_lock() -> None:
    found = {
        name
        for file in under("shared", "functions", "emulators", "tests")
        for name, _ in imports(syntax(file))
    }
    assert unbrought(found, DEVELOPMENT) == set()


def imported_by(file: Path) -> set[str]:
    """Return what a file imports; the wiring at once, since a function asks for parts of it."""
    tree = syntax(file)
    whole = module(file) != "erejestracja.bootstrap" if file.parts[0] == "shared" else True
    later = (ast.ClassDef, ast.FunctionDef, ast.If)
    nodes = [tree] if whole else [node for node in tree.body if not isinstance(node, later)]
    return {name for node in nodes for name, _ in imports(node)}


def reached(name: str) -> set[str]:
    """Return every name a function's code may import."""
    todo = {Path("functions", name, "main.py")}
    done: set[Path] = set()
    found: set[str] = set()
    while todo:
        file = todo.pop()
        done.add(file)
        names = imported_by(file)
        found |= names
        near = {MODULES.get(n) or MODULES.get(n.rpartition(".")[0]) for n in names}
        todo |= {file for file in near if file} - done
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_carries_all_that_its_code_imports(name: str) -> None:
    assert unbrought(reached(name), lock_of(name)) <= FOR_DOCUMENTS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_carries_the_clients_of_the_stores_it_may_touch_and_no_others(name: str) -> None:
    uses = {use.partition(".")[0] for use in SUITE["functions"][name]["uses"]} - {"spanner"}
    carried = {store for store, package in CLIENTS.items() if package in pins(lock_of(name))}
    assert carried == uses
