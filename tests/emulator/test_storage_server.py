"""The Cloud Storage emulator, by the official client and by what browsers and BigQuery send."""

import base64
import gzip
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import requests

from emulators.suite.places import EMULATORS
from emulators.suite.probes import answers, call
from tests.support.emulators import free_port, server

pytestmark = pytest.mark.emulator
PROJECT = "erejestracja-test"
NUMBERS = count(1)
CHUNK = 256 * 1024


@contextmanager
def storage(data: Path, pubsub: str = "127.0.0.1:1") -> Iterator[str]:
    port = free_port()
    command = [sys.executable, str(EMULATORS / "storage/server.py"), "--port", str(port)]
    command += ["--data", str(data), "--pubsub-host", pubsub, "--project", PROJECT]
    url = f"http://127.0.0.1:{port}"
    with server(command, answers(f"{url}/healthz")):
        yield url


@contextmanager
def opened(address: str) -> Iterator[Any]:
    from google.cloud import storage as client_library

    # Only while it is made: patch.dict puts all of the environment back, also what other fixtures
    # set meanwhile.
    with patch.dict(os.environ, {"STORAGE_EMULATOR_HOST": address}):
        client = client_library.Client(project=PROJECT)
    yield client
    client.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with storage(tmp_path_factory.mktemp("objects")) as url:
        yield url


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Any]:
    with opened(address) as found:
        yield found


@pytest.fixture
def bucket(client: Any) -> Any:
    return client.create_bucket(f"bucket-{next(NUMBERS)}", location="EUROPE-CENTRAL2")


def test_a_bucket_keeps_what_is_said_of_it(client: Any, bucket: Any) -> None:
    bucket.versioning_enabled = True
    bucket.cors = [{"origin": ["https://example.org"], "method": ["GET"], "maxAgeSeconds": 60}]
    bucket.add_lifecycle_delete_rule(age=30)
    bucket.labels = {"who": "us", "why": "test"}
    bucket.patch()
    bucket.labels = {"who": "us"}
    bucket.patch()
    again = client.get_bucket(bucket.name)
    assert (again.location, again.labels) == ("EUROPE-CENTRAL2", {"who": "us"})
    assert again.versioning_enabled
    assert again.cors == bucket.cors
    assert [rule["condition"] for rule in again.lifecycle_rules] == [{"age": 30}]
    assert again.metageneration == 3


def test_a_bucket_is_made_once_and_deleted_empty(client: Any, bucket: Any) -> None:
    from google.api_core.exceptions import BadRequest, Conflict, NotFound

    bucket.blob("one").upload_from_string("1")
    with pytest.raises(Conflict):
        client.create_bucket(bucket.name)
    with pytest.raises(Conflict):
        bucket.delete()
    with pytest.raises(BadRequest):
        client.create_bucket("Not A Name")
    bucket.delete(force=True)
    with pytest.raises(NotFound):
        client.get_bucket(bucket.name)
    assert bucket.name not in [one.name for one in client.list_buckets()]


def test_what_is_uploaded_comes_back_with_its_type_and_caching(bucket: Any) -> None:
    blob = bucket.blob("raport żółty/1.csv")
    blob.cache_control = "public, max-age=60"
    blob.metadata = {"rows": "1"}
    blob.upload_from_string("ą;ę\n", content_type="text/csv; charset=utf-8")
    again = bucket.get_blob("raport żółty/1.csv")
    assert again.download_as_text() == "ą;ę\n"
    assert again.content_type == "text/csv; charset=utf-8"
    assert (again.cache_control, again.metadata) == ("public, max-age=60", {"rows": "1"})


@pytest.mark.parametrize("name", ["a//b", "/a", "a/", "?#%2F&=+ .json", "ż" * 512, "o/copyTo/b"])
def test_any_name_is_a_name(bucket: Any, name: str) -> None:
    bucket.blob(name).upload_from_string(name)
    assert bucket.get_blob(name).download_as_text() == name
    assert [one.name for one in bucket.list_blobs()] == [name]
    bucket.delete_blob(name)
    assert bucket.get_blob(name) is None


