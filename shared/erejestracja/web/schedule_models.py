"""What callers send and read about a point's series."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from erejestracja.domain.actor import Role
from erejestracja.domain.errors import (
    InvalidRequest,
    NotAllowed,
    NotCovered,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.room import LONGEST_ROOM, room_named
from erejestracja.domain.series import MOST_BREAKS
from erejestracja.domain.supply import Override
from erejestracja.domain.visit import Visit
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.slots import instant

PLANNERS = frozenset({Role.ADMIN, Role.PARTNER})
# What says no to whoever plans for a point; and to an edit, in whatever shape it is asked for.
REFUSALS = (NotAllowed, NotFound, Overloaded)
EDIT_REFUSALS = (*REFUSALS, InvalidRequest, NotCovered, VersionMismatch)
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Weekday = Annotated[int, Field(ge=1, le=7)]
Day = Annotated[date, Field(strict=False)]
Step = Annotated[int, Field(ge=5, le=240)]
Places = Annotated[int, Field(ge=1, le=50)]
Dose = Annotated[int, Field(ge=0, le=9)]
# Two weeks: what is open to everyone for longer than that may as well be open to them always.
MOST_RELEASE_HOURS = 336
ReleaseHours = Annotated[int, Field(ge=1, le=MOST_RELEASE_HOURS)]
Vaccine = Annotated[str, Field(min_length=1, max_length=32)]
MOST_VACCINES = 8
Vaccines = Annotated[list[Vaccine], Field(min_length=1, max_length=MOST_VACCINES)]
# As it is kept, however it was typed.
RoomName = Annotated[str, Field(min_length=1, max_length=LONGEST_ROOM), AfterValidator(room_named)]
# Who may book: nobody is for slots that are blocked, which no rule is.
Shown = Literal["external", "internal"]
Weekdays = Annotated[list[Weekday], Field(min_length=1, max_length=7)]


class BreakBody(RequestModel):
    """Local hours without slots; the second is the first with slots again."""

    starts: Clock
    ends: Clock


Breaks = Annotated[list[BreakBody], Field(max_length=MOST_BREAKS)]


class SeriesBody(RequestModel):
    """A weekly rule. Hours are local; weekdays 1 Monday to 7 Sunday; dose 0 is any.

    `releaseHours` before its start, everyone may book an internal slot that is free. Where one of
    several `vaccines` may be had, that which the point would rather give comes first; each visit
    gets the first of them that the person may have. Only people born `bornFrom` to `bornTo`, both
    included, may book; without them people of any age. `room` is where in the point, for its staff
    to see and to close alone.
    """

    weekdays: Weekdays
    opens: Clock
    closes: Clock
    step: Step
    places: Places
    breaks: Breaks = Field(default_factory=list)
    vaccine: Vaccine | None = None
    vaccines: Vaccines | None = None
    dose: Dose = 0
    visibility: Shown = "external"
    release_hours: ReleaseHours | None = None
    born_from: Day | None = None
    born_to: Day | None = None
    room: RoomName | None = None
    on_holidays: bool = False
    valid_from: Day
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.vaccine is None) == (self.vaccines is None):
            raise ValueError("name vaccine or vaccines")
        return self


class SeriesPatch(RequestModel):
    """What is to be different; null removes an end, `releaseHours` or `room`."""

    weekdays: Weekdays | None = None
    opens: Clock | None = None
    closes: Clock | None = None
    step: Step | None = None
    places: Places | None = None
    breaks: Breaks | None = None
    vaccine: Vaccine | None = None
    vaccines: Vaccines | None = None
    dose: Dose | None = None
    visibility: Shown | None = None
    release_hours: ReleaseHours | None = None
    born_from: Day | None = None
    born_to: Day | None = None
    room: RoomName | None = None
    on_holidays: bool | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.vaccine and self.vaccines:
            raise ValueError("name vaccine or vaccines")
        return self


class SlotPatch(RequestModel):
    """What one slot is to be; what is left out is as the series says."""

    places: Annotated[int, Field(ge=0, le=50)] | None = None
    visibility: Shown | None = None


class Overriding(RequestModel):
    """Why more places are published than doses are in stock or confirmed."""

    override: Override | None = None


class DryRun(Overriding):
    """Whether to tell only what would happen."""

    dry_run: bool = False


class MakeQuery(DryRun):
    """Whether a new series is published only as far as doses are in stock or confirmed.

    The rest then follows by itself when more are.
    """

    as_covered: bool = False


class BreakAnswer(AnswerModel):
    """Local hours without slots."""

    starts: str
    ends: str


class SeriesAnswer(AnswerModel):
    """A weekly rule, and how many people it takes in an hour and in a plain week."""

    id: str
    weekdays: list[int]
    opens: str
    closes: str
    step: int
    places: int
    breaks: list[BreakAnswer]
    vaccine: str
    vaccines: list[str]
    dose: int
    visibility: str
    release_hours: int | None = None
    born_from: str | None = None
    born_to: str | None = None
    room: str | None = None
    on_holidays: bool
    valid_from: str
    valid_to: str | None = None
    places_per_hour: int
    places_per_week: int
    etag: str


class SeriesList(AnswerModel):
    """All series of a point."""

    series: list[SeriesAnswer]


class AffectedVisit(AnswerModel):
    """A visit whose place is withdrawn: it is kept, and wants another.

    Where `keepsTime`, a new place starts at the same time, and the visit gets it.
    """

    id: str
    slot_id: str
    start_at: str
    vaccine: str
    dose: int
    keeps_time: bool


class WarnedDay(AnswerModel):
    """A local day, or the Monday of a week, and how many places it has."""

    date: str
    places: int


class WarningAnswer(AnswerModel):
    """Something that is allowed and probably not meant.

    `over_weekly_limit`: `weeks` whose places, of all the point's series, are more than `limit`.
    `part_of_a_vial`: `days` whose places for a `vaccine` are no multiple of `dosesPerVial`.
    `not_covered`: `days` with so many more `places` than doses; refused without an `override`.
    """

    code: str
    limit: int | None = None
    weeks: list[WarnedDay] | None = None
    vaccine: str | None = None
    doses_per_vial: int | None = None
    days: list[WarnedDay] | None = None


class ImpactAnswer(AnswerModel):
    """How many places come, go and stay; whose visits are hit; the series as it is then.

    `settled` false: sessions follow within minutes by themselves. A preview changes nothing.
    """

    dry_run: bool
    settled: bool
    creates: int
    withdraws: int
    keeps: int
    affected_visits: list[AffectedVisit]
    warnings: list[WarningAnswer]
    series: SeriesAnswer | None = None
    undo_token: str | None = None


class UndoBody(RequestModel):
    """What the answer to the edit gave."""

    undo_token: Annotated[str, Field(pattern=r"^[0-9]{1,9}$")]


def affected(visit: Visit, *, keeps_time: bool) -> AffectedVisit:
    """Return a visit that is hit, as callers see it."""
    return AffectedVisit(
        id=visit.id,
        slot_id=str(visit.place.slot),
        start_at=instant(visit.starts_at),
        vaccine=visit.vaccine,
        dose=visit.dose,
        keeps_time=keeps_time,
    )
