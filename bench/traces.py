"""Callers made by chance, with a seed: what the measurements of routing feed their centers with."""

from collections.abc import Iterator
from itertools import count
from math import inf
from random import Random

from config.content import Ladder, Rung
from routing.needs import Need, OnDuty, Predicate
from routing.simulation import Caller, Worker

ANYONE = {"anyone": Ladder(rungs=(Rung(serve=("any",)),))}
NEED = Need("care")
ASKED = (Predicate("care"),)


def poisson(
    chance: Random,
    *,
    per_hour: float,
    talk: float,
    patience: float = inf,
    need: Need = NEED,
    ladder: str = "anyone",
    prefix: str = "",
    first: float | None = None,
) -> Iterator[Caller]:
    """Endless callers at this rate, with exponential talks and patience (means in seconds).

    The first comes at the instant `first`, or if none is given after an interval like those of the others.
    """
    at = chance.expovariate(per_hour / 3600) if first is None else first
    for number in count(1):
        gives_up = inf if patience == inf else chance.expovariate(1 / patience)
        yield Caller(f"{prefix}{number:08d}", at, need, ladder, chance.expovariate(1 / talk), gives_up)
        at += chance.expovariate(per_hour / 3600)


def pool(size: int, skills: dict[str, int] | None = None, prefix: str = "c") -> list[Worker]:
    """This many clinicians who can do the same, always on duty."""
    return [Worker(OnDuty(f"{prefix}{n:03d}", skills or {"care": 1}, ("en",))) for n in range(size)]
