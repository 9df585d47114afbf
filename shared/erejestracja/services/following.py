"""Following: which place and vaccine a visit gets where another session stands at its time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from erejestracja.domain.eligibility import unsuited
from erejestracja.domain.errors import Reason
from erejestracja.domain.ids import ReferralId, SlotKey
from erejestracja.domain.referral import Referral
from erejestracja.domain.session import Session
from erejestracja.domain.substitutions import Substitution, instead
from erejestracja.domain.timetable import slot_of
from erejestracja.domain.visit import Visit
from erejestracja.services.schedule import Board


@dataclass(frozen=True, slots=True)
class Followed:
    """A visit as it is to be, and the slot at its time; without one, why the person may not."""

    visit: Visit
    slot: SlotKey | None
    reason: Reason | None = None


def follow(
    board: Board, visits: Sequence[Visit], rule: Sequence[Substitution], sessions: Iterable[Session]
) -> list[Followed]:
    """Find each visit's exact time among sessions, with its vaccine or one given instead.

    Who is to have another vaccine is checked for what that asks: age, interval, and that a course
    is finished with what it was begun.
    """
    by_day: dict[date, list[Session]] = {}
    for session in sessions:
        by_day.setdefault(session.key.day, []).append(session)
    found = [
        Followed(visit, slot_of(by_day.get(visit.place.slot.session.day, ()), visit))
        for visit in visits
    ]
    asked = [one.visit.patient for one in found if one.slot is None and _choices(one.visit, rule)]
    referrals = {r.id: r for r in board.schedules.referrals(asked)} if asked else {}
    return [
        one if one.slot else _with_another(board, one.visit, rule, by_day, referrals)
        for one in found
    ]


def _choices(visit: Visit, rule: Iterable[Substitution]) -> list[Visit]:
    others = instead(visit.vaccine, visit.starts_at, rule)
    return [replace(visit, vaccine=code) for code in others]


def _with_another(
    board: Board,
    visit: Visit,
    rule: Iterable[Substitution],
    by_day: Mapping[date, Sequence[Session]],
    referrals: Mapping[ReferralId, Referral],
) -> Followed:
    why: Reason | None = None
    for other in _choices(visit, rule):
        slot = slot_of(by_day.get(visit.place.slot.session.day, ()), other)
        referral = referrals.get(visit.referral)
        if slot is None or referral is None:
            continue
        programme = board.programmes.get(visit.programme)
        why = unsuited(programme, referral, other.vaccine, visit.starts_at, board.clock.now())
        if why is None:
            return Followed(other, slot)
    return Followed(visit, None, why)
