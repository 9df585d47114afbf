"""Words, numbers and dates as a page's reader writes them."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request

from erejestracja.domain import calendar
from erejestracja.i18n.catalogue import LANGUAGES, catalogue
from erejestracja.web.ui.language import language

NAMES = {"pl": "Polski", "en": "English", "uk": "Українська"}
SHORT_NAMES = {"pl": "PL", "en": "EN", "uk": "УКР"}
# CLDR's have three to five letters, which a narrow phone's seven columns do not take.
WEEKDAYS = {
    "pl": ("pn", "wt", "śr", "cz", "pt", "sb", "nd"),
    "en": ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"),
    "uk": ("пн", "вт", "ср", "чт", "пт", "сб", "нд"),
}
# Polish and Ukrainian write four digits without a space.
GROUPED_FROM = {"pl": 10_000, "en": 1_000, "uk": 10_000}
ONE_DAY = timedelta(days=1)
LONG, FULL, MONTH = "EEEE, d MMMM", "EEEE, d MMMM y", "LLL"


def t(key: str, **facts: object) -> str:
    """Return a text of this page's language. Raises KeyError for an unknown key."""
    return catalogue(language()).text(key, **facts)


def tn(key: str, number: int, **facts: object) -> str:
    """Return a text in the form that goes with a number, which it names as it is written."""
    return catalogue(language()).counted(key, number, n=grouped(number), **facts)


def grouped(number: int) -> str:
    """Return a number as it is written: 10 300 with a space that does not break, 10,300."""
    tongue = language()
    if abs(number) < GROUPED_FROM[tongue]:
        return str(number)
    from babel.numbers import format_decimal

    return format_decimal(number, locale=tongue)


def has_text(key: str) -> bool:
    """Tell whether there is such a text."""
    return catalogue(language()).has(key)


def day(on: date, shape: str = LONG) -> str:
    """Return a local day in words."""
    return _formatted(on, shape, language())


def weekday(on: date) -> str:
    """Return the shortest name of a day of the week."""
    return WEEKDAYS[language()][on.weekday()]


def local_day(at: datetime) -> date:
    """Return the day that an instant has in Poland."""
    return calendar.local_day(at)


def hour(at: datetime) -> str:
    """Return an instant's hour in Poland, HH:MM."""
    return f"{calendar.local(at):%H:%M}"


def kilometres(distance: float) -> str:
    """Return a distance as it is said: tenths when near."""
    text = f"{distance:.1f}" if distance < 10 else f"{distance:.0f}"  # noqa: PLR2004 - ten km
    return text if language() == "en" else text.replace(".", ",")


def here(**changes: Any) -> str:
    """Return this page's address with other values in its query; None takes a name out.

    What answered a form has no address to come back to: there it is the application's first page.
    """
    read = request.method in ("GET", "HEAD")
    path = request.path if read else str(current_app.config.get("HOME", "/"))
    given = {**(request.args.to_dict() if read else {}), **changes}
    query = urlencode({name: value for name, value in given.items() if value not in (None, "")})
    return f"{path}?{query}" if query else path


def for_templates() -> dict[str, Any]:
    """Return what every template may use."""
    return {
        "t": t,
        "tn": tn,
        "has_text": has_text,
        "day": day,
        "full_day": lambda on: day(on, FULL),
        "month": lambda on: day(on, MONTH).rstrip("."),
        "weekday": weekday,
        "local_day": local_day,
        "iso_date": date.fromisoformat,
        "next_day": lambda on: on + ONE_DAY,
        "previous_day": lambda on: on - ONE_DAY,
        "grouped": grouped,
        "hour": hour,
        "kilometres": kilometres,
        "here": here,
        "lang": language(),
        "languages": [(code, NAMES[code], SHORT_NAMES[code]) for code in LANGUAGES],
    }


@lru_cache(maxsize=4096)
def _formatted(on: date, shape: str, tongue: str) -> str:
    from babel.dates import format_date

    return format_date(on, shape, locale=tongue)
