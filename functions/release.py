"""Keep what is planned, fetch it to be applied, and remember what was released.

    python -m functions.release keep      store a plan with all that belongs to it
    python -m functions.release fetch     get it again, and the map to roll back to
    python -m functions.release record    note what serves now
    python -m functions.release return    make the map of an earlier release the one to be planned

A plan lies under its build's id in the bucket of plans, a release's record in the bucket of
bundles, named by its time. Nothing is overwritten.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from functions.bundle import MAP, map_text
from functions.expansion import migrations, newest, stranding
from functions.objects import Objects, OtherContent, open_bucket

Bundles = Mapping[str, Mapping[str, str]]

RECORDS = "releases/"
# What a build says where there is nothing to say: an empty substitution is easily lost on the way.
NONE = "none"
ABOUT, LAST_GOOD = "about.json", "last-good.tfvars.json"
PLANNED = ("plan.bin", "plan.txt", "terraform.lock.hcl", MAP, ABOUT)


class Refused(Exception):  # noqa: N818 - it reads as what happened
    """This release cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Release:
    """What serves, or served: its bundles, and the newest migration their code was cut with."""

    name: str
    commit: str
    schema: int
    bundles: Bundles


class Releases:
    """The records of an environment, oldest first."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def names(self) -> list[str]:
        """Return the names of all releases."""
        found = self._objects.names(RECORDS)
        return [name.removeprefix(RECORDS).removesuffix(".json") for name in found]

    def get(self, name: str) -> Release:
        """Return a release. Raises LookupError."""
        return Release(**json.loads(self._objects.get(f"{RECORDS}{name}.json")))

    def serving(self) -> Release | None:
        """Return the newest, which is what serves; None before the first."""
        names = self.names()
        return self.get(names[-1]) if names else None

    def add(self, release: Release) -> None:
        """Write a record."""
        content = json.dumps(asdict(release), indent=2, sort_keys=True).encode()
        self._objects.put(f"{RECORDS}{release.name}.json", content)


@dataclass(frozen=True, slots=True)
class About:
    """What a plan is of: the commit planned, that of the code it deploys, and its schema."""

    commit: str
    code: str
    schema: int


def overlaid(cut: Bundles, *earlier: Release | None) -> Bundles:
    """Return the bundle of each function: of the first of these releases that has it, or the cut's.

    A function that came later than a release has none there; one that went is not asked for.
    """
    maps = [*(release.bundles for release in earlier if release), cut]
    return {name: next(one[name] for one in maps if name in one) for name in cut}


def read_map(file: Path) -> Bundles:
    """Return the map of a file that terraform reads."""
    found: Bundles = json.loads(file.read_text("utf-8"))["bundles"]
    return found


def return_to(releases: Releases, name: str, folder: Path) -> Release:
    """Put a release's bundles in the place of those just cut. Raises Refused, LookupError."""
    release = releases.get(name)
    if fatal := stranding(release.schema, migrations()):
        numbers = ", ".join(f"{number:04}" for number in fatal)
        raise Refused(f"{name} still uses what migration {numbers} takes away")
    cut = read_map(folder / MAP)
    (folder / MAP).write_text(map_text(overlaid(cut, release, releases.serving())), "utf-8")
    return release


def keep(plans: Objects, plan: str, folder: Path, about: About) -> list[str]:
    """Store a plan and what belongs to it; return the names written."""
    (folder / ABOUT).write_text(json.dumps(asdict(about)), "utf-8")
    return plans.put_files(f"{plan}/", [folder / name for name in PLANNED])


def fetch(plans: Objects, releases: Releases, plan: str, folder: Path, commit: str) -> About:
    """Get a plan, and the map of what serves to roll back to. Raises Refused, LookupError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PLANNED:
        (folder / name).write_bytes(plans.get(f"{plan}/{name}"))
    about = About(**json.loads((folder / ABOUT).read_text("utf-8")))
    if about.commit != commit:
        raise Refused(f"plan {plan} is of commit {about.commit}; run this trigger with --sha of it")
    if serving := releases.serving():
        good = overlaid(read_map(folder / MAP), serving)
        (folder / LAST_GOOD).write_text(map_text(good), "utf-8")
    return about


def record(releases: Releases, folder: Path, now: datetime) -> Release:
    """Note that what was fetched serves now."""
    about = About(**json.loads((folder / ABOUT).read_text("utf-8")))
    name = f"{now:%Y%m%dT%H%M%SZ}-{about.code[:12]}"
    release = Release(name, about.code, about.schema, read_map(folder / MAP))
    releases.add(release)
    return release


def arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m functions.release",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("verb", choices=["keep", "fetch", "record", "return"])
    parser.add_argument("--folder", type=Path, default=Path("dist"), help="where the files are")
    parser.add_argument("--bundles", required=True, metavar="BUCKET", help="with the records")
    parser.add_argument("--plans", metavar="BUCKET", help="keep, fetch: where plans lie")
    parser.add_argument("--plan", metavar="BUILD", help="keep, fetch: the build that planned")
    parser.add_argument("--commit", metavar="SHA", help="keep, fetch: what is built")
    parser.add_argument("--release", metavar="NAME", default=NONE, help="return, keep: the earlier")
    return parser.parse_args()


def run(asked: argparse.Namespace) -> str:
    """Do it; return what was done, in words. Raises Refused, LookupError, OtherContent."""
    releases = Releases(open_bucket(asked.bundles))
    if asked.verb == "return":
        release = return_to(releases, asked.release, asked.folder)
        return f"to be planned: the bundles of {release.name}"
    if asked.verb == "record":
        return f"serves: {record(releases, asked.folder, datetime.now(UTC)).name}"
    plans = open_bucket(asked.plans)
    if asked.verb == "fetch":
        about = fetch(plans, releases, asked.plan, asked.folder, asked.commit)
        return f"fetched plan {asked.plan}, with code of {about.code}"
    earlier = releases.get(asked.release) if asked.release != NONE else None
    code, schema = (
        (earlier.commit, earlier.schema) if earlier else (asked.commit, newest(migrations()))
    )
    keep(plans, asked.plan, asked.folder, About(asked.commit, code, schema))
    where = f"gs://{asked.plans}/{asked.plan}/plan.txt"
    return f"kept: read {where}, then apply with _PLAN={asked.plan}"


def main() -> int:
    """Run from the command line; return the exit code."""
    try:
        said = run(arguments())
    except (Refused, LookupError, OtherContent) as refusal:
        sys.stderr.write(f"refused: {refusal}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
