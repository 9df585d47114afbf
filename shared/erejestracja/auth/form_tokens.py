"""Tokens in forms: they prove that a form came from a page of ours, made for this session."""

import hmac
import secrets
from hashlib import sha256

SALT_BYTES = 12


class FormTokens:
    """Signs session ids. Each token has a salt of its own, so no two pages hold the same text."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"form tokens", sha256)

    def issue(self, session_id: str) -> str:
        """Return a token for the forms of a session."""
        salt = secrets.token_urlsafe(SALT_BYTES)
        return f"{salt}.{self._sign(salt, session_id)}"

    def is_for(self, session_id: str, token: str | None) -> bool:
        """Tell whether a token is one of this session's."""
        salt, _, signature = (token or "").partition(".")
        return hmac.compare_digest(self._sign(salt, session_id).encode(), signature.encode())

    def _sign(self, salt: str, session_id: str) -> str:
        return hmac.digest(self._key, f"{salt}:{session_id}".encode(), sha256).hex()
