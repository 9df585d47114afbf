"""Notices: that a person is to be told something, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from erejestracja.domain.ids import MessageId, PatientId, VisitId

Template = Literal["booked", "moved", "cancelled"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A message asked for in the transaction that makes it true; rendered when it is sent.

    `id` follows from the visit and its version, so that the same change asks once. `facts` has
    `startsAt` (RFC 3339), `point`, `address`, and `version` of the visit: no name, no number.
    """

    id: MessageId
    patient: PatientId
    visit: VisitId
    template: Template
    facts: Mapping[str, Any]
