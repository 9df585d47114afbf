"""Refusals: requests we understood and will not carry out. Each has a code callers rely on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from erejestracja.domain.supply import Shortage


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """A request we understood and will not carry out."""

    code: ClassVar[str]

    def facts(self) -> Mapping[str, Any]:
        """Return what the answer names beside the code, ready for JSON."""
        return {}


class InvalidRequest(Refusal):
    """Malformed or unknown fields; `fields` names each with what is wrong."""

    code = "invalid_request"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.fields = dict(fields)

    def facts(self) -> Mapping[str, Any]:
        return {"fields": self.fields}


class Unauthenticated(Refusal):
    """No token, or one that does not hold."""

    code = "unauthenticated"


class NotAllowed(Refusal):
    """A role may not do this."""

    code = "not_allowed"


class NotFound(Refusal):
    """There is no such thing, or none that this caller may see."""

    code = "not_found"


class SlotTaken(Refusal):
    """Someone else has the last place; up to five slots that can be booked instead.

    Services name them as they found them; the edge turns each into what callers see.
    """

    code = "slot_taken"

    def __init__(self, alternatives: tuple[Any, ...] = ()) -> None:
        super().__init__()
        self.alternatives = alternatives

    def facts(self) -> Mapping[str, Any]:
        return {"alternatives": list(self.alternatives)}


class HoldExpired(Refusal):
    """The hold ran out, was released, or has already been used."""

    code = "hold_expired"


class AlreadyBooked(Refusal):
    """The person has an active visit for this dose."""

    code = "already_booked"

    def __init__(self, visit: str) -> None:
        super().__init__()
        self.visit = visit

    def facts(self) -> Mapping[str, Any]:
        return {"visit": self.visit}


class Reason(StrEnum):
    """Why a person may not have this slot."""

    NO_REFERRAL = "no_referral"
    REFERRAL_EXPIRED = "referral_expired"
    COHORT_NOT_OPEN = "cohort_not_open"
    AGE = "age"
    INTERVAL = "interval"
    VACCINE_MISMATCH = "vaccine_mismatch"
    SLOT_NOT_EXTERNAL = "slot_not_external"
    PROGRAMME_PAUSED = "programme_paused"


@dataclass
class NotEligible(Refusal):
    """The rules do not allow it; the dates say when they would, where a date helps."""

    code: ClassVar[str] = "not_eligible"

    reason: Reason
    from_: date | None = None
    to: date | None = None

    def facts(self) -> Mapping[str, Any]:
        dates = {"from": self.from_, "to": self.to}
        return {"reason": self.reason.value} | {k: v.isoformat() for k, v in dates.items() if v}


class NotOverridable(Refusal):
    """Nothing refuses that two people may set aside for that reason."""

    code = "not_overridable"


class OverrideWaiting(Refusal):
    """Another override for this person is asked for, or stands."""

    code = "override_waiting"


@dataclass
class OverrideNotStanding(Refusal):
    """Not consented to, or refused, withdrawn, used, or run out; `override` says which."""

    code: ClassVar[str] = "override_not_standing"

    state: str

    def facts(self) -> Mapping[str, Any]:
        return {"override": self.state}


class SecondPersonNeeded(Refusal):
    """Whoever asks for an override does not decide on it."""

    code = "second_person_needed"


@dataclass
class NotCovered(Refusal):
    """More places than doses are in stock or confirmed, of a vaccine that is under control."""

    code: ClassVar[str] = "not_covered"

    shortages: Sequence[Shortage]

    def facts(self) -> Mapping[str, Any]:
        return {
            "missing": [
                {"date": one.day.isoformat(), "vaccine": one.vaccine, "places": one.missing}
                for one in self.shortages
            ]
        }


@dataclass
class ConsentMissing(Refusal):
    """Who is not of age has neither shown a signed form nor come with a parent; `signed` by whom.

    Name `consentForm`: what was shown.
    """

    code: ClassVar[str] = "consent_missing"

    signed: str

    def facts(self) -> Mapping[str, Any]:
        return {"signed": self.signed}


class Lasting(StrEnum):
    """Why a swap is not undone."""

    LATE = "late"
    UNDONE = "undone"
    CHANGED = "changed"
    TAKEN = "taken"


@dataclass
class SwapStands(Refusal):
    """A swap is not undone: `late`, `undone` before, a visit `changed`, a former place `taken`."""

    code: ClassVar[str] = "swap_stands"

    reason: Lasting

    def facts(self) -> Mapping[str, Any]:
        return {"reason": self.reason.value}


class VersionMismatch(Refusal):
    """`If-Match` named an older version."""

    code = "version_mismatch"


class IdempotencyConflict(Refusal):
    """The same `Idempotency-Key` came with another request."""

    code = "idempotency_conflict"


@dataclass
class RateLimited(Refusal):
    """Too many requests from this caller; `retry_after` in seconds."""

    code: ClassVar[str] = "rate_limited"

    retry_after: int = field(default=1)

    def facts(self) -> Mapping[str, Any]:
        return {"retryAfter": self.retry_after}


@dataclass
class Overloaded(Refusal):
    """We shed load, or a part we need is away for a moment; `retry_after` in seconds."""

    code: ClassVar[str] = "overloaded"

    retry_after: int = field(default=1)

    def facts(self) -> Mapping[str, Any]:
        return {"retryAfter": self.retry_after}
