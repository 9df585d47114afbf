"""Lists of objects and folders, a page at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote
from xml.sax.saxutils import escape

from emulators.storage.exchange import Answer, Call, as_xml
from emulators.storage.shelf import Meta, Shelf

LARGEST_PAGE = 1000


@dataclass(slots=True)
class Page:
    """Objects and folders of one page; `token` asks for the next one, empty at the end."""

    items: list[Meta] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    token: str = ""


def page(
    objects: Iterable[Meta],
    *,
    prefix: str,
    delimiter: str = "",
    start: str = "",
    end: str = "",
    token: str = "",
    size: int = LARGEST_PAGE,
) -> Page:
    """Return the page after `token`, of objects given by name.

    A page's token is the last name or folder on it, so what is written or deleted between two
    pages moves nothing else.
    """
    size = min(max(size, 1), LARGEST_PAGE)
    found, last = Page(), ""
    for meta in objects:
        name = meta["name"]
        if not name.startswith(prefix) or name < start or (end and name >= end):
            continue
        folder = _folder(name, prefix, delimiter)
        shown = folder or name
        if shown == last or (token and shown.encode() <= token.encode()):
            continue
        if len(found.items) + len(found.prefixes) == size:
            found.token = last
            break
        last = shown
        if folder:
            found.prefixes.append(folder)
        else:
            found.items.append(meta)
    return found


def xml_page(shelf: Shelf, call: Call, bucket: str) -> Answer:
    """Return a list as the XML API has it (`list-type=2`), which BigQuery's wildcards read."""
    asked = call.query
    found = page(
        shelf.objects(bucket),
        prefix=asked.get("prefix", ""),
        delimiter=asked.get("delimiter", ""),
        token=asked.get("continuation-token") or asked.get("start-after", ""),
        size=call.number("max-keys") or LARGEST_PAGE,
    )
    encoded = asked.get("encoding-type") == "url"
    text = [_tag("Name", bucket), _tag("Prefix", asked.get("prefix", ""))]
    text.append(_tag("KeyCount", str(len(found.items) + len(found.prefixes))))
    text.append(_tag("IsTruncated", "true" if found.token else "false"))
    if found.token:
        text.append(_tag("NextContinuationToken", found.token))
    for meta in found.items:
        facts = _tag("Key", _key(meta["name"], encoded)) + _tag("LastModified", meta["updated"])
        facts += _tag("ETag", f'"{meta["etag"]}"') + _tag("Size", meta["size"])
        text.append(f"<Contents>{facts}</Contents>")
    folders = [_tag("Prefix", _key(folder, encoded)) for folder in found.prefixes]
    text += [f"<CommonPrefixes>{folder}</CommonPrefixes>" for folder in folders]
    schema = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    return as_xml(f"<ListBucketResult {schema}>{''.join(text)}</ListBucketResult>")


def _folder(name: str, prefix: str, delimiter: str) -> str:
    """Return the folder that a delimiter after the prefix makes of a name, empty for none."""
    if not delimiter:
        return ""
    inner, found, _ = name[len(prefix) :].partition(delimiter)
    return f"{prefix}{inner}{delimiter}" if found else ""


def _key(name: str, encoded: bool) -> str:
    return quote(name) if encoded else name


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
