"""The main job from outside: see what one may have, hold, book, move, cancel."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from emulators.walkthrough.caller import Answer, Caller, Phone, StepFailed

WARSAW = ZoneInfo("Europe/Warsaw")
RADIUS_KM = 50
# Nearly every point has it.
FAVOURITE = "cov19.pfizer"

Say = Callable[[str], None]


@dataclass
class Walk:
    """What the walk has come to: who walks, and what there is to look for in the archive."""

    caller: Caller
    say: Say
    postal_code: str
    marks: set[str] = field(default_factory=set)
    expected: list[str] = field(default_factory=list)

    def happened(self, event: str, *marks: str) -> None:
        """Note an event that the archive must have in the end, and what names it there."""
        self.expected.append(event)
        self.marks.update(marks)


def see_record(walk: Walk) -> dict[str, Any]:
    """Read one's own record: who one is, what one may have; return it."""
    answer = walk.caller.get("/v1/me")
    person = answer.body["person"]
    walk.say(f"{person.get('givenName')} {person.get('familyName')}, {_took(answer)}")
    for offer in _open_offers(answer.body):
        days = f"{offer.get('from') or ''} to {offer.get('to') or 'any later day'}"
        walk.say(f"may have dose {offer['dose']}, {days}: {', '.join(offer['vaccines'])}")
    return answer.body


def best_offer(record: dict[str, Any]) -> dict[str, Any]:
    """Return what one may have, of the commonest vaccine if that is among it."""
    return max(_open_offers(record), key=lambda offer: FAVOURITE in offer["vaccines"])


def end_earlier_walk(walk: Walk, record: dict[str, Any], phone: Phone) -> None:
    """Cancel the visit that a walk cut off has left, and let its text message come first."""
    for visit in record["visits"]:
        if visit["status"] in {"booked", "orphaned"}:
            walk.say("a visit of an earlier walk still stands:")
            cancel(walk, visit)
            phone.next_message()
    walk.expected.clear()
    walk.marks.clear()


def _open_offers(record: dict[str, Any]) -> list[dict[str, Any]]:
    offers = [offer for offer in record["eligibility"] if not offer.get("reason")]
    if not offers:
        raise StepFailed(f"nothing may be had: {record['eligibility']}")
    return offers


def propose(walk: Walk, offer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return proposals near home for the dose."""
    query = {"postalCode": walk.postal_code, "dose": str(offer["dose"])}
    query["vaccine"] = _favourite(offer)
    answer = walk.caller.get("/v1/slots:propose", **query)
    slots: list[dict[str, Any]] = answer.body["slots"]
    walk.say(f"{len(slots)} proposals near {walk.postal_code}, {_took(answer)}")
    for slot in slots:
        walk.say(f"  {_when(slot)}  {slot.get('distanceKm', 0):5.1f} km  {_where(slot)}")
    if not slots:
        raise StepFailed("no free place near home")
    return slots


def hold(walk: Walk, offer: dict[str, Any], near: dict[str, Any]) -> dict[str, Any]:
    """Have the server find the best place by criteria and keep it; return the hold."""
    location = near["point"]["location"]
    criteria = {
        "vaccine": _favourite(offer),
        "dose": offer["dose"],
        "near": f"{location['lat']},{location['lon']}",
        "radiusKm": RADIUS_KM,
    }
    answer = walk.caller.post("/v1/holds", {"criteria": criteria}, 201)
    slot = answer.body["slot"]
    walk.say(f"held {_when(slot)}, {_where(slot)}, {_took(answer)}")
    walk.say(f"  until {_clock(answer.body['expiresAt'])}")
    walk.happened("hold.placed", slot["id"])
    return answer.body


def book(walk: Walk, offer: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """Confirm, then say the same again as an impatient phone would; return the one visit."""
    body = {"holdId": held["id"], "referralId": offer["referralId"]}
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = walk.caller.post("/v1/visits", body, 201, key)
    visit = first.body
    walk.say(f"booked: visit {visit['id']}, {_took(first)}")
    again = walk.caller.post("/v1/visits", body, 200, key)
    if again.body["id"] != visit["id"]:
        raise StepFailed("the repeat made another visit")
    walk.say(f"the same request again: {again.status}, the same visit, {_took(again)}")
    walk.happened("visit.booked", visit["id"])
    return visit


def move(walk: Walk, visit: dict[str, Any], offer: dict[str, Any]) -> dict[str, Any]:
    """Move the visit to another proposal; return it as it is then."""
    for slot in propose(walk, offer)[::-1]:
        if slot["id"] != visit["slot"]["id"]:
            etag = {"If-Match": visit["etag"]}
            path = f"/v1/visits/{visit['id']}:move"
            answer = walk.caller.post(path, {"slotId": slot["id"]}, 200, etag)
            walk.say(f"moved to {_when(slot)}, {_where(slot)}, {_took(answer)}")
            walk.happened("visit.moved", visit["id"])
            return answer.body
    raise StepFailed("no other place to move to")


def cancel(walk: Walk, visit: dict[str, Any]) -> None:
    """Cancel the visit."""
    answer = walk.caller.post(f"/v1/visits/{visit['id']}:cancel", {"reason": "patient"}, 200)
    if answer.body["status"] != "cancelled":
        raise StepFailed(f"the visit is {answer.body['status']}")
    walk.say(f"cancelled, its place is free again, {_took(answer)}")
    walk.happened("visit.cancelled", visit["id"])


def read_message(walk: Walk, phone: Phone) -> str:
    """Wait for the text message about what was just done, show it, and return it."""
    message = phone.next_message()
    walk.say(f"text message of {message['parts']} part(s) at the gateway:")
    walk.say(f"  „{message['message']}”")
    walk.happened("sms.requested", message["idx"])
    walk.happened("sms.sent")
    walk.happened("sms.delivered")
    text: str = message["message"]
    return text


def _favourite(offer: dict[str, Any]) -> str:
    vaccines: list[str] = offer["vaccines"]
    return FAVOURITE if FAVOURITE in vaccines else vaccines[0]


def _took(answer: Answer) -> str:
    return f"{answer.milliseconds:.0f} ms"


def _when(slot: dict[str, Any]) -> str:
    return f"{_local(slot['startAt']):%Y-%m-%d %H:%M}"


def _clock(instant: str) -> str:
    return f"{_local(instant):%H:%M:%S}"


def _local(instant: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(WARSAW)


def _where(slot: dict[str, Any]) -> str:
    return f"{slot['point']['name']}, {slot['point']['address']}"
