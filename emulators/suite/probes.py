"""Is it ready? Asked of the thing itself, not guessed from time."""

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from emulators.suite.ports import HOST

Probe = Callable[[], bool]
PAUSE_S = 0.05


def listens(port: int) -> Probe:
    """Return a probe: something accepts connections on the port."""

    def probe() -> bool:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            return False
        return True

    return probe


def answers(url: str, *, timeout_s: float = 3) -> Probe:
    """Return a probe: a GET answers 200."""

    def probe() -> bool:
        return status(url, timeout_s=timeout_s) == 200  # noqa: PLR2004 - HTTP's own number

    return probe


def status(url: str, *, timeout_s: float = 3) -> int:
    """Return the status of a GET, 0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:  # noqa: S310 - our own address
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except (OSError, ValueError):
        return 0


def call(method: str, url: str, body: Any = None, *, timeout_s: float = 10) -> Any:
    """Send JSON, return the JSON that comes back. Raises urllib.error.HTTPError, OSError."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - our own address
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310
        text = answer.read()
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return {}


def wait_for(probe: Probe, *, timeout_s: float, unless: Probe = lambda: False) -> bool:
    """Ask until it is ready; False when time is up or `unless` says it never will be."""
    deadline = time.monotonic() + timeout_s
    while not probe():
        if unless() or time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_S)
    return True
