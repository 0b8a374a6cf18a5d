"""Reads the connection overrides an application may append to a webhook address: `#rc=2&rp=all`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from urllib.parse import parse_qsl, urlsplit, urlunsplit

RANGES = {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, 15_000), "rc": (0, 5)}
CAUSES = frozenset({"4xx", "5xx", "ct", "rt", "all"})


class BadOverride(ValueError):
    """An override the carrier refuses (its error 11240)."""


@dataclass(frozen=True)
class Overrides:
    """Limits of one request, times in milliseconds; the defaults are the carrier's."""

    ct: int = 5_000
    rt: int = 15_000
    tt: int = 15_000
    rc: int = 1
    rp: frozenset[str] = frozenset({"ct"})

    def retries_on(self, cause: str) -> bool:
        """Whether a failure of this kind (`4xx`, `5xx`, `ct`, `rt`) is tried again."""
        return "all" in self.rp or cause in self.rp


def split_overrides(url: str) -> tuple[str, Overrides]:
    """The bare address and its overrides. Raises BadOverride for a known key with a value out of range."""
    parts = urlsplit(url)
    bare = urlunsplit((parts.scheme, parts.netloc, parts.path, parts.query, ""))
    known = {field.name for field in fields(Overrides)}
    given = {key: _value(key, text) for key, text in parse_qsl(parts.fragment) if key in known}
    return bare, Overrides(**given)  # type: ignore[arg-type]


def _value(key: str, text: str) -> int | frozenset[str]:
    return _causes(text) if key == "rp" else _number(key, text)


def _causes(text: str) -> frozenset[str]:
    causes = frozenset(text.split(","))
    if not causes <= CAUSES:
        raise BadOverride(f"rp={text}: accepted are {', '.join(sorted(CAUSES))}")
    return causes


def _number(key: str, text: str) -> int:
    low, high = RANGES[key]
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise BadOverride(f"{key}={text}: accepted are whole numbers from {low} to {high}")
    return int(text)
