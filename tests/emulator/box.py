"""A carrier in a box with a small application beside it, in one event loop with a clock moved by hand."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from emulator.control_faults import DOORS
from emulator.doors import Doors
from emulator.exchange import Exchange
from emulator.resources import Account
from emulator.server import make_app
from emulator.signature import sign
from tests.ports import free_port

SID, TOKEN = "AC" + "1" * 32, "a-token-for-tests"
CENTER, JOE, ANA = "+13125550100", "+13125550142", "+13125550161"
START_MS = 1_764_000_000_000
REST = f"/2010-04-01/Accounts/{SID}"


@dataclass
class Heard:
    """A request the application got."""

    path: str
    method: str
    params: dict[str, str]
    headers: dict[str, str]
    at_ms: int
    signed: bool


@dataclass
class Box:
    """The emulator, the application, and a client for both its APIs."""

    exchange: Exchange
    url: str
    app_url: str
    session: aiohttp.ClientSession
    documents: dict[str, Any] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)

    # The application ------------------------------------------------------------------------------------

    def says(self, path: str, *answers: Any) -> str:
        """The application answers a path: TwiML (without Response), a web.Response maker, or a list in turn."""
        self.documents[path] = list(answers)
        return self.app_url + path

    async def answer(self, request: web.Request) -> web.StreamResponse:
        form = dict(await request.post()) if request.method == "POST" else dict(request.query)
        pairs = [(k, str(v)) for k, v in form.items()] if request.method == "POST" else []
        url = self.app_url + request.raw_path
        good = request.headers.get("X-Twilio-Signature") == sign(TOKEN, url, pairs)
        self.heard.append(Heard(request.path, request.method, {k: str(v) for k, v in form.items()},
                                dict(request.headers), self.exchange.clock.now_ms(), good))
        answers = self.documents.get(request.path)
        if answers is None:
            return web.Response(status=404)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            result: Any = answer(request)
            told: web.StreamResponse = await result if asyncio.iscoroutine(result) else result
            return told
        return web.Response(text=f"<Response>{answer}</Response>", content_type="text/xml")

    def asked(self, path: str) -> list[dict[str, str]]:
        """The parameters of every request to a path."""
        return [one.params for one in self.heard if one.path == path]

    # The carrier ----------------------------------------------------------------------------------------

    async def rest(self, method: str, path: str, *, status: Any = None, **form: Any) -> Any:
        """A REST request; the path is relative to the account."""
        pairs = [(key, word) for key, value in form.items()
                 for word in (value if isinstance(value, list) else [value])]
        token = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
        kind: dict[str, Any] = {"params": pairs} if method == "GET" else {"data": pairs}
        async with self.session.request(method, f"{self.url}{REST}{path}", headers={"Authorization": f"Basic {token}"},
                                        **kind) as response:
            body = await response.json() if response.status != 204 else None
            assert status is None or response.status == status, (response.status, body)
            await self.exchange.activity.settle()
            return body

    async def control(self, method: str, path: str, body: Any = None, *, status: int | None = None) -> Any:
        """A request to the control API."""
        async with self.session.request(method, f"{self.url}/control{path}", json=body) as response:
            told = await response.json()
            assert status is None or response.status == status, (response.status, told)
            return told

    async def advance(self, seconds: float) -> None:
        """Moves the clock."""
        await self.control("POST", "/clock", {"advance_s": seconds}, status=200)

    async def dials_in(self, plan: Any = None, **more: Any) -> str:
        """Joe calls the center; returns the call once everything due at that moment has happened."""
        told = await self.control("POST", "/calls", {"from": JOE, "to": CENTER, "plan": plan, **more}, status=201)
        await self.advance(0)
        return str(told["sid"])

    async def leg(self, sid: str) -> Any:
        """Everything about a leg."""
        return await self.control("GET", f"/legs/{sid}", status=200)

    async def captions(self, sid: str, kind: str = "say") -> list[str]:
        """What a leg heard."""
        return [one["text"] for one in (await self.leg(sid))["captions"] if one["kind"] == kind]

    async def do(self, sid: str, what: str, body: Any = None, status: int = 200) -> None:
        """The person at a leg does something."""
        await self.control("POST", f"/legs/{sid}/{what}", body, status=status)
        await self.advance(0)

    async def child_of(self, number: str) -> str:
        """The live leg at a number."""
        legs = (await self.control("GET", f"/phones/{number}"))["legs"]
        return str(next(leg for leg in legs if leg["ended_ms"] is None)["sid"])

    async def codes(self, sid: str) -> list[str]:
        """The error codes in a call's debugger, oldest first."""
        told = await self.rest("GET", f"/Calls/{sid}/Notifications.json", status=200)
        return [one["error_code"] for one in reversed(told["notifications"])]


async def _with_box(story: Callable[[Box], Awaitable[None]], options: dict[str, Any]) -> None:
    account = Account(SID, TOKEN, (CENTER,), options.pop("calls_per_second", 0), options.pop("max_concurrent", 100))
    exchange = Exchange(account, **{"manual": True, "seed": 7, "start_ms": START_MS, **options})
    ports = free_port(), free_port()
    exchange.public_url = f"http://127.0.0.1:{ports[0]}"
    async with aiohttp.ClientSession() as session:
        box = Box(exchange, exchange.public_url, f"http://127.0.0.1:{ports[1]}", session)
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", box.answer)
        carrier = make_app(exchange)
        runners = [web.AppRunner(carrier, shutdown_timeout=0.1), web.AppRunner(application, shutdown_timeout=0.1)]
        carrier[DOORS], applications = (Doors(runner, "127.0.0.1", port)
                                        for runner, port in zip(runners, ports, strict=True))
        for runner, doors in zip(runners, (carrier[DOORS], applications), strict=True):
            await runner.setup()
            await doors.open()
        exchange.numbers[0].voice_url = box.app_url + "/voice"
        try:
            await asyncio.wait_for(story(box), 60)
        finally:
            for runner in runners:
                await runner.cleanup()


def play(story: Callable[[Box], Awaitable[None]], **options: Any) -> None:
    """Runs a story with a fresh carrier and application."""
    asyncio.run(_with_box(story, options))
