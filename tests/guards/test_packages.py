"""What code imports, a lock brings: for those who work here, and for each function alone."""

import ast
import sys
from functools import cache
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from erejestracja.web.api import TABLES
from erejestracja.web.chores import routes_of
from erejestracja.web.routing import Route
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
BOOTSTRAP = [f for f in under("shared") if "bootstrap" in f.parts]
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


def parts_of_the_wiring() -> dict[str, ast.FunctionDef]:
    classes = [n for f in BOOTSTRAP for n in syntax(f).body if isinstance(n, ast.ClassDef)]
    defined = [n for one in classes for n in one.body if isinstance(n, ast.FunctionDef)]
    return {n.name: n for n in defined}


def asked_of_the_suite(tree: ast.AST, function: str) -> set[str]:
    """Return the parts of the suite that code asks for; of the chores, this function's."""
    nodes = list(ast.walk(tree))
    attributes = [n for n in nodes if isinstance(n, ast.Attribute)]
    asked = {n.attr for n in attributes if ast.unparse(n.value).endswith(("suite", "suite()"))}
    own = {n.attr for n in attributes if ast.unparse(n.value) == "self"}
    others = {
        ast.unparse(value).removeprefix("self.")
        for table in nodes
        if isinstance(table, ast.Dict)
        for key, value in zip(table.keys, table.values, strict=True)
        if isinstance(key, ast.Constant) and key.value in FUNCTIONS and key.value != function
    }
    return (asked | own) - others


def not_asked_for(function: str) -> set[str]:
    """Return the parts the edge asks for only where a route has roles or a limit, if none has."""
    described = SUITE["functions"][function]
    routes: list[Route] = []
    if described.get("pages"):
        return {"tokens"}
    if described["trigger"] == "http":
        where, name = TABLES[function]
        routes = list(getattr(import_module(where), name).all)
    if described["trigger"] == "schedule":
        routes = list(routes_of(function).all)
    asked = {"tokens": any(r.roles for r in routes), "limiter": any(r.limit for r in routes)}
    return {part for part, needed in asked.items() if not needed}


def reached(function: str) -> set[str]:
    """Return every name that a function's code may import, its parts of the suite included."""
    main = syntax(Path("functions", function, "main.py"))
    parts = parts_of_the_wiring()
    for spared in not_asked_for(function):
        parts.pop(spared)
    top = [n for file in BOOTSTRAP for n in syntax(file).body]
    at_once = [n for n in top if isinstance(n, ast.Import | ast.ImportFrom)]
    todo: list[ast.AST] = [main, *at_once]
    done = set(BOOTSTRAP)
    found: set[str] = set()
    while todo:
        tree = todo.pop()
        names = {name for name, _ in imports(tree)}
        found |= names
        near = {MODULES.get(n) or MODULES.get(n.rpartition(".")[0]) for n in names}
        files = {file for file in near if file} - done
        done |= files
        todo += [syntax(file) for file in files]
        todo += [parts.pop(p) for p in asked_of_the_suite(tree, function) if p in parts]
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_carries_all_that_its_code_imports(name: str) -> None:
    assert unbrought(reached(name), lock_of(name)) <= FOR_DOCUMENTS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_carries_the_clients_of_the_stores_it_may_touch_and_no_others(name: str) -> None:
    uses = {use.partition(".")[0] for use in SUITE["functions"][name]["uses"]} - {"spanner"}
    carried = {store for store, package in CLIENTS.items() if package in pins(lock_of(name))}
    assert carried == uses
