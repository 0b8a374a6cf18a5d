"""A published simulation replayed by our router: `python -m bench.routing_msk [--days 1000] [--beside 60000] [--lua]`.

SimpleMSK and SimpleMSKWithRerouting of ContactCenters (E. Buist and P. L'Ecuyer, Universite de Montreal, Apache-2.0):
three kinds of calls, two groups, three periods of two hours, with 1000 published days. In the second, a call of the
middle kind may go to the other group only after 12 s: a rung. Its program takes the last listed line that has anybody
(not the longest waiting), so the rule for a freed clinician is replaced by that one here, and only here.

A few quiet days decide some of the figures, so the busyness of the days is spread evenly over its law: day i of n has
one from its i-th part in n. The standard errors are those of neighbouring days. And chance made the published thousand
days 0.46 % busier than that law (their served and abandoned calls together say so), which moves the small figures of
the last period by 3 to 4 %: to compare like with like, our days are as busy as theirs were.

With `--beside` the plain variant is also simulated without our router (`bench/two_groups.py`), on the same days, which
tells the callers whose fates differ, and on many more: what is reported then is the mean of those many days and of the
differences, an estimate of our router with the recursion as an external control variate.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from math import hypot, sqrt
from random import Random
from statistics import fmean

from bench.lanes import own_valkey
from bench.regression import Mean
from bench.two_groups import Call, Day, Fate
from bench.virtual_lane import apart
from config.content import Ladder, Rung
from routing.board import Board
from routing.needs import Need, OnDuty, Predicate
from routing.policy import Candidate, choose_wait
from routing.simulation import Caller, Center, Lines, Outcome, Watcher, Worker

SEED = 28_700
NEAR = 0.05
FAR = 1_000_000  # the first number of the days that only the recursion has
DRAWN = 200_000  # factors drawn to know their law by
PERIOD, PERIODS, TARGET = 7200.0, 3, 20.0
BUSYNESS = 28.7  # shape of the gamma factor of a day, whose mean is 1
PER_MINUTE = ((4.2, 5.3, 3.2), (5.1, 4.3, 4.8), (6.3, 5.2, 4.8))
SERVICE, GIVE_UP = (0.5, 0.6, 0.4), (0.3, 0.4, 0.2)  # a minute, by the period of arrival
GROUPS = {"g0": (("t0", "t1"), (12, 18, 9)), "g1": (("t1", "t2"), (15, 20, 11))}
CALLS = 120 * sum(map(sum, PER_MINUTE))  # expected on a day of mean busyness
PUBLISHED_CALLS = 4297.305 + 910.335  # a day, served and abandoned: both programs had the same callers
NEEDS = (Need("t0"), Need("t1", site="g0"), Need("t2"))
LADDERS = {
    "plain": {"t": Ladder(rungs=(Rung(serve=("site", "any")),))},
    "rerouting": {"t": Ladder(rungs=(Rung(serve=("site",), seconds=12), Rung(serve=("any",))))},
}
PUBLISHED: dict[
    str, dict[str, tuple[float, ...]]
] = {  # means of 1000 days, with their 95 % intervals where these were printed
    "plain": {
        "served": (4297.3, 4270.2, 4324.5),
        "abandoned": (910.3, 876.1, 944.5),
        "level": (0.501, 0.494, 0.509),
        "t0 in period 0": (170.2, 164.3, 176.0),
        "t0 in period 1": (599.3, 594.2, 604.5),
        "t0 in period 2": (15.5, 13.8, 17.2),
        "t1 in period 0": (262.9, 254.6, 271.3),
        "t1 in period 1": (511.6, 506.3, 517.0),
        "t1 in period 2": (34.7, 31.3, 38.1),
        "t2 in period 0": (259.8, 250.2, 269.4),
        "t2 in period 1": (613.7, 607.6, 619.9),
        "t2 in period 2": (24.9, 22.1, 27.6),
    },
    "rerouting": {"served": (4274.4,), "abandoned": (933.2,), "level": (0.579, 0.572, 0.587)},
}
LISTED = {"t0+en": 2, "t1+en@g0": 1, "t1+en": 1, "t2+en": 0}  # whom the published program takes, last first


def last_listed(heads: Iterable[Candidate]) -> Candidate | None:
    """The rule of the published program: the line listed last that has anybody."""
    waiting = list(heads)
    most = max((LISTED[head.line] for head in waiting), default=0)
    return choose_wait(head for head in waiting if LISTED[head.line] == most)


@dataclass
class Groups(Watcher):
    """Sends home, when a group shrinks, first who is idle and then who is done first: groups have no names there."""

    done_at: dict[str, float] = field(default_factory=dict)

    def answered(self, center: Center, outcome: Outcome) -> None:
        """Note when he will be done."""
        self.done_at[outcome.clinician or ""] = center.now + outcome.caller.handling

    def shrink(self, center: Center, group: str, leave: int) -> None:
        """The period changes."""
        here = sorted(person for person in center.on_duty if person.startswith(group))
        for person in sorted(here, key=lambda each: self.done_at[each] if each in center.busy else 0.0)[:leave]:
            center.goes(person)


def busynesses(days: int) -> list[float]:
    """The factors of so many days, spread over the law of the factor, rising; on average as busy as those published."""
    chance = Random(SEED)
    drawn = sorted(chance.gammavariate(BUSYNESS, 1) for _ in range(DRAWN))
    fit = PUBLISHED_CALLS / CALLS / fmean(drawn)
    return [fit * drawn[int((number + chance.random()) / days * DRAWN)] for number in range(days)]


def calls_of(number: int, busyness: float) -> list[Call]:
    """The calls of one day, in order of coming."""
    chance, calls = Random(f"{SEED}:{number}"), []
    for kind, paces in enumerate(PER_MINUTE):
        for period, pace in enumerate(paces):
            at = period * PERIOD
            while (at := at + chance.expovariate(busyness * pace / 60)) < (period + 1) * PERIOD:
                handling, patience = (chance.expovariate(rate[period] / 60) for rate in (SERVICE, GIVE_UP))
                calls.append(Call(at, kind, period, handling, patience))
    return sorted(calls)


def by_router(calls: Sequence[Call], variant: str, lines: Lines) -> list[Fate]:
    """What becomes of the calls of one day."""
    of = {f"{number:05d}": call for number, call in enumerate(calls)}
    callers = [Caller(name, c.at, NEEDS[c.kind], "t", c.handling, c.patience) for name, c in of.items()]
    groups = Groups()
    center = Center(LADDERS[variant], tuple(Predicate(need.skill) for need in NEEDS), lines, groups)
    for name, (_, sizes) in GROUPS.items():
        center.at(2 * PERIOD, partial(groups.shrink, center), name, sizes[1] - sizes[2])
    return [(of[each.caller.id], each.wait, each.clinician is not None) for each in center.run(callers, workers())]


def by_recursion(calls: Sequence[Call]) -> list[Fate]:
    """The same without a router."""
    first, second = (sizes for _, sizes in GROUPS.values())
    return Day((first, second), PERIOD).run(calls)


def counted(fates: Iterable[Fate]) -> Counter[str]:
    """What is published of a day."""
    return Counter(word for fate in fates for word in _words(*fate))


def _words(call: Call, waited: float, answered: bool) -> list[str]:
    if not answered:
        return ["abandoned", *(["abandoned late"] if waited >= TARGET else [])]
    return ["served", *(["good", f"t{call.kind} in period {call.period}"] if waited < TARGET else [])]


def workers() -> list[Worker]:
    """Those of the first period, and those who come for the second."""
    return [
        Worker(
            OnDuty(f"{group}-{n:02d}", dict.fromkeys(skills, 1), ("en",), group),
            ((0.0 if n < sizes[0] else PERIOD, float("inf")),),
        )
        for group, (skills, sizes) in GROUPS.items()
        for n in range(sizes[1])
    ]


@dataclass(frozen=True)
class Seen:
    """One day: what the router made of it, and what the recursion did. `apart`: callers whose fates differ."""

    router: Counter[str]
    recursion: Counter[str]
    apart: int

    def difference(self) -> Counter[str]:
        """What the router counted more, or less, than the recursion."""
        more = Counter(self.router)
        more.subtract(self.recursion)
        return more


def seen(variant: str, number: int, busyness: float) -> Seen:
    """One day by the router and, where the rule is first come, first served, by the recursion."""
    calls = calls_of(number, busyness)
    found = by_router(calls, variant, Board(last_listed if variant == "rerouting" else choose_wait))
    if variant == "rerouting":
        return Seen(counted(found), Counter(), 0)
    expected = by_recursion(calls)
    return Seen(counted(found), counted(expected), apart(sorted(found), sorted(expected)))


def run(days: int, variant: str, beside: int) -> dict[str, Mean]:
    """The figures of so many days by the router; with `beside`, of as many days by the recursion and what differs.

    The level is the ratio of means that was published.
    """
    with ProcessPoolExecutor() as processors:
        found = list(processors.map(partial(seen, variant), range(days), busynesses(days), chunksize=20))
        more = list(processors.map(_recursion_alone, range(FAR, FAR + beside), busynesses(beside), chunksize=20))
    means = _beside(found, more) if more else _means([day.router for day in found])
    offered = means["served"].value + means["abandoned late"].value
    means["level"] = Mean(means["good"].value / offered, means["good"].error / offered)
    return means


def _recursion_alone(number: int, busyness: float) -> Counter[str]:
    return counted(by_recursion(calls_of(number, busyness)))


def _beside(found: list[Seen], more: list[Counter[str]]) -> dict[str, Mean]:
    """The means of the many days of the recursion, and of what the router made different on its own days."""
    print(f"  beside the recursion on {len(found)} days: {sum(day.apart for day in found)} callers apart")
    differ = _means([day.difference() for day in found])
    return {name: _plus(mean, differ.get(name, Mean(0, 0))) for name, mean in _means(more).items()}


def _plus(one: Mean, other: Mean) -> Mean:
    return Mean(one.value + other.value, hypot(one.error, other.error))


def _means(days: list[Counter[str]]) -> dict[str, Mean]:
    return {name: _mean([counts[name] for counts in days]) for name in set().union(*days)}


def _mean(rising: list[int]) -> Mean:
    """Of days in the order of their busyness: two neighbours differ by chance alone, or nearly so."""
    pairs = zip(rising[::2], rising[1::2], strict=False)
    return Mean(sum(rising) / len(rising), sqrt(sum((a - b) ** 2 for a, b in pairs)) / len(rising))


def report(variant: str, means: dict[str, Mean]) -> bool:
    """Print figure by figure; whether all lie within the published intervals (within 5 % where none was printed)."""
    inside, near = [], []
    for name, (mean, *interval) in PUBLISHED[variant].items():
        ours, off = means[name].value, means[name].value / mean - 1
        near.append(abs(off) <= NEAR)
        inside.append(interval[0] <= ours <= interval[1] if interval else near[-1])
        shown = f"published {mean:g} ({interval[0]:g}-{interval[1]:g})" if interval else f"published {mean:g}"
        print(f"  {name:15} {ours:9.3f} (se {means[name].error:.3f}), {shown}: {off:+.1%}")
    count = len(inside)
    print(f"simplemsk_{variant}: in the published interval {sum(inside)}/{count}, within 5 % {sum(near)}/{count}")
    return all(inside)


def main(arguments: list[str]) -> int:
    """Both variants; 0 if all figures hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--beside", type=int, default=0, help="days of the recursion too (the plain variant)")
    parser.add_argument("--variants", nargs="+", choices=list(LADDERS), default=list(LADDERS))
    parser.add_argument("--lua", action="store_true", help="one day on the Lua too: its callers must fare the same")
    options = parser.parse_args(arguments)
    print(f"seed {SEED}, {options.days} days")
    beside = {"plain": options.beside, "rerouting": 0}
    good = [report(variant, run(options.days, variant, beside[variant])) for variant in options.variants]
    if options.lua:
        good.append(_same_on_lua())
    return 0 if all(good) else 1


def _same_on_lua() -> bool:
    calls = calls_of(0, 1.0)
    lua: list[list[Fate]] = []
    with own_valkey() as trips:
        trips.run([lambda: lua.append(by_router(calls, "plain", trips.lines()))])
    same = lua[0] == by_router(calls, "plain", Board())
    print(f"one day on the Lua: {'the same' if same else 'NOT THE SAME'}, {trips.calls} calls")
    return same


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
