"""A sign-in under way, kept in the browser: sealed, short-lived, and good for one return."""

from dataclasses import dataclass
from typing import Any

from erejestracja.auth.identity import Begun, SignInFailed, Why

LIFE_S = 600
LONGEST = 4000
LONGEST_PATH = 1500
HOME = "/"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What was asked of the provider, and where the person goes then; `again` on a second try."""

    begun: Begun
    to: str
    again: bool


class SealedSignIns:
    """Seals with a keyed signature and a time."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def _serializer(self) -> Any:
        from itsdangerous import URLSafeTimedSerializer

        return URLSafeTimedSerializer(self._secret, salt="sign-in")

    def seal(self, under_way: UnderWay) -> str:
        """Return what the browser keeps."""
        begun = under_way.begun
        facts = [begun.state, begun.nonce, begun.verifier, under_way.to, under_way.again]
        return str(self._serializer().dumps(facts))

    def open(self, text: str, state: str) -> UnderWay:
        """Return the sign-in that a return belongs to. Raises SignInFailed."""
        from itsdangerous import BadData

        if len(text) > LONGEST:
            raise SignInFailed(Why.EXPIRED)
        try:
            known, nonce, verifier, to, again = self._serializer().loads(text, max_age=LIFE_S)
        except BadData:
            raise SignInFailed(Why.EXPIRED) from None
        if not state or known != state:
            raise SignInFailed(Why.EXPIRED)
        return UnderWay(Begun("", known, nonce, verifier), local_path(to), bool(again))


def local_path(text: str | None) -> str:
    """Return a path of our own, or the start page for anything that could lead elsewhere.

    Browsers take a backslash for a slash and drop tabs and line ends, so that a slash, a tab and
    a slash begin another host; nothing but plain characters is let through.
    """
    if not text or len(text) > LONGEST_PATH or not text.startswith("/"):
        return HOME
    plain = all("!" <= letter <= "~" and letter != "\\" for letter in text)
    return text if plain and not text.startswith("//") else HOME
