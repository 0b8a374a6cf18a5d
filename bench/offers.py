"""How long a free clinician stands idle: until an offer is committed, and until the carrier is asked to ring.

    python -m bench.offers [--rounds 200]

The product's own steps in one process, with real Redis and the database: a clinician is set ready while callers wait,
Redis matches, SQL commits the offer, the nudge is performed, and a carrier that only notes the time is asked to ring.
What a worker of its own adds (RQ takes milliseconds) is not in it. Each clinician is set away again afterwards.
Calls are unpaced; what the pace adds at one and at five calls a second is printed last (`bench/paced.py`).
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from itertools import cycle
from pathlib import Path

from redis import Redis

import errands
import routing.store
from actions import Actions
from bench import paced
from bench.prepared import prepared, staffed
from config import valkey
from config.columns import new_id
from routing.needs import Need, epoch_ms
from tests.resources import fresh_database, missing, postgres_server
from tools import Tools

COMMITTED_P50_MS, COMMITTED_P99_MS, DIAL_P50_MS, DIAL_P99_MS = 5, 25, 50, 150
SIZES = ((10, 50), (100, 1000))  # clinicians, waiting


def main() -> int:
    """Measure each size on each database; whether the goals hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    met = True
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis_url = stack.enter_context(valkey.running(folder)).url
        server = None if missing("postgres") else stack.enter_context(postgres_server())
        for clinicians, waiting in SIZES:
            urls = [f"sqlite:///{folder}/{waiting}.db"]
            urls += [stack.enter_context(fresh_database(server))] if server else []
            for url in urls:
                met &= measured(prepared(url, redis_url, folder), clinicians, waiting, rounds)
        paced.told(prepared(f"sqlite:///{folder}/paced.db", redis_url, folder), Redis.from_url(redis_url))
    return 0 if met else 1


def measured(tools: Tools, clinicians: int, waiting: int, rounds: int) -> bool:
    """Let so many wait, free one clinician after the other, and print how long it took."""
    nudged: list[tuple[int, int]] = []
    offered_at = [0.0]

    def told(entry: int, tries: int, _urgent: bool) -> None:  # the first thing after an offer's commit
        offered_at[0] = time.perf_counter()
        nudged.append((entry, tries))

    center = replace(tools, nudge=told)
    people = staffed(tools, clinicians)
    for number in range(waiting):
        _waits(center, number)
    committed, dialled = [], []
    for _, person in zip(range(rounds), cycle(people), strict=False):
        nudged.clear()
        begins = time.perf_counter()
        Actions(center).set_presence(person, "ready", None, None)
        committed.append((offered_at[0] - begins) * 1000)
        assert nudged, "nothing was offered"
        for nudge in list(nudged):
            errands.perform_by_id(*nudge, center)
        dialled.append((center.carrier.asked_at - begins) * 1000)  # type: ignore[attr-defined]
        Actions(center).set_presence(person, "away", None, None)
    name = f"{tools.database.engine.dialect.name}, {clinicians} clinicians, {waiting} waiting"
    tools.database.close()
    return _judged(f"{name}: free -> committed", committed, COMMITTED_P50_MS, COMMITTED_P99_MS) & (
        _judged(f"{name}: free -> dial asked", dialled, DIAL_P50_MS, DIAL_P99_MS)
    )


def _waits(tools: Tools, number: int) -> None:
    now = tools.now()
    with tools.database.transaction() as tx:
        routing.store.join(
            tx,
            wait_id=(wait_id := new_id()),
            call_id=new_id(),
            kind="call",
            sid=None,
            callback_id=None,
            need=Need("physical_therapy"),
            ladder_name="plain",
            ladder=tools.content.ladders["plain"],
            place_ms=epoch_ms(now) + number,
            now=now,
        )
        entry = routing.store.line_entry(tx, wait_id)
    tools.lines.apply_wait(entry, epoch_ms(now))


def _judged(what: str, took: list[float], p50: float, p99: float) -> bool:
    ordered = sorted(took)
    median, late = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    met = median <= p50 and late <= p99
    print(f"{what}: p50 {median:.1f} ms p99 {late:.1f} ms (at most {p50} and {p99}) {'met' if met else 'NOT MET'}")
    return met


if __name__ == "__main__":
    sys.exit(main())