def test_metadata_is_changed_and_taken_back(bucket: Any) -> None:
    blob = bucket.blob("one")
    blob.metadata = {"rows": "1", "day": "2"}
    blob.upload_from_string("1", content_type="text/plain")
    blob.metadata = {"rows": "3", "day": None}
    blob.patch()
    again = bucket.get_blob("one")
    assert (again.metadata, again.metageneration) == ({"rows": "3"}, 2)
    again.content_type = "text/csv"
    again.update()
    assert (again.content_type, again.generation) == ("text/csv", blob.generation)


def test_a_large_object_goes_in_pieces(bucket: Any) -> None:
    data = os.urandom(4 * CHUNK)
    bucket.blob("large", chunk_size=CHUNK).upload_from_string(data)
    assert bucket.blob("large").download_as_bytes() == data
    assert bucket.blob("large").download_as_bytes(start=10, end=19) == data[10:20]
    assert bucket.blob("large", chunk_size=CHUNK).download_as_bytes() == data


@pytest.mark.parametrize("size", [0, 10, CHUNK, 2 * CHUNK + 1])
def test_a_stream_is_written_before_its_length_is_known(bucket: Any, size: int) -> None:
    data = os.urandom(size)
    with bucket.blob("stream").open("wb", chunk_size=CHUNK) as stream:
        stream.write(data)
    with bucket.blob("stream").open("rb") as stream:
        assert stream.read() == data


def test_a_piece_sent_again_is_taken_once(bucket: Any, address: str) -> None:
    url = bucket.blob("twice").create_resumable_upload_session(size=6)
    for _ in range(2):
        piece = requests.put(url, b"abc", headers={"Content-Range": "bytes 0-2/6"}, timeout=5)
        assert (piece.status_code, piece.headers["Range"]) == (308, "bytes=0-2")
    ahead = requests.put(url, b"f", headers={"Content-Range": "bytes 5-5/6"}, timeout=5)
    assert ahead.status_code == 400
    overlapping = {"Content-Range": "bytes 2-5/6"}
    done = requests.put(url, b"cdef", headers=overlapping, timeout=5).json()
    # Whoever did not hear the answer asks again, and is told the same.
    asked = requests.put(url, headers={"Content-Range": "bytes */6"}, timeout=5).json()
    assert asked["generation"] == done["generation"]
    assert requests.get(f"{address}/{bucket.name}/twice", timeout=5).content == b"abcdef"


@pytest.mark.parametrize("chunk_size", [None, CHUNK])
def test_bytes_that_are_not_what_was_sent_are_refused(bucket: Any, chunk_size: int | None) -> None:
    from google.api_core.exceptions import BadRequest

    blob = bucket.blob("damaged", chunk_size=chunk_size)
    blob.md5_hash = "1B2M2Y8AsgTpgAmY7PhCfg=="
    with pytest.raises(BadRequest, match="md5Hash"):
        blob.upload_from_string("x", checksum=None)
    assert bucket.get_blob("damaged") is None


def test_preconditions_hold_or_refuse(bucket: Any) -> None:
    from google.api_core.exceptions import NotFound, PreconditionFailed

    blob = bucket.blob("once")
    blob.upload_from_string("1", if_generation_match=0)
    with pytest.raises(PreconditionFailed):
        bucket.blob("once").upload_from_string("2", if_generation_match=0)
    bucket.blob("once").upload_from_string("3", if_generation_match=blob.generation)
    with pytest.raises(PreconditionFailed):
        bucket.blob("once").delete(if_generation_match=blob.generation)
    with pytest.raises(PreconditionFailed):
        bucket.blob("once").patch(if_metageneration_match=7)
    with pytest.raises(NotFound):
        bucket.blob("once", generation=blob.generation).download_as_text()
    assert bucket.blob("once").download_as_text() == "3"


