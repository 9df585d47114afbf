import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from emulators.signing_in.login import LoginFailed, access_token
from emulators.suite.google_tools import ToolMissing
from emulators.suite.probes import answers
from tests.support.emulators import free_port, or_skip, server

pytestmark = pytest.mark.emulator
IDP = Path(__file__).resolve().parents[2] / "emulators/idp"
# An impossible PESEL of the domain reference: nobody is born in 2234.
PATIENT = {
    "name": "patient",
    "label": "Anna Przykładowa",
    "roles": ["patient"],
    "sub": "p-1",
    "pesel": "34671512344",
    "birthdate": "2234-07-15",
}
AGENT = {"name": "agent", "label": "Agentka", "roles": ["agent"], "sub": "a-1", "amr": ["otp"]}


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    or_skip(_is_installed)
    folder, port = tmp_path_factory.mktemp("idp"), free_port()
    personas = folder / "personas.json"
    personas.write_text(json.dumps({"personas": [PATIENT, AGENT]}))
    variables = {"PORT": str(port), "PERSONAS": str(personas), "KEYS_DIR": str(folder / "keys")}
    address = f"http://127.0.0.1:{port}"
    command = [shutil.which("node") or "node", str(IDP / "server.mjs")]
    with server(command, answers(f"{address}/healthz"), variables):
        yield address


def _is_installed() -> None:
    if not shutil.which("node") or not (IDP / "node_modules").exists():
        raise ToolMissing("the OpenID provider is not installed; emulators/setup.py installs it")


def claims(issuer: str, token: str) -> dict[str, object]:
    keys = KeySet.import_key_set(requests.get(f"{issuer}/jwks", timeout=5).json())
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


def test_a_persona_signs_in_as_a_browser_would(issuer: str) -> None:
    said = claims(issuer, access_token(issuer, "erejestracja", "patient"))
    assert said["aud"] == "erejestracja"
    assert said["iss"] == issuer
    assert (said["sub"], said["roles"], said["pesel"]) == ("p-1", ["patient"], PATIENT["pesel"])


def test_staff_have_no_pesel_and_a_second_factor(issuer: str) -> None:
    said = claims(issuer, access_token(issuer, "erejestracja", "agent"))
    assert "pesel" not in said
    assert said["amr"] == ["otp"]


def test_an_unknown_persona_is_not_let_in(issuer: str) -> None:
    with pytest.raises(LoginFailed):
        access_token(issuer, "erejestracja", "nobody")


def test_tokens_for_load_are_signed_with_the_same_key(issuer: str) -> None:
    subjects = [{"sub": f"load-{n}", "roles": ["patient"]} for n in range(20)]
    answer = requests.post(f"{issuer}/emulator/tokens", json={"subjects": subjects}, timeout=10)
    tokens = answer.json()["tokens"]
    assert [claims(issuer, token)["sub"] for token in tokens] == [s["sub"] for s in subjects]


def test_a_request_without_pkce_or_to_elsewhere_is_refused(issuer: str) -> None:
    asked = {
        "client_id": "erejestracja-cli",
        "response_type": "code",
        "scope": "openid",
        "redirect_uri": "http://127.0.0.1:1/callback",
    }
    plain = requests.get(f"{issuer}/auth", params=asked, allow_redirects=False, timeout=5)
    assert "error=invalid_request" in plain.headers["Location"]
    away = asked | {"redirect_uri": "http://127.0.0.1:2/callback"}
    foreign = requests.get(f"{issuer}/auth", params=away, allow_redirects=False, timeout=5)
    assert foreign.status_code == 400
