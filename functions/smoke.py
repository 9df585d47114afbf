"""Ask a deployed suite whether it is there: each function, from outside, as it was released.

    python -m functions.smoke --project PROJECT [--folder dist] [--within 600]

Three things hold of a good release: the platform runs each function from the very bundle of the
map; each route of a public function is answered by our edge, through the front door; and no
function answers but through it. Each is asked again until time is up.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from functions.bundle import MAP
from functions.release import Bundles, read_map

SUITE = Path(__file__).resolve().parent / "suite.yaml"
PLATFORM = "https://cloudfunctions.googleapis.com"
# gcloud's own variable for another address of this service.
ADDRESS = "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDFUNCTIONS"
# Only our edge writes this header; a load balancer's own page does not have it.
SIGNED = "X-Request-Id"
FAULTY = 500
# What Google answers for a function that callers from outside are kept from, or nobody.
CLOSED = (0, 403, 404)
ONE_REQUEST_S, PAUSE_S = 30, 5.0

Ask = Callable[[str, Mapping[str, str]], tuple[int, Message, bytes]]


@dataclass(frozen=True, slots=True)
class Deployed:
    """What terraform says it made (its outputs).

    `public_url` is empty where the front door is shut: a dev that sleeps, or maintenance.
    """

    project: str
    region: str
    public_url: str
    uris: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Check:
    """One question; `ask` returns what is wrong in words, or nothing."""

    name: str
    ask: Callable[[], str]


def get(url: str, headers: Mapping[str, str]) -> tuple[int, Message, bytes]:
    """Return status, headers and body of a GET; status 0 where nobody answers."""
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - terraform's own address
    try:
        with urllib.request.urlopen(request, timeout=ONE_REQUEST_S) as answer:  # noqa: S310
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()
    except OSError:
        return 0, Message(), b""


def checks(
    suite: Mapping[str, Any], deployed: Deployed, bundles: Bundles, platform: "Platform"
) -> Iterator[Check]:
    """Yield every question."""
    yield Check("each function runs its bundle", partial(platform.differs, deployed, bundles))
    for name, entry in suite["functions"].items():
        for route in entry.get("routes", ()) if deployed.public_url else ():
            url = deployed.public_url + route
            yield Check(f"{name} answers at {route}", partial(unanswered, url, platform.ask))
        uri = deployed.uris.get(name)
        if uri is None:
            yield Check(f"{name} is deployed", lambda: "terraform has no output for it")
        else:
            yield Check(f"{name} is closed", partial(reachable, uri, platform.ask))


def unanswered(url: str, ask: Ask) -> str:
    """Return what is wrong unless our edge answers; that it refuses is an answer, too."""
    status, headers, _ = ask(url, {})
    if status == 0:
        return "nobody answers"
    if status >= FAULTY:
        return f"answers {status}"
    return "" if headers.get(SIGNED) else f"somebody else answers ({status})"


def reachable(uri: str, ask: Ask) -> str:
    """Return what is wrong if a function answers at its own address."""
    status, headers, _ = ask(uri, {})
    closed = status in CLOSED and not headers.get(SIGNED)
    return "" if closed else f"answers {status} past the front door"


@dataclass(frozen=True, slots=True)
class Platform:
    """The list of functions that the platform runs."""

    address: str
    token: Callable[[], str]
    ask: Ask = get

    def differs(self, deployed: Deployed, bundles: Bundles) -> str:
        """Return which functions do not run, or not from the map's bundle."""
        found = {one["name"].rpartition("/")[2]: one for one in self.functions(deployed)}
        wrong = [
            f"{name} {self.state(found.get(name), bundle['object'])}"
            for name, bundle in bundles.items()
            if self.state(found.get(name), bundle["object"])
        ]
        return "; ".join(wrong)

    def functions(self, deployed: Deployed) -> Iterator[Mapping[str, Any]]:
        """Yield the functions of the region; none where the list cannot be had."""
        parent = f"projects/{deployed.project}/locations/{deployed.region}"
        page = ""
        while True:
            url = f"{self.address}/v2/{parent}/functions?pageSize=100&pageToken={page}"
            status, _, body = self.ask(url, {"Authorization": f"Bearer {self.token()}"})
            listed = json.loads(body) if status == 200 else {}  # noqa: PLR2004 - HTTP's own number
            yield from listed.get("functions", ())
            page = listed.get("nextPageToken", "")
            if not page:
                return

    @staticmethod
    def state(function: Mapping[str, Any] | None, wanted: str) -> str:
        """Return what is wrong with one function."""
        if function is None:
            return "is not there"
        if function["state"] != "ACTIVE":
            return f"is {function['state']}"
        source = function["buildConfig"]["source"]["storageSource"]["object"]
        return "" if source == wanted else f"runs {source}"


def run(asked: list[Check], within_s: float, pause: Callable[[float], None] = time.sleep) -> bool:
    """Ask until all is well or time is up, and say what came of each."""
    ends = time.monotonic() + within_s
    wrong = {check.name: check.ask() for check in asked}
    while any(wrong.values()) and time.monotonic() < ends:
        pause(PAUSE_S)
        wrong |= {check.name: check.ask() for check in asked if wrong[check.name]}
    for name, words in wrong.items():
        sys.stdout.write(f"{'WRONG' if words else 'ok':6}{name}{': ' if words else ''}{words}\n")
    return not any(wrong.values())


def read_outputs(project: str, file: Path) -> Deployed:
    """Return what `terraform output -json` says."""
    outputs = json.loads(file.read_text("utf-8"))
    said = {name: output["value"] for name, output in outputs.items()}
    uris = {name: function["uri"] for name, function in said["functions"].items()}
    url = "" if said.get("maintenance") else said["public_url"]
    return Deployed(project, said["region"], url, uris)


def own_token() -> str:
    """Return an access token of the account that the build runs as."""
    import google.auth
    from google.auth.transport.requests import Request

    scope = "https://www.googleapis.com/auth/cloud-platform"
    client: Any = google.auth  # it is typed in part only
    credentials, _ = client.default(scopes=[scope])
    credentials.refresh(Request())
    return str(credentials.token)


def main() -> int:
    """Check what the command line names; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m functions.smoke",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--folder", type=Path, default=Path("dist"), help="outputs and map")
    parser.add_argument("--project", required=True)
    parser.add_argument("--within", type=float, default=600, metavar="SECONDS")
    asked = parser.parse_args()
    deployed = read_outputs(asked.project, asked.folder / "outputs.json")
    suite = yaml.safe_load(SUITE.read_text("utf-8"))
    platform = Platform(os.environ.get(ADDRESS, PLATFORM).rstrip("/"), own_token)
    todo = list(checks(suite, deployed, read_map(asked.folder / MAP), platform))
    return 0 if run(todo, asked.within) else 1


if __name__ == "__main__":
    sys.exit(main())
