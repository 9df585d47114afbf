"""Webhooks of a point: made, listed, given a new secret, tested, resumed, deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from erejestracja.domain.actor import Actor
from erejestracja.domain.errors import InvalidRequest, NotAllowed, NotFound, VersionMismatch
from erejestracja.domain.events import Event
from erejestracja.domain.ids import PointId, derived_id
from erejestracja.domain.webhook import (
    Delivery,
    Webhook,
    WebhookId,
    asked,
    is_address,
    test_of,
)
from erejestracja.ports import Clash, Clock, Gone, Publisher

# One for each of a point's systems, and one for whoever tries something out.
MOST_WEBHOOKS = 5
MOST_SHOWN = 200
# A request; who wants more asks on from the instant that the answer names.
MOST_REPLAYED = 1000
TOGETHER = 100
# What a request did not get through to is asked for by upkeep.
LEFT_BEHIND = timedelta(minutes=15)
ID_LENGTH = 16
# A run, in the cloud one a minute.
MOST_DUE = 3200


class Webhooks(Protocol):
    """Webhooks as Spanner has them."""

    def of(self, point: PointId) -> Sequence[Webhook]:
        """Return a point's webhooks, the oldest id first."""
        ...

    def get(self, point: PointId, webhook: WebhookId) -> Webhook | None:
        """Return one of a point's webhooks."""
        ...

    def add(self, webhook: Webhook, actor: str) -> None:
        """Store a new webhook. Raises Clash where it is there, Gone where the point is not."""
        ...

    def replace(self, webhook: Webhook, actor: str) -> None:
        """Store the next version. Raises Clash or Gone where that before does not stand."""
        ...

    def delete(self, webhook: Webhook) -> None:
        """Delete a webhook as it stands. Raises Gone where that version does not."""
        ...


class Deliveries(Protocol):
    """Deliveries as Spanner has them; they are forgotten after thirty days."""

    def since(self, webhook: WebhookId, instant: datetime, limit: int) -> Sequence[Delivery]:
        """Return what happened from an instant on, the oldest first."""
        ...

    def failed(self, webhook: WebhookId, instant: datetime, limit: int) -> Sequence[Delivery]:
        """Return what happened from an instant on and was not delivered, the oldest first."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Return pending deliveries whose time has come."""
        ...

    def ask(self, deliveries: Sequence[Delivery], events: Sequence[Event]) -> datetime:
        """Store deliveries and the requests to try them, in one commit that may be repeated."""
        ...

    def postpone(
        self, deliveries: Sequence[Delivery], due_at: datetime, events: Sequence[Event]
    ) -> datetime:
        """Store when they are due, and nothing else, with the requests to try them. Raises Gone."""
        ...


class Vault(Protocol):
    """Makes secrets and seals them."""

    def new(self) -> tuple[str, str]:
        """Return a new secret as its owner needs it, and sealed."""
        ...


@dataclass(frozen=True, slots=True)
class Switchboard:
    """What webhooks' owners work with; `plainly` allows receivers without TLS, for emulators."""

    webhooks: Webhooks
    deliveries: Deliveries
    vault: Vault
    publisher: Publisher
    clock: Clock
    plainly: bool = False


def listed(board: Switchboard, actor: Actor, point: PointId) -> Sequence[Webhook]:
    """Return a point's webhooks. Raises NotAllowed."""
    _check(actor, point)
    return board.webhooks.of(point)


def subscribed(
    board: Switchboard, actor: Actor, point: PointId, url: str, key: str
) -> tuple[Webhook, str | None]:
    """Make a webhook; return it with its secret, which is told this once.

    The same key again gives the same webhook, without the secret. Raises NotAllowed, NotFound,
    InvalidRequest.
    """
    _check(actor, point)
    if not is_address(url, plainly=board.plainly):
        raise InvalidRequest({"url": "is not an https address of a host"})
    name = WebhookId(derived_id("webhook", point, key, length=ID_LENGTH))
    there = board.webhooks.of(point)
    known = next((one for one in there if one.id == name), None)
    if known:
        return known, None
    if len(there) >= MOST_WEBHOOKS:
        raise InvalidRequest({"url": f"is one more than the {MOST_WEBHOOKS} a point may have"})
    secret, sealed = board.vault.new()
    made = Webhook(name, point, url, sealed)
    try:
        board.webhooks.add(made, actor.subject)
    except Gone:
        raise NotFound from None
    except Clash:
        # A repeat that came at the same time; whoever was first has the secret.
        return find(board, actor, point, name), None
    return made, secret


