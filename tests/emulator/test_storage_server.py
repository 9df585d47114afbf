import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulators.suite.probes import listens
from tests.support.emulators import free_port, server

pytestmark = pytest.mark.emulator
SERVER = Path(__file__).resolve().parents[2] / "emulators/storage/server.py"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    data = tmp_path_factory.mktemp("objects")
    command = [sys.executable, str(SERVER), "--port", str(port), "--data", str(data)]
    with server(command, listens(port)):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def bucket(address: str, monkeypatch: pytest.MonkeyPatch, request: Any) -> Any:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
    from google.cloud import storage

    client = storage.Client(project="erejestracja-test")
    return client.create_bucket(f"b-{abs(hash(request.node.name))}")


def test_what_is_uploaded_comes_back_with_its_type_and_caching(bucket: Any) -> None:
    blob = bucket.blob("raport żółty/1.csv")
    blob.cache_control = "public, max-age=60"
    blob.upload_from_string("ą;ę\n", content_type="text/csv; charset=utf-8")
    again = bucket.get_blob("raport żółty/1.csv")
    assert again.download_as_text() == "ą;ę\n"
    assert (again.content_type, again.cache_control) == (
        "text/csv; charset=utf-8",
        "public, max-age=60",
    )


def test_a_large_object_goes_in_pieces(bucket: Any) -> None:
    data = bytes(range(256)) * 4096
    blob = bucket.blob("large", chunk_size=256 * 1024)
    blob.upload_from_string(data)
    assert bucket.blob("large").download_as_bytes() == data
    assert bucket.blob("large").download_as_bytes(start=10, end=19) == data[10:20]


def test_preconditions_hold_or_refuse(bucket: Any) -> None:
    from google.api_core.exceptions import PreconditionFailed

    blob = bucket.blob("once")
    blob.upload_from_string("1", if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        bucket.blob("once").upload_from_string("2", if_generation_match=0)
    bucket.blob("once").upload_from_string("3", if_generation_match=blob.generation)
    with pytest.raises(PreconditionFailed):
        bucket.blob("once").delete(if_generation_match=blob.generation)
    assert bucket.blob("once").download_as_text() == "3"


def test_lists_come_in_pages_with_folders(bucket: Any) -> None:
    for number in range(7):
        bucket.blob(f"a/{number}").upload_from_string("x")
    bucket.blob("b").upload_from_string("x")
    pages = bucket.client.list_blobs(bucket, prefix="a/", page_size=3).pages
    assert [len(list(page)) for page in pages] == [3, 3, 1]
    found = bucket.client.list_blobs(bucket, delimiter="/")
    assert [blob.name for blob in found] == ["b"]
    assert found.prefixes == {"a/"}


def test_copy_compose_rename_and_delete(bucket: Any) -> None:
    from google.api_core.exceptions import NotFound

    for name in "xy":
        bucket.blob(name).upload_from_string(name)
    bucket.copy_blob(bucket.blob("x"), bucket, "z")
    bucket.blob("xyz").compose([bucket.blob(name) for name in "xyz"])
    assert bucket.blob("xyz").download_as_text() == "xyx"
    bucket.delete_blob("x")
    with pytest.raises(NotFound):
        bucket.blob("x").download_as_text()


def test_a_browser_is_spared_what_it_has(bucket: Any, address: str) -> None:
    import requests

    bucket.blob("page.html").upload_from_string("<p>", content_type="text/html")
    url = f"{address}/{bucket.name}/page.html"
    first = requests.get(url, timeout=5)
    assert first.headers["Content-Type"] == "text/html"
    again = requests.get(url, headers={"If-None-Match": first.headers["ETag"]}, timeout=5)
    assert (again.status_code, again.content) == (304, b"")
    assert requests.head(url, timeout=5).status_code == 200
