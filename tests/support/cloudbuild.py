"""Runs the steps of cloudbuild.yaml as Cloud Build does, but for what only the network has.

Each script runs in /bin/sh in one working folder, with the substitutions and the options'
variables in its environment. `terraform` is a stand-in that keeps a state and deploys nothing;
`python -m venv` gives a folder whose python is ours. The step `check` is left out: it installs
packages of the system, and it is what runs this.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CLOUDBUILD: Mapping[str, Any] = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text("utf-8"))
STEPS = {step["id"]: step for step in CLOUDBUILD["steps"] if step["id"] != "check"}
PROJECT = "erejestracja-test"
PYTHON = f"""#!/bin/sh -eu
[ "$1 $2" = "-m venv" ] || exec {sys.executable} "$@"
mkdir -p "$3/bin"
printf '#!/bin/sh\\nexec {sys.executable} "$@"\\n' >"$3/bin/python"
printf '#!/bin/sh\\necho "$@" >>pip.log\\n' >"$3/bin/pip"
chmod +x "$3/bin/python" "$3/bin/pip"
"""
TERRAFORM = f"""#!/bin/sh
exec {sys.executable} {ROOT / "tests/support/terraform_stand_in.py"} "$@"
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a build: the exit code of each step that ran, and all that was printed."""

    codes: Mapping[str, int]
    output: str
    well: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """Where builds run, and what they find: a folder, and the addresses of the stores.

    `edits` is what a commit appends to files of the tree.
    """

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    edits: dict[str, str] = field(default_factory=dict)

    def build(self, number: str, only: Collection[str] = STEPS, **substitutions: str) -> Outcome:
        """Run every step, or only some, on a fresh copy of the tree."""
        tree = self.folder / f"build-{number}"
        copy_of_the_tree(tree)
        for file, words in self.edits.items():
            (tree / file).write_text((tree / file).read_text("utf-8") + words, "utf-8")
        values = dict(CLOUDBUILD["substitutions"]) | substitutions
        values |= {"PROJECT_ID": PROJECT, "BUILD_ID": number}
        values.setdefault("COMMIT_SHA", "a" * 40)
        environment = {"PATH": f"{self._stand_ins()}:{os.environ['PATH']}", "HOME": str(tree)}
        environment |= dict(self.variables) | values | dict(option_variables(values))
        return self._run([step for step in STEPS if step in only], tree, environment)

    @staticmethod
    def _run(steps: Sequence[str], tree: Path, environment: Mapping[str, str]) -> Outcome:
        codes: dict[str, int] = {}
        said = ""
        for step in map(STEPS.__getitem__, steps):
            done = subprocess.run(
                ["/bin/sh", "-c", step["script"]],
                cwd=tree,
                env=dict(environment),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=120,
                check=False,
            )
            codes[step["id"]] = done.returncode
            said += f"── {step['id']}\n{done.stdout}"
            if done.returncode and not step.get("allowFailure"):
                return Outcome(codes, said, well=False)
        return Outcome(codes, said, well=True)

    def _stand_ins(self) -> Path:
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        for name, text in (("python", PYTHON), ("terraform", TERRAFORM)):
            (folder / name).write_text(text)
            (folder / name).chmod(stat.S_IRWXU)
        return folder


def copy_of_the_tree(folder: Path) -> None:
    """Copy what a build's steps read."""
    skipped = shutil.ignore_patterns("__pycache__", ".terraform*", "node_modules")
    for top in ("functions", "shared", "terraform"):
        if (ROOT / top).is_dir():
            shutil.copytree(ROOT / top, folder / top, ignore=skipped)
    (folder / "terraform").mkdir(exist_ok=True)


def option_variables(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the options' environment variables, with the substitutions put in."""
    for assignment in CLOUDBUILD["options"]["env"]:
        name, _, value = assignment.partition("=")
        yield name, re.sub(r"\$(\w+)", lambda found: values[found[1]], value)
