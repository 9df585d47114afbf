"""Vials: a point's stock by lot, a ledger in which every entry carries the balance after it.

Amounts are doses. A lot's entries are numbered; the next number is a key, so two entries made from
one balance cannot both be written, and the balance never goes below nothing (domain 4.6).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from erejestracja.domain.ids import PointId, VaccineCode

MOST_DOSES = 100_000


class Movement(StrEnum):
    """Why a lot's balance changed."""

    DELIVERY = "delivery"
    USE = "use"
    GIVEN_BACK = "givenBack"
    WASTE = "waste"
    RETURN = "return"
    TRANSFER_OUT = "transferOut"
    TRANSFER_IN = "transferIn"

    @property
    def adds(self) -> bool:
        """Tell whether the balance grows by it."""
        return self in ADDS


ADDS = frozenset({Movement.DELIVERY, Movement.GIVEN_BACK, Movement.TRANSFER_IN})


class WasteReason(StrEnum):
    """Why doses could not be given."""

    EXPIRED = "expired"
    COLD_CHAIN = "coldChain"
    BROKEN = "broken"
    LEFT_IN_VIAL = "leftInVial"
    OTHER = "other"


class NotEnough(Exception):  # noqa: N818 - an outcome the caller reads, not a fault
    """The lot has fewer doses than are to leave it."""


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot at a point: its product, the last local day it may be given on, what is left of it.

    `doses_per_vial` is how the product comes; `number` counts the lot's entries.
    """

    point: PointId
    code: str
    vaccine: VaccineCode
    expires_on: date
    doses_per_vial: int
    balance: int = 0
    number: int = 0

    @property
    def vials(self) -> int:
        """Return how many vials the balance is, an open one counted."""
        return -(-self.balance // self.doses_per_vial)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger. `lot` is as it is after it; `reference` names what caused it.

    `reason` is a WasteReason, or the other point of a transfer.
    """

    lot: Lot
    movement: Movement
    doses: int
    actor: str
    reference: str
    reason: str | None = None


def entered(
    lot: Lot,
    movement: Movement,
    doses: int,
    *,
    actor: str,
    reference: str,
    reason: str | None = None,
) -> Entry:
    """Return the lot's next entry. Raises NotEnough."""
    balance = lot.balance + (doses if movement.adds else -doses)
    if balance < 0:
        raise NotEnough
    after = replace(lot, balance=balance, number=lot.number + 1)
    return Entry(after, movement, doses, actor, reference, reason)


def left_open(lots: Iterable[Lot], expected: int) -> int:
    """Return the doses that open vials of one product are left with after the expected ones.

    Vials are opened of the lot that expires first; with nobody expected, what is open now.
    """
    left = 0
    for lot in sorted(lots, key=lambda lot: (lot.expires_on, lot.code)):
        given = min(lot.balance, expected)
        expected -= given
        left += (lot.balance - given) % lot.doses_per_vial
    return left


def lot_code(text: str) -> str:
    """Return a lot as it is kept: capitals, no spaces. Raises ValueError."""
    code = re.sub(r"\s", "", text)
    if not re.fullmatch(r"[A-Za-z0-9./-]{3,20}", code):
        raise ValueError("a lot has 3 to 20 letters, digits, dots, strokes and hyphens")
    return code.upper()
