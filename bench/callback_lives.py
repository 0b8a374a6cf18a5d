"""Many random histories of promises: `python -m bench.callback_lives [--steps 1000000] [--seed 1]`.

Each history has 5,000 steps on a database of its own; exit code 1 at the first broken invariant (I5, I6, I7), with its
seed. Prints how often each thing happened, and the speed.
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from config.columns import metadata
from config.database import Database
from tests.callbacks.lives import TABLES, Broken, live

A_HISTORY, A_HUNDRED_THOUSAND = 5_000, 100_000


def main() -> int:
    """Live so many steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began, done, steps, ended = time.process_time(), Counter[str](), 0, Counter[str]()
    for seed in range(options.seed, options.seed + -(-options.steps // A_HISTORY)):
        try:
            lives = _lived(seed, min(A_HISTORY, options.steps - steps))
        except Broken as broken:
            print(f"BROKEN: {broken}")
            return 1
        steps, done = steps + lives[0], done + lives[1]
        ended += lives[2]
        if steps % A_HUNDRED_THOUSAND == 0:
            print(f"{steps} steps so far, to seed {seed}, none broken", flush=True)
    spent = time.process_time() - began
    print(f"{steps} steps, 0 violations of I5, I6 and I7; {steps / spent:.0f} steps a second of processor time")
    print("happened: " + ", ".join(f"{name} {count}" for name, count in done.most_common()))
    print("ended: " + ", ".join(f"{name} {count}" for name, count in ended.most_common()))
    return 0


def _lived(seed: int, steps: int) -> tuple[int, Counter[str], Counter[str]]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder)}/lives.db")
        metadata.create_all(database.engine, tables=TABLES)
        lives = live(database, seed, steps)
        database.close()
    return lives.steps, lives.done, Counter(lives.ended.values())


if __name__ == "__main__":
    raise SystemExit(main())
