"""A point with one series on a fake store: edited, booked, compared with its rules."""

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

from erejestracja.domain import calendar
from erejestracja.domain.actor import Role
from erejestracja.domain.adjustments import Adjusted, Adjustment, Selection
from erejestracja.domain.claim import Claim
from erejestracja.domain.closures import Closed
from erejestracja.domain.ids import PatientId, PlaceKey, SlotKey, VaccineCode, VisitId
from erejestracja.domain.series import Series, SeriesId, expand
from erejestracja.domain.session import Session, Visibility
from erejestracja.domain.strategy import ClosureReason, Strategy
from erejestracja.domain.timetable import Edit, Reach, shape_of
from erejestracja.domain.varied import Varied
from erejestracja.domain.visit import Visit, VisitChange, VisitStatus
from erejestracja.services import (
    adjusting,
    closing,
    schedule,
    schedule_imports,
    substituting,
    varying,
)
from erejestracja.services.adjusting import Adjusting
from erejestracja.services.closing import Asked, Closing
from erejestracja.services.schedule import Board, Impact
from erejestracja.services.settling import settle
from erejestracja.services.varying import SlotEdit
from tests.support.builders import DAY, NOW, a_point, a_referral, a_series, a_visit, an_actor
from tests.support.desk import FixedProgrammes, RememberingPublisher, SetClock
from tests.support.fake_schedules import FakeSchedules, live_sessions
from tests.support.fake_store import FakeStore
from tests.support.leaving import cancel

ADMIN = an_actor(Role.ADMIN)
REACH = timedelta(days=13)
LAST = NOW.date() + REACH


