"""The campaign's outcome as a table: a row for each point, a column for each victim."""

import sys
from collections import Counter

from tests.chaos.campaign import LOST, MISSED, Run
from tests.chaos.center import VICTIMS
from tests.chaos.gate import Point

CELL = 24  # characters


def table(points: list[tuple[Point, str]], runs: list[Run]) -> str:
    """Every point of the call, who passes it, and how Joe ended when each victim died there."""
    cells = {(run.point, run.victim): _cell(run) for run in runs}
    wide = max(len(str(point)) for point, _ in points)
    head = f"{'point':<{wide}}  {'at':<6}  " + "".join(f"{victim:<{CELL}}" for victim in VICTIMS)
    rows = [
        f"{point!s:<{wide}}  {who:<6}  "
        + "".join(f"{cells.get((point, victim), '-'):<{CELL}}" for victim in VICTIMS)
        for point, who in points
        if any((point, victim) in cells for victim in VICTIMS)
    ]
    return "\n".join(line.rstrip() for line in [head, *rows])


def _cell(run: Run) -> str:
    mark = " !" if run.wrong else ""
    return f"{run.end} {run.seconds:.1f} s{mark}"


def totals(runs: list[Run], wanted: int) -> str:
    """How often each end, and what was wrong."""
    ends = Counter(run.end for run in runs)
    counted = "; ".join(f"{count} {end}" for end, count in ends.most_common())
    wrong = sum(bool(run.wrong) for run in runs)
    return (
        f"{len(runs)} of {wanted} kills: {counted or 'none'}. "
        f"Lost: {ends[LOST]}, points missed: {ends[MISSED]}, something else wrong: {wrong}."
    )


def trouble(run: Run) -> str:
    """All that helps to understand a run that did not end well."""
    lines = [f"--- {run.victim} killed at {run.point}: {run.end} after {run.seconds:.1f} s", *run.wrong, *run.story]
    return "\n    ".join(lines)


def say(text: str) -> None:
    """A line on the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
