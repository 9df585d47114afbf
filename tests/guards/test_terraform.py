"""terraform/ and the rest of the tree say the same; read as text, so that it needs no terraform."""

import re
import shutil
import subprocess
from typing import Any

import pytest

from emulators.suite import environment
from erejestracja.storage.bigquery import provision
from erejestracja.web.clinic.application import point_application
from erejestracja.web.hotline.application import hotline_application
from erejestracja.web.patient.application import patient_application
from functions import describe
from tests.guards.tree import ROOT
from tests.support.cloudbuild import CLOUDBUILD
from tests.support.functions import SUITE
from tests.support.googlesql import columns_of
from tests.support.terraform_mistakes import MISTAKES
from tests.support.terraform_pages import README, page
from tests.support.terraform_text import FOLDER, blocks, code, local, source, variables_of

FUNCTIONS: dict[str, Any] = SUITE["functions"]
PUBLIC = {name for name, entry in FUNCTIONS.items() if entry.get("public")}
# Read by the platform and by libraries, not by us.
PLATFORM = {"SPANNER_DISABLE_BUILTIN_METRICS", "LOG_EXECUTION_ID", "THREADS"}
# Which settings a function cannot do without: what its parts in bootstrap are built from.
NEEDS = {
    "booking": {"AuthSettings", "BookingSettings", "PatientSettings", "ProxySettings"},
    "schedule": {
        "AuthSettings",
        "PatientSettings",
        "ProxySettings",
        "UpkeepSettings",
        "WebhookKeySettings",
    },
    "webhooks": {"WebhookKeySettings"},
    "vaccination": {"AuthSettings", "BookingSettings", "PatientSettings", "ProxySettings"},
    "hotline_web": {"BookingSettings", "PatientSettings", "ProxySettings", "WebSettings"},
    "identity": {"AuthSettings", "ProxySettings", "SignInSettings", "WebSettings"},
    "patient_web": {"BookingSettings", "ProxySettings", "WebSettings"},
    "point_web": {
        "BookingSettings",
        "PatientSettings",
        "ProxySettings",
        "UpkeepSettings",
        "WebSettings",
    },
    "search": {"ProxySettings"},
    "sms_inbound": {"BookingSettings", "PatientSettings", "ProxySettings"},
    "sms_dispatch": {"SmsSettings"},
    "record_export": {"RecordSettings"},
    "reporting": {"ReportingSettings"},
    "imports": {"ImportSettings", "PatientSettings"},
    "upkeep": {"BookingSettings", "UpkeepSettings"},
    "waiting_list": {"BookingSettings"},
}
ENVIRONMENTS = ("dev", "staging", "prod")


def settings() -> dict[str, set[str]]:
    """Return each settings class's variables."""
    return {
        kind.__name__: {describe.variable(kind, name, it) for name, it in kind.model_fields.items()}
        for kind in describe.settings_classes()
    }


def required(kind: str) -> set[str]:
    [found] = [one for one in describe.settings_classes() if one.__name__ == kind]
    fields = found.model_fields.items()
    return {describe.variable(found, name, field) for name, field in fields if field.is_required()}


def names(text: str) -> set[str]:
    """Return the environment variables that a text sets."""
    return set(re.findall(r"\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\s*=", text))


def given(function: str) -> set[str]:
    """Return the variables that terraform gives a function, secrets among them."""
    own = local("own_settings") + local("gateway_settings")
    block = re.search(rf"\b{function}\s*= \{{(.*?)\}}", own, re.DOTALL)
    readers = re.findall(r'^\s+([A-Z_]+)\s*= \["(.*?)"\]', local("readers"), re.MULTILINE)
    uses = FUNCTIONS[function]["uses"]
    return (
        names(local("every_setting"))
        | (names(local("public_settings")) if function in PUBLIC else set())
        | (names(block[1]) if block else set())
        | {variable for variable, to in readers if function in to.split('", "')}
        | ({"REDIS_URL"} if "redis" in uses else set())
        | ({"BIGQUERY_DATASET"} if "bigquery.write" in uses else set())
        | ({"IMPORTS_BUCKET"} if "storage.imports" in uses else set())
    )


def test_terraform_reads_the_one_description() -> None:
    wanted = 'yamldecode(file("${path.module}/../functions/suite.yaml"))'
    assert local("suite").strip() == wanted
    read = local("functions") + local("topics") + local("push")
    assert {"suite.functions", "suite.topics", "suite.push"} <= set(re.findall(r"suite\.\w+", read))


