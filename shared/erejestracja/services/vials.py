"""A point's stock of vials: what came, was wasted, went back or on; never less than nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import InvalidRequest, Overloaded, VersionMismatch
from erejestracja.domain.ids import PointId, VaccineCode, derived_id
from erejestracja.domain.supply import SupplyChange, arriving
from erejestracja.domain.vials import Entry, Lot, Movement, NotEnough, WasteReason, entered
from erejestracja.ports import Clash, Gone
from erejestracja.services.clinic import Clinic, check_staff, told_of

ONCE = "LotEntriesOnce"
# Each try that is lost means that somebody else's entry of the same lot was written.
MOST_TRIES = 20


@dataclass(frozen=True, slots=True)
class Move:
    """Doses of a lot that come or go. The same `reference` twice is one entry."""

    actor: Actor
    point: PointId
    lot: str
    doses: int
    reference: str


@dataclass(frozen=True, slots=True)
class Product:
    """What a lot is of, the last day it may be given on, how many doses a vial has."""

    vaccine: VaccineCode
    expires_on: date
    doses_per_vial: int


def lots(clinic: Clinic, actor: Actor, point: PointId) -> Sequence[Lot]:
    """Return a point's lots, those that expire first first."""
    check_staff(actor, point)
    return sorted(clinic.vials.lots(point), key=lambda lot: (lot.expires_on, lot.code))


def deliver(clinic: Clinic, move: Move, product: Product) -> Lot:
    """Take doses in. A lot is one product with one expiry date, whoever delivers it."""
    if product.expires_on < clinic.today():
        raise InvalidRequest({"expiresOn": "is past"})

    def entries() -> Sequence[Entry]:
        return [_coming(clinic, move, move.point, product, Movement.DELIVERY)]

    def came() -> SupplyChange | None:
        supply = clinic.supplies.supply(move.point)
        found = arriving(supply, product.vaccine, move.doses)
        after = replace(supply, number=supply.number + 1)
        return SupplyChange(after, move.actor.subject, found) if found else None

    return _entered(clinic, move, entries, came)


def waste(clinic: Clinic, move: Move, reason: WasteReason) -> Lot:
    """Write off doses that cannot be given any more."""
    return _entered(clinic, move, lambda: [_leaving(clinic, move, Movement.WASTE, reason.value)])


def write_off(clinic: Clinic, actor: Actor, point: PointId, code: str, number: int) -> Lot:
    """Write off all that is left of a lot that has expired; asked for twice it is done once.

    `number` is that of the lot's last entry as it was seen. Raises InvalidRequest where the lot may
    still be given, VersionMismatch where it was changed since.
    """
    check_staff(actor, point)
    seen = derived_id("expired", point, code, str(number))
    lot = _known(clinic, Move(actor, point, code, 0, seen))
    if lot.expires_on >= clinic.today():
        raise InvalidRequest({"lot": "has not expired"})
    if not lot.balance:
        return lot
    if lot.number != number:
        raise VersionMismatch
    return waste(clinic, Move(actor, point, code, lot.balance, seen), WasteReason.EXPIRED)


def give_back(clinic: Clinic, move: Move) -> Lot:
    """Return doses to whoever delivered them."""
    return _entered(clinic, move, lambda: [_leaving(clinic, move, Movement.RETURN)])


def transfer(clinic: Clinic, move: Move, to: PointId) -> Lot:
    """Hand doses on to another point: they leave here and come there in one commit."""
    if to == move.point or clinic.desk.read_model.point(to) is None:
        raise InvalidRequest({"toPoint": "is no other point"})

    def entries() -> Sequence[Entry]:
        leaving = _leaving(clinic, move, Movement.TRANSFER_OUT, to)
        lot = leaving.lot
        product = Product(lot.vaccine, lot.expires_on, lot.doses_per_vial)
        return [leaving, _coming(clinic, move, to, product, Movement.TRANSFER_IN)]

    return _entered(clinic, move, entries)


def _entered(
    clinic: Clinic,
    move: Move,
    entries_of: Callable[[], Sequence[Entry]],
    change_of: Callable[[], SupplyChange | None] = lambda: None,
) -> Lot:
    """Write entries; made again from the balance as it is now when somebody else was first."""
    check_staff(move.actor, move.point)
    for _ in range(MOST_TRIES):
        entries = entries_of()
        events = [told_of(entry) for entry in entries]
        try:
            at = clinic.vials.enter(entries, events, change_of())
        except Clash as clash:
            if clash.on(ONCE):
                return _known(clinic, move)
        except Gone:
            raise InvalidRequest({"point": "is not known"}) from None
        else:
            clinic.desk.publisher.publish(events, at)
            return entries[0].lot
    raise Overloaded(retry_after=1)


def _known(clinic: Clinic, move: Move) -> Lot:
    lot = clinic.vials.lot(move.point, move.lot)
    if lot is None:
        raise InvalidRequest({"lot": "is not in the point's stock"})
    return lot


def _coming(clinic: Clinic, move: Move, to: PointId, product: Product, movement: Movement) -> Entry:
    """Return the entry of doses that come. Raises InvalidRequest where the lot is another."""
    lot = clinic.vials.lot(to, move.lot) or Lot(
        to, move.lot, product.vaccine, product.expires_on, product.doses_per_vial
    )
    if lot.vaccine != product.vaccine:
        raise InvalidRequest({"vaccine": f"is not the lot's, which is {lot.vaccine}"})
    if lot.expires_on != product.expires_on:
        raise InvalidRequest({"expiresOn": f"is not the lot's, which is {lot.expires_on}"})
    if lot.doses_per_vial != product.doses_per_vial:
        raise InvalidRequest({"dosesPerVial": f"is not the lot's: {lot.doses_per_vial}"})
    return entered(lot, movement, move.doses, actor=move.actor.subject, reference=move.reference)


def _leaving(clinic: Clinic, move: Move, movement: Movement, reason: str | None = None) -> Entry:
    lot = _known(clinic, move)
    who, cause = move.actor.subject, move.reference
    try:
        return entered(lot, movement, move.doses, actor=who, reference=cause, reason=reason)
    except NotEnough:
        raise InvalidRequest({"doses": f"are more than the {lot.balance} left"}) from None
