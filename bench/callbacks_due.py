"""What it costs to find and dispatch due callbacks among many that are not yet due, and how late they are.

    python -m bench.callbacks_due [--pending 100,10000,100000] [--postgres] [--due 20]

`--due` promises come due at one instant; the clock ticks once. Timed are the look (one query, repeated) and the whole
part of the clock that puts them in line (rows, waits, journal, outbox; Redis is left out). The reference is SELECT 1 of
the same minute. Pending promises are due from tomorrow on; as many ended ones lie beside them.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import insert, text

import callbacks.store
import clock as clock_door
import errands
import seeding
from callbacks.rows_store import REQUESTS
from calls.store import CALLS
from config.database import Database
from config.reading import read_content
from config.settings import ROOT
from migrations import upgrade
from tests.resources import fresh_database, postgres_server
from tests.scenarios.orders import Center

LOOKS = 200


def main() -> int:
    """Measure each size on each database; 1 if something due waited for more than two seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pending", default="100,10000,100000")
    parser.add_argument("--due", type=int, default=20)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    late = False
    print(
        f"{'database':<10} {'pending':>8} {'look p50':>10} {'of SELECT 1':>12} {'dispatch':>10}  of {options.due} due"
    )
    for pending in map(int, options.pending.split(",")):
        for name, opened in (("sqlite", _sqlite), *((("postgres", _postgres),) if options.postgres else ())):
            with opened() as center:
                took = _measured(center, pending, options.due)
            late = late or took[2] > 2.0
            print(f"{name:<10} {pending:>8} {took[0] * 1e6:>8.0f}us {took[0] / took[1]:>12.1f} {took[2] * 1e3:>8.1f}ms")
    return 1 if late else 0


@contextmanager
def _sqlite() -> Iterator[Center]:
    with tempfile.TemporaryDirectory() as folder:
        upgrade(f"sqlite:///{folder}/orders.db")
        center = Center(Path(folder), read_content(ROOT / "config"))
        seeding.seed(center.tools)
        yield center
        center.database.close()


@contextmanager
def _postgres() -> Iterator[Center]:
    with postgres_server() as server, fresh_database(server) as url, tempfile.TemporaryDirectory() as folder:
        upgrade(url)
        center = Center(Path(folder), read_content(ROOT / "config"))
        object.__setattr__(center.tools, "database", Database(url))
        center.database = center.tools.database
        seeding.seed(center.tools)
        yield center
        center.database.close()


def _measured(center: Center, pending: int, due: int) -> tuple[float, float, float]:
    """Seconds of a look, of SELECT 1, and of the clock's part."""
    now = center.clock.at
    _fill(center, [*_rows("later", pending, now + timedelta(days=1)), *_rows("past", pending, now, ended=now)])
    _fill(center, _rows("due", due, now))
    with center.database.reading() as tx:
        look = _median(lambda: callbacks.store.due_ids(tx, now, 1000))
        reference = _median(lambda: tx.execute(text("SELECT 1")).all())
    with patch.object(errands, "after_commit", lambda *_told: None):
        began = time.perf_counter()
        lined_up = clock_door.due_promises(center.tools)
        spent = time.perf_counter() - began
    assert lined_up == due, lined_up
    return look, reference, spent


def _median(what: Callable[[], object]) -> float:
    times = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        what()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _rows(kind: str, many: int, due: datetime, ended: datetime | None = None) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{kind}{number}",
            "call_id": f"{kind}{number}",
            "number_hash": f"{kind}{number}",
            "number_sealed": "",
            "slot": "",
            "zones": "America/Chicago",
            "service": "therapy",
            "language": "en",
            "kind": "place",
            "asked_by": "patient",
            "texts": False,
            "team": "",
            "state": "reached" if ended else "booked",
            "message_left": False,
            "attempts": 0,
            "version": 1,
            "place_ms": number,
            "booked_at": due - timedelta(hours=1),
            "due_at": due + timedelta(seconds=number if kind == "later" else 0),
            "promised_from": due,
            "promise_by": due + timedelta(hours=2),
            "ended_at": ended,
        }
        for number in range(many)
    ]


def _fill(center: Center, rows: list[dict[str, Any]]) -> None:
    with center.database.transaction() as tx:
        for at in range(0, len(rows), 5000):
            some = rows[at : at + 5000]
            calls = [
                {"id": row["id"], "dialled": "", "level": 0, "language": "en", "arrived_at": row["booked_at"]}
                for row in some
            ]
            tx.execute(insert(CALLS), calls)
            tx.execute(insert(REQUESTS), some)
        if not center.database.is_sqlite:
            tx.execute(text("ANALYZE callback_requests"))


if __name__ == "__main__":
    raise SystemExit(main())
