"""The control API of the faults: by kind, or by a name of the fault list; see `faults.py` and `faults_named.py`."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from emulator.control import Refused, body_of, known_number, known_numbers
from emulator.doors import Doors
from emulator.exchange import Exchange
from emulator.faults import BadFault, Fault
from emulator.faults_named import NAMED, plan_of
from emulator.people import check_script
from emulator.rest import exchange_of

DOORS = web.AppKey("doors", Doors)


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    return [web.get("/control/faults", listed), web.post("/control/faults", add), web.delete("/control/faults", clear),
            web.delete("/control/faults/{id:\\d+}", remove)]


async def listed(request: web.Request) -> web.Response:
    """The faults that are on, with how often they happened, and the names that can be asked for."""
    faults = exchange_of(request).faults
    return web.json_response({"faults": [one.card() for one in faults.active],
                              "names": {name: one.summary for name, one in NAMED.items()}})


async def add(request: web.Request) -> web.Response:
    """Lets something go wrong."""
    body = await body_of(request)
    for key in ("number", "other"):
        if key in body:
            body[key] = known_number(body[key])
    if "numbers" in body:
        body["numbers"] = known_numbers(body["numbers"])
    try:
        ids = _named(request, str(body["name"]), body) if "name" in body else [_switch_on(request, body).number]
    except BadFault as bad:
        raise Refused(400, str(bad)) from bad
    return web.json_response({"ok": True, "ids": ids})


def _named(request: web.Request, name: str, body: dict[str, Any]) -> list[int]:
    plan = plan_of(name, body)
    for number, script in plan.scripts.items():
        exchange_of(request).people.scripts[number] = check_script(script)
    return [_switch_on(request, one).number for one in plan.faults]


def _switch_on(request: web.Request, body: dict[str, Any]) -> Fault:
    exchange = exchange_of(request)
    doors = request.app.get(DOORS)
    if body.get("kind") == "refuse_connections" and doors is None:
        raise Refused(409, "this emulator does not hold its own address: it cannot refuse connections")
    fault = exchange.faults.add(body, exchange.clock.now_ms())
    if fault.kind == "rotate_token":
        _rotate(exchange, fault)
    if fault.kind == "refuse_connections" and doors:
        exchange.faults.count(fault)
        doors.shut_for(fault.options["for_s"])
    return fault


def _rotate(exchange: Exchange, fault: Fault) -> None:
    if not fault.options["token"]:
        raise Refused(400, "token is empty; the account's new token is needed")
    exchange.account.token = fault.options["token"]
    exchange.hooks.sign_with(exchange.account.token)
    exchange.faults.count(fault)


async def clear(request: web.Request) -> web.Response:
    """Everything works again; a rotated token and people's scripts stay."""
    exchange_of(request).faults.clear()
    return web.json_response({"ok": True})


async def remove(request: web.Request) -> web.Response:
    """One fault is off."""
    if not exchange_of(request).faults.remove(int(request.match_info["id"])):
        raise Refused(404, f"there is no fault {request.match_info['id']}")
    return web.json_response({"ok": True})
