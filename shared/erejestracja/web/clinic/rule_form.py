"""The form of a weekly rule: what staff fill in, and the series that it means."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import time
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
)
from wtforms.validators import NumberRange, Optional

from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.room import LONGEST_ROOM, room_named
from erejestracja.domain.series import MOST_BREAKS, Hours, Series, SeriesId
from erejestracja.domain.session import OFFERED, Visibility
from erejestracja.web.clinic.rule_text import breaks_text, dose_text
from erejestracja.web.schedule_models import MOST_RELEASE_HOURS
from erejestracja.web.ui.forms import PageForm, at_most, choices, required
from erejestracja.web.ui.texts import t

WEEKDAYS = range(1, 8)
DOSES = range(10)
STEPS = (5, 240)
PLACES = (1, 50)
A_DAY = 24 * 60
BREAK = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})")


class RuleForm(PageForm):
    """Equal openings on chosen days of the week."""

    key = HiddenField()
    etag = HiddenField()
    agreed = HiddenField()
    weekdays = SelectMultipleField("rules.weekdays", [required()], coerce=int)
    opens = TimeField("rules.opens", [required()], default=time(8))
    closes = TimeField("rules.closes", [required()], default=time(16))
    breaks = StringField("rules.breaks", [at_most()], description="rules.breaks_hint")
    step = IntegerField(
        "rules.step", [required(), NumberRange(*STEPS, "rules.wrong.step")], default=15
    )
    places = IntegerField(
        "rules.places",
        [required(), NumberRange(*PLACES, "rules.wrong.places")],
        default=1,
        description="rules.places_hint",
    )
    vaccines = SelectMultipleField(
        "rules.vaccines", [required()], description="rules.vaccines_hint"
    )
    dose = SelectField("rules.dose", coerce=int, default=0)
    visibility = RadioField(
        "rules.visibility",
        [required()],
        choices=lambda: choices("rules.visibilities", OFFERED, t),
        default=Visibility.EXTERNAL.value,
    )
    born_from = DateField("rules.born_from", [Optional()], description="rules.born_hint")
    born_to = DateField("rules.born_to", [Optional()])
    room = StringField("rules.room", [at_most(LONGEST_ROOM)], description="rules.room_hint")
    release_hours = IntegerField(
        "rules.release_hours",
        [Optional(), NumberRange(1, MOST_RELEASE_HOURS, "rules.wrong.release_hours")],
        description="rules.release_hours_hint",
    )
    on_holidays = BooleanField("rules.on_holidays")
    as_covered = BooleanField("rules.as_covered", description="rules.as_covered_hint")
    valid_from = DateField("rules.valid_from", [required()])
    valid_to = DateField("rules.valid_to", [Optional()], description="rules.valid_to_hint")

    def offer(self, vaccines: Iterable[tuple[str, str]]) -> "RuleForm":
        """Say what there is to choose from, in the page's language."""
        self.weekdays.choices = [(one, t(f"rules.days.{one}")) for one in WEEKDAYS]
        self.vaccines.choices = list(vaccines)
        self.dose.choices = [(one, dose_text(one)) for one in DOSES]
        return self

    def is_possible(self) -> bool:
        """Tell whether a point could mean it; what is wrong stands beside the field."""
        if not self.validate():
            return False
        data = self.data
        found = read_breaks(data["breaks"] or "")
        edges = [edge for hours in found or () for edge in hours]
        rising = [data["opens"], *edges, data["closes"]]
        wrong = {
            "closes": data["opens"] >= data["closes"],
            "breaks": found is None
            or rising != sorted(rising)
            or any(start >= end for start, end in found),
            "born_to": None not in (data["born_from"], data["born_to"])
            and data["born_to"] < data["born_from"],
            "valid_to": data["valid_to"] is not None and data["valid_to"] < data["valid_from"],
            "room": read_room(data["room"] or "") == "",
        }
        for name in (name for name, is_wrong in wrong.items() if is_wrong):
            self[name].errors = [f"rules.wrong.{name}"]
        return not any(wrong.values())

    def series(self, point: Point, series_id: SeriesId) -> Series:
        """Return the rule that a possible form means, as a new one."""
        data = self.data
        vaccine, *also = map(VaccineCode, data["vaccines"])
        return Series(
            point=point.id,
            powiat=point.powiat,
            id=series_id,
            number=0,
            weekdays=frozenset(data["weekdays"]),
            opens=data["opens"],
            closes=data["closes"],
            step=data["step"],
            places=data["places"],
            vaccine=vaccine,
            also=tuple(also),
            dose=data["dose"],
            visibility=Visibility(data["visibility"]),
            valid_from=data["valid_from"],
            valid_to=data["valid_to"],
            breaks=read_breaks(data["breaks"] or "") or (),
            on_holidays=data["on_holidays"],
            release_hours=data["release_hours"],
            born_from=data["born_from"],
            born_to=data["born_to"],
            room=read_room(data["room"] or ""),
        )

    def changed(self, was: Series, point: Point) -> Series:
        """Return a rule as the form would have it; what no form can say stays.

        That is what was changed of slots and days, what has fallen for want of doses, and in which
        order the point gives the same vaccines.
        """
        new = self.series(point, was.id)
        if {*new.vaccines} == {*was.vaccines}:
            new = replace(new, vaccine=was.vaccine, also=was.also)
        new = replace(new, number=was.number, substituted=was.substituted)
        new = replace(new, varied=was.varied, adjusted=was.adjusted)
        return replace(new, closed=was.closed, fallen=was.fallen)


