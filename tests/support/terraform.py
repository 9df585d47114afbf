"""A copy of terraform/ with the real terraform in it: to be changed, tried and thrown away.

The google provider comes from wherever terraform is told to look for it (TF_CLI_CONFIG_FILE may
name a mirror). Without terraform on the path, or without a provider, tests are skipped, or fail
where TERRAFORM says that there has to be one.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# State of a test stays in its folder; init with the tree's own backend asks for a bucket.
BACKEND = 'terraform {\n  backend "local" {}\n}\n'
# What the tree reads from elsewhere in the repository.
READ = ("terraform", "functions/suite.yaml", "shared/erejestracja/storage/bigquery")
FRAME = re.compile(r"[\s│╷╵]+")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command of terraform came to; `says` is its output without line breaks and frames."""

    good: bool
    says: str


def copy_tree(target: Path) -> None:
    """Copy terraform/ and what it reads."""
    for name in READ:
        source, copied = ROOT / name, target / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            ignored = shutil.ignore_patterns(".terraform", ".terraform.lock.hcl", "__pycache__")
            shutil.copytree(source, copied, ignore=ignored)
        else:
            shutil.copy(source, copied)
    (target / "terraform/backend_override.tf").write_text(BACKEND, "utf-8")


def terraform(folder: Path, *words: str, within_s: float = 300) -> Outcome:
    """Run terraform in a copy's root folder."""
    environment = {
        **os.environ,
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
    }
    done = subprocess.run(
        ["terraform", words[0], "-no-color", *words[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )
    return Outcome(done.returncode == 0, FRAME.sub(" ", done.stdout + done.stderr))


def prepared(target: Path) -> Path:
    """Return a copy's root folder, with its provider; skip where there is none to be had."""
    if shutil.which("terraform") is None:
        missing("terraform is not on the path")
    copy_tree(target)
    folder = target / "terraform"
    ready = terraform(folder, "init", "-backend=false")
    if not ready.good:
        missing(f"terraform cannot get its provider: {ready.says[-200:]}")
    return folder


def missing(why: str) -> None:
    """Skip, or fail where the environment says that terraform is there."""
    if os.environ.get("TERRAFORM") == "required":
        pytest.fail(why)
    pytest.skip(why)
