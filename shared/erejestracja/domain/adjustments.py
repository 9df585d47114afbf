"""Adjustments: the slots of some hours of many days are otherwise than their rule says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, NewType, Self

from erejestracja.domain import calendar
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.session import Visibility

AdjustmentId = NewType("AdjustmentId", str)
EVERY_DAY = frozenset(range(1, 8))


@dataclass(frozen=True, slots=True)
class SlotTerms:
    """What one slot is: for how many people, who may book, and when an internal one opens."""

    places: int
    visibility: Visibility
    release_hours: int | None
    blocked: bool = False

    def as_published(self) -> Self:
        """Return it as its session says it, without what makes no difference then."""
        shown = Visibility.BLOCKED if self.blocked else self.visibility
        hours = self.release_hours if shown is Visibility.INTERNAL else None
        return replace(self, visibility=shown, release_hours=hours, blocked=False)


@dataclass(frozen=True, slots=True)
class Selection:
    """The slots that start in some local hours (`closes` no longer) of days and weekdays.

    Of the series that give a vaccine, or of the one `series`, if named: that is decided when the
    change is made, and known from then on by which series carry it.
    """

    from_: date
    to: date
    weekdays: frozenset[int] = EVERY_DAY
    opens: time = time.min
    closes: time | None = None
    vaccine: VaccineCode | None = None
    series: str | None = None

    def has_day(self, day: date) -> bool:
        """Tell whether a local day is one of these."""
        return self.from_ <= day <= self.to and day.isoweekday() in self.weekdays

    def has_hour(self, starts_at: datetime) -> bool:
        """Tell whether a slot starts in these hours."""
        at = calendar.local(starts_at).time()
        return self.opens <= at and (self.closes is None or at < self.closes)


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What the selected slots are to be; None is as it was before.

    A blocked slot is not offered to anybody; who has a visit there keeps it.
    """

    places: int | None = None
    visibility: Visibility | None = None
    release_hours: int | None = None
    blocked: bool | None = None

    def says_something(self) -> bool:
        """Tell whether anything is to be otherwise."""
        return self != Adjusted()

    def applied_to(self, slot: SlotTerms) -> SlotTerms:
        """Return what a slot is by this."""
        return SlotTerms(
            places=slot.places if self.places is None else self.places,
            visibility=self.visibility or slot.visibility,
            release_hours=self.release_hours or slot.release_hours,
            blocked=slot.blocked if self.blocked is None else self.blocked,
        )


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One change of many slots, an entry of the rules it is about.

    Of several, and of one and a single slot's change, the later wins: that of the higher `nr`.
    One that was undone changes nothing, but is kept until its days are over: the same request is
    known again by it.
    """

    id: AdjustmentId
    nr: int
    which: Selection
    what: Adjusted
    undone: bool = False

    def holds_on(self, day: date) -> bool:
        """Tell whether it says anything about a local day."""
        return not self.undone and self.which.has_day(day)

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        which, what = self.which, self.what
        return {
            "id": self.id,
            "nr": self.nr,
            "from": which.from_.isoformat(),
            "to": which.to.isoformat(),
            "weekdays": sorted(which.weekdays),
            "opens": f"{which.opens:%H:%M}",
            "closes": f"{which.closes:%H:%M}" if which.closes else None,
            "vaccine": which.vaccine,
            "series": which.series,
            "places": what.places,
            "visibility": what.visibility.value if what.visibility else None,
            "releaseHours": what.release_hours,
            "blocked": what.blocked,
            "undone": self.undone,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Read what `document` wrote. Raises KeyError or ValueError."""
        closes, shown = document["closes"], document["visibility"]
        return cls(
            AdjustmentId(document["id"]),
            int(document["nr"]),
            Selection(
                date.fromisoformat(document["from"]),
                date.fromisoformat(document["to"]),
                frozenset(int(one) for one in document["weekdays"]),
                time.fromisoformat(document["opens"]),
                time.fromisoformat(closes) if closes else None,
                document["vaccine"],
                document["series"],
            ),
            Adjusted(
                document["places"],
                Visibility(shown) if shown else None,
                document["releaseHours"],
                document["blocked"],
            ),
            bool(document["undone"]),
        )


def with_adjustment(
    known: Iterable[Adjustment], new: Adjustment, today: date
) -> tuple[Adjustment, ...]:
    """Return what is known with one that is new, or undone now; what is over is forgotten."""
    others = [one for one in known if one.which.to >= today and one.id != new.id]
    return tuple(sorted([*others, new], key=lambda one: one.nr))


def brought_back(
    before: Iterable[Adjustment], after: Iterable[Adjustment]
) -> tuple[Adjustment, ...]:
    """Return those of before an edit that is undone; what the edit brought stays, as undone."""
    known = {one.id: one for one in before}
    brought = [replace(one, undone=True) for one in after if one.id not in known]
    return (*known.values(), *brought)
