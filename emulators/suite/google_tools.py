"""Finds Google's emulators: the programs themselves, since the gcloud wrapper costs seconds."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

COMPOSE = "emulators/compose.yaml runs the same servers with Docker."


class ToolMissing(Exception):  # noqa: N818 - it reads as what happened
    """A program that is not ours to install is missing; the message says how to get it."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One of Google's emulators: where it lies below the SDK, and who brings it."""

    title: str
    pattern: str
    debian: str
    component: str


SPANNER = Tool(
    "Spanner",
    "bin/cloud_spanner_emulator/emulator_main",
    "google-cloud-cli-spanner-emulator",
    "cloud-spanner-emulator",
)
PUBSUB = Tool(
    "Pub/Sub",
    "platform/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar",
    "google-cloud-cli-pubsub-emulator",
    "pubsub-emulator",
)
FIRESTORE = Tool(
    "Firestore",
    "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar",
    "google-cloud-cli-firestore-emulator",
    "cloud-firestore-emulator",
)
TOOLS = (SPANNER, PUBSUB, FIRESTORE)


def sdk_folders() -> Iterator[Path]:
    """Yield the places where a Google Cloud SDK may lie, the most explicit first."""
    named = os.environ.get("CLOUDSDK_ROOT_DIR")
    if named:
        yield Path(named)
    gcloud = shutil.which("gcloud")
    if gcloud:
        yield Path(gcloud).resolve().parents[1]
    yield from (Path("/usr/lib/google-cloud-sdk"), Path("/usr/share/google-cloud-sdk"))
    yield from (Path.home() / "google-cloud-sdk", Path("/opt/google-cloud-sdk"))


def find(tool: Tool) -> Path:
    """Return the program. Raises ToolMissing."""
    for folder in sdk_folders():
        found = sorted(folder.glob(tool.pattern), key=_newest_last)
        if found:
            return found[-1]
    raise ToolMissing(
        f"Google's {tool.title} emulator is missing: `apt-get install {tool.debian}` "
        f"or `gcloud components install {tool.component}`. {COMPOSE}"
    )


def _newest_last(file: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", file.name)]


def find_java() -> str:
    """Return the Java that runs the Pub/Sub and Firestore emulators. Raises ToolMissing."""
    java = shutil.which("java")
    if java is None:
        raise ToolMissing(f"Java is missing: `apt-get install default-jre-headless`. {COMPOSE}")
    return java


def missing() -> list[str]:
    """Return what is missing, in words."""
    words = []
    looks: list[Callable[[], object]] = [find_java, *(partial(find, tool) for tool in TOOLS)]
    for look in looks:
        try:
            look()
        except ToolMissing as error:
            words.append(str(error))
    return words
