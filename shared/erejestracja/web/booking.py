"""What the booking function answers."""

from erejestracja.web import holds, record, visits
from erejestracja.web.routing import Routes

ROUTES = Routes("booking", (*record.ROUTES, *holds.ROUTES, *visits.ROUTES))