def find(
    board: Switchboard, actor: Actor, point: PointId, name: WebhookId, etag: str | None = None
) -> Webhook:
    """Return a webhook of the caller's point. Raises NotAllowed, NotFound, VersionMismatch."""
    _check(actor, point)
    webhook = board.webhooks.get(point, name)
    if webhook is None:
        raise NotFound
    if etag is not None and etag != str(webhook.version):
        raise VersionMismatch
    return webhook


def rotated(board: Switchboard, actor: Actor, webhook: Webhook) -> tuple[Webhook, str]:
    """Give a webhook a new secret, told this once; for a day both sign. Raises VersionMismatch."""
    secret, sealed = board.vault.new()
    after = webhook.rotated(sealed, board.clock.now())
    _replace(board, actor, after)
    return after, secret


def ended(board: Switchboard, webhook: Webhook) -> None:
    """Delete a webhook; what is on its way to it ends. Raises VersionMismatch."""
    try:
        board.webhooks.delete(webhook)
    except Gone:
        raise VersionMismatch from None


def tested(board: Switchboard, webhook: Webhook) -> Delivery:
    """Send a message that says nothing, to a paused webhook too."""
    now = board.clock.now()
    test = test_of(webhook, now, now + LEFT_BEHIND)
    _ask(board, [test], now)
    return test


def history(
    board: Switchboard, webhook: Webhook, instant: datetime, *, failed: bool
) -> tuple[Sequence[Delivery], datetime | None]:
    """Return deliveries from an instant on, or those that failed; and where to go on, if there."""
    read = board.deliveries.failed if failed else board.deliveries.since
    found = read(webhook.id, instant, MOST_SHOWN + 1)
    return _cut(found, MOST_SHOWN)


def replayed(
    board: Switchboard, actor: Actor, webhook: Webhook, instant: datetime
) -> tuple[int, datetime | None]:
    """Deliver all that happened from an instant on anew, to a webhook that is paused no longer.

    Return how many, and the instant to go on from if there is more: receivers know what they have
    by its id. Raises VersionMismatch.
    """
    if webhook.paused:
        _replace(board, actor, webhook.resumed())
    now = board.clock.now()
    found = board.deliveries.since(webhook.id, instant, MOST_REPLAYED + 1)
    chosen, more = _cut(found, MOST_REPLAYED)
    anew = [one.afresh(now + LEFT_BEHIND) for one in chosen]
    for start in range(0, len(anew), TOGETHER):
        _ask(board, anew[start : start + TOGETHER], now)
    return len(anew), more


def _check(actor: Actor, point: PointId) -> None:
    if point not in actor.points:
        raise NotAllowed


def _cut(found: Sequence[Delivery], most: int) -> tuple[Sequence[Delivery], datetime | None]:
    more = found[most].happened_at if len(found) > most else None
    return found[:most], more


def _replace(board: Switchboard, actor: Actor, webhook: Webhook) -> None:
    try:
        board.webhooks.replace(webhook, actor.subject)
    except (Clash, Gone):
        raise VersionMismatch from None


def _ask(board: Switchboard, deliveries: Sequence[Delivery], now: datetime) -> None:
    events = [asked(one, now) for one in deliveries]
    committed = board.deliveries.ask(deliveries, events)
    board.publisher.publish(events, committed)


def ask_again(deliveries: Deliveries, publisher: Publisher, clock: Clock) -> int:
    """Ask for the deliveries whose time has come; return how many."""
    now = clock.now()
    due = deliveries.due(now, MOST_DUE)
    asked_for = 0
    for start in range(0, len(due), TOGETHER):
        some = due[start : start + TOGETHER]
        events = [asked(one, now) for one in some]
        try:
            committed = deliveries.postpone(some, now + LEFT_BEHIND, events)
        except Gone:
            continue  # one of them was old enough to be forgotten; the next run looks again
        publisher.publish(events, committed)
        asked_for += len(some)
    return asked_for
