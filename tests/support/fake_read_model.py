"""The read model as search asks it, of points and states given once."""

from collections.abc import Iterable
from datetime import datetime

from erejestracja.domain.index import Points
from erejestracja.domain.point import Point
from erejestracja.domain.session import SessionState
from erejestracja.domain.vacancies import Powiat
from tests.support.builders import NOW


class FakeMarket:
    """Search's Market; `asked` remembers which powiaty were wanted."""

    def __init__(
        self, points: Iterable[Point], states: Iterable[SessionState], as_of: datetime = NOW
    ) -> None:
        self._points = Points(points)
        self._powiaty: dict[str, Powiat] = {}
        self._as_of = as_of
        self.asked: list[str] = []
        self.learn(states)

    def learn(self, states: Iterable[SessionState]) -> None:
        for state in states:
            self._powiaty.setdefault(state.session.powiat, Powiat()).put(state)

    def points(self) -> Points:
        return self._points

    def areas(self, codes: Iterable[str]) -> dict[str, Powiat]:
        wanted = list(codes)
        self.asked += wanted
        return {code: self._powiaty.get(code, Powiat()) for code in wanted}

    def as_of(self) -> datetime:
        return self._as_of
