"""What a person looks for: the filters of the page of choice, and what they mean."""

from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

from flask import request
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField
from wtforms.validators import Optional, ValidationError

from erejestracja.domain import postal
from erejestracja.domain.criteria import Area, Criteria, one_of
from erejestracja.domain.point import Location
from erejestracja.domain.teryt import VOIVODESHIPS
from erejestracja.web.ui.forms import PageForm, at_most
from erejestracja.web.ui.texts import t

RADII_KM = (5, 10, 25, 50, 100)
DEFAULT_RADIUS_KM = 25
STEP_FREE = "wheelchair"
# Hours of the day that a person can come, local; the second is exclusive.
HOURS: dict[str, tuple[time | None, time | None]] = {
    "any": (None, None),
    "morning": (None, time(12)),
    "afternoon": (time(12), time(17)),
    "evening": (time(17), None),
}
PLACES = 2  # decimals of a degree: a kilometre, so that nobody's house is in an address


def _in_use(_: PageForm, field: StringField) -> None:
    """Say that a postal code is none, or not in use."""
    try:
        known = postal.centre(field.data or "")
    except postal.InvalidPostalCode:
        known = None
    if known is None:
        raise ValidationError("patient.choice.no_postcode")


class WishForm(PageForm):
    """Where, when and what. A postal code wins over a voivodeship; a place shown, over both."""

    referral = HiddenField()
    visit = HiddenField()
    near = HiddenField()
    postcode = StringField(
        "patient.choice.postcode",
        [Optional(), at_most(6), _in_use],
        description="patient.choice.nearest",
    )
    radius = SelectField(
        "patient.choice.radius",
        choices=lambda: [(str(km), f"{km} km") for km in RADII_KM],
        default=str(DEFAULT_RADIUS_KM),
    )
    voivodeship = SelectField(
        "patient.choice.voivodeship",
        choices=lambda: [("", t("patient.choice.anywhere")), *VOIVODESHIPS.items()],
        default="",
    )
    vaccine = SelectField("patient.choice.vaccine", default="", validate_choice=False)
    from_ = DateField("patient.choice.from", [Optional()], name="from")
    hours = SelectField(
        "patient.choice.hours",
        choices=lambda: [(name, t(f"patient.choice.hours.{name}")) for name in HOURS],
        default="any",
    )
    access = BooleanField("patient.choice.access")

    def area(self) -> Area:
        """Return where to look."""
        radius = float(self.radius.data or DEFAULT_RADIUS_KM)
        shown = _place(self.near.data)
        if shown:
            return Area(near=shown, radius_km=radius)
        if self.postcode.data and not self.postcode.errors:
            return Area(near=postal.centre(self.postcode.data), radius_km=radius)
        return Area(teryt=self.voivodeship.data or None)

    def criteria(self) -> Criteria:
        """Return what the services understand."""
        from_, to = HOURS.get(self.hours.data or "any", HOURS["any"])
        return Criteria(
            area=self.area(),
            vaccines=one_of(self.vaccine.data),
            from_=self.from_.data,
            hour_from=from_,
            hour_to=to,
            access=frozenset({STEP_FREE}) if self.access.data else frozenset(),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it was sent, and the day that was picked of the two weeks."""

    form: WishForm
    day: date | None

    @classmethod
    def read(cls, **known: Any) -> "Asked":
        """Return what this request asks; `known` fills what a person has not said yet."""
        # The link to a day carries the whole form; the first visit of the page carries none of it.
        has_area = {"postcode", "voivodeship", "near"} & request.args.keys()
        form = WishForm(request.args, **({} if has_area else known))
        if not has_area:
            form.postcode.data = known.get("postcode") or ""
        form.validate()
        return cls(form, _day(request.args.get("day")))

    def sound(self) -> Criteria:
        """Return what the services understand, without what was filled in wrongly."""
        criteria = self.form.criteria()
        return replace(criteria, from_=None) if self.form.from_.errors else criteria


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _place(text: str | None) -> Location | None:
    """Return a place as "52.23,21.01", rounded; None for anything else."""
    try:
        lat, lon = (round(float(part), PLACES) for part in (text or "").split(","))
    except ValueError:
        return None
    poland = 48.5 <= lat <= 55.0 and 14.0 <= lon <= 24.5  # noqa: PLR2004 - its ends, in degrees
    return Location(lat, lon) if poland else None
