"""The OpenID provider as browsers, our command and our verification meet it."""

import base64
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from emulators.signing_in import token as command
from emulators.signing_in.login import LoginFailed, access_token
from emulators.suite.places import State
from tests.support.emulators import free_port
from tests.support.openid import AGENT, PATIENT, listening, provider, write

pytestmark = pytest.mark.emulator
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("idp")
    write(folder, PATIENT, AGENT)
    with provider(folder) as address:
        yield address


def keys(issuer: str) -> KeySet:
    return KeySet.import_key_set(requests.get(f"{issuer}/jwks", timeout=5).json())


def read(token: str, with_keys: KeySet) -> jwt.Token:
    return jwt.decode(token, with_keys, algorithms=["RS256"])


def claims(issuer: str, token: str) -> dict[str, Any]:
    return dict(read(token, keys(issuer)).claims)


def begun(issuer: str, browser: requests.Session, **changes: str) -> requests.Response:
    """Ask for a login and stop at the page of personas, or where one is sent instead of it."""
    asked = {
        "client_id": "erejestracja-cli",
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:1/callback",
        "scope": "openid profile",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    sent = browser.get(f"{issuer}/auth", params=asked, allow_redirects=False, timeout=5)
    if "/login/" not in sent.headers.get("Location", ""):
        return sent
    return browser.get(sent.headers["Location"].replace("/login", f"{issuer}/login"), timeout=5)


def chosen(page: requests.Response, browser: requests.Session, **form: str) -> dict[str, list[str]]:
    """Press a button of the page, and return what the client is told."""
    answer = browser.post(page.url, data=form, allow_redirects=False, timeout=5)
    back = browser.get(answer.headers["Location"], allow_redirects=False, timeout=5)
    return parse_qs(urlsplit(back.headers["Location"]).query)


def test_a_persona_signs_in_as_a_browser_would(issuer: str) -> None:
    token = access_token(issuer, "erejestracja", "patient")
    said = claims(issuer, token)
    assert (said["aud"], said["iss"]) == ("erejestracja", issuer)
    wanted = {name: PATIENT[name] for name in PATIENT if name not in ("name", "label")}
    assert {name: said[name] for name in wanted} == wanted
    assert said["exp"] - said["iat"] == 8 * 3600
    assert read(token, keys(issuer)).header["typ"] == "at+jwt"


def test_staff_have_no_pesel_and_a_second_factor(issuer: str) -> None:
    said = claims(issuer, access_token(issuer, "erejestracja", "agent"))
    assert "pesel" not in said
    assert said["amr"] == ["otp"]


def test_an_unknown_persona_is_not_let_in(issuer: str) -> None:
    with pytest.raises(LoginFailed, match="access_denied"):
        access_token(issuer, "erejestracja", "nobody")


@pytest.mark.parametrize("error", ["access_denied", "temporarily_unavailable"])
def test_a_person_may_turn_back_and_the_node_may_fail(issuer: str, error: str) -> None:
    with requests.Session() as browser:
        page = begun(issuer, browser, state="s")
        assert chosen(page, browser, error=error)["error"] == [error]


def test_the_page_is_polish_and_says_it_is_an_emulator(issuer: str) -> None:
    with requests.Session() as browser:
        page = begun(issuer, browser).text
    assert '<html lang="pl">' in page
    assert "emulator" in page
    assert "Anna &#60;Przykładowa&#62;" in page
    assert PATIENT["pesel"] not in page


def test_a_login_that_is_over_is_explained(issuer: str) -> None:
    answer = requests.get(f"{issuer}/login/long-ago", timeout=5)
    assert answer.status_code == 400
    assert "spróbuj ponownie" in answer.text


def test_a_request_without_pkce_or_to_elsewhere_is_refused(issuer: str) -> None:
    with requests.Session() as browser:
        plain = begun(issuer, browser, code_challenge="", code_challenge_method="")
        assert "error=invalid_request" in plain.headers["Location"]
        for elsewhere in ("http://127.0.0.1:2/callback", "http://127.0.0.1:1/callback/more"):
            assert begun(issuer, browser, redirect_uri=elsewhere).status_code == 400


def test_a_code_is_worth_nothing_without_its_verifier(issuer: str) -> None:
    with requests.Session() as browser:
        code = chosen(begun(issuer, browser), browser, persona="patient")["code"][0]
    form = {"grant_type": "authorization_code", "client_id": "erejestracja-cli", "code": code}
    form |= {"redirect_uri": "http://127.0.0.1:1/callback", "code_verifier": "w" * 43}
    answer = requests.post(f"{issuer}/token", data=form, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_tokens_for_load_are_like_the_others(issuer: str) -> None:
    subjects = [PATIENT | {"sub": f"load-{number}"} for number in range(20)]
    answer = requests.post(f"{issuer}/emulator/tokens", json={"subjects": subjects}, timeout=10)
    known = keys(issuer)
    given = [read(token, known) for token in answer.json()["tokens"]]
    assert [token.claims["sub"] for token in given] == [one["sub"] for one in subjects]
    real = read(access_token(issuer, "erejestracja", "patient"), known)
    assert given[0].header == real.header
    theirs = {
        name: value for name, value in real.claims.items() if name not in ("jti", "iat", "exp")
    }
    ours = {
        name: value for name, value in given[0].claims.items() if name not in ("jti", "iat", "exp")
    }
    assert ours | {"sub": "p-1"} == theirs


@pytest.mark.parametrize("body", [b"{", b'{"subjects": 1}', b'{"subjects": [{"roles": []}]}'])
def test_tokens_for_nobody_are_refused(issuer: str, body: bytes) -> None:
    assert requests.post(f"{issuer}/emulator/tokens", data=body, timeout=5).status_code == 400


def test_the_nation_may_come_later_and_change(tmp_path: Path) -> None:
    with provider(tmp_path) as issuer:
        with requests.Session() as browser:
            assert "nie jest jeszcze wczytana" in begun(issuer, browser).text
        write(tmp_path, PATIENT)
        assert access_token(issuer, "erejestracja", "patient")
        write(tmp_path, AGENT)
        # Two writes within one tick of the file system's clock would look the same.
        os.utime(tmp_path / "personas.json", (time.time() + 1, time.time() + 1))
        with pytest.raises(LoginFailed):
            access_token(issuer, "erejestracja", "patient")


def test_tokens_outlive_a_restart_and_new_keys(tmp_path: Path) -> None:
    write(tmp_path, PATIENT)
    with provider(tmp_path) as issuer:
        old = access_token(issuer, "erejestracja", "patient")
    with provider(tmp_path) as issuer:
        before = keys(issuer)
        assert requests.post(f"{issuer}/emulator/rotate", timeout=5).ok
        new = access_token(issuer, "erejestracja", "patient")
        subjects = {"subjects": [PATIENT]}
        bulk = requests.post(f"{issuer}/emulator/tokens", json=subjects, timeout=5).json()["tokens"]
        for token in (old, new, *bulk):
            assert claims(issuer, token)["sub"] == "p-1"
        for token in (new, *bulk):
            with pytest.raises((JoseError, ValueError)):
                read(token, before)
        kinds = sorted(str(key.get("alg")) for key in keys(issuer).as_dict()["keys"])
        assert kinds == ["ES256", "ES256", "RS256", "RS256"]


def test_a_web_application_signs_a_person_in_and_out(tmp_path: Path) -> None:
    write(tmp_path, PATIENT)
    with listening() as (public, heard), provider(tmp_path, PUBLIC_URL=public) as issuer:
        web = {"client_id": "erejestracja-web", "redirect_uri": f"{public}/auth/callback"}
        with requests.Session() as browser:
            code = chosen(begun(issuer, browser, **web), browser, persona="patient")["code"][0]
            form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
            secret = ("erejestracja-web", "only-for-the-emulator")
            form |= {"redirect_uri": web["redirect_uri"]}
            answer = requests.post(f"{issuer}/token", data=form, auth=secret, timeout=5).json()
            identity = claims(issuer, answer["id_token"])
            assert (identity["sub"], identity["aud"]) == ("p-1", "erejestracja-web")
            assert identity["acr"] == PATIENT["acr"]
            assert claims(issuer, answer["access_token"])["pesel"] == PATIENT["pesel"]
            signed_out(issuer, browser, answer["id_token"], public)
        told = claims(issuer, heard[0]["logout_token"][0])
        assert (told["sub"], told["aud"]) == ("p-1", "erejestracja-web")


def signed_out(issuer: str, browser: requests.Session, id_token: str, public: str) -> None:
    asked = {"id_token_hint": id_token, "post_logout_redirect_uri": f"{public}/"}
    page = browser.get(f"{issuer}/session/end", params=asked, timeout=5)
    assert "Czy wylogować" in page.text
    xsrf = page.text.split('name="xsrf" value="')[1].split('"')[0]
    form = {"xsrf": xsrf, "logout": "yes"}
    done = browser.post(
        f"{issuer}/session/end/confirm", data=form, allow_redirects=False, timeout=5
    )
    assert done.headers["Location"] == f"{public}/"


@pytest.fixture
def state(issuer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    """Return a suite's files as the command finds them."""
    state = State(tmp_path)
    write(tmp_path, PATIENT | {"may": "book"}, AGENT)
    state.environment.write_text(f"OIDC_ISSUER={issuer}\nOIDC_AUDIENCE=erejestracja\n")
    monkeypatch.setattr(command, "State", lambda: state)
    for name in command.NEEDED:
        monkeypatch.delenv(name, raising=False)
    return state


def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """Run `emulators/token` with these words and return what it prints."""
    monkeypatch.setattr(sys, "argv", ["token", *words])
    command.main()
    return capsys.readouterr().out.strip()


def test_the_command_prints_a_token_and_keeps_it(
    state: State, issuer: str, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = said(capsys, monkeypatch, "patient")
    assert claims(issuer, token)["sub"] == "p-1"
    assert (state.tokens / "patient").stat().st_mode & 0o077 == 0
    assert said(capsys, monkeypatch, "patient") == token
    assert json.loads(said(capsys, monkeypatch, "patient", "--claims"))["roles"] == ["patient"]
    assert said(capsys, monkeypatch, "patient", "--fresh") != token


def test_a_token_near_its_end_or_of_others_is_not_handed_out(
    state: State, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = said(capsys, monkeypatch, "patient")
    with monkeypatch.context() as soon:
        soon.setattr(command, "LEAST_LEFT_S", 9 * 3600)
        assert said(capsys, monkeypatch, "patient") != token
    token = said(capsys, monkeypatch, "patient")
    os.utime(state.personas, (time.time() + 1, time.time() + 1))
    assert said(capsys, monkeypatch, "patient") != token


def test_the_command_says_what_is_missing(
    state: State, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match="no persona 'nobody'; there are: patient, agent"):
        said(capsys, monkeypatch, "nobody")
    monkeypatch.setenv("OIDC_ISSUER", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SystemExit, match="is the suite up"):
        said(capsys, monkeypatch, "patient")
    state.personas.unlink()
    with pytest.raises(SystemExit, match="no personas yet"):
        said(capsys, monkeypatch, "patient")
    monkeypatch.delenv("OIDC_ISSUER")
    state.environment.unlink()
    with pytest.raises(SystemExit, match="the suite is not up"):
        said(capsys, monkeypatch, "patient")


@pytest.mark.usefixtures("state")
def test_the_personas_are_listed_with_what_they_may(
    capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["personas"])
    command.personas()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split(maxsplit=1) == ["patient", PATIENT["label"]]
    assert lines[1].strip() == "book"
    monkeypatch.setattr(sys, "argv", ["personas", "--json"])
    command.personas()
    listed = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in listed] == ["patient", "agent"]
