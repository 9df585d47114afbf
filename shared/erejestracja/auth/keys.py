"""The provider's signing keys: fetched when first needed, kept when the provider is away."""

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from pydantic import BaseModel, ConfigDict, Field

from erejestracja.domain.errors import Overloaded, Unauthenticated

if TYPE_CHECKING:
    from joserfc.jwk import Key

TIMEOUT_S = 2.0
LARGEST_DOCUMENT = 256 * 1024
# A key the provider no longer publishes is no longer trusted after this time.
FRESH_S = 600.0
# Tokens with made-up key ids must not make us ask the provider for each of them.
ASK_AGAIN_S = 10.0
RETRY_WITHOUT_KEYS_S = 1.0
ALGORITHMS = ("RS256", "ES256")

log = logging.getLogger(__name__)


def fetch(url: str) -> bytes:
    """Return the document at an address. Raises OSError."""
    with urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the address is a setting of ours
        return bytes(answer.read(LARGEST_DOCUMENT))


class _Document(BaseModel):
    """A JWK set, as far as we look into it (RFC 7517 section 5)."""

    model_config = ConfigDict(hide_input_in_errors=True)

    keys_: list[dict[str, Any]] = Field(alias="keys")


class SigningKeys:
    """Keys by their id."""

    def __init__(
        self,
        url: str,
        *,
        fetch: Callable[[str], bytes] = fetch,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._fetch = fetch
        self._monotonic = monotonic
        self._lock = Lock()
        self._keys: dict[str, Key] = {}
        self._fresh_until = float("-inf")
        self._ask_from = float("-inf")

    def get(self, kid: object) -> "Key":
        """Return a key. Raises Unauthenticated, or Overloaded where no keys could be had yet."""
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None or self._monotonic() >= self._fresh_until:
            self._refresh(wait=key is None)
            key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is not None:
            return key
        if not self._keys:
            raise Overloaded(retry_after=1)
        raise Unauthenticated

    def _refresh(self, *, wait: bool) -> None:
        # Who has a key already does not wait for another thread's question to the provider.
        if not self._lock.acquire(blocking=wait):
            return
        try:
            if self._monotonic() >= self._ask_from:
                self._ask()
        finally:
            self._lock.release()

    def _ask(self) -> None:
        try:
            self._keys = _signing_keys(self._fetch(self._url))
            self._fresh_until = self._monotonic() + FRESH_S
        except (OSError, ValueError) as away:
            log.warning("the provider's keys cannot be had: %s", type(away).__name__)
        pause = ASK_AGAIN_S if self._keys else RETRY_WITHOUT_KEYS_S
        self._ask_from = self._monotonic() + pause


def _signing_keys(document: bytes) -> "dict[str, Key]":
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    found: dict[str, Key] = {}
    for parameters in _Document.model_validate_json(document).keys_:
        if parameters.get("use", "sig") != "sig" or parameters.get("kty") not in ("RSA", "EC"):
            continue
        try:
            found[str(parameters["kid"])] = import_key(parameters)
        except (JoseError, KeyError, ValueError):
            log.warning("the provider publishes a key that cannot be read")
    if not found:
        raise ValueError("no usable key")
    return found
