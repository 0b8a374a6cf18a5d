"""What the carrier in a box sustains, beside a bare loop that posts the same webhooks to the same application.

    python -m bench.emulator [--legs 1000] [--calls 300] [--hours 24] [--per-hour 20]

Three measurements, each with the application, the emulator and the measuring program in processes of their own:
webhooks a second while many calls run through four documents each, as a share of what a bare loop of signed POSTs
reaches, in time and in processor time; legs held at the same moment with hold documents coming round, and how long
these take; and the hours of calls that pass in a second under a clock moved by hand.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from emulator.signature import sign

TOKEN = "token-of-the-bench"
STEPS = 4
WAIT_S = 20
TOGETHER = 50  # webhooks under way at once in the bare loop


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--legs", type=int, default=1000, help="calls held at once")
    parser.add_argument("--calls", type=int, default=300, help="calls of the webhook measurement")
    parser.add_argument("--hours", type=float, default=24, help="hours of calls under the clock moved by hand")
    parser.add_argument("--per-hour", type=float, default=20, help="calls an hour then")
    options = parser.parse_args()
    with _application() as address:
        _webhooks(address, options.calls)
        _legs(address, options.legs)
        _day(address, options.hours, options.per_hour)
    return 0


# The application -------------------------------------------------------------------------------------------


def _serve(port: int) -> None:
    async def answer(request: web.Request) -> web.Response:
        await request.post()
        step = int(request.query.get("step", "0"))
        following = f"<Redirect>/voice?step={step + 1}</Redirect>" if step < STEPS - 1 else "<Hangup/>"
        return web.Response(text=f"<Response>{following}</Response>", content_type="text/xml")

    async def hold(request: web.Request) -> web.Response:
        await request.post()
        text = f"<Response><Pause length='{WAIT_S}'/></Response>"
        return web.Response(text=text, content_type="text/xml")

    async def queue(_request: web.Request) -> web.Response:
        text = "<Response><Enqueue waitUrl='/hold'>line</Enqueue></Response>"
        return web.Response(text=text, content_type="text/xml")

    app = web.Application()
    app.add_routes([web.post("/voice", answer), web.post("/queue", queue), web.post("/hold", hold)])
    web.run_app(app, host="127.0.0.1", port=port, print=None)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def _application() -> Iterator[str]:
    port = _free_port()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(port,), daemon=True)
    process.start()
    try:
        _await(f"http://127.0.0.1:{port}/")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.join()


@contextmanager
def _emulator(voice_url: str, *more: str) -> Iterator[tuple[str, int]]:
    port = _free_port()
    argv = [sys.executable, "-m", "emulator", "--port", str(port), "--voice-url", voice_url, "--auth-token", TOKEN]
    process = subprocess.Popen([*argv, "--seed", "1", *more], stdout=subprocess.DEVNULL)
    try:
        _await(f"http://127.0.0.1:{port}/control/clock")
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def _await(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nobody answers at {url}")


def _ask(base: str, path: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{base}/control{path}", data=data), timeout=1800) as answer:
        return json.loads(answer.read())


def _processor_s(pid: int) -> float:
    """Seconds of processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _log(base: str, since: int) -> tuple[list[Any], int]:
    """The log's entries from a number on, and the number to go on with."""
    found: list[Any] = []
    while entries := (page := _ask(base, f"/log?since={since}"))["entries"]:
        found += entries
        since = page["next"]
    return found, since


# The measurements ------------------------------------------------------------------------------------------


def _webhooks(address: str, calls: int) -> None:
    """Every call asks for four documents in a row, all calls at once."""
    count, used = calls * STEPS, time.process_time()
    bare = asyncio.run(_bare_loop(f"{address}/voice?step=9", count))
    bare_ms = (time.process_time() - used) * 1000 / count
    with _emulator(f"{address}/voice", "--manual") as (base, pid):
        _ask(base, "/load", {"trace": "\n".join(["arrival_s", *["1"] * calls])})
        began, used = time.perf_counter(), _processor_s(pid)
        _ask(base, "/clock", {"advance_s": 2})
        rate = count / (time.perf_counter() - began)
        own_ms = (_processor_s(pid) - used) * 1000 / count
        if _ask(base, "/load")["loads"][0]["ended_by_application"] != calls:
            raise SystemExit("not every call came to its end")
    print(
        f"webhooks   bare loop {bare:7.0f}/s   emulator {rate:7.0f}/s   {rate / bare:.2f} of bare\n"
        f"           processor time a webhook: bare {bare_ms:.2f} ms, emulator {own_ms:.2f} ms, "
        f"{own_ms / bare_ms:.1f} times the bare loop's"
    )


async def _bare_loop(url: str, count: int) -> float:
    """Signed POSTs of a voice webhook's size, a new connection each, as the emulator makes them."""
    form = [("CallSid", "CA" + "0" * 32), ("From", "+13125550142"), ("To", "+13125550100")]
    form += [(f"Field{number:02d}", "value") for number in range(20)]
    connector = aiohttp.TCPConnector(force_close=True, limit=TOGETHER)
    began = time.perf_counter()
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(_post(session, url, form) for _ in range(count)))
    return count / (time.perf_counter() - began)


async def _post(session: aiohttp.ClientSession, url: str, form: list[tuple[str, str]]) -> None:
    headers = {"X-Twilio-Signature": sign(TOKEN, url, form), "Content-Type": "application/x-www-form-urlencoded"}
    async with session.post(url, data=urlencode(form), headers=headers) as response:
        await response.read()


def _legs(address: str, legs: int) -> None:
    """Callers arrive over 30 s in real time and wait; their hold documents come round every 20 s."""
    with _emulator(f"{address}/queue") as (base, pid):
        rows = [f"{30 * number / legs:.3f}" for number in range(legs)]
        _ask(base, "/load", {"trace": "\n".join(["arrival_s", *rows])})
        time.sleep(32)
        _, before = _log(base, 0)
        used = _processor_s(pid)
        time.sleep(WAIT_S)
        used = _processor_s(pid) - used
        live = _ask(base, "/load")["loads"][0]["live"]
        entries, _ = _log(base, before)
        began = time.perf_counter()
        _ask(base, "/clock")
        delay = (time.perf_counter() - began) * 1000
    took = sorted(entry["ms"] for entry in entries if entry.get("ms") is not None)
    print(
        f"legs       {live} of {legs} held at once in real time, {len(took) / WAIT_S:.0f} hold documents/s (due "
        f"{legs / WAIT_S:.0f}), p50 {_share(took, 0.5)} ms, p99 {_share(took, 0.99)} ms; "
        f"{100 * used / WAIT_S:.0f}% of one processor, a control request takes {delay:.0f} ms"
    )


def _share(ranked: list[float], share: float) -> float:
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))] if ranked else float("nan")


def _day(address: str, hours: float, per_hour: float) -> None:
    """Callers by chance, waiting up to a minute or two; the clock is moved by hand."""
    with _emulator(f"{address}/queue", "--manual") as (base, pid):
        _ask(base, "/load", {"per_hour": per_hour, "for_s": hours * 3600, "patience_s": {"exponential": 60}})
        began, used = time.perf_counter(), _processor_s(pid)
        _ask(base, "/clock", {"advance_s": hours * 3600})
        spent, used = time.perf_counter() - began, _processor_s(pid) - used
        arrived = _ask(base, "/load")["loads"][0]["arrived"]
    print(
        f"clock      {hours:g} h with {arrived} calls in {spent:.1f} s ({used:.1f} s of processor time): "
        f"{hours * 3600 / spent:.0f} times as fast"
    )


if __name__ == "__main__":
    sys.exit(main())
