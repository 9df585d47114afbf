"""Preconditions: what an object's numbers must be for a call to be carried out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emulators.storage.exchange import Call, Refused

NAMES = {
    "GenerationMatch": ("generation", True),
    "GenerationNotMatch": ("generation", False),
    "MetagenerationMatch": ("metageneration", True),
    "MetagenerationNotMatch": ("metageneration", False),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A number that an object (0: there is none) has or has not, and the error if not so."""

    of: str
    number: int
    equal: bool = True
    status: int = 412


Conditions = Iterable[Condition]


def hold(conditions: Conditions, generation: int, metageneration: int) -> None:
    """Raise Refused for the first condition that does not hold."""
    actual = {"generation": generation, "metageneration": metageneration}
    for one in conditions:
        if (actual[one.of] == one.number) is not one.equal:
            reason = {304: "notModified", 404: "notFound"}.get(one.status, "conditionNotMet")
            raise Refused(one.status, reason, f"{one.of} is {actual[one.of]}")


def of_query(call: Call, side: str = "if") -> list[Condition]:
    """Return the conditions of a call's query; `side` is `ifSource` for a copy's source.

    For a reader, NotMatch says "I have this one": 304 rather than an error. A generation that is
    not the live one is not there, because only that one is kept.
    """
    missed = 304 if call.method in ("GET", "HEAD") else 412
    found = []
    for name, (of, equal) in NAMES.items():
        if (number := call.number(f"{side}{name}")) is not None:
            found.append(Condition(of, number, equal, 412 if equal else missed))
    wanted = call.number("generation" if side == "if" else "sourceGeneration")
    return [*found, Condition("generation", wanted, status=404)] if wanted is not None else found


def of_headers(call: Call) -> list[Condition]:
    """Return the conditions of an XML call."""
    given = {
        of: call.headers.get(f"x-goog-if-{of}-match") for of in ("generation", "metageneration")
    }
    try:
        return [Condition(of, int(number)) for of, number in given.items() if number is not None]
    except ValueError:
        raise Refused(400, "InvalidArgument", "a precondition is no number") from None


def of_source(part: Mapping[str, Any]) -> list[Condition]:
    """Return the conditions of one source of a composition."""
    found = []
    if wanted := part.get("generation"):
        found.append(Condition("generation", int(wanted), status=404))
    if wanted := part.get("objectPreconditions", {}).get("ifGenerationMatch"):
        found.append(Condition("generation", int(wanted)))
    return found
