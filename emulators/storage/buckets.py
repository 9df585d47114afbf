"""The JSON API's calls on buckets: lifecycle, CORS and versioning are kept, not obeyed."""

import re
from functools import partial
from typing import Any

from emulators.storage.conditions import of_query
from emulators.storage.exchange import Answer, Call, Refused, as_json
from emulators.storage.shelf import Shelf

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


class Buckets:
    """Makes, shows, changes and deletes buckets."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def make(self, call: Call) -> Answer:
        """Make a bucket."""
        facts = call.json()
        name = str(facts.get("name", ""))
        if not NAME.fullmatch(name):
            raise Refused(400, "invalid", "no name for a bucket")
        return as_json(self._shelf.make_bucket(name, facts))

    def listed(self, call: Call) -> Answer:
        """List buckets by name, in pages."""
        prefix, after = call.query.get("prefix", ""), call.query.get("pageToken", "")
        size = call.number("maxResults") or 1000
        found = [
            one
            for one in self._shelf.buckets()
            if one["name"].startswith(prefix) and one["name"] > after
        ]
        page: dict[str, Any] = {"kind": "storage#buckets", "items": found[:size]}
        more = {"nextPageToken": found[size - 1]["name"]} if len(found) > size else {}
        return as_json(page | more)

    def get(self, call: Call, bucket: str) -> Answer:
        """Show a bucket."""
        return as_json(self._shelf.bucket(bucket, of_query(call)))

    def patch(self, call: Call, bucket: str) -> Answer:
        """Change some of a bucket."""
        change = partial(merged, changes=call.json())
        return as_json(self._shelf.change_bucket(bucket, change, of_query(call)))

    def update(self, call: Call, bucket: str) -> Answer:
        """Replace all a caller may say of a bucket."""
        facts = call.json()
        return as_json(self._shelf.change_bucket(bucket, lambda _: facts, of_query(call)))

    def drop(self, call: Call, bucket: str) -> Answer:
        """Delete an empty bucket."""
        self._shelf.drop_bucket(bucket, of_query(call))
        return Answer(204)


def merged(old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return a merge patch's result (RFC 7396): null removes, an object is merged within."""
    result = dict(old)
    for name, value in changes.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            within = old.get(name)
            result[name] = merged(within if isinstance(within, dict) else {}, value)
        else:
            result[name] = value
    return result
