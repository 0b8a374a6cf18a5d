"""The control API of the phones: dialling, answering, pressing keys, speaking, and watching."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from emulator.control import Refused, body_of, known_number
from emulator.exchange import Exchange
from emulator.hearing import hear_each_other
from emulator.leg import Leg
from emulator.people import check_script
from emulator.phones import full_leg, phone_card
from emulator.placing import network_params
from emulator.reader import KEYS
from emulator.rest import exchange_of

KEEP_ALIVE_S = 15
WITHHELD = frozenset({"anonymous", "unknown", "restricted"})


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    leg = "/control/legs/{sid}"
    return [web.post("/control/calls", dial), web.get("/control/phones/{number}", phone),
            web.get("/control/phones/{number}/events", phone_events), web.get("/control/events", all_events),
            web.get(leg, one_leg), web.post(leg + "/answer", answer), web.post(leg + "/decline", decline),
            web.post(leg + "/hangup", hang_up), web.post(leg + "/digits", press), web.post(leg + "/speech", speak),
            web.get("/control/hears", hears)]


async def dial(request: web.Request) -> web.Response:
    """A person dials a number of the account."""
    exchange, body = exchange_of(request), await body_of(request)
    from_ = body.get("from")
    from_ = from_ if isinstance(from_, str) and from_ in WITHHELD else known_number(from_)
    number = exchange.own_number(known_number(body.get("to")))
    if number is None:
        own = ", ".join(one.number for one in exchange.numbers) or "(none)"
        raise Refused(404, f"{body.get('to')} is not a number of the account; its numbers are {own}")
    plan = check_script(body["plan"]) if body.get("plan") else None
    leg = exchange.placing.arrive(str(from_), number, plan, network_params(body))
    return web.json_response({"sid": leg.sid}, status=201)


def _leg(request: web.Request) -> Leg:
    leg = exchange_of(request).legs.get(request.match_info["sid"])
    if leg is None:
        raise Refused(404, f"there is no leg {request.match_info['sid']}")
    return leg


def _connected(request: web.Request) -> Leg:
    leg = _leg(request)
    if not leg.answered:
        raise Refused(409, f"the leg is {leg.status}; this needs one that is in-progress")
    return leg


async def one_leg(request: web.Request) -> web.Response:
    """Everything about a leg."""
    return web.json_response(full_leg(_leg(request)))


async def answer(request: web.Request) -> web.Response:
    """The person picks up."""
    return _pick_up(request, "answer")


async def decline(request: web.Request) -> web.Response:
    """The person declines: busy."""
    return _pick_up(request, "busy")


def _pick_up(request: web.Request, how: str) -> web.Response:
    leg = _leg(request)
    if leg.direction == "inbound" or not exchange_of(request).people.pick_up(leg, how):
        raise Refused(409, f"the leg is {leg.direction} and {leg.status}; this needs an outbound one that rings")
    return _ok()


async def hang_up(request: web.Request) -> web.Response:
    """The person hangs up."""
    leg = _leg(request)
    if not leg.live:
        raise Refused(409, f"the leg is over already ({leg.status})")
    if leg.direction != "inbound" and not leg.answered:
        return _pick_up(request, "busy")
    leg.end("completed" if leg.answered else "no-answer", "person")
    return _ok()


async def press(request: web.Request) -> web.Response:
    """The person presses keys."""
    digits = (await body_of(request)).get("digits")
    if not isinstance(digits, str) or not digits or not set(digits) <= set(KEYS):
        raise Refused(400, f"digits is {digits!r}; keys out of {KEYS} are accepted")
    heard = exchange_of(request).people.press(_connected(request), digits)
    return web.json_response({"ok": True, "heard": heard})


async def speak(request: web.Request) -> web.Response:
    """The person says something."""
    body = await body_of(request)
    text, confidence = body.get("text"), body.get("confidence", 0.9)
    if not isinstance(text, str) or not text.strip():
        raise Refused(400, f"text is {text!r}; words are accepted")
    if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise Refused(400, f"confidence is {confidence!r}; a number from 0 to 1 is accepted")
    heard = exchange_of(request).people.say(_connected(request), text, float(confidence))
    return web.json_response({"ok": True, "heard": heard})


def _ok() -> web.Response:
    return web.json_response({"ok": True})


async def hears(request: web.Request) -> web.Response:
    """Whether two phones hear each other."""
    exchange = exchange_of(request)
    first, second = (_live_legs(exchange, known_number(request.query.get(key, ""))) for key in ("a", "b"))
    both, why = hear_each_other(first, second)
    return web.json_response({"hear_each_other": both, "why": why})


def _live_legs(exchange: Exchange, number: str) -> list[Leg]:
    return [leg for leg in exchange.legs.values() if leg.live and leg.phone == number]


async def phone(request: web.Request) -> web.Response:
    """A phone with its live legs and the last that ended."""
    return web.json_response(_phone(exchange_of(request), known_number(request.match_info["number"])))


def _phone(exchange: Exchange, number: str) -> dict[str, Any]:
    texts = [{"at_ms": one.created_ms, "text": one.body} for one in exchange.messages.values() if one.to == number]
    return {**phone_card(number, exchange.legs.values()), "messages": texts}


async def phone_events(request: web.Request) -> web.StreamResponse:
    """What happens at one phone, from a snapshot on."""
    number = known_number(request.match_info["number"])
    return await _stream(request, number, [_phone(exchange_of(request), number)])


async def all_events(request: web.Request) -> web.StreamResponse:
    """What happens at all phones, from snapshots of those in use on."""
    exchange = exchange_of(request)
    numbers = dict.fromkeys(leg.phone for leg in exchange.legs.values() if leg.live)
    return await _stream(request, None, [_phone(exchange, number) for number in numbers])


async def _stream(request: web.Request, number: str | None, cards: list[dict[str, Any]]) -> web.StreamResponse:
    exchange = exchange_of(request)
    queue = exchange.phones.watch(number)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    try:
        for card in cards:
            await _write(response, {"type": "snapshot", **card})
        while True:
            try:
                await _write(response, await asyncio.wait_for(queue.get(), KEEP_ALIVE_S))
            except TimeoutError:
                await response.write(b": still here\n\n")
    except ConnectionResetError:
        return response
    finally:
        exchange.phones.unwatch(queue)


async def _write(response: web.StreamResponse, event: dict[str, Any]) -> None:
    await response.write(f"data: {json.dumps(event)}\n\n".encode())
