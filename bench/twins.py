"""The Lua against the pure policy over a long random history of a whole center: every answer compared.

    python -m bench.twins [--steps 1000000] [--seed 1]

`tests/routing/twins.py` has the history and says what must hold; the tests walk 50,000 steps of it.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import structlog
from redis import Redis

from config import valkey
from routing.lines import Lines
from tests.routing.twins import walk

PIECE = 10_000  # steps of one seed


def _quiet(*_event: object) -> str:
    raise structlog.DropEvent


def main() -> int:
    """Walk as far as asked, in pieces with a seed each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first piece of 10,000 steps; the next is one more")
    options = parser.parse_args()
    structlog.configure(processors=[_quiet])  # deep searches are looked for here, and told one by one
    begins, matches = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder, valkey.running(Path(folder)) as server:
        lines = Lines(Redis.from_url(server.url))
        for piece in range(max(1, options.steps // PIECE)):
            matches += walk(lines, options.seed + piece, min(options.steps, PIECE)).matches
            if piece % 10 == 9:
                print(f"{(piece + 1) * PIECE} steps, {matches} matches, 0 differences", flush=True)
    print(f"{options.steps} steps, {matches} matches: 0 differences, 0 violations of I2, I3, I9, I11")
    print(f"in {time.monotonic() - begins:.0f} s, seeds from {options.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
