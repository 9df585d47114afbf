"""What is changed while a day goes on, killed or not: what has begun stays, the rest follows."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.series import SeriesId
from erejestracja.domain.strategy import Strategy
from erejestracja.domain.visit import Visit, VisitChange, VisitStatus
from erejestracja.services.cover import of_today
from erejestracja.services.settling import settle_open
from tests.support.builders import DAY, MODERNA, PFIZER
from tests.support.fake_schedules import live_sessions
from tests.support.leaving import ended
from tests.support.schedule_case import Case
from tests.unit.services.test_schedule_sequences import (
    CHANGES,
    GIVEN,
    KILL,
    LEAVE,
    REFUSED,
    REOPEN,
    ROOMS,
    SERIES,
    SUBSTITUTE,
    TAKE_BACK,
    UNDO,
    beside,
    do,
)

PLACES = 2
RULED = dict(zip(SERIES, ((PFIZER,), (PFIZER, MODERNA)), strict=True))
THERE = (VisitStatus.ARRIVED, VisitStatus.COMPLETED)
Slot = tuple[SeriesId, datetime]
OTHERS = st.tuples(st.just(0), st.integers(0, 2), GIVEN, GIVEN, st.just(SUBSTITUTE))
HOURS = st.tuples(
    st.just(0),
    st.integers(7, 14),
    st.integers(1, 3),
    st.none() | st.sampled_from(ROOMS),
    st.sampled_from(Strategy),
)
STEPS = st.tuples(
    st.sampled_from(sorted(SERIES)),
    OTHERS | OTHERS | HOURS | CHANGES | st.sampled_from([UNDO, REOPEN, TAKE_BACK, TAKE_BACK, None]),
    st.integers(0, 8),
    st.sampled_from([None, KILL, KILL, LEAVE]),
    st.integers(0, 100),
    st.none() | st.tuples(st.integers(0, 6), st.sampled_from(THERE)),
)


@dataclass
class Today:
    """What is to be given in each slot of `DAY`, told by nothing but what was so as it began."""

    case: Case
    given: dict[Slot, tuple[VaccineCode, ...]] = field(default_factory=dict)
    ruled: dict[Slot, tuple[VaccineCode, ...]] = field(default_factory=dict)
    rooms: dict[Slot, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.given = self.stands()
        self.ruled = {slot: RULED[slot[0]] for slot in self.given}
        for session in self.live():
            room = session.room
            made = self.case.schedules.plans.made_by[session.key]
            self.rooms |= {(made, session.start_of(n)): room for n in range(session.slots)}

    def live(self) -> list[Any]:
        live = live_sessions(self.case.schedules).values()
        return [session for session in live if session.key.day == DAY]

    def stands(self) -> dict[Slot, tuple[VaccineCode, ...]]:
        made_by = self.case.schedules.plans.made_by
        found = [
            ((made_by[s.key], s.start_of(n)), s.vaccines)
            for s in self.live()
            for n in range(s.slots)
        ]
        assert len(dict(found)) == len(found)
        return dict(found)

    def goes_on(self) -> None:
        """Look at the rules: what has not begun yet is given by what they say now."""
        now, series = self.case.board.clock.now(), self.case.schedules.plans.series
        for slot, ruled in self.ruled.items():
            if slot[1] > now and slot[0] in series:
                vaccines = list(ruled)
                for one in series[slot[0]].series.substituted:
                    if one.day <= DAY <= (one.last or one.day) and not one.undone:
                        swapped = [one.to if code == one.from_ else code for code in vaccines]
                        vaccines = list(dict.fromkeys(swapped))
                self.given[slot] = tuple(vaccines)

    def check(self) -> None:
        """Compare with what stands; nobody who is awaited or has been is one too many."""
        stands, now = self.stands(), self.case.board.clock.now()
        closures = self.case.schedules.plans.closures.all
        for (name, starts_at), vaccines in self.given.items():
            slot = name, starts_at
            room = self.rooms[slot]
            hit = [
                one for one in closures if one.closed.hits(starts_at, 15) and one.closed.shuts(room)
            ]
            # An ended series, or what was opened again, may be shut or not.
            sure = not any(one.undone or one.closed.to <= now for one in hit)
            if sure and (name in self.case.schedules.plans.series or not hit):
                assert (slot in stands) == (not hit)
            if slot in stands:
                assert stands[slot] == vaccines
        people = Counter(
            (self.case.schedules.plans.made_by[visit.place.slot.session], visit.starts_at)
            for visit, _ in self.case.store.tables.visits.values()
            if visit.status in (VisitStatus.BOOKED, *THERE)
        )
        assert self.needed() == +of_today(self.case.schedules, self.case.point, DAY).needed(
            self.case.schedules.series(self.case.point)
        )
        for state in self.case.store.states(self.live()):
            name = self.case.schedules.plans.made_by[state.session.key]
            for n in range(state.session.slots):
                there = people[name, state.session.start_of(n)]
                assert there + state.free(n) <= PLACES

    def needed(self) -> Counter[tuple[date, tuple[VaccineCode, ...]]]:
        """Return how many doses of what people need who are awaited, or may still book."""
        sessions, found = self.case.store.tables.sessions, Counter[Any]()
        for state in self.case.store.states(self.live()):
            free = sum(state.free(n) for n in range(state.session.slots))
            found[DAY, state.session.vaccines] += free
        for visit, _ in self.case.store.tables.visits.values():
            if visit.status in (VisitStatus.BOOKED, VisitStatus.ARRIVED):
                found[DAY, sessions[visit.place.slot.session].vaccines] += 1
        return +found


def book(case: Case, number: int, booked: list[Visit]) -> None:
    """Book the next slot of the day that has not begun, if there is one."""
    now = case.board.clock.now()
    live = [s for s in live_sessions(case.schedules).values() if s.key.day == DAY]
    begun = sum(s.start_of(n) <= now for s in live for n in range(s.slots))
    if case.has_room():
        visit = case.visit(f"person-{number}", index=begun + number)
        booked.append(visit)


def come(case: Case, booked: list[Visit], who: int, status: VisitStatus) -> Visit | None:
    """Let somebody come, whose visit still stands; return it as it is then."""
    if not booked or case.status(booked[who % len(booked)]) is not VisitStatus.BOOKED:
        return None
    visit = booked[who % len(booked)]
    case.set_status(visit, status)
    return case.now(visit)


@settings(max_examples=200)
@given(st.lists(OTHERS | st.just(TAKE_BACK), max_size=2), st.lists(STEPS, max_size=8))
def test_what_has_begun_stays_and_the_rest_follows(
    before: list[Any],
    steps: list[tuple[SeriesId, Any, int, str | None, int, tuple[int, VisitStatus] | None]],
) -> None:
    case, now = Case(), {named: named for named in SERIES}
    for named, room in SERIES.items():
        case.made(id=named, room=room, places=PLACES, also=RULED[named][1:])
    for number, step in enumerate(before):
        case.on = SeriesId("two")
        with suppress(*REFUSED):
            do(case, 100 + number, step)
    case.at("07:50")
    today, booked, there = Today(case), list[Visit](), list[Visit]()
    for number, (named, step, commits, what, minutes, comes) in enumerate(steps):
        case.board.clock.at += timedelta(minutes=minutes)  # type: ignore[attr-defined]
        case.on = now[named]
        for nth in range(2):
            book(case, 2 * number + nth, booked)
        came = come(case, booked, *comes) if comes else None
        there += [came] if came else []
        with beside(case, what, commits, booked), suppress(*REFUSED):
            do(case, number, step)
        today.goes_on()
        now[named] = case.on
    settle_open(case.board)
    today.check()
    assert case.is_open_as_ruled()
    assert case.free_where_withdrawn() == 0
    for visit in there:
        after = case.now(visit)
        assert (after.status, after.vaccine, after.starts_at) == (
            visit.status,
            visit.vaccine,
            visit.starts_at,
        )
    for visit in booked:
        case.cancel(visit)
        here = case.now(visit)
        if here.status is VisitStatus.ARRIVED and visit.starts_at > case.board.clock.now():
            case.store.end(*ended(here, VisitChange.DEFERRED), frees=True)
    assert case.free_where_withdrawn() == 0


def test_a_day_is_changed_there_and_back() -> None:
    case = Case()
    case.on = SeriesId("one")
    case.made(id=case.on, places=PLACES)
    case.at("10:07")
    today = Today(case)
    for hour, from_, to in (("10:07", PFIZER, MODERNA), ("11:20", MODERNA, PFIZER)):
        case.at(hour)
        case.substitute(0, from_, to, hour)
        today.goes_on()
    case.at("12:01")
    case.take_back()
    today.goes_on()
    today.check()
    assert [s.vaccine for s in sorted(today.live(), key=lambda s: s.starts_at)] == [
        PFIZER,
        MODERNA,
        PFIZER,
        MODERNA,
    ]
    assert replace(case.reach().series, substituted=()).vaccines == (PFIZER,)
