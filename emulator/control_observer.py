"""The control API of the observer: `/control/observer`, one leg of it, and the readable story."""

from __future__ import annotations

from aiohttp import web

from emulator.control import Refused, known_number
from emulator.exchange import Exchange
from emulator.leg import Leg
from emulator.observer import DEAD_AIR_S, Observer
from emulator.rest import exchange_of
from emulator.story import story


def routes() -> list[web.RouteDef]:
    """The addresses of this part. All take `number`, `since_ms` and `dead_air_s`."""
    return [web.get("/control/observer", report), web.get("/control/observer/story", readable),
            web.get("/control/observer/legs/{sid}", one_leg)]


def _dead_air_s(request: web.Request) -> float:
    raw = request.query.get("dead_air_s", str(DEAD_AIR_S))
    try:
        seconds = float(raw)
    except ValueError as bad:
        raise Refused(400, f"dead_air_s is {raw!r}; seconds are accepted") from bad
    if not 0 <= seconds < 3600:
        raise Refused(400, f"dead_air_s is {raw!r}; 0 to 3600 is accepted")
    return seconds


def _looked_at(request: web.Request, exchange: Exchange) -> list[Leg]:
    """The legs asked for: all, those of one number with whom they talked, those that lived after a moment."""
    since = request.query.get("since_ms", "0")
    if not (since.isascii() and since.isdigit() and len(since) < 16):
        raise Refused(400, f"since_ms is {since!r}; milliseconds since 1970 are accepted")
    legs = [leg for leg in exchange.legs.values() if leg.ended_ms is None or leg.ended_ms >= int(since)]
    if "number" not in request.query:
        return legs
    number = known_number(request.query["number"])
    own = {leg.sid for leg in legs if leg.phone == number}
    with_them = {one.speaker for one in exchange.ears.heard if one.listener in own}
    return [leg for leg in legs if leg.sid in own | with_them or (leg.parent and leg.parent.sid in own)]


def _observer(request: web.Request) -> Observer:
    exchange = exchange_of(request)
    return Observer(_looked_at(request, exchange), exchange.ears, exchange.clock.now_ms(), _dead_air_s(request))


async def report(request: web.Request) -> web.Response:
    """Everything that was seen."""
    return web.json_response(_observer(request).report())


async def readable(request: web.Request) -> web.Response:
    """The same as a story."""
    return web.Response(text=story(_observer(request).report()))


async def one_leg(request: web.Request) -> web.Response:
    """The timeline of one leg."""
    seen, sid = _observer(request), request.match_info["sid"]
    if sid not in seen.legs:
        raise Refused(404, f"there is no leg {sid}")
    return web.json_response(seen.timeline(seen.legs[sid]))
