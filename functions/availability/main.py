"""Keep the search read model in step with what was committed."""

import functions_framework
from cloudevents.http import CloudEvent

from erejestracja.bootstrap import suite
from erejestracja.events.envelope import delivered
from erejestracja.web.health import serve_beside_events

serve_beside_events(lambda: suite().health)


@functions_framework.cloud_event
def availability(push: CloudEvent) -> None:
    """Take in one event."""
    event = delivered(push)
    suite().follower.follow(event.data, event.committed)
