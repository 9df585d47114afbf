"""docs/api.md, from routes and limits: `python -m erejestracja.web.api_page`."""

import sys
from pathlib import Path

from erejestracja.auth.limits import LIMITS, Limit
from erejestracja.web.api import tables
from erejestracja.web.reading import LARGEST_BODY
from erejestracja.web.routing import Route

PAGE = Path("docs/api.md")
INTRODUCTION = f"""# The HTTP interface

One front door for all functions: locally the address that `emulators/up` prints, in the cloud the
load balancer. `openapi.yaml` beside this page is the reference of fields, served at
`/openapi.json`; [errors.md](errors.md) lists the refusals. This page is generated from the routes
and limits in the code by `python -m erejestracja.web.api_page`.

## What all routes have in common

- JSON in camelCase. Instants are RFC 3339 in UTC (`2026-12-01T08:15:00Z`), days are local to
  Europe/Warsaw (`2026-12-01`), TERYT codes are text (`"14"`, `"1465"`), ids are opaque.
- Unknown fields and parameters are refused, and so are repeated fields, `NaN`, texts that are no
  UTF-8 and bodies over {LARGEST_BODY // 1024} KiB. A parameter without a value counts as absent.
- Nothing found is `200` with an empty list. Lists come in pages: `pageSize`, `pageToken`,
  `nextPageToken`. A read that may be stale says when it was true: `asOf`.
- Every answer has `X-Request-Id`: the caller's own where it sent 8 to 64 letters, digits, `-` or
  `_` (and no long number), a new one otherwise.
- `Accept-Language` (`pl`, `en`, `uk`) chooses the language of texts for people, of nothing else.
- `Idempotency-Key` makes a request safe to repeat. `If-Match` with an `ETag` changes only the
  version it was meant for; `If-None-Match` spares the answer when it is known already (`304`).
- `Cache-Control` is `no-store` but for the public reads that say otherwise.
- `HEAD` works where `GET` does, `OPTIONS` lists the methods, any other is `405` with `Allow`.
- `GET /healthz` of each function: `{{"status": "ok"|"degraded"|"down", "checks": {{…}}}}`; `503`
  when a part it needs is down, `degraded` when one is that it can do without.

## Who calls

`Authorization: Bearer <JWT>`: an access token after RFC 9068 of the configured OpenID provider,
signed with RS256 or ES256, verified through its published keys. `roles` says what the caller may
do, `pesel` (patients) whose record is theirs, `points` (staff) where they work. Locally
`emulators/token patient` prints one, and `emulators/personas` lists for whom.

"""


def page() -> str:
    """Return the page."""
    routes = "".join(_route(route) for table in tables() for route in table.all)
    limits = "".join(_limit(name, limit) for name, limit in LIMITS.items())
    return (
        f"{INTRODUCTION}## Routes\n\n| Route | | Who | Limit |\n|---|---|---|---|\n{routes}\n"
        "## Limits\n\nOver a limit the answer is `rate_limited` with `Retry-After`. A caller counts"
        " by identity, a stranger by address (of IPv6 the /64). Limits of one instance are"
        " counted there; the others together, and not at all while Redis is away.\n\n"
        f"| Limit | At once | Then | Counted | Because |\n|---|---|---|---|---|\n{limits}"
    )


def _route(route: Route) -> str:
    who = "everyone" if route.roles is None else ", ".join(sorted(route.roles)) or "any token"
    limit = f"`{route.limit}`" if route.limit else "–"
    return f"| `{route.method} {route.path}` | {route.summary} | {who} | {limit} |\n"


def _limit(name: str, limit: Limit) -> str:
    then = f"{1 / limit.every_s:g} a second" if limit.every_s < 1 else f"each {limit.every_s:g} s"
    where = "in each instance" if limit.local else "by all"
    return f"| `{name}` | {limit.burst} | {then} | {where} | {limit.why} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE}\n")
