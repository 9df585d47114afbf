"""The parts of the suite for calls that the hotline owes, and for its figures."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erejestracja.events.publisher import PubSubPublisher
    from erejestracja.ports import Clock
    from erejestracja.services.callbacks import Owed
    from erejestracja.storage.spanner.callbacks import SpannerCallbacks
    from erejestracja.storage.spanner.database import Database
    from erejestracja.storage.spanner.figures import SpannerFigures


class OwedParts:
    """Built when first asked for."""

    if TYPE_CHECKING:

        @cached_property
        def database(self) -> Database: ...

        @cached_property
        def clock(self) -> Clock: ...

        @cached_property
        def publisher(self) -> PubSubPublisher: ...

    @cached_property
    def callbacks(self) -> "SpannerCallbacks":
        """Return whom the hotline owes a call."""
        from erejestracja.storage.spanner.callbacks import SpannerCallbacks

        return SpannerCallbacks(self.database)

    @cached_property
    def owed(self) -> "Owed":
        """Return what puts people on that list."""
        from erejestracja.services.callbacks import Owed
        from erejestracja.storage.spanner.records import Records

        return Owed(self.callbacks, Records(self.database), self.publisher, self.clock.now)

    @cached_property
    def figures(self) -> "SpannerFigures":
        """Return the hotline in figures."""
        from erejestracja.storage.spanner.figures import SpannerFigures

        return SpannerFigures(self.database)