def test_one_of_many_writers_makes_the_object(bucket: Any) -> None:
    from google.api_core.exceptions import PreconditionFailed

    def made(number: int) -> bool:
        try:
            bucket.blob("race").upload_from_string(str(number), if_generation_match=0)
        except PreconditionFailed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(made, range(24))) == 1


def test_lists_come_in_pages_with_folders(bucket: Any) -> None:
    for name in [*(f"a/{number}" for number in range(7)), "b", "c/1", "c/2", "d/"]:
        bucket.blob(name).upload_from_string("x")
    pages = bucket.client.list_blobs(bucket, prefix="a/", page_size=3).pages
    assert [len(list(page)) for page in pages] == [3, 3, 1]
    for page_size in (1, 2, None):
        found = bucket.client.list_blobs(bucket, delimiter="/", page_size=page_size)
        assert [blob.name for blob in found] == ["b"]
        assert found.prefixes == {"a/", "c/", "d/"}
    between = bucket.list_blobs(start_offset="a/5", end_offset="c/2")
    assert [blob.name for blob in between] == ["a/5", "a/6", "b", "c/1"]
    assert [blob.name for blob in bucket.list_blobs(max_results=2)] == ["a/0", "a/1"]


def test_copy_move_compose_and_delete(bucket: Any) -> None:
    from google.api_core.exceptions import NotFound, PreconditionFailed

    for name in "xy":
        bucket.blob(name).upload_from_string(name, content_type="text/plain")
    copy = bucket.copy_blob(bucket.blob("x"), bucket, "z")
    assert copy.content_type == "text/plain"
    assert bucket.blob("w").rewrite(bucket.blob("y"))[0] is None
    joined = bucket.blob("xyz")
    joined.compose([bucket.blob(name) for name in "xyz"])
    assert (joined.download_as_text(), joined.component_count, joined.md5_hash) == ("xyx", 3, None)
    with pytest.raises(PreconditionFailed):
        joined.compose([bucket.blob("x")], if_generation_match=1)
    with pytest.raises(PreconditionFailed):
        bucket.copy_blob(bucket.blob("x"), bucket, "v", if_source_generation_match=1)
    bucket.move_blob(bucket.blob("y"), "moved/y")
    bucket.delete_blob("x")
    with pytest.raises(NotFound):
        bucket.blob("x").download_as_text()
    assert [blob.name for blob in bucket.list_blobs()] == ["moved/y", "w", "xyz", "z"]


def test_a_batch_is_many_calls_in_one(client: Any, bucket: Any) -> None:
    from google.api_core.exceptions import NotFound

    for name in ("a", "b/ż", "c"):
        bucket.blob(name).upload_from_string(name)
    with client.batch():
        bucket.delete_blob("a")
        bucket.delete_blob("b/ż")
        blob = bucket.blob("c")
        blob.metadata = {"kept": "tak"}
        blob.patch()
    assert {one.name: one.metadata for one in bucket.list_blobs()} == {"c": {"kept": "tak"}}
    with pytest.raises(NotFound), client.batch():
        bucket.delete_blob("a")


def test_what_is_stored_packed_is_unpacked_for_those_who_cannot(bucket: Any, address: str) -> None:
    packed = gzip.compress(b"Zielona G\xc3\xb3ra")
    blob = bucket.blob("packed")
    blob.content_encoding = "gzip"
    blob.upload_from_string(packed, content_type="text/plain")
    assert blob.download_as_text() == "Zielona Góra"
    assert blob.download_as_bytes(raw_download=True) == packed
    url = f"{address}/{bucket.name}/packed"
    plain = requests.get(url, headers={"Accept-Encoding": "identity"}, timeout=5)
    assert plain.content.decode() == "Zielona Góra"
    assert "Content-Encoding" not in plain.headers
    kept = requests.get(url, headers={"Accept-Encoding": "gzip"}, timeout=5)
    assert kept.headers["Content-Encoding"] == "gzip"
    assert int(kept.headers["Content-Length"]) == len(packed)


