"""One reading for many who ask at the same time: what every open board of a process shows is read once a wave."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Reading(Generic[T]):
    """What was found, and the instant (`monotonic()`) at which its reading began."""

    begun: float
    found: T


class Shared(Generic[T]):
    """What was read last, by key. Nobody gets what was read before the instant that he names."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[Hashable, Reading[T]] = {}

    def get(self, key: Hashable, since: float, read: Callable[[], T]) -> T:
        """What `read` finds, by our own reading or by another's that began at `since` (`monotonic()`) or later."""
        return self.reading(key, since, read).found

    def reading(self, key: Hashable, since: float, read: Callable[[], T]) -> Reading[T]:
        """The same, with the instant at which its reading began."""
        with self._lock:
            known = self._found.get(key)
            if known is None or known.begun < since:
                known = self._found[key] = Reading(monotonic(), read())
            return known

    def made_of(self, source: Reading[Any], key: Hashable, since: float, make: Callable[[], T]) -> T:
        """What `make` makes of a reading, or another made of one that began at `since` or later.

        It is as old as its source, however late it is made.
        """
        with self._lock:
            known = self._found.get(key)
            if known is None or known.begun < since:
                known = self._found[key] = Reading(source.begun, make())
            return known.found
