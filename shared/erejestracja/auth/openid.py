"""OpenID Connect: the code flow with PKCE, and log-out in both directions.

What leaves the browser is worthless without what stays: the code without the verifier, the ID token
without the nonce. Tokens are verified here, with the provider's published keys.
"""

import hmac
import logging
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from time import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlencode

import orjson

from erejestracja.auth.identity import HIGH, Begun, Identity, SignInFailed, Why, identity_of
from erejestracja.auth.keys import ALGORITHMS, SigningKeys
from erejestracja.auth.settings import AuthSettings, SignInSettings
from erejestracja.domain.errors import Overloaded, Unauthenticated

if TYPE_CHECKING:
    from joserfc.jwk import GuestProtocol, Key
    from urllib3 import PoolManager

TIMEOUT_S = 5.0
CONNECTS = 3
# As many as one instance has threads.
CONNECTIONS = 16
LEEWAY_S = 30.0
# Told at once; what comes later is not the provider's telling.
LOGOUT_LIFE_S = 300.0
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
SCOPE = "openid profile"
RANDOM_BYTES = 32

log = logging.getLogger(__name__)


class OpenId:
    """Port Identities over an OpenID provider."""

    def __init__(
        self,
        trusted: AuthSettings,
        settings: SignInSettings,
        keys: SigningKeys,
        *,
        now: Callable[[], float] = time,
    ) -> None:
        self._issuer = trusted.issuer
        self._settings = settings
        self._keys = keys
        self._now = now

    def begin(self, *, again: bool = False) -> Begun:
        """Return where the browser goes, with fresh secrets for this one sign-in."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        # This one function of it is not typed.
        challenge_of: Callable[[str], str] = create_s256_code_challenge
        state, nonce, verifier = (secrets.token_urlsafe(RANDOM_BYTES) for _ in range(3))
        asked = {"prompt": "login", "acr_values": HIGH} if again else {}
        url = prepare_grant_uri(
            self._settings.authorize_url,
            self._settings.client_id,
            "code",
            redirect_uri=self._settings.callback,
            scope=SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=challenge_of(verifier),
            code_challenge_method="S256",
            **asked,
        )
        return Begun(str(url), state, nonce, verifier)

    def finish(self, begun: Begun, code: str) -> Identity:
        """Return who came back with a code. Raises SignInFailed, Overloaded."""
        answer = self._exchange(begun, code)
        token, access = answer.get("id_token"), answer.get("access_token")
        if not isinstance(token, str):
            raise SignInFailed(Why.UNPROVEN)
        try:
            claims = self._verified(token)
        except Unauthenticated:
            raise SignInFailed(Why.UNPROVEN) from None
        nonce = str(claims.get("nonce", ""))
        if not hmac.compare_digest(nonce.encode(), begun.nonce.encode()):
            raise SignInFailed(Why.UNPROVEN)
        if "at_hash" in claims and claims["at_hash"] != half_hash(str(access)):
            raise SignInFailed(Why.UNPROVEN)
        return identity_of(claims)

    def sign_out_url(self) -> str:
        """Return where the browser goes to be signed out there too, and then back to us.

        An ID token would spare the person a question, but it holds who they are, and addresses
        stay in histories and logs.
        """
        settings = self._settings
        query = {"client_id": settings.client_id, "post_logout_redirect_uri": settings.home}
        return f"{settings.end_session_url}?{urlencode(query)}"

    def signed_out(self, token: str) -> str:
        """Return the session that a logout token ends (OpenID Connect Back-Channel Logout 1.0)."""
        claims = self._verified(token)
        events, sid = claims.get("events"), claims.get("sid")
        if (
            not isinstance(events, dict)
            or LOGOUT_EVENT not in events
            or "nonce" in claims
            or not isinstance(sid, str)
            or _number(claims, "iat") + LOGOUT_LIFE_S < self._now()
        ):
            raise Unauthenticated
        return sid

    def is_ours(self, issuer: str) -> bool:
        """Tell whether an issuer is this provider."""
        return issuer == self._issuer

    @cached_property
    def _connections(self) -> "PoolManager":
        """Return connections to the provider that all sign-ins share.

        A code is good for one request: only what never reached the provider is sent again.
        """
        from urllib3 import PoolManager, Retry

        retry = Retry(total=CONNECTS, connect=CONNECTS, redirect=0, read=0, status=0, other=0)
        retry.backoff_factor, retry.backoff_jitter = 0.1, 0.2
        return PoolManager(maxsize=CONNECTIONS, retries=retry, timeout=TIMEOUT_S)

    def _exchange(self, begun: Begun, code: str) -> Mapping[str, Any]:
        """Return what the provider gives for a code. Raises SignInFailed, Overloaded."""
        from urllib3.exceptions import HTTPError

        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": begun.verifier,
            "redirect_uri": self._settings.callback,
        }
        try:
            answer = self._connections.request(
                "POST",
                self._settings.token_url,
                body=urlencode(asked),
                headers=self._credentials,
            )
            found = orjson.loads(answer.data)
        except (HTTPError, ValueError) as away:
            log.warning("the provider is away: %s", type(away).__name__)
            raise Overloaded(retry_after=2) from None
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(found, dict):
            log.warning("the provider is away: %d", answer.status)
            raise Overloaded(retry_after=2)
        if "error" in found:
            log.warning("the provider gave no token: %.40s", found["error"])
            raise SignInFailed(Why.UNPROVEN)
        return found

    @cached_property
    def _credentials(self) -> Mapping[str, str]:
        """Return the headers of a request for tokens (RFC 6749 section 2.3.1)."""
        from urllib3.util import make_headers

        secret = self._settings.client_secret.get_secret_value()
        basic = f"{quote_plus(self._settings.client_id)}:{quote_plus(secret)}"
        return {
            **make_headers(basic_auth=basic),
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def _verified(self, token: str) -> Mapping[str, Any]:
        """Return a token's claims if it is the provider's, for us, and now. Raises Unauthenticated.

        Raises Overloaded where the provider's keys could not be had.
        """
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            found = jwt.decode(token, self._key, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError, TypeError):
            # Not chained: what the library says may quote the token.
            raise Unauthenticated from None
        audiences = found.get("aud")
        audiences = audiences if isinstance(audiences, list) else [audiences]
        now, ours = self._now(), self._settings.client_id
        if (
            found.get("iss") != self._issuer
            or ours not in audiences
            or (len(audiences) > 1 and found.get("azp") != ours)
            or _number(found, "exp") + LEEWAY_S <= now
            or _number(found, "iat") > now + LEEWAY_S
        ):
            raise Unauthenticated
        return found

    def _key(self, signature: "GuestProtocol") -> "Key":
        return self._keys.get(signature.headers().get("kid"))


def open_identities(trusted: AuthSettings, settings: SignInSettings) -> OpenId:
    """Return the provider; nothing is fetched yet."""
    return OpenId(trusted, settings, SigningKeys(trusted.jwks_url))


def half_hash(text: str) -> str:
    """Return an access token's `at_hash` (OpenID Connect Core 1.0, 3.1.3.6)."""
    digest = sha256(text.encode()).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unauthenticated
    return float(value)
