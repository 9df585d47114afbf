"""The gateway's webhook: what people write, and what became of what was written to them."""

from typing import Annotated

from pydantic import ConfigDict, Field

from erejestracja.domain.errors import NotAllowed, Overloaded
from erejestracja.services.dialogue import Inbound, hear
from erejestracja.web.models import RequestModel
from erejestracja.web.receipts import HEARD, RECEIPTS, check_gateway
from erejestracja.web.routing import FORM, Answer, Call, Route, Routes

# An answer to what we ask has a word or a number; of a long text the rest is not read.
LONGEST_READ = 200


class InboundQuery(RequestModel):
    """What only the gateway knows. Nothing else may stand in an address: addresses are logged."""

    token: Annotated[str, Field(max_length=100)]


class InboundForm(RequestModel):
    """A message as SMSAPI tells it; of what it adds of its own nothing is read."""

    model_config = ConfigDict(extra="ignore", alias_generator=None, str_max_length=10_000)

    sms_from: Annotated[str, Field(max_length=40)]
    sms_text: str
    sms_to: Annotated[str, Field(max_length=40)] = ""
    sms_date: Annotated[str, Field(max_length=40)] = ""
    MsgId: Annotated[str, Field(max_length=100)] = ""


def post_message(call: Call) -> Answer:
    """Take in a message; one that comes again is answered like the first."""
    query: InboundQuery = call.query
    check_gateway(call, query.token)
    form: InboundForm = call.body
    # The gateway's own id may be that of the message which this one answers.
    parts = (form.MsgId, form.sms_from, form.sms_to, form.sms_date, form.sms_text)
    unique = "\x1f".join(parts)
    sender = form.sms_from if form.sms_from.startswith("+") else f"+{form.sms_from}"
    hear(call.suite.clerk, Inbound(sender, form.sms_text[:LONGEST_READ], unique))
    return HEARD


ROUTES = Routes(
    "sms_inbound",
    (
        Route(
            "POST",
            "/sms/inbound",
            post_message,
            "What a person wrote by text message",
            answers={200: None},
            query=InboundQuery,
            body=InboundForm,
            refusals=(NotAllowed, Overloaded),
            limit="receipts",
            consumes=FORM,
            produces="text/plain",
        ),
        RECEIPTS,
    ),
)
