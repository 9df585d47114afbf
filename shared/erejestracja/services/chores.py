"""Chores: what a scheduler has done each minute, one after the other, none stopping the others."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

log = logging.getLogger(__name__)

Chore = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Report:
    """How much each chore did, and which of them failed."""

    done: Mapping[str, int]
    failed: tuple[str, ...]


def run(chores: Mapping[str, Chore]) -> Report:
    """Run all chores; a failure is logged and left to the next run."""
    done: dict[str, int] = {}
    failed: list[str] = []
    for name, chore in chores.items():
        try:
            done[name] = chore()
        except Exception:
            log.exception("chore %s failed", name)
            failed.append(name)
    log.info("chores done", extra={"facts": {**done, "failed": failed}})
    return Report(done, tuple(failed))


def turn_of(items: int, turns: int, turn: int) -> range:
    """Return which of so many items a turn takes care of, so that all come up in `turns` turns."""
    size = -(-items // turns)
    start = (turn % turns) * size
    return range(start, min(start + size, items))
