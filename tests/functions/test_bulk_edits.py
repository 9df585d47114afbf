"""The slots of many days changed at once, over HTTP and in a browser, in process."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.session import Visibility
from erejestracja.domain.visit import VisitStatus
from tests.functions.test_schedule import Caller
from tests.support.builders import DAY, PFIZER, POINT, an_actor
from tests.support.fake_schedules import live_sessions
from tests.support.planning import agreed, planner, said
from tests.support.schedule_case import Case
from tests.support.web import Browser

PATH = f"/v1/points/{POINT}/bulkEdits"
PAGE = f"/punkt/{POINT}/tydzien/wiele-dni"
Post = Callable[..., Any]
FRIDAY = DAY + timedelta(days=4)
DAYS = {"from": DAY.isoformat(), "to": FRIDAY.isoformat()}
FORM = {
    "key": "a form",
    **DAYS,
    "weekdays": ["1", "2", "3", "4", "5"],
    "blocks": "same",
    "vaccine": "",
    "visibility": "same",
}


@pytest.fixture
def case() -> Case:
    case = Case()
    case.made()
    return case


@pytest.fixture
def call(case: Case) -> Post:
    caller, once = Caller(case), {"Idempotency-Key": "k"}
    return lambda path, who="admin", **more: caller(who, "POST", path, headers=once, **more)


@pytest.fixture
def admin(case: Case) -> Browser:
    return planner(case)


def shown(case: Case) -> set[tuple[int, Visibility]]:
    found = (s for s in live_sessions(case.schedules).values() if s.key.day == DAY)
    return {(session.places, session.visibility) for session in found}


AS_RULED = {(2, Visibility.EXTERNAL)}
BLOCKED = {(2, Visibility.BLOCKED)}


def test_a_preview_says_what_comes_goes_and_stays_and_changes_nothing(
    call: Post, case: Case
) -> None:
    hit = case.visit("a" * 26)
    told = call(f"{PATH}?dryRun=true", json={**DAYS, "places": 3}).get_json()
    assert [told[name] for name in ("creates", "withdraws", "keeps", "series")] == [480, 320, 64, 1]
    assert told["affectedVisits"][0]["id"] == hit.id
    assert told["affectedVisits"][0]["keepsTime"] is True
    assert "undoToken" not in told
    assert shown(case) == AS_RULED


def test_it_is_done_once_and_undone_by_its_token(call: Post, case: Case) -> None:
    body = {**DAYS, "weekdays": [1], "hourFrom": "08:00", "hourTo": "16:00", "blocked": True}
    done = call(PATH, json=body | {"vaccine": PFIZER})
    assert (done.status_code, done.get_json()["settled"]) == (201, True)
    assert shown(case) == BLOCKED
    again = call(PATH, json=body | {"vaccine": PFIZER})
    token = done.get_json()["undoToken"]
    assert (again.status_code, again.get_json()["undoToken"]) == (200, token)
    assert call(PATH, json=body).get_json()["code"] == "idempotency_conflict"
    undone = call(f"{PATH}/{token}:undo")
    assert (undone.status_code, undone.get_json()["creates"]) == (200, 64)
    assert "undoToken" not in undone.get_json()
    assert shown(case) == AS_RULED
    assert call(f"{PATH}/{token}:undo").status_code == 412


def test_only_who_plans_for_the_point_may(call: Post) -> None:
    assert call(PATH, "registrar", json={**DAYS, "blocked": True}).status_code == 403


def test_of_one_series_who_may_book_is_changed(call: Post, case: Case) -> None:
    body = {**DAYS, "series": case.reach().series.id, "visibility": "internal", "releaseHours": 24}
    assert call(PATH, json=body).status_code == 201
    assert shown(case) == {(2, Visibility.INTERNAL)}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (DAYS, "what"),
        ({**DAYS, "visibility": "blocked"}, "visibility"),
        ({**DAYS, "places": 0}, "places"),
        ({**DAYS, "blocked": True, "series": "another"}, "which"),
    ],
)
def test_what_cannot_be_meant_is_named(call: Post, body: dict[str, Any], field: str) -> None:
    answer = call(PATH, json=body)
    assert (answer.status_code, list(answer.get_json()["fields"])) == (400, [field])


def test_the_week_leads_to_a_form_of_its_days(admin: Browser) -> None:
    week = admin.get(f"/punkt/{POINT}/tydzien", on=DAY.isoformat())
    assert f'href="{PAGE}?from={DAY}"' in week.text
    form = admin.get(PAGE, **{"from": DAY.isoformat()})
    assert f'value="{DAY}"' in form.text
    assert admin.get(PAGE, **{"from": "never"}).status_code == 200


def test_what_it_does_is_said_then_done_and_undone(admin: Browser, case: Case) -> None:
    kept = case.visit("a" * 26, index=3)
    page = admin.post(PAGE, admin.get(PAGE), **FORM | {"blocks": "block", "opens": "08:00"})
    words = said(page)
    assert "Wolne miejsca będą zablokowane. Kto ma wizytę, zachowa ją." in words
    assert "poniedziałek, wtorek, środa, czwartek, piątek od godziny 08:00" in words
    assert "Ubędzie 320 miejsc" in words
    assert shown(case) == AS_RULED
    done = agreed(admin, PAGE, page)
    assert "Zmienione we wszystkich wybranych dniach." in said(done)
    assert shown(case) == BLOCKED
    assert case.status(kept) is VisitStatus.BOOKED
    assert "zablokowane" in said(admin.get(f"/punkt/{POINT}/tydzien", on=DAY.isoformat()))
    [path] = set(re.findall(r'href="([^"]+/cofnij)"', done.text))
    undone = agreed(admin, path, admin.get(path))
    assert "Cofnięte." in said(undone)
    assert shown(case) == AS_RULED


def test_all_that_can_be_changed_is_said_in_words(admin: Browser) -> None:
    many = {
        "closes": "12:00",
        "vaccine": PFIZER,
        "places": "3",
        "visibility": "internal",
        "release_hours": "24",
        "blocks": "open",
        "weekdays": ["1", "2", "3", "4", "5", "6", "7"],
    }
    words = said(admin.post(PAGE, admin.get(PAGE), **FORM | many))
    for part in (
        "przed godziną 12:00",
        "Comirnaty",
        "3 osoby naraz.",
        "Umawiają tylko pracownicy punktu.",
        "24 godziny przed terminem",
        "Zablokowane miejsca znów będą wolne.",
    ):
        assert part in words
    assert "wtorek" not in words


def test_the_form_comes_again_where_it_says_nothing_or_on_request(admin: Browser) -> None:
    form = admin.get(PAGE)
    assert "Wybierz, co ma się zmienić." in said(admin.post(PAGE, form, **FORM))
    again = admin.post(PAGE, form, **FORM | {"places": "3", "again": "1"})
    assert "Które terminy" in said(again)
    wrong = admin.post(PAGE, form, **FORM | {"places": "99"})
    assert "Sprawdź formularz" in said(wrong)


def test_only_managers_see_it(admin: Browser) -> None:
    admin.sign_in(an_actor(Role.REGISTRAR))
    assert admin.get(PAGE).status_code == 403
