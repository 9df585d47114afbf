"""Print a bearer token of a persona of the running suite."""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import requests
from joserfc import jws

from emulators.signing_in.login import LoginFailed, access_token
from emulators.suite import environment
from emulators.suite.places import State

# A token this close to its end is not handed out again.
LEAST_LEFT_S = 600
NEEDED = {"OIDC_ISSUER", "OIDC_AUDIENCE"}


def main() -> None:
    """Print a token, from the cache while it lasts."""
    asked = _parser().parse_args()
    state = State()
    variables = _variables(state)
    known = {one["name"]: one for one in _personas(state)}
    if asked.persona not in known:
        sys.exit(f"no persona {asked.persona!r}; there are: {', '.join(known)}")
    token = None if asked.fresh else _kept(state, asked.persona, variables["OIDC_ISSUER"])
    if token is None:
        try:
            token = access_token(
                variables["OIDC_ISSUER"], variables["OIDC_AUDIENCE"], asked.persona
            )
        except (LoginFailed, requests.RequestException) as failed:
            sys.exit(f"signing in failed: {failed}\nis the suite up? see emulators/status")
        _keep(state, asked.persona, token)
    print(json.dumps(claims_of(token), ensure_ascii=False, indent=2) if asked.claims else token)


def personas() -> None:
    """List the personas and what they may do."""
    parser = argparse.ArgumentParser(prog="emulators/personas", description=personas.__doc__)
    parser.add_argument("--json", action="store_true", help="as the provider has them")
    asked = parser.parse_args()
    known = _personas(State())
    if asked.json:
        print(json.dumps(known, ensure_ascii=False, indent=2))
        return
    width = max((len(one["name"]) for one in known), default=0)
    for one in known:
        print(f"{one['name']:<{width}}  {one['label']}")
        if one.get("may"):
            print(f"{'':<{width}}  {one['may']}")


def claims_of(token: str) -> dict[str, Any]:
    """Return what a token says, unverified: for a look, never for a decision."""
    claims: dict[str, Any] = json.loads(jws.extract_compact(token.encode()).payload)
    return claims


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="emulators/token", description=__doc__)
    parser.add_argument("persona", help="who to be; emulators/personas lists them")
    parser.add_argument("--fresh", action="store_true", help="sign in anew")
    parser.add_argument("--claims", action="store_true", help="print what the token says instead")
    return parser


def _variables(state: State) -> dict[str, str]:
    # What the caller's environment says comes first: another suite's provider, for example.
    named = {name: os.environ[name] for name in NEEDED if name in os.environ}
    variables = environment.load(state) | named
    if not variables.keys() >= NEEDED:
        sys.exit("the suite is not up: start it with emulators/up")
    return variables


def _personas(state: State) -> list[dict[str, Any]]:
    if not state.personas.exists():
        sys.exit("there are no personas yet: emulators/up loads the test nation")
    known: list[dict[str, Any]] = json.loads(state.personas.read_text("utf-8"))["personas"]
    return known


def _file(state: State, persona: str) -> Path:
    return state.tokens / persona


def _kept(state: State, persona: str, issuer: str) -> str | None:
    file = _file(state, persona)
    # Personas made anew are other people.
    if not file.exists() or file.stat().st_mtime < state.personas.stat().st_mtime:
        return None
    token = file.read_text()
    claims = claims_of(token)
    lasts = claims["exp"] - time.time() > LEAST_LEFT_S and claims["iss"] == issuer
    return token if lasts else None


def _keep(state: State, persona: str, token: str) -> None:
    file = _file(state, persona)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(token)


if __name__ == "__main__":
    main()
