"""The steps of cloudbuild.yaml, run as they are written: from a commit to what serves, and back."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from emulators.suite import credentials
from emulators.suite.environment import google_clients
from emulators.suite.probes import call
from functions import bundle
from tests.emulator.test_storage_server import storage
from tests.support.cloudbuild import PROJECT, Machine, Outcome
from tests.support.emulators import Emulators, free_port, or_skip
from tests.support.platform_stand_in import Deployment, deployed

pytestmark = pytest.mark.emulator
SPANNER_INSTANCES = count(1)
FIRST, SECOND = "a" * 40, "b" * 40


@dataclass(frozen=True, slots=True)
class Cloud:
    """An environment: where builds run, what is deployed, and the buckets."""

    machine: Machine
    deployment: Deployment
    storage: str

    def plan(self, number: str, **substitutions: str) -> Outcome:
        return self.machine.build(number, _ACTION="plan", **substitutions)

    def apply(self, number: str, plan: str, **substitutions: str) -> Outcome:
        wanted = {"_ACTION": "apply", "_PLAN": plan, "_SMOKE_S": "0", **substitutions}
        return self.machine.build(number, **wanted)

    def objects(self, bucket: str, prefix: str = "") -> list[str]:
        url = f"{self.storage}/storage/v1/b/{PROJECT}-{bucket}/o?prefix={prefix}"
        return sorted(one["name"] for one in call("GET", url).get("items", ()))

    def serving(self) -> dict[str, str]:
        return {name: one["object"] for name, one in self.deployment.bundles().items()}

    def terraform(self) -> str:
        return self.deployment.state.with_suffix(".log").read_text()


@contextmanager
def cloud(folder: Path, spanner: str) -> Iterator[Cloud]:
    state = folder / "state.json"
    account = folder / "account.json"
    port = free_port()
    credentials.write(account, port)
    tokens = credentials.TokenEndpoint(port)
    tokens.start()
    with storage(folder / "objects") as objects, deployed(state) as (door, deployment):
        for bucket in ("bundles", "plans"):
            create = f"{objects}/storage/v1/b?project={PROJECT}"
            call("POST", create, {"name": f"{PROJECT}-{bucket}", "location": "EUROPE-CENTRAL2"})
        now = {"serial": 1, "bundles": {}, "front_door": door, "closed": f"{door}/closed"}
        state.write_text(json.dumps(now))
        variables = {
            **google_clients({}),
            "SPANNER_EMULATOR_HOST": spanner,
            "SPANNER_INSTANCE": f"builds-{next(SPANNER_INSTANCES)}",
            "STORAGE_EMULATOR_HOST": objects,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDFUNCTIONS": door,
            "GOOGLE_APPLICATION_CREDENTIALS": str(account),
            "STAND_IN_STATE": str(state),
        }
        yield Cloud(Machine(folder, variables), deployment, objects)
    tokens.stop()


@pytest.fixture
def environment(tmp_path: Path, emulators: Emulators) -> Iterator[Cloud]:
    with cloud(tmp_path, str(or_skip(lambda: emulators.spanner))) as found:
        yield found


def test_a_commit_is_planned_then_applied_and_what_was_applied_is_what_was_planned(
    environment: Cloud,
) -> None:
    planned = environment.plan("p1", COMMIT_SHA=FIRST)
    assert planned.well, planned.output
    assert environment.serving() == {}
    go_on = f"kept: read gs://{PROJECT}-plans/p1/plan.txt, then apply with _PLAN=p1"
    assert go_on in planned.output
    kept = environment.objects("plans")
    assert kept == sorted(
        f"p1/{name}"
        for name in (
            "about.json", "bundles.tfvars.json", "plan.bin", "plan.txt", "terraform.lock.hcl",
        )
    )  # fmt: skip

    applied = environment.apply("b1", "p1", COMMIT_SHA=FIRST)
    assert applied.well, applied.output
    wanted = {name: Path(path).name for name, path in cut(environment).items()}
    assert environment.serving() == wanted
    assert set(wanted.values()) <= set(environment.objects("bundles"))
    assert len(environment.objects("bundles", "releases/")) == 1
    assert "terraform makes it" in applied.output
    assert "migrations applied: booking" in applied.output


def cut(environment: Cloud) -> dict[str, str]:
    folder = environment.machine.folder / "own"
    return bundle.write(bundle.ROOT, folder, bundle.functions(bundle.ROOT))


def test_nothing_is_done_but_checked_unless_it_is_asked_for(environment: Cloud) -> None:
    checked = environment.machine.build("c1")
    assert checked.well, checked.output
    assert environment.objects("bundles") == environment.objects("plans") == []
    assert environment.terraform().split("\n")[:4] == [
        "fmt -check -recursive", "init -backend=false", "validate", "test",
    ]  # fmt: skip
    assert "plan" not in environment.terraform()


def test_an_unchanged_commit_uploads_nothing_again(environment: Cloud) -> None:
    first, second = environment.plan("p1"), environment.plan("p2")
    assert "uploaded booking-" in first.output
    assert second.well, second.output
    assert "uploaded" not in second.output


def test_a_plan_is_applied_once_and_only_at_its_commit(environment: Cloud) -> None:
    environment.plan("p1", COMMIT_SHA=FIRST)
    environment.plan("p2", COMMIT_SHA=FIRST)
    elsewhere = environment.apply("b0", "p1", COMMIT_SHA=SECOND)
    assert not elsewhere.well
    assert f"plan p1 is of commit {FIRST}" in elsewhere.output
    assert "apply" not in elsewhere.codes
    assert environment.apply("b1", "p1", COMMIT_SHA=FIRST).well
    stale = environment.apply("b2", "p2", COMMIT_SHA=FIRST)
    assert not stale.well
    assert "Saved plan is stale" in stale.output


def test_what_does_not_answer_is_rolled_back_to_what_did(environment: Cloud) -> None:
    environment.plan("p1", COMMIT_SHA=FIRST)
    assert environment.apply("b1", "p1", COMMIT_SHA=FIRST).well
    good = environment.serving()
    with changed_code(environment):
        assert environment.plan("p2", COMMIT_SHA=SECOND).well
    environment.deployment.broken = planned(environment, "p2") - set(good.values())

    applied = environment.apply("b2", "p2", COMMIT_SHA=SECOND)

    assert not applied.well
    assert applied.codes["smoke"] == 1
    assert applied.codes["roll-back"] == 0, applied.output
    assert environment.serving() == good
    assert len(environment.objects("bundles", "releases/")) == 1
    assert "rolled back" in applied.output


def test_one_goes_back_to_an_earlier_release_by_its_map(environment: Cloud) -> None:
    environment.plan("p1", COMMIT_SHA=FIRST)
    assert environment.apply("b1", "p1", COMMIT_SHA=FIRST).well
    good = environment.serving()
    with changed_code(environment):
        environment.plan("p2", COMMIT_SHA=SECOND)
        assert environment.apply("b2", "p2", COMMIT_SHA=SECOND).well
        assert environment.serving() != good
        [first, _] = environment.objects("bundles", "releases/")
        name = first.removeprefix("releases/").removesuffix(".json")

        back = environment.plan("p3", COMMIT_SHA=SECOND, _RELEASE=name)
        assert back.well, back.output
        assert environment.apply("b3", "p3", COMMIT_SHA=SECOND).well

    assert environment.serving() == good
    assert len(environment.objects("bundles", "releases/")) == 3


def planned(environment: Cloud, plan: str) -> set[str]:
    tree = environment.machine.folder / f"build-{plan}"
    return {one["object"] for one in bundles_of(tree).values()}


def bundles_of(tree: Path) -> Any:
    return json.loads((tree / "dist/bundles.tfvars.json").read_text())["bundles"]


@contextmanager
def changed_code(environment: Cloud) -> Iterator[None]:
    """Let the trees of builds have other code: as if a commit had changed the package."""
    environment.machine.edits["shared/erejestracja/settings.py"] = "\n# another commit\n"
    yield
    environment.machine.edits.clear()


def test_a_plan_that_would_lose_data_is_not_kept(environment: Cloud) -> None:
    address = "google_spanner_database.suite"
    doomed = {
        "address": address,
        "type": "google_spanner_database",
        "mode": "managed",
        "change": {"actions": ["delete", "create"], "before": {}},
    }
    shown = json.dumps({"resource_changes": [doomed]})
    machine = replace(
        environment.machine, variables={**environment.machine.variables, "STAND_IN_PLAN": shown}
    )
    refused = machine.build("p1", _ACTION="plan")
    assert not refused.well
    assert "google_spanner_database.suite would be lost" in refused.output
    assert environment.objects("plans") == []
    assert machine.build("p2", _ACTION="plan", _MAY_DESTROY=address).well
