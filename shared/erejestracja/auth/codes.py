"""Codes by text message: made from a message's id and a key, so that none is kept anywhere."""

import hmac
from hashlib import sha256

from erejestracja.domain.ids import MessageId
from erejestracja.settings import CodeSettings

DIGITS = 6


class MessageCodes:
    """Port Codes. Who knows a message's id and not the key knows nothing of its code."""

    def __init__(self, secret: str) -> None:
        self._key = secret.encode()

    def code_of(self, message: MessageId) -> str:
        """Return the code that this message says."""
        digest = hmac.digest(self._key, message.encode(), sha256)
        return f"{int.from_bytes(digest, 'big') % 10**DIGITS:0{DIGITS}}"


def open_codes() -> MessageCodes:
    """Return the codes of the settings."""
    return MessageCodes(CodeSettings().code_key.get_secret_value())
