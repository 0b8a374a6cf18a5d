"""How old a board is: from a caller's standing in line to the screens of 50 supervisors, at 20 calls a second.

    python -m bench.boards [--seconds 20] [--boards 50] [--calls 20]

Web and desk run as in production (their own gunicorn files), with one Redis between, on SQLite and on PostgreSQL;
worker and clock do not, for nobody is free and nothing is due. Every call has a number of its own (one of 2,000),
goes through its five turns and then waits, so the number that a board shows as waiting only rises: when it says N, the
first N callers are on the screen. What is measured is each caller's way from the answer of his last turn to each board,
and the webhook's p99 without boards and with them, in the same minute. The boards are plain readers of the stream
(`bench/screens.py`): what a browser needs to draw is not in the figures. Requests are signed before the clock starts.
Beside the times stands what processor time web, desk, Redis, PostgreSQL and the measuring itself took while the calls
came, in hundredths of one processor: on a machine that others load it says more than the times do.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path

from redis import Redis

from bench.blaster import Result, blast
from bench.screens import Screens, ages
from bench.webhooks import ORIGIN, _await, _free_port, call_requests, databases, environ, prepare
from config import valkey
from config.settings import ROOT

LANES = 24
# None of the demo world's, whose callers may go another way.
AREAS = (212, 213, 206, 303, 305, 216, 314, 404, 412, 415, 503, 512, 602, 612, 614, 617, 702, 713, 801, 919)
TURNS = 5  # of a call, until he waits
LAST_TURN = "/voice/turn/5/keys"
LONGEST_S, P99_MS = 1.0, 25.0
LATE = 5.0  # seconds after the last call in which boards may still catch up


def main() -> int:
    """Measure, print, and say whether the goals hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="of calls, once without and once with boards")
    parser.add_argument("--boards", type=int, default=50)
    parser.add_argument("--calls", type=int, default=20, help="calls a second")
    options = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before the run")
    ok = True
    with tempfile.TemporaryDirectory() as folder, valkey.running(Path(folder)) as server:
        redis = {"Redis": int(Redis.from_url(server.url).info("server")["process_id"])}
        for name, url in databases(Path(folder)):
            ports = {"PORT": str(_free_port()), "DESK_PORT": str(_free_port())}
            given = {**environ(url, server.url, Path(folder)), **ports}
            prepare(given)
            with _serving("web", given) as web, _serving("desk", given) as desk:
                pids = {"web": web, "desk": desk, **redis, **_database(Path(folder))}
                ok &= _measure(name, given, options, pids)
    return 0 if ok else 1


def _measure(name: str, given: dict[str, str], options: argparse.Namespace, servers: Mapping[str, int]) -> bool:
    web, desk = int(given["PORT"]), int(given["DESK_PORT"])
    with _calls(web, 2.0, options.calls) as warm_up:
        warm_up()
    with _calls(web, options.seconds, options.calls) as calls:
        alone = _run(calls, servers)
    screens = Screens(desk, options.boards)
    with _calls(web, options.seconds, options.calls) as calls, screens.reading():
        watched = _run(calls, servers, screens)
        time.sleep(LATE)
    shown = screens.shown()
    joined = sorted(at for path, at in watched.seen.answered if path == LAST_TURN)
    found = ages(shown, watched.begun, joined)
    fragments = sum(watched.begun <= at < watched.begun + options.seconds for screen in shown for at, _ in screen)
    p95, seen = _percentile(found, 0.95), len(found) / max(1, len(joined) * options.boards)
    p99 = [each.seen.percentile(0.99) for each in (alone, watched)]
    p50 = [each.seen.percentile(0.5) for each in (alone, watched)]
    print(
        f"{name}, {options.calls} calls a second:\n"
        f"    to the screen, {options.boards} boards: p50 {_percentile(found, 0.5):.2f} s, p95 {p95:.2f} s"
        f" (goal {LONGEST_S:.0f}), all {max(found, default=0):.2f} s; {100 * seen:.1f} % seen;"
        f" {fragments / options.boards / options.seconds:.1f} fragments a second and board\n"
        f"    webhook p99 without boards {p99[0]:.1f} ms, with them {p99[1]:.1f} ms (goal {P99_MS:.0f});"
        f" p50 {p50[0]:.1f} and {p50[1]:.1f} ms; {watched.seen.per_second:.0f} turns a second;"
        f" answers {watched.seen.statuses}\n"
        f"    of one processor without boards {alone.spent};\n"
        f"    with them {watched.spent}; load now {os.getloadavg()[0]:.1f}"
    )
    return p95 < LONGEST_S and max(p99) <= P99_MS and seen > 0.999


