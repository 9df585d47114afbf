"""Command line of `emulators/demo`."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from emulators.signing_in.login import LoginFailed, access_token
from emulators.suite import environment
from emulators.suite.places import INSTALLED, State
from emulators.walkthrough import archive, steps
from emulators.walkthrough.caller import Caller, Phone, StepFailed
from emulators.walkthrough.texting import book_by_text

# Commit instants are Spanner's, whose clock need not be this one.
SLACK = timedelta(seconds=0.1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk, and return 0 if everything happened that should."""
    asked = _parser().parse_args(arguments)
    state = State(asked.state)
    variables = environment.load(state)
    if not variables:
        sys.exit("emulators/demo: the suite is not up; start it with emulators/up")
    # For BigQuery's own client.
    os.environ.update(variables)
    try:
        _walk(asked.persona, state, variables)
    except (StepFailed, LoginFailed) as failed:
        _say(f"\nFAILED: {failed}")
        return 1
    except requests.RequestException as failed:
        gone = type(failed).__name__
        _say(f"\nFAILED: a server does not answer ({gone}); is the suite up? see emulators/status")
        return 1
    _say("\nEverything happened that should have.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="emulators/demo",
        description="Walk one patient through the running suite, from outside: sign in, see what "
        "may be had, hold a place near home, book it, get the text message, move the visit, "
        "cancel it; book and cancel again by text message alone; then find each of these things "
        "in BigQuery. Ends with status 1 if one of them does not happen. Start the suite with "
        "emulators/up first.",
    )
    parser.add_argument(
        "--persona",
        default="patient",
        help="who walks (%(default)s); emulators/personas lists them",
    )
    parser.add_argument("--state", type=Path, default=INSTALLED, help=argparse.SUPPRESS)
    return parser


def _walk(name: str, state: State, variables: dict[str, str]) -> None:
    persona = _persona(name, state)
    with _step("Sign in", "log in with the national identity, as a browser would"):
        token = access_token(variables["OIDC_ISSUER"], variables["OIDC_AUDIENCE"], name)
        _say(f"  {persona['label']}")
    walk = steps.Walk(Caller(variables["PUBLIC_URL"], token), _indented, persona["postal_code"])
    with _step("Who am I", "GET /v1/me"):
        record = steps.see_record(walk)
        phone = Phone(variables["SMS_URL"], _number(record))
        steps.end_earlier_walk(walk, record, phone)
        offer = steps.best_offer(record)
    began = datetime.now(UTC) - SLACK
    with _step("Where", "GET /v1/slots:propose"):
        slots = steps.propose(walk, offer)
    with _step("Hold", "POST /v1/holds with criteria: find the best place and keep it"):
        held = steps.hold(walk, offer, slots[0])
    with _step("Book", "POST /v1/visits with Idempotency-Key, twice"):
        visit = steps.book(walk, offer, held)
        steps.read_message(walk, phone)
    with _step("Move", "POST /v1/visits/{visit}:move with If-Match"):
        visit = steps.move(walk, visit, offer)
        steps.read_message(walk, phone)
    with _step("Cancel", "POST /v1/visits/{visit}:cancel"):
        steps.cancel(walk, visit)
        steps.read_message(walk, phone)
    with _step("By text message alone", "the gateway's POST /sms/inbound, each message twice"):
        visit = book_by_text(walk, phone, persona)
        steps.cancel(walk, visit)
        steps.read_message(walk, phone)
    with _step("Archive", "each of these as a row in BigQuery"):
        _look_up(walk, began, variables["BIGQUERY_DATASET"])


def _look_up(walk: steps.Walk, began: datetime, dataset: str) -> None:
    rows, missing = archive.wait_for(walk.expected, walk.marks, began, dataset, _progress())
    for row in rows:
        delay = (row.received_at - row.occurred_at).total_seconds()
        at = f"{row.occurred_at:%H:%M:%S.%f}"
        where = f"  powiat {row.powiat}" if row.powiat else ""
        _say(f"  {at}  {row.type:<16} archived after {delay:4.1f} s{where}")
    if missing:
        raise StepFailed(f"not in BigQuery: {', '.join(missing)}")


def _progress() -> Any:
    shown = -1

    def show(found: int, of: int) -> None:
        nonlocal shown
        if found != shown:
            shown = found
            _say(f"  {found} of {of} rows are there")

    return show


def _persona(name: str, state: State) -> dict[str, Any]:
    if not state.personas.exists():
        raise StepFailed("there are no personas yet: emulators/up loads the test nation")
    known = {one["name"]: one for one in json.loads(state.personas.read_text("utf-8"))["personas"]}
    patients = [one for one, persona in known.items() if "pesel" in persona]
    if name not in patients:
        raise StepFailed(f"no patient {name!r}; there are: {', '.join(patients)}")
    found: dict[str, Any] = known[name]
    return found


def _number(record: dict[str, Any]) -> str:
    """Return the person's number as the gateway keeps it."""
    number: str | None = record["person"].get("phone")
    if not number:
        raise StepFailed("this person has left no phone number")
    return number.removeprefix("+")


@contextmanager
def _step(title: str, how: str) -> Iterator[None]:
    _say(f"\n{title}  ({how})")
    yield


def _indented(text: str) -> None:
    _say(f"  {text}")


def _say(text: str) -> None:
    print(text, flush=True)
