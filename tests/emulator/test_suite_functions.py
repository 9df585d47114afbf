"""Functions behind the front door, their events and schedules, and what is lost and made again."""

import base64
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
import requests

from emulators.suite.dead_letters import DeadLetters
from emulators.suite.probes import answers, call, status, wait_for
from emulators.suite.provision import Topics
from emulators.suite.suite import Choices, Suite

pytestmark = pytest.mark.emulator

DESCRIPTION = """
functions:
  shop: {trigger: http, public: true, routes: [/v1/points, /v1/slots], uses: [redis]}
  far: {trigger: http, public: true, routes: [/v1/points/far], threads: 1}
  till: {trigger: events, topics: [sales], threads: 2}
  clock: {trigger: schedule, every: {cron: "* * * * *", seconds: 0.2}, threads: 1}
topics:
  sales: {says: Something was sold}
push: {ack_deadline_s: 10, max_delivery_attempts: 5, min_backoff_s: 0, max_backoff_s: 1}
"""
ECHO = """
import functions_framework
import os

@functions_framework.http
def NAME(request):
    return {"function": "NAME", "pid": os.getpid(), "headers": dict(request.headers)}
"""
TILL = """
import functions_framework

SEEN = []
MENDED = []
@functions_framework.http
def till(request):
    if request.path == "/healthz":
        return {"status": "ok", "seen": SEEN}
    if request.path == "/mend":
        return {"mended": MENDED.append(True)}
    push = request.get_json()
    attributes = push["message"].get("attributes", {})
    if attributes.get("broken") == "yes" and not MENDED:
        raise ValueError("cannot be dealt with")
    SEEN.append([push["subscription"], attributes])
    return "", 204
"""
CLOCK = """
import functions_framework
import time

TIMES = []

@functions_framework.http
def clock(request):
    if request.method == "GET":
        return {"times": TIMES}
    TIMES.append([time.time()])
    time.sleep(0.5)
    TIMES[-1].append(time.time())
    return {}
"""
WITHIN_S = 20


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    """Return a running suite of four tiny functions; `shop` stands before what is nearer."""
    folder = tmp_path_factory.mktemp("functions")
    sources = {name: ECHO.replace("NAME", name) for name in ("shop", "far")}
    for name, source in {**sources, "till": TILL, "clock": CLOCK}.items():
        (folder / name).mkdir()
        (folder / name / "main.py").write_text(source)
    (folder / "suite.yaml").write_text(DESCRIPTION)
    only = ("shop", "far", "till", "clock")
    choices = Choices(only=only, functions=folder, free_ports=True)
    with Suite(choices, state=tmp_path_factory.mktemp("state")) as running:
        yield running


def ask(url: str, **request: Any) -> requests.Response:
    return requests.request(request.pop("method", "GET"), url, timeout=10, **request)


def seen(suite: Suite) -> list[Any]:
    found: list[Any] = call("GET", f"http://127.0.0.1:{suite.ports['till']}/healthz")["seen"]
    return found


def publish(suite: Suite, **attributes: str) -> None:
    topics = Topics(f"http://127.0.0.1:{suite.ports['pubsub']}")
    data = base64.b64encode(b"{}").decode()
    topics.publish("sales", [{"data": data, "attributes": attributes}])


@pytest.mark.parametrize(
    ("path", "function"),
    [
        ("/v1/points", "shop"),
        ("/v1/points/W-1?x=1", "shop"),
        ("/v1/points/far", "far"),
        ("/v1/points/far/away", "far"),
        ("/v1/points/farther", "shop"),
        ("/v1/slots:propose", "shop"),
    ],
)
def test_the_longest_route_wins(suite: Suite, path: str, function: str) -> None:
    answer = ask(suite.public_url + path)

    assert (answer.status_code, answer.json()["function"]) == (200, function)


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/slotsx", "/V1/slots", "/till"])
def test_what_no_function_serves_is_a_problem_document(suite: Suite, path: str) -> None:
    answer = ask(suite.public_url + path)

    assert answer.status_code == answer.json()["status"] == 404
    assert answer.json()["code"] == "not_found"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-Id"] == answer.json()["requestId"]


def test_nobody_can_write_his_own_address(suite: Suite) -> None:
    answer = ask(f"{suite.public_url}/v1/points", headers={"X-Forwarded-For": "10.9.8.7"})

    assert answer.json()["headers"]["X-Forwarded-For"] == "127.0.0.1"


