"""How many requests a limiter lets pass."""

from erejestracja.domain.errors import RateLimited
from erejestracja.ports import Limiter


def admitted(limiter: Limiter, name: str, who: str, times: int) -> int:
    """Ask so many times; return how often it was granted."""
    passed = 0
    for _ in range(times):
        try:
            limiter.admit(name, who)
        except RateLimited:
            continue
        passed += 1
    return passed
