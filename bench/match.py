"""What a match costs in Redis, with many waiting and many on duty, against a PING of the same run.

    python -m bench.match [--waiting 100,1000,10000,100000] [--operations 3000]

Each step is what the product does: one Lua call of `routing/lines.py` through its client. A caller joins four lines
where nobody is ready; a clinician of six lines becomes ready and takes the best; the pair is put back as it was, so
that the crowd stays as large. Server time is Redis' own count (INFO commandstats); it is given for a script that does
nothing and for the smallest that could match (`bench/smallest.py`) too, which tell what this machine can do. PING is
asked between the steps, through redis-py as everything else in the product asks Redis. `bare` is a PING without any
client, for comparison.
"""

import argparse
import random
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Any

from redis import Redis

from bench.smallest import Smallest
from config import valkey
from routing.lines import Lines
from routing.policy import DutyEntry, Stand, WaitEntry

SEED = 5
LINES_OF_CALLER, LINES_OF_CLINICIAN = 4, 6
NOW = 1_930_000_000_000
TAKE_P50, TAKE_P99, SERVER_US, GROWTH, CLIENT_GROWTH, LONGEST_US = 1.6, 3.0, 30.0, 1.6, 1.15, 1000


@dataclass(frozen=True)
class Size:
    """A center: how many wait, how many are on duty, and how many lines there are."""

    waiting: int
    clinicians: int
    lines: int


@dataclass
class Seen:
    """Latencies in microseconds by step, and Redis' own time for a step."""

    client: dict[str, list[float]] = field(default_factory=lambda: {"bare": [], "ping": [], "join": [], "take": []})
    server_us: float = 0.0
    longest_us: int = 0
    idle_script_us: float = 0.0
    smallest_us: float = 0.0

    def at(self, step: str, share: float) -> float:
        """The latency that this share of the steps kept to."""
        ordered = sorted(self.client[step])
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def size_of(waiting: int) -> Size:
    """The centers of the reference measurement."""
    people = {100: 100, 1_000: 100, 10_000: 1_000}
    return Size(waiting, people.get(waiting, 10_000), 200 if waiting > 10_000 else 60 if waiting > 1_000 else 40)


class Crowd:
    """Callers and clinicians of one size, made by chance from a seed."""

    def __init__(self, size: Size) -> None:
        self.size, self._chance, self._ids = size, random.Random(SEED), count()

    def caller(self) -> WaitEntry:
        """Somebody new; later than all before."""
        number = next(self._ids)
        lines = self._some_lines(LINES_OF_CALLER)
        stands = tuple(Stand(line, group, NOW + number) for group, line in enumerate(lines))
        return WaitEntry(f"wait-{number:032d}"[-32:], 1, stands)

    def clinician(self, number: int, version: int) -> DutyEntry:
        """One of the clinicians, ready."""
        return DutyEntry(f"clinician-{number}", version, NOW, self._some_lines(LINES_OF_CLINICIAN))

    def anybody(self) -> int:
        """One clinician of all."""
        return self._chance.randrange(self.size.clinicians)

    def _some_lines(self, number: int) -> tuple[str, ...]:
        return tuple(f"skill-{each}+en" for each in self._chance.sample(range(self.size.lines), number))


def main() -> int:
    """Measure each size, print its line, and say whether the goals hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--waiting", default="100,1000,10000,100000", help="how many wait, one run each")
    parser.add_argument("--operations", type=int, default=3000, help="joins and takes of each run")
    options = parser.parse_args()
    print(f"seed {SEED}; {LINES_OF_CALLER} lines a caller, {LINES_OF_CLINICIAN} a clinician; times in microseconds")
    runs = {}
    for waiting in map(int, options.waiting.split(",")):
        with tempfile.TemporaryDirectory() as folder, valkey.running(Path(folder)) as server:
            client = over_tcp(server.url)
            runs[waiting] = measured(client, size_of(waiting), options.operations)
        with tempfile.TemporaryDirectory() as folder, valkey.running(Path(folder)) as server:
            runs[waiting].smallest_us = of_the_smallest(over_tcp(server.url), size_of(waiting), options.operations)
            print(_told(size_of(waiting), runs[waiting]), flush=True)
    return 0 if judged(runs) else 1


def over_tcp(socket_url: str) -> Redis:
    """A client over TCP, as in production: our own server listens on a Unix socket alone until it is told to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with Redis.from_url(socket_url) as own:
        own.config_set("port", port)
    return Redis(port=port, protocol=2)


