"""The repository's own files, as the guards read them."""

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "shared/erejestracja"
NOT_TEXT = {".png", ".woff2", ".ico", ".pdf", ".zip", ".gz", ".mo"}


@cache
def files() -> tuple[Path, ...]:
    """Return every file that is or could be committed, relative to the root, sorted."""
    # A worktree has a file of that name.
    ignored = [".git", ".git/", *(ROOT / ".gitignore").read_text("utf-8").split()]
    return tuple(sorted(found.relative_to(ROOT) for found in walk(ROOT, ignored)))


def walk(folder: Path, ignored: list[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        name = path.name + "/" if path.is_dir() else path.name
        if any(fnmatch(name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from walk(path, ignored)
        else:
            yield path


def under(*tops: str, suffix: str = ".py") -> list[Path]:
    """Return the files below these folders with a suffix."""
    return [file for file in files() if file.parts[0] in tops and file.suffix == suffix]


@cache
def text(file: Path) -> str:
    """Return a file's text; nothing for what is none."""
    if file.suffix in NOT_TEXT or not (ROOT / file).is_file():
        return ""
    return (ROOT / file).read_text("utf-8", errors="replace")


@cache
def syntax(file: Path) -> ast.Module:
    """Return a Python file's syntax tree."""
    return ast.parse(text(file), str(file))


def module(file: Path) -> str:
    """Return the name a file of the package is imported by."""
    parts = list(file.relative_to("shared").with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(node: ast.AST) -> Iterator[tuple[str, int]]:
    """Yield each module that is imported below a node, with its line; `from a import b` as a.b."""
    for part in ast.walk(node):
        if isinstance(part, ast.Import):
            yield from ((alias.name, part.lineno) for alias in part.names)
        elif isinstance(part, ast.ImportFrom) and part.module:
            yield from ((f"{part.module}.{alias.name}", part.lineno) for alias in part.names)
