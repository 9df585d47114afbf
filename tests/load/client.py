"""An HTTP caller of the suite, as light as it can be, many at once."""

import time
from typing import Any

import aiohttp

from tests.load.people import Loader
from tests.load.report import Tally

ANSWER_WITHIN = aiohttp.ClientTimeout(total=30)


class Caller:
    """Calls the suite's front door and tallies each answer under its kind."""

    def __init__(self, session: aiohttp.ClientSession, base: str, tally: Tally) -> None:
        self._session = session
        self._base = base
        self._tally = tally

    async def call(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        due: float | None = None,
        person: Loader | None = None,
        body: Any = None,
        key: str | None = None,
    ) -> tuple[int, Any]:
        """Return status and JSON; status 0 means that no answer came."""
        began = due or time.monotonic()
        headers = {"Authorization": f"Bearer {person.token}"} if person else {}
        if key:
            headers["Idempotency-Key"] = key
        try:
            async with self._session.request(
                method, self._base + path, json=body, headers=headers, timeout=ANSWER_WITHIN
            ) as answer:
                said = await answer.json(content_type=None)
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as no:
            self._tally.note(kind, type(no).__name__, time.monotonic() - began)
            return 0, None
        outcome = str(status) if status < 300 else str((said or {}).get("code", status))
        self._tally.note(kind, outcome, time.monotonic() - began)
        return status, said
