"""One person calling the front door, and the text messages that reach their phone."""

import time
from dataclasses import dataclass
from typing import Any

import requests

ANSWER_WITHIN_S = 15
MESSAGE_WITHIN_S = 40
LOOK_EVERY_S = 0.5
# Where people write to (domain 2.1).
SERVICE = "48664908556"


class StepFailed(Exception):  # noqa: N818 - says what did not happen
    """Something that should have happened did not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how long it took."""

    status: int
    body: dict[str, Any]
    milliseconds: float


class Caller:
    """Calls the suite as one person."""

    def __init__(self, public_url: str, token: str) -> None:
        self._url = public_url
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: str) -> Answer:
        """Read. Raises StepFailed unless the answer is 200."""
        return self._call("GET", path, (200,), params=query)

    def post(
        self, path: str, body: dict[str, Any], expected: int, headers: dict[str, str] | None = None
    ) -> Answer:
        """Write. Raises StepFailed unless the answer is the expected one."""
        return self._call("POST", path, (expected,), json=body, headers=headers)

    def _call(self, method: str, path: str, expected: tuple[int, ...], **sent: Any) -> Answer:
        began = time.perf_counter()
        try:
            said = self._session.request(method, self._url + path, timeout=ANSWER_WITHIN_S, **sent)
        except requests.RequestException as failed:
            raise StepFailed(f"{method} {path}: no answer ({type(failed).__name__})") from failed
        took = (time.perf_counter() - began) * 1000
        if said.status_code not in expected:
            raise StepFailed(f"{method} {path}: {said.status_code} {said.text[:400]}")
        return Answer(said.status_code, said.json(), took)


class Phone:
    """The person's phone, as the gateway simulator has it."""

    def __init__(self, gateway_url: str, number: str) -> None:
        self._url = gateway_url
        self._number = number
        self._seen = {message["id"] for message in self._messages()}

    def write(self, text: str, copies: int) -> None:
        """Send a message to the suite's number, delivered so often at once. Raises StepFailed."""
        said = {"from": self._number, "to": SERVICE, "text": text, "copies": copies}
        try:
            heard = requests.post(
                f"{self._url}/emulator/reply", json=said, timeout=MESSAGE_WITHIN_S
            ).json()
        except requests.RequestException as failed:
            raise StepFailed(f"the gateway simulator: {type(failed).__name__}") from failed
        if not heard["heard"]:
            raise StepFailed(f"what the handset wrote was not heard: {heard['status']}")

    def next_message(self) -> dict[str, Any]:
        """Wait for a message that was not there before. Raises StepFailed."""
        give_up = time.monotonic() + MESSAGE_WITHIN_S
        while time.monotonic() < give_up:
            for message in self._messages():
                if message["id"] not in self._seen:
                    self._seen.add(message["id"])
                    return message
            time.sleep(LOOK_EVERY_S)
        raise StepFailed(f"no text message came within {MESSAGE_WITHIN_S} s")

    def _messages(self) -> list[dict[str, Any]]:
        try:
            said = requests.get(
                f"{self._url}/emulator/messages",
                params={"to": self._number},
                timeout=ANSWER_WITHIN_S,
            )
            said.raise_for_status()
        except requests.RequestException as failed:
            raise StepFailed(f"the gateway simulator: {type(failed).__name__}") from failed
        found: list[dict[str, Any]] = said.json()["messages"]
        return found
