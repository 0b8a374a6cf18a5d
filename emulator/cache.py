"""Remembers what GET requests were answered, as the carrier does, for as long as the server vouches for it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

MOST = 1000


@dataclass(frozen=True)
class Kept:
    """An answer with what the server calls its version."""

    etag: str | None
    modified: str | None
    content_type: str
    body: bytes


class Cache:
    """Answers by address; the one not asked for the longest goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def conditions(self, url: str) -> dict[str, str]:
        """The headers that ask whether the remembered answer still holds."""
        kept = self._kept.get(url)
        if kept is None:
            return {}
        pairs = (("If-None-Match", kept.etag), ("If-Modified-Since", kept.modified))
        return {name: value for name, value in pairs if value}

    def get(self, url: str) -> Kept | None:
        """The remembered answer."""
        if url in self._kept:
            self._kept.move_to_end(url)
        return self._kept.get(url)

    def keep(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Remembers an answer that has a version; forgets one that has none any more."""
        kept = Kept(headers.get("ETag"), headers.get("Last-Modified"), headers.get("Content-Type", ""), body)
        self._kept.pop(url, None)
        if (kept.etag or kept.modified) and "no-store" not in headers.get("Cache-Control", ""):
            self._kept[url] = kept
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
