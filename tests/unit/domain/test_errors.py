from datetime import date
from typing import Any

import pytest

from erejestracja.domain import errors
from erejestracja.domain.errors import (
    AlreadyBooked,
    HoldExpired,
    InvalidRequest,
    Lasting,
    NotEligible,
    Overloaded,
    OverrideNotStanding,
    RateLimited,
    Reason,
    Refusal,
    SlotTaken,
    SwapStands,
)


@pytest.mark.parametrize(
    ("refusal", "facts"),
    [
        (InvalidRequest({"slotId": "is missing"}), {"fields": {"slotId": "is missing"}}),
        (SlotTaken(({"id": "s"},)), {"alternatives": [{"id": "s"}]}),
        (SlotTaken(), {"alternatives": []}),
        (AlreadyBooked("v"), {"visit": "v"}),
        (HoldExpired(), {}),
        (NotEligible(Reason.AGE), {"reason": "age"}),
        (
            NotEligible(Reason.INTERVAL, date(2026, 12, 8), date(2026, 12, 29)),
            {"reason": "interval", "from": "2026-12-08", "to": "2026-12-29"},
        ),
        (OverrideNotStanding("lapsed"), {"override": "lapsed"}),
        (SwapStands(Lasting.TAKEN), {"reason": "taken"}),
        (RateLimited(7), {"retryAfter": 7}),
        (Overloaded(), {"retryAfter": 1}),
    ],
)
def test_a_refusal_says_what_its_code_promises(refusal: Refusal, facts: dict[str, Any]) -> None:
    assert refusal.facts() == facts


def test_every_refusal_has_a_code_of_its_own() -> None:
    found = [one for one in vars(errors).values() if isinstance(one, type)]
    codes = [one.code for one in found if issubclass(one, Refusal) and one is not Refusal]
    assert len(codes) == len(set(codes)) == 19
