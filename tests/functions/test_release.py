"""What is remembered of releases, and how one goes back."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions import release, upload
from functions.bundle import MAP, map_text
from functions.expansion import read
from functions.objects import Objects, OtherContent
from functions.release import About, Bundles, Refused, Release, Releases
from tests.support.shelf import Bucket

OLD, NEW = "a" * 40, "b" * 40
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def bundles(**objects: str) -> Bundles:
    return {name: {"object": it, "sha256": it} for name, it in objects.items()}


def released(name: str, schema: int = 1, **objects: str) -> Release:
    return Release(name, OLD, schema, bundles(**objects))


@pytest.fixture
def releases() -> Releases:
    return Releases(Objects(Bucket()))


def planned(folder: Path, commit: str = NEW, **objects: str) -> Objects:
    """Return a bucket with the plan `p1` of a commit."""
    plans = Objects(Bucket())
    for name in ("plan.bin", "plan.txt", "terraform.lock.hcl"):
        (folder / name).write_text(name)
    (folder / MAP).write_text(map_text(bundles(**objects)))
    release.keep(plans, "p1", folder, About(commit, commit, 2))
    return plans


def test_nothing_is_ever_overwritten() -> None:
    shelf = Objects(Bucket())
    assert shelf.put("booking.zip", b"one")
    assert not shelf.put("booking.zip", b"one")
    with pytest.raises(OtherContent, match="with other content"):
        shelf.put("booking.zip", b"another")
    assert shelf.get("booking.zip") == b"one"


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(LookupError, match="shelf has no plans/1"):
        Objects(Bucket()).get("plans/1")


def test_before_the_first_release_nothing_serves(releases: Releases) -> None:
    assert releases.serving() is None


def test_the_newest_release_is_what_serves(releases: Releases) -> None:
    for name in ("20261123T120000Z-b", "20261122T120000Z-a"):
        releases.add(released(name, booking=f"{name}.zip"))
    assert releases.serving() == released("20261123T120000Z-b", booking="20261123T120000Z-b.zip")


def test_each_function_has_the_bundle_of_the_first_that_knows_it() -> None:
    cut = bundles(booking="new", search="new", reminders="new")
    old = released("old", booking="old", gone="old")
    serving = released("serving", booking="serving", search="serving")
    assert release.overlaid(cut, old, serving) == bundles(
        booking="old", search="serving", reminders="new"
    )


def test_one_goes_back_to_a_releases_bundles(releases: Releases, tmp_path: Path) -> None:
    releases.add(released("1-old", booking="old"))
    releases.add(released("2-now", booking="now"))
    (tmp_path / MAP).write_text(map_text(bundles(booking="cut")))
    release.return_to(releases, "1-old", tmp_path)
    assert release.read_map(tmp_path / MAP) == bundles(booking="old")


def test_nobody_goes_back_to_a_release_whose_tables_are_gone(
    releases: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped = read(3, "-- contract: unused since 0002\nDROP TABLE A")
    monkeypatch.setattr(release, "migrations", lambda: [dropped])
    releases.add(released("1-old", schema=1, booking="old"))
    with pytest.raises(Refused, match="1-old still uses what migration 0003 takes away"):
        release.return_to(releases, "1-old", tmp_path)


def test_a_plan_is_fetched_with_the_map_to_roll_back_to(releases: Releases, tmp_path: Path) -> None:
    plans = planned(tmp_path, booking="new", search="new")
    releases.add(released("1", booking="good"))
    fetched = tmp_path / "elsewhere"
    release.fetch(plans, releases, "p1", fetched, NEW)
    assert (fetched / "plan.bin").read_text() == "plan.bin"
    good = release.read_map(fetched / release.LAST_GOOD)
    assert good == bundles(booking="good", search="new")


def test_the_first_release_has_nothing_to_roll_back_to(releases: Releases, tmp_path: Path) -> None:
    plans = planned(tmp_path, booking="new")
    release.fetch(plans, releases, "p1", tmp_path, NEW)
    assert not (tmp_path / release.LAST_GOOD).exists()


def test_a_plan_is_not_applied_from_another_commit(releases: Releases, tmp_path: Path) -> None:
    plans = planned(tmp_path, commit=OLD)
    with pytest.raises(Refused, match=f"plan p1 is of commit {OLD}"):
        release.fetch(plans, releases, "p1", tmp_path, NEW)


def test_a_release_is_remembered_with_its_time_code_and_schema(
    releases: Releases, tmp_path: Path
) -> None:
    planned(tmp_path, booking="new")
    noted = release.record(releases, tmp_path, NOON)
    assert noted.name == f"20261123T120000Z-{NEW[:12]}"
    assert releases.serving() == noted == Release(noted.name, NEW, 2, bundles(booking="new"))


def command(monkeypatch: pytest.MonkeyPatch, shelf: Bucket, *words: str) -> int:
    monkeypatch.setattr(release, "open_bucket", lambda _: Objects(shelf))
    monkeypatch.setattr("sys.argv", ["release", *words, "--bundles", "b", "--plans", "p"])
    return release.main()


def test_the_commands_carry_one_release_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = Bucket()
    planned(tmp_path, booking="new")
    common = ("--folder", str(tmp_path), "--plan", "p7", "--commit", NEW)
    assert command(monkeypatch, shelf, "keep", *common) == 0
    assert command(monkeypatch, shelf, "fetch", *common) == 0
    assert command(monkeypatch, shelf, "record", *common) == 0
    [name] = Releases(Objects(shelf)).names()
    back = ("--folder", str(tmp_path), "--release", name, "--plan", "p8", "--commit", OLD)
    assert command(monkeypatch, shelf, "return", *back) == 0
    assert command(monkeypatch, shelf, "keep", *back) == 0
    assert json.loads(shelf.content["p8/about.json"])["code"] == NEW
    assert f"serves: {name}" in capsys.readouterr().out


def test_a_refusal_is_told_and_ends_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("fetch", "--plan", "p9", "--commit", NEW, "--folder", str(tmp_path))
    assert command(monkeypatch, Bucket(), *words) == 1
    assert capsys.readouterr().err == "refused: shelf has no p9/plan.bin\n"


def test_bundles_are_uploaded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = Bucket()
    (tmp_path / "booking-1.zip").write_bytes(b"one")
    monkeypatch.setattr(upload, "open_bucket", lambda _: Objects(shelf))
    monkeypatch.setattr("sys.argv", ["upload", "--bucket", "b", str(tmp_path / "booking-1.zip")])
    assert [upload.main(), upload.main()] == [0, 0]
    assert capsys.readouterr().out == (
        "uploaded booking-1.zip\n0 were there already\n1 were there already\n"
    )
    (tmp_path / "booking-1.zip").write_bytes(b"another")
    assert upload.main() == 1
    assert "booking-1.zip is there already, with other content" in capsys.readouterr().err
