"""Schedules of many points at once, as files of rules edit them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from erejestracja.domain.events import Event
from erejestracja.domain.ids import PointId
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import Edit, Outlook


class ManyPoints(Protocol):
    """What is read, and stored, of many points together."""

    def outlooks(self, points: Sequence[PointId]) -> Mapping[PointId, Outlook]:
        """Return what edits are decided by, of those of the points that there are."""
        ...

    def publish_all(
        self, works: Sequence[tuple[Edit, Sequence[Session]]], events: Sequence[Event]
    ) -> datetime:
        """Store new sessions of edits, which then are worked off; all or none."""
        ...