def test_a_browser_is_spared_what_it_has(bucket: Any, address: str) -> None:
    blob = bucket.blob("strona/page.html")
    blob.cache_control = "public, max-age=60"
    blob.upload_from_string("<p>", content_type="text/html; charset=utf-8")
    url = f"{address}/{bucket.name}/strona/page.html"
    first = requests.get(url, timeout=5)
    assert first.headers["Content-Type"] == "text/html; charset=utf-8"
    again = requests.get(url, headers={"If-None-Match": first.headers["ETag"]}, timeout=5)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == "public, max-age=60"
    head = requests.head(url, timeout=5)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, "3", b"")
    blob.upload_from_string("<br>", content_type="text/html")
    assert requests.get(url, headers={"If-None-Match": first.headers["ETag"]}, timeout=5).ok
    missing = requests.get(f"{url}x", timeout=5)
    assert (missing.status_code, "NoSuchKey" in missing.text) == (404, True)


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=2-3", 206, b"cd"),
        ("bytes=4-", 206, b"ef"),
        ("bytes=-1", 206, b"f"),
        ("bytes=9-", 416, None),
    ],
)
def test_a_part_is_sent_where_one_is_asked(
    bucket: Any, address: str, asked: str, status: int, part: bytes | None
) -> None:
    bucket.blob("letters").upload_from_string("abcdef")
    url = f"{address}/{bucket.name}/letters"
    answer = requests.get(url, headers={"Range": asked}, timeout=5)
    assert answer.status_code == status
    assert part is None or answer.content == part


@pytest.fixture(scope="module")
def signer() -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )
    from google.oauth2 import service_account

    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    facts = {
        "client_email": "test@example.org",
        "token_uri": "http://127.0.0.1:1",
        "private_key": pem,
    }
    return service_account.Credentials.from_service_account_info(facts)


def test_a_signed_address_serves_until_it_expires(bucket: Any, address: str, signer: Any) -> None:
    signing = {
        "version": "v4",
        "expiration": 60,
        "credentials": signer,
        "api_access_endpoint": address,
    }
    writing = bucket.blob("plik.csv").generate_signed_url(method="PUT", **signing)
    stored = requests.put(writing, b"a;b", headers={"Content-Type": "text/csv"}, timeout=5)
    assert stored.status_code == 200
    reading = bucket.blob("plik.csv").generate_signed_url(**signing)
    answer = requests.get(reading, timeout=5)
    assert (answer.content, answer.headers["Content-Type"]) == (b"a;b", "text/csv")
    old = re.sub(r"X-Goog-Date=\d{8}", "X-Goog-Date=20260101", reading)
    refused = requests.get(old, timeout=5)
    assert (refused.status_code, "ExpiredToken" in refused.text) == (400, True)


def test_wildcards_are_found_by_a_list_in_xml(bucket: Any, address: str) -> None:
    for number in range(3):
        bucket.blob(f"dzień/{number} & more.csv").upload_from_string("x")
    url, keys = f"{address}/{bucket.name}/", []
    asked = {"list-type": "2", "prefix": "dzień/", "encoding-type": "url", "max-keys": "2"}
    token: str | None = ""
    while token is not None:
        page = requests.get(url, params={**asked, "continuation-token": token}, timeout=5).text
        keys += re.findall(r"<Key>(.*?)</Key>", page)
        found = re.search(r"<NextContinuationToken>(.*?)</NextContinuationToken>", page)
        token = found[1].replace("&amp;", "&") if found else None
    assert keys == [f"dzie%C5%84/{number}%20%26%20more.csv" for number in range(3)]


