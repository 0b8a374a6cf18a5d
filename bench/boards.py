"""How old a board is: from a caller's standing in line to the screens of 50 supervisors, at 20 calls a second.

    python -m bench.boards [--seconds 20] [--boards 50] [--calls 20]

Web and desk run as in production (their own gunicorn files), with one Redis between, on SQLite and on PostgreSQL;
worker and clock do not, for nobody is free and nothing is due. Every call has a number of its own (one of 2,000),
goes through its five turns and then waits, so the number that a board shows as waiting only rises: when it says N, the
first N callers are on the screen. What is measured is each caller's way from the answer of his last turn to each board,
and the webhook's p99 without boards and with them, in the same minute. The boards are plain readers of the stream: what
a browser needs to draw is not in the figures. Beside them stands what processor time web, desk and this program itself
took, in hundredths of one processor: on a machine that others load it says more than the times do.
"""

import argparse
import http.cookiejar
import multiprocessing
import os
import re
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from bench.blaster import Result, blast
from bench.webhooks import ORIGIN, _await, _free_port, call_requests, databases, environ, prepare
from config import valkey
from config.settings import ROOT
from directory.demo import load_demo

LANES = 24
AREAS = (212, 213, 206, 303, 305, 312, 314, 404, 412, 415, 503, 512, 602, 612, 614, 617, 702, 713, 801, 919)
TURNS = 5  # of a call, until he waits
LAST_TURN = "/voice/turn/5/keys"
LONGEST_S, P99_MS = 1.0, 25.0
WAITING = re.compile(rb'<th scope="row">[^<]*<span class="note">[^<]*</span></th><td>(\d+)</td>')
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
        for name, url in databases(Path(folder)):
            ports = {"PORT": str(_free_port()), "DESK_PORT": str(_free_port())}
            given = {**environ(url, server.url, Path(folder)), **ports}
            prepare(given)
            with _serving("web", given) as web, _serving("desk", given) as desk:
                ok &= _measure(name, given, options, {"web": web, "desk": desk})
    return 0 if ok else 1


def _measure(name: str, given: dict[str, str], options: argparse.Namespace, servers: dict[str, int]) -> bool:
    web, desk = int(given["PORT"]), int(given["DESK_PORT"])
    _calls(web, 2.0, options.calls)
    spent = Spent(servers)
    alone = _calls(web, options.seconds, options.calls)
    by_calls = spent.told(options.seconds)
    boards = Boards(desk, options.boards)
    with boards.reading():
        before = boards.settled()
        spent = Spent(servers)
        watched = _calls(web, options.seconds, options.calls)
        by_both = spent.told(options.seconds)
        time.sleep(LATE)
    ages = boards.ages(before, sorted(at for path, at in watched.answered if path == LAST_TURN))
    p95 = _percentile(ages, 0.95)
    seen = len(ages) / max(1, sum(path == LAST_TURN for path, _ in watched.answered) * options.boards)
    print(
        f"{name}, {options.calls} calls a second:\n"
        f"    to the screen, {len(boards.sockets)} boards: p50 {_percentile(ages, 0.5):.2f} s,"
        f" p95 {p95:.2f} s (goal {LONGEST_S:.0f}), all {max(ages, default=0):.2f} s; {100 * seen:.1f} % seen;"
        f" {boards.fragments / options.boards / options.seconds:.1f} fragments a second and board\n"
        f"    webhook p99 without boards {alone.percentile(0.99):.1f} ms, with them {watched.percentile(0.99):.1f} ms"
        f" (goal {P99_MS:.0f}); p50 {alone.percentile(0.5):.1f} and {watched.percentile(0.5):.1f} ms;"
        f" {watched.count / watched.seconds:.0f} turns a second; answers {watched.statuses}\n"
        f"    of one processor without boards {by_calls}; with them {by_both}; load now {os.getloadavg()[0]:.1f}"
    )
    slow = max(alone.percentile(0.99), watched.percentile(0.99))
    return p95 < LONGEST_S and slow <= P99_MS and seen > 0.999


def _percentile(values: list[float], share: float) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else float("inf")


