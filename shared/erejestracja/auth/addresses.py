"""Whom an anonymous request counts for: the address that our own front door saw."""

from functools import cache
from ipaddress import IPv6Address

from flask import Request

from erejestracja.auth.settings import ProxySettings

NOBODY = "-"
IPV6_NETWORK_BITS = 64
LONGEST_ADDRESS = 45


@cache
def _hops() -> int:
    return ProxySettings().trusted_hops


def client_of(request: Request) -> str:
    """Return the caller's address; of IPv6 the network, since one person has all of it.

    What callers write into X-Forwarded-For themselves stands before what our front door wrote.
    """
    hops = _hops()
    forwarded = request.headers.get("X-Forwarded-For", "").split(",") if hops else []
    text = forwarded[-hops].strip() if len(forwarded) >= hops > 0 else ""
    return _network(text or request.remote_addr or NOBODY)


def _network(text: str) -> str:
    if ":" not in text:
        return text[:LONGEST_ADDRESS]
    try:
        address = IPv6Address(text.strip("[]"))
    except ValueError:
        return NOBODY
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> IPV6_NETWORK_BITS << IPV6_NETWORK_BITS))
