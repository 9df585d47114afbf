"""Mistakes that somebody will make in terraform/ one day, and what tells them.

    TERRAFORM=required pytest tests/support/terraform_mistakes.py

One mistake at a time is made in a copy, and `terraform test` has to say the sentence. Takes some
minutes, and so is no part of tests/run.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.terraform import Outcome, prepared, terraform


@dataclass(frozen=True, slots=True)
class Mistake:
    """A text of a file that somebody turned into another; the file of tests that says what."""

    name: str
    file: str
    right: str
    wrong: str
    tests: str
    says: str


MISTAKES = [
    Mistake(
        "files of people are everybody's business",
        "storage.tf",
        "member = google_service_account.function[each.value.function].member",
        'member = google_service_account.function["search"].member',
        "identities",
        "Somebody else reads files of people, or nobody does.",
    ),
    Mistake(
        "reports tell of themselves",
        "storage.tf",
        "object_name_prefix = each.value.folder",
        'object_name_prefix = ""',
        "events",
        "of its own reports as well",
    ),
    Mistake(
        "two functions share an account",
        "functions.tf",
        "google_service_account.function[each.key].email",
        'google_service_account.function["search"].email',
        "identities",
        "Two functions share an account.",
    ),
    Mistake(
        "a primitive role",
        "accounts.tf",
        '"roles/logging.logWriter"',
        '"roles/editor"',
        "identities",
        "Owner, editor and viewer are for people in need.",
    ),
    Mistake(
        "Firestore's condition is taken away",
        "firestore.tf",
        "databases/${google_firestore_database.suite.name}",
        "databases/",
        "identities",
        "A right to Firestore is not bound to the one database.",
    ),
    Mistake(
        "a reader of Spanner may write",
        "spanner.tf",
        '"roles/spanner.databaseReader"',
        '"roles/spanner.databaseUser"',
        "identities",
        "A function that reads Spanner may write it.",
    ),
    Mistake(
        "whoever writes rows may drop tables",
        "spanner.tf",
        '"spanner.databases.write",',
        '"spanner.databases.write", "spanner.databases.updateDdl",',
        "identities",
        "A function may change the schema.",
    ),
    Mistake(
        "reporting gets the key of patients",
        "settings.tf",
        '"vaccination", "imports", "hotline_web", "point_web"]',
        '"vaccination", "imports", "hotline_web", "point_web", "reporting"]',
        "identities",
        "With both keys one could tell whose statistics they are.",
    ),
    Mistake(
        "readers of reports see events",
        "bigquery.tf",
        "dataset_id = google_bigquery_dataset.marts.dataset_id\n  role       =",
        "dataset_id = google_bigquery_dataset.suite[local.archive].dataset_id\n  role       =",
        "identities",
        "Readers of reports see single events.",
    ),
    Mistake(
        "the deploying account may give any role",
        "builds.tf",
        "modifiedGrantsByRole', []).hasOnly([%s])",
        "serviceName', '') != '%s'",
        "identities",
        "The deploying account could make itself owner.",
    ),
    Mistake(
        "the planning account may overwrite the state",
        "builds.tf",
        'bucket = "state", role = "roles/storage.objectViewer"',
        'bucket = "state", role = "roles/storage.objectUser"',
        "identities",
        "Whoever plans could overwrite bundles, plans or the state.",
    ),
    Mistake(
        "dead letters go where nobody listens",
        "pubsub.tf",
        "dead_letter_topic     = google_pubsub_topic.dead[each.value.topic].id",
        "dead_letter_topic     = google_pubsub_topic.event[each.value.topic].id",
        "events",
        "its dead letters have no subscription.",
    ),
    Mistake(
        "quiet subscriptions expire",
        "pubsub.tf",
        'ttl = "" # never, however long nothing dies',
        'ttl = "2678400s"',
        "events",
        "A subscription that is quiet for a month would go",
    ),
    Mistake(
        "the alert forgets one topic",
        "alerts.tf",
        "[for topic in keys(local.topics) :",
        '[for topic in setsubtract(keys(local.topics), ["visits"]) :',
        "events",
        "Nobody is told of dead letters.",
    ),
    Mistake(
        "pushed to where nobody listens",
        "pubsub.tf",
        '.uri}/"',
        '.uri}/events"',
        "events",
        "An event is pushed elsewhere",
    ),
    Mistake(
        "the token is for somebody else",
        "pubsub.tf",
        "audience              = module.function[each.value.function].uri",
        'audience              = "https://${var.domain}"',
        "events",
        "or with a token for somebody else.",
    ),
    Mistake(
        "a schedule of its own",
        "scheduler.tf",
        "each.value.every.cron",
        '"*/5 * * * *"',
        "events",
        "A chore is not called as often as suite.yaml says.",
    ),
    Mistake(
        "functions are open to the internet",
        "modules/function/main.tf",
        '"ALLOW_INTERNAL_AND_GCLB" : "ALLOW_INTERNAL_ONLY"',
        '"ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"',
        "front_door",
        "A function can be reached past the front door.",
    ),
    Mistake(
        "whoever is not public is called by everybody",
        "functions.tf",
        'it.trigger == "http" ? "allUsers"',
        'it.trigger != "none" ? "allUsers"',
        "front_door",
        "Only a public function may be called by all users.",
    ),
    Mistake(
        "a backend without Cloud Armor",
        "front_door.tf",
        "  security_policy       = google_compute_security_policy.front_door[0].id\n",
        "",
        "front_door",
        "A function is reached past Cloud Armor.",
    ),
    Mistake(
        "short routes first",
        "front_door.tf",
        "routes = reverse(sort([",
        "routes = sort(([",
        "front_door",
        "A short route goes before a longer one",
    ),
    Mistake(
        "records of people are cached",
        "front_door.tf",
        "enable_cdn = can(each.value.cached)",
        'enable_cdn = each.key != "sms_inbound"',
        "front_door",
        "Something about a person would be cached for the next one.",
    ),
    Mistake(
        "one limit for all callers",
        "armor.tf",
        'enforce_on_key_type = "IP"',
        'enforce_on_key_type = "ALL"',
        "front_door",
        "one of them could shut out the country.",
    ),
    Mistake(
        "a bucket under Google's key",
        "storage.tf",
        'default_kms_key_name = google_kms_crypto_key.store["storage"].id',
        'default_kms_key_name = google_kms_crypto_key.store["logs"].id',
        "protection",
        "A bucket is not under our key.",
    ),
    Mistake(
        "events are stored anywhere",
        "pubsub.tf",
        "allowed_persistence_regions = [var.region]",
        'allowed_persistence_regions = [var.region, "us-central1"]',
        "protection",
        "Events may be stored in other regions.",
    ),
    Mistake(
        "Spanner's protection is off",
        "spanner.tf",
        "enable_drop_protection   = var.protected",
        "enable_drop_protection   = false",
        "protection",
        "Spanner's database can be deleted.",
    ),
    Mistake(
        "a bucket goes with what it holds",
        "storage.tf",
        "force_destroy = !var.protected",
        "force_destroy = true",
        "protection",
        "A bucket can be deleted with what it holds",
    ),
    Mistake(
        "chores go on while all sleeps",
        "scheduler.tf",
        "paused           = !var.awake",
        "paused           = false",
        "switches",
        "Chores go on, or their rest is told of as a failure.",
    ),
    Mistake(
        "applied without approval",
        "triggers.tf",
        'account = "deploy", approved = true',
        'account = "deploy", approved = false',
        "switches",
        "A build starts that nobody approved",
    ),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("tree"))


@pytest.fixture
def made(tree: Path, request: pytest.FixtureRequest) -> Iterator[Outcome]:
    """Make one mistake, see what terraform says of it, and put the file back."""
    mistake: Mistake = request.param
    file = tree / mistake.file
    kept = file.with_suffix(".kept")
    shutil.copy(file, kept)
    text = file.read_text("utf-8")
    assert mistake.right in text, f"{mistake.file} does not say it any more: amend this list"
    file.write_text(text.replace(mistake.right, mistake.wrong), "utf-8")
    try:
        yield terraform(tree, "test", f"-filter=tests/{mistake.tests}.tftest.hcl")
    finally:
        kept.replace(file)


def test_there_are_twenty_mistakes_at_least_and_no_two_alike() -> None:
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES) >= 20


@pytest.mark.parametrize(
    ("made", "mistake"), [(it, it) for it in MISTAKES], ids=[it.name for it in MISTAKES],
    indirect=["made"],
)  # fmt: skip
def test_a_mistake_is_told(made: Outcome, mistake: Mistake) -> None:
    assert not made.good
    assert mistake.says in made.says


def test_a_tree_without_mistakes_is_good(tree: Path) -> None:
    outcome = terraform(tree, "test")
    assert outcome.good, outcome.says[-2000:]
