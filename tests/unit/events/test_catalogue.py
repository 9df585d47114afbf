from dataclasses import replace
from typing import Any

import pytest

from erejestracja.domain.callback import Move
from erejestracja.domain.events import Event
from erejestracja.domain.override import Status, step_of
from erejestracja.domain.visit import VisitChange
from erejestracja.events.catalogue import EVENTS
from erejestracja.events.page import page
from erejestracja.services.callbacks import callback_event
from erejestracja.services.changes import change_of
from erejestracja.services.holds import hold_event
from erejestracja.services.outcomes import sms_event
from tests.support.builders import (
    NOW,
    PATIENT,
    a_hold,
    a_place,
    a_point,
    a_session,
    a_visit,
    an_actor,
)
from tests.support.callbacks_contract import a_callback
from tests.support.desk import a_desk
from tests.support.fake_store import FakeStore
from tests.support.functions import ROOT
from tests.support.messages import a_message
from tests.support.override_case import an_override

SMS: dict[str, dict[str, Any]] = {
    "sent": {"segments": 1, "price": None},
    "delivered": {"code": 404},
    "undelivered": {"code": 405},
    "failed": {"reason": "http_503"},
    "unreachable": {"reason": "no_phone"},
}


def visit_events() -> list[Event]:
    desk = a_desk(FakeStore(), [a_session()], [a_point()])
    visit, actor = a_visit(), an_actor()
    told = [
        change_of(desk, visit, what, actor, before=replace(visit, version=0)).events
        for what in VisitChange
    ]
    return [event for events in told for event in events]


def hold_events() -> list[Event]:
    hold = a_hold(a_place(), PATIENT)
    kinds: list[Any] = ["hold.placed", "hold.released", "hold.expired"]
    return [hold_event(kind, hold, a_session(), None) for kind in kinds]


def sms_events() -> list[Event]:
    return [sms_event(a_message(), what, told) for what, told in SMS.items()]


def callback_events() -> list[Event]:
    told = (Move.ASKED, Move.TAKEN, Move.TRIED)
    return [callback_event(a_callback(), move, NOW) for move in told]


def override_events() -> list[Event]:
    told = [replace(an_override(), status=status) for status in Status]
    return [event for one in told for event in step_of(one, NOW).events]


@pytest.mark.parametrize(
    "event",
    [*visit_events(), *hold_events(), *sms_events(), *callback_events(), *override_events()],
    ids=lambda event: event.type,
)
def test_what_is_told_is_what_the_table_says(event: Event) -> None:
    told = EVENTS[event.type]
    assert event.topic == told.topic
    assert set(event.data) == set(told.fields)


def test_the_page_is_generated() -> None:
    assert (ROOT / "docs/events.md").read_text("utf-8") == page(), (
        "run: python -m erejestracja.events.page"
    )
