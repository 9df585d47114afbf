"""Weekly rules as people read them."""

from collections.abc import Iterable
from dataclasses import dataclass

from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.series import Hours, Series
from erejestracja.domain.timetable import places_a_week, places_an_hour
from erejestracja.web.clinic.vaccines import every_vaccine
from erejestracja.web.ui.texts import t


@dataclass(frozen=True, slots=True)
class Rule:
    """A series as people read it."""

    series: Series
    days: str
    breaks: str
    vaccine: str
    dose: str
    an_hour: int
    a_week: int


def rule_of(series: Series) -> Rule:
    """Return a series as people read it."""
    return Rule(
        series=series,
        days=days_text(series.weekdays),
        breaks=breaks_text(series.breaks),
        vaccine=vaccines_text(series.vaccines),
        dose=dose_text(series.dose),
        an_hour=places_an_hour(series),
        a_week=places_a_week(series),
    )


def breaks_text(breaks: Iterable[Hours]) -> str:
    """Return breaks as they are written."""
    return ", ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in breaks)


def days_text(weekdays: Iterable[int]) -> str:
    """Return days of the week in short: `pn–pt`, or `pn, śr`."""
    days = sorted(weekdays)
    names = [t(f"rules.short_days.{one}") for one in days]
    is_run = len(days) > 2 and days[-1] - days[0] == len(days) - 1  # noqa: PLR2004 - two is a list
    return f"{names[0]}–{names[-1]}" if is_run else ", ".join(names)


def vaccines_text(vaccines: Iterable[VaccineCode]) -> str:
    """Return a vaccine by name; of several, that each person gets one of them."""
    names = dict(every_vaccine())
    known = [names.get(one, one) for one in vaccines]
    return known[0] if len(known) == 1 else t("rules.one_of", vaccines=", ".join(known))


def dose_text(dose: int) -> str:
    """Return which dose, in words; 0 is any."""
    return t("patient.mine.dose", dose=dose) if dose else t("rules.any_dose")
