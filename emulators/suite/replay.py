"""Publish a topic's dead letters again, once what made them fail is mended.

Consumers do a thing once however often they are told, so replaying too much does no harm.
"""

import argparse
import sys
from pathlib import Path

from emulators.suite import description, environment
from emulators.suite.dead_letters import DeadLetters
from emulators.suite.places import FUNCTIONS, INSTALLED, State
from emulators.suite.provision import Topics


def main() -> int:
    """Run from the command line."""
    topics = description.read(FUNCTIONS).topics
    parser = argparse.ArgumentParser(prog="emulators/replay", description=__doc__)
    parser.add_argument("topic", help=f"one of {', '.join(topics)}")
    parser.add_argument("--dry-run", action="store_true", help="only say how many there are")
    parser.add_argument("--most", type=int, default=1000, help="stop after so many (1000)")
    parser.add_argument("--state", type=Path, default=INSTALLED, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    host = environment.load(State(asked.state)).get("PUBSUB_EMULATOR_HOST")
    if host is None:
        print("emulators/replay: the suite is not up; see emulators/up", file=sys.stderr)
        return 1
    letters = DeadLetters(Topics(f"http://{host}"), asked.topic)
    try:
        found = letters.count(asked.most) if asked.dry_run else letters.replay(asked.most)
    except OSError as error:
        print(f"emulators/replay: Pub/Sub at {host}: {error}", file=sys.stderr)
        return 1
    verb = "waiting for" if asked.dry_run else "published again to"
    more = "; there may be more" if found.more else ""
    print(f"{found.messages} messages {verb} {asked.topic}{more}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
