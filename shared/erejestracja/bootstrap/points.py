"""The parts of the suite for points: what they plan, who waits for a dose that is left over."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from erejestracja.settings import UpkeepSettings

if TYPE_CHECKING:
    from erejestracja.ports import Clock, Programmes, Publisher
    from erejestracja.services.clinic import Clinic
    from erejestracja.services.forecast import Forecaster
    from erejestracja.services.oversight import Overseer
    from erejestracja.services.schedule import Board
    from erejestracja.services.standby import Reserve
    from erejestracja.storage.redis.readmodel import RedisReadModel
    from erejestracja.storage.spanner.database import Database
    from erejestracja.storage.spanner.exports import SpannerExports


class PointParts:
    """Schedules, standby lists, forecasts; each part is built when it is first asked for."""

    if TYPE_CHECKING:

        @cached_property
        def database(self) -> Database: ...

        @cached_property
        def clinic(self) -> Clinic: ...

        @cached_property
        def clock(self) -> Clock: ...

        @cached_property
        def read_model(self) -> RedisReadModel: ...

        @cached_property
        def exports(self) -> SpannerExports: ...

        @cached_property
        def publisher(self) -> Publisher: ...

        @cached_property
        def programmes(self) -> Programmes: ...

    @cached_property
    def board(self) -> "Board":
        """Return what plans points' schedules."""
        from erejestracja.services.schedule import Board
        from erejestracja.storage.spanner.schedule import SpannerSchedules
        from erejestracja.storage.spanner.supply import SpannerSupplies

        return Board(
            schedules=SpannerSchedules(self.database),
            publisher=self.publisher,
            clock=self.clock,
            reach=timedelta(days=UpkeepSettings().horizon_days),
            supplies=SpannerSupplies(self.database),
            programmes=self.programmes,
        )

    @cached_property
    def overseer(self) -> "Overseer":
        """Return what coordinators see of their region."""
        from erejestracja.services.oversight import Overseer
        from erejestracja.storage.spanner.oversight import SpannerWatch
        from erejestracja.storage.spanner.stock import SpannerStock

        return Overseer(
            market=self.read_model,
            watch=SpannerWatch(self.database),
            hours=self.board.schedules,
            stock=SpannerStock(self.database),
            clock=self.clock,
        )

    @cached_property
    def reserve(self) -> "Reserve":
        """Return the standby lists of points."""
        from erejestracja.services.standby import Reserve
        from erejestracja.storage.spanner.standby import SpannerStandby

        return Reserve(self.clinic, SpannerStandby(self.database))

    @cached_property
    def forecaster(self) -> "Forecaster":
        """Return what tells points which doses they will need."""
        from erejestracja.services.forecast import Forecaster
        from erejestracja.storage.spanner.courses import SpannerCourses

        return Forecaster(self.clinic, SpannerCourses(self.database), self.exports)
