"""Schedules of many points at once, as files of rules edit them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from erejestracja.domain.events import Event
from erejestracja.domain.ids import PointId
from erejestracja.domain.series import SeriesId
from erejestracja.domain.session import Session
from erejestracja.domain.timetable import Edit, Outlook, Plan, Standing


class ManyPoints(Protocol):
    """What is read, and stored, of many points together."""

    def outlooks(self, points: Sequence[PointId]) -> Mapping[PointId, Outlook]:
        """Return what edits are decided by, of those of the points that there are."""
        ...

    def standing_at(
        self, points: Mapping[PointId, tuple[date, date]]
    ) -> Mapping[tuple[PointId, SeriesId], Sequence[Standing]]:
        """Return the sessions of points' days, withdrawn ones too, by series; no walk-ins."""
        ...

    def ended_among(self, numbers: Sequence[tuple[PointId, int]]) -> frozenset[tuple[PointId, int]]:
        """Return which of these numbers of points a later edit has replaced."""
        ...

    def withdraw_all(
        self, goes: Sequence[tuple[Edit, Session]], events: Sequence[Event]
    ) -> datetime:
        """Take sessions that nobody has a place in out of the offer; all or none.

        Clashes where an edit was replaced, or a place is not free.
        """
        ...

    def publish_all(self, works: Sequence[tuple[Edit, Plan]], events: Sequence[Event]) -> datetime:
        """Store new sessions of edits and their rooms; the edits then are worked off; all or none.

        Clashes where an edit was replaced.
        """
        ...
