"""What the booking function answers."""

from erejestracja.web import attendance, holds, overrides, own_standby, record, visits, waiting
from erejestracja.web.routing import Routes

ROUTES = Routes(
    "booking",
    (
        *record.ROUTES,
        *holds.ROUTES,
        *visits.ROUTES,
        *attendance.VISIT_ROUTES,
        *waiting.ROUTES,
        *overrides.ROUTES,
        *own_standby.ROUTES,
    ),
)