def filled(series: Series) -> dict[str, Any]:
    """Return what the form of a rule is filled in with."""
    return {
        "etag": str(series.number),
        "weekdays": sorted(series.weekdays),
        "opens": series.opens,
        "closes": series.closes,
        "breaks": breaks_text(series.breaks),
        "step": series.step,
        "places": series.places,
        "vaccines": list(series.vaccines),
        "dose": series.dose,
        "visibility": series.visibility.value,
        "release_hours": series.release_hours,
        "born_from": series.born_from,
        "born_to": series.born_to,
        "room": series.room or "",
        "on_holidays": series.on_holidays,
        "valid_from": series.valid_from,
        "valid_to": series.valid_to,
    }


def moved(series: Series, shift: int, longer: int) -> dict[str, Any]:
    """Return what a form says where the hours are some minutes later, and end later still.

    Nothing where that is no change, or would leave the day.
    """
    hours = [series.opens, *(edge for one in series.breaks for edge in one), series.closes]
    minutes = [one.hour * 60 + one.minute + shift for one in hours]
    minutes[-1] += longer
    is_within = all(0 <= one < A_DAY for one in minutes)
    if not is_within or not (shift or longer):
        return {}
    opens, *edges, closes = (time(*divmod(one, 60)) for one in minutes)
    breaks = list(zip(edges[::2], edges[1::2], strict=True))
    return {"opens": opens, "closes": closes, "breaks": breaks_text(breaks)}


def read_room(text: str) -> str | None:
    """Return a room's name as it is kept; None where none is named, "" for what is no name."""
    try:
        return room_named(text) if text.strip() else None
    except ValueError:
        return ""


def read_breaks(text: str) -> tuple[Hours, ...] | None:
    """Return breaks as they are written, `12:00–12:30, 14:00–14:15`; None for what is none."""
    found: list[Hours] = []
    for part in (one for one in text.replace("–", "-").split(",") if one.strip()):
        hours = BREAK.fullmatch(part.strip())
        if hours is None:
            return None
        try:
            a, b, c, d = (int(number) for number in hours.groups())
            found.append((time(a, b), time(c, d)))
        except ValueError:
            return None
    return tuple(sorted(found)) if len(found) <= MOST_BREAKS else None
