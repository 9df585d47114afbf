"""A point's webhooks over HTTP: subscribed, rotated, tested, and what became of each delivery."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol

from pydantic import AwareDatetime, Field

from erejestracja.domain.errors import (
    InvalidRequest,
    NotAllowed,
    NotFound,
    Overloaded,
    VersionMismatch,
)
from erejestracja.domain.ids import PointId
from erejestracja.domain.webhook import Delivery, DeliveryStatus, Webhook, WebhookId
from erejestracja.services import webhooks
from erejestracja.services.webhooks import Switchboard
from erejestracja.web.conditional import version_named
from erejestracja.web.models import AnswerModel, RequestModel
from erejestracja.web.routing import Answer, Call, Header, Route
from erejestracja.web.schedule_models import PLANNERS
from erejestracja.web.slots import instant

IF_MATCH = Header("If-Match", "Only if the webhook still has this etag.", True, '"2"')
REPEAT = Header("Idempotency-Key", "A repeat with the same key makes no second webhook.")
Moment = Annotated[AwareDatetime, Field(strict=False)]
A_DAY = timedelta(days=1)


class WebhookBody(RequestModel):
    """Where the point's software listens: an https address."""

    url: str


class ReplayBody(RequestModel):
    """From which instant on all that happened is delivered anew."""

    from_: Moment = Field(alias="from")


class Since(RequestModel):
    """From which instant on, a day ago where none is named; `failed` shows only what failed."""

    from_: Moment | None = Field(None, alias="from")
    failed: bool = False


class WebhookAnswer(AnswerModel):
    """A webhook. `secret` is there once: when it was made. `reason` is why it is paused.

    Until `formerUntil` the secret before signs as well.
    """

    id: str
    url: str
    status: str
    reason: str | None = None
    former_until: str | None = None
    secret: str | None = None
    etag: str


class WebhookList(AnswerModel):
    """All webhooks of a point."""

    webhooks: list[WebhookAnswer]


class DeliveryAnswer(AnswerModel):
    """A message on its way: `id` is its `webhook-id`, `reason` why the last attempt failed."""

    id: str
    type: str
    happened_at: str
    status: str
    attempts: int
    reason: str | None = None
    due_at: str | None = None


class DeliveryList(AnswerModel):
    """Deliveries by when it happened; `nextFrom` is where to go on."""

    deliveries: list[DeliveryAnswer]
    next_from: str | None = None


class ReplayAnswer(AnswerModel):
    """How many are delivered anew; `nextFrom` is where to go on, with another request."""

    replayed: int
    next_from: str | None = None


class Services(Protocol):
    """What these routes need of a suite."""

    @property
    def switchboard(self) -> Switchboard:
        """What webhooks' owners work with."""
        ...


def post_webhook(call: Call) -> Answer:
    """Subscribe to what happens at the point."""
    key = call.headers.get(REPEAT.name, call.request_id)
    made, secret = webhooks.subscribed(_board(call), call.caller, _point(call), call.body.url, key)
    return _one(made, secret, 201 if secret else 200)


def get_webhooks(call: Call) -> Answer:
    """List the point's webhooks."""
    found = webhooks.listed(_board(call), call.caller, _point(call))
    return Answer(WebhookList(webhooks=[_webhook(one) for one in found]))


def get_webhook(call: Call) -> Answer:
    """Return one of the point's webhooks."""
    return _one(_found(call))


def delete_webhook(call: Call) -> Answer:
    """End a webhook."""
    webhooks.ended(_board(call), _found(call, matching=True))
    return Answer(status=204)


def rotate_webhook(call: Call) -> Answer:
    """Give a webhook a new secret."""
    webhook = _found(call, matching=True)
    return _one(*webhooks.rotated(_board(call), call.caller, webhook))


def test_webhook(call: Call) -> Answer:
    """Send a test to a webhook."""
    return Answer(_delivery(webhooks.tested(_board(call), _found(call))), 202)


def replay_webhook(call: Call) -> Answer:
    """Deliver anew what happened, and go on."""
    webhook = _found(call)
    number, more = webhooks.replayed(_board(call), call.caller, webhook, call.body.from_)
    next_from = _exactly(more) if more else None
    return Answer(ReplayAnswer(replayed=number, next_from=next_from), 202)


