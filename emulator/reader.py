"""Turns the attributes of one element into values with the carrier's defaults; a bad one is noted and replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from emulator.codes import code_of
from emulator.twiml import Notice, Verb

KEYS = "0123456789*#"
RECORDING_EVENTS = ("in-progress", "completed", "absent")
Note = Callable[[Notice], None]
T = TypeVar("T")


class Reader:
    """Reads one element's attributes, telling `note` about every value that is not accepted."""

    def __init__(self, verb: Verb, note: Note) -> None:
        self._verb, self.note = verb, note

    def text(self, name: str) -> str | None:
        """The raw value, or None when the attribute is absent."""
        return self._verb.attributes.get(name)

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        raw = self.text(name)
        if raw is None:
            return default
        if raw.strip().isascii() and raw.strip().isdigit() and low <= int(raw) <= high:
            return int(raw)
        return self.replaced(name, raw, default)

    def yes(self, name: str, default: bool) -> bool:
        """`true` or `false`."""
        raw = self.text(name)
        if raw is None:
            return default
        if raw.lower() in ("true", "false"):
            return raw.lower() == "true"
        return self.replaced(name, raw, default)

    def choice(self, name: str, accepted: tuple[str, ...], default: str) -> str:
        """One of the accepted words."""
        raw = self.text(name)
        if raw is None:
            return default
        return raw if raw in accepted else self.replaced(name, raw, default)

    def method(self, name: str = "method", default: str = "POST") -> str:
        """`GET` or `POST`."""
        raw = (self.text(name) or default).upper()
        return raw if raw in ("GET", "POST") else self.replaced(name, raw, default)

    def address(self, name: str) -> str | None:
        """A relative or absolute http address; empty stays empty."""
        raw = self.text(name)
        if raw is None or "://" not in raw.split("?")[0] or raw.startswith(("http://", "https://")):
            return raw
        return self.replaced(name, raw, None)

    def events(self, name: str, default: str, accepted: tuple[str, ...]) -> frozenset[str]:
        """A list of words separated by spaces; others than the accepted are left out."""
        words = (self.text(name) or default).split()
        for word in words:
            if word not in accepted:
                self.replaced(name, word, "nothing")
        return frozenset(word for word in words if word in accepted)

    def longest(self, name: str, most: int) -> str | None:
        """A text of at most `most` characters."""
        raw = self.text(name)
        return raw if raw is None or len(raw) <= most else self.replaced(name, raw, None)

    def replaced(self, name: str, raw: str, default: T) -> T:
        """The default, after a notice that the value is not accepted."""
        code = code_of(self._verb.name, name)
        self.note(Notice(code, f"{name}={raw!r} is not accepted in <{self._verb.name}>; {default!r} is used"))
        return default


@dataclass(frozen=True)
class Callback:
    """Where events are reported, and which."""

    url: str
    method: str
    events: frozenset[str]


CALL_EVENTS = ("initiated", "ringing", "answered", "completed")


def read_callback(reader: Reader, name: str, default: str,
                  accepted: tuple[str, ...] = CALL_EVENTS) -> Callback | None:
    """`statusCallback` and its kin: the address with its Method and Event attributes."""
    url = reader.address(name)
    if not url:
        return None
    return Callback(url, reader.method(f"{name}Method"), reader.events(f"{name}Event", default, accepted))


def read_recording_callback(reader: Reader) -> Callback | None:
    """`recordingStatusCallback` with its Method and Event; `completed` unless it says more."""
    return read_callback(reader, "recordingStatusCallback", "completed", RECORDING_EVENTS)
