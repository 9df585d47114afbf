"""The gateway's webhook: delivery receipts, however often they come."""

import hmac
from typing import Annotated

from pydantic import ConfigDict, Field

from erejestracja.domain.errors import NotAllowed, Overloaded
from erejestracja.domain.ids import MessageId
from erejestracja.services import receipts
from erejestracja.web.models import RequestModel
from erejestracja.web.routing import Answer, Call, Route, Routes


class ReceiptQuery(RequestModel):
    """What the provider sends; of what it adds of its own nothing is read."""

    model_config = ConfigDict(extra="ignore", alias_generator=None)

    token: Annotated[str, Field(max_length=100)]
    status: Annotated[int, Field(ge=0, le=9999)]
    idx: Annotated[str, Field(max_length=64)] = ""


def get_receipt(call: Call) -> Answer:
    """Store a receipt. What is not ours or not new is answered like all others."""
    query: ReceiptQuery = call.query
    secret = call.suite.receipts_token
    if not secret or not hmac.compare_digest(query.token.encode(), secret.encode()):
        raise NotAllowed
    suite = call.suite
    message = MessageId(query.idx)
    receipts.receive(suite.messages, suite.publisher, suite.owed, message, query.status)
    return Answer(b"OK", headers={"Content-Type": "text/plain"})


ROUTES = Routes(
    "sms_inbound",
    (
        Route(
            "GET",
            "/sms/receipts",
            get_receipt,
            "What became of a text message",
            answers={200: None},
            query=ReceiptQuery,
            refusals=(NotAllowed, Overloaded),
            limit="receipts",
            produces="text/plain",
        ),
    ),
)
