"""Pages in a real browser, and what is asked of every one of them."""

import re
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Response, ViewportSize, expect

from emulators.suite.google_tools import ToolMissing
from emulators.suite.installs.chromium import chromium
from emulators.suite.installs.node import JAR
from erejestracja.web.ui.visitors import COOKIE

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A small telephone in the light, and a desk in the dark.
LOOKS = ((360, "light"), (1280, "dark"))
TALL = 900
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
FAULTS = """(rules) => axe.run(document, {runOnly: rules, resultTypes: ['violations']})
  .then((found) => found.violations.map((one) => [
    one.id, one.nodes.map((node) => node.html.slice(0, 300))]))"""
# HTML as it came over the wire, for a browser's own has been mended; by its tags, one of each.
SEEN: dict[str, str] = {}
VALUE = re.compile(r'="[^"]*"')
# Paths that a page was had at, and those whose page was held against the rules, by width.
GOT: set[str] = set()
HELD: dict[int, set[str]] = defaultdict(set)
# What browsers said in their consoles about our pages. That an answer was no success is no fault
# of a page: what is asked for on purpose is refused on purpose, and work is done on purpose; but
# no page is broken on purpose. Nor are that signing out cleared what is kept, or that a hand was
# faster than the page and its focus stays.
HEARD: list[str] = []
BY_THE_WAY = ("Clear-Site-Data header on ", "Autofocus processing was blocked ")
REFUSED: set[str] = set()
ON_PURPOSE = frozenset({*range(400, 500), 503})
SIGNED_IN: dict[str, list[Any]] = {}


def binary() -> str:
    found = chromium()
    if found is None:
        raise ToolMissing("Chromium is missing: apt-get install chromium")
    return str(found)


def a_page(machine: Browser, base: str, width: int = 1280, **options: Any) -> Page:
    """Return a page of a browser of its own, on which nothing moves: no check meets it half way."""
    size: ViewportSize = {"width": width, "height": TALL}
    context = machine.new_context(base_url=base, viewport=size, reduced_motion="reduce", **options)
    context.set_default_timeout(15_000)
    context.on("response", lambda response: _keep(response, base))
    context.on("console", lambda message: _hear(message, base))
    context.on("weberror", lambda thrown: HEARD.append(str(thrown.error)))
    return context.new_page()


def _keep(response: Response, base: str) -> None:
    kind = response.headers.get("content-type", "")
    whole = response.request.resource_type == "document" and response.status not in range(300, 400)
    if whole and kind.startswith("text/html") and response.url.startswith(f"{base}/"):
        if response.request.method == "GET":
            GOT.add(urlsplit(response.url).path)
        if response.status in ON_PURPOSE:
            REFUSED.add(response.url)
        # A page that is left or closed before all of it has come is not looked at.
        with suppress(Error):
            text = response.text()
            SEEN.setdefault(_build(text), text)


def _build(text: str) -> str:
    """Return a page's tags and the names of their attributes: of equal ones one is enough."""
    return VALUE.sub("", "".join(re.findall(r"<[^>]+>", text)))


def _hear(message: ConsoleMessage, base: str) -> None:
    address = str(message.location["url"])
    if address.startswith(f"{base}/") and not message.text.startswith(BY_THE_WAY):
        HEARD.append(f"{address}: {message.text}")


def said_in_consoles() -> list[str]:
    """Return what browsers said of our pages, but for answers that were asked to be refused."""
    refused = [f"{address}: Failed to load resource" for address in REFUSED]
    return [one for one in HEARD if not one.startswith(tuple(refused))]


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def check(page: Page, looks: Sequence[tuple[int, Any]] = LOOKS) -> None:
    """Hold the page that is shown against the rules, and against its width, in each of the looks.

    The page's policy is in force meanwhile: what it keeps out would be heard in the console.
    """
    # A click returns once the address has changed: half a page, or one without its styles,
    # breaks rules that the whole one keeps.
    page.wait_for_load_state("load")
    before = page.viewport_size
    assert before
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe())
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": TALL})
        page.emulate_media(color_scheme=scheme)
        wrong = page.evaluate(FAULTS, RULES)
        assert not wrong, f"{page.url} at {width} px: {wrong}"
        assert page.evaluate(OVERFLOW) <= 0, f"{page.url} is wider than {width} px"
        HELD[width].add(urlsplit(page.url).path)
    page.set_viewport_size(before)


def looks_in(language: str) -> Sequence[tuple[int, Any]]:
    """Return what is enough for a page in a language: all once, else where words are in the way."""
    return LOOKS if language == "pl" else LOOKS[:1]


def be(page: Page, persona: str, path: str) -> None:
    """Go to a page that asks to sign in, and be a persona at the provider."""
    page.goto(path)
    page.locator(f"button[value='{persona}']").click()
    expect(page.locator("main")).to_be_visible()


def be_again(page: Page, persona: str, path: str) -> None:
    """Be a persona as `be` does, or as was done before, in whose session all is as it was left."""
    if persona in SIGNED_IN:
        page.context.add_cookies(SIGNED_IN[persona])
    else:
        be(page, persona, path)
        kept = page.context.cookies()
        SIGNED_IN[persona] = [one for one in kept if one["name"] == COOKIE]


def press_alt(page: Page, key: str) -> None:
    """Press Alt and a key, as a keyboard does: the driver's press has no character."""
    code = f"Digit{key}" if key.isdigit() else f"Key{key.upper()}"
    number = ord(key.upper())
    said = {"modifiers": 1, "key": key, "code": code, "text": key, "unmodifiedText": key}
    said |= {"windowsVirtualKeyCode": number, "nativeVirtualKeyCode": number}
    session = page.context.new_cdp_session(page)
    session.send("Input.dispatchKeyEvent", {"type": "keyDown", **said})
    session.send("Input.dispatchKeyEvent", {"type": "keyUp", **said})
    session.detach()


def faults_of_html(pages: Iterable[str], folder: Path) -> list[str]:
    """Return what the W3C's validator says of these pages, each fault once."""
    if not JAR.exists():
        raise ToolMissing("the validator of HTML is not installed; emulators/setup.py installs it")
    for n, text in enumerate(sorted(pages)):
        (folder / f"{n}.html").write_text(text, "utf-8")
    command = ["java", "-jar", str(JAR), "--errors-only", "--exit-zero-always", str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stderr
    return sorted({re.sub(r'^"file:[^"]*":[\d.-]+: ', "", line) for line in said.splitlines()})
