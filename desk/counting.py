"""Keeps today's figures for all open boards. Of a call of which nothing new was written, nothing is folded again."""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from calls.figures import Figures, Switches, figures
from calls.intervals import Interval
from calls.metrics import Counts, Entry, Story, fold, story, summed
from calls.stays import Amounts, amounts_of_call, together

KEPT = timedelta(seconds=1)
LATE = timedelta(seconds=5)  # so much later than an entry another with a lower id may be committed
RECOUNTED = timedelta(minutes=10)  # then the whole day is read again, whatever came later than that
Read = Callable[[datetime, int], Sequence[tuple[int, Entry]]]  # the journal since then, behind an id; with ids


@dataclass(frozen=True)
class Day:
    """What happened since midnight: calls and promises counted, and the figures of the lines."""

    counts: Counts
    figures: Figures


@dataclass
class _Tally:
    """The day so far, call by call. All entries up to the id `behind` are in it."""

    since: datetime
    begun: datetime
    behind: int = 0
    entries: dict[str, dict[int, Entry]] = field(default_factory=lambda: defaultdict(dict))
    told: dict[str, tuple[Story, Amounts]] = field(default_factory=dict)

    def take(self, read: Sequence[tuple[int, Entry]], now: datetime) -> None:
        """Count what was read, some of it perhaps again."""
        new = [(number, entry) for number, entry in read if number not in self.entries[entry.call_id]]
        for number, entry in new:
            self.entries[entry.call_id][number] = entry
        for call_id in {entry.call_id for _, entry in new}:
            by_time = sorted(self.entries[call_id].items(), key=lambda pair: (pair[1].at, pair[0]))
            of_call = [entry for _, entry in by_time]
            self.told[call_id] = story(of_call), amounts_of_call(of_call)
        self.behind = max((number for number, entry in read if entry.at < now - LATE), default=self.behind)

    def day(self, now: datetime, how: Switches) -> Day:
        """The figures of what was counted."""
        until = Interval(self.since, now + timedelta(microseconds=1))
        counts = summed([told for told, _ in self.told.values()])
        return Day(counts, figures(together(made for _, made in self.told.values()), until, how))


class Today:
    """The day since midnight, at most `KEPT` old by the injected clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tally: _Tally | None = None
        self._counted_at: datetime | None = None
        self._day = Day(fold([]), Figures())

    def day(self, since: datetime, now: datetime, how: Switches, entries: Read) -> Day:
        """The day since an instant, as far as its journal has been written."""
        with self._lock:
            tally = self._tally
            if tally is None or tally.since != since or not timedelta() <= now - tally.begun < RECOUNTED:
                tally, self._counted_at = _Tally(since, now), None
            if self._counted_at is None or not timedelta() <= now - self._counted_at < KEPT:
                tally.take(entries(since, tally.behind), now)
                self._day = tally.day(now, how)
                self._tally, self._counted_at = tally, now
            return self._day
