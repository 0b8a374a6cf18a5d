"""What the shipped rules are worth, in virtual time: `python -m bench.routing_policies [--calls 300000]`.

Three centers: six kinds of calls and clinicians with two skills each (how much of a common pool's gain they bring),
three urgencies served by virtual arrival (the worst attainment of a class), and the shipped ladder (who gets his own
clinician or one of the care team, and at what price).
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import islice
from math import sqrt
from random import Random
from statistics import stdev

from bench.traces import ANYONE, ASKED, poisson
from config.reading import read_content
from config.settings import ROOT
from routing.erlang import erlang_a
from routing.needs import Need, OnDuty, Predicate
from routing.simulation import Caller, Center, Outcome, Worker

SEED = 1_906
BATCHES = 30
GAIN, ATTAINMENT, OWN_OR_TEAM, ABANDONED = 0.80, 0.77, 0.67, 0.045


@dataclass(frozen=True)
class Shares:
    """What became of the callers of one run."""

    abandoned: float
    speed: float
    level: float  # answered in 20 s, of all
    primary: float  # taken by somebody whose first skill it is, of those answered
    abandoned_error: float  # standard errors, from the differences of batches
    speed_error: float


def skills_of(number: int, kind: int, kinds: int, how_many: int) -> dict[str, int]:
    """His own kind at level 2, and others at level 1, spread evenly over those who share it."""
    others = [f"t{(kind + 1 + (number + step) % (kinds - 1)) % kinds}" for step in range(how_many - 1)]
    return {f"t{kind}": 2, **dict.fromkeys(others, 1)}


def flexible(how_many: int, calls: int) -> Shares:
    """Six kinds, 57 calls a minute in ten, 60 clinicians of whom each can do `how_many` kinds."""
    chance, kinds = Random(f"{SEED}:flexible"), 6
    callers = merge(*(_kind(chance, kind) for kind in range(kinds)), key=lambda caller: caller.at)
    workers = [
        Worker(OnDuty(f"c{n:02d}", skills_of(n // kinds, n % kinds, kinds, how_many), ("en",))) for n in range(60)
    ]
    firsts = {worker.on_duty.clinician_id: f"t{n % kinds}" for n, worker in enumerate(workers)}
    asked = tuple(Predicate(f"t{kind}") for kind in range(kinds))
    done = list(Center(ANYONE, asked).run(islice(callers, calls), workers))
    served = [outcome for outcome in done if outcome.clinician]
    return Shares(
        abandoned=1 - len(served) / len(done),
        speed=sum(outcome.wait for outcome in served) / len(served),
        level=sum(outcome.wait <= 20 for outcome in served) / len(done),
        primary=sum(firsts[outcome.clinician or ""] == outcome.caller.need.skill for outcome in served) / len(served),
        abandoned_error=_error([outcome.clinician is None for outcome in done]),
        speed_error=_error([outcome.wait for outcome in served]),
    )


def _error(values: Sequence[float]) -> float:
    """The standard error of a mean of values that depend on their neighbours: that of the means of long batches."""
    size = len(values) // BATCHES
    means = [sum(values[at : at + size]) / size for at in range(0, size * BATCHES, size)]
    return stdev(means) / sqrt(BATCHES)


def _kind(chance: Random, kind: int) -> Iterator[Caller]:
    need = Need(f"t{kind}")
    return poisson(Random(chance.random()), per_hour=57, talk=600, patience=300, need=need, prefix=f"t{kind}-")


def flexibility(calls: int) -> bool:
    """How much of the gain from nobody to everybody being flexible two skills bring."""
    split, pooled = erlang_a(57, 600, 300, 10, 20), erlang_a(342, 600, 300, 60, 20)
    two = flexible(2, calls)
    by_abandoned = (split.abandoned - two.abandoned) / (split.abandoned - pooled.abandoned)
    by_speed = (split.speed_of_answer - two.speed) / (split.speed_of_answer - pooled.speed_of_answer)
    abandoned_error = two.abandoned_error / (split.abandoned - pooled.abandoned)
    speed_error = two.speed_error / (split.speed_of_answer - pooled.speed_of_answer)
    print(
        f"flex_gain_2skill {by_abandoned:.3f} (se {abandoned_error:.3f}) by abandonment, "
        f"{by_speed:.3f} (se {speed_error:.3f}) by speed of answer (bar {GAIN}); "
        f"abandoned {two.abandoned:.4f} of {split.abandoned:.4f} split and {pooled.abandoned:.4f} pooled, "
        f"{two.level:.3f} in 20 s, {two.primary:.2f} by a clinician whose first skill it is"
    )
    return min(by_abandoned, by_speed) >= GAIN


TARGETS = {"urgent": (36, 30), "standard": (108, 120), "admin": (72, 300)}  # calls an hour, target in seconds


def urgencies(calls: int) -> bool:
    """Three classes in an overloaded center; the head start of a class is the longest target less its own."""
    attained = _attainment(calls, by_target=True)
    in_turn = _attainment(calls, by_target=False)
    print(
        f"edf_worst_attainment {min(attained.values()):.3f} (bar {ATTAINMENT}); "
        + ", ".join(f"{name} {share:.3f}" for name, share in attained.items())
        + f"; without head starts the worst is {min(in_turn.values()):.3f}"
    )
    return min(attained.values()) >= ATTAINMENT


def _attainment(calls: int, *, by_target: bool) -> dict[str, float]:
    chance, longest = Random(f"{SEED}:urgencies"), max(target for _, target in TARGETS.values())
    classes = [
        _of_class(Random(chance.random()), name, longest - target if by_target else 0)
        for name, (_, target) in TARGETS.items()
    ]
    callers = islice(merge(*classes, key=lambda caller: caller.at), calls)
    workers = [Worker(OnDuty(f"c{n:02d}", {"care": 1}, ("en",))) for n in range(27)]
    offered: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for outcome in Center(ANYONE, ASKED).run(callers, workers):
        name = outcome.caller.id.partition("-")[0]
        offered[name] += 1
        good[name] += outcome.clinician is not None and outcome.wait <= TARGETS[name][1]
    return {name: good[name] / offered[name] for name in TARGETS}


def _of_class(chance: Random, name: str, head_start: int) -> Iterator[Caller]:
    calls = poisson(chance, per_hour=TARGETS[name][0], talk=480, patience=360, prefix=f"{name}-")
    return (replace(caller, head_start=head_start) for caller in calls)


def ladder(calls: int, load: float = 0.85, size: int = 40, team: int = 5) -> bool:
    """The shipped ladder: 40 clinicians in teams of five, each caller has one of them as his own."""
    services = read_content(ROOT / "config")
    shipped = services.services["therapy"].ladder
    chance = Random(f"{SEED}:ladder")
    coming = poisson(chance, per_hour=load * size * 10, talk=360, patience=300, ladder=shipped)
    owners = Random(f"{SEED}:owners")
    callers = (replace(caller, need=_need(owners.randrange(size), team)) for caller in islice(coming, calls))
    workers = [Worker(OnDuty(f"c{n:02d}", {"care": 1}, ("en",))) for n in range(size)]
    done = list(Center(services.ladders, ASKED).run(callers, workers))
    served = [outcome for outcome in done if outcome.clinician]
    own = sum(outcome.clinician == outcome.caller.need.own for outcome in served) / len(served)
    known = sum(_is_known(outcome) for outcome in served) / len(served)
    abandoned = 1 - len(served) / len(done)
    speed = sum(outcome.wait for outcome in served) / len(served)
    print(
        f"own_or_team@{load}/30s {known:.3f} (bar {OWN_OR_TEAM}), own {own:.3f}, abandoned {abandoned:.4f} "
        f"(bar {ABANDONED}), speed of answer {speed:.1f} s: ladder {shipped!r} of the shipped content"
    )
    return known >= OWN_OR_TEAM and abandoned <= ABANDONED


def _need(own: int, team: int) -> Need:
    first = own // team * team
    return Need("care", own=f"c{own:02d}", team=tuple(f"c{n:02d}" for n in range(first, first + team)))


def _is_known(outcome: Outcome) -> bool:
    return outcome.clinician in outcome.caller.need.team


def main(arguments: list[str]) -> int:
    """All three; 0 if every bar is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    options = parser.parse_args(arguments)
    print(f"seed {SEED}, {options.calls} calls each")
    good = [measure(options.calls) for measure in (flexibility, urgencies, ladder)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
