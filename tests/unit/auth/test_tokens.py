"""Whom a token names, and which tokens name nobody."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from erejestracja.auth import patients, tokens
from erejestracja.auth.keys import ASK_AGAIN_S, FRESH_S, SigningKeys
from erejestracja.auth.settings import AuthSettings
from erejestracja.auth.tokens import AccessTokens
from erejestracja.domain import pesel
from erejestracja.domain.actor import Role
from erejestracja.domain.errors import Overloaded, Unauthenticated
from erejestracja.domain.ids import PointId

ISSUER = "https://login.example"
NOW = 1_800_000_000.0
SETTINGS = AuthSettings(issuer=ISSUER, audience="erejestracja", jwks_url=f"{ISSUER}/jwks")
RSA = RSAKey.generate_key(2048, {"kid": "r1", "use": "sig", "alg": "RS256"})
EC = ECKey.generate_key("P-256", {"kid": "e1", "use": "sig", "alg": "ES256"})
OTHER = RSAKey.generate_key(2048, {"kid": "r1"})
SECRET = OctKey.generate_key(256, {"kid": "o1"})
# Born in 2234 (domain reference 6.1): nobody's.
NOBODY = "34671512344"


class Provider:
    """Publishes keys; can be away; counts how often it was asked."""

    def __init__(self) -> None:
        self.keys: list[RSAKey | ECKey | OctKey] = [RSA, EC]
        self.away = False
        self.asked = 0
        self.clock = 0.0

    def fetch(self, _: str) -> bytes:
        self.asked += 1
        if self.away:
            raise OSError
        return json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()

    def signing_keys(self) -> SigningKeys:
        return SigningKeys("https://login.example/jwks", fetch=self.fetch, monotonic=self.time)

    def time(self) -> float:
        return self.clock


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture(autouse=True)
def _patient_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATIENT_KEY", "of-these-tests-only")
    patients._key.cache_clear()
    yield
    patients._key.cache_clear()


def claims(**changed: Any) -> dict[str, Any]:
    all_of_them = {
        "iss": ISSUER,
        "aud": "erejestracja",
        "sub": "opaque-1",
        "client_id": "cli",
        "iat": NOW - 10,
        "exp": NOW + 3600,
        "jti": "j",
        "roles": ["patient"],
        "pesel": NOBODY,
        "birthdate": "2234-07-15",
    } | changed
    return {name: value for name, value in all_of_them.items() if value is not ...}


def signed(
    key: RSAKey | ECKey | OctKey = RSA, header: dict[str, Any] | None = None, **changed: Any
) -> str:
    algorithm = {"RSA": "RS256", "EC": "ES256", "oct": "HS256"}[key.key_type]
    full = {"alg": algorithm, "kid": key.kid, "typ": "at+jwt"} | (header or {})
    return jwt.encode(full, claims(**changed), key, algorithms=["RS256", "ES256", "HS256"])


def verifier(provider: Provider, now: Callable[[], float] = lambda: NOW) -> AccessTokens:
    return AccessTokens(SETTINGS, provider.signing_keys(), now=now)


@pytest.mark.parametrize("key", [RSA, EC])
def test_a_good_token_names_a_patient(provider: Provider, key: RSAKey | ECKey) -> None:
    actor = verifier(provider).actor(signed(key))
    assert actor.subject == "opaque-1"
    assert actor.roles == {Role.PATIENT}
    assert actor.patient == patients.patient_id(NOBODY)
    assert actor.points == frozenset()


def test_staff_have_points_and_no_record(provider: Provider) -> None:
    token = signed(
        roles=["registrar", "astronaut", "telephone"], pesel=..., birthdate=..., points=["p1", 7]
    )
    actor = verifier(provider).actor(token)
    assert actor.roles == {Role.REGISTRAR}
    assert actor.patient is None
    assert actor.points == {PointId("p1")}


def test_a_coordinator_has_a_region(provider: Provider) -> None:
    facts: dict[str, Any] = {"roles": ["coordinator"], "pesel": ..., "birthdate": ...}
    regions = [
        verifier(provider).actor(signed(**facts, region=region)).region
        for region in ("14", "PL", ...)
    ]
    assert regions == ["14", "PL", None]


def test_several_audiences_may_include_ours(provider: Provider) -> None:
    assert verifier(provider).actor(signed(aud=["other", "erejestracja"])).subject == "opaque-1"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"iss": ...},
        {"aud": "other"},
        {"aud": ...},
        {"aud": {"erejestracja": 1}},
        {"exp": NOW - 31},
        {"exp": ...},
        {"exp": "soon"},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"nbf": NOW + 31},
        {"nbf": None},
        {"iat": NOW + 31},
        {"iat": ...},
        {"sub": ...},
        {"sub": ""},
        {"sub": 5},
        {"sub": NOBODY},
        {"roles": "patient"},
        {"points": "p1"},
        {"region": "99"},
        {"region": ["14"]},
        {"pesel": "34671512345"},
        {"pesel": ""},
        {"pesel": 5},
        {"pesel": ["x"]},
        {"birthdate": "2234-07-16"},
        {"birthdate": None},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_names_nobody(
    provider: Provider, changed: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        verifier(provider).actor(signed(**changed))


def test_clocks_may_differ_a_little(provider: Provider) -> None:
    token = signed(exp=NOW - 29, nbf=NOW + 29, iat=NOW + 29)
    assert verifier(provider).actor(token).subject == "opaque-1"


def test_a_token_for_something_else_names_nobody(provider: Provider) -> None:
    for typ in ("JWT", "logout+jwt", ""):
        with pytest.raises(Unauthenticated):
            verifier(provider).actor(signed(header={"typ": typ}))
    assert verifier(provider).actor(signed(header={"typ": "application/AT+JWT"}))


def test_a_signature_that_is_not_the_providers_names_nobody(provider: Provider) -> None:
    body = signed().rsplit(".", 1)[0]
    forged = [signed(OTHER), body + ".", body, signed()[:-3] + "abc", signed(SECRET)]
    for token in forged:
        with pytest.raises(Unauthenticated):
            verifier(provider).actor(token)


def part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def hand_made(algorithm: str, secret: bytes | None) -> str:
    header = {"alg": algorithm, "typ": "at+jwt", "kid": "r1"}
    body = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims()).encode())}"
    return f"{body}." + (part(hmac.digest(secret, body.encode(), "sha256")) if secret else "")


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS256", "RS512"])
def test_an_unsigned_token_names_nobody(provider: Provider, algorithm: str) -> None:
    with pytest.raises(Unauthenticated):
        verifier(provider).actor(hand_made(algorithm, None))


def test_the_public_key_is_no_shared_secret(provider: Provider) -> None:
    with pytest.raises(Unauthenticated):
        verifier(provider).actor(hand_made("HS256", RSA.as_pem(private=False)))


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda b: b.hex() + "." + b.hex() + "."))
def test_no_text_is_a_fault_of_ours(text: str) -> None:
    with pytest.raises(Unauthenticated):
        verifier(Provider()).actor(text)


def test_a_token_without_end_names_nobody(provider: Provider) -> None:
    with pytest.raises(Unauthenticated):
        verifier(provider).actor("a" * 8193)


def test_a_repeated_token_is_verified_once_and_ends_in_time(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [NOW]
    verified = verifier(provider, lambda: now[0])
    token = signed(exp=NOW + 100)
    first = verified.actor(token)
    monkeypatch.setattr(verified, "_verify", lambda _: pytest.fail("verified again"))
    assert verified.actor(token) is first
    monkeypatch.undo()
    now[0] = NOW + 131
    with pytest.raises(Unauthenticated):
        verified.actor(token)


def test_the_memory_of_tokens_is_bounded(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST_REMEMBERED", 2)
    verified = verifier(provider)
    for number in range(4):
        verified.actor(signed(sub=f"opaque-{number}"))
    assert len(verified._known) == 2


def test_a_new_key_is_fetched_when_it_is_first_used_but_not_for_each_unknown(
    provider: Provider,
) -> None:
    verified = verifier(provider)
    verified.actor(signed())
    new = RSAKey.generate_key(2048, {"kid": "r2"})
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            verified.actor(signed(new))
    assert provider.asked == 1
    provider.keys = [new]
    provider.clock += ASK_AGAIN_S
    assert verified.actor(signed(new)).subject == "opaque-1"
    assert provider.asked == 2
    with pytest.raises(Unauthenticated):
        verified.actor(signed(sub="of-the-old-key"))


def test_known_keys_serve_while_the_provider_is_away(provider: Provider) -> None:
    verified = verifier(provider)
    verified.actor(signed())
    provider.away = True
    provider.clock += FRESH_S * 3
    assert verified.actor(signed(sub="opaque-2")).subject == "opaque-2"


def test_who_has_a_key_does_not_wait_while_another_asks(provider: Provider) -> None:
    keys = provider.signing_keys()
    keys.get("r1")
    provider.clock += FRESH_S
    with keys._lock:
        assert keys.get("r1").kid == "r1"
    assert provider.asked == 1


def test_without_any_key_callers_are_asked_to_come_again(provider: Provider) -> None:
    provider.away = True
    verified = verifier(provider)
    for _ in range(3):
        with pytest.raises(Overloaded):
            verified.actor(signed())
    assert provider.asked == 1
    provider.away = False
    provider.clock += 1
    assert verified.actor(signed()).subject == "opaque-1"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{}",
        b"[]",
        b'{"keys": 5}',
        b'{"keys": []}',
        b'{"keys": ["x"]}',
        b'{"keys": [{"kty": "RSA", "kid": "r1"}]}',
        b'{"keys": [{"kty": "oct", "kid": "r1", "k": "c2VjcmV0"}]}',
        b"<html>",
    ],
)
def test_a_document_that_holds_no_keys_is_as_none(document: bytes) -> None:
    keys = SigningKeys("", fetch=lambda _: document, monotonic=lambda: 0.0)
    with pytest.raises(Overloaded):
        keys.get("r1")


def test_a_persons_own_birth_date_is_no_mismatch(provider: Provider) -> None:
    born = date(1959, 3, 4)
    own = pesel.generate(born, 1234)
    actor = verifier(provider).actor(signed(pesel=own.digits, birthdate=born.isoformat()))
    assert actor.patient == patients.patient_id(own.digits)
