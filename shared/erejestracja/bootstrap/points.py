"""The parts of the suite for points: who waits there for a dose that is left over."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erejestracja.services.clinic import Clinic
    from erejestracja.services.standby import Reserve
    from erejestracja.storage.spanner.database import Database


class PointParts:
    """Standby lists; each part is built when it is first asked for."""

    if TYPE_CHECKING:

        @cached_property
        def database(self) -> Database: ...

        @cached_property
        def clinic(self) -> Clinic: ...

    @cached_property
    def reserve(self) -> "Reserve":
        """Return the standby lists of points."""
        from erejestracja.services.standby import Reserve
        from erejestracja.storage.spanner.standby import SpannerStandby

        return Reserve(self.clinic, SpannerStandby(self.database))
