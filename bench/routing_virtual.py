"""The real Lua in virtual time against the Erlang table.

    python -m bench.routing_virtual [--rows 0:21] [--minutes 10] [--se 0.01] [--memory]

A row of the table is run in batches of centers side by side, each begun in a state drawn from its steady state
(`bench/virtual_lane.py`). Every batch is kept in a file under `var/`, so that a run can be stopped, and goes on where
it was. Seeds are fixed. Two estimates are made of the same centers, both with what is known taken out by regression:

- plain: how the luck of a center differs from its known means: pace, talks, patience, who was there at the start, how
  crowded the same callers would find a center of endless clinicians, and (if nobody gives up) how long they would wait
  for one alone as fast as all together;
- paired: also how the first-come-first-served recursion fared with the same callers. Its means are those of the
  formulas, by theory, so what is left is how the Lua differs from it.

The first tells what the second cannot: a mistake that the recursion, the formulas and the Lua share. It tells it in
part only, as each center begins in the state that the formulas name, and leaves it slowly if it is large.

A row is done when the paired standard error of every figure is at most `--se` of it (with `--plain`, the plain one,
which must lie within three standard errors of the exact value too). By chance a right router fails that in one of some
ten runs over all rows: go on with a smaller `--se`, and see whether it stays. `apart` counts the callers whose wait or
end was not that of the recursion. `--memory` takes the lines in memory instead of those in Valkey.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from math import inf
from pathlib import Path
from statistics import fmean
from time import monotonic

from bench import traces, virtual_lane
from bench.erlang_table import ROWS, Row
from bench.lanes import Trips, own_valkey
from bench.regression import Mean, adjusted
from bench.virtual_lane import FIGURES, SUMS, Lane, run_lane
from config.scripts import Script
from config.settings import ROOT
from routing import board, lines, needs, policy, simulation
from routing.board import Board
from routing.lines import Lines

SEED = 20_311_103
LANES = 256
CALLERS = 1_000  # of a lane in one batch
A_MILLIONTH = 1e-6  # of the exact value: nearer than the table is printed
KEPT = ROOT / "var" / "routing_virtual.jsonl"

Run = Callable[[Row, int, int], list[Lane]]


def in_memory(row: Row, batch: int, callers: int) -> list[Lane]:
    """One batch on lines in memory."""
    return [run_lane(row, _seed(row, batch, number), number, callers, Board()) for number in range(LANES)]


def on_valkey(trips: Trips) -> Run:
    """One batch, all lanes at once, on the Lua of one server."""

    def run(row: Row, batch: int, callers: int) -> list[Lane]:
        trips.say("FLUSHDB")
        lanes: list[Lane] = []

        def lane(number: int) -> Callable[[], None]:
            return lambda: lanes.append(run_lane(row, _seed(row, batch, number), number, callers, trips.lines()))

        trips.run([lane(number) for number in range(LANES)])
        return lanes

    return run


def _seed(row: Row, batch: int, lane: int) -> str:
    return f"{SEED}:{row}:{batch}:{lane}"


@dataclass(frozen=True)
class Checked:
    """One row, measured: its plain and its paired estimates by figure, and the callers who fared otherwise."""

    row: Row
    callers: int
    plain: dict[str, Mean]
    paired: dict[str, Mean]
    apart: int

    def by(self, which: str) -> dict[str, Mean]:
        """The estimates of one of the two kinds."""
        return {"plain": self.plain, "paired": self.paired}[which]

    def exact(self, name: str) -> float:
        """What the formula says."""
        return float(getattr(self.row.computed(), name))

    def error(self, means: dict[str, Mean]) -> float:
        """The largest standard error, as a share of its value."""
        return max(mean.error / self.exact(name) for name, mean in means.items())

    def off(self, means: dict[str, Mean]) -> float:
        """The farthest that a figure is from the exact one, in standard errors; 0 within a millionth of it."""
        return max(_off(mean, self.exact(name)) for name, mean in means.items())

    def holds(self) -> bool:
        """Whether every figure is within three standard errors."""
        return self.off(self.paired) <= 3

    def __str__(self) -> str:
        return (
            f"{self.row}: {self.callers:,} callers, {self.apart} apart; "
            f"plain se <= {self.error(self.plain):.2%}, off by at most {self.off(self.plain):.1f} se; "
            f"paired se <= {self.error(self.paired):.1e}, {self.off(self.paired):.1f} se"
            f"{'' if self.holds() else ': DOES NOT HOLD'}"
        )


def _off(mean: Mean, exact: float) -> float:
    away = abs(mean.value - exact)
    if away <= A_MILLIONTH * exact:
        return 0.0
    return away / mean.error if mean.error else inf


def checked(row: Row, lanes: Sequence[Lane]) -> Checked:
    """The estimates of a row from all its lanes."""
    names = [name for name, _ in row.printed]
    plain = {name: _estimate(row, name, lanes, paired=False) for name in names}
    paired = {name: _estimate(row, name, lanes, paired=True) for name in names}
    callers = int(sum(lane.found[SUMS.index("callers")] for lane in lanes))
    return Checked(row, callers, plain, paired, sum(lane.apart for lane in lanes))


def _estimate(row: Row, name: str, lanes: Sequence[Lane], *, paired: bool) -> Mean:
    """The ratio of two sums, with what is known taken out of both."""
    above, below = (SUMS.index(each) for each in FIGURES[name])
    exact, usual = float(getattr(row.computed(), name)), fmean(lane.found[below] for lane in lanes)
    twins = [(lane.recursion[above] - exact * lane.recursion[below]) / usual / exact for lane in lanes]
    known = [(*lane.inputs, twin) if paired else lane.inputs for lane, twin in zip(lanes, twins, strict=True)]
    ratio = adjusted([lane.found[above] for lane in lanes], known).value
    ratio /= adjusted([lane.found[below] for lane in lanes], known).value
    left = adjusted([(lane.found[above] - ratio * lane.found[below]) / usual for lane in lanes], known)
    return Mean(ratio, left.error)


def mark_of_today() -> str:
    """Tells the router of today, its scripts, and the way lanes are measured, from those of another day."""
    mark = sha256()
    for module in (virtual_lane, traces, board, lines, needs, policy, simulation):
        mark.update(Path(str(module.__file__)).read_bytes())

    def noted(source: str, _key: str) -> Script:
        mark.update(source.encode())
        return lambda _arguments: b""

    Lines(None, noted)  # type: ignore[arg-type]
    return mark.hexdigest()[:12]


class Kept:
    """The batches done so far, in a file with a batch a line. Those of other scripts than today's are not counted."""

    def __init__(self, path: Path, lines: str) -> None:
        self._path, self._as = path, lines
        self._lanes: dict[str, list[Lane]] = {}
        self._batches: dict[str, int] = {}
        text = path.read_text() if path.exists() else ""
        if cut_off := text.rpartition("\n")[2]:  # stopped while it was written
            text = text.removesuffix(cut_off)
            path.write_text(text)
        for line in text.splitlines():
            self._count(json.loads(line))

    def lanes(self, row: Row) -> list[Lane]:
        """All lanes of a row."""
        return self._lanes.get(str(row), [])

    def next_batch(self, row: Row) -> int:
        """The number of the row's next batch, from 0."""
        return self._batches.get(str(row), 0)

    def add(self, row: Row, lanes: Sequence[Lane]) -> None:
        """Keep one more batch of a row."""
        batch = {"lines": self._as, "row": str(row), "lanes": [list(asdict(lane).values()) for lane in lanes]}
        self._path.parent.mkdir(exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps(batch) + "\n")
        self._count(batch)

    def _count(self, batch: Mapping[str, object]) -> None:
        if batch["lines"] != self._as:
            return
        row, lanes = str(batch["row"]), batch["lanes"]
        assert isinstance(lanes, list)
        read = [Lane(tuple(found), tuple(recursion), tuple(inputs), apart) for found, recursion, inputs, apart in lanes]
        self._lanes.setdefault(row, []).extend(read)
        self._batches[row] = self._batches.get(row, 0) + 1


