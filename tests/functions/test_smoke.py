"""What is asked of a deployed suite, and what counts as an answer."""

import json
from collections.abc import Mapping
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
import yaml

from functions import smoke
from functions.bundle import MAP, map_text
from functions.smoke import Check, Deployed, Platform
from tests.support import platform_stand_in
from tests.support.functions import SUITE

DOOR = "https://door.example"
DEPLOYED = Deployed("p", "europe-central2", DOOR, {"booking": "https://booking.example"})
BUNDLES = {"booking": {"object": "booking-1.zip", "sha256": "1"}}
ONE = {"functions": {"booking": {"trigger": "http", "routes": ["/v1/holds"]}}}


class Outside:
    """The world a smoke test sees: status and signature by address; everything else is closed."""

    def __init__(self, answers: Mapping[str, tuple[int, bool]], listed: list[Any]) -> None:
        self.answers = answers
        self.listed = listed
        self.asked: list[str] = []

    def ask(self, url: str, headers: Mapping[str, str]) -> tuple[int, Message, bytes]:
        self.asked.append(url)
        if url.startswith("https://platform.example/v2/"):
            assert headers == {"Authorization": "Bearer t"}
            page = int(url.rpartition("pageToken=")[2] or 0)
            listed: dict[str, Any] = {"functions": self.listed[page : page + 1]}
            if page + 1 < len(self.listed):
                listed["nextPageToken"] = str(page + 1)
            return 200, Message(), json.dumps(listed).encode()
        status, signed = self.answers.get(url, (404, False))
        said = Message()
        if signed:
            said["x-request-id"] = "1"
        return status, said, b""


def running(name: str, source: str = "booking-1.zip", state: str = "ACTIVE") -> dict[str, Any]:
    where = {"storageSource": {"object": source}}
    path = f"projects/p/locations/europe-central2/functions/{name}"
    return {"name": path, "state": state, "buildConfig": {"source": where}}


def wrong(
    answers: Mapping[str, tuple[int, bool]], *listed: Any, deployed: Deployed = DEPLOYED
) -> dict[str, str]:
    outside = Outside(answers, list(listed))
    platform = Platform("https://platform.example", lambda: "t", outside.ask)
    asked = smoke.checks(ONE, deployed, BUNDLES, platform)
    return {check.name: words for check in asked if (words := check.ask())}


def test_a_good_release_passes_though_it_refuses_who_did_not_log_in() -> None:
    assert wrong({f"{DOOR}/v1/holds": (401, True)}, running("search"), running("booking")) == {}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((0, False), "nobody answers"),
        ((503, True), "answers 503"),
        ((404, False), "somebody else answers (404)"),
    ],
)
def test_a_route_has_to_be_answered_by_us(answer: tuple[int, bool], words: str) -> None:
    found = wrong({f"{DOOR}/v1/holds": answer}, running("booking"))
    assert found == {"booking answers at /v1/holds": words}


@pytest.mark.parametrize("answer", [(200, True), (404, True), (400, False)])
def test_a_function_must_not_answer_past_the_front_door(answer: tuple[int, bool]) -> None:
    open_door = {f"{DOOR}/v1/holds": (401, True)}
    found = wrong({**open_door, "https://booking.example": answer}, running("booking"))
    assert found == {"booking is closed": f"answers {answer[0]} past the front door"}


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ([], "booking is not there"),
        ([running("booking", state="FAILED")], "booking is FAILED"),
        ([running("booking", source="booking-0.zip")], "booking runs booking-0.zip"),
    ],
)
def test_the_platform_has_to_run_the_bundle_of_the_map(listed: list[Any], words: str) -> None:
    found = wrong({f"{DOOR}/v1/holds": (401, True)}, *listed)
    assert found == {"each function runs its bundle": words}


def test_a_function_that_terraform_does_not_know_is_told() -> None:
    nowhere = Deployed("p", "europe-central2", DOOR, {})
    found = wrong({f"{DOOR}/v1/holds": (401, True)}, running("booking"), deployed=nowhere)
    assert found == {"booking is deployed": "terraform has no output for it"}


def test_every_route_and_every_function_of_the_suite_is_asked_for() -> None:
    outside = Outside({}, [])
    uris = {name: f"https://{name}.example" for name in SUITE["functions"]}
    platform = Platform("https://platform.example", lambda: "t", outside.ask)
    suite = yaml.safe_load(smoke.SUITE.read_text("utf-8"))
    for check in smoke.checks(suite, Deployed("p", "l", DOOR, uris), {}, platform):
        check.ask()
    routes = [route for entry in suite["functions"].values() for route in entry.get("routes", ())]
    assert {f"{DOOR}{route}" for route in routes} <= set(outside.asked)
    assert set(uris.values()) <= set(outside.asked)


@pytest.mark.parametrize(
    ("url", "maintenance", "asked"), [(DOOR, False, DOOR), (DOOR, True, ""), ("", False, "")]
)
def test_a_front_door_that_is_shut_is_not_knocked_at(
    url: str, maintenance: bool, asked: str, tmp_path: Path
) -> None:
    outputs = {
        "region": "europe-central2",
        "public_url": url,
        "maintenance": maintenance,
        "functions": {"booking": {"uri": "https://booking.example"}},
    }
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({name: {"value": value} for name, value in outputs.items()}))
    deployed = smoke.read_outputs("p", file)
    assert deployed.public_url == asked
    names = [check.name for check in smoke.checks(ONE, deployed, BUNDLES, Platform("", lambda: ""))]
    assert ("booking answers at /v1/holds" in names) is bool(asked)
    assert "booking is closed" in names


def test_what_is_not_well_yet_is_asked_again_and_what_is_well_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers = {"slow": ["not yet", "not yet", ""], "quick": [""]}
    todo = [Check(name, lambda said=said: said.pop(0)) for name, said in answers.items()]  # type: ignore[misc]
    pauses: list[float] = []
    assert smoke.run(todo, 60, pauses.append)
    assert len(pauses) == 2
    assert capsys.readouterr().out == "ok    slow\nok    quick\n"


def test_when_time_is_up_what_is_wrong_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert not smoke.run([Check("door", lambda: "nobody answers")], 0)
    assert capsys.readouterr().out == "WRONG door: nobody answers\n"


@pytest.mark.parametrize(("broken", "code"), [(False, 0), (True, 1)])
def test_the_command_tells_a_good_release_from_a_broken_one(
    broken: bool, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = {name: {"object": f"{name}.zip", "sha256": "1"} for name in SUITE["functions"]}
    (tmp_path / "state.json").write_text(json.dumps({"bundles": deployed}))
    (tmp_path / MAP).write_text(map_text(deployed))
    with platform_stand_in.deployed(tmp_path / "state.json") as (door, deployment):
        deployment.broken = {"booking.zip"} if broken else set()
        uris = {name: {"uri": f"{door}/closed/{name}"} for name in deployed}
        outputs = {"region": "europe-central2", "public_url": door, "functions": uris}
        said = json.dumps({name: {"value": value} for name, value in outputs.items()})
        (tmp_path / "outputs.json").write_text(said)
        monkeypatch.setattr(smoke, "own_token", lambda: "t")
        monkeypatch.setenv(smoke.ADDRESS, f"{door}/")
        words = ["smoke", "--folder", str(tmp_path), "--project", "p", "--within", "0"]
        monkeypatch.setattr("sys.argv", words)
        assert smoke.main() == code


def test_an_address_where_nobody_listens_has_status_zero() -> None:
    assert smoke.get("http://127.0.0.1:1/", {})[0] == 0