def _percentile(values: list[float], share: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else float("inf")


@dataclass(frozen=True)
class Run:
    """Some seconds of calls: since when (`time.perf_counter()`), what was seen, and who took how much processor."""

    begun: float
    seen: Result
    spent: str


def _run(calls: Callable[[], Result], servers: Mapping[str, int], screens: Screens | None = None) -> Run:
    spent, read = Spent(servers), screens.reading_seconds if screens else 0.0
    begun = time.perf_counter()
    seen = calls()
    told = spent.told(seen.seconds)
    measuring = seen.sending + (screens.reading_seconds - read if screens else 0.0)
    return Run(begun, seen, f"{told}, measuring {100 * measuring / seen.seconds:.0f} %")


@contextmanager
def _calls(port: int, seconds: float, calls: int) -> Iterator[Callable[[], Result]]:
    """So many calls a second from a process of its own, ready to begin."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    sender = context.Process(target=_send, args=(there, port, seconds, calls))
    sender.start()
    here.recv()

    def begin() -> Result:
        here.send("begin")
        seen: Result = here.recv()
        return seen

    try:
        yield begin
    finally:
        sender.terminate()
        sender.join()


def _send(told: Connection, port: int, seconds: float, calls: int) -> None:
    tag = f"{os.getpid():x}{time.time_ns():x}"
    each = int((seconds + 1) * calls * TURNS / LANES) + TURNS
    streams = [iter(list(islice(_until_he_waits(f"{tag}{lane:x}"), each))) for lane in range(LANES)]
    told.send("ready")
    told.recv()
    told.send(blast(port, streams, seconds=seconds, per_second=calls * TURNS))


def _until_he_waits(tag: str) -> Iterator[bytes]:
    """Call after call, each without the rounds of music and the end."""
    number = 0
    while True:
        number += 1
        yield from islice(call_requests(f"{tag}{number:x}", _some_number(f"{tag}{number:x}")), TURNS)


def _some_number(tag: str) -> str:
    which = zlib.crc32(tag.encode()) % (100 * len(AREAS))
    return f"+1{AREAS[which // 100]}55501{which % 100:02}"


class Spent:
    """Processor time since now, of servers with all their processes, by the pid of the first."""

    def __init__(self, servers: Mapping[str, int]) -> None:
        self._servers = servers
        self._before = self._seconds()

    def told(self, seconds: float) -> str:
        """The shares of one processor over so many seconds."""
        since = {name: spent - self._before[name] for name, spent in self._seconds().items()}
        return ", ".join(f"{name} {100 * spent / seconds:.0f} %" for name, spent in since.items())

    def _seconds(self) -> dict[str, float]:
        return {name: _family_seconds(pid) for name, pid in self._servers.items()}


def _family_seconds(first: int) -> float:
    """Of a process and those that it forked, ended ones too; 0 where there is no /proc."""
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            stats[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
    family = [pid for pid, stat in stats.items() if pid == first or int(stat[1]) == first]
    return sum(int(ticks) for pid in family for ticks in stats[pid][11:15]) / os.sysconf("SC_CLK_TCK")


def _database(folder: Path) -> dict[str, int]:
    """The pid of the PostgreSQL server whose data are in this folder; none where there is none."""
    noted = folder / "pg" / "postmaster.pid"
    return {"PostgreSQL": int(noted.read_text().split()[0])} if noted.is_file() else {}


@contextmanager
def _serving(which: str, given: dict[str, str]) -> Iterator[int]:
    """One of the product's two servers, as it runs in production; its pid."""
    command = [sys.executable, "-m", "gunicorn", "-c", f"config/gunicorn_{which}.py", f"app:create_{which}()"]
    server = subprocess.Popen(command, env={**given, "PUBLIC_BASE_URL": ORIGIN}, cwd=ROOT)
    try:
        _await(int(given["PORT" if which == "web" else "DESK_PORT"]))
        yield server.pid
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    sys.exit(main())