def test_what_the_emulator_does_not_know_it_says(bucket: Any, address: str) -> None:
    answer = requests.get(f"{address}/storage/v1/b/{bucket.name}/iam", timeout=5)
    assert (answer.status_code, answer.json()["error"]["code"]) == (501, 501)


def test_what_was_stored_survives_a_kill_and_half_of_what_was_not(tmp_path: Path) -> None:
    with storage(tmp_path) as url, opened(url) as client:
        bucket = client.create_bucket("kept")
        bucket.blob("one").upload_from_string("old")
        generation = bucket.get_blob("one").generation
    (data,) = (tmp_path / "kept").glob("*.data")
    # As a kill leaves it: the new bytes are there, the metadata that names them is not.
    half = data.with_name(data.name.replace(str(generation), str(generation + 1)))
    half.write_bytes(b"new, in ha")
    (tmp_path / "kept" / "o-1.json.7.new").write_bytes(b'{"na')
    with storage(tmp_path) as url, opened(url) as client:
        blob = client.bucket("kept").get_blob("one")
        assert (blob.download_as_text(), blob.generation) == ("old", generation)
        assert sorted(file.suffix for file in (tmp_path / "kept").iterdir()) == [
            ".data",
            ".json",
            ".json",
        ]
        blob.upload_from_string("newer", if_generation_match=generation)
        assert blob.generation > generation


class Told:
    """A topic, its subscription, and what came out of it."""

    def __init__(self, pubsub: str) -> None:
        self.name = f"objects{next(NUMBERS)}"
        self._url = f"http://{pubsub}/v1/projects/{PROJECT}"
        topic = f"projects/{PROJECT}/topics/{self.name}"
        # Its first answer takes a Java program seconds.
        call("PUT", f"{self._url}/topics/{self.name}", {}, timeout_s=60)
        call("PUT", f"{self._url}/subscriptions/{self.name}", {"topic": topic})

    def wait_for(self, number: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        ends = time.monotonic() + 10
        while len(found) < number and time.monotonic() < ends:
            url = f"{self._url}/subscriptions/{self.name}"
            pulled = call("POST", f"{url}:pull", {"maxMessages": 10}).get("receivedMessages", [])
            found += [one["message"] for one in pulled]
            if pulled:
                call("POST", f"{url}:acknowledge", {"ackIds": [one["ackId"] for one in pulled]})
        return found


def test_topics_are_told_what_happens_to_objects(tmp_path: Path, pubsub: str) -> None:
    told = Told(pubsub)
    with storage(tmp_path, pubsub) as url, opened(url) as client:
        bucket = client.create_bucket("told")
        wanted = {"payload_format": "JSON_API_V1", "custom_attributes": {"why": "test"}}
        bucket.notification(told.name, blob_name_prefix="in/", **wanted).create()
        assert [one.topic_name for one in bucket.list_notifications()] == [told.name]
        bucket.blob("out/1").upload_from_string("x")
        for text in ("1", "22"):
            bucket.blob("in/1.csv").upload_from_string(text)
        bucket.delete_blob("in/1.csv")
        messages = told.wait_for(4)
        facts = [one["attributes"] for one in messages]
        kinds = sorted((one["eventType"], one["objectId"]) for one in facts)
        assert kinds == [("OBJECT_DELETE", "in/1.csv")] * 2 + [("OBJECT_FINALIZE", "in/1.csv")] * 2
        first = min(messages, key=lambda one: str(one["attributes"]["objectGeneration"]))
        assert first["attributes"]["payloadFormat"] == "JSON_API_V1"
        assert (first["attributes"]["bucketId"], first["attributes"]["why"]) == ("told", "test")
        content = json.loads(base64.b64decode(first["data"]))
        assert (content["name"], content["size"]) == ("in/1.csv", "1")
        next(iter(bucket.list_notifications())).delete()
        assert not list(bucket.list_notifications())
