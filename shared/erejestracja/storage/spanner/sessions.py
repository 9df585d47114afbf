"""Spanner sessions where there are no multiplexed ones, as on the emulator."""

from collections import deque
from typing import Any


def sessions_as_needed() -> Any:
    """Return a session pool that opens a session when none is idle, and keeps it.

    Of the client's own pools one pings each session before each use, one is broken, and one opens
    all of them when the process starts, which then hangs for as long as Spanner is away.
    """
    from google.cloud.spanner_v1.pool import AbstractSessionPool

    class SessionsAsNeeded(AbstractSessionPool):  # type: ignore[misc] # the client is not typed
        """Port of the client library; a deque needs no lock."""

        def __init__(self) -> None:
            super().__init__()
            self._idle: deque[Any] = deque()

        def bind(self, database: Any) -> None:
            self._database = database

        def get(self) -> Any:
            try:
                return self._idle.pop()
            except IndexError:
                session = self._new_session()
                session.create()
                return session

        def put(self, session: Any) -> None:
            self._idle.append(session)

        def clear(self) -> None:
            while self._idle:
                self._idle.pop().delete()

    return SessionsAsNeeded()
