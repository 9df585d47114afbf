"""What an event function answers: Pub/Sub pushes a message to its root, and it is taken in."""

from collections.abc import Callable

from erejestracja.domain.file import File
from erejestracja.events.envelope import Delivery, delivered, dropped
from erejestracja.web.routing import Answer, Call, Route, Routes


def routes_of(function: str, take: Callable[[Delivery], object]) -> Routes:
    """Return the one route of an event function: POST at its root.

    The message is acknowledged by 204. Whatever `take` raises, or a message that is no event of
    ours, becomes a refusal, and Pub/Sub delivers again until it gives up to the dead letter.
    """
    return _routes(function, lambda push: take(delivered(push)))


def files_of(
    function: str, take_file: Callable[[File], object], take: Callable[[Delivery], object]
) -> Routes:
    """Return the route of a function that is told of files, and of events as well."""

    def take_either(push: bytes) -> None:
        file = dropped(push)
        if file:
            take_file(file)
        else:
            take(delivered(push))

    return _routes(function, take_either)


def _routes(function: str, take: Callable[[bytes], object]) -> Routes:
    def take_in(call: Call) -> Answer:
        """Take in one event."""
        take(call.request.get_data(cache=False))
        return Answer(status=204)

    return Routes(
        function, [Route("POST", "/", take_in, "Take in one event", {204: None}, reads_body=False)]
    )
