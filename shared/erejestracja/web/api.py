"""Every public function's routes, by function; a function imports only its own."""

from collections.abc import Mapping
from importlib import import_module

from erejestracja.web.routing import Routes

# function: (module, name of its Routes)
TABLES: Mapping[str, tuple[str, str]] = {
    "search": ("erejestracja.web.search", "ROUTES"),
    "booking": ("erejestracja.web.booking", "ROUTES"),
    "schedule": ("erejestracja.web.schedule", "ROUTES"),
    "vaccination": ("erejestracja.web.vaccination", "ROUTES"),
    "sms_inbound": ("erejestracja.web.inbound", "ROUTES"),
}


def tables() -> list[Routes]:
    """Return the routes of all functions, in the order of the front door."""
    found: list[Routes] = []
    for module, name in TABLES.values():
        routes = getattr(import_module(module), name)
        if not isinstance(routes, Routes):
            raise TypeError(f"{module}.{name} must be Routes")
        found.append(routes)
    return found
