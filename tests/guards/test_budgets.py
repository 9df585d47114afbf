import ast
from pathlib import Path

from tests.guards.tree import files, syntax, text, under

# A test tells a story and may be longer; a file of them too.
FILE_LINES = {"tests": 500}
SOURCE_LINES, FUNCTION_LINES, CONFTEST_LINES, BUILD_LINES = 400, 50, 80, 120


def lines(file: Path) -> int:
    return len(text(file).splitlines())


def python() -> list[Path]:
    return under("shared", "functions", "emulators", "tests")


def test_no_file_is_longer_than_its_budget() -> None:
    over = {f: lines(f) for f in python() if lines(f) > FILE_LINES.get(f.parts[0], SOURCE_LINES)}
    assert not over


def test_no_function_is_longer_than_its_budget() -> None:
    assert not [
        f"{file}:{node.lineno} {node.name}"
        for file in python()
        for node in ast.walk(syntax(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    ]


def test_no_conftest_collects_what_belongs_into_support() -> None:
    assert not {f for f in files() if f.name == "conftest.py" and lines(f) > CONFTEST_LINES}


def test_the_build_file_has_no_loops_written_out() -> None:
    assert not {f for f in files() if f.name == "cloudbuild.yaml" and lines(f) > BUILD_LINES}
