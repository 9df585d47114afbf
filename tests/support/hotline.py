"""The hotline's pages in process, and an agent at a browser that counts what it asks for."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from erejestracja.domain.actor import Role
from erejestracja.services.calls import Hotline
from erejestracja.services.desk import Desk
from tests.support import functions
from tests.support.builders import a_point, a_session, an_actor
from tests.support.desk import SetClock, a_desk
from tests.support.exports import a_pesel
from tests.support.fake_callbacks import FakeCallbacks
from tests.support.fake_figures import FakeFigures
from tests.support.fake_history import FakeHistory
from tests.support.fake_store import FakeStore, registered
from tests.support.web import Browser, WebSuite

AGENT = an_actor(Role.AGENT, subject="agent", points=frozenset())
ANNAS, JANS = str(a_pesel()), str(a_pesel(serial=2))


@dataclass
class HotlineSuite(WebSuite):
    hotline: Hotline | None = None
    desk: Desk | None = None
    figures: FakeFigures = field(default_factory=FakeFigures)
    clock: SetClock = field(default_factory=SetClock)


class Counting(Browser):
    """A browser that counts what it asks for."""

    requests = 0

    def get(self, path: str, **query: Any) -> Any:
        self.requests += 1
        return super().get(path, **query)

    def post(self, path: str, page: Any, **fields: Any) -> Any:
        self.requests += 1
        return super().post(path, page, **fields)


def a_hotline_store() -> FakeStore:
    """Return a store with one session of four slots, and Anna, who may have a dose."""
    store = FakeStore()
    store.tables.sessions[a_session().key] = a_session()
    registered(store, ANNAS, family_name="Zmyślona")
    return store


def a_store_of_two() -> FakeStore:
    """Return the same, and Jan, who may have one, too."""
    store = a_hotline_store()
    registered(store, JANS, given_name="Jan", family_name="Wymyślony")
    return store


def a_hotline_browser(store: FakeStore, history: FakeHistory | None = None) -> Counting:
    """Return an agent's browser."""
    desk = a_desk(store, store.tables.sessions.values(), [a_point()])
    callbacks = FakeCallbacks()
    hotline = Hotline(desk, callbacks.calls, history or FakeHistory(), callbacks)
    suite = HotlineSuite(hotline=hotline, desk=desk, clock=desk.clock)
    browser = Counting(functions.load("hotline_web", suite), suite)
    browser.sign_in(AGENT)
    return browser


def said(answer: Any) -> str:
    """Return what a page says, without its markup."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def action(page: Any, end: str) -> str:
    """Return where a form of a page goes."""
    found = re.search(rf'action="(/infolinia/[^"]*{end})"', page.text)
    assert found, page.text
    return unescape(found.group(1))


def reading(page: Any, language: str) -> str:
    """Return where a page's switch of the language to read in leads."""
    found = re.search(rf'href="(/infolinia/[^"]*read={language}[^"]*)"', page.text)
    assert found, page.text
    return unescape(found.group(1))


def called(agent: Browser) -> Any:
    return agent.post("/infolinia/rozmowy", agent.get("/infolinia"))


def found(agent: Browser, number: str = ANNAS) -> Any:
    page = called(agent)
    return agent.post(action(page, "/osoba"), page, pesel=number)


def known(agent: Browser) -> Any:
    page = found(agent)
    return agent.post(action(page, "/zgadza-sie"), page)


def kept(agent: Browser) -> Any:
    page = known(agent)
    slot = re.search(r'name="slot" value="([^"]+)"', page.text)
    assert slot, page.text
    return agent.post(action(page, "/trzymaj"), page, slot=slot.group(1))


def known_two(agent: Browser) -> Any:
    """Return the screen of a call with both people known."""
    page = known(agent)
    page = agent.post(action(page, "/druga-osoba"), page)
    page = agent.post(action(page, "/osoba"), page, pesel=JANS)
    return agent.post(action(page, "/zgadza-sie"), page)
