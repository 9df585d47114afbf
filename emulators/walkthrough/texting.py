"""The same by text message alone: a word, a number, a postal code, a no, and a yes."""

from typing import Any

from emulators.walkthrough.caller import Phone, StepFailed
from emulators.walkthrough.steps import Walk, read_message

START = "SzczepimySie"


def book_by_text(walk: Walk, phone: Phone, persona: dict[str, Any]) -> dict[str, Any]:
    """Book as somebody with nothing but a telephone does; return the visit."""
    try:
        _write(walk, phone, START)
    except StepFailed as silent:
        raise StepFailed(f"{silent}: is this telephone's sixth dialogue of the day?") from silent
    _write(walk, phone, persona["pesel"], shown="the PESEL")
    first = _write(walk, phone, walk.postal_code)
    second = _write(walk, phone, "N")
    if second == first:
        raise StepFailed("what was declined was proposed again")
    _write(walk, phone, "T")
    [visit] = [one for one in walk.caller.get("/v1/me").body["visits"] if one["status"] == "booked"]
    walk.say(f"booked: visit {visit['id']}")
    walk.happened("visit.booked", visit["id"])
    found: dict[str, Any] = visit
    return found


def _write(walk: Walk, phone: Phone, text: str, shown: str | None = None) -> str:
    """Send a message, twice at once as bad gateways do; wait for what is answered, show both."""
    walk.say(f"the handset writes „{shown or text}”")
    phone.write(text, copies=2)
    return read_message(walk, phone)
