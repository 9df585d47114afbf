"""The web applications in process: who is signed in, and a browser that keeps to forms' rules."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from erejestracja.auth.form_tokens import FormTokens
from erejestracja.auth.limits import NoLimiter
from erejestracja.auth.sessions import WebSession
from erejestracja.domain.actor import Actor
from erejestracja.domain.ids import ReferralId
from erejestracja.web.health import Health
from erejestracja.web.ui.assets import Assets
from erejestracja.web.ui.modes import Mode
from tests.support.builders import NOW

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def a_session_of(actor: Actor, at: datetime = NOW, **changes: Any) -> WebSession:
    """Return a session that has just begun."""
    facts: dict[str, Any] = {
        "given_name": "Anna",
        "family_name": "Przykładowa",
        "assurance": "http://eidas.europa.eu/LoA/substantial",
        "signed_in_at": at,
        "seen_at": at,
    }
    return WebSession(actor=actor, **{**facts, **changes})


@dataclass
class KnownSessions:
    """Port Sessions, with the ids that a test gives."""

    known: dict[str, WebSession] = field(default_factory=dict)

    def open(self, session: WebSession) -> str:
        session_id = f"session-{len(self.known)}"
        self.known[session_id] = session
        return session_id

    def get(self, session_id: str) -> WebSession | None:
        return self.known.get(session_id)

    def keep(self, session_id: str, session: WebSession) -> None:
        if session_id in self.known:
            self.known[session_id] = session

    def end(self, session_id: str) -> WebSession | None:
        return self.known.pop(session_id, None)

    def end_all(self, sid: str) -> int:
        ended = [key for key, session in self.known.items() if session.sid == sid]
        return len([self.known.pop(key) for key in ended])


@dataclass
class WebSuite:
    """What every web application needs of the suite."""

    sessions: KnownSessions = field(default_factory=KnownSessions)
    form_tokens: FormTokens = field(default_factory=lambda: FormTokens("a key for tests"))
    limiter: NoLimiter = field(default_factory=NoLimiter)
    mode: Mode = Mode.OPEN
    assets: Assets = field(default_factory=Assets)
    health: Health = field(default_factory=lambda: Health({}))


class Browser:
    """Asks for pages, and posts forms as a browser would from the page it was last shown."""

    def __init__(self, client: Any, suite: Any) -> None:
        self._client = client
        self.suite = suite
        self.language = "pl"

    def sign_in(self, actor: Actor, referral: ReferralId | None = None) -> None:
        """Be somebody from here on."""
        session_id = self.suite.sessions.open(a_session_of(actor, referral=referral))
        self._client.set_cookie("__Host-session", session_id, secure=False)

    def get(self, path: str, **query: Any) -> Any:
        """Return the page at a path."""
        headers = {"Accept": "text/html", "Accept-Language": self.language}
        return self._client.get(path, query_string=query or None, headers=headers)

    def post(self, path: str, page: Any, **fields: Any) -> Any:
        """Send a form that stood on a page; follow to where that leads."""
        found = TOKEN.search(page.text)
        token = {"csrf_token": found.group(1)} if found else {}
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        answer = self._client.post(path, data={**token, **fields}, headers=headers)
        return self.get(answer.location) if answer.status_code == 303 else answer
