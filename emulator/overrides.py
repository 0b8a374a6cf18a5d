"""Reads the connection overrides an application may append to a webhook address: `#rc=2&rp=all`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from urllib.parse import parse_qsl, urlsplit, urlunsplit

RANGES = {"ct": (100, 10_000), "rt": (100, 15_000), "tt": (100, 15_000), "rc": (0, 5)}
CAUSES = frozenset({"4xx", "5xx", "ct", "rt", "all"})
EDGES = frozenset({"ashburn", "dublin", "frankfurt", "roaming", "sao-paulo", "singapore", "sydney", "tokyo",
                   "umatilla"})
BAD_EDGE, INTERCONNECT, BAD_POLICY = 11240, 11242, 11243


class BadOverride(ValueError):
    """An override the carrier refuses; `code` is its error code (11240 to 11243)."""

    def __init__(self, message: str, code: int = BAD_POLICY) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Overrides:
    """Limits of one request, times in milliseconds; the defaults are the carrier's."""

    ct: int = 5_000
    rt: int = 15_000
    tt: int = 15_000
    rc: int = 1
    rp: frozenset[str] = frozenset({"ct"})
    sni: bool = True
    e: tuple[str, ...] = ("ashburn",)

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


def _value(key: str, text: str) -> object:
    reader = {"rp": _causes, "e": _edges, "sni": _flag}.get(key)
    return reader(text) if reader else _number(key, text)


def _flag(text: str) -> bool:
    if text not in ("y", "n"):
        raise BadOverride(f"sni={text}: y or n is accepted")
    return text == "y"


def _edges(text: str) -> tuple[str, ...]:
    """Where requests leave the carrier, one after the other on retries; here all leave from this machine."""
    edges = tuple(text.split(","))
    for edge in edges:
        if edge.endswith("-ix"):
            raise BadOverride(f"e={edge}: interconnect is not enabled", INTERCONNECT)
        if edge not in EDGES:
            raise BadOverride(f"e={edge}: accepted are {', '.join(sorted(EDGES))}", BAD_EDGE)
    return edges


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