@dataclass
class Case:
    """A point with one settled series; where it has several, edits are of the one that is `on`."""

    store: FakeStore = field(default_factory=FakeStore)
    told: RememberingPublisher = field(default_factory=RememberingPublisher)
    on: SeriesId | None = None
    left: set[VisitId] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.schedules = FakeSchedules(self.store, a_point())
        self.supplies = self.schedules.supplies
        self.board = Board(
            self.schedules, self.told, SetClock(NOW), REACH, self.supplies, FixedProgrammes()
        )
        self.point = a_point()

    def made(self, **changes: object) -> Edit:
        series = a_series(**({"places": 2, "number": 0} | changes))
        return self.done(schedule.made(self.board, ADMIN, self.point, series))

    def reach(self) -> Reach:
        known = self.schedules.series(self.point)
        (reach,) = (one for one in known if self.on in (None, one.series.id))
        return reach

    def at(self, hour: str, day: int = 0) -> None:
        """Let it be some local hour of some day after `DAY`."""
        now = calendar.instant(DAY + timedelta(days=day), time.fromisoformat(hour))
        self.board.clock.at = now  # type: ignore[attr-defined]

    def set_status(self, visit: Visit, status: VisitStatus) -> None:
        """Let somebody have come, or more."""
        now, digest = self.store.tables.visits[visit.id]
        after = replace(now, status=status, version=now.version + 1)
        self.store.tables.visits[visit.id] = (after, digest)

    def plan(self, after: Series | None) -> Impact:
        return schedule.changed(self.board, ADMIN, self.point, self.reach(), after)

    def done(self, found: Impact) -> Edit:
        edit = schedule.begin(self.board, found)
        settle(self.board, edit)
        return edit

    def change(self, **changes: object) -> Edit:
        return self.done(self.plan(replace(self.reach().series, **changes)))  # type: ignore[arg-type]

    def undo(self, edit: Edit) -> Edit:
        number = edit.number
        return self.done(schedule.undone(self.board, ADMIN, self.point, edit.series, number))

    def closing(
        self,
        begins: str = "10:00",
        ends: str = "12:00",
        *,
        day: int = 0,
        days: int = 0,
        strategy: Strategy = Strategy.REACCOMMODATE,
        room: str | None = None,
    ) -> Closing:
        """Plan to close from an hour to another, local, of some days after `DAY`."""
        first, last = DAY + timedelta(days=day), DAY + timedelta(days=day + days)
        asked = Asked(
            calendar.instant(first, time.fromisoformat(begins)),
            calendar.instant(last, time.fromisoformat(ends)),
            ClosureReason.BREAKDOWN,
            strategy,
            room,
        )
        return closing.closed(self.board, ADMIN, self.point, asked)

    def close(self, *hours: str, **more: Any) -> Closing:
        found = self.closing(*hours, **more)
        closing.carry_out(self.board, found)
        return found

    def substitute(
        self, day: int, from_: VaccineCode, to: VaccineCode, key: str, days: int = 0
    ) -> None:
        """Give another vaccine on some day after `DAY`, and on as many days after it."""
        first = DAY + timedelta(days=day)
        last = first + timedelta(days=days) if days else None
        asked = substituting.Asked(first, from_, to, key, last)
        found = substituting.asked_for(self.board, ADMIN, self.point, asked)
        substituting.carry_out(self.board, found)

    def take_back(self) -> None:
        """Undo the last substitution that stands."""
        known = [one for one in self.reach().series.substituted if not one.undone]
        if known:
            found = substituting.undone(self.board, ADMIN, self.point, known[-1].id)
            substituting.carry_out(self.board, found)

    def adjust(self, which: Selection, what: Adjusted, key: str = "key") -> Adjusting:
        """Change the slots of many days."""
        asked = adjusting.Asked(which, what, key)
        found = adjusting.asked_for(self.board, ADMIN, self.point, asked)
        adjusting.carry_out(self.board, found)
        return found

    def unadjust(self, found: Adjusting | None = None) -> None:
        """Undo a change of many slots, or the last that stands."""
        known = [one for one in self.reach().series.adjusted if not one.undone]
        if found or known:
            named = found.adjustment.id if found else known[-1].id
            undone = adjusting.undone(self.board, ADMIN, self.point, named)
            adjusting.carry_out(self.board, undone)

    def take_in(self, *rules: Series) -> None:
        """Take in a file with these rules of the point."""
        _, planned = schedule_imports.judged(self.board, list(enumerate(rules)), "import")
        if planned.edits:
            self.schedules.begin(planned.edits, *planned.footings)
            schedule_imports.follow(self.board, planned)

    def reopen(self, number: int) -> Closing:
        found = closing.reopened(self.board, ADMIN, self.point, number)
        closing.carry_out(self.board, found)
        return found

    def slot(self, hour: str, day: int = 0) -> SlotKey:
        """Return the slot that starts at a local hour."""
        at = calendar.instant(DAY + timedelta(days=day), time.fromisoformat(hour))
        live = live_sessions(self.schedules).values()
        found = ((s, n) for s in live for n in range(s.slots) if s.start_of(n) == at)
        session, index = next(found)
        return SlotKey(session.key, index)

    def vary(
        self, slot: SlotKey, places: int | None = None, visibility: Visibility | None = None
    ) -> Edit:
        wanted = SlotEdit(places, visibility)
        return self.done(varying.varied(self.board, ADMIN, self.point, slot, wanted))

    def slots(self, day: int = 0, room: str | None = None) -> list[str]:
        """Return the local hours that can be booked on a day, in one room or in all."""
        at = DAY + timedelta(days=day)
        live = [s for s in live_sessions(self.schedules).values() if room in (None, s.room)]
        starts = [s.start_of(n) for s in live if s.key.day == at for n in range(s.slots)]
        return sorted(f"{calendar.local(start):%H:%M}" for start in starts)

    def visit(
        self, who: str, day: int = 0, index: int = 0, nth: int = 0, room: str | None = None
    ) -> Visit:
        """Book the `index`-th slot of a day, or the next whose `nth` place nobody has.

        In one room or in any.
        """
        at = DAY + timedelta(days=day)
        live = [s for s in live_sessions(self.schedules).values() if room in (None, s.room)]
        live.sort(key=lambda s: (s.starts_at, s.key))
        slots = [(s, n) for s in live if s.key.day == at for n in range(s.slots)]
        first = index % len(slots)
        session, place = next(
            (session, place)
            for session, n in (*slots[first:], *slots)
            if (place := PlaceKey(SlotKey(session.key, n), nth)) not in self.store.tables.places
        )
        starts_at = session.start_of(place.slot.index)
        visit = a_visit(place, PatientId(who), starts_at=starts_at, vaccine=session.vaccine)
        self.store.all_referrals[visit.patient, visit.referral] = a_referral(visit.patient)
        self.store.tables.visits[visit.id] = (visit, "")
        self.store.tables.places[place] = Claim(0, "visit", visit.id, None)
        return visit

    def now(self, visit: Visit) -> Visit:
        return self.store.tables.visits[visit.id][0]

    def status(self, visit: Visit) -> VisitStatus:
        return self.now(visit).status

    def cancel(self, visit: Visit) -> None:
        """Cancel a visit as its person does, if it still stands and has not begun."""
        has_begun = visit.starts_at <= self.board.clock.now()
        if self.now(visit).after(VisitChange.CANCELLED) and not has_begun:
            cancel(self.store, self.now(visit), visit.place)
            self.left.add(visit.id)

    def free_where_withdrawn(self) -> int:
        """Return how many places of withdrawn sessions can be booked."""
        gone = [self.store.tables.sessions[key] for key in self.schedules.plans.withdrawn_by]
        return sum(state.free_in_all() for state in self.store.states(gone))

    def is_open_as_ruled(self) -> bool:
        """Tell whether the slots of the days ahead are those of the rules that no closure hits."""
        series = list(self.schedules.plans.series.values())
        shut = [one.closed for one in self.schedules.plans.closures.all if not one.undone]
        tomorrow = self.board.today() + timedelta(1)
        plain = {"closed": (), "varied": (), "substituted": (), "adjusted": ()}
        wanted = [
            (rule, s, s.start_of(n), _said(rule, s, s.start_of(n)))
            for rule, until in ((reach.series, reach.until or LAST) for reach in series)
            for s in expand(replace(rule, **plain), tomorrow, until)  # type: ignore[arg-type]
            for n in range(s.slots)
        ]
        ruled = {
            (rule.id, rule.room, at, places, _given(rule, s), s.dose, s.cohort, shown, hours)
            for rule, s, at, (places, shown, hours) in wanted
            if places and not any(_shuts(one, rule, at, s.step) for one in shut)
        }
        made_by = self.schedules.plans.made_by
        ours = [
            (
                made_by[s.key],
                s.room,
                s.start_of(n),
                s.places,
                s.vaccines,
                s.dose,
                s.cohort,
                s.visibility,
                s.release_hours,
            )
            for s in live_sessions(self.schedules).values()
            if s.key.day >= tomorrow
            for n in range(s.slots)
        ]
        return len(ours) == len(ruled) and set(ours) == ruled

    def is_as_from_scratch(self) -> bool:
        standing = [r.series for r in self.schedules.plans.series.values()]
        wanted = [
            (*shape_of(s), s.room, one.id)
            for one in standing
            for s in expand(one, NOW.date() + timedelta(1), LAST)
        ]
        return sorted(live_sessions(self.schedules), key=str) == sorted(wanted, key=str)

    def has_room(self) -> bool:
        """Tell whether somebody can book on `DAY`."""
        places = self.store.tables.places
        live = live_sessions(self.schedules).values()
        slots = (SlotKey(s.key, n) for s in live if s.key.day == DAY for n in range(s.slots))
        return any(PlaceKey(slot, 0) not in places for slot in slots)


