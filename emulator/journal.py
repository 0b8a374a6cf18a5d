"""Remembers every webhook sent and every REST request received, in order, for whoever examines a run."""

from __future__ import annotations

from collections import deque
from typing import Any

from emulator.clock import Clock

KEPT = 50_000
PAGE = 5_000


class Journal:
    """An append-only log, bounded: the oldest entries go first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._next = 0

    def add(self, kind: str, **facts: Any) -> dict[str, Any]:
        """Writes an entry and returns it, so that its outcome can be filled in."""
        entry = {"n": self._next, "at_ms": self._clock.now_ms(), "kind": kind, **facts}
        self._next += 1
        self._entries.append(entry)
        return entry

    @property
    def written(self) -> int:
        """How many entries have ever been written: unchanged, nothing was sent or received in between."""
        return self._next

    def since(self, number: int) -> dict[str, Any]:
        """Entries from `number` on, and the number to ask for next."""
        found = [entry for entry in self._entries if entry["n"] >= number][:PAGE]
        return {"entries": found, "next": found[-1]["n"] + 1 if found else max(number, self._next)}

    def of_call(self, sid: str) -> list[dict[str, Any]]:
        """The entries about one call, oldest first."""
        return [entry for entry in self._entries if entry.get("call_sid") == sid]

    def clear(self) -> None:
        """Forgets the entries; numbers go on."""
        self._entries.clear()
