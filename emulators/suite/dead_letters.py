"""The messages that no consumer could deal with, and their way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulators.suite.provision import Topics

BATCH = 100
# What Pub/Sub writes on a dead letter; of no use to consumers, and it would pile up.
DEAD_LETTER_MARKS = "CloudPubSubDeadLetterSource"


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many messages were found, and whether there may be more."""

    messages: int
    more: bool


class DeadLetters:
    """The dead letters of one topic."""

    def __init__(self, topics: Topics, topic: str) -> None:
        self._topics = topics
        self._topic = topic
        self._subscription = f"{topic}-dead"

    def count(self, most: int) -> Replayed:
        """Count those that wait, up to a bound, and leave them where they are."""
        taken = self._take(most)
        self._give_back(taken)
        return Replayed(len(taken), len(taken) == most)

    def replay(self, most: int) -> Replayed:
        """Publish them again, up to a bound; each is struck off only when it is published."""
        done = 0
        while done < most:
            taken = self._topics.pull(self._subscription, min(BATCH, most - done))
            if not taken:
                break
            messages = [_as_it_was(letter["message"]) for letter in taken]
            self._topics.publish(self._topic, messages)
            self._topics.acknowledge(self._subscription, [letter["ackId"] for letter in taken])
            done += len(taken)
        return Replayed(done, done == most)

    def _take(self, most: int) -> list[dict[str, Any]]:
        taken: list[dict[str, Any]] = []
        while len(taken) < most:
            more = self._topics.pull(self._subscription, min(BATCH, most - len(taken)))
            if not more:
                break
            taken += more
        return taken

    def _give_back(self, taken: list[dict[str, Any]]) -> None:
        ids = [letter["ackId"] for letter in taken]
        for start in range(0, len(ids), BATCH):
            self._topics.give_back(self._subscription, ids[start : start + BATCH])


def _as_it_was(message: Mapping[str, Any]) -> dict[str, Any]:
    attributes = {
        name: value
        for name, value in message.get("attributes", {}).items()
        if not name.startswith(DEAD_LETTER_MARKS)
    }
    kept = {"data": message.get("data", ""), "attributes": attributes}
    if message.get("orderingKey"):
        kept["orderingKey"] = message["orderingKey"]
    return kept
