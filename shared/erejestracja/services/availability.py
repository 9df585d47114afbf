"""Keep the read model in step: for each event, read what it touched and take that in."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from erejestracja.domain.ids import SessionKey
from erejestracja.domain.session import Session, SessionState

# Sessions never change once published, so that what was read of them stays right.
MOST_REMEMBERED = 20_000


class Learner(Protocol):
    """The read model, as far as it is taught."""

    def follow(self, states: Iterable[SessionState], committed: datetime) -> None:
        """Take in states as of an instant, and note that what was told up to it is included."""
        ...

    def relist(self) -> None:
        """Forget the list of points: whoever needs it next reads it anew."""
        ...


class States(Protocol):
    """Sessions and their taken places, as Spanner knows them."""

    def sessions(self, keys: Sequence[SessionKey]) -> Sequence[Session]:
        """Return the sessions that exist among these."""
        ...

    def states(
        self, sessions: Sequence[Session], *, at: datetime | None = None
    ) -> Sequence[SessionState]:
        """Return which places are taken, as of an instant."""
        ...


class Follower:
    """Follows events. Twice, late or out of order is no matter: a state carries its instant."""

    def __init__(self, states: States, model: Learner) -> None:
        self._states = states
        self._model = model
        self._known: dict[SessionKey, Session] = {}

    def follow(self, data: Mapping[str, Any], committed: datetime) -> None:
        """Take in one event: what its sessions looked like at the instant it was committed.

        Reading as of that instant is exact however late the event comes, and waits for nothing.
        """
        if data.get("placesChanged") is False:
            return
        if "points" in data:
            self._model.relist()
        names = [*data.get("sessions", ()), *filter(None, [data.get("session")])]
        sessions = self._sessions([SessionKey.parse(name) for name in names])
        states = self._states.states(sessions, at=committed) if sessions else ()
        self._model.follow(states, committed)

    def _sessions(self, keys: Sequence[SessionKey]) -> list[Session]:
        unknown = [key for key in keys if key not in self._known]
        if unknown:
            if len(self._known) > MOST_REMEMBERED:
                self._known.clear()
            self._known |= {session.key: session for session in self._states.sessions(unknown)}
        return [self._known[key] for key in keys if key in self._known]
