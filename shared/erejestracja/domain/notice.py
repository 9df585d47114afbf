"""Notices: that a person is to be told something, once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from erejestracja.domain.ids import MessageId, PatientId, VisitId

Template = Literal[
    "booked",
    "moved",
    "cancelled",
    "offered",
    "code",
    "askPerson",
    "askPlace",
    "proposed",
    "proposedAnew",
    "wrongNumber",
    "noReferral",
    "standing",
    "noPlace",
    "unclear",
    "startAgain",
    "begin",
]
CODE: Final = "code"
# What a dialogue answers: to a telephone, whoever's it is.
REPLIES = frozenset[str](
    {
        *("askPerson", "askPlace", "proposed", "proposedAnew", "wrongNumber", "noReferral"),
        *("standing", "noPlace", "unclear", "startAgain", "begin"),
    }
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A message asked for in the transaction that makes it true; rendered when it is sent.

    `id` follows from the change it tells of, so that the same change asks once. `facts` has
    `startsAt` (RFC 3339), `point`, `address`; of a `visit` its `version`, of an offer `until`. No
    name, no number. A `code` is about a `referral`, until `until`; the code itself is in no fact.
    A reply goes to the `number` that wrote, in the `language` of its facts; its `patient` is that
    telephone's own id, which is nobody's.
    """

    id: MessageId
    patient: PatientId
    visit: VisitId | None
    template: Template
    facts: Mapping[str, Any]
    number: str | None = None