def _calls(port: int, seconds: float, calls: int) -> Result:
    """So many calls a second, from a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_send, (port, seconds, calls))


def _send(port: int, seconds: float, calls: int) -> Result:
    tag = f"{os.getpid():x}{time.time_ns():x}"
    each = int((seconds + 1) * calls * TURNS / LANES) + TURNS
    streams = [iter(list(islice(_until_he_waits(f"{tag}{lane:x}"), each))) for lane in range(LANES)]
    return blast(port, streams, seconds=seconds, per_second=calls * TURNS)


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
    """Processor time since now: of servers with all their processes (by the pid of the first), and of this program."""

    def __init__(self, servers: dict[str, int]) -> None:
        self._servers = servers
        self._before = self._seconds()

    def told(self, seconds: float) -> str:
        """The shares of one processor over so many seconds."""
        since = {name: spent - self._before[name] for name, spent in self._seconds().items()}
        return ", ".join(f"{name} {100 * spent / seconds:.0f} %" for name, spent in since.items())

    def _seconds(self) -> dict[str, float]:
        own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        servers = {name: _family_seconds(pid) for name, pid in self._servers.items()}
        return {**servers, "measuring": sum(each.ru_utime + each.ru_stime for each in own)}


def _family_seconds(first: int) -> float:
    """Of a process and those that it forked; 0 where there is no /proc."""
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            stats[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
    family = [pid for pid, stat in stats.items() if pid == first or int(stat[1]) == first]
    return sum(int(stats[pid][11]) + int(stats[pid][12]) for pid in family) / os.sysconf("SC_CLK_TCK")


class Boards:
    """Open boards of one supervisor, each a reader of the live stream."""

    def __init__(self, port: int, count: int) -> None:
        cookie = _signed_in(port)
        self.sockets = [_opened(port, cookie) for _ in range(count)]
        self.shown: list[list[tuple[float, int]]] = [[] for _ in self.sockets]  # when, how many wait
        self._over = threading.Event()
        self.fragments = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read in a thread of its own."""
        reader = threading.Thread(target=self._read, daemon=True)
        reader.start()
        try:
            yield
        finally:
            self._over.set()
            reader.join()
            for each in self.sockets:
                each.close()

    def settled(self) -> int:
        """How many wait before the calls come, once every board has said so."""
        deadline = time.perf_counter() + 30
        while not all(self.shown) and time.perf_counter() < deadline:
            time.sleep(0.1)
        if not all(self.shown):
            raise SystemExit(f"{sum(not each for each in self.shown)} boards show nothing")
        self.fragments = 0
        return statistics.mode(each[-1][1] for each in self.shown)

    def ages(self, before: int, joined: list[float]) -> list[float]:
        """For each caller and each board: seconds from his last turn's answer until the board counted him."""
        found = []
        for board in self.shown:
            at = 0
            for number, moment in enumerate(joined, before + 1):
                while at < len(board) and board[at][1] < number:
                    at += 1
                if at < len(board):
                    found.append(max(0.0, board[at][0] - moment))
        return found

    def _read(self) -> None:
        selector = selectors.DefaultSelector()
        buffers = [b""] * len(self.sockets)
        for number, each in enumerate(self.sockets):
            selector.register(each, selectors.EVENT_READ, number)
        while not self._over.is_set():
            for key, _ in selector.select(timeout=0.05):
                place: int = key.data
                buffers[place] += self.sockets[place].recv(1 << 20)
                *whole, buffers[place] = buffers[place].split(b"\n\n")
                for fragment in whole:
                    self._take(place, fragment)

    def _take(self, place: int, fragment: bytes) -> None:
        counts = WAITING.findall(fragment)
        if b"data:" in fragment:
            self.fragments += 1
            self.shown[place].append((time.perf_counter(), sum(map(int, counts))))


def _signed_in(port: int) -> str:
    """The cookie of the demo's supervisor."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    origin = f"http://127.0.0.1:{port}"
    with opener.open(f"{origin}/sign-in", timeout=20) as page:
        token = page.read().decode().split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = {"csrf_token": token, "login": "sam", "password": load_demo().password}
    opener.open(f"{origin}/sign-in", urllib.parse.urlencode(form).encode(), timeout=20).close()
    return "; ".join(f"{each.name}={each.value}" for each in jar)


def _opened(port: int, cookie: str) -> socket.socket:
    stream = socket.create_connection(("127.0.0.1", port))
    head = f"GET /board/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n"
    stream.sendall(head.encode())
    return stream


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
