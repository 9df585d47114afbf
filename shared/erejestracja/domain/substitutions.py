"""Substitutions: on some days a vaccine is given in place of another, as it was delivered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any, NewType, Self

from erejestracja.domain import calendar
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.session import Session

SubstitutionId = NewType("SubstitutionId", str)


@dataclass(frozen=True, slots=True)
class Substitution:
    """On a local day, or up to the `last` of several, `to` is given where a rule says `from_`.

    One that was undone changes no session, but is kept until its days are over: visits that had
    followed it still have to find back.

    `turns` are the instants at which it was made, undone or made anew on a day that it is about:
    slots that had begun by then stay as they were.
    """

    id: SubstitutionId
    day: date
    from_: VaccineCode
    to: VaccineCode
    undone: bool = False
    last: date | None = None
    turns: tuple[datetime, ...] = ()

    @property
    def ends(self) -> date:
        """Return the last local day it is about."""
        return self.last or self.day

    def has(self, day: date) -> bool:
        """Tell whether it is about a local day."""
        return self.day <= day <= self.ends

    def holds_at(self, starts_at: datetime) -> bool:
        """Tell whether a slot of its days is changed by it: by what was so when it began."""
        turned_since = sum(starts_at <= turn for turn in self.turns)
        return (turned_since % 2 == 0) is not self.undone

    def turned(self, now: datetime, *, undone: bool) -> Self:
        """Return it made, or undone, for what begins after an instant."""
        is_today = self.has(calendar.local_day(now))
        turns = (*self.turns, now) if is_today else self.turns
        return replace(self, undone=undone, turns=turns)

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "id": self.id,
            "day": self.day.isoformat(),
            "from": self.from_,
            "to": self.to,
            "undone": self.undone,
            "last": self.last.isoformat() if self.last else None,
            "turns": [turn.isoformat() for turn in self.turns],
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what `document` wrote. Raises KeyError or ValueError."""
        last = document.get("last")
        return cls(
            SubstitutionId(document["id"]),
            date.fromisoformat(document["day"]),
            VaccineCode(document["from"]),
            VaccineCode(document["to"]),
            bool(document["undone"]),
            date.fromisoformat(last) if last else None,
            tuple(datetime.fromisoformat(t).astimezone(UTC) for t in document.get("turns", ())),
        )


def substituted(session: Session, known: Iterable[Substitution]) -> list[Session]:
    """Return a session in parts by what is given in its slots; of several vaccines each once."""
    of_day = [one for one in known if one.has(session.key.day)]
    if not of_day:
        return [session]
    ruled = session.ruled or session.vaccines

    def given(index: int) -> tuple[VaccineCode, ...]:
        vaccines, starts_at = ruled, session.start_of(index)
        for one in (each for each in of_day if each.holds_at(starts_at)):
            swapped = (one.to if code == one.from_ else code for code in vaccines)
            vaccines = tuple(dict.fromkeys(swapped))
        return vaccines

    runs = [(vaccines, list(run)) for vaccines, run in groupby(range(session.slots), key=given)]
    return [
        replace(
            session.run(run[0], len(run)),
            vaccine=vaccines[0],
            also=vaccines[1:],
            ruled=ruled if vaccines != ruled else (),
        )
        for vaccines, run in runs
    ]


def instead(
    vaccine: VaccineCode, starts_at: datetime, known: Iterable[Substitution]
) -> list[VaccineCode]:
    """Return what may be given instead of a vaccine in a slot, whichever way substitutions lead."""
    day = calendar.local_day(starts_at)
    ways = [
        (one.from_, one.to) if one.holds_at(starts_at) else (one.to, one.from_)
        for one in known
        if one.has(day)
    ]
    found = [vaccine]
    for code in found:
        found += [to for from_, to in ways if from_ == code and to not in found]
    return found[1:]


def taken_back(
    before: Iterable[Substitution], after: Iterable[Substitution], now: datetime
) -> tuple[Substitution, ...]:
    """Return those of before an edit that is undone; what the edit brought stays, as undone."""
    then = {one.id: one for one in after}
    kept = {one.id: _as_was(then.get(one.id, one), now, undone=one.undone) for one in before}
    brought = (one for one in then.values() if one.id not in kept)
    return (*kept.values(), *(_as_was(one, now, undone=True) for one in brought))


def _as_was(one: Substitution, now: datetime, *, undone: bool) -> Substitution:
    return one if one.undone == undone else one.turned(now, undone=undone)


def with_substitution(
    known: Iterable[Substitution], new: Substitution, today: date
) -> tuple[Substitution, ...]:
    """Return what is known with one that is new, or undone now; what is over is forgotten."""
    ahead = [one for one in known if one.ends >= today]
    if any(one.id == new.id for one in ahead):
        return tuple(new if one.id == new.id else one for one in ahead)
    return (*ahead, new)
