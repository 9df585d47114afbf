"""Where what is open stands in the picture of a week: rows are quarters of an hour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from erejestracja.domain import calendar
from erejestracja.domain.session import SessionState

QUARTER = 15
QUARTERS = 4
USUAL = (8, 16)
# Widths that divide the twelve columns of a day; more side by side than the last share its lanes.
LANES = (1, 2, 3, 4, 6)
COLOURS = 4


@dataclass(frozen=True, slots=True)
class Opening:
    """A run of slots of a day: from when to when, for what, and how much of it is taken."""

    state: SessionState
    vaccine: str
    colour: int

    @property
    def starts(self) -> datetime:
        """Return when the first slot begins."""
        return self.state.session.starts_at

    @property
    def ends(self) -> datetime:
        """Return when the last slot ends."""
        return self.state.session.start_of(self.state.session.slots)

    @property
    def places(self) -> int:
        """Return how many places there are in all."""
        return self.state.session.slots * self.state.session.places

    @property
    def taken(self) -> int:
        """Return how many of them are not free."""
        return self.places - self.state.free_in_all()


@dataclass(frozen=True, slots=True)
class Block:
    """An opening with its first row, the row after its last, and its lane of so many."""

    opening: Opening
    row: int
    end: int
    lane: int
    lanes: int


@dataclass(frozen=True, slots=True)
class Column:
    """A day with its blocks by start."""

    day: date
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Grid:
    """The picture of a week: its local hours, and its days."""

    hours: Sequence[tuple[int, int]]
    columns: Sequence[Column]


def grid_of(days: Sequence[date], openings: Iterable[Opening]) -> Grid:
    """Return the picture: only the hours that some day has, eight to four where none is open."""
    found = sorted(openings, key=lambda one: (one.starts, one.ends, one.state.session.key))
    first = min((_quarter(one.starts) // QUARTERS for one in found), default=USUAL[0])
    last = max((-(-_ends(one) // QUARTERS) for one in found), default=USUAL[1])
    hours = [((hour - first) * QUARTERS + 1, hour) for hour in range(first, last)]
    columns = [
        Column(day, _blocks([one for one in found if one.state.session.key.day == day], first))
        for day in days
    ]
    return Grid(hours, columns)


def coloured(states: Iterable[SessionState], names: dict[str, str]) -> list[Opening]:
    """Return openings by the names of their vaccines; of several the first gives the colour."""
    order = {code: number % COLOURS for number, code in enumerate(names)}
    return [
        Opening(
            one,
            ", ".join(names.get(code, code) for code in one.session.vaccines),
            order.get(one.session.vaccine, 0),
        )
        for one in states
    ]


def _blocks(openings: Sequence[Opening], first: int) -> list[Block]:
    """Lay out a day: what overlaps stands side by side, in lanes of one width."""
    blocks: list[Block] = []
    together: list[tuple[Opening, int]] = []
    free_at: list[int] = []
    for one in openings:
        start = _quarter(one.starts)
        if free_at and start >= max(free_at):
            blocks += _placed(together, len(free_at), first)
            together, free_at = [], []
        lane = next((n for n, free in enumerate(free_at) if free <= start), len(free_at))
        free_at[lane : lane + 1] = [_ends(one)]
        together.append((one, lane))
    return blocks + _placed(together, len(free_at), first)


def _placed(together: Iterable[tuple[Opening, int]], count: int, first: int) -> list[Block]:
    lanes = next((width for width in LANES if width >= count), LANES[-1])
    before = first * QUARTERS
    return [
        Block(one, _quarter(one.starts) - before + 1, _ends(one) - before + 1, lane % lanes, lanes)
        for one, lane in together
    ]


def _quarter(at: datetime) -> int:
    local = calendar.local(at)
    return (local.hour * 60 + local.minute) // QUARTER


def _ends(one: Opening) -> int:
    """Return the first quarter after an opening, which is no shorter than one."""
    local = calendar.local(one.ends)
    minutes = (local.hour * 60 + local.minute) or 24 * 60
    return max(-(-minutes // QUARTER), _quarter(one.starts) + 1)
