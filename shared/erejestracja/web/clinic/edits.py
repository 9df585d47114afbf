"""Edits of a schedule: what one would do is shown first, and done once that was agreed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from erejestracja.domain.advice import AdviceCode
from erejestracja.domain.errors import Overloaded
from erejestracja.domain.point import Point
from erejestracja.domain.session import Visibility
from erejestracja.domain.supply import Override
from erejestracja.domain.timetable import NO_PLAN, Edit, keeping_their_time, places_in
from erejestracja.domain.visit import Visit
from erejestracja.services import schedule, supply
from erejestracja.services.schedule import Board, Impact
from erejestracja.services.settling import settle
from erejestracja.web.clinic.points import shown, the_point
from erejestracja.web.clinic.rule_form import RuleForm
from erejestracja.web.clinic.rule_text import Rule
from erejestracja.web.clinic.vaccines import every_vaccine
from erejestracja.web.ui.app import suite
from erejestracja.web.ui.visitors import actor


@dataclass(frozen=True, slots=True)
class SlotChange:
    """What one slot is to be."""

    starts_at: datetime
    places: int
    visibility: Visibility


@dataclass(frozen=True, slots=True)
class Preview:
    """What an edit would do to places, and to visits: how many keep their time, which lose it.

    What it `keeps` stays as it is, `relocates` is in another room then.
    """

    creates: int
    withdraws: int
    keeps: int
    relocates: int
    staying: int
    losing: tuple[Visit, ...]

    @property
    def agreement(self) -> str:
        """Return what somebody agrees to; another is asked for anew."""
        return f"{self.creates} {self.withdraws} {self.staying} {len(self.losing)}"


def planned(point: str) -> tuple[Point, Board]:
    """Return a point that the caller may plan for. Raises NotAllowed, NotFound, RateLimited."""
    suite().limiter.admit("schedule", actor().subject)
    board: Board = suite().board
    return schedule.point_of(board, actor(), the_point(point).id), board


def preview_of(found: Impact) -> Preview:
    """Return what an edit would do, in numbers."""
    staying = keeping_their_time(found.plan, found.visits)
    return Preview(
        creates=places_in(found.plan.creates),
        withdraws=places_in(found.plan.withdraws),
        keeps=places_in(found.plan.keeps) - places_in(found.plan.relocates),
        relocates=places_in(found.plan.relocates),
        staying=len(staying),
        losing=tuple(visit for visit in found.visits if visit.id not in staying),
    )


def decided(
    there: Point,
    board: Board,
    found: Impact,
    agreed: str | None,
    *,
    rule: Rule | None,
    form: RuleForm | None = None,
    slot: SlotChange | None = None,
    etag: int | None = None,
) -> str | Response:
    """Show what an edit would do, or carry it out where just that was agreed to."""
    preview, told, override = preview_of(found), advised(board, there, [found.edit]), overriding()
    is_agreed = agreed == preview.agreement and (override or not told["is_short"])
    if found.plan is not NO_PLAN and not is_agreed:
        return shown(
            "clinic/rule_preview.html",
            there,
            preview=preview,
            rule=rule,
            ends=found.edit.after is None,
            until=found.edit.until if form and form.as_covered.data else None,
            sent=sent(request.form, etag),
            form=form,
            slot=slot,
            **told,
        )
    edit, waits = found.edit, None
    if found.plan is not NO_PLAN:
        edit = schedule.begin(board, found, override)
        try:
            settle(board, edit)
        except Overloaded:
            # Upkeep completes what is cut off.
            waits = 1
    to = url_for(
        "rules.edited", point=there.id, series=edit.series, number=edit.number, done=1, waits=waits
    )
    return redirect(to, 303)


def advised(board: Board, there: Point, edits: Sequence[Edit]) -> dict[str, Any]:
    """Return what a page tells of what is unusual about a schedule as edits leave it."""
    found = supply.advice(board, there, edits)
    return {
        "advice": found,
        "is_short": any(one.code is AdviceCode.NOT_COVERED for one in found),
        "overrides": [one.value for one in Override],
        "vaccine_names": dict(every_vaccine()),
    }


def overriding() -> Override | None:
    """Return why more is to be published than doses cover, if that was said."""
    said = request.form.get("override", "")
    return Override(said) if said in set(Override) else None


def sent(form: Any, etag: int | None) -> list[tuple[str, str]]:
    """Return what was sent, to be sent again by who agrees."""
    own: dict[str, list[str]] = form.to_dict(flat=False)
    own |= {"etag": [str(etag)]} if etag is not None else {}
    held_back = ("csrf_token", "agreed", "again", "override")
    return [(name, one) for name, some in own.items() if name not in held_back for one in some]
