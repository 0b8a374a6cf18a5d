"""The control API of load: many callers from a rate or a trace, and clinicians with talk times, in one request."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from emulator.control import Refused, body_of, known_number, known_numbers, quantity
from emulator.exchange import Exchange
from emulator.load import Load
from emulator.people import check_script
from emulator.resources import PhoneNumber
from emulator.rest import exchange_of
from emulator.trace import Arrival, BadLoad, Demand, check_optional_length, from_csv, poisson, read_profile

KNOWN = frozenset({"to", "seed", "per_hour", "for_s", "trace", "needs", "patience_s", "talk_s", "callers",
                   "clinicians"})


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    return [web.post("/control/load", begin), web.get("/control/load", status), web.delete("/control/load", stop)]


async def begin(request: web.Request) -> web.Response:
    """Callers begin to arrive, and the clinicians' phones get their scripts."""
    exchange, body = exchange_of(request), await body_of(request)
    if not body.keys() <= KNOWN:
        raise Refused(400, f"found {sorted(body.keys() - KNOWN)}; accepted are {', '.join(sorted(KNOWN))}")
    clinicians = _clinicians(body)
    plans = {name: check_script(need.get("script", {})) for name, need in _needs(body).items()}
    try:
        arrivals = _arrivals(exchange, body)
    except BadLoad as bad:
        raise Refused(400, str(bad)) from bad
    number = _called(exchange, body)
    exchange.people.scripts |= dict.fromkeys(clinicians["numbers"], clinicians["script"])
    exchange.loads.append(Load(exchange, number, arrivals, plans))
    return web.json_response({"ok": True, "load": len(exchange.loads) - 1}, status=201)


def _needs(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    needs = body.get("needs") or {"call": {}}
    if not isinstance(needs, dict) or not all(isinstance(one, dict) and one.keys() <= {"weight", "script"}
                                              for one in needs.values()):
        raise Refused(400, f'needs is {needs!r}; {{"name": {{"weight": 1, "script": {{...}}}}}} is accepted')
    return needs


def _called(exchange: Exchange, body: dict[str, Any]) -> PhoneNumber:
    if not exchange.numbers:
        raise Refused(409, "the account has no number that could be called")
    number = exchange.own_number(known_number(body["to"])) if "to" in body else exchange.numbers[0]
    if number is None:
        raise Refused(404, f"{body['to']} is not a number of the account")
    return number


def _arrivals(exchange: Exchange, body: dict[str, Any]) -> Iterable[Arrival]:
    weights = {name: float(quantity({"weight": 1, **need}, "weight", 0, 1e6)) for name, need in _needs(body).items()}
    demand = Demand(weights, check_optional_length(body.get("patience_s"), "patience_s"),
                    check_optional_length(body.get("talk_s"), "talk_s"),
                    tuple(known_numbers(body.get("callers", ()))))
    seed = body.get("seed")
    if not isinstance(seed, int | None):
        raise Refused(400, f"seed is {seed!r}; a whole number is accepted")
    seed = random.Random(exchange.mint.seed).randrange(2**32) if seed is None else seed
    taken = frozenset({one.number for one in exchange.numbers} | set(exchange.people.scripts)
                      | set(_clinicians(body)["numbers"]))
    if ("trace" in body) == ("per_hour" in body):
        raise BadLoad("one of trace (CSV) and per_hour is needed")
    if "trace" in body:
        return from_csv(demand, str(body["trace"]), seed, taken)
    return poisson(demand, read_profile(body["per_hour"]), quantity({"for_s": 3600, **body}, "for_s", 0, 7 * 86_400),
                   seed, taken)


def _clinicians(body: dict[str, Any]) -> dict[str, Any]:
    """All clinicians of a load share one script; lengths in it are drawn anew for every call."""
    clinicians = body.get("clinicians", {})
    if not isinstance(clinicians, dict) or not clinicians.keys() <= {"numbers", "script"}:
        raise Refused(400, f'clinicians is {clinicians!r}; {{"numbers": [...], "script": {{...}}}} is accepted')
    return {"numbers": known_numbers(clinicians.get("numbers", ())),
            "script": check_script(clinicians.get("script", {}))}


async def status(request: web.Request) -> web.Response:
    """How each load stands."""
    return web.json_response({"loads": [one.card() for one in exchange_of(request).loads]})


async def stop(request: web.Request) -> web.Response:
    """No more arrivals; calls under way go on."""
    for one in exchange_of(request).loads:
        one.stop()
    return web.json_response({"ok": True})
