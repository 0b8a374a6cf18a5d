"""The one clock that everything is handed: the machine's own, or in development one that can be moved.

Every deadline is compared with `now()`; nobody else asks the machine for the time.
"""

import http.client
import json
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from config.settings import Settings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIMEOUT_SECONDS = 0.5
SHORTEST_SLEEP_SECONDS = 0.02
STOPPED_SLEEP_SECONDS = 0.1  # a clock moved by hand: look again soon, but do not spin


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """This instant, aware UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait that long by this clock. May come back early; callers look at `now()` again."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """This instant, aware UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait that many real seconds."""
        time.sleep(max(0.0, seconds))


class Reading(NamedTuple):
    """One answer of a remote clock: its time and speed, and our monotonic seconds when we heard it."""

    time: datetime
    rate: float
    heard_at: float

    def at(self, monotonic: float) -> datetime:
        """Where that clock should be by now."""
        return self.time + timedelta(seconds=(monotonic - self.heard_at) * self.rate)


class RemoteClock:
    """A clock behind a URL that answers `{"now_ms": ..., "rate": ...}`, so that all processes share a time that moves.

    While it cannot be reached, time goes on from its last answer; before the first answer, from the machine's clock.
    """

    def __init__(self, url: str) -> None:
        self._where = urlsplit(url)
        self._path = (self._where.path or "/") + (f"?{self._where.query}" if self._where.query else "")
        self._mine = threading.local()
        self._last: Reading | None = None

    def now(self) -> datetime:
        """This instant by the remote clock, aware UTC."""
        return self._read().at(time.monotonic())

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds of the remote clock at its present rate; briefly if it stands still."""
        rate = (self._last or self._read()).rate
        time.sleep(max(SHORTEST_SLEEP_SECONDS, seconds / rate) if rate > 0 else STOPPED_SLEEP_SECONDS)

    def _read(self) -> Reading:
        try:
            self._last = self._asked()
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
            self._hang_up()
            self._last = self._last or Reading(datetime.now(UTC), 1.0, time.monotonic())
        return self._last

    def _asked(self) -> Reading:
        """One question over this thread's connection; a second try if it had been closed since the last."""
        try:
            return self._ask()
        except (ConnectionError, http.client.HTTPException):
            self._hang_up()
            return self._ask()

    def _ask(self) -> Reading:
        line = self._line()
        line.request("GET", self._path)
        answer = json.loads(line.getresponse().read())
        told = EPOCH + timedelta(milliseconds=answer["now_ms"])
        return Reading(told, float(answer["rate"]), time.monotonic())

    def _line(self) -> http.client.HTTPConnection:
        """This thread's connection. A forked child must not talk on its parent's, hence the process id."""
        if getattr(self._mine, "owner", None) != os.getpid():
            kind = http.client.HTTPSConnection if self._where.scheme == "https" else http.client.HTTPConnection
            self._mine.line = kind(self._where.netloc, timeout=TIMEOUT_SECONDS)
            self._mine.owner = os.getpid()
        line: http.client.HTTPConnection = self._mine.line
        return line

    def _hang_up(self) -> None:
        if getattr(self._mine, "owner", None) == os.getpid():
            self._mine.line.close()


def clock_for(settings: Settings) -> Clock:
    """The clock these settings name."""
    return SystemClock() if settings.clock == "system" else RemoteClock(settings.clock)
