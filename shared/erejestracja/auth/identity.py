"""Who somebody is, told by a provider of identities; and what we ask of what it tells.

The port is wide enough for OpenID Connect and for a broker before the national node, which speaks
SAML: a way to begin, a way to finish, a way to sign out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from erejestracja.auth.tokens import actor_of
from erejestracja.domain.actor import Actor, Role
from erejestracja.domain.errors import Unauthenticated

LOA = "http://eidas.europa.eu/LoA/"
LOW, SUBSTANTIAL, HIGH = f"{LOA}low", f"{LOA}substantial", f"{LOA}high"
# What the provider calls a sign-in with something beside a password (RFC 8176).
SECOND_FACTORS = frozenset({"mfa", "otp", "hwk", "swk", "sc", "fpt", "face"})


class Why(StrEnum):
    """Why nobody is signed in; each has a page that says what to do."""

    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"
    EXPIRED = "expired"
    UNPROVEN = "unproven"
    INCOMPLETE = "incomplete"
    TOO_WEAK = "tooWeak"
    ONE_FACTOR = "oneFactor"
    NO_ROLE = "noRole"


class SignInFailed(Exception):  # noqa: N818 - an outcome with a page of its own
    """Nobody is signed in. Says why, and never who."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way: where the browser goes, and what must come back with it."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the provider vouches for them."""

    actor: Actor
    given_name: str
    family_name: str
    assurance: str
    second_factor: bool
    sid: str | None


class Identities(Protocol):
    """A provider of identities."""

    def begin(self, *, again: bool = False) -> Begun:
        """Begin a sign-in; `again` has even those prove themselves who just did, strongly."""
        ...

    def finish(self, begun: Begun, code: str) -> Identity:
        """Return who came back. Raises SignInFailed, Overloaded."""
        ...

    def sign_out_url(self) -> str:
        """Return where the browser goes to be signed out there too."""
        ...

    def signed_out(self, token: str) -> str:
        """Return the session that the provider says has ended. Raises Unauthenticated."""
        ...

    def is_ours(self, issuer: str) -> bool:
        """Tell whether an issuer is this provider."""
        ...


def identity_of(claims: Mapping[str, Any]) -> Identity:
    """Return whom the claims of a verified token name, if they agree with each other.

    A PESEL must fit the birth date beside it (`actor_of`), and nobody is without a name. Raises
    SignInFailed.
    """
    try:
        actor = actor_of(claims)
    except Unauthenticated:
        raise SignInFailed(Why.INCOMPLETE) from None
    names = [claims.get("given_name"), claims.get("family_name")]
    given, family = (name.strip() if isinstance(name, str) else "" for name in names)
    methods, assurance, sid = (claims.get(name) for name in ("amr", "acr", "sid"))
    if not given or not family or (Role.PATIENT in actor.roles and actor.patient is None):
        raise SignInFailed(Why.INCOMPLETE)
    return Identity(
        actor=actor,
        given_name=given,
        family_name=family,
        assurance=assurance if isinstance(assurance, str) else "",
        second_factor=bool(SECOND_FACTORS.intersection(_texts(methods))),
        sid=sid if isinstance(sid, str) else None,
    )


def check_strength(identity: Identity) -> None:
    """Refuse a sign-in too weak for what it opens: health records. Raises SignInFailed.

    Citizens need the assurance that the national node gives with a trusted profile (domain 1.3),
    staff a second factor.
    """
    roles = identity.actor.roles
    if not roles:
        raise SignInFailed(Why.NO_ROLE)
    if Role.PATIENT in roles and identity.assurance not in (SUBSTANTIAL, HIGH):
        raise SignInFailed(Why.TOO_WEAK)
    if roles - {Role.PATIENT} and not identity.second_factor:
        raise SignInFailed(Why.ONE_FACTOR)


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
