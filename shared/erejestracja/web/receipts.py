"""The gateway's delivery receipts, however often they come."""

import hmac
from typing import Annotated

from pydantic import ConfigDict, Field

from erejestracja.domain.errors import NotAllowed, Overloaded
from erejestracja.domain.ids import MessageId
from erejestracja.services import receipts
from erejestracja.web.models import RequestModel
from erejestracja.web.routing import Answer, Call, Route

# All else is told again.
HEARD = Answer(b"OK", headers={"Content-Type": "text/plain"})


class ReceiptQuery(RequestModel):
    """What the provider sends; of what it adds of its own nothing is read."""

    model_config = ConfigDict(extra="ignore", alias_generator=None)

    token: Annotated[str, Field(max_length=100)]
    status: Annotated[int, Field(ge=0, le=9999)]
    idx: Annotated[str, Field(max_length=64)] = ""


def check_gateway(call: Call, token: str) -> None:
    """Refuse whoever does not show what only the gateway knows."""
    secret = call.suite.receipts_token
    if not secret or not hmac.compare_digest(token.encode(), secret.encode()):
        raise NotAllowed


def get_receipt(call: Call) -> Answer:
    """Store a receipt. What is not ours or not new is answered like all others."""
    query: ReceiptQuery = call.query
    check_gateway(call, query.token)
    suite = call.suite
    message = MessageId(query.idx)
    receipts.receive(suite.messages, suite.publisher, suite.owed, message, query.status)
    return HEARD


RECEIPTS = Route(
    "GET",
    "/sms/receipts",
    get_receipt,
    "What became of a text message",
    answers={200: None},
    query=ReceiptQuery,
    refusals=(NotAllowed, Overloaded),
    limit="receipts",
    produces="text/plain",
)
