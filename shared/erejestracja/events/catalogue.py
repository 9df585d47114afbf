"""Every event we tell: where, when, and what it says. docs/events.md is made of this table."""

from collections.abc import Mapping
from dataclasses import dataclass

from erejestracja.domain.events import Topic

PLACE = ("session", "slot", "point", "powiat", "vaccine", "dose", "day", "startsAt", "channel")
HOLD = ("hold", "patient", *PLACE)
VISIT = (
    *("visit", "version", "patient", "programme", "sessions", "placesChanged", "slot", "point"),
    *("powiat", "voivodeship", "vaccine", "dose", "day", "startsAt", "channel", "consentForm"),
)
DOSE = (
    *("vaccination", "version", "status", "visit", "patient", "point", "powiat", "voivodeship"),
    *("programme", "vaccine", "dose", "lot", "day"),
)
LOT = ("point", "lot", "number", "vaccine", "movement", "doses", "balance", "reason")
STANDBY = (
    *("standby", "number", "patient", "programme", "point", "powiat", "voivodeship", "origin"),
)
IMPORT = ("import", "step", "lines", "line", "accepted", "repeated", "refused")
EXPORT = ("vaccination", "version", "point")
WAITING = ("entry", "version", "patient", "programme", "dose", "lost")
CALLBACK = ("callback", "version", "patient", "cause", "attempts", "waitedS")
OVERRIDE = (
    *("override", "version", "patient", "programme", "rules", "dose", "rule", "ground", "afterS"),
)
SMS = ("message", "visit", "patient", "template")


@dataclass(frozen=True, slots=True)
class Told:
    """What is told: on which topic, in one sentence, with which fields of `data`."""

    topic: Topic
    says: str
    fields: tuple[str, ...]


