from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erejestracja.domain.ids import EventId
from erejestracja.domain.visit import VisitChange
from erejestracja.domain.webhook import (
    BOTH_SECRETS,
    LONGEST_URL,
    MOST_ATTEMPTS,
    TEST,
    DeliveryStatus,
    asked,
    is_address,
    news_of,
    test_of,
)
from tests.support.builders import NOW, POINT
from tests.support.webhooks import HOOK, OTHER, a_delivery, a_webhook, told_of_a_visit

test_of.__test__ = False  # type: ignore[attr-defined]
PLACES = {"point": POINT, "powiat": "1465", "sessions": [f"{POINT}-20261207-0"]}


@pytest.mark.parametrize("what", list(VisitChange))
def test_a_point_is_told_of_a_visit_and_not_whose_it_is(what: VisitChange) -> None:
    [news] = news_of(what.value, told_of_a_visit(what))
    assert (news.point, news.type) == (POINT, what.value)
    assert set(news.data) == {
        *("point", "visit", "version", "programme", "slot", "startsAt", "day", "vaccine", "dose")
    }


def test_the_point_it_moved_away_from_is_told_that_and_not_where_to() -> None:
    sessions = [f"{OTHER}-20261203-0", *told_of_a_visit()["sessions"]]
    here, there = news_of("visit.moved", told_of_a_visit(VisitChange.MOVED, sessions=sessions))
    assert (here.point, here.type) == (POINT, "visit.moved")
    assert (there.point, there.type) == (OTHER, "visit.movedAway")
    visit = here.data["visit"]
    assert there.data == {"point": OTHER, "visit": visit, "version": here.data["version"]}


@pytest.mark.parametrize("kind", ["schedule.published", "schedule.withdrawn"])
def test_a_point_is_told_of_its_sessions(kind: str) -> None:
    [news] = news_of(kind, PLACES)
    assert news.data == {"point": POINT, "sessions": PLACES["sessions"]}


def test_of_all_else_nobody_is_told() -> None:
    assert news_of("hold.placed", PLACES) == []


def test_an_event_that_lacks_what_it_should_have_is_no_news() -> None:
    with pytest.raises(KeyError):
        news_of("visit.booked", {"point": POINT})


def test_both_secrets_sign_for_a_day() -> None:
    rotated = a_webhook().rotated("sealed-2", NOW)
    assert rotated.version == 2
    assert rotated.secrets_at(NOW) == ("sealed-2", "sealed-1")
    assert rotated.secrets_at(NOW + BOTH_SECRETS) == ("sealed-2",)
    assert a_webhook().secrets_at(NOW) == ("sealed-1",)
    assert rotated.rotated("sealed-3", NOW).secrets_at(NOW) == ("sealed-3", "sealed-2")


def test_a_paused_webhook_can_be_resumed() -> None:
    paused = a_webhook().pausing("gone")
    assert (paused.paused, paused.reason, paused.version) == (True, "gone", 2)
    assert paused.resumed() == replace(a_webhook(), version=3)


@given(lots=st.lists(st.floats(0, 1), min_size=MOST_ATTEMPTS, max_size=MOST_ATTEMPTS))
def test_it_is_tried_less_and_less_often_over_a_night_and_given_up(lots: list[float]) -> None:
    delivery, waits = a_delivery(attempts=0), []
    for lot in lots[:-1]:
        delivery = delivery.tried("timeout", NOW, lot)
        assert delivery.due_at
        waits.append(delivery.due_at - NOW)
    assert waits == sorted(waits)
    assert timedelta(hours=12) < sum(waits, timedelta()) < timedelta(hours=24)
    last = delivery.tried("timeout", NOW, lots[-1])
    assert (last.status, last.attempts, last.due_at) == ("failed", MOST_ATTEMPTS, None)


def test_what_is_put_off_was_not_tried() -> None:
    later = a_delivery(attempts=2).put_off(NOW, 0.5)
    assert (later.attempts, later.due_at) == (2, NOW + timedelta(seconds=75))


def test_a_message_has_one_id_for_each_webhook() -> None:
    ids = {
        a_delivery().message,
        a_delivery(attempts=3).delivered().message,
        a_delivery(webhook=HOOK + "x").message,
        a_delivery(event=EventId("visit-1.2")).message,
    }
    assert len(ids) == 3
    assert all("." not in one for one in ids)  # which parts what is signed


def test_a_test_says_nothing_of_anybody() -> None:
    test = test_of(a_webhook(), NOW, NOW)
    assert test.news.type == TEST
    assert test.news.data == {"point": POINT, "webhook": HOOK}
    assert test.status is DeliveryStatus.PENDING


def test_a_request_names_the_delivery_and_has_one_id_a_second() -> None:
    event = asked(a_delivery(), NOW)
    assert (event.topic, event.type) == ("deliveries", "delivery.requested")
    assert event.data["happenedAt"] == NOW.isoformat()
    assert event.id == asked(a_delivery(attempts=5), NOW + timedelta(microseconds=5)).id
    assert event.id != asked(a_delivery(), NOW + timedelta(seconds=1)).id
    assert len(event.id) <= 64


@pytest.mark.parametrize(
    "url",
    [
        "https://software.example.org",
        "https://software.example.org:8443/hook?of=point",
        "https://xn--przychodnia-xyb.example/",
    ],
)
def test_a_webhook_leads_to_a_host_by_tls(url: str) -> None:
    assert is_address(url, plainly=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "software.example.org",
        "http://software.example.org/",
        "ftp://software.example.org/",
        "https:///hook",
        "https://user:password@software.example.org/",
        "https://software.example.org/#here",
        "https://software.example.org:0/",
        "https://software.example.org:99999/",
        "https://[::1]/",
        "https://[::1",
        "https://software.example.org/a b",
        "https://software.example.org/\r\nX: y",
        "https://zażółć.example/",
        "https://software.example.org/" + "x" * LONGEST_URL,
    ],
)
def test_no_webhook_leads_anywhere_else(url: str) -> None:
    assert not is_address(url, plainly=False)


def test_a_receiver_on_this_machine_may_be_without_tls() -> None:
    assert is_address("http://127.0.0.1:8999/hook", plainly=True)
    assert not is_address("file:///etc/hosts", plainly=True)
