"""The real Lua in virtual time against the Erlang table: `python -m bench.routing_virtual [--se 0.01] [--memory]`.

Each row of the table runs as many centers side by side, each begun in a state drawn from its steady state, so long that
the standard error of every figure is at most `--se` of it. How the drawn pace, talks and patience differ from their
known means is taken out by regression. A row holds if each figure lies within three standard errors of the exact one.
`--memory` takes the lines in memory instead of those in Valkey; `--callers` ends a row after so many.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from math import ceil, inf
from random import Random
from time import perf_counter

from bench.erlang_table import ROWS, Row
from bench.lanes import Trips, own_valkey
from bench.regression import Mean, adjusted
from bench.traces import ANYONE, poisson, pool
from routing.board import Board
from routing.needs import Need, Predicate
from routing.simulation import Caller, Center, Lines

SEED = 20_311_103
LANES = 64
PILOT = 1_500  # callers a lane
SPARE = 1.25  # more callers than the pilot asks for, since its standard error is itself an estimate
FIGURES = ("waiting", "speed_of_answer", "level", "abandoned")


@dataclass(frozen=True)
class LaneResult:
    """One center's figures, and how far its inputs were from their means (as shares of these)."""

    figures: dict[str, float]
    inputs: tuple[float, ...]


def run_lane(row: Row, number: int, callers: int, lines: Lines) -> LaneResult:
    """One center with this many counted callers."""
    chance = Random(f"{SEED}:{row}:{number}")
    need = Need(f"care{number}")
    first = list(_found_there(row, chance, need))
    coming = poisson(chance, per_hour=row.calls_per_hour, talk=row.talk, patience=row.patience, need=need)
    center = Center(ANYONE, (Predicate(need.skill),), lines)
    seen: list[tuple[Caller, float, bool]] = []
    named = (_renamed(caller, number) for caller in chain(first, coming))
    for outcome in center.run(named, pool(row.servers, {need.skill: 1}, prefix=f"{number}-")):
        place = int(outcome.caller.id.rpartition("-")[2])
        if 0 < place <= callers:
            seen.append((outcome.caller, outcome.wait, outcome.clinician is not None))
            if len(seen) == callers:
                break
    return LaneResult(_figures(seen, row), _inputs([caller for caller, _, _ in seen], row))


def _found_there(row: Row, chance: Random, need: Need) -> Iterator[Caller]:
    """Callers who were there before: as many as the steady state has, in talks and in line. All are number 0."""
    weights = _steady(row)
    there = chance.choices(range(len(weights)), weights)[0]
    for number in range(there):
        patience = inf if row.patience == inf or number < row.servers else chance.expovariate(1 / row.patience)
        yield Caller(f"{number}:0", 0.0, need, "anyone", chance.expovariate(1 / row.talk), patience)


def _steady(row: Row) -> list[float]:
    weights = [1.0]
    arrivals, service, give_up = row.calls_per_hour / 3600, 1 / row.talk, 1 / row.patience
    for n in range(1, row.servers + 3000):
        weights.append(weights[-1] * arrivals / (min(n, row.servers) * service + max(0, n - row.servers) * give_up))
    return weights


def _renamed(caller: Caller, lane: int) -> Caller:
    """Ids that no other lane has: `lane-who-number`, so that one server can hold all lanes."""
    who, _, zero = caller.id.partition(":")
    return Caller(
        f"{lane}-{who if zero else 'new'}-{zero or who}",
        caller.at,
        caller.need,
        caller.ladder,
        caller.handling,
        caller.patience,
    )


def _figures(seen: list[tuple[Caller, float, bool]], row: Row) -> dict[str, float]:
    served = [wait for _, wait, answered in seen if answered]
    return {
        "waiting": sum(wait > 0 for _, wait, _ in seen) / len(seen),
        "speed_of_answer": sum(served) / len(served),
        "level": sum(wait <= row.target for wait in served) / len(seen),
        "abandoned": 1 - len(served) / len(seen),
    }


