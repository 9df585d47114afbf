"""Write each event once to BigQuery, and only then strike it off the outbox."""

import functions_framework
from cloudevents.http import CloudEvent

from erejestracja.bootstrap import suite
from erejestracja.events.envelope import delivered
from erejestracja.web.health import serve_beside_events

serve_beside_events(lambda: suite().health)


@functions_framework.cloud_event
def reporting(push: CloudEvent) -> None:
    """Archive one event."""
    suite().reporter.report(delivered(push))
