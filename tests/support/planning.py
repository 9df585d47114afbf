"""A point's manager in a browser, over a schedule in memory."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from erejestracja.domain.actor import Role
from erejestracja.services.clinic import Clinic
from erejestracja.services.desk import Desk
from erejestracja.services.schedule import Board
from erejestracja.services.standby import Reserve
from erejestracja.services.standby_imports import Lists
from tests.support import functions
from tests.support.builders import a_point, an_actor
from tests.support.desk import a_desk
from tests.support.fake_schedules import FakeReplans, FakeSchedules
from tests.support.schedule_case import Case
from tests.support.web import Browser, WebSuite

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass
class PlanningSuite(WebSuite):
    board: Board | None = None
    desk: Desk | None = None
    hits: FakeSchedules | None = None
    replans: FakeReplans | None = None
    clinic: Clinic | None = None
    reserve: Reserve | None = None
    lists: Lists | None = None


def planner(case: Case) -> Browser:
    """Return a browser in which a manager of the case's point is signed in."""
    desk = a_desk(case.store, [], [a_point()])
    suite = PlanningSuite(board=case.board, desk=desk, hits=case.schedules)
    suite.replans = case.schedules.replans()
    browser = Browser(functions.load("point_web", suite), suite)
    browser.sign_in(an_actor(Role.ADMIN))
    return browser


def said(answer: Any) -> str:
    """Return what a page says, without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def agreed(browser: Browser, path: str, page: Any, **also: str) -> Any:
    """Press the button of a preview: all that its form holds is sent again."""
    [form] = [one for one in page.text.split("<form")[1:] if 'name="agreed"' in one]
    sent: dict[str, list[str]] = {}
    for name, value in HIDDEN.findall(form.partition("</form>")[0]):
        sent.setdefault(name, []).append(unescape(value))
    return browser.post(path, page, **(sent | also))
