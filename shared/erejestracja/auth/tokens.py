"""Access tokens after RFC 9068: a signed statement of the provider becomes an Actor."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING, Any

from erejestracja.auth.keys import ALGORITHMS, SigningKeys
from erejestracja.auth.patients import patient_id
from erejestracja.auth.settings import AuthSettings
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.errors import Unauthenticated
from erejestracja.domain.ids import PatientId, PointId
from erejestracja.domain.pesel import InvalidPesel, Pesel
from erejestracja.domain.region import REGIONS

if TYPE_CHECKING:
    from joserfc.jwk import GuestProtocol, Key

LONGEST_TOKEN = 8 * 1024
MOST_REMEMBERED = 20_000
LEEWAY_S = 30.0
TYPES = frozenset({"at+jwt", "application/at+jwt"})


@dataclass(frozen=True, slots=True)
class _Known:
    actor: Actor
    until: float


class AccessTokens:
    """Verifies tokens, each one once: a repeated token costs a digest and a look-up."""

    def __init__(
        self,
        settings: AuthSettings,
        keys: SigningKeys,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._now = now
        self._lock = Lock()
        self._known: dict[bytes, _Known] = {}

    def actor(self, token: str) -> Actor:
        """Return whom a token names. Raises Unauthenticated, Overloaded."""
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise Unauthenticated
        digest = sha256(token.encode()).digest()
        known = self._known.get(digest)
        if known is None or known.until <= self._now():
            known = self._verify(token)
            self._remember(digest, known)
        return known.actor

    def _verify(self, token: str) -> _Known:
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            found = jwt.decode(token, self._key, algorithms=list(ALGORITHMS))
        except (JoseError, ValueError, TypeError):
            # Not chained: what the library says may quote the token.
            raise Unauthenticated from None
        if str(found.header.get("typ", "")).lower() not in TYPES:
            raise Unauthenticated
        until = self._check(found.claims)
        return _Known(actor_of(found.claims), until)

    def _key(self, signature: "GuestProtocol") -> "Key":
        return self._keys.get(signature.headers().get("kid"))

    def _check(self, claims: Mapping[str, Any]) -> float:
        """Return until when the token holds. Raises Unauthenticated."""
        audiences = claims.get("aud")
        audiences = audiences if isinstance(audiences, list) else [audiences]
        now = self._now()
        until = _instant(claims, "exp") + LEEWAY_S
        if (
            claims.get("iss") != self._settings.issuer
            or self._settings.audience not in audiences
            or until <= now
            or ("nbf" in claims and _instant(claims, "nbf") > now + LEEWAY_S)
            or _instant(claims, "iat") > now + LEEWAY_S
        ):
            raise Unauthenticated
        return until

    def _remember(self, digest: bytes, known: _Known) -> None:
        with self._lock:
            self._known[digest] = known
            if len(self._known) > MOST_REMEMBERED:
                del self._known[next(iter(self._known))]


def open_tokens(settings: AuthSettings) -> AccessTokens:
    """Return the verifier of a provider's tokens; nothing is fetched yet."""
    return AccessTokens(settings, SigningKeys(settings.jwks_url))


def actor_of(claims: Mapping[str, Any]) -> Actor:
    """Return whom the claims of a verified token name. Raises Unauthenticated."""
    subject = claims.get("sub")
    # A provider that names people by PESEL would put it into our audit trail and counters.
    if not isinstance(subject, str) or not subject or _is_pesel(subject):
        raise Unauthenticated
    known = {role.value for role in Role} - {Role.TELEPHONE.value}
    return Actor(
        subject=subject,
        roles=frozenset(Role(role) for role in _texts(claims, "roles") if role in known),
        patient=_patient(claims),
        points=frozenset(PointId(point) for point in _texts(claims, "points")),
        region=_region(claims),
    )


def _region(claims: Mapping[str, Any]) -> str | None:
    claimed = claims.get("region")
    if claimed is None:
        return None
    # Of a region that we do not know nobody may see anything, rather than everything.
    if not isinstance(claimed, str) or claimed not in REGIONS:
        raise Unauthenticated
    return claimed


def _patient(claims: Mapping[str, Any]) -> PatientId | None:
    claimed = claims.get("pesel")
    if claimed is None:
        return None
    try:
        pesel = Pesel.parse(str(claimed))
    except InvalidPesel:
        raise Unauthenticated from None
    born = pesel.birth_date.isoformat()
    if claims.get("birthdate", born) != born:
        raise Unauthenticated
    return patient_id(pesel.digits)


def _is_pesel(text: str) -> bool:
    try:
        Pesel.parse(text)
    except InvalidPesel:
        return False
    return True


def _texts(claims: Mapping[str, Any], name: str) -> list[str]:
    value = claims.get(name, [])
    if not isinstance(value, list):
        raise Unauthenticated
    return [one for one in value if isinstance(one, str)]


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Unauthenticated
    return float(value)
