"""The pictures of docs/pages.md, taken anew from the running suite, to keep them true."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

from tests.e2e.test_point_pages import number_of
from tests.load.suite import ROOT
from tests.support.pages import a_page, be, binary

FOLDER = ROOT / "docs" / "pictures"
TELEPHONE, DESK = (390, 844), (1360, 860)
FIRST = "main form button:not([name])"


@dataclass(frozen=True)
class Camera:
    """Where a page is looked at from, and where pictures go."""

    page: Page
    folder: Path

    def take(self, name: str) -> None:
        """Take a picture of what the screen shows, scrolled to the top."""
        self.page.evaluate("() => { scrollTo(0, 0); document.activeElement.blur() }")
        self.page.screenshot(path=self.folder / f"{name}.png", animations="disabled")
        print(name, flush=True)

    def send(self, action: str) -> None:
        """Send the form whose address ends like this."""
        self.page.locator(f"form[action$='{action}'] button:not([name])").first.click()


def take(base: str, folder: Path = FOLDER) -> bool:
    """Take every picture; what was booked and opened for them is taken back, but for a lot."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary(), args=["--no-sandbox"])
        for walk, persona, path, (width, height) in WALKS:
            page = a_page(browser, base, width, locale="pl-PL")
            page.set_viewport_size({"width": width, "height": height})
            be(page, persona, path)
            walk(Camera(page, folder))
            page.context.close()
        browser.close()
    return True


def _patient(camera: Camera) -> None:
    page = camera.page
    camera.take("patient-mine")
    page.goto("/terminy?postcode=00-950")
    camera.take("patient-choice")
    page.locator(".app-slots button").nth(2).click()
    camera.take("patient-check")
    page.locator("form[action*='/umow/'] button").click()
    page.set_viewport_size({"width": 1000, "height": 900})
    camera.take("patient-visit")
    page.locator("a[href$='/odwolaj']").first.click()
    page.locator("button.govuk-button--warning").click()
    page.set_viewport_size({"width": TELEPHONE[0], "height": TELEPHONE[1]})
    page.goto("/czekam/nowe?postcode=00-950")
    camera.take("patient-wait")


def _family(camera: Camera) -> None:
    camera.take("patient-family")


def _agent(camera: Camera) -> None:
    with suppress(Error):
        camera.page.locator("form[action$='/koniec'] button").click(timeout=1000)
    camera.send("/rozmowy")
    camera.page.locator("#pesel").fill(number_of("patient"))
    camera.send("/osoba")
    camera.send("/zgadza-sie")
    camera.take("hotline-call")
    camera.send("/koniec")


def _supervisor(camera: Camera) -> None:
    camera.take("hotline-board")


def _coordinator(camera: Camera) -> None:
    camera.take("region-points")


def _point(camera: Camera) -> None:
    page = camera.page
    home = page.url.partition("?")[0]
    camera.take("point-day")
    on = datetime.now(UTC).date() + timedelta(days=1)
    page.goto(f"{home}/tydzien?on={on}")
    camera.take("point-week")
    page.goto(f"{home}/rezerwa")
    camera.take("point-standby")
    page.goto(f"{home}/zapas/dostawa")
    page.locator("#lot").fill("EW0553")
    page.locator("#expires_on").fill((on + timedelta(days=90)).isoformat())
    page.locator("#doses_per_vial").fill("6")
    page.locator("#doses").fill("60")
    camera.send("/dostawa")
    camera.take("point-stock")
    page.goto(f"{home}/prognoza")
    camera.take("point-forecast")
    page.goto(f"{home}/tydzien/wiele-dni")
    camera.take("point-many-days")


WALKS: tuple[tuple[Callable[[Camera], None], str, str, tuple[int, int]], ...] = (
    (_patient, "patient-3", "/moje", TELEPHONE),
    (_family, "parent", "/rodzina", TELEPHONE),
    (_agent, "agent", "/infolinia", DESK),
    (_supervisor, "supervisor", "/infolinia/nadzor", DESK),
    (_point, "point-admin", "/punkt", DESK),
    (_coordinator, "coordinator", "/punkt", DESK),
)
