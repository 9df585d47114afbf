"""What waiting asks of its store: the same sentences for the fake and for Spanner.

A class that inherits gives the fixture `case`: a waiting room over a fresh store.
"""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from erejestracja.domain.criteria import Area, Criteria
from erejestracja.domain.ids import PointId, SlotKey, VisitId
from erejestracja.domain.point import Location
from erejestracja.domain.waiting import Entry, Held, Step, entry_id
from erejestracja.ports import Clash, Gone
from tests.support.builders import COVID, NOW, PFIZER, a_hold, a_place
from tests.support.waiting_case import ANNA, JAN, SESSION, Case

WISH = Criteria(
    area=Area(near=Location(51.25, 22.57), radius_km=25.0),
    vaccines=frozenset({PFIZER}),
    dose=1,
    from_=date(2026, 12, 2),
    to=date(2026, 12, 24),
    hour_from=time(8),
    hour_to=time(12, 30),
    access=frozenset({"wheelchair"}),
)


def an_entry(patient: Any = ANNA, **changes: Any) -> Entry:
    facts: dict[str, Any] = {
        "id": entry_id(patient, COVID, 1),
        "patient": patient,
        "programme": COVID,
        "dose": 1,
        "criteria": Criteria(area=Area(teryt="06")),
        "powiaty": ("0663", "0609"),
        "since": NOW,
        "version": 7,
    }
    return Entry(**(facts | changes))


class QueueContract:
    """Versions, keys and indexes say no."""

    def test_an_entry_is_kept_as_it_is(self, case: Case) -> None:
        full = an_entry(
            criteria=WISH,
            lost=True,
            moves=Held(VisitId("visit-1"), 3),
            declined=frozenset({SlotKey(SESSION.key, 1)}),
            unanswered=2,
        )
        at_a_point = an_entry(JAN, criteria=Criteria(area=Area(point=PointId("aaaaaaaaaa"))))
        for entry in (full, at_a_point):
            case.queue.commit(Step(None, entry, []))
            assert list(case.queue.of(entry.patient)) == [entry]
        keys = [(ANNA, full.id), (JAN, at_a_point.id), (JAN, full.id)]
        assert {e.patient for e in case.queue.entries(keys)} == {ANNA, JAN}

    def test_a_person_waits_once_for_a_dose(self, case: Case) -> None:
        case.queue.commit(Step(None, an_entry(), []))
        with pytest.raises(Clash):
            case.queue.commit(Step(None, an_entry(version=8), []))

    def test_who_decided_by_an_older_version_changes_nothing(self, case: Case) -> None:
        first = an_entry()
        second = first.wishing(WISH, ["0663"])
        case.queue.commit(Step(None, first, []))
        case.queue.commit(Step(first, second, []))
        for after in (None, second, first.declining()):
            with pytest.raises(Gone):
                case.queue.commit(Step(first, after, []))
        assert list(case.queue.of(ANNA)) == [second]

    def test_an_offer_takes_the_place_and_its_end_frees_it(self, case: Case) -> None:
        entry, hold = an_entry(), a_hold(a_place(SESSION), ANNA)
        asked = entry.offered(hold)
        case.queue.commit(Step(None, entry, []))
        case.queue.commit(Step(entry, asked, [], takes=hold))
        assert list(case.queue.of(ANNA)) == [asked]
        assert case.desk.records.find_hold(hold.id) == hold
        assert case.desk.stock.state(SESSION).taken == 0b1
        case.queue.commit(Step(asked, None, [], frees=hold))
        assert case.desk.stock.state(SESSION).taken == 0
        assert list(case.queue.of(ANNA)) == []
        with pytest.raises(Gone):
            case.queue.commit(Step(None, asked, [], frees=hold))

    def test_a_place_that_is_taken_is_not_offered(self, case: Case) -> None:
        case.book(JAN)
        entry, hold = an_entry(), a_hold(a_place(SESSION), ANNA)
        case.queue.commit(Step(None, entry, []))
        with pytest.raises(Clash):
            case.queue.commit(Step(entry, entry.offered(hold), [], takes=hold))
        assert list(case.queue.of(ANNA)) == [entry]

    def test_a_line_is_in_order_and_knows_who_is_being_asked(self, case: Case) -> None:
        entry, hold = an_entry(since=NOW), a_hold(a_place(SESSION), ANNA)
        later = an_entry(JAN, since=NOW + timedelta(seconds=1), powiaty=("0663",))
        case.queue.commit(Step(None, entry, []))
        case.queue.commit(Step(None, later, []))
        case.queue.commit(Step(entry, entry.offered(hold), [], takes=hold))
        line = case.queue.line("0663", COVID, 10)
        assert [(w.patient, w.offered_until) for w in line] == [
            (ANNA, hold.expires_at),
            (JAN, None),
        ]
        assert [w.patient for w in case.queue.line("0663", COVID, 1)] == [ANNA]
        assert [w.patient for w in case.queue.line("0609", COVID, 10)] == [ANNA]
        assert list(case.queue.line("1465", COVID, 10)) == []
        lost = replace(later, version=8, lost=True)
        case.queue.commit(Step(later, lost, []))
        assert [w.patient for w in case.queue.line("0663", COVID, 10)] == [JAN, ANNA]

    def test_who_ends_waiting_leaves_every_line(self, case: Case) -> None:
        case.queue.commit(Step(None, an_entry(), []))
        case.queue.commit(Step(an_entry(), None, []))
        assert list(case.queue.line("0663", COVID, 10)) == []