EVENTS: Mapping[str, Told] = {
    "hold.placed": Told("holds", "A place is kept for a person for some minutes.", HOLD),
    "hold.released": Told("holds", "The person gave the place back, or the point took it.", HOLD),
    "hold.expired": Told("holds", "The minutes ran out, and the place is free.", HOLD),
    "visit.booked": Told("visits", "A person has a visit.", VISIT),
    "visit.moved": Told("visits", "It has another place; the old one is free.", VISIT),
    "visit.cancelled": Told("visits", "It was cancelled; its place is free.", VISIT),
    "visit.arrived": Told("visits", "The person is at the point.", VISIT),
    "visit.completed": Told("visits", "The dose was given.", VISIT),
    "visit.missed": Told("visits", "The person did not come.", VISIT),
    "visit.deferred": Told("visits", "No dose now: again from a day on, or never.", VISIT),
    "visit.reopened": Told("visits", "The dose was not given after all.", VISIT),
    "visit.orphaned": Told("visits", "Its slot is gone; it wants another.", VISIT),
    "visit.replaced": Told("visits", "Somebody else came for its dose.", VISIT),
    "visit.unreplaced": Told("visits", "Nobody came for its dose after all.", VISIT),
    "visit.restored": Told(
        "visits", "A swap was undone: it has the place again that it had before.", VISIT
    ),
    "visit.consentNoted": Told(
        "visits", "What was shown of the form of who is not of age is put right.", VISIT
    ),
    "schedule.withdrawn": Told(
        "schedule",
        "A point takes sessions back; their visits are orphaned.",
        ("point", "powiat", "sessions"),
    ),
    "schedule.published": Told(
        "schedule", "A point has new sessions.", ("point", "powiat", "sessions")
    ),
    "points.listed": Told(
        "schedule", "Points are new on the list, or otherwise than before.", ("points",)
    ),
    "sms.requested": Told(
        "sms-requested",
        "A message is to be sent; asked again where nobody seems to be sending it. Of a reply to "
        "who wrote to us, `patient` is their telephone's own id.",
        ("message", "patient", "template"),
    ),
    "sms.sent": Told(
        "sms-outcomes", "The gateway has it. `price` in PLN, if known.", (*SMS, "segments", "price")
    ),
    "sms.delivered": Told("sms-outcomes", "It is on the handset.", (*SMS, "code")),
    "sms.undelivered": Told("sms-outcomes", "It did not reach the handset.", (*SMS, "code")),
    "sms.failed": Told(
        "sms-outcomes",
        "It was not sent and will not be: refused, given up, or no longer true.",
        (*SMS, "reason"),
    ),
    "sms.unreachable": Told(
        "sms-outcomes", "The person has no telephone that takes messages.", (*SMS, "reason")
    ),
    "vaccination.recorded": Told(
        "vaccinations", "A dose is on record: given, corrected, or entered in error.", DOSE
    ),
    "export.requested": Told(
        "exports-requested",
        "A record is to be sent to the national one again: a person asks, or nobody seems to.",
        EXPORT,
    ),
    "export.accepted": Told("exports", "The national record has it.", (*EXPORT, "reason")),
    "export.rejected": Told(
        "exports", "The national record will not take it as it is.", (*EXPORT, "reason")
    ),
    "export.gave_up": Told(
        "exports", "The national record did not take it for too long.", (*EXPORT, "reason")
    ),
    "delivery.requested": Told(
        "deliveries",
        "A message to a point's software is to be tried: replayed, a test, or due again.",
        ("webhook", "point", "event", "happenedAt"),
    ),
    "lot.entered": Told("stock", "A line of a point's ledger of vials.", LOT),
    "standby.joined": Told(
        "standby", "A person waits for a dose that would be wasted, or wishes otherwise.", STANDBY
    ),
    "standby.called": Told("standby", "A desk calls them.", STANDBY),
    "standby.answered": Told(
        "standby", "They come, were not reached, or declined.", (*STANDBY, "outcome")
    ),
    "standby.left": Told(
        "standby", "They were taken off, other than by a visit or a dose.", (*STANDBY, "reason")
    ),
    "waiting.asked": Told("waiting", "A person waits for a place, or wishes otherwise.", WAITING),
    "waiting.offered": Told(
        "waiting",
        "A place is kept for who waits, and a message asked for.",
        (*WAITING, "slot", "point", "powiat", "until"),
    ),
    "waiting.declined": Told("waiting", "The person does not want that place.", WAITING),
    "waiting.unanswered": Told("waiting", "The offer ran out; the person waits anew.", WAITING),
    "waiting.ended": Told(
        "waiting", "The person waits no more, for a reason.", (*WAITING, "reason")
    ),
    "callback.asked": Told(
        "callbacks",
        "The hotline owes a call; over at once, with its `result`, where there is no number.",
        (*CALLBACK, "result"),
    ),
    "callback.taken": Told("callbacks", "An agent has it, and rings.", CALLBACK),
    "callback.tried": Told(
        "callbacks",
        "It rang: how that went, and the `result` once it is over.",
        (*CALLBACK, "outcome", "result"),
    ),
    "override.asked": Told(
        "overrides", "An agent asks a second person to set a rule aside for somebody.", OVERRIDE
    ),
    "override.consented": Told("overrides", "A supervisor consents, for a while.", OVERRIDE),
    "override.refused": Told("overrides", "A supervisor does not.", OVERRIDE),
    "override.withdrawn": Told("overrides", "The agent does not need it any more.", OVERRIDE),
    "override.lapsed": Told("overrides", "It was not decided, or not used, in time.", OVERRIDE),
    "override.used": Told("overrides", "A visit was booked with it.", OVERRIDE),
    "import.advanced": Told(
        "imports", "A file is taken in up to a line; there is more to do.", IMPORT
    ),
    "import.finished": Told("imports", "A file is taken in, and its report is whole.", IMPORT),
    "import.refused": Told("imports", "A file is not taken in at all.", ("import", "reason")),
}
