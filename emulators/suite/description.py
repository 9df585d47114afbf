"""Reads functions/suite.yaml, the one description of what runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Function:
    """One deployable function."""

    name: str
    trigger: str
    public: bool = False
    routes: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    seconds: float = 0
    uses: tuple[str, ...] = ()
    threads: int = 8


@dataclass(frozen=True, slots=True)
class Push:
    """How every push subscription delivers."""

    ack_deadline_s: int = 60
    max_delivery_attempts: int = 10
    min_backoff_s: int = 1
    max_backoff_s: int = 60


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket; `tells` names the topic that hears of new objects below the folders of `below`."""

    tells: str = ""
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """The whole suite."""

    functions: Mapping[str, Function] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    push: Push = Push()
    datasets: tuple[str, ...] = ()
    buckets: Mapping[str, Bucket] = field(default_factory=dict)

    def subscribers(self, topic: str) -> list[Function]:
        """Return the functions that are given a topic's events."""
        return [function for function in self.functions.values() if topic in function.topics]


def read(functions: Path) -> Description:
    """Read the description in a folder of functions."""
    document = yaml.safe_load((functions / "suite.yaml").read_text(encoding="utf-8"))
    return Description(
        functions={name: _function(name, it) for name, it in document["functions"].items()},
        topics=tuple(document.get("topics") or ()),
        push=Push(**document.get("push") or {}),
        datasets=tuple(document.get("datasets") or ()),
        buckets={
            name: Bucket(it.get("tells", ""), tuple(it.get("below", ())))
            for name, it in (document.get("buckets") or {}).items()
        },
    )


def _function(name: str, entry: Mapping[str, Any]) -> Function:
    return Function(
        name=name,
        trigger=entry["trigger"],
        public=entry.get("public", False),
        routes=tuple(entry.get("routes", ())),
        topics=tuple(entry.get("topics", ())),
        seconds=entry.get("every", {}).get("seconds", 0),
        uses=tuple(entry.get("uses", ())),
        threads=entry.get("threads", 8),
    )
