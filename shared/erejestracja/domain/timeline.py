"""What has happened with a person, as one list: visits' changes, messages, calls, looks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from erejestracja.domain.calendar import local_day
from erejestracja.domain.call import CallId
from erejestracja.domain.ids import VisitId
from erejestracja.domain.person import Access

PAGE = 20


class Kind(StrEnum):
    """What an entry is about."""

    VISIT = "visit"
    MESSAGE = "message"
    CALL = "call"
    CALLBACK = "callback"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    `what` is the visit's change, the message's template, the call's outcome ("open" while it has
    none), the cause of a call back or the access's action. `by` is the channel, the agent, or the
    role that looked; `state` is where a message or a call back is. No entry holds a text that was
    sent, or where it was sent to.
    """

    at: datetime
    kind: Kind
    what: str
    by: str | None = None
    state: str | None = None
    visit: VisitId | None = None
    call: CallId | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a timeline, newest first; `older` is how many to skip for the next part."""

    entries: Sequence[Entry]
    older: int | None


def page_of(entries: Iterable[Entry], skip: int) -> Page:
    """Return the twenty newest entries after those skipped."""
    newest = sorted(entries, key=lambda entry: entry.at, reverse=True)
    end = skip + PAGE
    return Page(newest[skip:end], end if len(newest) > end else None)


def looks(accesses: Iterable[Access]) -> list[Entry]:
    """Return accesses, newest first, as one entry for a day, who looked and what they did.

    A screen that is shown ten times in a call would otherwise push all else off the list.
    """
    first: dict[object, Entry] = {}
    for access in accesses:
        entry = Entry(access.at, Kind.ACCESS, access.action, by=access.role)
        first.setdefault((local_day(access.at), access.actor, access.action), entry)
    return list(first.values())
