"""The control API of what else arrives from outside: texts to a number, and calls of the account's clients."""

from __future__ import annotations

from aiohttp import web

from emulator.control import Refused, body_of, known_number
from emulator.people import check_script
from emulator.rest import exchange_of


def routes() -> list[web.RouteDef]:
    """The addresses of this part."""
    return [web.post("/control/messages", text), web.post("/control/clients/{identity}/calls", client_calls)]


async def text(request: web.Request) -> web.Response:
    """A person texts a number of the account."""
    exchange, body = exchange_of(request), await body_of(request)
    number = exchange.own_number(known_number(body.get("to")))
    if number is None:
        raise Refused(404, f"{body.get('to')} is not a number of the account")
    words, media = body.get("body", ""), body.get("media", [])
    if not isinstance(words, str) or not isinstance(media, list) or not (words or media):
        raise Refused(400, "body is the text, media a list of addresses; one of them is needed")
    message = exchange.texts.arrive(known_number(body.get("from")), number, words, [str(one) for one in media])
    return web.json_response({"sid": message.sid}, status=201)


async def client_calls(request: web.Request) -> web.Response:
    """A client of the account (a browser or a mobile app) calls an application, with parameters of its own."""
    exchange, body = exchange_of(request), await body_of(request)
    application = exchange.applications.get(str(body.get("application", "")))
    params = body.get("params", {})
    if application is None:
        known = ", ".join(exchange.applications) or "(none)"
        raise Refused(404, f"application is {body.get('application')!r}; the account has {known}")
    if not isinstance(params, dict):
        raise Refused(400, f"params is {params!r}; an object of words is accepted")
    plan = check_script(body["plan"]) if body.get("plan") else None
    told = tuple((str(key), str(value)) for key, value in params.items())
    leg = exchange.placing.arrive_from_client(request.match_info["identity"], application, plan, told)
    return web.json_response({"sid": leg.sid}, status=201)
