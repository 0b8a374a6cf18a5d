"""Calls to be created at the carrier's pace: who waits how long for his slot, offers and callbacks together.

    python -m bench.paced

The outbox, the pace in Redis, a worker that tries each call when it comes, and the clock that dials what is held back:
the product's own, in virtual time. Calls come by chance at 80 % of the pace, three in four of them to clinicians; then
fifty callbacks come at once, and for a minute more calls to clinicians than the pace allows. What is dialled is
nothing: only the queue is measured. `bench.offers` prints this beside what one call takes where nothing is paced.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from random import Random

from redis import Redis
from sqlalchemy import select

import clock
import errands
from bench.prepared import prepared
from calls.store import OUTBOX, Todo, write_outbox
from config import valkey
from config.columns import new_id
from telephony.pace import Pace
from tools import Tools

SEED = 11
BEGINS = datetime(2031, 3, 3, 12, tzinfo=UTC)
STEADY_S, CROWD_S = 300, 60
LOAD, OFFERS_OF_THEM, CROWD = 0.8, 0.75, 1.2  # shares of the pace, of the calls, of the pace
CALLBACKS_AT_ONCE = 50
OFFER, CALLBACK = "ring", "dial_patient"

Coming = tuple[float, str]  # seconds from the beginning, kind


class StandingClock:
    """Virtual time. Who sleeps meets what comes meanwhile."""

    def __init__(self, coming: Iterator[Coming]) -> None:
        self.at, self._coming = BEGINS, coming
        self._next = next(coming, None)
        self.comes: Callable[[str], None] = self._nobody_listens

    def now(self) -> datetime:
        """This instant."""
        return self.at

    def sleep(self, seconds: float) -> None:
        """Pass the time, and let come who comes in it."""
        until = self.at + timedelta(seconds=seconds)
        while self._next and BEGINS + timedelta(seconds=self._next[0]) <= until:
            self.at = max(self.at, BEGINS + timedelta(seconds=self._next[0]))
            kind, self._next = self._next[1], next(self._coming, None)
            self.comes(kind)
        self.at = until

    def _nobody_listens(self, kind: str) -> None:
        raise RuntimeError(f"a {kind} came, and nobody was told to take it")

    def more(self) -> bool:
        """Whether anybody is still to come."""
        return self._next is not None


@dataclass(frozen=True)
class Dialled:
    """One call that was created: its kind, when it came, and for how many seconds it was held back."""

    kind: str
    at: float
    held: float


def coming(per_second: float, seed: int = SEED) -> Iterator[Coming]:
    """Calls by chance at a part of the pace; then the crowd."""
    chance = Random(seed)
    steady = _by_chance(chance, 0, STEADY_S, per_second * LOAD, OFFERS_OF_THEM)
    promised = ((float(STEADY_S), CALLBACK) for _ in range(CALLBACKS_AT_ONCE))
    return chain(steady, promised, _by_chance(chance, STEADY_S, STEADY_S + CROWD_S, per_second * CROWD, 1.0))


def _by_chance(chance: Random, begins: float, ends: float, per_second: float, offers: float) -> Iterator[Coming]:
    at = begins + chance.expovariate(per_second)
    while at < ends:
        yield at, OFFER if chance.random() < offers else CALLBACK
        at += chance.expovariate(per_second)


def dialled(tools: Tools, redis: Redis, per_second: float, calls: Iterator[Coming]) -> list[Dialled]:
    """Let these calls come, until each has had its slot; in the order of their slots."""
    redis.flushdb()
    time = StandingClock(calls)
    center = replace(tools, clock=time, pace=Pace(redis, per_second, time.now))
    came: dict[int, tuple[str, datetime]] = {}

    def comes(kind: str) -> None:
        with center.database.transaction() as tx:
            (entry,) = write_outbox(tx, [Todo(f"{kind}:bench:{new_id()}", kind, "0", 0, None, time.at)])
        came[entry.id] = (kind, time.at)
        errands.perform_by_id(entry.id, 0, center)

    time.comes = comes
    while time.more() or _undone(center):
        clock.rest(center, 1.0, partial(clock.dial_held_back, center))
    with center.database.reading() as tx:
        ends = tx.execute(select(OUTBOX.c.id, OUTBOX.c.done_at).where(OUTBOX.c.id.in_(came)))
        slots = sorted((done, came[entry]) for entry, done in ends)
    return [Dialled(kind, (at - BEGINS).total_seconds(), (done - at).total_seconds()) for done, (kind, at) in slots]


def _undone(tools: Tools) -> bool:
    with tools.database.reading() as tx:
        return tx.execute(select(OUTBOX.c.id).where(OUTBOX.c.done_at.is_(None)).limit(1)).first() is not None


def told(tools: Tools, redis: Redis) -> None:
    """Print how long calls were held back at each pace."""
    for per_second in (1.0, 5.0):
        found = dialled(tools, redis, per_second, coming(per_second))
        steady, crowd = [[each for each in found if (each.at >= STEADY_S) == late] for late in (False, True)]
        print(f"{per_second:g} a second, at {LOAD:.0%} of it: {_held(steady)}")
        print(f"{per_second:g} a second, {CALLBACKS_AT_ONCE} callbacks at once, then {CROWD:.0%}: {_held(crowd)}")


def _held(calls: list[Dialled]) -> str:
    parts = []
    for name, kind in (("offers", OFFER), ("callbacks", CALLBACK)):
        held = sorted(each.held for each in calls if each.kind == kind)
        parts.append(
            f"{len(held)} {name} held p50 {held[len(held) // 2]:.2f} s p99 {held[int(len(held) * 0.99)]:.2f} s "
            f"at most {held[-1]:.2f} s"
        )
    return ", ".join(parts)


def main() -> int:
    """Measure both paces on SQLite."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis_url = stack.enter_context(valkey.running(folder)).url
        told(prepared(f"sqlite:///{folder}/paced.db", redis_url, folder), Redis.from_url(redis_url))
    return 0


if __name__ == "__main__":
    sys.exit(main())