def test_a_sane_request_id_is_passed_on_and_another_replaced(suite: Suite) -> None:
    def passed_on(**headers: str) -> str:
        answer = ask(f"{suite.public_url}/v1/points", headers=headers)
        return str(answer.json()["headers"]["X-Request-Id"])

    assert passed_on(**{"X-Request-Id": "call-17"}) == "call-17"
    strange, absent = passed_on(**{"X-Request-Id": 'x"} {' * 30}), passed_on()
    assert len(strange) == len(absent) == 32
    assert strange != absent


def test_a_malformed_address_is_a_problem_document(suite: Suite) -> None:
    with socket.create_connection(("127.0.0.1", suite.ports["front_door"])) as caller:
        caller.sendall(b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n")
        said = caller.makefile("rb").read()

    assert said.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"invalid_request"' in said


def test_a_body_that_is_too_large_is_refused(suite: Suite) -> None:
    answer = ask(f"{suite.public_url}/v1/points", method="POST", data=b"x" * 2_000_000)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_a_killed_function_is_back_and_callers_are_told_to_retry(suite: Suite) -> None:
    url = f"{suite.public_url}/v1/points/far"
    keeper = suite.processes["far"]
    before = keeper.restarts
    assert keeper.pid

    os.killpg(keeper.pid, signal.SIGKILL)
    answered = [ask(url) for _ in range(3)]

    for answer in answered:
        refused = answer.status_code == 503 and answer.json()["code"] == "overloaded"
        assert answer.ok or (refused and answer.headers["Retry-After"] == "1")
    assert wait_for(answers(url), timeout_s=WITHIN_S)
    assert keeper.restarts == before + 1


def test_a_killed_front_door_is_back_on_its_address(suite: Suite) -> None:
    front_door = suite.processes["front_door"]
    killed = front_door.pid
    assert killed

    os.kill(killed, signal.SIGKILL)

    url = f"{suite.public_url}/v1/points"
    assert wait_for(lambda: front_door.pid != killed and status(url) == 200, timeout_s=WITHIN_S)


def test_an_event_reaches_its_function_with_its_topic(suite: Suite) -> None:
    publish(suite, number="1")

    assert wait_for(lambda: any(a == {"number": "1"} for _, a in seen(suite)), timeout_s=WITHIN_S)
    by = next(by for by, attributes in seen(suite) if attributes == {"number": "1"})
    assert by.endswith("/subscriptions/sales-till")


def test_a_restarted_pubsub_has_its_topics_and_subscriptions_again(suite: Suite) -> None:
    pubsub = suite.processes["pubsub"]
    killed = pubsub.pid
    assert killed
    os.killpg(killed, signal.SIGKILL)

    def arrives() -> bool:
        # As the outbox does: again and again until it is known to have arrived.
        with suppress(OSError):
            publish(suite, number="2")
        return any(attributes == {"number": "2"} for _, attributes in seen(suite))

    assert wait_for(arrives, timeout_s=WITHIN_S)
    assert pubsub.pid != killed


def test_a_scheduled_function_is_called_again_and_again_but_never_twice_at_once(
    suite: Suite,
) -> None:
    url = f"http://127.0.0.1:{suite.ports['clock']}/"

    def calls() -> list[list[float]]:
        return [one for one in call("GET", url)["times"] if len(one) == 2]

    assert wait_for(lambda: len(calls()) >= 3, timeout_s=WITHIN_S)
    done = calls()
    assert all(later[0] >= earlier[1] for earlier, later in pairwise(done))


def test_what_cannot_be_delivered_waits_as_a_dead_letter_and_can_be_replayed(suite: Suite) -> None:
    letters = DeadLetters(Topics(f"http://127.0.0.1:{suite.ports['pubsub']}"), "sales")
    publish(suite, broken="yes", number="3")
    assert wait_for(lambda: letters.count(10).messages == 1, timeout_s=WITHIN_S * 2)

    call("GET", f"http://127.0.0.1:{suite.ports['till']}/mend")

    replayed = letters.replay(10)

    assert (replayed.messages, replayed.more) == (1, False)
    as_it_was = {"broken": "yes", "number": "3"}
    assert wait_for(lambda: any(a == as_it_was for _, a in seen(suite)), timeout_s=WITHIN_S)
    assert letters.count(10).messages == 0