def get_deliveries(call: Call) -> Answer:
    """List what became of deliveries."""
    board, webhook = _board(call), _found(call)
    since = call.query.from_ or board.clock.now() - A_DAY
    found, more = webhooks.history(board, webhook, since, failed=call.query.failed)
    return Answer(
        DeliveryList(
            deliveries=[_delivery(one) for one in found],
            next_from=_exactly(more) if more else None,
        )
    )


def _exactly(moment: datetime) -> str:
    """Return an instant to go on from, which whole seconds would repeat some of."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _board(call: Call) -> Switchboard:
    services: Services = call.suite
    return services.switchboard


def _point(call: Call) -> PointId:
    return PointId(call.params["point"])


def _found(call: Call, *, matching: bool = False) -> Webhook:
    etag = version_named(call.headers[IF_MATCH.name]) if matching else None
    name = WebhookId(call.params["webhook"])
    return webhooks.find(_board(call), call.caller, _point(call), name, etag)


def _one(webhook: Webhook, secret: str | None = None, status: int = 200) -> Answer:
    shown = _webhook(webhook, secret)
    return Answer(shown, status, {"ETag": shown.etag})


def _webhook(webhook: Webhook, secret: str | None = None) -> WebhookAnswer:
    until = webhook.former_until
    return WebhookAnswer(
        id=webhook.id,
        url=webhook.url,
        status=webhook.status.value,
        reason=webhook.reason,
        former_until=instant(until) if until else None,
        secret=secret,
        etag=f'"{webhook.version}"',
    )


def _delivery(delivery: Delivery) -> DeliveryAnswer:
    pending = delivery.status is DeliveryStatus.PENDING
    return DeliveryAnswer(
        id=delivery.message,
        type=delivery.news.type,
        happened_at=instant(delivery.happened_at),
        status=delivery.status.value,
        attempts=delivery.attempts,
        reason=delivery.failure,
        due_at=instant(delivery.due_at) if pending and delivery.due_at else None,
    )


REFUSALS = (NotAllowed, NotFound, Overloaded)
WEBHOOKS = "/v1/points/{point}/webhooks"
WEBHOOK = WEBHOOKS + "/{webhook}"
ROUTES = (
    Route(
        "POST",
        WEBHOOKS,
        post_webhook,
        "Subscribe the point's software to what happens there",
        {200: WebhookAnswer, 201: WebhookAnswer},
        roles=PLANNERS,
        body=WebhookBody,
        headers=(REPEAT,),
        refusals=(*REFUSALS, InvalidRequest),
        limit="schedule",
    ),
    Route(
        "GET",
        WEBHOOKS,
        get_webhooks,
        "The point's webhooks",
        {200: WebhookList},
        roles=PLANNERS,
        refusals=REFUSALS,
        limit="schedule",
    ),
    Route(
        "GET",
        WEBHOOK,
        get_webhook,
        "A webhook",
        {200: WebhookAnswer},
        roles=PLANNERS,
        refusals=REFUSALS,
        limit="schedule",
    ),
    Route(
        "DELETE",
        WEBHOOK,
        delete_webhook,
        "End a webhook",
        {204: None},
        roles=PLANNERS,
        headers=(IF_MATCH,),
        refusals=(*REFUSALS, InvalidRequest, VersionMismatch),
        limit="schedule",
    ),
    Route(
        "POST",
        WEBHOOK + ":rotate",
        rotate_webhook,
        "Give a webhook a new secret; for a day the former signs as well",
        {200: WebhookAnswer},
        roles=PLANNERS,
        headers=(IF_MATCH,),
        refusals=(*REFUSALS, InvalidRequest, VersionMismatch),
        limit="schedule",
    ),
    Route(
        "POST",
        WEBHOOK + ":test",
        test_webhook,
        "Send a test, to a paused webhook too",
        {202: DeliveryAnswer},
        roles=PLANNERS,
        refusals=REFUSALS,
        limit="schedule",
    ),
    Route(
        "POST",
        WEBHOOK + ":replay",
        replay_webhook,
        "Deliver anew all that happened from an instant on; a paused webhook goes on",
        {202: ReplayAnswer},
        roles=PLANNERS,
        body=ReplayBody,
        refusals=(*REFUSALS, InvalidRequest, VersionMismatch),
        limit="schedule",
    ),
    Route(
        "GET",
        WEBHOOK + "/deliveries",
        get_deliveries,
        "What became of deliveries of the last thirty days",
        {200: DeliveryList},
        roles=PLANNERS,
        query=Since,
        refusals=(*REFUSALS, InvalidRequest),
        limit="schedule",
    ),
)
