"""What callers send and read about plans made anew when a delivery changes."""

from erejestracja.web.closures import HitAnswer
from erejestracja.web.models import AnswerModel
from erejestracja.web.schedule_models import AffectedVisit, DryRun
from erejestracja.web.supply_models import ExpectedDeliveryAnswer


class ReplanQuery(DryRun):
    """Whether to tell only what would happen, and why places are left without a dose."""


class FallAnswer(AnswerModel):
    """How many places of a local day are covered no longer, and how many are again.

    Of these `free` ones fall, and `booked` are visits that no dose is there for.
    """

    date: str
    vaccine: str
    places: int
    free: int
    booked: int
    again: int


class FallenVisit(AffectedVisit):
    """A visit that no dose is there for. `becomes`: `orphaned`, `cancelled`, or it `stays`."""

    becomes: str


class DeliveryChangeAnswer(ExpectedDeliveryAnswer):
    """A delivery as it is then, and with a preview or a strategy what that does to places.

    `settled` false: sessions and visits follow within minutes by themselves.
    """

    dry_run: bool | None = None
    settled: bool | None = None
    days: list[FallAnswer] | None = None
    affected_visits: list[FallenVisit] | None = None
    undo_token: str | None = None


class ReplanAnswer(AnswerModel):
    """A plan made anew: how far it is, and whom it hit.

    Who is `unreachable` has no telephone that takes messages.
    """

    id: str
    delivery: str
    strategy: str
    reason: str | None = None
    undone: bool
    settled: bool
    visits: list[HitAnswer]
    unreachable: list[HitAnswer]
