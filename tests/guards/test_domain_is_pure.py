"""The domain knows no clock, no chance, no network and no cloud; and importing it costs little."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"
MODULES = sorted((SHARED / "erejestracja" / "domain").glob("*.py"))

# Pure libraries that know more than we do, and where: only inside the function that needs them
# (docs/decisions/2026-11-libraries-for-identifiers.md).
BORROWED = {"identifiers": {"stdnum"}, "phone": {"phonenumbers"}}

# What would make the same question have two answers, or reach out of the process.
IMPURE_MODULES = frozenset(
    {"asyncio", "http", "os", "random", "secrets", "socket", "subprocess", "time", "urllib"}
)
IMPURE_CALLS = frozenset({"now", "today", "utcnow", "urandom", "uuid1", "uuid4", "open", "print"})


def imports(tree: ast.AST) -> Iterator[tuple[str, ast.stmt]]:
    """Yield the full name of each imported module and the statement that names it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), node


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_the_domain_imports_the_standard_library_itself_and_little_else_late(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    borrowed = BORROWED.get(module.stem, set())
    for name, node in imports(tree):
        top = name.split(".")[0]
        ours = name.startswith("erejestracja.domain")
        late = top in borrowed and node not in tree.body
        assert ours or late or top in sys.stdlib_module_names, f"{name} in {module.name}"
        assert top not in IMPURE_MODULES, f"{name} in {module.name}"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_the_domain_asks_no_clock_and_no_chance(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            assert name not in IMPURE_CALLS, f"{name}() in {module.name}, line {node.lineno}"


def test_what_is_borrowed_is_used() -> None:
    """A library that is no longer imported leaves the table, and the requirements after it."""
    for stem, libraries in BORROWED.items():
        tree = ast.parse((SHARED / "erejestracja" / "domain" / f"{stem}.py").read_text("utf-8"))
        assert {name.split(".")[0] for name, _ in imports(tree)} >= libraries


def test_the_whole_domain_is_imported_where_no_library_is_installed() -> None:
    """Cold starts pay for each import: the domain's cost no more than the standard library's."""
    names = [f"erejestracja.domain.{module.stem}" for module in MODULES]
    program = f"import sys; sys.path.insert(0, {str(SHARED)!r}); import {', '.join(names)}"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program.replace(".__init__", "")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