def improve(rows: Sequence[Row], run: Run, kept: Kept, done: Callable[[Row], bool], until: float) -> None:
    """One batch of each row that is not done, round after round, until all are or the time is over."""
    left = [row for row in rows if not done(row)]
    while left:
        for row in list(left):
            if monotonic() >= until:
                return
            kept.add(row, run(row, kept.next_batch(row), CALLERS))
            if done(row):
                left.remove(row)


def main(arguments: list[str]) -> int:
    """Check the rows; 0 if all hold and are done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--se", type=float, default=0.01, help="standard error wanted, as a share of the value")
    parser.add_argument("--rows", default="0:21", help="rows of the table, such as 0:11")
    parser.add_argument("--minutes", type=float, default=inf, help="how long to go on at most")
    parser.add_argument("--plain", action="store_true", help="until the plain standard errors are as wanted, and hold")
    parser.add_argument("--memory", action="store_true", help="the lines in memory instead of the Lua")
    parser.add_argument("--keep", type=Path, default=KEPT, help="the file of what was done; without it all begins anew")
    options = parser.parse_args(arguments)
    wanted, se = "plain" if options.plain else "paired", float(options.se)
    rows = ROWS[slice(*map(int, options.rows.split(":")))]
    kept = Kept(options.keep, f"{'memory' if options.memory else 'lua'} {mark_of_today()}")
    print(f"seed {SEED}, batches of {LANES} centers of {CALLERS} callers, kept in {options.keep}", flush=True)

    def done(row: Row) -> bool:
        if not kept.lanes(row):
            return False
        found = checked(row, kept.lanes(row))
        print(found, flush=True)
        return found.error(found.by(wanted)) <= se

    with own_valkey() as trips:
        run = in_memory if options.memory else on_valkey(trips)
        improve(rows, run, kept, done, monotonic() + options.minutes * 60)
    found = [checked(row, kept.lanes(row)) for row in rows if kept.lanes(row)]
    print("\n".join(map(str, found)))
    paired, plain = (_told(which, found, len(rows), se) for which in ("paired", "plain"))
    return 0 if paired and (plain or not options.plain) else 1


def _told(which: str, found: list[Checked], wanted: int, se: float) -> bool:
    """Print how one of the two estimates fares; whether it holds in all rows, as exactly as wanted."""
    exact = sum(each.error(each.by(which)) <= se for each in found)
    near = sum(each.off(each.by(which)) <= 3 for each in found)
    print(f"{which}: within 3 se {near}/{wanted} rows, se <= {se:.1%} in {exact}/{wanted}")
    return near == exact == wanted


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
