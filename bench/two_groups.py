"""SimpleMSK told again, from its description alone: no router, no lines, no clinicians, only when each group is free.

Two groups and three kinds of calls; the kind between the two may go to either, and first to the first. Whoever came
first is taken first. It is what `bench/routing_msk.py` puts beside our router, caller by caller, and fast enough for
many more days.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf
from typing import NamedTuple


class Call(NamedTuple):
    """One call. Instants and durations in seconds."""

    at: float
    kind: int
    period: int
    handling: float
    patience: float


Fate = tuple[Call, float, bool]  # how long he waited, and whether he was answered
GROUPS = (0, 1)
GROUPS_OF_KIND = ((0,), (0, 1), (1,))
KINDS_OF_GROUP = ((0, 1), (1, 2))


@dataclass
class Day:
    """The groups on one day. `sizes` holds how many there are by period, a period being `seconds` long."""

    sizes: tuple[Sequence[int], Sequence[int]]
    seconds: float
    period: int = 0
    ends: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    waiting: tuple[deque[Call], ...] = field(default_factory=lambda: (deque(), deque(), deque()))
    fates: list[Fate] = field(default_factory=list)

    def run(self, calls: Iterable[Call]) -> list[Fate]:
        """What becomes of the calls, given in order of coming."""
        for call in calls:
            self._go_on(call.at)
            group = next((group for group in GROUPS_OF_KIND[call.kind] if self._is_free(group)), None)
            if group is None:
                self.waiting[call.kind].append(call)
            else:
                self._begin(group, call, call.at)
        self._go_on(inf)
        return self.fates

    def _go_on(self, until: float) -> None:
        """All that happens before this instant, in its order."""
        one, other = self.ends
        while True:
            first, second = one[0] if one else inf, other[0] if other else inf
            group, now = (0, first) if first <= second else (1, second)
            changes = (self.period + 1) * self.seconds if self.period + 1 < len(self.sizes[0]) else inf
            if min(now, changes) > until or now == changes == inf:
                return
            if changes <= now:
                self.period += 1
                for each in GROUPS:
                    self._serve(each, changes)
            else:
                heappop(self.ends[group])
                self._serve(group, now)

    def _serve(self, group: int, now: float) -> None:
        one, other = (self.waiting[kind] for kind in KINDS_OF_GROUP[group])
        while self._is_free(group):
            self._let_go(one, now)
            self._let_go(other, now)
            if not one and not other:
                return
            longest = one if one and (not other or one[0] < other[0]) else other
            self._begin(group, longest.popleft(), now)

    def _let_go(self, line: deque[Call], now: float) -> None:
        """Whoever would be next and has hung up."""
        while line and line[0].at + line[0].patience < now:
            call = line.popleft()
            self.fates.append((call, call.patience, False))

    def _is_free(self, group: int) -> bool:
        return len(self.ends[group]) < self.sizes[group][self.period]

    def _begin(self, group: int, call: Call, now: float) -> None:
        heappush(self.ends[group], now + call.handling)
        self.fates.append((call, now - call.at, True))
