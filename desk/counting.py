"""Keeps today's counts for a moment, so that many open boards do not count the same journal over and over."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from calls.metrics import Counts, Entry, fold

KEPT = timedelta(seconds=1)


class Today:
    """The counts since midnight, at most `KEPT` old by the injected clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: datetime | None = None
        self._counted_at: datetime | None = None
        self._counts = fold([])

    def counts(self, since: datetime, now: datetime, entries: Callable[[datetime], list[Entry]]) -> Counts:
        """The counts since an instant; `entries` reads the journal when they must be counted anew."""
        with self._lock:
            if self._since != since or not self._fresh(now):
                self._counts = fold(entries(since))
                self._since, self._counted_at = since, now
            return self._counts

    def _fresh(self, now: datetime) -> bool:
        return self._counted_at is not None and timedelta(0) <= now - self._counted_at < KEPT
