"""Signing in and out, with the real provider and real sessions."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from redis import Redis

from erejestracja.auth import patients
from erejestracja.auth.keys import SigningKeys
from erejestracja.auth.openid import OpenId
from erejestracja.auth.sessions import Sessions
from erejestracja.auth.settings import AuthSettings, SignInSettings
from erejestracja.auth.sign_in import SealedSignIns
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.errors import Overloaded
from erejestracja.settings import RedisSettings
from erejestracja.storage.redis.client import open_client
from erejestracja.storage.redis.sessions import RedisSessions
from tests.support import functions
from tests.support.builders import an_actor
from tests.support.desk import SetClock
from tests.support.openid import AGENT, PATIENT, listening, provider, write
from tests.support.web import WebSuite, a_session_of

pytestmark = pytest.mark.emulator
NAMES = {"given_name": "Ewa", "family_name": "Dyżurna"}
PERSONAS = (
    PATIENT | {"family_name": "Przykładowa"},
    AGENT | NAMES,
    AGENT | NAMES | {"name": "coordinator", "sub": "c-1", "roles": ["coordinator"], "region": "14"},
    AGENT | NAMES | {"name": "weak", "sub": "a-2", "amr": ["pwd"]},
    PATIENT | {"name": "nameless", "sub": "p-2"},
)
HTML = {"Accept": "text/html"}


@dataclass
class IdentitySuite(WebSuite):
    identities: Any = None
    sign_ins: SealedSignIns = field(default_factory=lambda: SealedSignIns("a key for tests"))
    clock: SetClock = field(default_factory=lambda: SetClock(datetime.now(UTC)))


@dataclass
class Web:
    """The function, its suite, and the provider's address."""

    client: Any
    suite: IdentitySuite
    issuer: str
    heard: list[dict[str, list[str]]]
    browser: requests.Session = field(default_factory=requests.Session)

    def go(self, **query: str) -> str:
        """Begin a sign-in; return where the browser is sent."""
        answer = self.client.get("/auth/login", query_string=query, headers=HTML)
        assert answer.status_code == 303
        return str(answer.location)

    def choose(self, address: str, **form: str) -> dict[str, str]:
        """Choose a persona at the provider; return what the browser brings back."""
        sent = self.browser.get(address, allow_redirects=False, timeout=5)
        page = self.browser.get(f"{self.issuer}{sent.headers['Location']}", timeout=5)
        done = self.browser.post(page.url, data=form, allow_redirects=False, timeout=5)
        back = self.browser.get(done.headers["Location"], allow_redirects=False, timeout=5)
        query = parse_qs(urlsplit(back.headers["Location"]).query)
        return {name: values[0] for name, values in query.items()}

    def back(self, query: dict[str, str]) -> Any:
        return self.client.get("/auth/callback", query_string=query, headers=HTML)

    def session(self) -> Any:
        cookie = self.client.get_cookie("__Host-session")
        return cookie and self.suite.sessions.get(cookie.value)


