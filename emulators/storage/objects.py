"""The JSON API's calls on whole objects; how bytes come in is uploads.py, how they go, media.py."""

from functools import partial
from typing import Any

from emulators.storage.buckets import merged
from emulators.storage.conditions import Conditions, of_query, of_source
from emulators.storage.exchange import Answer, Call, Refused, as_json
from emulators.storage.listing import page
from emulators.storage.media import media
from emulators.storage.notifications import Notifications
from emulators.storage.shelf import Change, Meta, Shelf, writable
from emulators.storage.sums import checked

MOST_SOURCES = 32


class Objects:
    """Stores, shows, changes, copies and deletes objects, and tells those who want to know."""

    def __init__(self, shelf: Shelf, notifications: Notifications) -> None:
        self._shelf = shelf
        self._notifications = notifications

    def store(
        self, bucket: str, name: str, data: bytes, facts: Meta, conditions: Conditions
    ) -> Meta:
        """Store an object whose sums, where given, are those of its bytes. Raises Refused."""
        given = facts | checked(data, facts)
        meta, replaced = self._shelf.put(bucket, name, data, given, conditions)
        overwrote = {"overwroteGeneration": replaced["generation"]} if replaced else {}
        self._notifications.tell("OBJECT_FINALIZE", meta, overwrote)
        if replaced:
            overwritten = {"overwrittenByGeneration": meta["generation"]}
            self._notifications.tell("OBJECT_DELETE", replaced, overwritten)
        return meta

    def listed(self, call: Call, bucket: str) -> Answer:
        """List objects and folders, in pages."""
        self._shelf.bucket(bucket)
        size = call.number("maxResults")
        found = page(
            self._shelf.objects(bucket),
            prefix=call.query.get("prefix", ""),
            delimiter=call.query.get("delimiter", ""),
            start=call.query.get("startOffset", ""),
            end=call.query.get("endOffset", ""),
            token=call.query.get("pageToken", ""),
            size=size if size is not None else 1000,
        )
        listed: dict[str, Any] = {"kind": "storage#objects", "items": found.items}
        prefixes = {"prefixes": found.prefixes} if found.prefixes else {}
        return as_json(listed | prefixes | ({"nextPageToken": found.token} if found.token else {}))

    def get(self, call: Call, bucket: str, name: str) -> Answer:
        """Show an object's metadata, or its bytes."""
        if call.query.get("alt") == "media":
            return media(call, *self._shelf.read(bucket, name, of_query(call)))
        return as_json(self._shelf.meta(bucket, name, of_query(call)))

    def patch(self, call: Call, bucket: str, name: str) -> Answer:
        """Change some of an object's metadata."""
        return self._changed(call, bucket, name, partial(merged, changes=call.json()))

    def update(self, call: Call, bucket: str, name: str) -> Answer:
        """Replace all a caller may say of an object."""
        facts = call.json()
        return self._changed(call, bucket, name, lambda _: facts)

    def drop(self, call: Call, bucket: str, name: str) -> Answer:
        """Delete an object."""
        self._notifications.tell("OBJECT_DELETE", self._shelf.drop(bucket, name, of_query(call)))
        return Answer(204)

    def copy(self, call: Call, bucket: str, name: str, target: str, new: str) -> Answer:
        """Copy an object, with its metadata where the caller gives none."""
        return as_json(self._copied(call, bucket, name, target, new))

    def rewrite(self, call: Call, bucket: str, name: str, target: str, new: str) -> Answer:
        """Copy an object in the one step that always suffices here."""
        meta = self._copied(call, bucket, name, target, new)
        size = {"totalBytesRewritten": meta["size"], "objectSize": meta["size"]}
        return as_json({"kind": "storage#rewriteResponse", "done": True, "resource": meta} | size)

    def move(self, call: Call, bucket: str, name: str, new: str) -> Answer:
        """Give an object another name."""
        meta = self._copied(call, bucket, name, bucket, new)
        self._notifications.tell("OBJECT_DELETE", self._shelf.drop(bucket, name, ()))
        return as_json(meta)

    def compose(self, call: Call, bucket: str, name: str) -> Answer:
        """Join objects of the bucket to one."""
        asked = call.json()
        sources = asked.get("sourceObjects", [])
        if not 1 <= len(sources) <= MOST_SOURCES:
            raise Refused(400, "invalid", f"a composition has 1 to {MOST_SOURCES} sources")
        read = [self._shelf.read(bucket, one["name"], of_source(one)) for one in sources]
        facts = writable(asked.get("destination") or {})
        facts.setdefault("contentType", read[0][0]["contentType"])
        facts["componentCount"] = sum(meta.get("componentCount", 1) for meta, _ in read)
        joined = b"".join(data for _, data in read)
        return as_json(self.store(bucket, name, joined, facts, of_query(call)))

    def _changed(self, call: Call, bucket: str, name: str, change: Change) -> Answer:
        meta = self._shelf.change(bucket, name, change, of_query(call))
        self._notifications.tell("OBJECT_METADATA_UPDATE", meta)
        return as_json(meta)

    def _copied(self, call: Call, bucket: str, name: str, target: str, new: str) -> Meta:
        meta, data = self._shelf.read(bucket, name, of_query(call, "ifSource"))
        facts = writable(meta) | writable(call.json())
        if count := meta.get("componentCount"):
            facts["componentCount"] = count
        return self.store(target, new, data, facts, of_query(call))