def measured(client: Redis, size: Size, operations: int) -> Seen:
    """Fill the lines, then join and take as often as asked, one of each in turn."""
    lines, crowd, seen, versions = Lines(client), Crowd(size), Seen(), count(2)
    for _ in range(size.waiting):
        lines.apply_wait(crowd.caller(), NOW)
    for number in range(size.clinicians):
        lines.apply_duty(DutyEntry(f"clinician-{number}", 1), NOW)
    _settled(client)
    client.config_set("slowlog-log-slower-than", LONGEST_US)
    client.slowlog_reset()
    bare = _bare_ping(client)
    for _ in _warmed(client, operations, seen):
        _timed(seen, "bare", bare)
        _timed(seen, "ping", client.ping)
        caller = crowd.caller()
        _timed(seen, "join", lambda caller=caller: lines.apply_wait(caller, NOW))  # type: ignore[misc]
        entry = crowd.clinician(crowd.anybody(), next(versions))
        match = _timed(seen, "take", lambda entry=entry: lines.apply_duty(entry, NOW))  # type: ignore[misc]
        if match is None:  # a small center has lines where nobody stands
            lines.apply_duty(DutyEntry(entry.clinician_id, next(versions)), NOW)
    seen.server_us = _server_us(client)
    seen.longest_us = max((each["duration"] for each in client.slowlog_get(128)), default=0)
    seen.idle_script_us = _idle_script_us(client)
    return seen


def of_the_smallest(client: Redis, size: Size, operations: int) -> float:
    """Redis' own time for a step of the control, in the same crowd and the same rhythm."""
    control, crowd, seen = Smallest(client), Crowd(size), Seen()
    ways = ((crowd.caller(), crowd.clinician(0, 1)) for _ in range(size.waiting + 2 * operations))
    for caller, _ in islice(ways, size.waiting):
        control.join(caller.wait_id, tuple(stand.line for stand in caller.stands), caller.stands[0].key_ms)
    _settled(client)
    for _ in _warmed(client, operations, seen):
        caller, clinician = next(ways)
        client.ping()
        control.join(caller.wait_id, tuple(stand.line for stand in caller.stands), caller.stands[0].key_ms)
        client.ping()
        control.take(clinician.clinician_id, clinician.lines)
    return _server_us(client)


def _settled(client: Redis) -> None:
    """Wait until a child that rewrites the file of the crowd that just came is done: no center fills in a second."""
    while True:
        found = client.info("persistence")
        if not found["aof_rewrite_in_progress"] and not found["aof_rewrite_scheduled"]:
            return
        time.sleep(0.1)


def _server_us(client: Redis) -> float:
    stats = client.info("commandstats")["cmdstat_evalsha"]
    return float(stats["usec"] / stats["calls"])


def _idle_script_us(client: Redis) -> float:
    """What Redis needs for a script that does nothing: tells how fast this machine is just now."""
    script = client.register_script("return ''")
    script()
    client.config_resetstat()
    for _ in range(1000):
        script()
    return _server_us(client)


def _bare_ping(client: Redis) -> Callable[[], bytes]:
    line = socket.create_connection(("127.0.0.1", client.connection_pool.connection_kwargs["port"]))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ping() -> bytes:
        line.sendall(b"*1\r\n$4\r\nPING\r\n")
        return line.recv(64)

    return ping


def _warmed(client: Redis, operations: int, seen: Seen) -> Iterator[int]:
    """So many steps, after a tenth as many that are not counted."""
    yield from range(operations // 10)
    for latencies in seen.client.values():
        latencies.clear()
    client.config_resetstat()
    client.slowlog_reset()
    yield from range(operations)


def _timed(seen: Seen, step: str, work: Callable[[], Any]) -> Any:
    begins = time.perf_counter()
    answer = work()
    seen.client[step].append((time.perf_counter() - begins) * 1e6)
    return answer


def _told(size: Size, seen: Seen) -> str:
    steps = "  ".join(f"{step} p50 {seen.at(step, 0.5):.0f} p99 {seen.at(step, 0.99):.0f}" for step in seen.client)
    share = f"take/ping p50 {seen.at('take', 0.5) / seen.at('ping', 0.5):.2f}"
    return (
        f"{size.waiting} waiting, {size.clinicians} clinicians, {size.lines} lines: {steps}  {share} "
        f"p99 {seen.at('take', 0.99) / seen.at('ping', 0.99):.2f}  server {seen.server_us:.1f} an operation "
        f"(an idle script {seen.idle_script_us:.1f}, the smallest script that could {seen.smallest_us:.1f}), "
        f"slowest over {LONGEST_US}: {seen.longest_us or 'none'}"
    )


def judged(runs: dict[int, Seen]) -> bool:
    """Print each goal beside what was found; whether all are met."""
    small, large = runs[min(runs)], runs[max(runs)]
    client = statistics.median(large.client["take"]) / statistics.median(small.client["take"])
    goals = [
        ("take_p50 / ping_p50", large.at("take", 0.5) / large.at("ping", 0.5), TAKE_P50),
        ("take_p99 / ping_p99", large.at("take", 0.99) / large.at("ping", 0.99), TAKE_P99),
        ("server us an operation", large.server_us, SERVER_US),
        (f"server growth {min(runs)} -> {max(runs)}", large.server_us / small.server_us, GROWTH),
        (f"client growth {min(runs)} -> {max(runs)}", client, CLIENT_GROWTH),
        ("slowest command us", float(max(run.longest_us for run in runs.values())), float(LONGEST_US)),
    ]
    for name, found, goal in goals:
        print(f"{name}: {found:.2f} (goal at most {goal:g}) {'met' if found <= goal else 'NOT MET'}")
    return all(found <= goal for _, found, goal in goals)


if __name__ == "__main__":
    sys.exit(main())