@pytest.fixture
def web(tmp_path: Path, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setenv("PATIENT_KEY", "of-these-tests-only")
    patients._key.cache_clear()
    write(tmp_path, *PERSONAS)
    with listening() as (public, heard), provider(tmp_path, PUBLIC_URL=public) as issuer:
        monkeypatch.setenv("OIDC_ISSUER", issuer)
        monkeypatch.setenv("OIDC_JWKS_URL", f"{issuer}/jwks")
        monkeypatch.setenv("OIDC_AUTHORIZE_URL", f"{issuer}/auth")
        monkeypatch.setenv("OIDC_TOKEN_URL", f"{issuer}/token")
        monkeypatch.setenv("OIDC_END_SESSION_URL", f"{issuer}/session/end")
        monkeypatch.setenv("OIDC_CLIENT_SECRET", "only-for-the-emulator")
        monkeypatch.setenv("PUBLIC_URL", public)
        keys = SigningKeys(f"{issuer}/jwks")
        suite = IdentitySuite(identities=OpenId(AuthSettings(), SignInSettings(), keys))
        sessions: Any = RedisSessions(redis, suite.clock)
        suite.sessions = sessions
        yield Web(functions.load("identity", suite), suite, issuer, heard)
    patients._key.cache_clear()


def signed_in(web: Web, persona: str = "patient", to: str = "/moje") -> Any:
    return web.back(web.choose(web.go(next=to), persona=persona))


def said(answer: Any) -> str:
    return re.sub(r"<[^>]+>", " ", answer.text)


class TestSigningIn:
    def test_a_person_comes_back_to_where_they_were_going(self, web: Web) -> None:
        answer = signed_in(web, to="/terminy?radius=25")
        assert (answer.status_code, answer.location) == (303, "/terminy?radius=25")
        found = web.session()
        assert found.actor.roles == {Role.PATIENT}
        assert found.actor.patient == patients.patient_id(PATIENT["pesel"])
        assert found.given_name == "Żaneta"

    @pytest.mark.parametrize(
        ("persona", "home"),
        [("patient", "/moje"), ("agent", "/infolinia"), ("coordinator", "/punkt/region")],
    )
    def test_who_was_going_nowhere_gets_home(self, web: Web, persona: str, home: str) -> None:
        assert signed_in(web, persona, to="/").location == home

    def test_a_coordinator_s_region_comes_with_them(self, web: Web) -> None:
        signed_in(web, "coordinator")
        assert web.session().actor.region == "14"

    def test_the_cookie_is_for_this_host_and_no_script(self, web: Web) -> None:
        cookies = signed_in(web).headers.getlist("Set-Cookie")
        [session] = [one for one in cookies if one.startswith("__Host-session=")]
        for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert part in session

    def test_the_store_signs_nobody_in(self, web: Web, redis: Redis) -> None:
        signed_in(web)
        session_id = web.client.get_cookie("__Host-session").value
        keys: Any = redis.keys("*")
        assert keys
        assert not [key for key in keys if session_id.encode() in key]

    def test_another_state_signs_nobody_in(self, web: Web) -> None:
        query = web.choose(web.go(), persona="patient")
        answer = web.back(query | {"state": "another"})
        assert answer.status_code == 403
        assert "zbyt długo albo zaczęło się w innej karcie" in said(answer)
        assert web.session() is None

    def test_a_browser_that_did_not_begin_is_not_signed_in(self, web: Web) -> None:
        query = web.choose(web.go(), persona="patient")
        web.client.delete_cookie("__Host-sign-in")
        assert web.back(query).status_code == 403

    def test_a_code_is_good_once(self, web: Web) -> None:
        query = web.choose(web.go(), persona="patient")
        kept = web.client.get_cookie("__Host-sign-in").value
        assert web.back(query).status_code == 303
        web.client.set_cookie("__Host-sign-in", kept)
        assert web.back(query).status_code == 403

    def test_another_nonce_signs_nobody_in(self, web: Web) -> None:
        query = web.choose(web.go(), persona="patient")
        sealed = web.client.get_cookie("__Host-sign-in").value
        known = web.suite.sign_ins._serializer().loads(sealed)
        known[1] = "another"
        web.client.set_cookie("__Host-sign-in", web.suite.sign_ins._serializer().dumps(known))
        assert web.back(query).status_code == 403

    def test_another_verifier_signs_nobody_in(self, web: Web) -> None:
        """Whoever has seen the code in an address cannot use it (PKCE)."""
        query = web.choose(web.go(), persona="patient")
        sealed = web.client.get_cookie("__Host-sign-in").value
        known = web.suite.sign_ins._serializer().loads(sealed)
        known[2] = "a" * 43
        web.client.set_cookie("__Host-sign-in", web.suite.sign_ins._serializer().dumps(known))
        assert web.back(query).status_code == 403
        assert web.session() is None

    def test_a_token_that_another_key_signed_signs_nobody_in(self, web: Web) -> None:
        signed_in(web)
        web.client.delete_cookie("__Host-session")
        keys = web.suite.identities._keys
        made_up = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"})
        keys._keys = dict.fromkeys(keys._keys, made_up)
        web.browser = requests.Session()
        assert signed_in(web).status_code == 403
        assert web.session() is None

    def test_a_lost_store_costs_one_sign_in_that_leads_back(self, web: Web, redis: Redis) -> None:
        signed_in(web)
        redis.flushall()
        assert web.session() is None
        web.browser = requests.Session()
        answer = signed_in(web, to="/wizyty/abc?done=moved")
        assert answer.location == "/wizyty/abc?done=moved"
        assert web.session() is not None

    def test_a_new_key_is_found(self, web: Web) -> None:
        signed_in(web)
        requests.post(f"{web.issuer}/emulator/rotate", timeout=5).raise_for_status()
        web.browser = requests.Session()
        # The keys are asked for again no sooner than this; a made-up key id must not do so.
        web.suite.identities._keys._ask_from = time.monotonic()
        assert signed_in(web).status_code == 303

    def test_each_sign_in_has_a_session_of_its_own(self, web: Web) -> None:
        signed_in(web)
        first = web.client.get_cookie("__Host-session").value
        web.browser = requests.Session()
        signed_in(web)
        assert web.client.get_cookie("__Host-session").value != first
        assert web.suite.sessions.get(first) is None

    @pytest.mark.parametrize(
        ("error", "status", "words"),
        [("access_denied", 200, "przerwane"), ("temporarily_unavailable", 503, "chwilowo")],
    )
    def test_what_went_wrong_there_is_said(
        self, web: Web, error: str, status: int, words: str
    ) -> None:
        answer = web.back(web.choose(web.go(), error=error))
        assert answer.status_code == status
        assert words in said(answer)

    def test_staff_without_a_second_factor_are_asked_again_once(self, web: Web) -> None:
        again = signed_in(web, "weak")
        assert again.status_code == 303
        assert "prompt=login" in again.location
        answer = web.back(web.choose(again.location, persona="weak"))
        assert answer.status_code == 403
        assert "drugiego składnika" in said(answer)

    def test_who_has_no_name_is_not_signed_in(self, web: Web) -> None:
        assert signed_in(web, "nameless").status_code == 403

    def test_a_provider_that_is_away_is_said_to_be(self, web: Web) -> None:
        query = web.choose(web.go(), persona="patient")
        settings = web.suite.identities._settings
        away = settings.model_copy(update={"token_url": "http://127.0.0.1:1/token"})
        web.suite.identities._settings = away
        answer = web.back(query)
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers


class TestSigningOut:
    def test_the_session_ends_and_the_provider_is_next(self, web: Web) -> None:
        signed_in(web)
        session_id = web.client.get_cookie("__Host-session").value
        token = web.suite.form_tokens.issue(session_id)
        headers = HTML | {"Sec-Fetch-Site": "same-origin"}
        answer = web.client.post("/auth/logout", data={"csrf_token": token}, headers=headers)
        assert answer.status_code == 200
        assert f"{web.issuer}/session/end" in answer.headers["Refresh"]
        # Addresses stay in histories and logs: nothing about the person is in this one.
        assert "eyJ" not in answer.headers["Refresh"]
        assert web.suite.sessions.get(session_id) is None

    def test_what_ends_there_ends_here(self, web: Web) -> None:
        signed_in(web)
        asked = {"client_id": "erejestracja-web"}
        page = web.browser.get(f"{web.issuer}/session/end", params=asked, timeout=5)
        xsrf = page.text.split('name="xsrf" value="')[1].split('"')[0]
        form = {"xsrf": xsrf, "logout": "yes"}
        web.browser.post(
            f"{web.issuer}/session/end/confirm", data=form, allow_redirects=False, timeout=5
        )
        told = {name: values[0] for name, values in web.heard[0].items()}
        assert web.session() is not None
        answer = web.client.post("/auth/backchannel-logout", data=told)
        assert answer.status_code == 200
        assert web.session() is None

    @pytest.mark.parametrize("change", ["key", "events", "nonce", "iat", "sid", "aud"])
    def test_what_the_provider_did_not_say_ends_nothing(self, web: Web, change: str) -> None:
        signed_in(web)
        found = web.session()
        key = RSAKey.generate_key(2048, {"kid": "made-up", "use": "sig", "alg": "RS256"})
        now = int(time.time())
        facts: dict[str, Any] = {
            "iss": web.issuer,
            "aud": "erejestracja-web",
            "iat": now - (1000 if change == "iat" else 0),
            "exp": now + 100,
            "sid": None if change == "sid" else found.sid,
            "events": {}
            if change == "events"
            else {"http://schemas.openid.net/event/backchannel-logout": {}},
        }
        facts |= {"nonce": "n"} if change == "nonce" else {}
        facts |= {"aud": "another"} if change == "aud" else {}
        if change != "key":
            web.suite.identities._keys._keys["made-up"] = key
        token = jwt.encode({"alg": "RS256", "kid": "made-up"}, facts, key)
        answer = web.client.post("/auth/backchannel-logout", data={"logout_token": token})
        assert answer.status_code == 400
        assert web.session() is not None

    def test_a_frame_of_the_provider_s_ends_the_session(self, web: Web) -> None:
        signed_in(web)
        sid = web.session().sid
        wrong = {"iss": "https://elsewhere.example", "sid": sid}
        assert web.client.get("/auth/frontchannel-logout", query_string=wrong).status_code == 400
        assert web.session() is not None
        right = {"iss": web.issuer, "sid": sid}
        answer = web.client.get("/auth/frontchannel-logout", query_string=right)
        assert f"frame-ancestors {web.issuer}" in answer.headers["Content-Security-Policy"]
        assert web.session() is None


class TestSessions:
    def test_are_kept_as_they_are(self, redis: Redis) -> None:
        clock = SetClock()
        sessions: Sessions = RedisSessions(redis, clock)
        session = a_session_of(an_actor(Role.MEDIC), sid="s")
        assert sessions.get(sessions.open(session)) == session
        region = a_session_of(Actor("c", frozenset({Role.COORDINATOR}), region="14"))
        assert sessions.get(sessions.open(region)) == region

    def test_live_while_they_are_used(self, redis: Redis) -> None:
        clock = SetClock()
        sessions = RedisSessions(redis, clock)
        began = clock.at
        session_id = sessions.open(a_session_of(an_actor()))
        for minutes in (20, 40, 60):
            clock.at = began + timedelta(minutes=minutes)
            assert sessions.get(session_id)
        clock.at += timedelta(minutes=30)
        assert sessions.get(session_id) is None

    @pytest.mark.parametrize(("role", "hours"), [(Role.PATIENT, 8), (Role.MEDIC, 10)])
    def test_end_however_much_they_are_used(self, redis: Redis, role: Role, hours: int) -> None:
        clock = SetClock()
        sessions = RedisSessions(redis, clock)
        began = clock.at
        session_id = sessions.open(a_session_of(an_actor(role)))
        for minutes in range(20, hours * 60, 20):
            clock.at = began + timedelta(minutes=minutes)
            assert sessions.get(session_id)
        clock.at = began + timedelta(hours=hours)
        assert sessions.get(session_id) is None

    def test_are_ended_once(self, redis: Redis) -> None:
        sessions = RedisSessions(redis, SetClock())
        session_id = sessions.open(a_session_of(an_actor(), sid="s"))
        assert sessions.end(session_id)
        assert sessions.end(session_id) is None
        assert sessions.get(session_id) is None

    def test_all_of_one_sign_in_end_together(self, redis: Redis) -> None:
        sessions = RedisSessions(redis, SetClock())
        both = [sessions.open(a_session_of(an_actor(), sid="s")) for _ in range(2)]
        other = sessions.open(a_session_of(an_actor(), sid="other"))
        assert sessions.end_all("s") == 2
        assert [sessions.get(one) for one in both] == [None, None]
        assert sessions.get(other)
        assert sessions.end_all("s") == 0

    def test_a_lost_store_means_to_sign_in_again(self, redis: Redis) -> None:
        sessions = RedisSessions(redis, SetClock())
        session_id = sessions.open(a_session_of(an_actor()))
        redis.flushall()
        assert sessions.get(session_id) is None

    def test_a_store_that_is_away_knows_nobody_and_takes_nobody(self) -> None:
        nowhere = open_client(RedisSettings(url=SecretStr("redis://127.0.0.1:1/0")))
        sessions = RedisSessions(nowhere, SetClock())
        assert sessions.get("any") is None
        for change in (
            lambda: sessions.open(a_session_of(an_actor())),
            lambda: sessions.end("any"),
            lambda: sessions.end_all("s"),
        ):
            with pytest.raises(Overloaded):
                change()
