"""What cloudbuild.yaml, its commands and terraform/ take for granted of each other."""

import re

import pytest
from packaging.specifiers import SpecifierSet

from tests.guards.tree import files, text, under
from tests.support.cloudbuild import CLOUDBUILD

TREE = under("terraform", suffix=".tf")
TERRAFORM = "\n".join(text(file) for file in TREE if len(file.parts) == 2)
ENVIRONMENTS = {f.stem for f in files() if f.parts[0] == "terraform" and f.suffix == ".tfvars"}
SCRIPTS = "\n".join(step["script"] for step in CLOUDBUILD["steps"])

pytestmark = pytest.mark.skipif(not TREE, reason="terraform/ is not there yet")


def declared(kind: str) -> set[str]:
    return set(re.findall(rf'^{kind} "(\w+)"', TERRAFORM, re.MULTILINE))


def test_terraform_takes_the_map_of_bundles() -> None:
    assert "bundles" in declared("variable")


def test_terraform_tells_what_smoke_asks_for() -> None:
    assert {"region", "public_url", "functions"} <= declared("output")


def test_every_environment_can_be_named() -> None:
    assert {"dev", "staging", "prod"} <= ENVIRONMENTS
    assert CLOUDBUILD["substitutions"]["_ENVIRONMENT"] in ENVIRONMENTS


def test_the_state_lies_where_the_build_says() -> None:
    assert re.search(r'backend "gcs"', TERRAFORM)
    assert 'init -backend-config="bucket=$STATE"' in SCRIPTS


def test_terraform_runs_in_a_version_that_the_tree_allows() -> None:
    [wanted] = set(re.findall(r'required_version\s*=\s*"([^"]+)"', TERRAFORM))
    [version] = {
        step["name"].rpartition(":")[2]
        for step in CLOUDBUILD["steps"]
        if "terraform" in step["name"]
    }
    assert version in SpecifierSet(wanted.replace("~>", "~="))


def test_triggers_set_only_what_the_build_knows() -> None:
    assert "google_cloudbuild_trigger" in TERRAFORM
    used = set(re.findall(r"\b(_[A-Z][A-Z_]+)\s*=", TERRAFORM))
    assert "_ACTION" in used
    assert used <= set(CLOUDBUILD["substitutions"])


def test_the_accounts_of_the_builds_are_made() -> None:
    account = re.search(r"serviceAccounts/([\w-]+)@", CLOUDBUILD["serviceAccount"])
    assert account
    assert f'"{account[1]}"' in TERRAFORM or f"{account[1]} " in TERRAFORM
