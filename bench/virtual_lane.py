"""One center in virtual time, and beside it what the theory assumes of it: first come, first served, by recursion.

The recursion is that of Kiefer and Wolfowitz (1955) for many servers, with patience: each caller in order of coming
takes whoever is free first, unless his patience ends before. It knows no lines, no clinicians and no Redis. Given the
same callers it has the same luck, and its means are exactly those of Erlang's formulas; so it is what survey
texts on simulation call an external control variate (Law, Simulation Modeling and Analysis, on variance reduction).

The first counted caller comes at the instant the center begins. A Poisson caller finds the steady state, and so does
each one after him; had he come an interval later, it would have been an interval in which nobody came, and all would
have found the center a little emptier than the formulas say.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapreplace
from itertools import accumulate
from math import inf, log, log1p
from operator import mul
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
    inputs: tuple[float, ...]  # as shares of the means; what they are, `_inputs` says
    apart: int  # callers whose wait or end was not that of the recursion


def run_lane(row: Row, seed: str, number: int, callers: int, lines: Lines) -> Lane:
    """One center, begun in a state drawn from its steady state, with this many counted callers."""
    chance = Random(seed)
    need = Need(f"care{number}")
    begins = _begun(row, chance)
    drawn: list[Caller] = []
    seen: dict[int, Seen] = {}
    center = Center(ANYONE, (Predicate(need.skill),), lines)
    workers = pool(row.servers, {need.skill: 1}, prefix=f"{number}-")
    coming = _noted(_callers(row, chance, need, number, begins), drawn)
    for outcome in center.run(coming, workers):
        place = _place(outcome.caller)
        if 0 < place <= callers:
            seen[place] = (outcome.caller, outcome.wait, outcome.clinician is not None)
            if len(seen) == callers:
                break
    found = [seen[place] for place in range(1, callers + 1)]
    expected = [each for each in first_come(drawn, row.servers) if 0 < _place(each[0]) <= callers]
    counted = [each for each, _, _ in found]
    seconds = next(each.at for each in drawn if _place(each) == callers + 1)
    luck = _inputs(counted, row, seconds, begins)
    return Lane(sums(found, row, seconds), sums(expected, row, seconds), luck, apart(found, expected))


def apart(found: Iterable[tuple[object, float, bool]], expected: Iterable[tuple[object, float, bool]]) -> int:
    """How many of the same callers, in the same order, waited otherwise (by a microsecond) or ended otherwise."""
    return sum(abs(a[1] - b[1]) > 1e-6 or a[2] != b[2] for a, b in zip(found, expected, strict=True))


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


def sums(seen: list[Seen], row: Row, seconds: float) -> tuple[float, ...]:
    """The sums of these callers, in the order of SUMS; `seconds` until the next one came."""
    served = [(caller, wait) for caller, wait, answered in seen if answered]
    in_time = sum(wait <= row.target for _, wait in served)
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


@dataclass(frozen=True)
class _Begun:
    """Who is there when a lane begins, and what each has still to talk (seconds, of as many as there are anywhere).

    So many are there; so many would be, were there a clinician for everybody; and so many, were there one alone as fast
    as all of them (none where callers give up). Each is drawn from its steady state, and all by one chance: many here
    are many everywhere.
    """

    there: int
    endless: int
    alone: int
    talks: tuple[float, ...]


def _begun(row: Row, chance: Random) -> _Begun:
    luck = chance.random()
    there, endless = (bisect(reached, luck) for reached in _reached(row))
    alone = 0 if row.patience < inf else int(log1p(-luck) / log(_load(row)))  # geometric
    most = max(there, endless, alone)
    return _Begun(there, endless, alone, tuple(chance.expovariate(1 / row.talk) for _ in range(most)))


def _callers(row: Row, chance: Random, need: Need, lane: int, begins: _Begun) -> Iterator[Caller]:
    """Who was there before, then all who come. Ids that no other lane has, so that one server can hold all lanes.

    The ids of those who were there sort before all others.
    """
    for number, talk in enumerate(begins.talks[: begins.there]):
        patience = inf if row.patience == inf or number < row.servers else chance.expovariate(1 / row.patience)
        yield Caller(f"{lane}--{number:05d}-0", 0.0, need, "anyone", talk, patience)
    pace, talk, patience = row.calls_per_hour, row.talk, row.patience
    yield from poisson(chance, per_hour=pace, talk=talk, patience=patience, need=need, prefix=f"{lane}-", first=0.0)


def _load(row: Row) -> float:
    """The share of its clinicians' time that the row asks for."""
    return row.calls_per_hour / 3600 * row.talk / row.servers


