"""How long a caller will probably wait, as a law: its mean, its median, and what four in five do not wait longer than.

A caller who finds so many ahead of him, and will be served, waits a sum of exponential stages: the one for place i ends
at the rate pace + (i + 1) theta, i = 0 .. ahead. `pace` is the rate at which callers of his line are taken while any
wait, theta the rate at which one who waits gives up; the "+ 1" is right for those who are served, since each stage also
ends when somebody ahead gives up (Erlang A in closed form; without it the estimate is 11 % too long in a center of
eight). For one pool the pace is clinicians / mean talk. Where clinicians have several skills no share of theirs can
stand for it, and the line's own pace is measured (`routing/learning.py`); how little it was measured from makes the law
wider.
"""

from dataclasses import dataclass
from math import sqrt

QUIET_BELOW = 30.0  # seconds: so short a wait is not worth words
WIDEST = 3.0  # P80 over median: beyond it nobody knows, and nothing is said
NORMAL_P80 = 0.8416212335729143  # the standard normal's 80 % point


@dataclass(frozen=True)
class Law:
    """The law of a wait in seconds: a gamma law with this mean and variance.

    `reach` is the point of the standard normal that P80 is taken at: the one of 80 %, corrected by what came true.
    """

    mean: float
    variance: float
    reach: float = NORMAL_P80

    @property
    def median(self) -> float:
        """Half wait longer."""
        return self._quantile(0.0)

    @property
    def p80(self) -> float:
        """One in five waits longer."""
        return self._quantile(self.reach)

    def _quantile(self, normal: float) -> float:
        """Wilson and Hilferty: the cube root of a gamma variable is nearly normal. At one stage it is 1.3 % off."""
        shape = self.mean**2 / self.variance
        root = 1 - 1 / (9 * shape) + normal / (3 * sqrt(shape))
        return self.mean * max(root, 0.0) ** 3


@dataclass(frozen=True)
class Announcement:
    """What may be said: "between `low` and `high` seconds"."""

    low: float
    high: float


def wait_law(ahead: int, pace: float, patience: float, seen: float = float("inf")) -> Law:
    """The wait of a caller with so many ahead, if he is served.

    `pace`: callers taken a second while any wait. `patience`: mean seconds. `seen`: how many starts the pace was
    measured from; a pace of few is itself uncertain, by one part in the root of them. ValueError when nobody serves.
    """
    if pace <= 0:
        raise ValueError("nobody serves: there is no wait to estimate")
    stages = [1 / (pace + (place + 1) / patience) for place in range(ahead + 1)]
    mean = sum(stages)
    return Law(mean, sum(stage * stage for stage in stages) + mean * mean / seen)


LEAST_TALKS = 3  # of one clinician: fewer tell nothing of how long his next one takes


def law_of_one(ahead: int, talk: float, talks: int) -> Law | None:
    """The wait for one clinician who is in a talk, with so many ahead for him by name; None when nobody knows.

    `talk`: his mean, in seconds, learned from so many `talks`.
    """
    if talks < LEAST_TALKS or talk <= 0:
        return None
    return wait_law(ahead, 1 / talk, float("inf"), talks)


def announced(law: Law, before: Announcement | None = None) -> Announcement | None:
    """What is said of this wait: nothing when it is short or nobody knows; never more than he was told before."""
    if law.median < QUIET_BELOW or law.p80 > WIDEST * law.median:
        return None
    if before is None:
        return Announcement(law.median, law.p80)
    return Announcement(min(law.median, before.low), min(law.p80, before.high))
