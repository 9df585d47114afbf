"""What an agent reads to a caller, in the caller's language: a place, its time, who signs."""

from dataclasses import dataclass
from datetime import datetime

from erejestracja.domain import calendar
from erejestracja.domain.consent import Consent
from erejestracja.domain.ids import SlotKey
from erejestracja.domain.point import Point
from erejestracja.i18n.catalogue import LANGUAGES, catalogue
from erejestracja.services.desk import Desk


@dataclass(frozen=True, slots=True)
class Spoken:
    """A slot to be spoken of."""

    slot: SlotKey
    starts_at: datetime
    point: Point | None

    @property
    def hour(self) -> str:
        """Return its local hour."""
        return f"{calendar.local(self.starts_at):%H:%M}"

    def sentence(self, key: str, language: str, **more: str) -> str:
        """Return a sentence about it; in Polish where the language is none of ours."""
        from babel.dates import format_date

        tongue = language if language in LANGUAGES else "pl"
        return catalogue(tongue).text(
            key,
            day=format_date(calendar.local_day(self.starts_at), "EEEE, d MMMM", locale=tongue),
            hour=self.hour,
            point=self.point.name if self.point else "",
            address=f"{self.point.address}, {self.point.town}" if self.point else "",
            **more,
        )


def spoken(desk: Desk, slot: SlotKey, starts_at: datetime) -> Spoken:
    """Return a slot to be spoken of."""
    return Spoken(slot, starts_at, desk.read_model.point(slot.session.point))


def signing(consent: Consent, language: str) -> str:
    """Return who signs for a person who is not of age, and who comes along, as their page says."""
    keys = [consent.signed.value, "present", *(["physician"] if consent.physician else [])]
    return " ".join(catalogue(language).text(f"family.consent.{key}") for key in keys)
