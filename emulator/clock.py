"""Gives the emulator its own time: real, sped up, or moved by hand.

Whatever waits in a call waits here. The time limits of webhooks do not: those are real seconds always.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

QUIET_ROUNDS = 30  # turns of the event loop without anything in flight until we call it settled


def rfc2822(at_ms: int) -> str:
    """A moment (epoch milliseconds) as the 2010 API and the webhooks write it, in UTC."""
    return format_datetime(datetime.fromtimestamp(at_ms // 1000, UTC))


def rfc2822_or_none(at_ms: int | None) -> str | None:
    """The same for a moment that may not have come yet."""
    return None if at_ms is None else rfc2822(at_ms)


class Activity:
    """Counts what is under way outside the emulator's time: webhooks sent, REST requests being answered."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Holds the clock (when moved by hand) until the block is left."""
        self.in_flight += 1
        self._idle.clear()
        try:
            yield
        finally:
            self.in_flight -= 1
            if self.in_flight == 0:
                self._idle.set()

    async def quiet(self) -> bool:
        """Whether nothing is in flight, now and after every coroutine has run as far as it can."""
        for _ in range(QUIET_ROUNDS):
            if self.in_flight:
                return False
            await asyncio.sleep(0)
        return self.in_flight == 0

    async def settle(self) -> None:
        """Returns when nothing is in flight and every coroutine has run as far as it can."""
        while not await self.quiet():
            await self._idle.wait()


@dataclass(order=True)
class Timer:
    """Something to do at a moment; `cancel` makes it never happen."""

    due_ms: int
    order: int
    action: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        """Forget it; harmless when it already happened."""
        self.action = None


class Clock:
    """The emulator's time in milliseconds since 1970, and everything that is due."""

    def __init__(self, activity: Activity, *, rate: float = 1.0, manual: bool = False,
                 start_ms: int | None = None) -> None:
        self._activity = activity
        self._base_ms: float = time.time_ns() // 1_000_000 if start_ms is None else start_ms
        self._base_real = time.monotonic()
        self.rate = rate
        self.manual = manual
        self._due: list[Timer] = []
        self._order = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._moving = asyncio.Lock()

    @property
    def mode(self) -> str:
        """`manual`, `real` (rate 1) or `fast`."""
        if self.manual:
            return "manual"
        return "real" if self.rate == 1.0 else "fast"

    def now_ms(self) -> int:
        """The emulator's now."""
        if self.manual:
            return int(self._base_ms)
        return int(self._base_ms + (time.monotonic() - self._base_real) * 1000 * self.rate)

    def call_in(self, delay_ms: float, action: Callable[[], None]) -> Timer:
        """Does `action` after `delay_ms` of the emulator's time."""
        self._order += 1
        timer = Timer(self.now_ms() + max(0, round(delay_ms)), self._order, action)
        heapq.heappush(self._due, timer)
        self._set_alarm()
        return timer

    def next_due_ms(self) -> int | None:
        """When the next thing happens, or None if nothing is planned."""
        while self._due and self._due[0].action is None:
            heapq.heappop(self._due)
        return self._due[0].due_ms if self._due else None

    def run_at(self, rate: float) -> None:
        """Lets time run by itself, `rate` times as fast as real time."""
        self._rebase()
        self.rate, self.manual = rate, False
        self._set_alarm()

    def hold(self) -> None:
        """Stops time; from now on it is moved by hand."""
        self._rebase()
        self.manual = True
        if self._alarm:
            self._alarm.cancel()

    async def advance(self, span_ms: float) -> None:
        """Moves time by hand: everything due until then, in order, each with all it causes."""
        async with self._moving:
            target = self.now_ms() + round(span_ms)
            await self._activity.settle()
            while (due := self.next_due_ms()) is not None and due <= target:
                await self._happen(due)
            self._base_ms = max(self._base_ms, target)

    async def jump_to_next(self) -> None:
        """Moves time to the next thing that is due and lets it happen."""
        async with self._moving:
            await self._activity.settle()
            if (due := self.next_due_ms()) is not None:
                await self._happen(due)

    def forget_all(self) -> None:
        """Nothing is due any more."""
        self._due.clear()

    def stand_at(self, now_ms: float) -> None:
        """Makes it another instant, also an earlier one: for a clock that is moved by hand, and nothing is due."""
        self._base_ms = now_ms

    async def _happen(self, due: int) -> None:
        self._base_ms = max(self._base_ms, due)
        self._run_first()
        await self._activity.settle()

    def _run_first(self) -> None:
        action = heapq.heappop(self._due).action
        if action:
            action()

    def _rebase(self) -> None:
        self._base_ms, self._base_real = self.now_ms(), time.monotonic()

    def _set_alarm(self) -> None:
        if self._alarm:
            self._alarm.cancel()
        due = self.next_due_ms()
        if self.manual or due is None:
            return
        delay = max(0.0, (due - self.now_ms()) / 1000 / self.rate)
        self._alarm = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        while not self.manual and (due := self.next_due_ms()) is not None and due <= self.now_ms():
            self._run_first()
        self._set_alarm()
