"""The authorization code flow with PKCE (RFC 7636) against the local OpenID provider."""

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

CLIENT = "erejestracja-cli"
REDIRECT = "http://127.0.0.1:1/callback"
TIMEOUT_S = 10
MOST_STEPS = 10


class LoginFailed(Exception):  # noqa: N818 - says why nobody is signed in
    """The provider did not let the persona in."""


def access_token(issuer: str, audience: str, persona: str) -> str:
    """Return a bearer token of a persona. Raises LoginFailed or requests' own errors."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    with requests.Session() as browser:
        code = _code(browser, issuer, audience, persona, _text(digest))
        answer = browser.post(
            f"{issuer}/token",
            data={
                "grant_type": "authorization_code",
                "client_id": CLIENT,
                "code": code,
                "redirect_uri": REDIRECT,
                "code_verifier": verifier,
            },
            timeout=TIMEOUT_S,
        )
    if not answer.ok:
        raise LoginFailed(f"the provider gave no token: {answer.text[:200]}")
    return str(answer.json()["access_token"])


def _code(
    browser: requests.Session, issuer: str, audience: str, persona: str, challenge: str
) -> str:
    """Walk through the provider's pages as a browser would, choosing the persona on the way."""
    state = secrets.token_urlsafe(16)
    asked = {
        "client_id": CLIENT,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": "openid profile",
        "resource": f"urn:{audience}",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "state": state,
    }
    answer = browser.get(f"{issuer}/auth", params=asked, allow_redirects=False, timeout=TIMEOUT_S)
    for _ in range(MOST_STEPS):
        where = urljoin(answer.url, answer.headers.get("Location", ""))
        if where.startswith(REDIRECT):
            said = parse_qs(urlsplit(where).query)
            if said.get("state") != [state] or "code" not in said:
                raise LoginFailed(said.get("error", ["no code came back"])[0])
            return said["code"][0]
        if answer.is_redirect:
            answer = browser.get(where, allow_redirects=False, timeout=TIMEOUT_S)
        elif answer.ok and "/login/" in answer.url:
            answer = browser.post(
                answer.url, data={"persona": persona}, allow_redirects=False, timeout=TIMEOUT_S
            )
        else:
            raise LoginFailed(f"the provider answered {answer.status_code}")
    raise LoginFailed("the provider sent us around in circles")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
