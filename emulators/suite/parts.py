"""Which parts of the suite to run, and what they need beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from emulators.suite.description import Description, Function
from emulators.suite.servers import SERVERS

# What a function talks to beyond the stores that the description names.
BESIDE = {
    "sms_dispatch": {"sms_gateway"},
    "sms_inbound": {"sms_gateway"},
    "record_export": {"national_record"},
}
GROUPS = ("servers", "functions")


class UnknownPart(Exception):  # noqa: N818 - it reads as what happened
    """No such part; the message lists those there are."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs."""

    servers: tuple[str, ...]
    description: Description

    @property
    def functions(self) -> Sequence[Function]:
        """The functions that run."""
        return list(self.description.functions.values())

    @property
    def front_door(self) -> bool:
        """Whether there is something to go to through it."""
        return any(function.public for function in self.functions)


def choose(description: Description, only: Iterable[str] = ()) -> Parts:
    """Return the named servers and functions with what those need; everything by default.

    Raises UnknownPart.
    """
    wanted = set(only) or set(GROUPS)
    known = {*SERVERS, *description.functions, *GROUPS}
    unknown = wanted - known
    if unknown:
        raise UnknownPart(f"unknown: {', '.join(sorted(unknown))}; there are: {sorted(known)}")
    if "servers" in wanted:
        wanted.update(SERVERS)
    if "functions" in wanted:
        wanted.update(description.functions)
    functions = {name: it for name, it in description.functions.items() if name in wanted}
    for function in functions.values():
        wanted |= needs(function)
    return Parts(
        servers=tuple(name for name in SERVERS if name in wanted),
        description=replace(description, functions=functions),
    )


def needs(function: Function) -> set[str]:
    """Return the servers that a function cannot do its work without."""
    stores = {use.split(".", maxsplit=1)[0] for use in function.uses}
    events = {"pubsub"} if function.topics else set()
    tokens = {"openid"} if function.public else set()
    return (stores | events | tokens | BESIDE.get(function.name, set())) & set(SERVERS)
