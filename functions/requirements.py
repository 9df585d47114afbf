"""Compile what is pinned from pyproject.toml: for each function, and for those who work on them.

    .venv/bin/python functions/requirements.py [--upgrade]

Writes tests/requirements.txt (everything, with the tools) and from it each function's own
requirements.txt (what it carries), so that what is deployed is what was tested. Versions stay as
they are where pyproject.toml allows them, until --upgrade.
"""

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = "tests/requirements.txt"
# Hashes make a download trustworthy wherever it comes from, so no place is written down.
PINNED = ["--generate-hashes", "--no-emit-index-url", "--no-annotate", "--quiet"]
COMMAND = ["--custom-compile-command", "python functions/requirements.py"]
# A developer may have a newer Python; a function has the runtime's, which is kept patched.
RUNTIME = "3.11.9"
EVERYWHERE = ["--universal", "--python-version", "3.11"]
IN_THE_CLOUD = ["--python-version", RUNTIME, "--python-platform", "x86_64-unknown-linux-gnu"]


def extras() -> list[str]:
    """Return the functions that pyproject.toml has requirements for."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return sorted(tomllib.load(file)["project"]["optional-dependencies"])


def compile_to(target: str, *options: str) -> None:
    """Compile one file; pins it already has are kept."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml"]
    words = [*command, *PINNED, *COMMAND, *options, "--output-file", target]
    subprocess.run(words, cwd=ROOT, check=True)  # noqa: S603 - the words are this file's own
    sys.stdout.write(f"{target}\n")


def main() -> None:
    """Compile all files."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--upgrade", action="store_true", help="take the newest allowed versions")
    newest = ["--upgrade"] if parser.parse_args().upgrade else []
    compile_to(LOCK, "--all-extras", "--group", "dev", *EVERYWHERE, *newest)
    for name in extras():
        target = f"functions/{name}/requirements.txt"
        if (ROOT / target).parent.is_dir():
            # The lock decides the versions, so old pins of this file must not.
            (ROOT / target).unlink(missing_ok=True)
            compile_to(target, "--extra", name, "--constraint", LOCK, *IN_THE_CLOUD)


if __name__ == "__main__":
    main()
