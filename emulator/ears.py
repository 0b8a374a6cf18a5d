"""Writes down, as it happens, what every leg hears, who hears whom, and what is entered: the observer's evidence.

Nothing is judged here. Moments are milliseconds of the emulator's clock; whatever still goes on has no end yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulator.clock import Clock
from emulator.hearing import hears

if TYPE_CHECKING:
    from emulator.leg import Leg


@dataclass
class Span:
    """A stretch of time at one leg. `planned_ms` is how long it would last if nothing cut it short."""

    kind: str
    text: str
    from_ms: int
    until_ms: int | None = None
    planned_ms: float | None = None

    @property
    def cut_short(self) -> bool:
        """Whether it ended before its time."""
        return self.until_ms is not None and self.planned_ms is not None \
            and self.until_ms - self.from_ms + 1 < self.planned_ms


@dataclass
class Heard:
    """One leg hears what is said at another, in this direction."""

    listener: str
    speaker: str
    from_ms: int
    until_ms: int | None = None


@dataclass(frozen=True)
class Entered:
    """A key or words, and whether the application listened just then."""

    kind: str
    text: str
    at_ms: int
    listened: bool


@dataclass
class LegEvidence:
    """All that was noticed at one leg."""

    spans: list[Span] = field(default_factory=list)
    entered: list[Entered] = field(default_factory=list)


class Ears:
    """The evidence of all legs, and who hears whom."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self.by_leg: dict[str, LegEvidence] = {}
        self.heard: list[Heard] = []
        self._open: dict[object, dict[tuple[str, str], Heard]] = {}
        self._stale: dict[object, int] = {}

    def of(self, sid: str) -> LegEvidence:
        """The evidence of one leg."""
        return self.by_leg.setdefault(sid, LegEvidence())

    @contextmanager
    def span(self, leg: Leg, kind: str, text: str = "", planned_ms: float | None = None) -> Iterator[None]:
        """Until the block ends, the leg hears this (`say play hold ring beep`), pauses, or is asked for an answer."""
        span = Span(kind, text, self._clock.now_ms(), None, planned_ms)
        self.of(leg.sid).spans.append(span)
        try:
            yield
        finally:
            span.until_ms = min(self._clock.now_ms(), leg.ended_ms or self._clock.now_ms())

    def enter(self, leg: Leg, kind: str, text: str, *, listened: bool) -> None:
        """The person pressed keys (`keys`) or said words (`speech`)."""
        self.of(leg.sid).entered.append(Entered(kind, text, self._clock.now_ms(), listened))

    def may_change(self, room: object, legs: Callable[[], list[Leg]]) -> None:
        """Who hears whom in a room (a bridge, a conference) may be different from this moment on.

        Read at the end of this turn of the event loop, when the change is complete, and dated with its beginning.
        """
        if room in self._stale:
            return
        self._stale[room] = self._clock.now_ms()
        asyncio.get_running_loop().call_soon(self._compare, room, legs)

    def _compare(self, room: object, legs: Callable[[], list[Leg]]) -> None:
        at_ms = self._stale.pop(room, None)
        if at_ms is None:
            return
        present = legs()
        now = {(ear.sid, mouth.sid): ear for ear in present for mouth in present
               if ear is not mouth and hears(ear, mouth)[0]}
        open_ = self._open.setdefault(room, {})
        for pair in [pair for pair in open_ if pair not in now]:
            open_.pop(pair).until_ms = at_ms
        for pair in [pair for pair in now if pair not in open_]:
            open_[pair] = Heard(*pair, at_ms)
            self.heard.append(open_[pair])
        if not open_:
            del self._open[room]
        for leg in {now[pair] for pair in now if open_[pair].from_ms == at_ms}:
            leg.exchange.people.talks(leg)
