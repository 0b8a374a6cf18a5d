"""One center in virtual time, and beside it what the theory assumes of it: first come, first served, by recursion.

The recursion is that of Kiefer and Wolfowitz (1955) for many servers, with patience: each caller in order of coming
takes whoever is free first, unless his patience ends before. It knows no lines, no clinicians and no Redis. Given the
same callers it has the same luck, and its means are exactly those of Erlang's formulas; so it is what survey
texts on simulation call an external control variate (Law, Simulation Modeling and Analysis, on variance reduction).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heapreplace
from itertools import chain
from math import inf
from random import Random

from bench.erlang_table import Row
from bench.traces import ANYONE, poisson, pool
from routing.needs import Need, Predicate
from routing.simulation import Caller, Center, Lines

Seen = tuple[Caller, float, bool]  # a caller, how long he waited, whether he was answered

SUMS = (
    "callers",
    "waited",
    "abandoned",
    "answered",
    "wait",
    "wait_of_answered",
    "in_time",
    "stayed",
    "work",
    "seconds",
)
FIGURES = {  # each figure of the table as one sum over another
    "waiting": ("waited", "callers"),
    "abandoned": ("abandoned", "callers"),
    "mean_wait": ("wait", "callers"),
    "speed_of_answer": ("wait_of_answered", "answered"),
    "level": ("in_time", "callers"),
    "level_of_served": ("in_time", "answered"),
    "level_of_stayed": ("in_time", "stayed"),
    "occupancy": ("work", "seconds"),  # the seconds of all clinicians together
    "queue": ("wait", "seconds"),
}


@dataclass(frozen=True)
class Lane:
    """What one center came to: its sums, those of the recursion, and how far the drawn inputs are from their means."""

    found: tuple[float, ...]
    recursion: tuple[float, ...]
    inputs: tuple[float, ...]  # as shares of the means
    apart: int  # callers whose wait or end was not that of the recursion


def run_lane(row: Row, seed: str, number: int, callers: int, lines: Lines) -> Lane:
    """One center, begun in a state drawn from its steady state, with this many counted callers."""
    chance = Random(seed)
    need = Need(f"care{number}")
    drawn: list[Caller] = []
    seen: dict[int, Seen] = {}
    center = Center(ANYONE, (Predicate(need.skill),), lines)
    workers = pool(row.servers, {need.skill: 1}, prefix=f"{number}-")
    for outcome in center.run(_noted(_callers(row, chance, need, number), drawn), workers):
        place = _place(outcome.caller)
        if 0 < place <= callers:
            seen[place] = (outcome.caller, outcome.wait, outcome.clinician is not None)
            if len(seen) == callers:
                break
    found = [seen[place] for place in range(1, callers + 1)]
    expected = [each for each in first_come(drawn, row.servers) if 0 < _place(each[0]) <= callers]
    apart = sum(abs(a[1] - b[1]) > 1e-6 or a[2] != b[2] for a, b in zip(found, expected, strict=True))
    return Lane(sums(found, row), sums(expected, row), _inputs([each for each, _, _ in found], row), apart)


def first_come(callers: Iterable[Caller], servers: int) -> Iterator[Seen]:
    """What becomes of callers, given in order of coming, whom the first free of so many servers takes."""
    free = [0.0] * servers
    for caller in callers:
        begins = max(caller.at, free[0])
        gives_up = caller.at + caller.patience
        if begins > gives_up:
            yield caller, gives_up - caller.at, False
        else:
            heapreplace(free, begins + caller.handling)
            yield caller, begins - caller.at, True


def sums(seen: list[Seen], row: Row) -> tuple[float, ...]:
    """The sums of these callers, in the order of SUMS."""
    served = [(caller, wait) for caller, wait, answered in seen if answered]
    in_time = sum(wait <= row.target for _, wait in served)
    seconds = seen[-1][0].at
    return (
        len(seen),
        sum(wait > 0 for _, wait, _ in seen),
        len(seen) - len(served),
        len(served),
        sum(wait for _, wait, _ in seen),
        sum(wait for _, wait in served),
        in_time,
        in_time + sum(wait > row.target for _, wait, _ in seen),
        sum(caller.handling for caller, _ in served) / row.servers,
        seconds,
    )


def _noted(callers: Iterator[Caller], drawn: list[Caller]) -> Iterator[Caller]:
    for caller in callers:
        drawn.append(caller)
        yield caller


def _place(caller: Caller) -> int:
    """Which of the counted callers he is, from 1; 0 if he was there before."""
    return int(caller.id.rpartition("-")[2])


def _callers(row: Row, chance: Random, need: Need, lane: int) -> Iterator[Caller]:
    """Who was there before, then all who come. Ids that no other lane has, so that one server can hold all lanes."""
    pace, talk, patience = row.calls_per_hour, row.talk, row.patience
    coming = poisson(chance, per_hour=pace, talk=talk, patience=patience, need=need, prefix=f"{lane}-")
    return chain(_found_there(row, chance, need, lane), coming)


def _found_there(row: Row, chance: Random, need: Need, lane: int) -> Iterator[Caller]:
    """Who was there before: as many as the steady state has, in talks and in line. Their ids sort before all others."""
    weights = _steady(row)
    there = chance.choices(range(len(weights)), weights)[0]
    for number in range(there):
        patience = inf if row.patience == inf or number < row.servers else chance.expovariate(1 / row.patience)
        yield Caller(f"{lane}--{number:05d}-0", 0.0, need, "anyone", chance.expovariate(1 / row.talk), patience)


def _steady(row: Row) -> list[float]:
    weights = [1.0]
    arrivals, service, give_up = row.calls_per_hour / 3600, 1 / row.talk, 1 / row.patience
    for n in range(1, row.servers + 3000):
        weights.append(weights[-1] * arrivals / (min(n, row.servers) * service + max(0, n - row.servers) * give_up))
    return weights


def _inputs(callers: list[Caller], row: Row) -> tuple[float, ...]:
    n = len(callers)
    pace = callers[-1].at * row.calls_per_hour / 3600 / n - 1
    talk = sum(caller.handling for caller in callers) / n / row.talk - 1
    patience = sum(caller.patience for caller in callers) / n / row.patience - 1 if row.patience < inf else None
    return (pace, talk) if patience is None else (pace, talk, patience)
