"""The kill campaign of promised callbacks: `python -m tests.chaos.callbacks [--sample N] [--record FILE] [--planted]`.

A promise is due, a clinician takes it, the patient is dialled; and at one line of the dialling job or of the clock the
process is killed (or sleeps for minutes), while the carrier fails in its own way and Redis may lose everything. Prints
a table, fault x victim. Exit code 1 if a promise was dropped, a patient dialled twice for one attempt, a phone rung at
night, or anybody left hanging. With `--record` a campaign that was broken off goes on where it was.
"""

import argparse
import sys
import time
from collections import defaultdict
from pathlib import Path

from tests.chaos.callbacks.campaign import VICTIMS, Campaign, Told, fitting, sample, told_before
from tests.chaos.callbacks.carrier import FAULTS
from tests.chaos.callbacks.planted import BUGS, planted


def main() -> int:
    """The campaign's exit code."""
    options = _options()
    with Campaign() as campaign:
        return _with_planted(campaign, options.sample or 100) if options.planted else _run(campaign, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.callbacks", description=__doc__)
    parser.add_argument("--sample", type=int, help="so many stories, spread over all, instead of all")
    parser.add_argument("--only", default="", help="only stories whose name this pattern fits")
    parser.add_argument("--record", type=Path, help="a file to which each story is written, and not told again")
    parser.add_argument("--planted", action="store_true", help="plant mistakes, and see that each is found")
    return parser.parse_args()


def _run(campaign: Campaign, options: argparse.Namespace) -> int:
    cells = fitting(campaign.cells(), options.only)
    known = {told.cell: told for told in told_before(options.record)}
    cells = sample(cells, options.sample or len(cells))
    done = [known[cell] for cell in cells if cell in known]
    say(f"{len(cells)} stories, {len(done)} of them told before.")
    began = time.monotonic()
    try:
        for cell in cells:
            if cell not in known:
                done.append(_told(campaign, cell, options.record))
    except KeyboardInterrupt:
        say("broken off")
    say(f"{table(done)}\n{totals(done)} {time.monotonic() - began:.0f} s.")
    return 0 if len(done) == len(cells) and not any(told.wrong for told in done) else 1


def _told(campaign: Campaign, cell: object, record: Path | None) -> Told:
    told = campaign.tell(cell)  # type: ignore[arg-type]
    if told.wrong:
        say(f"--- {told.cell.name}: {told.end}; {'; '.join(told.wrong)}")
    if record:
        with record.open("a", encoding="utf-8") as file:
            file.write(told.to_json() + "\n")
    return told


def _with_planted(campaign: Campaign, most: int) -> int:
    cells = campaign.cells()
    found = {}
    for bug, what in BUGS.items():
        such = sample(fitting(cells, what.stories), most)
        with planted(bug):
            caught = next((told for told in map(campaign.tell, such) if told.wrong), None)
        found[bug] = caught
        say(f"{bug}: {f'found, {caught.wrong[0]} ({caught.cell.name})' if caught else 'NOT FOUND'}")
    return 0 if all(found.values()) else 1


def table(told: list[Told]) -> str:
    """A row for each fault of the carrier, a column for each victim: stories, and in how many a rule was broken."""
    cells: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for one in told:
        cells[one.cell.fault, one.cell.victim].append(one)
    head = f"{'the first dial':<32}" + "".join(f"{victim:>16}" for victim in VICTIMS)
    rows = [f"{fault:<32}" + "".join(f"{_counted(cells[fault, victim]):>16}" for victim in VICTIMS) for fault in FAULTS]
    return "\n".join([head, *rows])


def _counted(told: list[Told]) -> str:
    wrong = sum(bool(one.wrong) for one in told)
    return f"{len(told)}{f' ({wrong} wrong)' if wrong else ''}" if told else "-"


def totals(told: list[Told]) -> str:
    """What the table says, in one line."""
    ends: dict[str, int] = defaultdict(int)
    for one in told:
        ends[one.end] += 1
    fired = sum(not one.missed for one in told)
    counts = {name: sum(bool(getattr(one, name)) for one in told) for name in ("dropped", "twice", "outside", "other")}
    how = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
    return (
        f"{len(told)} stories, in {fired} of them the line was passed: {how}. Promises dropped: {counts['dropped']}; "
        f"dialled twice for one attempt: {counts['twice']}; outside the window: {counts['outside']}; "
        f"anything else wrong: {counts['other']}."
    )


def say(text: str) -> None:
    """A line on the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