def _inputs(callers: list[Caller], row: Row) -> tuple[float, ...]:
    n = len(callers)
    pace = max(caller.at for caller in callers) * row.calls_per_hour / 3600 / n - 1
    talk = sum(caller.handling for caller in callers) / n / row.talk - 1
    patience = sum(caller.patience for caller in callers) / n / row.patience - 1 if row.patience < inf else None
    return (pace, talk) if patience is None else (pace, talk, patience)


@dataclass(frozen=True)
class Checked:
    """One row, measured: the means, and the exact values."""

    row: Row
    callers: int
    means: dict[str, Mean]

    def exact(self, name: str) -> float:
        """What the formula says."""
        return float(getattr(self.row.computed(), name))

    def relative_error(self) -> float:
        """The largest standard error, as a share of its value."""
        return max(mean.error / self.exact(name) for name, mean in self.means.items())

    def holds(self) -> bool:
        """Whether every figure is within three standard errors."""
        return all(mean.within(self.exact(name)) for name, mean in self.means.items())

    def __str__(self) -> str:
        parts = (f"{name} {mean.value:.5g} ({self._off(name):+.1f} se)" for name, mean in self.means.items())
        verdict = "holds" if self.holds() else "DOES NOT HOLD"
        return f"{self.row}: {', '.join(parts)}; se <= {self.relative_error():.2%}, {self.callers:,} callers: {verdict}"

    def _off(self, name: str) -> float:
        return (self.means[name].value - self.exact(name)) / self.means[name].error


Runner = Callable[[Row, int], list[LaneResult]]


def in_memory(row: Row, callers: int) -> list[LaneResult]:
    """All lanes on lines in memory."""
    return [run_lane(row, number, callers, Board()) for number in range(LANES)]


def on_valkey(trips: Trips) -> Runner:
    """All lanes at once on the Lua of one server."""

    def run(row: Row, callers: int) -> list[LaneResult]:
        trips.say("FLUSHDB")
        results: list[LaneResult] = []

        def lane(number: int) -> Callable[[], None]:
            return lambda: results.append(run_lane(row, number, callers, trips.lines()))

        trips.run([lane(number) for number in range(LANES)])
        return results

    return run


def check(row: Row, run: Runner, wanted: float, most: int) -> Checked:
    """Simulate until the standard errors are as wanted, or the callers are used up."""
    each = min(PILOT, most // LANES)
    checked = _checked(row, each, run(row, each))
    while checked.relative_error() > wanted and each < most // LANES:
        each = min(most // LANES, ceil(each * SPARE * (checked.relative_error() / wanted) ** 2))
        checked = _checked(row, each, run(row, each))
    return checked


def _checked(row: Row, each: int, lanes: list[LaneResult]) -> Checked:
    names = [name for name in FIGURES if name != "abandoned" or row.patience < inf]
    inputs = [lane.inputs for lane in lanes]
    means = {name: adjusted([lane.figures[name] for lane in lanes], inputs) for name in names}
    return Checked(row, each * LANES, means)


def main(arguments: list[str]) -> int:
    """Check the rows; 0 if all hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--se", type=float, default=0.01, help="standard error wanted, as a share of the value")
    parser.add_argument("--callers", type=int, default=20_000_000, help="at most, a row")
    parser.add_argument("--rows", default="0:21", help="rows of the table, such as 0:11")
    parser.add_argument("--memory", action="store_true", help="the lines in memory instead of the Lua")
    options = parser.parse_args(arguments)
    first, _, last = options.rows.partition(":")
    print(f"seed {SEED}, {LANES} centers a row, {'lines in memory' if options.memory else 'the Lua in Valkey'}")
    with own_valkey() as trips:
        run = in_memory if options.memory else on_valkey(trips)
        checked = [_told(row, run, options) for row in ROWS[int(first) : int(last)]]
    good = sum(each.holds() for each in checked)
    worst = max(each.relative_error() for each in checked)
    print(f"rows_within_3_se {good}/{len(checked)}, largest standard error {worst:.2%} of its value")
    return 0 if good == len(checked) else 1


def _told(row: Row, run: Runner, options: argparse.Namespace) -> Checked:
    started = perf_counter()
    checked = check(row, run, options.se, options.callers)
    print(f"{checked} ({perf_counter() - started:.0f} s)", flush=True)
    return checked


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
