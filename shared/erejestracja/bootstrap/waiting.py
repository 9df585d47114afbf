"""The parts of the suite that waiting needs."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erejestracja.services.desk import Desk
    from erejestracja.services.waiting import WaitingRoom
    from erejestracja.storage.redis.readmodel import RedisReadModel
    from erejestracja.storage.spanner.database import Database


class WaitingParts:
    """Built when first asked for."""

    if TYPE_CHECKING:

        @cached_property
        def database(self) -> Database: ...

        @cached_property
        def desk(self) -> Desk: ...

        @cached_property
        def read_model(self) -> RedisReadModel: ...

    @cached_property
    def waiting(self) -> "WaitingRoom":
        """Return who waits for a place, and what free places are offered by."""
        from datetime import timedelta

        from erejestracja.domain.waiting import Terms
        from erejestracja.services.waiting import WaitingRoom
        from erejestracja.settings import WaitingSettings
        from erejestracja.storage.spanner.waiting import SpannerQueue

        settings = WaitingSettings()
        terms = Terms(
            lasts=timedelta(minutes=settings.offer_minutes),
            from_=settings.from_hour,
            until=settings.until_hour,
            ahead=timedelta(hours=settings.ahead_hours),
        )
        return WaitingRoom(self.desk, SpannerQueue(self.database), self.read_model, terms)
