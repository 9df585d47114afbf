"""Days of a point's schedule copied in a browser, in process, and undone as one."""

import re
from datetime import timedelta
from typing import Any

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.visit import VisitStatus
from tests.support.builders import DAY, POINT, an_actor
from tests.support.planning import agreed, planner, said
from tests.support.schedule_case import Case
from tests.support.web import Browser

COPY = f"/punkt/{POINT}/tydzien/kopia"
# A Saturday, when the point is shut otherwise.
FREE = DAY + timedelta(days=5)
FORM = {"key": "a form", "span": "day", "from": DAY.isoformat(), "to": FREE.isoformat()}


@pytest.fixture
def case() -> Case:
    case = Case()
    case.made()
    return case


@pytest.fixture
def admin(case: Case) -> Browser:
    return planner(case)


def preview(admin: Browser, **changes: str) -> Any:
    return admin.post(COPY, admin.get(COPY), **(FORM | changes))


def test_what_copying_does_is_shown_and_nothing_done(admin: Browser, case: Case) -> None:
    assert "Przybędą 64 miejsca." in said(preview(admin))
    assert not case.slots(day=5)


def test_a_day_is_copied_and_undone(admin: Browser, case: Case) -> None:
    done = agreed(admin, COPY, preview(admin))
    assert "Skopiowane." in said(done)
    assert case.slots(day=5) == case.slots()
    undo = re.search(rf'href="({COPY}/[0-9-]+/cofnij)"', done.text)
    assert undo
    visit = case.visit("a" * 26, day=5)
    page = admin.get(undo.group(1))
    assert "Ubędą 64 miejsca." in said(page)
    assert "1 wizyta straci termin" in said(page)
    agreed(admin, undo.group(1), page)
    assert not case.slots(day=5)
    assert case.status(visit) is VisitStatus.ORPHANED


def test_where_all_of_it_stands_already_there_is_nothing_to_agree_to(admin: Browser) -> None:
    page = preview(admin, to=(DAY + timedelta(days=1)).isoformat())
    assert "Nie ma czego kopiować" in said(page)
    assert 'name="agreed"' not in page.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"to": "2026-11-20"}, "tylko na dni po dzisiejszym"),
        ({"span": "week"}, "nie mogą się pokrywać"),
        ({"to": "jutro"}, "Sprawdź formularz"),
    ],
)
def test_what_cannot_be_copied_is_said(admin: Browser, changes: dict[str, str], words: str) -> None:
    page = preview(admin, **changes)
    assert page.status_code == 200
    assert words in said(page)


def test_who_corrects_gets_the_form_back(admin: Browser) -> None:
    page = preview(admin, again="1")
    assert f'value="{FREE}"' in page.text
    assert 'name="agreed"' not in page.text


@pytest.mark.parametrize("name", ["x", "1-", "99-98", "5-5"])
def test_a_copy_that_never_was_cannot_be_undone(admin: Browser, name: str) -> None:
    assert admin.get(f"{COPY}/{name}/cofnij").status_code == 404


def test_only_managers_copy(admin: Browser) -> None:
    admin.sign_in(an_actor(Role.MEDIC))
    assert admin.get(COPY).status_code == 403
