"""GET /healthz: which parts a function needs, and whether they answer."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import Literal, TypedDict

import orjson
from flask import Response

PATH = "/healthz"
FRESH_S = 1.0
LONGEST_S = 1.0

State = Literal["ok", "degraded", "down"]


class Findings(TypedDict):
    """What /healthz answers: `degraded` when a part is away that we can do without."""

    status: State
    checks: dict[str, str]


@dataclass(frozen=True, slots=True)
class Check:
    """A part of the world. `probe` returns when it is well and raises when it is not."""

    probe: Callable[[], object]
    needed: bool = True


class Health:
    """Asks all parts at once, each within a second, and remembers the findings for one."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        longest_s: float = LONGEST_S,
    ) -> None:
        self._checks = checks
        self._monotonic = monotonic
        self._longest_s = longest_s
        self._lock = Lock()
        self._findings: Findings = {"status": "ok", "checks": {}}
        self._until = float("-inf")
        self._pool: ThreadPoolExecutor | None = None
        self._asked: dict[str, Future[object]] = {}

    def findings(self) -> Findings:
        """Return how the parts are."""
        with self._lock:
            if self._monotonic() >= self._until:
                self._findings = self._ask()
                self._until = self._monotonic() + FRESH_S
            return self._findings

    def answer(self) -> Response:
        """Return the findings as HTTP: 503 when a needed part is down."""
        findings = self.findings()
        return Response(
            orjson.dumps(findings),
            503 if findings["status"] == "down" else 200,
            {"Content-Type": "application/json", "Cache-Control": "no-store"},
        )

    def _ask(self) -> Findings:
        if self._checks and self._pool is None:
            self._pool = ThreadPoolExecutor(len(self._checks), thread_name_prefix="health")
        for name, check in self._checks.items():
            asked = self._asked.get(name)
            # A probe that still hangs is not asked again: hanging threads would pile up.
            if self._pool and (asked is None or asked.done()):
                self._asked[name] = self._pool.submit(check.probe)
        deadline = self._monotonic() + self._longest_s
        well = {name: self._is_well(name, deadline) for name in self._checks}
        return {
            "status": self._status(well),
            "checks": {name: "ok" if fine else "down" for name, fine in well.items()},
        }

    def _is_well(self, name: str, deadline: float) -> bool:
        try:
            self._asked[name].result(max(0.0, deadline - self._monotonic()))
        except Exception:  # noqa: BLE001 - whatever a probe raises means that its part is not well
            return False
        return True

    def _status(self, well: Mapping[str, bool]) -> State:
        if any(check.needed and not well[name] for name, check in self._checks.items()):
            return "down"
        return "ok" if all(well.values()) else "degraded"
