"""The JSON API's calls on objects, as the official client makes them, and public reading."""

import json
import secrets
from collections.abc import Callable, Mapping
from email.parser import BytesHeaderParser
from typing import Any

from flask import Flask, Request, Response, jsonify, request

from emulators.storage.shelf import Missing, Refused, Shelf

CONDITIONS = (
    "ifGenerationMatch",
    "ifGenerationNotMatch",
    "ifMetagenerationMatch",
    "ifMetagenerationNotMatch",
)
PAGE = 1000
Told = Callable[[str, Mapping[str, Any]], None]


def application(shelf: Shelf, told: Told) -> Flask:
    """Return the emulator; `told` hears of each finished upload and deletion."""
    app = Flask(__name__)
    app.register_error_handler(Missing, lambda _: _error(404, "notFound"))
    app.register_error_handler(Refused, lambda no: _error(no.status, no.reason))
    api = "/storage/v1/b"
    _buckets(app, shelf, api)
    _objects(app, shelf, f"{api}/<bucket>/o", told)
    _uploads(app, shelf, told)

    @app.get("/<bucket>/<path:name>")
    def public(bucket: str, name: str) -> Response:
        return _media(shelf, bucket, name)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    return app


def _buckets(app: Flask, shelf: Shelf, api: str) -> None:
    @app.post(api)
    def make_bucket() -> Response:
        facts = request.get_json()
        return jsonify(shelf.make_bucket(facts["name"], facts))

    @app.get(api)
    def list_buckets() -> Response:
        return jsonify(kind="storage#buckets", items=shelf.buckets())

    @app.get(f"{api}/<bucket>")
    def get_bucket(bucket: str) -> Response:
        return jsonify(shelf.bucket(bucket))

    @app.delete(f"{api}/<bucket>")
    def drop_bucket(bucket: str) -> Response:
        shelf.drop_bucket(bucket)
        return Response(status=204)


def _objects(app: Flask, shelf: Shelf, api: str, told: Told) -> None:
    @app.get(api)
    def listed(bucket: str) -> Response:
        return jsonify(_page(shelf, bucket, request.args))

    @app.get(f"{api}/<path:name>")
    @app.get(f"/download{api}/<path:name>")
    def get(bucket: str, name: str) -> Response:
        if request.args.get("alt") == "media":
            return _media(shelf, bucket, name)
        return jsonify(shelf.meta(bucket, name, _when(request)))

    @app.patch(f"{api}/<path:name>")
    def patch(bucket: str, name: str) -> Response:
        return jsonify(shelf.patch(bucket, name, request.get_json(), _when(request)))

    @app.delete(f"{api}/<path:name>")
    def drop(bucket: str, name: str) -> Response:
        told("OBJECT_DELETE", shelf.drop(bucket, name, _when(request)))
        return Response(status=204)

    @app.post(f"{api}/<path:source>/copyTo/b/<target>/o/<path:name>")
    def copy(bucket: str, source: str, target: str, name: str) -> Response:
        data, facts = shelf.data(bucket, source), shelf.meta(bucket, source, {})
        meta = shelf.put(target, name, data, _kept(facts), _when(request))
        told("OBJECT_FINALIZE", meta)
        return jsonify(meta)

    @app.post(f"{api}/<path:source>/rewriteTo/b/<target>/o/<path:name>")
    def rewrite(bucket: str, source: str, target: str, name: str) -> Response:
        data, facts = shelf.data(bucket, source), shelf.meta(bucket, source, {})
        meta = shelf.put(target, name, data, _kept(facts), _when(request))
        told("OBJECT_FINALIZE", meta)
        size = meta["size"]
        return jsonify(done=True, resource=meta, totalBytesRewritten=size, objectSize=size)

    @app.post(f"{api}/<path:name>/compose")
    def compose(bucket: str, name: str) -> Response:
        asked = request.get_json()
        parts = [shelf.data(bucket, one["name"]) for one in asked["sourceObjects"]]
        facts = asked.get("destination", {})
        meta = shelf.put(bucket, name, b"".join(parts), _kept(facts), _when(request))
        told("OBJECT_FINALIZE", meta)
        return jsonify(meta)


