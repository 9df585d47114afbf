"""Pages in a real browser, and what is asked of every one of them."""

import re
import subprocess
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Error, Page, Response, expect

from emulators.suite.google_tools import ToolMissing
from emulators.suite.installs.chromium import chromium
from emulators.suite.installs.node import JAR

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT = 300
# HTML as it came over the wire, by its text: a browser's own has been mended.
SEEN: set[str] = set()


def binary() -> str:
    found = chromium()
    if found is None:
        raise ToolMissing("Chromium is missing: apt-get install chromium")
    return str(found)


def a_page(machine: Browser, base: str, width: int = 1280, **options: Any) -> Page:
    context = machine.new_context(
        base_url=base, viewport={"width": width, "height": 900}, **options
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("response", lambda response: _keep(response, base))
    return page


def _keep(response: Response, base: str) -> None:
    kind = response.headers.get("content-type", "")
    whole = response.request.resource_type == "document" and response.status not in range(300, 400)
    if whole and kind.startswith("text/html") and response.url.startswith(f"{base}/"):
        # A page that is left or closed before all of it has come is not looked at.
        with suppress(Error):
            SEEN.add(response.text())


def check(page: Page) -> None:
    """Hold the page that is shown against the rules, and against its width."""
    # A click returns once the address has changed: half a page, or one without its styles,
    # breaks rules that the whole one keeps.
    page.wait_for_load_state("load")
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = page.evaluate(f"() => axe.run(document, {{runOnly: {RULES}}})")
    wrong = [
        (one["id"], [node["html"][:CUT] for node in one["nodes"]]) for one in found["violations"]
    ]
    assert not wrong, f"{page.url}: {wrong}"
    assert page.evaluate(OVERFLOW) <= 0, f"{page.url} is wider than the screen"


def be(page: Page, persona: str, path: str) -> None:
    """Go to a page that asks to sign in, and be a persona at the provider."""
    page.goto(path)
    page.locator(f"button[value='{persona}']").click()
    expect(page.locator("main")).to_be_visible()


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


def faults_of_html(pages: set[str], folder: Path) -> list[str]:
    """Return what the W3C's validator says of these pages, each fault once."""
    if not JAR.exists():
        raise ToolMissing("the validator of HTML is not installed; emulators/setup.py installs it")
    for n, text in enumerate(sorted(pages)):
        (folder / f"{n}.html").write_text(text, "utf-8")
    command = ["java", "-jar", str(JAR), "--errors-only", "--exit-zero-always", str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stderr
    return sorted({re.sub(r'^"file:[^"]*":[\d.-]+: ', "", line) for line in said.splitlines()})
