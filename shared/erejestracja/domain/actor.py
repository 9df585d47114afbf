"""Who acts, through which channel, and for whom."""

from dataclasses import dataclass
from enum import StrEnum

from erejestracja.domain.ids import PatientId, PointId


class Role(StrEnum):
    """What a caller's token says they are; of a telephone that writes to us there is none."""

    PATIENT = "patient"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    REGISTRAR = "registrar"
    MEDIC = "medic"
    ADMIN = "admin"
    COORDINATOR = "coordinator"
    PARTNER = "partner"
    TELEPHONE = "telephone"


class Channel(StrEnum):
    """The way a booking came; each opens to a cohort at its own time."""

    WEB = "web"
    SMS = "sms"
    AGENT = "agent"
    POINT = "point"


POINT_STAFF = frozenset({Role.REGISTRAR, Role.MEDIC, Role.ADMIN, Role.PARTNER})


@dataclass(frozen=True, slots=True)
class Actor:
    """A verified caller. `subject` is the provider's opaque name, never a PESEL.

    `region` is what a coordinator looks after: a voivodeship, or the nation.
    """

    subject: str
    roles: frozenset[Role]
    patient: PatientId | None = None
    points: frozenset[PointId] = frozenset()
    region: str | None = None

    def channel(self) -> Channel:
        """Return the channel this caller books through."""
        if Role.AGENT in self.roles:
            return Channel.AGENT
        if self.roles & POINT_STAFF:
            return Channel.POINT
        if Role.TELEPHONE in self.roles:
            return Channel.SMS
        return Channel.WEB
