"""Strategies: what becomes of visits that cannot take place as they are, and why."""

from enum import StrEnum


class Strategy(StrEnum):
    """What becomes of visits: they want another place, end with a notice, or take place anyway."""

    REACCOMMODATE = "reaccommodate"
    CANCEL = "cancel"
    KEEP = "keep"


class ClosureReason(StrEnum):
    """Why a point is shut (domain 4.7, P5)."""

    NO_DELIVERY = "noDelivery"
    BREAKDOWN = "breakdown"
    STAFF_ILLNESS = "staffIllness"
    CHANGE_OF_ADDRESS = "changeOfAddress"
    OTHER = "other"
