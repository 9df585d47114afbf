"""docs/events.md, from the table of events: `python -m erejestracja.events.page`."""

import sys
from pathlib import Path

from erejestracja.events.catalogue import EVENTS, Told

PAGE = Path("docs/events.md")
INTRODUCTION = """# Events

Facts, told after they became true. An event is a row of the outbox in the commit that made it
true; the function that committed publishes it to Pub/Sub, `outbox_relay` publishes it again where
that did not get through, and it leaves the outbox when `reporting` has archived it in BigQuery. So
it comes **at least once**, in no certain order, and possibly minutes late. A consumer has one
effect for each `id`.

A message is JSON, `{"id": …, "type": …, "data": {…}}`, with the attributes `type` and `committed`
(the commit instant, RFC 3339 with microseconds). `id` is the same however often the fact is told.
Nobody is named: `patient` is an opaque id, which statistics replace by a pseudonym of their own
(`REPORTING_KEY`); there are no names, numbers or texts of messages.

| Field | Meaning |
|---|---|
| `sessions`, `session` | whose places changed: point, local day, number |
| `slot`, `startsAt`, `day` | the slot of the visit or hold, its start, its day in Poland |
| `placesChanged` | whether places were taken or freed by this very change |
| `channel` | `web`, `sms`, `agent`, `point` or `system` |
| `segments` | what is paid for: parts of 160 or 70 characters (153 or 67 in longer messages) |
| `reason` | why a message was not sent, in one word: see below |
| `code` | the gateway's status code of a receipt |

Once a period `heartbeat` is told on the topic of that name, with no data, so that silence is known
to be silence. It is no fact, and not archived.

This page is generated from `events/catalogue.py` by `python -m erejestracja.events.page`.

| Type | Topic | What happened | `data` |
|---|---|---|---|
"""
REASONS = """
## Why a message was not sent

| Reason | Meaning |
|---|---|
| `no_phone` | the person gave no telephone number |
| `landline` | the number takes no messages |
| `superseded` | the visit has changed since; the change has a message of its own |
| `too_late` | the visit had begun, or the offer had run out |
| `text_refused`, `too_many_parts`, `number_refused`, `link_refused` | the gateway wants none |
| any other | the last of eight attempts failed for this reason |
"""


def page() -> str:
    """Return the page."""
    return INTRODUCTION + "".join(_row(kind, told) for kind, told in EVENTS.items()) + REASONS


def _row(kind: str, told: Told) -> str:
    fields = ", ".join(f"`{field}`" for field in told.fields)
    return f"| `{kind}` | `{told.topic}` | {told.says} | {fields} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE}\n")
