"""The two checksums Cloud Storage keeps of an object, in its own spelling."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import google_crc32c

from emulators.storage.exchange import Call, Refused

# In the metadata, and in the header X-Goog-Hash.
CRC32C, MD5 = "crc32c", "md5Hash"
IN_HEADER = {"crc32c": CRC32C, "md5": MD5}


def checked(data: bytes, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the sums of the bytes. Raises Refused (400) where a given one is another."""
    crc = google_crc32c.value(data).to_bytes(4, "big")
    sums = {CRC32C: base64.b64encode(crc).decode()}
    # What was composed has no MD5 in Cloud Storage, and code must not rely on one.
    if not facts.get("componentCount") or facts.get(MD5):
        md5 = hashlib.md5(data, usedforsecurity=False).digest()
        sums[MD5] = base64.b64encode(md5).decode()
    for name, value in sums.items():
        if facts.get(name, value) != value:
            raise Refused(400, "invalid", f"the {name} of the bytes is {value}")
    return sums


def of_headers(call: Call) -> dict[str, str]:
    """Return the sums that a caller's headers state."""
    found = {}
    for stated in call.headers.get_all("X-Goog-Hash", []):
        for one in str(stated).split(","):
            name, _, value = one.strip().partition("=")
            if name in IN_HEADER:
                found[IN_HEADER[name]] = value
    if md5 := call.headers.get("Content-MD5"):
        found[MD5] = md5
    return found


def header(meta: Mapping[str, str]) -> str:
    """Return the header X-Goog-Hash of an object."""
    return ",".join(f"{name}={meta[key]}" for name, key in IN_HEADER.items() if key in meta)
