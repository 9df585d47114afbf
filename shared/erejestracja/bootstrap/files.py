"""The parts of the suite that take in files: one kind of file for each folder of the bucket."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erejestracja.events.publisher import PubSubPublisher
    from erejestracja.ports import Clock, Programmes
    from erejestracja.services.imports import Importer
    from erejestracja.services.schedule import Board
    from erejestracja.services.standby_imports import Lists
    from erejestracja.storage.spanner.database import Database


class FileParts:
    """What takes in files, built when the first one comes."""

    if TYPE_CHECKING:

        @cached_property
        def database(self) -> Database: ...

        @cached_property
        def board(self) -> Board: ...

        @cached_property
        def publisher(self) -> PubSubPublisher: ...

        @cached_property
        def clock(self) -> Clock: ...

        @cached_property
        def programmes(self) -> Programmes: ...

    @cached_property
    def lists(self) -> "Lists":
        """Return what rows of standby lists are judged with."""
        from erejestracja.auth.patients import patient_id
        from erejestracja.services.standby_imports import Lists
        from erejestracja.storage.spanner.roster import SpannerRoster

        return Lists(SpannerRoster(self.database), self.programmes, self.clock, patient_id)

    @cached_property
    def importer(self) -> "Importer":
        """Return what takes in files."""
        from erejestracja.auth.patients import patient_id
        from erejestracja.services.imports import Importer
        from erejestracja.services.point_imports import PointFiles
        from erejestracja.services.referral_imports import ReferralFiles
        from erejestracja.services.schedule_imports import ScheduleFiles
        from erejestracja.services.standby_imports import StandbyFiles
        from erejestracja.storage.gcs.files import ImportSettings, open_files
        from erejestracja.storage.spanner.directory import SpannerDirectory
        from erejestracja.storage.spanner.imports import SpannerImports
        from erejestracja.storage.spanner.registrations import SpannerRegistry

        kinds = (
            ReferralFiles(SpannerRegistry(self.database), patient_id),
            PointFiles(SpannerDirectory(self.database)),
            ScheduleFiles(self.board),
            StandbyFiles(self.lists),
        )
        files, imports = open_files(ImportSettings()), SpannerImports(self.database)
        return Importer(files, imports, kinds, self.publisher, self.clock)
