"""A feed as Atom (RFC 4287), with what lets a reader ask only whether there is anything new.

Names of entries are `tag:` addresses (RFC 4151) minted from the log that a record stands in: the
same in every feed, on every node, and for good.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree as ET

from litestar import Response

MINTED: Final = "2026"
"""The year in which names were given to entries: it stays, or readers see all of them anew."""
MEDIA: Final = "application/atom+xml; charset=utf-8"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNTOLD: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot carry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; ``key`` begins with the host it was named at, unless ``host`` is given."""

    host: str
    key: str
    at: datetime
    title: str
    summary: str
    kind: str
    link: str

    @property
    def name(self) -> str:
        """The name of the entry, for good."""
        host, _, path = (self.host, "", self.key) if self.host else self.key.partition("/")
        return f"tag:{host},{MINTED}:{quote(path, safe='/')}"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: its title, its own address, the page that shows the same, who makes it."""

    title: str
    own: str
    page: str
    author: str
    entries: tuple[Entry, ...]

    @property
    def updated(self) -> datetime:
        """The moment of the newest entry."""
        return max((one.at for one in self.entries), default=_NEVER).astimezone(UTC)

    def encoded(self) -> bytes:
        """Return the feed as XML."""
        root = ET.Element("feed", {"xmlns": _ATOM})
        _add(root, "title", self.title)
        _add(root, "id", self.own)
        _add(root, "updated", self.updated.isoformat())
        _add(root, "link", rel="self", type="application/atom+xml", href=self.own)
        _add(root, "link", rel="alternate", type="text/html", href=self.page)
        _add(_add(root, "author"), "name", self.author)
        for one in self.entries:
            entry = _add(root, "entry")
            _add(entry, "title", one.title)
            _add(entry, "id", one.name)
            _add(entry, "updated", one.at.astimezone(UTC).isoformat())
            _add(entry, "link", rel="alternate", type="text/html", href=one.link)
            _add(entry, "category", term=one.kind)
            _add(entry, "summary", one.summary)
        told: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return told


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, name, {k: _UNTOLD.sub("", v) for k, v in attributes.items()})
    if text:
        child.text = _UNTOLD.sub("", text)
    return child


def answered(feed: Feed, asked: Mapping[str, str]) -> Response[bytes]:
    """Return the feed, or 304 to whoever has it as it is (RFC 9110 13.1).

    It may be kept and must be asked about each time: what was taken back is not to live on.
    """
    body = feed.encoded()
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if feed.entries:
        headers["Last-Modified"] = format_datetime(feed.updated, usegmt=True)
    if _is_there(feed, tag, asked):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, status_code=200, media_type=MEDIA, headers=headers)


def _is_there(feed: Feed, tag: str, asked: Mapping[str, str]) -> bool:
    """Tell whether whoever asks has it: by its tag, and only without one by its moment."""
    tags = asked.get("if-none-match")
    if tags is not None:
        return tag in {one.strip().removeprefix("W/") for one in tags.split(",")} or tags == "*"
    try:
        since = parsedate_to_datetime(asked.get("if-modified-since", ""))
    except ValueError:
        return False
    if since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    return bool(feed.entries) and feed.updated.replace(microsecond=0) <= since
