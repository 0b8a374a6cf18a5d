"""The kill campaign: `python -m tests.chaos [--sample N] [--rate R]`.

Plays Joe's call once without a kill to learn its points, then once for every point and every process (web, worker,
clock, and Valkey with its data deleted), and prints the table point x process x end. Exit code 1 if Joe was lost, heard
the carrier's error, or anybody was left hanging; also if a cell was not played.
"""

import argparse
import re
import time

from config.processes import CannotStart, Interrupted
from tests.chaos.campaign import Campaign, Run, cells_of, sample
from tests.chaos.center import VICTIMS, DidNotRecover
from tests.chaos.table import say, table, totals, trouble


def main() -> int:
    """The campaign's exit code."""
    options = _options()
    try:
        with Campaign(rate=options.rate, until=time.monotonic() + options.minutes * 60) as campaign:
            return _run(campaign, options)
    except (KeyboardInterrupt, Interrupted):
        say("interrupted; everything is stopped")
        return 130
    except (CannotStart, DidNotRecover, RuntimeError) as problem:
        say(str(problem))
        return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--sample", type=int, help="so many points, spread over the call, instead of all")
    parser.add_argument("--rate", type=float, default=8.0, help="how much faster than real time the center lives")
    parser.add_argument("--minutes", type=float, default=60.0, help="no run begins later than this")
    parser.add_argument("--victim", choices=VICTIMS, action="append", help="only this process; may be repeated")
    parser.add_argument("--only", default="", help="only points whose name this pattern fits")
    return parser.parse_args()


def _run(campaign: Campaign, options: argparse.Namespace) -> int:
    points = campaign.points()
    chosen = [point for point, _ in points if re.search(options.only, str(point))]
    cells = cells_of(sample(chosen, options.sample or len(chosen)), tuple(options.victim or VICTIMS))
    say(f"Joe's call has {len(points)} points; {len(cells)} kills follow.")
    runs: list[Run] = []
    try:
        for run in campaign.kills(cells):
            runs.append(run)
            say(f"{len(runs):>3}  {run.victim:<7} {run.point}: {run.end} {run.seconds:.1f} s")
            if not run.is_good:
                say(trouble(run))
    finally:
        say(f"\n{table(points, runs)}\n\n{totals(runs, len(cells))}")
    return 0 if len(runs) == len(cells) and all(run.is_good for run in runs) else 1


if __name__ == "__main__":
    raise SystemExit(main())
