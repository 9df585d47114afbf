"""docs/errors.md, from the table of answers: `python -m erejestracja.web.errors_page`."""

import json
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from erejestracja.domain.errors import (
    AlreadyBooked,
    ConsentMissing,
    HoldExpired,
    IdempotencyConflict,
    InvalidRequest,
    Lasting,
    NotAllowed,
    NotCovered,
    NotEligible,
    NotFound,
    NotOverridable,
    Overloaded,
    OverrideNotStanding,
    OverrideWaiting,
    RateLimited,
    Reason,
    Refusal,
    SecondPersonNeeded,
    SlotTaken,
    SwapStands,
    Unauthenticated,
    VersionMismatch,
)
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.supply import Shortage
from erejestracja.i18n.catalogue import catalogue
from erejestracja.web.problems import (
    ANSWERS,
    MEDIA_TYPE,
    Internal,
    MethodNotAllowed,
    document,
    summary,
)

PAGE = Path("docs/errors.md")
EXAMPLE_REQUEST = "7f3a9c21e0b54d6f8a1c2e3f4a5b6c7d"
EXAMPLES: Mapping[type[Refusal], Refusal] = {
    InvalidRequest: InvalidRequest({"criteria.radiusKm": "must be at most 1000"}),
    Unauthenticated: Unauthenticated(),
    NotAllowed: NotAllowed(),
    SecondPersonNeeded: SecondPersonNeeded(),
    NotFound: NotFound(),
    MethodNotAllowed: MethodNotAllowed("GET, HEAD, OPTIONS"),
    SlotTaken: SlotTaken(
        ({"id": "p1042-20261201-1-3", "startAt": "2026-12-01T08:15:00Z", "free": 2},)
    ),
    HoldExpired: HoldExpired(),
    AlreadyBooked: AlreadyBooked("mfrggzdfmztwq2lknnwg"),
    OverrideWaiting: OverrideWaiting(),
    OverrideNotStanding: OverrideNotStanding("lapsed"),
    SwapStands: SwapStands(Lasting.TAKEN),
    NotOverridable: NotOverridable(),
    VersionMismatch: VersionMismatch(),
    NotCovered: NotCovered([Shortage(date(2026, 12, 9), VaccineCode("cov19.pfizer"), 12)]),
    ConsentMissing: ConsentMissing("both"),
    NotEligible: NotEligible(Reason.INTERVAL, from_=date(2026, 12, 19), to=date(2027, 3, 1)),
    IdempotencyConflict: IdempotencyConflict(),
    RateLimited: RateLimited(retry_after=12),
    Internal: Internal(),
    Overloaded: Overloaded(retry_after=2),
}
INTRODUCTION = f"""# Errors

Every refusal is `{MEDIA_TYPE}` (RFC 9457): `type`, `title`, `status`, `code`, `detail`, `retry`,
`requestId`, and what the code needs beside. `code` is what programs go by; `title` and `detail`
are for people and follow `Accept-Language` (`pl` where it asks for nothing we have, `en`, `uk`).
`retry` says whether the same request may succeed later; where `Retry-After` is sent, not before.
A request with an `Idempotency-Key` may always be repeated: it has one effect.

This page is generated from `web/problems.py` by `python -m erejestracja.web.errors_page`.

| Code | Status | Retry | Also has | Meaning |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the page."""
    return INTRODUCTION + "".join(map(_row, ANSWERS)) + _reasons() + _example()


def _row(kind: type[Refusal]) -> str:
    status, retry = ANSWERS[kind]
    also = ", ".join(f"`{name}`" for name in EXAMPLES[kind].facts()) or "–"
    may = "yes" if retry else "no"
    return f"| `{kind.code}` | {status} | {may} | {also} | {summary(kind)} |\n"


def _reasons() -> str:
    texts = catalogue("en")
    rows = "".join(
        f"| `{reason}` | {texts.text(f'problem.not_eligible.detail.{reason}')} |\n"
        for reason in Reason
    )
    return (
        "\n## Why somebody is not eligible\n\n`reason` of `not_eligible`; `from` and `to` are local"
        f" days, where a date helps.\n\n| Reason | Meaning |\n|---|---|\n{rows}"
    )


def _example() -> str:
    _, body = document(EXAMPLES[NotEligible], "en", EXAMPLE_REQUEST)
    return f"\n## An example\n\n```json\n{json.dumps(body, indent=2)}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE}\n")
