"""What happened: facts in the past tense, written in the transaction that made them true."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from erejestracja.domain.ids import EventId

Topic = Literal[
    "holds",
    "visits",
    "schedule",
    "heartbeat",
    "sms-requested",
    "sms-outcomes",
    "imports",
    "vaccinations",
    "exports-requested",
    "exports",
    "deliveries",
    "stock",
    "standby",
    "waiting",
    "callbacks",
    "overrides",
]


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `id` is the same however often the fact is told; `data` is ready for JSON.

    `type` is a noun and a past participle ("visit.booked"); docs/events.md lists them all. `data`
    never holds a name, a phone number or a PESEL; a person is named by the opaque patient id.
    """

    id: EventId
    topic: Topic
    type: str
    data: Mapping[str, Any]
