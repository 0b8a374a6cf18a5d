"""One reading for many who ask at the same time: what every open board of a process needs is read once a wave."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Nobody gets what was read before he asked; whoever asked before a reading began shares it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: T | None = None
        self._begun = float("-inf")

    def get(self, read: Callable[[], T]) -> T:
        """What `read` finds, by our own reading or by one that began after we asked."""
        asked = time.monotonic()
        with self._lock:
            if self._read is None or self._begun <= asked:
                begun = time.monotonic()
                self._read = read()
                self._begun = begun
            return self._read
