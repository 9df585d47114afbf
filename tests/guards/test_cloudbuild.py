"""cloudbuild.yaml: understood by Cloud Build, and in step with the commands and pages it names."""

import copy
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from functions import requirements
from tests.guards.tree import ROOT, files, text
from tests.support.build_rules import faults
from tests.support.cloudbuild import CLOUDBUILD

STEPS: dict[str, dict[str, Any]] = {step["id"]: step for step in CLOUDBUILD["steps"]}
COMMAND = re.compile(r"python -m (functions\.\w+)([^\n<|]*)")
PAGES = [file for file in files() if file.parts[:2] == ("docs", "deploy")]

Build = dict[str, Any]


def test_cloud_build_understands_it() -> None:
    assert faults(CLOUDBUILD) == []


def step(build: Build, name: str) -> Build:
    found: Build = next(one for one in build["steps"] if one["id"] == name)
    return found


def replaced(name: str, old: str, new: str) -> Callable[[Build], None]:
    def edit(build: Build) -> None:
        assert old in step(build, name)["script"]
        step(build, name)["script"] = step(build, name)["script"].replace(old, new)

    return edit


MISTAKES: dict[str, Callable[[Build], object]] = {
    "no field": lambda build: build.update(timeOut="60s"),
    "'allowfailure'": lambda build: step(build, "smoke").update(allowfailure=True),
    "timeout": lambda build: build.update(timeout="an hour"),
    "machineType": lambda build: build["options"].update(machineType="E2_HUGE"),
    "substitutions": lambda build: build["substitutions"].update(_SMOKE_S=900),
    "two steps": lambda build: step(build, "plan").update(id="upload"),
    "no earlier step": lambda build: step(build, "bundle").update(waitFor=["apply"]),
    "$_PLANN is not": replaced("migrate", "$_PLAN", "$_PLANN"),
    "$STATES is not": replaced("plan", "$STATE", "$STATES"),
    "_EXTRA is never": lambda build: build["substitutions"].update(_EXTRA="1"),
    "_RELEASE is not": lambda build: build["substitutions"].pop("_RELEASE"),
    "do not see": lambda build: build["options"].pop("automapSubstitutions"),
    "every day": lambda build: step(build, "plan").update(name="hashicorp/terraform:latest"),
    "neither args": lambda build: step(build, "plan").update(args=["plan"]),
    "after errors": replaced("apply", "set -eu; ", ""),
    "which action": replaced("upload", '[ "$_ACTION" = plan ]', "true"),
    "process id": replaced("record", "$BUNDLES", "$$BUNDLES"),
    "must not fail": lambda build: step(build, "apply").update(allowFailure=True),
    "Cloud Logging": lambda build: build["options"].update(logging="GCS_ONLY"),
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_is_seen(words: str) -> None:
    build = copy.deepcopy(dict(CLOUDBUILD))
    MISTAKES[words](build)
    assert words.strip("'") in " ".join(faults(build)), faults(build)


def test_steps_come_in_the_order_that_makes_them_safe() -> None:
    assert list(STEPS) == [
        *("check", "terraform", "bundle", "upload", "plan", "keep"),
        *("migrate", "apply", "smoke", "roll-back", "record"),
    ]
    # Only the first three stand beside each other; each other waits for all before it.
    waiting = {name: one["waitFor"] for name, one in STEPS.items() if "waitFor" in one}
    assert waiting == {name: ["-"] for name in ("check", "terraform", "bundle")}


def test_it_checks_by_the_command_that_checks_on_any_machine() -> None:
    assert STEPS["check"]["script"].rstrip().endswith("CI=true .ci/run")


def test_it_checks_with_the_emulators_that_developers_have_in_containers() -> None:
    # Later ones of Spanner lose writes now and then; a new version is a change to be tested.
    installed = re.findall(r"emulator=([\d.]+)-0", STEPS["check"]["script"])
    image = re.findall(r"google-cloud-cli:([\d.]+)-emulators", text(Path("emulators/compose.yaml")))
    assert set(installed) == set(image)
    assert len(set(image)) == 1


@pytest.mark.parametrize("name", ["upload", "plan", "keep"])
def test_whoever_plans_changes_nothing(name: str) -> None:
    assert '[ "$_ACTION" = plan ] || exit 0' in STEPS[name]["script"]
    assert "terraform apply" not in STEPS[name]["script"]


@pytest.mark.parametrize("name", ["migrate", "apply", "smoke", "roll-back", "record"])
def test_what_changes_something_is_part_of_what_is_approved(name: str) -> None:
    assert '[ "$_ACTION" = apply ]' in STEPS[name]["script"].splitlines()[0]


def test_what_is_applied_is_the_plan_that_was_kept_with_the_providers_it_was_made_with() -> None:
    applied = STEPS["apply"]["script"]
    assert re.findall(r"terraform apply.*", applied) == ["terraform apply ../dist/plan.bin"]
    assert "init -lockfile=readonly" in applied


def test_terraform_is_one_version_everywhere() -> None:
    images = {one["name"] for one in STEPS.values() if "terraform" in one["name"]}
    assert len(images) == 1


def test_python_is_the_runtimes_everywhere() -> None:
    minor = ".".join(requirements.RUNTIME.split(".")[:2])
    images = {one["name"] for one in STEPS.values() if "python" in one["name"]}
    assert images == {f"python:{minor}-trixie"}


@pytest.mark.parametrize("name", STEPS)
def test_a_script_has_no_slip_that_shellcheck_knows(name: str, tmp_path: Path) -> None:
    script = tmp_path / f"{name}.sh"
    script.write_text(f"#!/bin/sh\n{STEPS[name]['script']}")
    tool = Path(sys.executable).with_name("shellcheck")
    # SC2015: `a && b || exit` is meant: both have to hold.
    command = [str(tool), "--shell=sh", "--exclude=SC2015", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == ""


def commands() -> list[tuple[str, list[str]]]:
    joined = "\n".join(one["script"] for one in STEPS.values())
    return [(found[1], re.findall(r" (--[\w-]+)", found[2])) for found in COMMAND.finditer(joined)]


@pytest.mark.parametrize(("module", "options"), commands(), ids=str)
def test_a_command_has_the_options_it_is_given(module: str, options: list[str]) -> None:
    command = [sys.executable, "-m", module, "--help"]
    helped = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert helped.returncode == 0, helped.stderr
    assert "usage: " in helped.stdout
    assert [option for option in options if option not in helped.stdout] == []


def test_every_command_of_a_deployment_is_used_by_it() -> None:
    called = {module for module, _ in commands()}
    assert called == {
        f"functions.{name}" for name in ("migrate", "release", "review", "smoke", "upload")
    }


def test_the_pages_say_what_every_substitution_is_for() -> None:
    said = "".join(map(text, PAGES))
    unsaid = {name for name in CLOUDBUILD["substitutions"] if f"`{name}" not in said}
    assert unsaid == set()
