"""What one reads when the suite is up: where everything is, who one may be, what to try."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from emulators.suite.places import EMULATORS, ROOT
from emulators.suite.suite import Suite

MEGABYTE = 1_000_000
SHOWN_NAME = 22


def welcome(suite: Suite, seconds: float) -> str:
    """Return the closing words of a start."""
    count, memory = family()
    lines = [
        "",
        f"The suite is up after {seconds:.0f} s: {count} processes, {memory / MEGABYTE:,.0f} MB.",
        "",
        *_addresses(suite),
        *_personas(suite.state.personas),
        *_to_try(suite),
        "",
        "Ctrl-C stops all of it.",
    ]
    return "\n".join(lines)


def family() -> tuple[int, int]:
    """Return the number of our processes and the bytes they occupy, shared pages counted once."""
    count = memory = 0
    me = psutil.Process()
    for process in [me, *me.children(recursive=True)]:
        try:
            memory += process.memory_full_info().pss
        except psutil.Error:
            continue
        count += 1
    return count, memory


def personas(file: Path) -> list[Mapping[str, str]]:
    """Return the people one may log in as; none before the nation is loaded."""
    try:
        found: list[Mapping[str, str]] = json.loads(file.read_text("utf-8"))["personas"]
    except (OSError, ValueError, KeyError):
        return []
    return found


def _addresses(suite: Suite) -> Iterator[str]:
    variables, running = suite.variables, suite.processes
    known = {
        "front_door": ("front door", variables["PUBLIC_URL"]),
        "openid": ("log in", variables["OIDC_ISSUER"]),
        "sms_gateway": ("text messages", f"{variables['SMS_URL']}/emulator/messages"),
        "national_record": (
            "national record",
            f"{variables['RECORD_URL'].removesuffix('/fhir')}/emulator/immunizations",
        ),
        "spanner": ("Spanner", variables["SPANNER_EMULATOR_HOST"]),
        "pubsub": ("Pub/Sub", variables["PUBSUB_EMULATOR_HOST"]),
        "firestore": ("Firestore", variables["FIRESTORE_EMULATOR_HOST"]),
        "bigquery": ("BigQuery", variables["BIGQUERY_EMULATOR_HOST"]),
        "storage": ("Cloud Storage", variables["STORAGE_EMULATOR_HOST"]),
        "redis": ("Valkey", variables["REDIS_URL"]),
    }
    for name, (title, address) in known.items():
        if name in running:
            yield f"  {title:<{SHOWN_NAME}}{address}"
    yield f"  {'logs':<{SHOWN_NAME}}{_short(suite.state.logs)}"
    yield f"  {'variables':<{SHOWN_NAME}}{_short(suite.state.environment)}"


def _personas(file: Path) -> Iterator[str]:
    people = personas(file)
    if people:
        yield ""
        yield "Personas"
    for person in people:
        yield f"  {person.get('name', ''):<{SHOWN_NAME}}{person.get('label', '')}"


def _to_try(suite: Suite) -> Iterator[str]:
    yield ""
    yield "Try"
    if (EMULATORS / "demo").exists() and not suite.choices.only:
        yield "  emulators/demo                 one patient's way, step by step"
    if "search" in suite.processes:
        yield f"  curl '{suite.public_url}/v1/slots:propose?postalCode=00-950'"
    if "booking" in suite.processes:
        token = '"Authorization: Bearer $(emulators/token patient)"'
        yield f"  curl -H {token} {suite.public_url}/v1/me"
    yield "  emulators/status               processes, health, what waits"


def _short(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
