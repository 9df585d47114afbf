"""Dependencies point inward. Who may import what, by part of the package."""

import ast
from pathlib import Path

import pytest

from tests.guards.tree import imports, module, syntax, under

OURS = "erejestracja"
# Part of the package: the parts it may import. `bootstrap` alone may import all.
MAY_IMPORT = {
    "domain": set[str](),
    "programmes": {"domain"},
    "i18n": {"domain"},
    "settings": set(),
    "logs": {"settings"},
    "ports": {"domain"},
    "services": {"domain", "ports", "events", "i18n", "programmes", "logs"},
    "events": {"domain", "ports", "settings", "logs"},
    "sms": {"domain", "ports", "settings", "logs"},
    "national_record": {"domain", "ports", "settings", "logs"},
    "webhooks": {"domain", "ports", "settings", "logs"},
    "auth": {"domain", "ports", "settings", "logs"},
    # The limiter counts by the table of limits, which stands where callers are told apart.
    "storage": {"domain", "ports", "events", "settings", "logs", "programmes", "auth"},
    "web": {"domain", "ports", "services", "auth", "i18n", "events", "settings", "logs"},
}
OUTSIDE = {"google", "redis", "requests", "joserfc", "grpc", "urllib3", "httpx"}
MAY_LEAVE = {"storage", "events", "sms", "national_record", "webhooks", "auth", "bootstrap"}
FUNCTIONS_MAY_IMPORT = {"bootstrap", "web", "events", "services"}

SHARED = under("shared")
FUNCTION_FILES = [f for f in under("functions") if f.name == "main.py"]


def part_of(name: str) -> str:
    pieces = name.split(".")
    return pieces[1] if len(pieces) > 1 else ""


def said(file: Path, line: int, name: str) -> str:
    return f"{file}:{line} imports {name}"


def runs_at_import(node: ast.stmt) -> bool:
    for_types_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    return not for_types_only and not isinstance(node, ast.FunctionDef | ast.ClassDef)


def test_every_part_of_the_package_has_its_rule() -> None:
    parts = {part_of(module(file)) for file in SHARED} - {"", "bootstrap"}
    assert parts == set(MAY_IMPORT)


@pytest.mark.parametrize("part", sorted(MAY_IMPORT))
def test_a_part_imports_only_what_lies_further_in(part: str) -> None:
    allowed = MAY_IMPORT[part] | {part}
    assert not [
        said(file, line, name)
        for file in SHARED
        if part_of(module(file)) == part
        for name, line in imports(syntax(file))
        if name.split(".")[0] == OURS and part_of(name) not in allowed
    ]


def test_only_adapters_speak_to_the_outside() -> None:
    assert not [
        said(file, line, name)
        for file in SHARED
        if part_of(module(file)) not in MAY_LEAVE
        for name, line in imports(syntax(file))
        if name.split(".")[0] in OUTSIDE
    ]


def test_functions_import_the_wiring_and_the_edge() -> None:
    assert not [
        said(file, line, name)
        for file in FUNCTION_FILES
        for name, line in imports(syntax(file))
        if name.split(".")[0] == OURS and part_of(name) not in FUNCTIONS_MAY_IMPORT
    ]


def test_nothing_heavy_is_imported_with_a_module() -> None:
    found = []
    for file in [*SHARED, *FUNCTION_FILES]:
        at_import = [
            node
            for node in syntax(file).body
            if not isinstance(node, ast.FunctionDef | ast.ClassDef)
        ]
        for node in at_import:
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                continue
            for name, line in imports(node):
                if name.split(".")[0] in OUTSIDE:
                    found.append(said(file, line, name))
    assert not found
