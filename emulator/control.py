"""The control API: the clock, the people, the faults and the log; nothing the real carrier has."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from emulator.exchange import Exchange
from emulator.numbering import is_callable, normal
from emulator.people import BadScript, check_script
from emulator.rest import exchange_of

BIN_LIMIT = 64 * 1024
MOST_ADVANCE_S = 7 * 86_400
LATEST_MS = 4_102_444_800_000  # the year 2100


class Refused(Exception):
    """A wish that cannot be fulfilled; the message says what was found and what is accepted."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


@web.middleware
async def refusals(request: web.Request,
                   handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """Turns refusals into JSON."""
    try:
        return await handler(request)
    except Refused as refused:
        return web.json_response({"error": refused.error}, status=refused.status)
    except BadScript as bad:
        return web.json_response({"error": str(bad)}, status=400)


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    return [web.get("/control/clock", read_clock), web.post("/control/clock", set_clock),
            web.get("/control/settled", settled), web.post("/control/people", set_person),
            web.delete("/control/people/{number}", forget_person), web.get("/control/log", log),
            web.post("/control/reset", reset), web.put("/control/bins/{name}", put_bin),
            web.get("/bins/{name}", serve_bin), web.post("/bins/{name}", serve_bin)]


async def text_of(request: web.Request) -> str:
    """The words in a request. Raises Refused."""
    try:
        return (await request.read()).decode()
    except UnicodeDecodeError as bad:
        raise Refused(400, f"the body is not UTF-8: {bad.reason}") from bad


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object in a request; an empty body is an empty object."""
    text = await text_of(request)
    try:
        body = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError) as bad:
        raise Refused(400, f"the body is not JSON: {bad}") from bad
    if not isinstance(body, dict):
        raise Refused(400, f"the body is a JSON {type(body).__name__}; an object is accepted")
    return body


def quantity(body: dict[str, Any], name: str, low: float, high: float) -> float:
    """A number in a body."""
    value = body.get(name)
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not good or not low <= float(value or 0) <= high:
        raise Refused(400, f"{name} is {value!r}; a number from {low} to {high} is accepted")
    return float(value or 0)


def known_number(raw: Any) -> str:
    """A phone number in E.164, a client or a SIP address."""
    number = normal(str(raw or ""))
    if not is_callable(number):
        raise Refused(400, f"{raw!r} is not a phone number; +13125550142 is how one is written")
    return number


def known_numbers(raw: Any) -> list[str]:
    """A list of phone numbers. Raises Refused."""
    if not isinstance(raw, list | tuple):
        raise Refused(400, f"{raw!r} is not a list of phone numbers")
    return [known_number(one) for one in raw]


def _clock_card(exchange: Exchange) -> dict[str, Any]:
    clock = exchange.clock
    rate = 0 if clock.manual else clock.rate
    return {"now_ms": clock.now_ms(), "rate": rate, "mode": clock.mode}


async def _rest_card(exchange: Exchange) -> dict[str, Any]:
    quiet = await exchange.activity.quiet()
    return {"settled": quiet, "in_flight": exchange.activity.in_flight, "exchanges": exchange.journal.written,
            "next_event_ms": exchange.clock.next_due_ms()}


async def read_clock(request: web.Request) -> web.Response:
    """The emulator's now."""
    return web.json_response(_clock_card(exchange_of(request)))


async def set_clock(request: web.Request) -> web.Response:
    """Moves the clock, or changes how it runs; answers as /clock and /settled together."""
    exchange, body = exchange_of(request), await body_of(request)
    if "advance_s" in body or "next" in body:
        if not exchange.clock.manual:
            raise Refused(409, f"the clock runs by itself (mode {exchange.clock.mode}); send "
                               '{"mode": "manual"} first')
        await _move(exchange, body)
    elif "rate" in body:
        exchange.clock.run_at(quantity(body, "rate", 0.01, 1000))
    elif body.get("mode") == "manual":
        exchange.clock.hold()
    elif body.get("mode") == "real":
        exchange.clock.run_at(1.0)
    else:
        raise Refused(400, f"found {sorted(body)}; one of advance_s, next, rate, mode (manual or real) is accepted")
    return web.json_response({**await _rest_card(exchange), **_clock_card(exchange)})


async def _move(exchange: Exchange, body: dict[str, Any]) -> None:
    if "advance_s" in body:
        await exchange.clock.advance(quantity(body, "advance_s", 0, MOST_ADVANCE_S) * 1000)
    else:
        await exchange.clock.jump_to_next()


async def settled(request: web.Request) -> web.Response:
    """Whether anything is under way, when the next thing is due, and how many exchanges there have been."""
    return web.json_response(await _rest_card(exchange_of(request)))


async def set_person(request: web.Request) -> web.Response:
    """Says how the phone at a number behaves when it is called."""
    exchange, body = exchange_of(request), await body_of(request)
    number = known_number(body.get("number"))
    exchange.people.scripts[number] = check_script(body.get("script"))
    return web.json_response({"ok": True, "number": number})


async def forget_person(request: web.Request) -> web.Response:
    """From now on this phone is answered by hand."""
    exchange_of(request).people.scripts.pop(known_number(request.match_info["number"]), None)
    return web.json_response({"ok": True})


async def log(request: web.Request) -> web.Response:
    """Every webhook sent and every REST request received since a number."""
    raw = request.query.get("since", "0")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 16):
        raise Refused(400, f"since is {raw!r}; the number `next` of an earlier answer is accepted")
    return web.json_response(exchange_of(request).journal.since(int(raw)))


async def reset(request: web.Request) -> web.Response:
    """Forgets calls, queues, conferences, people and the log; numbers and bins stay. Can make it another instant."""
    exchange, body = exchange_of(request), await body_of(request)
    now_ms = quantity(body, "now_ms", 0, LATEST_MS) if "now_ms" in body else None
    if now_ms is not None and not exchange.clock.manual:
        raise Refused(409, f"the clock runs by itself (mode {exchange.clock.mode}); now_ms is for one moved by hand")
    exchange.reset()
    if now_ms is not None:
        exchange.clock.stand_at(now_ms)
    return web.json_response({"ok": True})


async def put_bin(request: web.Request) -> web.Response:
    """Stores a fallback document."""
    text = await text_of(request)
    if not text.strip() or len(text.encode()) > BIN_LIMIT:
        raise Refused(400, f"found {len(text.encode())} bytes; a TwiML document of up to 64 kB is accepted")
    exchange, name = exchange_of(request), request.match_info["name"]
    exchange.bins[name] = text
    return web.json_response({"ok": True, "url": f"{exchange.public_url}/bins/{name}"})


async def serve_bin(request: web.Request) -> web.Response:
    """A fallback document, as the carrier hosts them."""
    text = exchange_of(request).bins.get(request.match_info["name"])
    if text is None:
        raise Refused(404, f"there is no bin named {request.match_info['name']!r}")
    return web.Response(text=text, content_type="text/xml")
