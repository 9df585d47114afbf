"""What was offered, what was served, how long it took: counted, not estimated."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

LAWFUL = frozenset(
    {"slot_taken", "hold_expired", "already_booked", "not_eligible", "rate_limited", "overloaded"}
)


@dataclass
class Tally:
    """Latencies in seconds from the moment a request was due, so that waiting in line counts."""

    latencies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, kind: str, outcome: str, latency: float) -> None:
        """Count one answer."""
        self.latencies[kind].append(latency)
        self.outcomes[kind, outcome] += 1

    def of(self, kind: str, share: float) -> float:
        """Return a percentile of a kind's latencies, in milliseconds."""
        ordered = sorted(self.latencies[kind])
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0

    def errors(self) -> int:
        """Return how many answers were neither good nor a lawful refusal."""
        return sum(
            n for (_, o), n in self.outcomes.items() if not o.startswith("2") and o not in LAWFUL
        )

    def show(self, lasted: float) -> None:
        """Print a line per kind."""
        print(
            f"{'kind':<14}{'served/s':>9}{'n':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}  outcomes"
        )
        for kind, all_of_them in sorted(self.latencies.items()):
            counts = {o: n for (k, o), n in sorted(self.outcomes.items()) if k == kind}
            print(
                f"{kind:<14}{len(all_of_them) / lasted:>9.1f}{len(all_of_them):>9}"
                f"{self.of(kind, 0.5):>9.1f}{self.of(kind, 0.95):>9.1f}{self.of(kind, 0.99):>9.1f}"
                f"  {counts}"
            )


def show_cpu(used: Mapping[str, float]) -> None:
    """Print the cores each process used, the busiest first."""
    busiest = sorted(used.items(), key=lambda item: -item[1])
    print(
        "cores used: "
        + ", ".join(f"{name} {cores:.2f}" for name, cores in busiest if cores > 0.005)
    )
    print(f"cores used in all: {sum(used.values()):.2f}")
