"""Send one text message, once, within the gateway's rate."""

import functions_framework
from cloudevents.http import CloudEvent

from erejestracja.bootstrap import suite
from erejestracja.events.envelope import delivered
from erejestracja.web.health import serve_beside_events

serve_beside_events(lambda: suite().health)


@functions_framework.cloud_event
def sms_dispatch(push: CloudEvent) -> None:
    """Send what was asked for; raising asks Pub/Sub to deliver again."""
    suite().dispatcher.dispatch(delivered(push).data)
