"""An object's bytes as a reader gets them: cached, in part, unpacked."""

import gzip
import re

from emulators.storage.exchange import Answer, Call, Refused
from emulators.storage.shelf import Meta
from emulators.storage.sums import header as sums_header

RANGE = re.compile(r"bytes=(\d*)-(\d*)")
# The facts that become headers as they are.
HEADERS = {
    "contentEncoding": "Content-Encoding",
    "contentLanguage": "Content-Language",
    "contentDisposition": "Content-Disposition",
}


def media(call: Call, meta: Meta, data: bytes) -> Answer:
    """Return an object's bytes with the headers of Cloud Storage. Raises Refused (304, 416)."""
    headers = _headers(meta)
    if _has_it(call, headers["ETag"]):
        kept = ("ETag", "Cache-Control")
        return Answer(304, headers={name: headers[name] for name in kept})
    if _is_to_be_unpacked(call, meta):
        del headers["Content-Encoding"]
        # A range of what is only unpacked on the way has no meaning: all of it is sent.
        return Answer(
            200, gzip.decompress(data), headers | {"Warning": "214 UploadServer gunzipped"}
        )
    headers["Accept-Ranges"] = "bytes"
    if (part := _range(call, len(data))) is None:
        return Answer(200, data, headers)
    first, last = part
    headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return Answer(206, data[first : last + 1], headers)


def _headers(meta: Meta) -> dict[str, str]:
    found = {
        "Content-Type": meta["contentType"],
        "Cache-Control": meta.get("cacheControl", "public, max-age=3600"),
        "ETag": f'"{meta["etag"]}"',
        "X-Goog-Generation": meta["generation"],
        "X-Goog-Metageneration": meta["metageneration"],
        "X-Goog-Hash": sums_header(meta),
        "X-Goog-Stored-Content-Encoding": meta.get("contentEncoding", "identity"),
        "X-Goog-Stored-Content-Length": meta["size"],
    }
    found |= {name: meta[fact] for fact, name in HEADERS.items() if meta.get(fact)}
    own = meta.get("metadata", {})
    return found | {f"X-Goog-Meta-{name}": str(value) for name, value in own.items()}


def _has_it(call: Call, etag: str) -> bool:
    known = call.headers.get("If-None-Match", "")
    return known == "*" or etag in (one.strip().removeprefix("W/") for one in known.split(","))


def _is_to_be_unpacked(call: Call, meta: Meta) -> bool:
    """Tell whether what is stored packed goes to somebody who cannot unpack it."""
    packed = meta.get("contentEncoding") == "gzip"
    may = "no-transform" not in meta.get("cacheControl", "")
    return packed and may and "gzip" not in call.headers.get("Accept-Encoding", "")


def _range(call: Call, size: int) -> tuple[int, int] | None:
    """Return first and last byte asked for; None for all. Raises Refused (416)."""
    asked = RANGE.fullmatch(call.headers.get("Range", ""))
    if asked is None or asked[0] == "bytes=-":
        return None
    first, last = asked.groups()
    if not first:
        begin, end = max(0, size - int(last)), size - 1
    else:
        begin, end = int(first), min(int(last), size - 1) if last else size - 1
    if begin > end:
        raise Refused(416, "requestedRangeNotSatisfiable", f"there are {size} bytes")
    return begin, end
