"""SMSAPI.pl: one message by POST /sms.do, at most once by its `idx`.

Errors come with HTTP 200 and a number. What it writes beside the number may repeat the phone
number, so only our own words leave this module.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from erejestracja.domain.ids import MessageId
from erejestracja.domain.message import size
from erejestracja.domain.sending import (
    AccountTrouble,
    NotSent,
    Sent,
    TakenBefore,
    TryLater,
    Undeliverable,
)
from erejestracja.sms.settings import SmsSettings

if TYPE_CHECKING:
    from requests import Response, Session

CONNECT_S = 3.0
THREADS = 16
SERVER_ERROR = 500
TOO_MANY_REQUESTS = 429

# error: (what it means for this message, the reason as we say it). What is not here may pass by
# itself: it is tried again, and after the last attempt it is an agent's.
ERRORS: Mapping[int, tuple[type[NotSent], str]] = {
    11: (Undeliverable, "text_refused"),  # empty, too long, or letters it must not have
    12: (Undeliverable, "too_many_parts"),
    13: (Undeliverable, "number_refused"),
    14: (AccountTrouble, "sender_unknown"),  # our sender name is not (or no longer) registered
    53: (TakenBefore, "taken_before"),  # this idx was used: an earlier call got through
    94: (Undeliverable, "link_refused"),
    101: (AccountTrouble, "token_refused"),
    102: (AccountTrouble, "token_refused"),
    103: (AccountTrouble, "no_credit"),
    105: (AccountTrouble, "address_refused"),  # our address is not on the account's list
    110: (AccountTrouble, "not_permitted"),
    200: (TryLater, "submission_failed"),
    201: (TryLater, "gateway_error"),
    202: (TryLater, "too_many_connections"),
    203: (TryLater, "too_many_requests"),
    999: (TryLater, "gateway_error"),
}


class Smsapi:
    """Sends one message at a time; the caller owns retries."""

    def __init__(self, session: "Session", settings: SmsSettings) -> None:
        self._session = session
        self._url = f"{settings.url.rstrip('/')}/sms.do"
        self._senders = {False: settings.sender, True: settings.dialogue_sender}
        self._timeout = (min(CONNECT_S, settings.timeout_s), settings.timeout_s)

    def send(self, message: MessageId, phone: str, text: str, *, answerable: bool = False) -> Sent:
        """Offer a message. Raises NotSent in one of its four kinds."""
        from requests import RequestException

        form = {
            "to": phone.removeprefix("+"),
            "message": text,
            "idx": message,
            "check_idx": "1",
            "encoding": "utf-8",
            "details": "1",
            "format": "json",
        }
        sender = self._senders[answerable]
        if sender:
            form["from"] = sender
        try:
            answer = self._session.post(self._url, data=form, timeout=self._timeout)
        except RequestException as away:
            raise TryLater(type(away).__name__) from None
        return _sent(_document(answer), text)


def open_session(settings: SmsSettings) -> "Session":
    """Return a session with our token; connections are kept for every thread."""
    from requests import Session
    from requests.adapters import HTTPAdapter

    session = Session()
    # Proxies and netrc of the environment could lead numbers elsewhere.
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=THREADS))
    session.headers["Authorization"] = f"Bearer {settings.token.get_secret_value()}"
    return session


def _document(answer: "Response") -> Mapping[str, Any]:
    if answer.status_code >= SERVER_ERROR or answer.status_code == TOO_MANY_REQUESTS:
        raise TryLater(f"http_{answer.status_code}")
    try:
        document = answer.json()
    except ValueError:
        raise TryLater("unreadable_answer") from None
    if not isinstance(document, dict):
        raise TryLater("unreadable_answer")
    return document


def _sent(document: Mapping[str, Any], text: str) -> Sent:
    if "error" in document:
        kind, reason = ERRORS.get(_number(document["error"]), (TryLater, "unknown_error"))
        raise kind(reason)
    try:
        one = document["list"][0]
        gateway_id = str(one["id"])
    except (KeyError, IndexError, TypeError):
        raise TryLater("unreadable_answer") from None
    parts = _number(one.get("parts") or document.get("parts")) or size(text).segments
    price = one.get("points")
    return Sent(gateway_id, parts, float(price) if isinstance(price, int | float) else None)


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
