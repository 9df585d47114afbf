"""How badly the record behaves; set at run time through POST /emulator/faults."""

from dataclasses import asdict, dataclass, fields
from random import Random
from typing import Any

# What it refuses with, each as its business code; None of them by itself knows a person or a lot.
CODES = frozenset(
    {
        "unknown-patient",
        "patient-deceased",
        "dose-inconsistent",
        "unknown-vaccine",
        "unknown-lot",
        "unknown-performer",
        "unknown-location",
    }
)


@dataclass(frozen=True, slots=True)
class Faults:
    """Rates are shares of 1; a new record has no faults."""

    # Everything answers 503.
    down: bool = False
    # Each answer takes so long.
    latency_ms: float = 0
    # Answered with 500, before anything is kept.
    error_rate: float = 0
    # Kept, and the connection cut before the answer: the nasty case.
    drop_rate: float = 0
    # Whatever comes is refused with this business code.
    refuse: str | None = None
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
    if name == "refuse":
        right = value is None or value in CODES
    elif name == "seed":
        right = value is None or isinstance(value, int)
    elif name == "down":
        right = isinstance(value, bool)
    else:
        highest = 1 if name.endswith("_rate") else float("inf")
        right = isinstance(value, int | float) and 0 <= value <= highest
    if not right:
        raise ValueError(f"{name} cannot be {value!r}")
