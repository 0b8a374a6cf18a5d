"""One reading for many who ask at the same time: what every open board of a process shows is read once a wave."""

import threading
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """What was read last, by key. Nobody gets what was read before the instant that he names."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[Hashable, tuple[float, T]] = {}

    def get(self, key: Hashable, since: float, read: Callable[[], T]) -> T:
        """What `read` finds, by our own reading or by another's that began at `since` (`monotonic()`) or later."""
        with self._lock:
            begun, found = self._found.get(key, (float("-inf"), None))
            if found is None or begun < since:
                begun, found = monotonic(), read()
                self._found[key] = begun, found
            return found
