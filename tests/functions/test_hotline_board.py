"""The supervisor's board in the hotline's pages: figures, and nobody's data."""

from datetime import timedelta

import pytest

from erejestracja.domain.actor import Role
from erejestracja.domain.board import Ended, Talk, Waiting
from erejestracja.domain.call import Outcome
from erejestracja.domain.callback import Cause
from tests.support.builders import NOW, an_actor
from tests.support.hotline import a_hotline_browser, a_hotline_store, said
from tests.support.web import Browser

pytestmark = pytest.mark.usefixtures("patient_key")
BOARD = "/infolinia/nadzor"
SUPERVISOR = an_actor(Role.SUPERVISOR, subject="supervisor", points=frozenset())


@pytest.fixture
def supervisor() -> Browser:
    browser = a_hotline_browser(a_hotline_store())
    browser.sign_in(SUPERVISOR)
    return browser


def test_a_quiet_hotline_has_a_board(supervisor: Browser) -> None:
    page = supervisor.get(BOARD)
    assert "Nikt teraz nie rozmawia." in said(page)
    assert "średni czas rozmowy –" in said(page)


@pytest.mark.parametrize("language", ["pl", "en", "uk"])
def test_the_board_tells_the_queue_the_calls_and_how_they_went(
    supervisor: Browser, language: str
) -> None:
    supervisor.language = language
    figures = supervisor.suite.figures
    figures.owed = [Waiting(cause, NOW) for cause in Cause]
    figures.under_way = [Talk("agent-7", NOW)]
    figures.over = [Ended(NOW - timedelta(seconds=90), NOW, one) for one in Outcome]
    page = supervisor.get(BOARD)
    assert page.status_code == 200
    assert "hotline." not in said(page)
    assert "agent-7" in said(page)
    assert "90" in said(page)


def test_it_renews_itself_with_scripts_and_by_a_link_without(supervisor: Browser) -> None:
    page = supervisor.get(BOARD)
    assert f'data-hx-get="{BOARD}" data-hx-trigger="every 15s"' in page.text
    assert f'href="{BOARD}"' in page.text


@pytest.mark.parametrize("role", [Role.PATIENT, Role.AGENT, Role.ADMIN, Role.COORDINATOR])
def test_only_supervisors_are_let_in(supervisor: Browser, role: Role) -> None:
    supervisor.sign_in(an_actor(role))
    assert supervisor.get(BOARD).status_code == 403


@pytest.mark.parametrize("path", ["/infolinia", "/infolinia/oddzwonienia"])
def test_who_supervises_opens_no_call(supervisor: Browser, path: str) -> None:
    assert supervisor.get(path).status_code == 403
