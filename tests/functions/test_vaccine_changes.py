"""Another vaccine on one day, over HTTP and in a browser, in process."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.ids import PatientId
from erejestracja.domain.visit import VisitStatus
from tests.functions.test_schedule import ScheduleSuite
from tests.support import functions
from tests.support.builders import DAY, MODERNA, PFIZER, POINT, a_dose, a_referral, an_actor
from tests.support.planning import agreed, planner, said
from tests.support.schedule_case import Case
from tests.support.web import Browser

PATH = f"/v1/points/{POINT}/vaccineChanges"
PAGE = f"/punkt/{POINT}/tydzien/szczepionka"
BODY = {"day": DAY.isoformat(), "from": PFIZER, "to": MODERNA}
FORM = {"key": "a form", **BODY}
KEPT, LOST = PatientId("a" * 26), PatientId("b" * 26)


@pytest.fixture
def case() -> Case:
    case = Case()
    case.made()
    case.visit(KEPT, index=0)
    case.visit(LOST, index=1)
    second = a_referral(LOST, given=(a_dose(1, date(2026, 10, 1), PFIZER),))
    case.store.all_referrals[LOST, second.id] = second
    return case


class Caller:
    def __init__(self, case: Case) -> None:
        self._client = functions.load("schedule", ScheduleSuite(case.board))

    def __call__(self, path: str, who: str = "admin", **kwargs: Any) -> Any:
        headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": "k"}
        return self._client.post(path, headers=headers, **kwargs)


@pytest.fixture
def call(case: Case) -> Caller:
    return Caller(case)


@pytest.fixture
def admin(case: Case) -> Browser:
    return planner(case)


def statuses(case: Case) -> list[tuple[VisitStatus, str]]:
    visits = sorted((visit for visit, _ in case.store.tables.visits.values()), key=lambda v: v.id)
    return sorted((visit.status, visit.vaccine) for visit in visits)


BEFORE = [(VisitStatus.BOOKED, PFIZER)] * 2
AFTER = [(VisitStatus.BOOKED, MODERNA), (VisitStatus.ORPHANED, PFIZER)]


def test_it_may_be_given_on_several_days(call: Caller, case: Case) -> None:
    tomorrow = case.visit(PatientId("c" * 26), day=1)
    last = (DAY + timedelta(days=1)).isoformat()
    assert call(PATH, json=BODY | {"last": last}).status_code == 201
    assert case.now(tomorrow).vaccine == MODERNA


def test_a_preview_names_who_keeps_their_time_and_who_may_not_have_it(
    call: Caller, case: Case
) -> None:
    told = call(f"{PATH}?dryRun=true", json=BODY).get_json()
    assert (told["dryRun"], told["settled"]) == (True, False)
    assert [one["vaccine"] for one in told["keeps"]] == [MODERNA]
    [conflict] = told["conflicts"]
    assert (conflict["vaccine"], conflict["reason"]) == (PFIZER, "vaccine_mismatch")
    assert "undoToken" not in told
    assert statuses(case) == BEFORE


def test_it_is_carried_out_once_and_undone_by_its_token(call: Caller, case: Case) -> None:
    answer = call(PATH, json=BODY)
    assert (answer.status_code, answer.get_json()["settled"]) == (201, True)
    assert statuses(case) == AFTER
    token = answer.get_json()["undoToken"]
    again = call(PATH, json=BODY)
    assert (again.status_code, again.get_json()["undoToken"]) == (200, token)
    undone = call(f"{PATH}/{token}:undo")
    assert (undone.status_code, "undoToken" in undone.get_json()) == (200, False)
    assert statuses(case) == BEFORE
    assert call(f"{PATH}/{token}:undo").status_code == 412
    assert call(f"{PATH}/another:undo").status_code == 404


def test_only_who_plans_for_the_point_may(call: Caller) -> None:
    assert call(PATH, "registrar", json=BODY).status_code == 403
    assert call(PATH, "stranger", json=BODY).status_code == 403
    assert call(PATH, json=BODY | {"to": PFIZER}).status_code == 400


def test_a_page_says_who_may_have_it_and_does_it_once_agreed_to(admin: Browser, case: Case) -> None:
    page = admin.post(PAGE, admin.get(f"{PAGE}?day={DAY}"), **FORM)
    words = said(page)
    assert "1 osoba zachowa godzinę i może dostać tę szczepionkę." in words
    assert "1 osoba nie może jej dostać" in words
    assert "szczepienie zaczęto inną szczepionką" in words
    assert statuses(case) == BEFORE
    done = agreed(admin, PAGE, page)
    assert "Szczepionka zmieniona." in said(done)
    assert statuses(case) == AFTER
    undo = re.search(rf'href="({PAGE}/[a-z2-7]+/cofnij)"', done.text)
    assert undo
    shown = admin.get(undo.group(1))
    assert "1 osoba zachowa godzinę" in said(shown)
    assert statuses(case) == AFTER
    assert "Cofnięte." in said(agreed(admin, undo.group(1), shown))
    assert statuses(case) == BEFORE


def test_a_form_sent_twice_changes_it_once_and_may_be_corrected(admin: Browser, case: Case) -> None:
    page = admin.post(PAGE, admin.get(PAGE), **FORM)
    agreed(admin, PAGE, page)
    assert "Szczepionka zmieniona." in said(admin.post(PAGE, admin.get(PAGE), **FORM))
    again = admin.post(PAGE, admin.get(PAGE), **FORM, again="1")
    assert 'name="to"' in again.text
    assert statuses(case) == AFTER


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("day", "2026-11-30", "Wybierz dziś albo późniejszy dzień"),
        ("day", "2026-12-01", "W te dni nie ma już godzin z tą szczepionką"),
        ("from", MODERNA, "W te dni nie ma już godzin z tą szczepionką"),
        ("to", PFIZER, "Wybierz inną szczepionkę"),
        ("to", "another", "Popraw to pole"),
    ],
)
def test_what_cannot_be_meant_is_said(
    admin: Browser, case: Case, field: str, value: str, words: str
) -> None:
    page = admin.post(PAGE, admin.get(f"{PAGE}?day=never"), **(FORM | {field: value}))
    assert words in said(page)
    assert statuses(case) == BEFORE


def test_of_today_it_is_said_from_when_it_counts(call: Caller, admin: Browser, case: Case) -> None:
    case.at("08:07")
    told = call(f"{PATH}?dryRun=true", json=BODY).get_json()
    assert told["todayFrom"] == "2026-12-07T07:15:00Z"
    assert (len(told["keeps"]), len(told["conflicts"])) == (0, 1)
    page = admin.post(PAGE, admin.get(f"{PAGE}?day={DAY}"), **FORM)
    assert "Dzisiaj zmiana obowiązuje od godziny 08:15." in said(page)
    case.at("08:16")
    asked_anew = agreed(admin, PAGE, page)
    assert "Dzisiaj zmiana obowiązuje od godziny 08:30." in said(asked_anew)
    assert statuses(case) == BEFORE
    done = agreed(admin, PAGE, asked_anew)
    undo = re.search(rf'href="({PAGE}/[a-z2-7]+/cofnij)"', done.text)
    assert undo
    case.at("09:00")
    assert "Dzisiaj zmiana obowiązuje od godziny 09:15." in said(admin.get(undo.group(1)))
    case.at("15:50")
    assert admin.get(undo.group(1)).status_code == 404


def test_only_managers_see_the_page(admin: Browser) -> None:
    admin.sign_in(an_actor(Role.MEDIC))
    assert admin.get(PAGE).status_code == 403