def _shuts(one: Closed, rule: Series, at: datetime, minutes: int) -> bool:
    """Tell whether a closure hits a slot of a rule: its time, and its room if it names one."""
    if one.room is not None and one.room.lower() != (rule.room or "").lower():
        return False
    return one.hits(at, minutes)


def _said(rule: Series, session: Session, at: datetime) -> tuple[int, Visibility, int | None]:
    """Return the last word on a slot: how many places, who may book, and when it is released."""
    words: list[tuple[int, int, Varied | Adjustment]] = []
    words += [(one.since, 1, one) for one in rule.varied if one.starts_at == at]
    words += [(one.nr, 0, one) for one in rule.adjusted if not one.undone]
    places, shown, hours = session.places, session.visibility, rule.release_hours
    blocked = False
    for _, _, one in sorted(words, key=lambda word: word[:2]):
        if isinstance(one, Varied):
            places = places if one.places is None else one.places
            shown, blocked = one.visibility or shown, blocked and one.visibility is None
            continue
        local, which, what = calendar.local(at), one.which, one.what
        if (
            which.from_ <= local.date() <= which.to
            and local.isoweekday() in which.weekdays
            and which.opens <= local.time() < (which.closes or time.max)
        ):
            places = places if what.places is None else what.places
            shown, hours = what.visibility or shown, what.release_hours or hours
            blocked = blocked if what.blocked is None else what.blocked
    shown = Visibility.BLOCKED if blocked else shown
    return places, shown, hours if shown is Visibility.INTERNAL else None


def _given(rule: Series, session: Session) -> tuple[VaccineCode, ...]:
    """Return what is given, each substitution of the day after the other."""
    vaccines = list(session.vaccines)
    for one in rule.substituted:
        is_of_it = one.day <= session.key.day <= (one.last or one.day)
        if is_of_it and not one.undone and one.from_ in vaccines:
            at = vaccines.index(one.from_)
            vaccines[at] = one.to
            vaccines = [code for n, code in enumerate(vaccines) if code not in vaccines[:n]]
    return tuple(vaccines)
