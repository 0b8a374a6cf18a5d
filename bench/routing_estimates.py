"""How good the wait estimates are, in virtual time: `python -m bench.routing_estimates [--estimates 20000]`.

Error = true wait - estimate when he joined, over callers who waited and were answered; RRASE = root mean square error /
mean wait, bias = mean error / mean wait. Measured beside it: the same formula told the true parameters ("oracle", for
one pool), and the wait of the last caller who was taken ("last").
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from math import sqrt
from random import Random

from bench.traces import ANYONE, poisson, pool
from routing.estimates import wait_law
from routing.learning import Learned
from routing.needs import Need, OnDuty, Predicate, lines_served, predicate_line
from routing.policy import WaitEntry
from routing.simulation import Caller, Center, Outcome, Watcher, Worker

SEED = 1_999
WARM_UP = 2_000  # estimates before any is counted
BLOCK, BLOCKS = 500, 20


@dataclass
class Guess:
    """What was estimated for one caller, and what the others would have said."""

    place: int
    mean: float
    p80: float
    last: float
    oracle: float
    true: float = 0.0


@dataclass
class Estimating(Watcher):
    """Learns from the center and estimates for each caller who has to wait."""

    learned: Learned
    oracle: tuple[float, float] | None  # the true pace and patience of one pool
    last: dict[str, float] = field(default_factory=dict)
    open: dict[str, Guess] = field(default_factory=dict)
    done: list[Guess] = field(default_factory=list)

    def waits(self, center: Center, caller: Caller, entry: WaitEntry) -> None:
        """Estimate, then count him in."""
        line, place = line_of(caller), entry.stands[-1].key_ms
        law = self.learned.law(line, place)
        ahead = len(self.learned.lines[line].places) if line in self.learned.lines else 0
        oracle = wait_law(ahead, *self.oracle).mean if self.oracle else 0.0
        self.open[caller.id] = Guess(place, law.mean, law.p80, self.last.get(line, law.mean), oracle)
        self.learned.joined(line, place, center.now)

    def answered(self, center: Center, outcome: Outcome) -> None:
        """The truth is known."""
        center.at(center.now + outcome.caller.handling, self.learned.talked, outcome.caller.handling)
        guess = self.open.pop(outcome.caller.id, None)
        if guess:
            line = line_of(outcome.caller)
            self.learned.started(line, guess.place, outcome.wait, center.now, guess.p80)
            self.last[line] = guess.true = outcome.wait
            self.done.append(guess)

    def gave_up(self, center: Center, outcome: Outcome) -> None:
        """Whether the estimate was right is never known."""
        guess = self.open.pop(outcome.caller.id)
        self.learned.gave_up(line_of(outcome.caller), guess.place, outcome.wait, center.now)


def line_of(caller: Caller) -> str:
    """The caller's widest line."""
    return predicate_line(caller.need.skill, caller.need.level, caller.need.language)


@dataclass(frozen=True)
class System:
    """A center to estimate in, and its bars."""

    name: str
    callers: Iterator[Caller]
    workers: list[Worker]
    oracle: tuple[float, float] | None = None


def one_pool(name: str, size: int, per_hour: float, talk: float, patience: float) -> System:
    """Clinicians who can all do the same."""
    coming = poisson(Random(f"{SEED}:{name}"), per_hour=per_hour, talk=talk, patience=patience)
    return System(name, coming, pool(size), (size / talk, patience))


def chain() -> System:
    """Six kinds of calls, 60 clinicians with two skills each: (i, i + 1) in a ring."""
    chance = Random(f"{SEED}:chain")
    kinds = [
        poisson(Random(chance.random()), per_hour=57, talk=600, patience=300, need=Need(f"t{kind}"), prefix=f"t{kind}-")
        for kind in range(6)
    ]
    ring = [OnDuty(f"c{n:02d}", {f"t{n % 6}": 2, f"t{(n + 1) % 6}": 1}, ("en",)) for n in range(60)]
    return System(
        "six kinds in a 2-chain", merge(*kinds, key=lambda caller: caller.at), [Worker(each) for each in ring]
    )


def estimates_in(system: System, wanted: int) -> list[Guess]:
    """So many estimates whose truth is known, after the warm-up."""
    kinds = {line_of(Caller("", 0, Need(skill), "", 0)) for worker in system.workers for skill in worker.on_duty.skills}
    serves = {
        worker.on_duty.clinician_id: frozenset(kinds & set(lines_served(worker.on_duty))) for worker in system.workers
    }
    asked = tuple(Predicate(kind.partition("+")[0]) for kind in sorted(kinds))
    watcher = Estimating(Learned(serves), system.oracle)
    for _ in Center(ANYONE, asked, watcher=watcher).run(system.callers, system.workers):
        if len(watcher.done) >= WARM_UP + wanted:
            break
    return watcher.done[WARM_UP:]


@dataclass(frozen=True)
class Accuracy:
    """Errors of one estimator."""

    rrase: float
    bias: float


def accuracy(guesses: Sequence[Guess], name: str) -> Accuracy:
    """RRASE and bias of the estimates kept under this name."""
    wait = sum(guess.true for guess in guesses) / len(guesses)
    errors = [guess.true - float(getattr(guess, name)) for guess in guesses]
    return Accuracy(sqrt(sum(e * e for e in errors) / len(errors)) / wait, sum(errors) / len(errors) / wait)


def coverage(guesses: Sequence[Guess]) -> float:
    """The share of waits no longer than the P80 estimated for them."""
    return sum(guess.true <= guess.p80 for guess in guesses) / len(guesses)


def report(system: System, wanted: int) -> tuple[list[Guess], Accuracy]:
    """Simulate, print, and return what the bars are about."""
    guesses = estimates_in(system, wanted)
    ours, last = accuracy(guesses, "mean"), accuracy(guesses, "last")
    blocks = [coverage(guesses[at : at + BLOCK]) for at in range(0, BLOCK * BLOCKS, BLOCK)]
    good = sum(0.75 <= block <= 0.85 for block in blocks)
    print(
        f"{system.name}: rrase {ours.rrase:.3f}, bias {ours.bias:+.3f}, last-to-enter {last.rrase:.3f} "
        f"({1 - ours.rrase / last.rrase:.0%} below it), P80 coverage {coverage(guesses):.3f}, "
        f"{good}/{BLOCKS} blocks of {BLOCK} within 75-85 % ({min(blocks):.2f}-{max(blocks):.2f})"
    )
    return guesses, ours


def main(arguments: list[str]) -> int:
    """All systems; 0 if every bar is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--estimates", type=int, default=20_000)
    options = parser.parse_args(arguments)
    print(f"seed {SEED}, {options.estimates} estimates each")
    for system in (
        one_pool("60 clinicians, 10 min", 60, 342, 600, 300),
        one_pool("8 clinicians, 5 min", 8, 96, 300, 300),
    ):
        guesses, ours = report(system, options.estimates)
        oracle = accuracy(guesses, "oracle")
        print(f"  ewt_rrase/QLs {ours.rrase / oracle.rrase:.3f} (bar 1.03), oracle's bias {oracle.bias:+.3f}")
    report(chain(), options.estimates)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
