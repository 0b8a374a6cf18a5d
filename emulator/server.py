"""Puts the emulator's web application together: the carrier's REST API, the control API, and the phone page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiohttp import web

from emulator import (
    control,
    control_phones,
    rest,
    rest_calls,
    rest_conferences,
    rest_others,
    rest_queues,
)
from emulator.exchange import Exchange

STATIC = Path(__file__).parent / "static"
POLICY = "default-src 'self'; media-src 'self' data: *; img-src 'self' data:"


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
    """The phones and links for the phone page, as the file says them; 404 without one (the page has its own list)."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        if book is None:
            return web.json_response({"error": "started without --book"}, status=404)
        return web.Response(text=book.read_text(), content_type="application/json")

    return answer


def make_app(exchange: Exchange, *, book: Path | None = None) -> web.Application:
    """The application that serves an exchange; closing it stops the exchange."""
    faults: list[rest.RestFault] = []
    app = web.Application(middlewares=[_strict, control.refusals, rest.make_gate(faults)],
                          client_max_size=1_000_000)
    app[rest.EXCHANGE] = exchange
    app[control.REST_FAULTS] = faults
    for part in (rest_calls, rest_queues, rest_conferences, rest_others, control, control_phones):
        app.add_routes(part.routes())
    app.router.add_get("/", _phone_page)
    app.router.add_get("/control/book", _book_page(book))
    app.router.add_static("/static", STATIC)
    app.on_cleanup.append(_close)
    return app


async def _close(app: web.Application) -> None:
    await app[rest.EXCHANGE].close()
