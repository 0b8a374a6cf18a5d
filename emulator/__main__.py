"""Starts the carrier in a box: `python -m emulator --voice-url http://127.0.0.1:5000/voice --number +13125550100`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from emulator.control_faults import DOORS
from emulator.doors import Doors
from emulator.exchange import Exchange
from emulator.numbering import is_e164
from emulator.resources import Account
from emulator.server import make_app

DEMO_SID, DEMO_TOKEN = "AC" + "0" * 32, "token-of-the-emulator"  # known to all: they guard nothing
DEMO_NUMBER = "+13125550100"
ADDRESSES = {"--voice-url": "where calls are answered", "--voice-fallback-url": "where, if that fails",
             "--status-callback": "who is told that a call has ended", "--sms-url": "where texts are answered"}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--public-url", help="how others reach this emulator, if not by host and port")
    parser.add_argument("--account-sid", default=os.environ.get("TWILIO_ACCOUNT_SID", DEMO_SID))
    parser.add_argument("--auth-token", default=os.environ.get("TWILIO_AUTH_TOKEN", DEMO_TOKEN))
    parser.add_argument("--number", action="append", default=[], help="a number of the account; may be repeated")
    for option, about in ADDRESSES.items():
        parser.add_argument(option, help=f"{about}, of every number; can be changed over REST")
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
        parser.error("--account-sid and --auth-token (or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN) are empty")
    for option in ADDRESSES:
        address = _address(given, option)
        if address and urlsplit(address).scheme not in ("http", "https"):
            parser.error(f"{option} is {address!r}; an http address is needed")
    given.number = given.number or [DEMO_NUMBER]
    bad = [number for number in given.number if not is_e164(number)]
    if bad:
        parser.error(f"not a phone number: {', '.join(bad)}; +13125550100 is how one is written")
    if given.rate <= 0:
        parser.error("--rate is above 0")
    return given


def _address(given: argparse.Namespace, option: str) -> str | None:
    found = getattr(given, option.removeprefix("--").replace("-", "_"))
    return str(found) if found else None


def _point(exchange: Exchange, given: argparse.Namespace) -> None:
    """All numbers are answered by the application."""
    for number in exchange.numbers:
        number.voice_url = _address(given, "--voice-url")
        number.voice_fallback_url = _address(given, "--voice-fallback-url")
        number.status_callback = _address(given, "--status-callback")
        number.sms_url = _address(given, "--sms-url")


def _welcome(exchange: Exchange) -> str:
    numbers = ", ".join(one.number for one in exchange.numbers)
    return (f"carrier in a box: {exchange.public_url}/ (phones), {exchange.public_url}/2010-04-01 (REST)\n"
            f"account {exchange.account_sid}, numbers {numbers}")


def _start_ms(given: argparse.Namespace) -> int | None:
    if not given.start:
        return None
    moment = datetime.fromisoformat(given.start)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


async def _serve(given: argparse.Namespace) -> None:
    account = Account(given.account_sid, given.auth_token, tuple(given.number), given.calls_per_second,
                      given.max_concurrent)
    exchange = Exchange(account, rate=given.rate, manual=given.manual, seed=given.seed, start_ms=_start_ms(given))
    _point(exchange, given)
    exchange.public_url = given.public_url or f"http://{given.host}:{given.port}"
    app = make_app(exchange, book=given.book)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    app[DOORS] = doors = Doors(runner, given.host, given.port)
    await runner.setup()
    await doors.open()
    print(_welcome(exchange), flush=True)
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    sys.exit(asyncio.run(_serve(_arguments())))
