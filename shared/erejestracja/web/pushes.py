"""What an event function answers: Pub/Sub pushes a message to its root, and it is taken in."""

from collections.abc import Callable

from erejestracja.events.envelope import Delivery, delivered
from erejestracja.web.routing import Answer, Call, Route, Routes


def routes_of(function: str, take: Callable[[Delivery], object]) -> Routes:
    """Return the one route of an event function: POST at its root.

    The message is acknowledged by 204. Whatever `take` raises, or a message that is no event of
    ours, becomes a refusal, and Pub/Sub delivers again until it gives up to the dead letter.
    """

    def take_in(call: Call) -> Answer:
        """Take in one event."""
        take(delivered(call.request.get_data(cache=False)))
        return Answer(status=204)

    return Routes(
        function, [Route("POST", "/", take_in, "Take in one event", {204: None}, reads_body=False)]
    )
