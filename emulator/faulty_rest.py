"""Answers REST requests as the faults on demand want it: refused, failed before or after the effect, or never."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from emulator.exchange import Exchange

LOOK_S = 0.05
CODES = {429: 20429, 401: 20003, 404: 20404, 503: 20503}
WORDS = {20429: "Too Many Requests", 20500: "An internal server error has occurred", 20503: "Service Unavailable",
         21220: "Invalid call state", 20404: "The requested resource was not found", 20003: "Authenticate",
         21202: "Premium numbers cannot be called", 21216: "The number is blocked",
         21214: "The number cannot be reached", 21211: "Invalid 'To' Phone Number",
         13223: "Invalid phone number format", 10004: "Call concurrency limit exceeded"}
Proceed = Callable[[], Awaitable[web.StreamResponse]]
Refuse = Callable[[int, int, str], web.Response]


async def answered(request: web.Request, exchange: Exchange, proceed: Proceed, refuse: Refuse) -> web.StreamResponse:
    """The answer to a request; `proceed` gives the true one, `refuse` writes an error of status, code and words."""
    faults = exchange.faults
    if not faults.active:
        return await proceed()
    facts = {"path": request.path, "method": request.method}
    exchange.mishaps.noticed("rest", "", request.path, method=request.method)
    if outage_left_ms(exchange):
        return refuse(503, 20503, WORDS[20503])
    slow = faults.strike("slow_rest", **facts)
    if slow:
        await asyncio.sleep(slow.options["delay_s"])
    if status := faults.strike("rest_status", **facts):
        return await _error(status.options, proceed, refuse)
    if late := faults.strike("rest_timeout", **facts):
        return await _silence(request, late.options, proceed)
    if reset := faults.strike("rest_reset", **facts):
        return await _reset(request, proceed, effect=bool(reset.options["effect"]))
    return await proceed()


def outage_left_ms(exchange: Exchange) -> float:
    """Milliseconds of the emulator's clock until the provider is back; 0 when it works."""
    ends = [one.since_ms + one.options["for_s"] * 1000 for one in exchange.faults.of_kind("outage")]
    return max(0.0, max(ends, default=0) - exchange.clock.now_ms())


async def _error(options: dict[str, float], proceed: Proceed, refuse: Refuse) -> web.Response:
    if not options["before_effect"]:
        await proceed()
    status = int(options["status"])
    code = int(options["code"]) or CODES.get(status, 20500)
    return refuse(status, code, WORDS.get(code, "A fault on demand"))


async def _silence(request: web.Request, options: dict[str, float], proceed: Proceed) -> web.StreamResponse:
    """No answer for so many real seconds; then the true one if there was an effect, else the line is cut."""
    response = await proceed() if options["effect"] else None
    until = time.monotonic() + options["after_s"]
    while time.monotonic() < until and _there(request):
        await asyncio.sleep(LOOK_S)
    return response or await _reset(request, proceed, effect=False)


def _there(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


async def _reset(request: web.Request, proceed: Proceed, *, effect: bool) -> web.StreamResponse:
    """The connection is cut without an answer."""
    if effect:
        await proceed()
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)
