"""What is deployed: a zip that is the same for the same content, and that answers when unpacked."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest
import requests

from emulators.suite import environment
from emulators.suite.probes import listens
from functions import bundle
from tests.support.cloudbuild import Machine
from tests.support.emulators import free_port, server

MAIN = """
import functions_framework
from greetings.words import HELLO


@functions_framework.http
def greeter(request):
    return HELLO
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a project with one small function."""
    content = {
        "functions/greeter/main.py": MAIN,
        "functions/greeter/requirements.txt": "functions-framework\n",
        "functions/greeter/README.md": "left out",
        "functions/greeter/__pycache__/main.pyc": "left out",
        "functions/notes/README.md": "no function",
        "shared/greetings/__init__.py": "",
        "shared/greetings/words.py": "HELLO = 'hello from the package'\n",
        "shared/greetings/data/words.csv": "a,b\n",
        "shared/greetings/tests/test_words.py": "left out",
        "shared/.mypy_cache/cache": "left out",
    }
    for name, words in content.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words)
    return tmp_path


def names(content: bytes) -> list[str]:
    return ZipFile(BytesIO(content)).namelist()


def test_a_bundle_is_the_folder_and_the_package_with_its_data(tree: Path) -> None:
    assert bundle.functions(tree) == ["greeter"]
    assert names(bundle.bundle(tree, "greeter")) == [
        "greetings/__init__.py",
        "greetings/data/words.csv",
        "greetings/words.py",
        "main.py",
        "requirements.txt",
    ]


def test_the_same_content_gives_the_same_bytes_whenever_and_by_whomever_it_was_written(
    tree: Path,
) -> None:
    before = bundle.bundle(tree, "greeter")
    for path in tree.rglob("*.py"):
        os.utime(path, (time.time() - 86_400, time.time() - 86_400))
        path.chmod(0o600)
    assert bundle.bundle(tree, "greeter") == before


def test_a_change_in_the_package_changes_the_name(tree: Path, tmp_path: Path) -> None:
    before = bundle.write(tree, tmp_path / "dist", ["greeter"])
    assert bundle.write(tree, tmp_path / "dist", ["greeter"]) == before
    (tree / "shared/greetings/words.py").write_text("HELLO = 'hello again'\n")
    assert bundle.write(tree, tmp_path / "dist", ["greeter"]) != before


def test_no_packer_has_a_say_in_the_bytes(tree: Path) -> None:
    inside = ZipFile(BytesIO(bundle.bundle(tree, "greeter"))).infolist()
    assert {(one.compress_type, one.date_time[0], one.create_system) for one in inside} == {
        (ZIP_STORED, 1980, 3)
    }


def test_terraform_is_told_each_bundle_with_the_hash_that_names_it(
    tree: Path, tmp_path: Path
) -> None:
    paths = bundle.write(tree, tmp_path / "dist", ["greeter"])
    told = json.loads((tmp_path / "dist/bundles.tfvars.json").read_text())
    digest = hashlib.sha256(Path(paths["greeter"]).read_bytes()).hexdigest()
    name = f"greeter-{digest[:16]}.zip"
    assert Path(paths["greeter"]).name == name
    assert told == {"bundles": {"greeter": {"object": name, "sha256": digest}}}


def test_a_file_that_would_hide_another_is_refused(tree: Path) -> None:
    (tree / "functions/greeter/greetings").mkdir()
    (tree / "functions/greeter/greetings/words.py").write_text("HELLO = 'mine'\n")
    with pytest.raises(ValueError, match="both in functions/greeter and in shared"):
        bundle.bundle(tree, "greeter")


def test_an_unpacked_bundle_is_served_without_anything_of_the_repository(
    tree: Path, tmp_path: Path
) -> None:
    assert served(bundle.bundle(tree, "greeter"), "greeter", tmp_path, "/").text == (
        "hello from the package"
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the build's own commands cut bundles into."""
    folder = tmp_path_factory.mktemp("builds")
    done = Machine(folder).build("b", only=("bundle",), _ACTION="plan")
    assert done.well, done.output
    return folder / "build-b/dist"


@pytest.mark.parametrize("name", bundle.functions(bundle.ROOT))
def test_a_function_is_served_from_the_bundle_that_the_build_cut(
    name: str, built: Path, tmp_path: Path
) -> None:
    told = json.loads((built / bundle.MAP).read_text())["bundles"]
    content = (built / told[name]["object"]).read_bytes()
    assert content == bundle.bundle(bundle.ROOT, name)
    answer = served(content, name, tmp_path, "/healthz", nothing_there())
    # No store is there, and the function says so: all its code was.
    assert answer.json()["status"] in ("down", "degraded", "ok")
    assert answer.headers["Content-Type"] == "application/json"


def nothing_there() -> Mapping[str, str]:
    """Return settings that lead to stores which do not answer."""
    ports = dict.fromkeys(
        (
            "spanner",
            "pubsub",
            "firestore",
            "redis",
            "front_door",
            "openid",
            "sms_gateway",
            "national_record",
        ),
        1,
    )
    keys = dict.fromkeys(environment.SECRETS, "k" * 32)
    return {**environment.google_clients(ports), **environment.settings(ports, keys)}


def served(
    content: bytes, name: str, folder: Path, path: str, variables: Mapping[str, str] | None = None
) -> requests.Response:
    """Unpack a bundle, serve it as the cloud does, ask it once."""
    unpacked = folder / "unpacked"
    ZipFile(BytesIO(content)).extractall(unpacked)
    port = free_port()
    framework = str(Path(sys.executable).with_name("functions-framework"))
    command = [framework, "--target", name, "--source", str(unpacked / "main.py")]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    command += ["--signature-type", "http"]
    elsewhere = {**(variables or {}), "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    with server(command, listens(port), elsewhere) as process:
        try:
            return requests.get(f"http://127.0.0.1:{port}{path}", timeout=30)
        finally:
            # It would wait for stores that are not there; nobody needs what it has to finish.
            os.killpg(process.pid, signal.SIGKILL)


def test_the_command_prints_where_each_bundle_is(tmp_path: Path) -> None:
    command = [sys.executable, "functions/bundle.py", "--only", "booking", "--out", str(tmp_path)]
    run = subprocess.run(command, cwd=bundle.ROOT, capture_output=True, text=True, check=True)
    path = next(tmp_path.glob("booking-*.zip"))
    assert run.stdout == f'{{\n  "booking": "{path}"\n}}\n'