def test_no_name_of_the_description_is_written_out_where_it_is_read() -> None:
    files = ("suite", "functions", "pubsub", "scheduler")
    read = "\n".join((FOLDER / f"{file}.tf").read_text("utf-8") for file in files)
    quoted = set(re.findall(r'"([\w-]+)"', read))
    triggers = {entry["trigger"] for entry in FUNCTIONS.values()}
    assert not quoted & {*FUNCTIONS, *SUITE["topics"]} - triggers


def test_every_use_has_its_right() -> None:
    uses = {use for entry in FUNCTIONS.values() for use in entry["uses"]}
    written = code()
    for use in uses:
        whole, store = f'"{use}"', f'"{use.split(".")[0]}."'
        assert whole in written or store in written, f"nothing in terraform/ answers to {use}"


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_is_given_what_it_needs_and_nothing_that_nobody_reads(function: str) -> None:
    has = given(function)
    needed = set().union(*(required(kind) for kind in NEEDS.get(function, ())))
    assert needed <= has
    assert has - PLATFORM <= set().union(*settings().values())


def test_what_is_set_on_one_machine_is_set_in_the_cloud() -> None:
    ports = dict.fromkeys(("front_door", "openid", "redis", "sms_gateway", "national_record"), 1)
    keys = dict.fromkeys(environment.SECRETS, "x")
    here = set(environment.settings(ports, keys)) & set().union(*settings().values())
    assert here <= set().union(*map(given, FUNCTIONS))


def test_the_secrets_are_those_that_one_machine_makes_and_the_page_names() -> None:
    assert names(local("readers")) == set(environment.SECRETS)
    page = (ROOT / "docs/deploy/secrets.md").read_text("utf-8")
    for variable in environment.SECRETS:
        assert f"| `{variable.lower().replace('_', '-')}` | `{variable}` |" in page


def test_buckets_and_datasets_are_those_of_the_description() -> None:
    rules = re.findall(r"^    ([\w-]+)\s*= \{", local("bucket_rules"), re.MULTILINE)
    assert set(rules) == set(SUITE["buckets"])
    made = {b.says("for_each") for b in blocks("resource") if b.labels[1] == "suite"}
    assert {"local.suite.buckets", "local.suite.datasets"} <= made
    assert list(SUITE["datasets"]) == ["statistics"]


def test_statistics_have_the_same_tables_and_views_as_on_one_machine() -> None:
    folder = ROOT / "shared/erejestracja/storage/bigquery"
    assert {file.stem for file in (folder / "views").glob("*.sql")} == set(provision.VIEWS)
    text = (FOLDER / "bigquery.tf").read_text("utf-8")
    assert 'tables  = "${path.module}/../shared/erejestracja/storage/bigquery"' in text
    assert f"clustering          = {provision.CLUSTERS}".replace("'", '"') in text
    assert 'field = "occurred_at"' in text


def test_sums_are_over_the_view_that_the_marts_write_out() -> None:
    folder = ROOT / "shared/erejestracja/storage/bigquery/views"
    for name in provision.VIEWS[1:]:
        sql = (folder / f"{name}.sql").read_text("utf-8")
        assert sql.count("{dataset}") == sql.count("`{dataset}.events`") == 1


@pytest.mark.parametrize("name", provision.VIEWS[1:])
def test_bigquery_would_take_the_mart(name: str) -> None:
    # as bigquery.tf writes it: the view of events within the view of sums
    events = provision.view_sql("events", "project.statistics")
    sums = provision.view_sql(name, "statistics").replace("`statistics.events`", f"(\n{events})")
    tables = {"project.statistics.events_raw": provision.schema()}
    assert columns_of(sums, tables)[0] == "happened_on"
    written = '"(\\n${replace(local.view_sql["events"], "{dataset}", '
    assert written in (FOLDER / "bigquery.tf").read_text("utf-8")


def test_every_public_route_has_a_pace() -> None:
    # The gateway's own webhooks and one cached document are counted by the functions alone.
    free = {"/sms/inbound", "/sms/receipts", "/openapi.json"}
    paths = re.findall(r'paths = "(.*?)"', local("paces"))
    routes = {route for entry in FUNCTIONS.values() for route in entry.get("routes", ())}
    assert {route for route in routes if not any(re.search(p, route) for p in paths)} == free


