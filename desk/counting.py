"""Keeps today's figures for a moment, so that many open boards do not fold the same journal over and over."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from calls.figures import Figures, Switches, figures
from calls.intervals import Interval
from calls.metrics import Counts, Entry, fold
from calls.stays import amounts

KEPT = timedelta(seconds=1)


@dataclass(frozen=True)
class Day:
    """What happened since midnight: calls and promises counted, and the figures of the lines."""

    counts: Counts
    figures: Figures


class Today:
    """The day since midnight, at most `KEPT` old by the injected clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: datetime | None = None
        self._counted_at: datetime | None = None
        self._day = Day(fold([]), Figures())

    def day(self, since: datetime, now: datetime, how: Switches, entries: Callable[[datetime], list[Entry]]) -> Day:
        """The day since an instant; `entries` reads the journal when it must be counted anew."""
        with self._lock:
            if self._since != since or not self._fresh(now):
                read = entries(since)
                until = Interval(since, now + timedelta(microseconds=1))
                self._day = Day(fold(read), figures(amounts(read), until, how))
                self._since, self._counted_at = since, now
            return self._day

    def _fresh(self, now: datetime) -> bool:
        return self._counted_at is not None and timedelta(0) <= now - self._counted_at < KEPT
