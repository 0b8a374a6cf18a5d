"""A published simulation replayed by our router: `python -m bench.routing_msk [--days 1000] [--lua]`.

SimpleMSK and SimpleMSKWithRerouting of ContactCenters (E. Buist and P. L'Ecuyer, Universite de Montreal, Apache-2.0):
three kinds of calls, two groups, three periods of two hours, with 1000 published days. In the second, a call of the
middle kind may go to the other group only after 12 s: a rung. Its program takes the last listed line that has anybody
(not the longest waiting), so the rule for a freed clinician is replaced by that one here, and only here.

A few quiet days decide some of the figures, so the busyness of the days is spread evenly over its law: day i of n has
one from its i-th part in n. The standard errors are those of neighbouring days. And chance made the published thousand
days 0.46 % busier than that law (their served and abandoned calls together say so), which moves the small figures of
the last period by 3 to 4 %: to compare like with like, our days are as busy as theirs were.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from heapq import merge
from math import sqrt
from random import Random
from statistics import fmean

from bench.lanes import own_valkey
from bench.regression import Mean
from config.content import Ladder, Rung
from routing.board import Board
from routing.needs import Need, OnDuty, Predicate
from routing.policy import Candidate, choose_wait
from routing.simulation import Caller, Center, Lines, Outcome, Watcher, Worker

SEED = 28_700
NEAR = 0.05
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


def day(number: int, busyness: float, variant: str, lines: Lines) -> Counter[str]:
    """What was counted on one day."""
    chance = Random(f"{SEED}:{number}")
    callers = merge(*(calls_of(kind, busyness, chance) for kind in range(3)), key=lambda caller: caller.at)
    groups = Groups()
    center = Center(LADDERS[variant], tuple(Predicate(need.skill) for need in NEEDS), lines, groups)
    for name, (_, sizes) in GROUPS.items():
        center.at(2 * PERIOD, partial(groups.shrink, center), name, sizes[1] - sizes[2])
    counts: Counter[str] = Counter()
    for outcome in center.run(list(callers), workers()):
        counts.update(_counted(outcome))
    return counts


def calls_of(kind: int, busyness: float, chance: Random) -> Iterator[Caller]:
    """The calls of one kind, period by period."""
    number = 0
    for period in range(PERIODS):
        at = period * PERIOD
        while (at := at + chance.expovariate(busyness * PER_MINUTE[kind][period] / 60)) < (period + 1) * PERIOD:
            number += 1
            handling, patience = (chance.expovariate(rate[period] / 60) for rate in (SERVICE, GIVE_UP))
            yield Caller(f"{kind}{period}-{number:05d}", at, NEEDS[kind], "t", handling, patience)


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


def _counted(outcome: Outcome) -> list[str]:
    kind, period = outcome.caller.id[0], outcome.caller.id[1]
    if outcome.clinician is None:
        return ["abandoned", *(["abandoned late"] if outcome.wait >= TARGET else [])]
    return ["served", *(["good", f"t{kind} in period {period}"] if outcome.wait < TARGET else [])]


def run(days: int, variant: str) -> dict[str, Mean]:
    """The figures of so many days; the level as the ratio of means that was published."""
    with ProcessPoolExecutor() as processors:
        seen = list(processors.map(partial(_day, variant), range(days), busynesses(days), chunksize=20))
    means = {name: _mean([counts[name] for counts in seen]) for name in set().union(*seen)}
    offered = means["served"].value + means["abandoned late"].value
    means["level"] = Mean(means["good"].value / offered, means["good"].error / offered)
    return means


def _day(variant: str, number: int, busyness: float) -> Counter[str]:
    return day(number, busyness, variant, Board(last_listed if variant == "rerouting" else choose_wait))


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
    parser.add_argument("--variants", nargs="+", choices=list(LADDERS), default=list(LADDERS))
    parser.add_argument("--lua", action="store_true", help="the first day on the Lua too: it must give the same counts")
    options = parser.parse_args(arguments)
    print(f"seed {SEED}, {options.days} days")
    good = [report(variant, run(options.days, variant)) for variant in options.variants]
    if options.lua:
        good.append(_same_on_lua())
    return 0 if all(good) else 1


def _same_on_lua() -> bool:
    lua: list[Counter[str]] = []
    with own_valkey() as trips:
        trips.run([lambda: lua.append(day(0, 1.0, "plain", trips.lines()))])
    same = lua[0] == day(0, 1.0, "plain", Board())
    print(f"one day on the Lua: {'the same counts' if same else 'OTHER COUNTS'}, {trips.calls} calls")
    return same


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
