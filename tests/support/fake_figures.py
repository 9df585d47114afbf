"""Port Figures in memory."""

from dataclasses import dataclass, field
from datetime import datetime

from erejestracja.domain.board import Ended, Talk, Waiting


@dataclass
class FakeFigures:
    owed: list[Waiting] = field(default_factory=list)
    under_way: list[Talk] = field(default_factory=list)
    over: list[Ended] = field(default_factory=list)
    cut_off: int = 0

    def waiting(self, limit: int) -> list[Waiting]:
        return self.owed[:limit]

    def talks(self, limit: int) -> list[Talk]:
        return self.under_way[:limit]

    def ended(self, since: datetime, limit: int) -> list[Ended]:
        return [call for call in self.over if call.ended_at >= since][:limit]

    def unfinished(self, limit: int) -> int:
        return min(self.cut_off, limit)
