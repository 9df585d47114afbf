"""The parts of the suite for points' own software: where it listens, and what tells it."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erejestracja.ports import Clock, Publisher
    from erejestracja.services.deliveries import Messenger
    from erejestracja.services.webhooks import Switchboard
    from erejestracja.storage.spanner.database import Database
    from erejestracja.storage.spanner.deliveries import SpannerDeliveries
    from erejestracja.storage.spanner.webhooks import SpannerWebhooks
    from erejestracja.webhooks.signing import Vault


class WebhookParts:
    """Webhooks and what is on its way to them; each part is built when it is first asked for."""

    if TYPE_CHECKING:

        @cached_property
        def database(self) -> Database: ...

        @cached_property
        def publisher(self) -> Publisher: ...

        @cached_property
        def clock(self) -> Clock: ...

    @cached_property
    def webhooks(self) -> "SpannerWebhooks":
        """Return where points' software listens."""
        from erejestracja.storage.spanner.webhooks import SpannerWebhooks

        return SpannerWebhooks(self.database)

    @cached_property
    def deliveries(self) -> "SpannerDeliveries":
        """Return how events fare on their way to points' software."""
        from erejestracja.storage.spanner.deliveries import SpannerDeliveries

        return SpannerDeliveries(self.database)

    @cached_property
    def vault(self) -> "Vault":
        """Return what webhooks' secrets are sealed with."""
        from erejestracja.webhooks.settings import WebhookKeySettings
        from erejestracja.webhooks.signing import Vault

        return Vault(WebhookKeySettings().key.get_secret_value())

    @cached_property
    def switchboard(self) -> "Switchboard":
        """Return what webhooks' owners work with."""
        from erejestracja.services.webhooks import Switchboard
        from erejestracja.webhooks.settings import WebhookSettings

        plainly = WebhookSettings().loopback
        parts = (self.webhooks, self.deliveries, self.vault, self.publisher, self.clock)
        return Switchboard(*parts, plainly=plainly)

    @cached_property
    def messenger(self) -> "Messenger":
        """Return what tells points' software what happened."""
        from random import Random

        from erejestracja.services.deliveries import Messenger
        from erejestracja.webhooks.receivers import PublicReceivers
        from erejestracja.webhooks.settings import WebhookSettings

        receivers = PublicReceivers(WebhookSettings())
        parts = (self.webhooks, self.deliveries, self.vault, receivers, self.publisher, self.clock)
        return Messenger(*parts, Random())
