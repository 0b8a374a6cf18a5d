"""How long callers would have waited, estimated from those who gave up and those who were answered before they did.

Who was answered after 40 s was patient for at least 40 s: his patience is censored, and leaving him out would make
callers look hastier than they are. The estimator of Kaplan and Meier counts him among those at risk until then. Beyond
the last that was seen, patience is taken as exponential with the rate at which those who waited gave up.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from math import inf, log

LEAST_SECONDS = 60.0  # of waiting by everybody together, before a rate of giving up is believed


@dataclass(frozen=True)
class Patience:
    """`steps`: (seconds, the share that is patient for longer), falling. `mean`: of the exponential law beyond them."""

    steps: tuple[tuple[float, float], ...]
    mean: float

    def longer(self, seconds: float) -> float:
        """The share of callers who wait longer than this."""
        at = bisect_right(self.steps, seconds, key=lambda step: step[0])
        return self.steps[at - 1][1] if at else 1.0

    def drawn(self, chance: float, beyond: float) -> float:
        """The patience of a caller who was patient for `beyond` seconds; `chance` between 0 and 1 decides."""
        wanted = self.longer(beyond) * (1 - chance)
        after = bisect_right(self.steps, beyond, key=lambda step: step[0])
        for seconds, share in self.steps[after:]:
            if share <= wanted:
                return seconds
        last = self.steps[-1] if self.steps else (0.0, 1.0)
        tail = min(last[1], self.longer(beyond))
        if self.mean == inf or wanted <= 0:
            return inf
        return max(beyond, last[0]) + self.mean * log(tail / wanted)


def estimated(waits: Iterable[tuple[float, bool]]) -> Patience:
    """From waits in seconds, each with whether the caller gave up."""
    ordered = sorted(waits)
    at_risk, share, steps = len(ordered), 1.0, []
    for seconds, same in groupby(ordered, key=lambda wait: wait[0]):
        ended = [gave_up for _, gave_up in same]
        if any(ended):
            share *= 1 - sum(ended) / at_risk
            steps.append((seconds, share))
        at_risk -= len(ended)
    given_up = sum(gave_up for _, gave_up in ordered)
    total = sum(seconds for seconds, _ in ordered)
    mean = total / given_up if given_up and total >= LEAST_SECONDS else inf
    return Patience(tuple(steps), mean)


def chance_of(seed: int, *about: str) -> float:
    """A number in [0, 1) that depends on the seed and the words alone: the same caller has the same luck everywhere."""
    digest = blake2b("\n".join((str(seed), *about)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
