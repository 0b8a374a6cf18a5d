"""Puts the emulator's web application together: the carrier's REST API, the control API, and the phone page."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

from aiohttp import web

from emulator import (
    arrivals,
    control,
    control_faults,
    control_load,
    control_observer,
    control_phones,
    rest,
    rest_account,
    rest_calls,
    rest_conferences,
    rest_messages,
    rest_numbers,
    rest_queues,
    rest_recordings,
    rest_xml,
    voice,
)
from emulator.exchange import Exchange

CARRIERS = (rest_calls, rest_queues, rest_conferences, rest_recordings, rest_messages, rest_numbers, rest_account)
PHONES = [{"number": "+13125550142", "name": "A caller", "role": "patient"},
          {"number": "+13125550161", "name": "A colleague", "role": "clinician"},
          {"number": "+13125550162", "name": "Another colleague", "role": "clinician"}]
STATIC = Path(__file__).parent / "static"
POLICY = "default-src 'self'; media-src 'self' data: blob: *; img-src 'self' data:"


@web.middleware
async def _strict(request: web.Request, handler: Any) -> web.StreamResponse:
    response: web.StreamResponse = await handler(request)
    if request.path == "/" or request.path.startswith("/static/"):
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-cache"
    return response


async def _phone_page(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "phone.html")


def _book_page(book: Path | None) -> Any:
    """The phones and links for the phone page, as the file says them; without one, three phones and our number."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if book is None:
            numbers = [one.number for one in request.app[rest.EXCHANGE].numbers]
            return web.json_response({"center": numbers[0] if numbers else "", "phones": PHONES})
        return web.Response(text=book.read_text(), content_type="application/json")

    return answer


def make_app(exchange: Exchange, *, book: Path | None = None) -> web.Application:
    """The application that serves an exchange; closing it stops the exchange."""
    app = web.Application(middlewares=[_strict, control.refusals, rest.gate],
                          client_max_size=1_000_000)
    app[rest.EXCHANGE] = exchange
    app[voice.SPOKEN] = OrderedDict()
    carriers = [one for part in CARRIERS for one in part.routes()]
    app.add_routes([*carriers, *rest_xml.with_other_suffixes(carriers)])
    for part in (arrivals, control, control_faults, control_phones, control_observer, control_load, voice):
        app.add_routes(part.routes())
    app.router.add_get("/", _phone_page)
    app.router.add_get("/control/book", _book_page(book))
    app.router.add_static("/static", STATIC)
    app.on_cleanup.append(_close)
    return app


async def _close(app: web.Application) -> None:
    await app[rest.EXCHANGE].close()