@lru_cache
def _steady(row: Row) -> tuple[float, ...]:
    """The chances that so many are in the center, in talks and in line."""
    arrivals, service, give_up = row.calls_per_hour / 3600, 1 / row.talk, 1 / row.patience
    return _law(arrivals / (min(n, row.servers) * service + max(0, n - row.servers) * give_up) for n in _counts(row))


@lru_cache
def _steady_if_endless(row: Row) -> tuple[float, ...]:
    """The same if there were a clinician for everybody: Poisson's law."""
    return _law(row.calls_per_hour / 3600 * row.talk / n for n in _counts(row))


@lru_cache
def _reached(row: Row) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The chances of at most so many, in the center and if it were endless."""
    return tuple(accumulate(_steady(row))), tuple(accumulate(_steady_if_endless(row)))


def _counts(row: Row) -> range:
    return range(1, row.servers + 3000)


def _law(ratios: Iterable[float]) -> tuple[float, ...]:
    weights = list(accumulate(ratios, mul, initial=1.0))
    total = sum(weights)
    return tuple(weight / total for weight in weights)


def _inputs(callers: Sequence[Caller], row: Row, seconds: float, begins: _Begun) -> tuple[float, ...]:
    """How far the luck of a lane is from its mean, without a look at what the center made of it.

    In this order, as shares of the means: its pace; talks; patience, if any; the seconds that those who are there at
    the start have still to talk; how many they are, how many of them wait, whether a caller would; how many too many
    a caller finds if there is a clinician for everybody, and whether he finds as many as there are clinicians; and
    where nobody gives up, the wait at one alone as fast as all.
    """
    n = len(callers)
    patience = [] if row.patience == inf else [sum(caller.patience for caller in callers) / n / row.patience]
    left = sum(talk / row.talk - 1 for talk in begins.talks[: begins.there])
    crowded = (_crowded([begins.there], row.servers), _crowded(_if_endless(callers, begins), row.servers))
    found = (begins.there, *crowded[0], *crowded[1])
    shares = [
        seconds * row.calls_per_hour / 3600 / n,
        sum(caller.handling for caller in callers) / n / row.talk,
        *patience,
        1 + left / row.servers,
        *(drawn / expected for drawn, expected in zip(found, expected_start(row), strict=True)),
        *([] if patience else [_wait_if_alone(callers, row, begins) / n / expected_wait_if_alone(row)]),
    ]
    return tuple(share - 1 for share in shares)


@lru_cache
def expected_start(row: Row) -> tuple[float, ...]:
    """The mean of who is there, and of how crowded it is, in the center and if it were endless."""
    steady, endless = _steady(row), _steady_if_endless(row)
    there = sum(chance * count for count, chance in enumerate(steady))
    return (there, *_mean_crowded(steady, row.servers), *_mean_crowded(endless, row.servers))


def _mean_crowded(law: Sequence[float], servers: int) -> tuple[float, float]:
    return sum(chance * n for n, chance in enumerate(law[servers:])), sum(law[servers:])


def _crowded(counts: Sequence[int], servers: int) -> tuple[float, float]:
    """How many too many there are on average, and how often all clinicians are taken."""
    waiting = [count - servers for count in counts if count >= servers]
    return sum(waiting) / len(counts), len(waiting) / len(counts)


def _if_endless(callers: Sequence[Caller], begins: _Begun) -> list[int]:
    """How many each caller would find there, did nobody ever wait."""
    ends = sorted([*begins.talks[: begins.endless], *(caller.at + caller.handling for caller in callers)])
    return [begins.endless + number - bisect(ends, caller.at) for number, caller in enumerate(callers)]


def _wait_if_alone(callers: Sequence[Caller], row: Row, begins: _Begun) -> float:
    """How long all would wait for one clinician as fast as all together (Lindley's recursion)."""
    free_at, waited = sum(begins.talks[: begins.alone]) / row.servers, 0.0
    for caller in callers:
        starts = max(caller.at, free_at)
        free_at, waited = starts + caller.handling / row.servers, waited + starts - caller.at
    return waited


def expected_wait_if_alone(row: Row) -> float:
    """Its mean for one caller: the load over the pace that is to spare (M/M/1)."""
    return _load(row) / (row.servers / row.talk - row.calls_per_hour / 3600)
