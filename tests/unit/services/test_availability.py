from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from erejestracja.domain.ids import SessionKey
from erejestracja.domain.session import Session, SessionState
from erejestracja.services import availability
from erejestracja.services.availability import Follower
from tests.support.builders import DAY, NOW, a_session, a_state

MORNING, EVENING = a_session(nr=1), a_session(nr=2)
LATER = a_session(day=DAY + timedelta(days=1))


@dataclass
class KnownStates:
    """Spanner as the follower asks it; remembers what was asked."""

    all: Sequence[Session] = (MORNING, EVENING, LATER)
    looked_up: list[SessionKey] = field(default_factory=list)
    read: list[tuple[SessionKey, datetime | None]] = field(default_factory=list)

    def sessions(self, keys: Sequence[SessionKey]) -> Sequence[Session]:
        self.looked_up += keys
        return [session for session in self.all if session.key in keys]

    def states(
        self, sessions: Sequence[Session], *, at: datetime | None = None
    ) -> Sequence[SessionState]:
        self.read += [(session.key, at) for session in sessions]
        return [a_state(session) for session in sessions]


@dataclass
class RememberingModel:
    """The read model as the follower teaches it."""

    told: list[tuple[list[SessionKey], datetime]] = field(default_factory=list)
    relisted: int = 0

    def follow(self, states: Iterable[SessionState], committed: datetime) -> None:
        self.told.append(([state.session.key for state in states], committed))

    def relist(self) -> None:
        self.relisted += 1


@pytest.fixture
def states() -> KnownStates:
    return KnownStates()


@pytest.fixture
def model() -> RememberingModel:
    return RememberingModel()


@pytest.fixture
def follower(states: KnownStates, model: RememberingModel) -> Follower:
    return Follower(states, model)


def test_a_session_is_read_as_of_the_commit_that_changed_it(
    follower: Follower, states: KnownStates, model: RememberingModel
) -> None:
    follower.follow({"session": str(MORNING.key)}, NOW)
    assert states.read == [(MORNING.key, NOW)]
    assert model.told == [([MORNING.key], NOW)]


def test_where_points_are_otherwise_their_list_is_forgotten(
    follower: Follower, states: KnownStates, model: RememberingModel
) -> None:
    follower.follow({"points": ["alfa"]}, NOW)
    assert (model.relisted, states.read, model.told) == (1, [], [([], NOW)])


def test_all_sessions_of_a_move_are_read_together(
    follower: Follower, model: RememberingModel
) -> None:
    follower.follow({"sessions": [str(MORNING.key), str(LATER.key)]}, NOW)
    assert model.told == [([MORNING.key, LATER.key], NOW)]


def test_what_changes_no_place_is_no_matter(follower: Follower, model: RememberingModel) -> None:
    follower.follow({"session": str(MORNING.key), "placesChanged": False}, NOW)
    assert model.told == []


@pytest.mark.parametrize("data", [{}, {"session": None}])
def test_what_names_no_session_only_moves_the_time(
    follower: Follower, states: KnownStates, model: RememberingModel, data: dict[str, Any]
) -> None:
    follower.follow(data, NOW)
    assert (states.read, states.looked_up) == ([], [])
    assert model.told == [([], NOW)]


def test_a_session_that_is_gone_stops_nothing(follower: Follower, model: RememberingModel) -> None:
    follower.follow({"session": str(a_session(nr=9).key)}, NOW)
    assert model.told == [([], NOW)]


def test_sessions_never_change_and_are_looked_up_once(
    follower: Follower, states: KnownStates
) -> None:
    for _ in range(3):
        follower.follow({"session": str(MORNING.key)}, NOW)
    assert states.looked_up == [MORNING.key]
    assert len(states.read) == 3


def test_only_so_many_sessions_are_remembered(
    follower: Follower, states: KnownStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "MOST_REMEMBERED", 1)
    for session in (MORNING, EVENING, LATER, MORNING):
        follower.follow({"session": str(session.key)}, NOW)
    assert states.looked_up == [MORNING.key, EVENING.key, LATER.key, MORNING.key]
