"""Public hold ids: the hold itself, sealed for the person who has it.

So a confirmation need not read the hold: the seal says whose it is and for how long, and the
commit's token row says whether it has ended (docs/decisions/2026-11-one-commit-booking.md).
"""

from datetime import UTC, datetime
from typing import Any

from erejestracja.domain.errors import NotFound
from erejestracja.domain.hold import Hold
from erejestracja.domain.ids import HoldId, PatientId, PlaceKey, SlotKey, VaccineCode

LONGEST = 300


class SealedHolds:
    """Seals with a keyed signature salted by the patient id, which the text does not show."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def _serializer(self, patient: PatientId) -> Any:
        from itsdangerous import URLSafeSerializer

        return URLSafeSerializer(self._secret, salt=f"hold:{patient}")

    def seal(self, hold: Hold) -> str:
        """Return the public id of a hold as first made."""
        facts = [
            hold.id,
            str(hold.place.slot),
            hold.place.place,
            int(hold.created_at.timestamp()),
            int(hold.expires_at.timestamp()),
            *filter(None, [hold.vaccine]),
        ]
        return str(self._serializer(hold.patient).dumps(facts))

    def open(self, text: str, patient: PatientId) -> Hold:
        """Return the hold as it was sealed. Raises NotFound for another's, or none."""
        from itsdangerous import BadData

        if len(text) > LONGEST:
            raise NotFound
        try:
            hold, slot, place, created, expires, *vaccine = self._serializer(patient).loads(text)
        except BadData as bad:
            raise NotFound from bad
        return Hold(
            id=HoldId(hold),
            place=PlaceKey(SlotKey.parse(slot), place),
            patient=patient,
            created_at=datetime.fromtimestamp(created, UTC),
            expires_at=datetime.fromtimestamp(expires, UTC),
            vaccine=VaccineCode(vaccine[0]) if vaccine else None,
        )
