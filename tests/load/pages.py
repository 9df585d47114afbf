"""Patients' pages as Lighthouse rates them on a slow telephone, signed in as a test person."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from emulators.suite.installs.node import LIGHTHOUSE
from tests.support.emulators import free_port
from tests.support.pages import be, binary

CLI = LIGHTHOUSE.modules / "lighthouse/cli/index.js"
RATED = ("performance", "accessibility", "best-practices")
LEAST = 95
A_PAGE_S = 120
FOR_EVERYBODY = ("/", "/deklaracja-dostepnosci", "/prywatnosc")
THEIR_OWN = ("/moje", "/moje/dane", "/terminy")
Report = dict[str, Any]


def rate(base: str, persona: str) -> bool:
    """Print each page's scores and what costs it points; tell whether all reach the least."""
    if not LIGHTHOUSE.ready():
        print("installing Lighthouse")
        LIGHTHOUSE.install()
    print(f"{'':28}" + "".join(f"{name:>16}" for name in RATED))
    with telephone(base) as (page, port):
        be(page, persona, "/moje")
        # Each page is rated, also after one that falls short.
        rated = [_fine(name, _report(url, port)) for name, url in _way(page, base)]
    return all(rated)


@contextmanager
def telephone(base: str) -> Iterator[tuple[Page, int]]:
    """Run Chromium so that Lighthouse is signed in where a page in it is."""
    port = free_port()
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=binary(),
            args=["--no-sandbox", f"--remote-debugging-port={port}"],
            base_url=base,
        )
        yield context.new_page(), port
        context.close()


def _way(page: Page, base: str) -> Iterator[tuple[str, str]]:
    """Yield the name and address of each page on a person's way; the visit is cancelled after."""
    for path in (*FOR_EVERYBODY, *THEIR_OWN):
        yield path, base + path
    page.goto("/terminy")
    page.locator(".app-slots button").first.click()
    page.wait_for_url("**/sprawdz/**")
    yield "/sprawdz/…", page.url
    page.locator("form[action*='/umow/'] button").click()
    page.wait_for_url("**/wizyty/*")
    visit = page.url
    yield "/wizyty/…", visit
    yield "/wizyty/…/odwolaj", f"{visit.partition('?')[0]}/odwolaj"
    page.goto(f"{visit.partition('?')[0]}/odwolaj")
    page.locator("button.govuk-button--warning").click()


def _report(url: str, port: int) -> Report:
    """Let Lighthouse look at a page as it does by default: a telephone on slow 4G."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        asked = [f"--only-categories={','.join(RATED)}", "--output=json", f"--output-path={file}"]
        subprocess.run(
            ["node", str(CLI), url, f"--port={port}", "--disable-storage-reset", "--quiet", *asked],
            env={**os.environ, "CHROME_PATH": binary()},
            timeout=A_PAGE_S,
            check=True,
        )
        report: Report = json.loads(file.read_text("utf-8"))
    return report


def _fine(name: str, report: Report) -> bool:
    scores: dict[str, int] = {one: round(100 * report["categories"][one]["score"]) for one in RATED}
    print(f"{name:28}" + "".join(f"{score:16}" for score in scores.values()), flush=True)
    for one in RATED:
        if scores[one] < LEAST:
            print(*_lost(report, one), sep="\n")
    return min(scores.values()) >= LEAST


def _lost(report: Report, category: str) -> list[str]:
    weighed = [ref["id"] for ref in report["categories"][category]["auditRefs"] if ref["weight"]]
    found = [report["audits"][name] for name in weighed]
    return [
        f"    {one['title']} {one.get('displayValue', '')}"
        for one in found
        if one["score"] is not None and one["score"] < 1
    ]
