"""How badly the gateway behaves; set at run time through POST /emulator/faults."""

from dataclasses import asdict, dataclass, fields
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True)
class Faults:
    """Rates are shares of 1; a new gateway has no faults."""

    # Each answer takes so long.
    latency_ms: float = 0
    # Refused with error 999, before anything is taken.
    error_rate: float = 0
    # Taken, and the connection cut before the answer: the nasty case.
    drop_rate: float = 0
    # Everything answers 503, and no receipts are told.
    down: bool = False
    # More messages in a second than this are refused with error 203; 0 is no limit.
    most_per_second: float = 0
    receipt_delay_ms: float = 50
    # Of all receipts, those that come later than the others, by so much.
    receipt_late_rate: float = 0
    receipt_late_ms: float = 5000
    receipt_twice_rate: float = 0
    receipt_lost_rate: float = 0
    undelivered_rate: float = 0
    # Calls one after the other fare the same again with the same seed.
    seed: int | None = None

    def changed(self, wanted: Any) -> "Faults":
        """Return these faults with some changed. Raises ValueError for what makes no sense."""
        known = {field.name for field in fields(self)}
        if not isinstance(wanted, dict) or not known.issuperset(wanted):
            raise ValueError(f"faults are {', '.join(sorted(known))}")
        for name, value in wanted.items():
            _check(name, value)
        return Faults(**(asdict(self) | wanted))

    def dice(self) -> Random:
        """Return what decides whom a rate hits."""
        return Random(self.seed)


def _check(name: str, value: Any) -> None:
    if name == "seed":
        right = value is None or isinstance(value, int)
    elif name == "down":
        right = isinstance(value, bool)
    else:
        highest = 1 if name.endswith("_rate") else float("inf")
        right = isinstance(value, int | float) and 0 <= value <= highest
    if not right:
        raise ValueError(f"{name} cannot be {value!r}")