def test_every_page_has_a_pace() -> None:
    # The same for everybody, kept by browsers, and counted by nobody.
    free = {"/assets/<path:name>", "/deklaracja-dostepnosci", "/prywatnosc", "/healthz"}
    paths = re.findall(r'paths = "(.*?)"', local("paces"))
    applications = (patient_application(), point_application(), hotline_application())
    pages = {rule.rule for one in applications for rule in one.url_map.iter_rules()}
    assert {page for page in pages if not any(re.search(p, page) for p in paths)} == free


def test_what_alerts_look_for_in_logs_is_what_functions_say() -> None:
    [said] = re.findall(r'jsonPayload\.message=\\"(.+?)\\"', source())
    assert f'"{said}"' in (ROOT / "shared/erejestracja/services/upkeep.py").read_text("utf-8")


def test_the_runtime_is_the_one_that_the_build_tests_with() -> None:
    [runtime] = re.findall(r'runtime\s*= "python(\d)(\d+)"', source(FOLDER / "modules/function"))
    images = {step["name"] for step in CLOUDBUILD["steps"] if step["name"].startswith("python:")}
    assert {image.split(":")[1].split("-")[0] for image in images} == {".".join(runtime)}


def test_nobody_has_a_primitive_role() -> None:
    modules = code() + code(FOLDER / "modules/function")
    assert not re.findall(r"roles/(?:owner|editor|viewer)\b", modules)


def test_everybody_is_named_only_where_the_front_door_needs_it() -> None:
    named = [f.name for f in FOLDER.glob("*.tf") if "allUsers" in f.read_text("utf-8")]
    assert sorted(named) == ["functions.tf", "storage.tf"]
    assert "allAuthenticatedUsers" not in code()


def test_a_policy_is_added_to_and_never_replaced() -> None:
    # _iam_policy and _iam_binding take away what Google's own services have.
    kinds = {block.labels[0] for block in blocks("resource")}
    assert not [kind for kind in kinds if kind.endswith(("_iam_policy", "_iam_binding"))]


@pytest.mark.parametrize("folder", [FOLDER, FOLDER / "modules/function"], ids=lambda f: f.name)
def test_variables_and_outputs_say_what_they_are(folder: Any) -> None:
    variables, outputs = list(blocks("variable", folder)), list(blocks("output", folder))
    assert variables
    assert outputs
    assert not [b.labels for b in [*variables, *outputs] if not b.says("description")]
    assert not [b.labels for b in variables if "  type" not in b.body]
    for these in (variables, outputs):
        assert [b.labels for b in these] == sorted(b.labels for b in these)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_sets_what_is_asked_for(name: str) -> None:
    declared = {block.labels[0]: block for block in blocks("variable")}
    optional = re.compile(r"^  default\s*=", re.MULTILINE)
    needed = {key for key, block in declared.items() if not optional.search(block.body)}
    said = variables_of(name)
    assert needed <= set(said) <= set(declared)
    assert said["environment"] == f'"{name}"'


def test_environments_share_no_project_and_no_domain() -> None:
    for variable in ("project", "domain"):
        assert len({variables_of(name)[variable] for name in ENVIRONMENTS}) == len(ENVIRONMENTS)


def test_only_dev_is_unprotected() -> None:
    assert [name for name in ENVIRONMENTS if variables_of(name).get("protected") == "false"] == [
        "dev"
    ]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_only_functions_are_scaled_and_chores_never_run_twice(name: str) -> None:
    scale = variables_of(name).get("scale", "")
    row = re.compile(r"^\s+(\w+)\s*= \{ min = \d+, max = (\d+) \}", re.MULTILINE)
    rows = dict(row.findall(scale))
    assert set(rows) <= set(FUNCTIONS)
    chores = {key for key, entry in FUNCTIONS.items() if entry["trigger"] == "schedule"}
    assert all(rows.get(chore, "1") == "1" for chore in chores)


def test_terraform_would_lay_it_out_the_same() -> None:
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not on the path")
    command = ["terraform", "fmt", "-check", "-recursive", str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout


def test_the_page_of_inputs_and_outputs_is_in_step() -> None:
    assert README.read_text("utf-8") == page(), "run python -m tests.support.terraform_pages"


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda it: it.name)
def test_a_mistake_on_the_list_could_still_be_made(mistake: Any) -> None:
    assert mistake.right in (FOLDER / mistake.file).read_text("utf-8")


def test_what_checkov_is_not_to_look_at_has_a_reason() -> None:
    skips = re.findall(r"checkov:skip=(\w+)(.*)", source() + source(FOLDER / "modules/function"))
    assert skips
    assert not [check for check, reason in skips if len(reason.split()) < 5]
