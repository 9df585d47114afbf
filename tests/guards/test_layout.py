import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.guards.tree import ROOT, files, syntax, text, under
from tests.support.functions import SUITE

TOP = {
    *("functions", "shared", "terraform", "emulators", "tests", "docs", ".ci"),
    *("cloudbuild.yaml", "pyproject.toml", "README.md", "LICENSE", ".gitignore"),
}
SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "constants", "manager", "misc"}
FUNCTIONS = sorted(SUITE["functions"])


def pyproject() -> dict[str, Any]:
    return tomllib.loads(text(Path("pyproject.toml")))


def main_of(name: str) -> Path:
    return Path("functions", name, "main.py")


def test_the_top_level_holds_nothing_else() -> None:
    assert {file.parts[0] for file in files()} <= TOP


def test_every_described_function_has_a_folder_and_every_folder_is_described() -> None:
    folders = {f.parts[1] for f in files() if f.parts[0] == "functions" and f.name == "main.py"}
    assert folders == set(FUNCTIONS)


def test_every_function_has_an_extra_and_every_extra_is_a_function() -> None:
    assert set(pyproject()["project"]["optional-dependencies"]) == set(FUNCTIONS)


def test_a_function_folder_holds_its_doorbell_and_its_requirements_only() -> None:
    # Two folders with a sibling of the same name break each other in one process.
    inside = {f.parts[1:] for f in files() if f.parts[0] == "functions" and len(f.parts) > 2}
    expected = {(name, file) for name in FUNCTIONS for file in ("main.py", "requirements.txt")}
    assert inside == expected


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_entry_point_is_named_as_its_folder(name: str) -> None:
    defined = [n for n in syntax(main_of(name)).body if isinstance(n, ast.FunctionDef)]
    assert [f.name for f in defined] == [name]
    decorators = [ast.unparse(decorator) for decorator in defined[0].decorator_list]
    assert decorators == ["functions_framework.http"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_main_is_a_doorbell(name: str) -> None:
    branches = (ast.If, ast.IfExp, ast.Match, ast.For, ast.While, ast.Try)
    assert len(text(main_of(name)).splitlines()) <= 30
    assert not [n.lineno for n in ast.walk(syntax(main_of(name))) if isinstance(n, branches)]


def test_every_topic_has_a_consumer_and_every_consumer_a_topic() -> None:
    consumed = {topic for f in SUITE["functions"].values() for topic in f.get("topics", ())}
    assert consumed == set(SUITE["topics"])


def test_no_two_functions_answer_for_the_same_route() -> None:
    routes = [route for f in SUITE["functions"].values() for route in f.get("routes", ())]
    assert len(routes) == len(set(routes))
    # One alone takes what no other does.
    prefixes = set(routes) - {"/"}
    assert all(route.startswith("/") and not route.endswith("/") for route in prefixes)


def test_only_public_functions_have_routes() -> None:
    with_routes = {name for name, f in SUITE["functions"].items() if f.get("routes")}
    assert with_routes == {name for name, f in SUITE["functions"].items() if f.get("public")}


def test_no_name_says_nothing() -> None:
    words = {(file, part.split(".")[0]) for file in files() for part in file.parts}
    assert not {file for file, word in words if word in SAY_NOTHING}


def test_unit_tests_mirror_the_package() -> None:
    folders = {f.parent.relative_to("tests/unit") for f in under("tests") if f.parts[1] == "unit"}
    assert all((ROOT / "shared/erejestracja" / folder).is_dir() for folder in folders)


def test_the_linter_reads_every_command_written_in_python() -> None:
    commands = {str(f) for f in files() if not f.suffix and text(f).startswith("#!/usr/bin/env py")}
    assert commands <= set(pyproject()["tool"]["ruff"]["extend-include"])


def test_the_commands_are_there_and_can_be_run() -> None:
    for command in ("tests/run", ".ci/run", "emulators/up"):
        assert (ROOT / command).stat().st_mode & 0o111, f"{command} is not executable"
