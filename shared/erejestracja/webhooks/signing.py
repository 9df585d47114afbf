"""Secrets of webhooks, sealed at rest, and signatures after standardwebhooks.com."""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography.fernet import Fernet, MultiFernet
from standardwebhooks import Webhook

PREFIX = "whsec_"
SECRET_BYTES = 32


class Vault:
    """Makes secrets, seals them, and signs with them."""

    def __init__(self, keys: str) -> None:
        self._seal = MultiFernet([Fernet(_fernet_key(key)) for key in keys.split()])

    def new(self) -> tuple[str, str]:
        """Return a new secret as its owner needs it, and sealed."""
        text = PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
        return text, self._seal.encrypt(text.encode()).decode()

    def headers(
        self, sealed: Sequence[str], message: str, now: datetime, body: bytes
    ) -> Mapping[str, str]:
        """Return the scheme's three headers, with a signature by each of the secrets."""
        owned = [self._seal.decrypt(one).decode() for one in sealed]
        signatures = [Webhook(secret).sign(message, now, body.decode()) for secret in owned]
        return {
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


def _fernet_key(text: str) -> bytes:
    """Return a key of the form that Fernet wants, of a secret that is random enough."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
