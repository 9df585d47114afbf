"""Makes what the functions expect to find: database, topics and subscriptions, datasets, buckets.

In the cloud terraform makes the same from the same description. Everything here may be run again
at any time; what is there stays.
"""

import subprocess
import urllib.error
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulators.suite.description import Description
from emulators.suite.environment import PROJECT
from emulators.suite.places import ROOT, VENV_PYTHON
from emulators.suite.ports import HOST, Ports
from emulators.suite.probes import call
from emulators.suite.programs import passed_on

CONFLICT = 409
BUCKET_LOCATION = "EUROPE-CENTRAL2"
MIGRATE = "erejestracja.storage.spanner.migrate"
DATASETS = "erejestracja.storage.bigquery.provision"


class ProvisionFailed(Exception):  # noqa: N818 - it reads as what happened
    """Something the functions need could not be made."""


@dataclass(frozen=True, slots=True)
class Provisioner:
    """Makes each kind of thing; every method is idempotent and returns what it did in words."""

    description: Description
    ports: Ports
    variables: Mapping[str, str]
    logs: Path

    def spanner(self) -> str:
        """Create instance and database where missing and migrate the schema."""
        return self._module(MIGRATE)

    def bigquery(self) -> str:
        """Create datasets, tables and views where missing."""
        return self._module(DATASETS)

    def pubsub(self) -> str:
        """Create every topic with its dead letter and push subscriptions."""
        topics = Topics(f"http://{HOST}:{self.ports['pubsub']}")
        subscriptions = 0
        for topic in self.description.topics:
            topics.create(f"{topic}-dead")
            topics.subscribe(f"{topic}-dead", f"{topic}-dead", {"ackDeadlineSeconds": 60})
        for topic in self.description.topics:
            # What is published before its subscriptions are there reaches nobody (and is
            # published again from the outbox), so nothing comes in between.
            topics.create(topic)
            for function in self.description.subscribers(topic):
                endpoint = f"http://{HOST}:{self.ports[function.name]}"
                topics.subscribe(f"{topic}-{function.name}", topic, self._push(endpoint, topic))
                subscriptions += 1
        return f"{len(self.description.topics)} topics, {subscriptions} push subscriptions"

    def storage(self) -> str:
        """Create the buckets, and let those tell their topics that should."""
        base = f"http://{HOST}:{self.ports['storage']}/storage/v1/b"
        for name, bucket in self.description.buckets.items():
            body = {"name": name, "location": BUCKET_LOCATION}
            _create("POST", f"{base}?project={PROJECT}", body)
            told = f"{base}/{name}/notificationConfigs"
            known = {one.get("object_name_prefix") for one in call("GET", told).get("items", ())}
            for folder in bucket.below:
                if folder not in known:
                    call("POST", told, notification(bucket.tells, folder))
        return f"{len(self.description.buckets)} buckets"

    def _push(self, endpoint: str, topic: str) -> dict[str, Any]:
        push = self.description.push
        return {
            "pushConfig": {"pushEndpoint": f"{endpoint}/"},
            "ackDeadlineSeconds": push.ack_deadline_s,
            "retryPolicy": {
                "minimumBackoff": f"{push.min_backoff_s}s",
                "maximumBackoff": f"{push.max_backoff_s}s",
            },
            "deadLetterPolicy": {
                "deadLetterTopic": f"projects/{PROJECT}/topics/{topic}-dead",
                "maxDeliveryAttempts": push.max_delivery_attempts,
            },
        }

    def _module(self, module: str) -> str:
        if not exists(module):
            return f"skipped: {module} does not exist"
        environment = {**passed_on(), **self.variables, "PYTHONPATH": str(ROOT / "shared")}
        command = [str(VENV_PYTHON), "-m", module]
        done = subprocess.run(
            command,
            cwd=self.logs,
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        log = self.logs / "provision.log"
        with log.open("a", encoding="utf-8") as written:
            written.write(done.stdout + done.stderr)
        if done.returncode:
            raise ProvisionFailed(f"{module} failed; see {log}\n{done.stderr[-1500:]}")
        return (done.stdout.strip().splitlines() or ["done"])[-1]


def notification(topic: str, below: str) -> dict[str, Any]:
    """Return a configuration for Cloud Storage: new objects, by name and generation only."""
    return {
        "topic": f"//pubsub.googleapis.com/projects/{PROJECT}/topics/{topic}",
        "payload_format": "NONE",
        "event_types": ["OBJECT_FINALIZE"],
        "object_name_prefix": below,
    }


class Topics:
    """The Pub/Sub emulator over its JSON interface, which needs no client library."""

    def __init__(self, address: str) -> None:
        self._project = f"{address}/v1/projects/{PROJECT}"

    def create(self, topic: str) -> None:
        """Create a topic where it is missing."""
        _create("PUT", f"{self._project}/topics/{topic}", {})

    def subscribe(self, name: str, topic: str, settings: Mapping[str, Any]) -> None:
        """Create a subscription where it is missing."""
        wanted = {"topic": f"projects/{PROJECT}/topics/{topic}", **settings}
        _create("PUT", f"{self._project}/subscriptions/{name}", wanted)

    def pull(self, subscription: str, most: int) -> list[dict[str, Any]]:
        """Return messages that wait, at once, leased for the subscription's deadline."""
        wanted = {"maxMessages": most, "returnImmediately": True}
        answer = call("POST", f"{self._project}/subscriptions/{subscription}:pull", wanted)
        return list(answer.get("receivedMessages", ()))

    def publish(self, topic: str, messages: list[dict[str, Any]]) -> None:
        """Publish messages (data in base64, attributes)."""
        call("POST", f"{self._project}/topics/{topic}:publish", {"messages": messages})

    def acknowledge(self, subscription: str, ids: list[str]) -> None:
        """Strike messages off."""
        path = f"{self._project}/subscriptions/{subscription}:acknowledge"
        call("POST", path, {"ackIds": ids})

    def give_back(self, subscription: str, ids: list[str]) -> None:
        """End the lease of messages, so that the next who asks gets them."""
        path = f"{self._project}/subscriptions/{subscription}:modifyAckDeadline"
        call("POST", path, {"ackIds": ids, "ackDeadlineSeconds": 0})


def exists(module: str) -> bool:
    """Tell whether a module of the package is there, without importing it."""
    return (ROOT / "shared" / Path(*module.split("."))).with_suffix(".py").is_file()


def _create(method: str, url: str, body: Mapping[str, Any]) -> None:
    try:
        call(method, url, body)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != CONFLICT:
            raise ProvisionFailed(f"{method} {url} answered {error.code}") from error
    except OSError as error:
        raise ProvisionFailed(f"{method} {url}: {error}") from error
