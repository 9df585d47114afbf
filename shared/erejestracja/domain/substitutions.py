"""Substitutions: on some days a vaccine is given in place of another, as it was delivered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NewType, Self

from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.session import Session

SubstitutionId = NewType("SubstitutionId", str)


@dataclass(frozen=True, slots=True)
class Substitution:
    """On a local day, or up to the `last` of several, `to` is given where a rule says `from_`.

    One that was undone changes no session, but is kept until its days are over: visits that had
    followed it still have to find back.
    """

    id: SubstitutionId
    day: date
    from_: VaccineCode
    to: VaccineCode
    undone: bool = False
    last: date | None = None

    @property
    def ends(self) -> date:
        """Return the last local day it is about."""
        return self.last or self.day

    def has(self, day: date) -> bool:
        """Tell whether it is about a local day."""
        return self.day <= day <= self.ends

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "id": self.id,
            "day": self.day.isoformat(),
            "from": self.from_,
            "to": self.to,
            "undone": self.undone,
            "last": self.last.isoformat() if self.last else None,
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
        )


def substituted(session: Session, known: Iterable[Substitution]) -> Session:
    """Return a session with what is given on its day; of several vaccines each once."""
    vaccines = session.vaccines
    for one in known:
        if one.has(session.key.day) and not one.undone:
            given = (one.to if code == one.from_ else code for code in vaccines)
            vaccines = tuple(dict.fromkeys(given))
    return replace(session, vaccine=vaccines[0], also=vaccines[1:])


def instead(vaccine: VaccineCode, day: date, known: Iterable[Substitution]) -> list[VaccineCode]:
    """Return what may be given instead of a vaccine on a day, whichever way substitutions lead."""
    ways = [
        (one.to, one.from_) if one.undone else (one.from_, one.to) for one in known if one.has(day)
    ]
    found = [vaccine]
    for code in found:
        found += [to for from_, to in ways if from_ == code and to not in found]
    return found[1:]


def taken_back(
    before: Iterable[Substitution], after: Iterable[Substitution]
) -> tuple[Substitution, ...]:
    """Return those of before an edit that is undone; what the edit brought stays, as undone."""
    known = {one.id: one for one in before}
    brought = (replace(one, undone=True) for one in after if one.id not in known)
    return (*known.values(), *brought)


def with_substitution(
    known: Iterable[Substitution], new: Substitution, today: date
) -> tuple[Substitution, ...]:
    """Return what is known with one that is new, or undone now; what is over is forgotten."""
    ahead = [one for one in known if one.ends >= today]
    if any(one.id == new.id for one in ahead):
        return tuple(new if one.id == new.id else one for one in ahead)
    return (*ahead, new)