def _uploads(app: Flask, shelf: Shelf, told: Told) -> None:
    begun: dict[str, tuple[str, dict[str, Any], dict[str, int], bytearray]] = {}

    def finished(bucket: str, facts: dict[str, Any], when: dict[str, int], data: bytes) -> Response:
        meta = shelf.put(bucket, facts["name"], data, _kept(facts), when)
        told("OBJECT_FINALIZE", meta)
        return jsonify(meta)

    @app.post("/upload/storage/v1/b/<bucket>/o")
    @app.post("/resumable/upload/storage/v1/b/<bucket>/o")
    def upload(bucket: str) -> Response:
        when, named = _when(request), request.args.get("name")
        kind = request.args.get("uploadType")
        if kind == "multipart":
            facts, data = _parts(request)
            return finished(bucket, {"name": named} | facts, when, data)
        if kind == "media":
            facts = {"name": named, "contentType": request.content_type}
            return finished(bucket, facts, when, request.get_data())
        facts = {"name": named} | (request.get_json(silent=True) or {})
        facts.setdefault("contentType", request.headers.get("X-Upload-Content-Type"))
        key = secrets.token_urlsafe(16)
        shelf.bucket(bucket)
        begun[key] = (bucket, facts, when, bytearray())
        where = f"{request.host_url}upload/session/{key}"
        return Response(status=200, headers={"Location": where})

    @app.put("/upload/session/<key>")
    def more(key: str) -> Response:
        if key not in begun:
            raise Missing(key)
        bucket, facts, when, data = begun[key]
        data.extend(request.get_data())
        total = request.headers.get("Content-Range", "*/*").rpartition("/")[2]
        if total == "*" or len(data) < int(total):
            known = {"Range": f"bytes=0-{len(data) - 1}"} if data else {}
            return Response(status=308, headers=known)
        del begun[key]
        return finished(bucket, facts, when, bytes(data))


def _parts(asked: Request) -> tuple[dict[str, Any], bytes]:
    """Read a multipart/related upload: the metadata, then the bytes as they are."""
    boundary = (asked.content_type or "").partition("boundary=")[2].strip("'\"").encode()
    described, raw = asked.get_data().split(b"--" + boundary)[1:3]
    head, _, body = raw.lstrip(b"\r\n").partition(b"\r\n\r\n")
    kind = BytesHeaderParser().parsebytes(head + b"\r\n\r\n")["Content-Type"]
    facts: dict[str, Any] = json.loads(described.partition(b"\r\n\r\n")[2])
    return {"contentType": kind} | facts, body.removesuffix(b"\r\n")


def _page(shelf: Shelf, bucket: str, asked: Mapping[str, str]) -> dict[str, Any]:
    shelf.bucket(bucket)
    prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter")
    first, end = asked.get("startOffset", ""), asked.get("endOffset")
    size, after = min(PAGE, int(asked.get("maxResults") or PAGE)), asked.get("pageToken", "")
    items: list[dict[str, Any]] = []
    folders: list[str] = []
    for meta in shelf.objects(bucket):
        name = meta["name"]
        if not name.startswith(prefix) or name < first or (end and name >= end):
            continue
        inner = name[len(prefix) :]
        folder = prefix + inner.partition(delimiter)[0] + delimiter if delimiter else ""
        grouped = bool(delimiter) and delimiter in inner
        if (folder if grouped else name) <= after or folder in folders:
            continue
        if len(items) + len(folders) == size:
            last = max([one["name"] for one in items[-1:]] + folders[-1:])
            return {"items": items, "prefixes": folders, "nextPageToken": last}
        if grouped:
            folders.append(folder)
        else:
            items.append(meta)
    return {"kind": "storage#objects", "items": items, "prefixes": folders}


def _media(shelf: Shelf, bucket: str, name: str) -> Response:
    """Return the bytes, with ETag, Cache-Control and ranges as the public sees them."""
    meta = shelf.meta(bucket, name, _when(request))
    answer = Response(shelf.data(bucket, name), content_type=meta["contentType"])
    answer.headers["Cache-Control"] = meta.get("cacheControl", "public, max-age=3600")
    answer.headers["X-Goog-Generation"] = meta["generation"]
    answer.headers["X-Goog-Hash"] = f"crc32c={meta['crc32c']},md5={meta['md5Hash']}"
    if encoding := meta.get("contentEncoding"):
        answer.headers["Content-Encoding"] = encoding
    answer.set_etag(meta["etag"])
    complete = int(meta["size"])
    answer.make_conditional(request, accept_ranges=True, complete_length=complete)
    return answer


def _when(asked: Request) -> dict[str, int]:
    return {name: int(asked.args[name]) for name in CONDITIONS if name in asked.args}


def _kept(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a caller says of an object and the shelf does not know by itself."""
    known = ("contentType", "cacheControl", "contentEncoding", "contentLanguage", "metadata")
    sums = ("crc32c", "md5Hash")
    return {name: facts[name] for name in (*known, *sums) if facts.get(name)}


def _error(status: int, reason: str) -> tuple[Response, int]:
    said = {"code": status, "message": reason, "errors": [{"reason": reason, "message": reason}]}
    return jsonify(error=said), status
