"""The pages around signing in, put together."""

from functools import cache
from typing import Protocol

from flask import Flask

from erejestracja.auth.identity import Identities
from erejestracja.auth.sign_in import SealedSignIns
from erejestracja.ports import Clock
from erejestracja.web.identity import sign_in, sign_out
from erejestracja.web.ui.app import Site, application


class IdentitySite(Site, Protocol):
    """What its pages need of the suite."""

    @property
    def identities(self) -> Identities:
        """Vouches for people."""
        ...

    @property
    def sign_ins(self) -> SealedSignIns:
        """Remembers sign-ins under way."""
        ...

    @property
    def clock(self) -> Clock:
        """Tells when a session began."""
        ...


@cache
def identity_application() -> Flask:
    """Return the application."""
    pages = (sign_in.PAGES, sign_out.PAGES)
    return application("identity", pages, {"app_name": "patient.name", "home": "/"})
