"""What a point has to give: its terms, deliveries that are to come, what schedules are told of."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from erejestracja.domain.actor import Actor
from erejestracja.domain.advice import Advice, AdviceCode, Measure, advice_on
from erejestracja.domain.cover import Kind, missing, published, risen
from erejestracja.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    NotCovered,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import VaccineCode
from erejestracja.domain.point import Point
from erejestracja.domain.supply import (
    Delivery,
    DeliveryId,
    DeliveryStatus,
    Override,
    Shortage,
    Supply,
    SupplyChange,
)
from erejestracja.domain.timetable import Edit, as_edited
from erejestracja.ports import Clash
from erejestracja.services.cover import needed_today, shortages
from erejestracja.services.schedule import Board

# Each try that is lost means that somebody else's change of the point's supply was written.
TRIES = 8


@dataclass(frozen=True, slots=True)
class Terms:
    """What a point says: its weekly limit, and which vaccines are under control."""

    weekly_limit: int | None
    controlled: frozenset[VaccineCode]


def termed(board: Board, actor: Actor, point: Point, terms: Terms, etag: str) -> Supply:
    """Set a point's terms.

    Control that is switched on withdraws nothing: it holds back what would make a shortage worse.
    Raises InvalidRequest, and VersionMismatch where the terms are not as the caller saw them.
    """
    supply = board.supplies.supply(point.id)
    if etag != str(supply.number):
        raise VersionMismatch
    if not terms.controlled <= point.vaccines:
        raise InvalidRequest({"controlled": "are not all given at this point"})
    after = replace(
        supply,
        weekly_limit=terms.weekly_limit,
        controlled=terms.controlled,
        number=supply.number + 1,
    )
    try:
        board.supplies.change(SupplyChange(after, actor.subject))
    except Clash:
        raise VersionMismatch from None
    return after


def announced(board: Board, actor: Actor, point: Point, delivery: Delivery) -> Delivery:
    """Note a delivery that is to come, confirmed or not; the same id again is the same one.

    Raises InvalidRequest, IdempotencyConflict.
    """
    if delivery.vaccine not in point.vaccines:
        raise InvalidRequest({"vaccine": "is not given at this point"})
    if delivery.expected_on < board.today():
        raise InvalidRequest({"expectedOn": "is past"})

    def change(supply: Supply) -> Delivery:
        known = [one for one in supply.deliveries if one.id == delivery.id]
        if known and known[0] != delivery:
            raise IdempotencyConflict
        return delivery

    return _changed(board, actor, point, change, None)


@dataclass(frozen=True, slots=True)
class Rearranged:
    """What a delivery is to be; None is as it was.

    `override` is why places may be left without a dose by it, `version` how the caller saw it.
    """

    version: str
    status: DeliveryStatus | None = None
    doses: int | None = None
    expected_on: date | None = None
    override: Override | None = None


def rearranged(
    board: Board,
    actor: Actor,
    point: Point,
    delivery: DeliveryId,
    wanted: Rearranged,
) -> Delivery:
    """Confirm, change or cancel a delivery.

    Raises NotFound, VersionMismatch, InvalidRequest, and NotCovered where places that are published
    would be left without a dose, unless there is a reason to leave them published.
    """

    def change(supply: Supply) -> Delivery:
        was = delivery_of(supply, delivery)
        if wanted.version != was.version:
            raise VersionMismatch
        return as_wanted(was, wanted, board.today())

    return _changed(board, actor, point, change, wanted.override)


def delivery_of(supply: Supply, named: DeliveryId) -> Delivery:
    """Return a delivery of a point. Raises NotFound."""
    for one in supply.deliveries:
        if one.id == named:
            return one
    raise NotFound


def as_wanted(was: Delivery, wanted: Rearranged, today: date) -> Delivery:
    """Return a delivery as it is to be. Raises InvalidRequest."""
    after = replace(
        was,
        status=wanted.status or was.status,
        doses=was.doses if wanted.doses is None else wanted.doses,
        expected_on=wanted.expected_on or was.expected_on,
    )
    is_past = after.status is DeliveryStatus.CONFIRMED and after.expected_on < today
    if is_past and after.left:
        raise InvalidRequest({"expectedOn": "is past"})
    return after


def advice(board: Board, point: Point, edits: Sequence[Edit]) -> list[Advice]:
    """Return what is unusual about the point's schedule as these edits leave it."""
    supply = board.supplies.supply(point.id)
    after = [reach.series for reach in as_edited(board.schedules.series(point), edits)]
    vials = _vials(board, supply, {code for one in after for code in one.vaccines})
    found = advice_on(
        after,
        {edit.series for edit in edits},
        Measure(supply.weekly_limit, vials),
        board.today() + timedelta(days=1),
        max((edit.until for edit in edits), default=board.today()),
    )
    short = shortages(board.schedules, supply, board.today(), point, edits)
    return [*_not_covered(short), *found]


def uncovered(board: Board, point: Point, supply: Supply) -> list[Shortage]:
    """Return the days on which places of controlled vaccines are without a dose, as it stands."""
    return risen(Counter(), _missing(board, point, supply))


def _changed(
    board: Board,
    actor: Actor,
    point: Point,
    change: Callable[[Supply], Delivery],
    override: Override | None,
) -> Delivery:
    """Store a delivery as it is to be, decided anew where something else was changed meanwhile."""
    for _ in range(TRIES):
        supply = board.supplies.supply(point.id)
        delivery = change(supply)
        if delivery in supply.deliveries:
            return delivery
        others = (one for one in supply.deliveries if one.id != delivery.id)
        after = replace(supply, number=supply.number + 1, deliveries=(*others, delivery))
        short = risen(_missing(board, point, supply), _missing(board, point, after))
        if short and override is None:
            raise NotCovered(short)
        try:
            board.supplies.change(
                SupplyChange(
                    terms=after,
                    actor=actor.subject,
                    deliveries=(delivery,),
                    override=override if short else None,
                    missing=sum(one.missing for one in short),
                )
            )
        except Clash:
            continue
        return delivery
    raise Overloaded(retry_after=1)


def _missing(board: Board, point: Point, supply: Supply) -> Counter[tuple[date, Kind]]:
    if not supply.controlled:
        return Counter()
    plans, today = board.schedules, board.today()
    series = plans.series(point)
    places = published(series, today) + needed_today(plans, series, point, today)
    return missing(supply, places, today)


def _not_covered(short: Iterable[Shortage]) -> list[Advice]:
    days: dict[VaccineCode, list[tuple[date, int]]] = {}
    for one in short:
        days.setdefault(one.vaccine, []).append((one.day, one.missing))
    return [
        Advice(AdviceCode.NOT_COVERED, sum(n for _, n in found), tuple(found), code)
        for code, found in days.items()
    ]


def _vials(board: Board, supply: Supply, codes: Iterable[VaccineCode]) -> dict[VaccineCode, int]:
    """Return the doses of a vial: the point's own lots know best, else the programme's data."""
    programmes = board.programmes.all()
    ruled = {one.code: one.doses_per_vial for each in programmes for one in each.vaccines}
    known = {code: supply.doses_per_vial(code) or ruled.get(code) for code in codes}
    return {code: doses for code, doses in known.items() if doses}
