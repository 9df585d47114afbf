"""Receipts: what became of messages, told to the sender's address until it says OK."""

import heapq
import itertools
import threading
import time
from dataclasses import dataclass, field

import requests

DELIVERED, UNDELIVERED = 404, 405
NAMES = {DELIVERED: "DELIVERED", UNDELIVERED: "UNDELIVERED"}
FIRST_RETRY_S, LONGEST_RETRY_S, MOST_TRIES = 1.0, 30.0, 20
TIMEOUT_S = 5
# A function answers in 10 ms or so; one teller would not keep up with 200 messages a second.
TELLERS = 8


@dataclass(slots=True)
class Receipt:
    """A receipt, and whom to tell it."""

    url: str
    message: str
    idx: str | None
    to: str
    status: int
    tries: int = 0

    def query(self) -> dict[str, str | int]:
        """Return the parameters of the call."""
        return {
            "MsgId": self.message,
            "status": self.status,
            "status_name": NAMES[self.status],
            "idx": self.idx or "",
            "donedate": int(time.time()),
            "to": self.to,
        }


@dataclass(order=True, slots=True)
class _Due:
    at: float
    order: int
    receipt: Receipt = field(compare=False)


class Receipts:
    """Those to be told, by the time they are due."""

    def __init__(self) -> None:
        self._due: list[_Due] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self.paused = False
        for _ in range(TELLERS):
            threading.Thread(target=self._tell, daemon=True).start()

    def plan(self, receipt: Receipt, after_s: float) -> None:
        """Tell a receipt, not before so many seconds."""
        with self._wake:
            due = _Due(time.monotonic() + after_s, next(self._order), receipt)
            heapq.heappush(self._due, due)
            self._wake.notify()

    def _tell(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while True:
                receipt = self._next()
                if self.paused:
                    self.plan(receipt, FIRST_RETRY_S)
                elif not _heard(session, receipt):
                    self._again(receipt)

    def _again(self, receipt: Receipt) -> None:
        if receipt.tries == MOST_TRIES:
            print(f"receipt of {receipt.message} to {masked(receipt.to)} given up", flush=True)
            return
        pause = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2**receipt.tries)
        receipt.tries += 1
        self.plan(receipt, pause)

    def _next(self) -> Receipt:
        with self._wake:
            while not self._due or self._due[0].at > time.monotonic():
                self._wake.wait(max(0.001, self._due[0].at - time.monotonic()) if self._due else 60)
            return heapq.heappop(self._due).receipt


def masked(number: str) -> str:
    """Return a phone number as a log may have it."""
    return f"…{number[-3:]}"


def _heard(session: requests.Session, receipt: Receipt) -> bool:
    try:
        answer = session.get(receipt.url, params=receipt.query(), timeout=TIMEOUT_S)
    except requests.RequestException:
        return False
    return answer.ok and answer.text.strip() == "OK"
