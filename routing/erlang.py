"""How long callers wait in a pool of equal clinicians, exactly: Erlang B, C (endless patience), A (limited patience).

Arrivals are Poisson, talks and patience exponential. Formulas: Erlang (1917) for B and C by the stable recursion of
the inverse; Palm's model with patience in the closed form that follows from two facts. A caller who finds j waiting
ahead of him leaves the line at rates c mu + i theta, i = j .. 0, which rise linearly, so the number of stages done by
an instant is negative binomial. And given that he is served, each stage is faster by theta.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import exp, inf

NEGLIGIBLE = 1e-18  # of the total probability: where the sum over the places in line may end


class Unstable(ValueError):
    """More work arrives than the clinicians can do, and nobody gives up: the line has no steady state."""


@dataclass(frozen=True)
class Performance:
    """The steady state. Times in seconds; the others are shares of all callers, but for `queue` (mean callers waiting).

    Three service levels differ by what is left out: `level` counts answered in time among all who called,
    `level_of_served` among those answered, `level_of_stayed` leaves out who hung up before the target.
    """

    waiting: float  # callers who find nobody free
    abandoned: float
    mean_wait: float  # of all callers, those who give up too
    speed_of_answer: float  # mean wait of those who are answered
    level: float
    level_of_served: float
    level_of_stayed: float
    occupancy: float
    queue: float


def erlang_b(load: float, servers: int) -> float:
    """The chance that all `servers` are busy when nobody may wait; `load` in Erlang."""
    inverse = 1.0
    for n in range(1, servers + 1):
        inverse = 1 + n / load * inverse
    return 1 / inverse


def chance_of_waiting(load: float, servers: int) -> float:
    """Erlang C: the chance to find nobody free, with endless patience. Unstable from a load of `servers` up."""
    if load >= servers:
        raise Unstable(f"{load:.1f} Erlang cannot be served by {servers}")
    lost = erlang_b(load, servers)
    return lost / (1 - load / servers * (1 - lost))


def erlang_c(calls_per_hour: float, talk: float, servers: int, target: float) -> Performance:
    """Endless patience. `talk` is the mean time a call holds a clinician, `target` what the service level is of."""
    load = calls_per_hour / 3600 * talk
    waiting = chance_of_waiting(load, servers)
    spare = (servers - load) / talk
    wait, level = waiting / spare, 1 - waiting * exp(-spare * target)
    queue = calls_per_hour / 3600 * wait
    return Performance(waiting, 0.0, wait, wait, level, level, level, load / servers, queue)


def erlang_a(calls_per_hour: float, talk: float, patience: float, servers: int, target: float) -> Performance:
    """Mean `patience` in seconds: callers give up while they wait. Stable under any load."""
    arrivals, service, give_up = calls_per_hour / 3600, 1 / talk, 1 / patience
    free, places = _steady_state(arrivals, service, give_up, servers)
    out = servers * service  # the rate at which clinicians become free while all are busy
    in_time = waits = still = speed = delayed = 0.0
    served_by, left_by = _stages(1 + out / give_up, give_up * target), _stages(out / give_up, give_up * target)
    for ahead, chance in enumerate(places):
        answered = chance * out / (out + (ahead + 1) * give_up)
        delayed += 1 / (out + (ahead + 1) * give_up)
        speed += answered * delayed
        in_time += answered * (1 - next(served_by))
        still += chance * next(left_by)
        waits += chance * ahead
    abandoned = give_up * waits / arrivals
    level, stayed = free + in_time, exp(-give_up * target) * still
    return Performance(
        waiting=1 - free,
        abandoned=abandoned,
        mean_wait=waits / arrivals,
        speed_of_answer=speed / (1 - abandoned),
        level=level,
        level_of_served=level / (1 - abandoned),
        level_of_stayed=level / (level + stayed),
        occupancy=arrivals * (1 - abandoned) / out,
        queue=waits,
    )


def servers_needed(
    calls_per_hour: float, talk: float, patience: float, target: float, level: float, abandoned: float = 1.0
) -> int:
    """The fewest clinicians with whom `level` of all callers are answered within `target` seconds.

    And with whom no more than the share `abandoned` gives up. Endless patience may be given as infinity.
    """
    if calls_per_hour <= 0:
        return 0
    load = calls_per_hour / 3600 * talk
    first = max(1, int(load * (1 - abandoned)) if patience < inf else int(load) + 1)
    return next(n for n in count(first) if _enough(calls_per_hour, talk, patience, n, target, level, abandoned))


def _enough(
    calls_per_hour: float, talk: float, patience: float, servers: int, target: float, level: float, abandoned: float
) -> bool:
    endless = patience == inf
    found = (
        erlang_c(calls_per_hour, talk, servers, target)
        if endless
        else erlang_a(calls_per_hour, talk, patience, servers, target)
    )
    return found.level >= level and found.abandoned <= abandoned


def _steady_state(arrivals: float, service: float, give_up: float, servers: int) -> tuple[float, list[float]]:
    """The chance that somebody is free, and that all are busy while 0, 1, 2 ... wait."""
    weight, free = 1.0, 0.0  # counted from all busy, so that no weight is huge
    for busy in range(servers, 0, -1):
        weight *= busy * service / arrivals
        free += weight
    places = list(_waiting_weights(arrivals, servers * service, give_up, free))
    total = free + sum(places)
    return free / total, [place / total for place in places]


def _waiting_weights(arrivals: float, out: float, give_up: float, free: float) -> Iterator[float]:
    weight, total = 1.0, free
    for waiting in count(1):
        yield weight
        total += weight
        rate = out + waiting * give_up
        weight *= arrivals / rate
        if weight < NEGLIGIBLE * total and rate > arrivals:
            return


def _stages(size: float, decay: float) -> Iterator[float]:
    """P(N <= 0), P(N <= 1) ... for N negative binomial of this size, whose chance of no stage is exp(-size decay)."""
    each, so_far = exp(-size * decay), 0.0
    growth = 1 - exp(-decay)
    for n in count(1):
        so_far += each
        yield min(so_far, 1.0)
        each *= (size + n - 1) / n * growth
