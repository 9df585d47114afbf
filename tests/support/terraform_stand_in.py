"""A terraform that deploys nothing: it keeps what it was told last, and refuses a stale plan.

STAND_IN_STATE names its state (JSON: serial, bundles), which is also what the stand-in of the
platform answers by. With the first apply it makes the Spanner database, as terraform does.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

STATE = Path(os.environ["STAND_IN_STATE"])
LOCK = Path(".terraform.lock.hcl")


def main(words: list[str]) -> int:
    verb, *rest = words
    with STATE.with_suffix(".log").open("a") as log:
        log.write(f"{' '.join(words)}\n")
    done = {"init": init, "plan": plan, "show": show, "apply": apply, "output": output}
    return done[verb](rest) if verb in done else 0


def state() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(STATE.read_text())
    return found


def option(words: list[str], name: str) -> str:
    return [word.partition("=")[2] for word in words if word.startswith(f"{name}=")][-1]


def init(words: list[str]) -> int:
    if "-lockfile=readonly" in words:
        return 0 if LOCK.exists() else 1
    LOCK.write_text("# providers as they were when this was planned\n")
    return 0


def bundles(words: list[str]) -> Any:
    return json.loads(Path(option(words, "-var-file")).read_text())["bundles"]


def plan(words: list[str]) -> int:
    planned = {"serial": state()["serial"], "bundles": bundles(words)}
    Path(option(words, "-out")).write_text(json.dumps(planned))
    return 0


def show(words: list[str]) -> int:
    sys.stdout.write(os.environ.get("STAND_IN_PLAN", "{}") if "-json" in words else "plan\n")
    return 0


def apply(words: list[str]) -> int:
    now = state()
    if "-auto-approve" in words:
        wanted = bundles(words)
    else:
        planned = json.loads(Path(words[-1]).read_text())
        if planned["serial"] != now["serial"]:
            sys.stderr.write("Error: Saved plan is stale\n")
            return 1
        wanted = planned["bundles"]
    if not now["bundles"]:
        make_database()
    STATE.write_text(json.dumps(now | {"serial": now["serial"] + 1, "bundles": wanted}))
    return 0


def make_database() -> None:
    from google.cloud import spanner

    client = spanner.Client()
    config = f"{client.project_name}/instanceConfigs/emulator-config"
    name = os.environ["SPANNER_INSTANCE"]
    instance = client.instance(name, configuration_name=config, node_count=1)
    instance.create().result(30)
    instance.database(os.environ["SPANNER_DATABASE"]).create().result(30)


def output(_: list[str]) -> int:
    now = state()
    uris = {name: {"uri": f"{now['closed']}/{name}"} for name in now["bundles"]}
    said = {"region": "europe-central2", "public_url": now["front_door"], "functions": uris}
    sys.stdout.write(json.dumps({name: {"value": value} for name, value in said.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
