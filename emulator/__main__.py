"""Starts the carrier in a box: `python -m emulator --number +13125550100`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from emulator.exchange import Account, Exchange
from emulator.numbering import is_e164
from emulator.server import make_app


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--public-url", help="how others reach this emulator, if not by host and port")
    parser.add_argument("--account-sid", default=os.environ.get("TWILIO_ACCOUNT_SID"))
    parser.add_argument("--auth-token", default=os.environ.get("TWILIO_AUTH_TOKEN"))
    parser.add_argument("--number", action="append", default=[], help="a number of the account; may be repeated")
    parser.add_argument("--rate", type=float, default=1.0, help="how fast the clock runs")
    parser.add_argument("--manual", action="store_true", help="the clock is moved over the control API")
    parser.add_argument("--start", help="the clock's first moment, ISO 8601 with offset (default: now)")
    parser.add_argument("--book", type=Path, help="a JSON file with the phones and links that the phone page shows")
    parser.add_argument("--seed", type=int, help="makes all identifiers repeatable")
    parser.add_argument("--calls-per-second", type=float, default=1.0, help="pace of created calls; 0 is no limit")
    parser.add_argument("--max-concurrent", type=int, default=100, help="REST requests at a time, beyond it 429")
    return _checked(parser, parser.parse_args())


def _checked(parser: argparse.ArgumentParser, given: argparse.Namespace) -> argparse.Namespace:
    if not given.account_sid or not given.auth_token:
        parser.error("--account-sid and --auth-token (or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN) are needed")
    bad = [number for number in given.number if not is_e164(number)]
    if bad:
        parser.error(f"not a phone number: {', '.join(bad)}; +13125550100 is how one is written")
    if given.rate <= 0:
        parser.error("--rate is above 0")
    return given


def _start_ms(given: argparse.Namespace) -> int | None:
    if not given.start:
        return None
    moment = datetime.fromisoformat(given.start)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


async def _serve(given: argparse.Namespace) -> None:
    account = Account(given.account_sid, given.auth_token, tuple(given.number), given.calls_per_second,
                      given.max_concurrent)
    exchange = Exchange(account, rate=given.rate, manual=given.manual, seed=given.seed, start_ms=_start_ms(given))
    exchange.public_url = given.public_url or f"http://{given.host}:{given.port}"
    runner = web.AppRunner(make_app(exchange, book=given.book), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, given.host, given.port).start()
    print(f"carrier in a box: {exchange.public_url}/ (phones), {exchange.public_url}/2010-04-01 (REST)", flush=True)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    sys.exit(asyncio.run(_serve(_arguments())))
