"""A few lines of the emulator's control API, so that the phones can be tried without a carrier or a center.

It answers at once, keeps its clock still, and writes down what the phones did.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import web

STATIC = Path(__file__).parents[2] / "emulator" / "static"
POLICY = {"Content-Security-Policy": "default-src 'self'"}
CENTER = "+13125550100"
NOON_MS = 1_790_000_000_000


class FakePhones:
    """The control API of a center that says one menu and hangs up on the key 9."""

    def __init__(self) -> None:
        self.did: list[tuple[str, Any]] = []
        self.clock: dict[str, Any] = {"now_ms": NOON_MS, "rate": 1.0, "mode": "real"}
        self.book: dict[str, Any] | None = None
        self.greeting: list[dict[str, Any]] = [heard("say", "Welcome. For your exercises, press 1.")]
        self.ends_at_once: str | None = None
        self.refusal: str | None = None
        self.log: list[dict[str, Any]] = []
        self.url = ""
        self._legs: dict[str, list[dict[str, Any]]] = {}
        self._listeners: list[tuple[str | None, asyncio.Queue[dict[str, Any]]]] = []
        self.loop: asyncio.AbstractEventLoop
        self.stop: asyncio.Event

    # What a test does to the phones, from its own thread.

    def ring(self, number: str, sid: str = "CAring", status: str = "ringing") -> None:
        """Somebody calls this phone; with the status `queued` it does not ring yet."""
        self.soon(lambda: self._add(number, leg(sid, "outbound-api", status, CENTER)))

    def hears(self, number: str, kind: str, text: str = "", language: str = "") -> None:
        """The newest leg of this phone hears something."""
        self.soon(lambda: self._hear(number, kind, text, language))

    def other_side_hangs_up(self, number: str) -> None:
        """The newest leg of this phone ends."""
        self.soon(lambda: self._end(number, "completed"))

    def soon(self, act: Callable[[], None]) -> None:
        """Does the act in the fake's own loop and waits for it."""
        done = threading.Event()

        def perform() -> None:
            act()
            done.set()

        self.loop.call_soon_threadsafe(perform)
        assert done.wait(10)

    # The state of the legs.

    def _add(self, number: str, new: dict[str, Any]) -> None:
        self._legs.setdefault(number, []).append(new)
        self._tell(number, "ring")

    def _hear(self, number: str, kind: str, text: str, language: str = "") -> None:
        spoken = {"language": language} if language else {}
        self._legs[number][-1]["captions"].append({**heard(kind, text), **spoken})
        self._tell(number, "caption")

    def _end(self, number: str, status: str) -> None:
        self._legs[number][-1].update(status=status, ringing=False)
        self._tell(number, "hangup")

    def _tell(self, number: str, kind: str) -> None:
        for wanted, queue in self._listeners:
            if wanted in (None, number):
                queue.put_nowait({"type": kind, "number": number})

    def _find(self, sid: str) -> tuple[str, dict[str, Any]]:
        return next((number, leg) for number, legs in self._legs.items() for leg in legs if leg["sid"] == sid)

    # The routes.

    def app(self) -> web.Application:
        """The application with the routes the phones use."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._page),
                web.static("/static", STATIC),
                web.get("/control/book", self._book),
                web.get("/control/clock", self._clock),
                web.post("/control/clock", self._set_clock),
                web.post("/control/calls", self._dial),
                web.get("/control/phones/{number}", self._phone),
                web.get("/control/phones/{number}/events", self._events),
                web.get("/control/events", self._events),
                web.get("/control/legs/{sid}", self._leg),
                web.post("/control/legs/{sid}/{act}", self._act),
            ]
        )
        return app

    async def _page(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "phone.html", headers=POLICY)

    async def _book(self, request: web.Request) -> web.Response:
        found = self.book is not None
        return web.json_response(self.book if found else {"error": "no book"}, status=200 if found else 404)

    async def _clock(self, request: web.Request) -> web.Response:
        return web.json_response(self.clock)

    async def _set_clock(self, request: web.Request) -> web.Response:
        wish = await request.json()
        self.did.append(("clock", wish))
        self.clock.update({key: value for key, value in wish.items() if key in ("rate", "mode")})
        self.clock["now_ms"] += int(wish.get("advance_s", 0) * 1000)
        return web.json_response(self.clock)

    async def _dial(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.did.append(("call", asked))
        if self.refusal:
            return web.json_response({"error": self.refusal}, status=422)
        new = leg(f"CAdialled{len(self.did)}", "inbound", self.ends_at_once or "in-progress", asked["to"])
        new["captions"] = list(self.greeting)
        self._add(asked["from"], new)
        return web.json_response({"sid": new["sid"]}, status=201)

    async def _phone(self, request: web.Request) -> web.Response:
        number = request.match_info["number"]
        return web.json_response({"number": number, "legs": self._legs.get(number, []), "log": self.log})

    async def _leg(self, request: web.Request) -> web.Response:
        return web.json_response(self._find(request.match_info["sid"])[1])

    async def _act(self, request: web.Request) -> web.Response:
        act = request.match_info["act"]
        body = await request.json() if request.can_read_body else {}
        number, held = self._find(request.match_info["sid"])
        self.did.append((act, body))
        if held["status"] not in ("ringing", "in-progress"):
            return web.json_response({"error": f"the leg is {held['status']}"}, status=409)
        self._perform(number, held, act, body)
        return web.json_response({"ok": True})

    def _perform(self, number: str, held: dict[str, Any], act: str, body: dict[str, Any]) -> None:
        if act == "answer":
            held.update(status="in-progress", ringing=False)
            self._hear(number, "say", "The access center has a call for you. Press 1 to take it.")
        if act in ("digits", "speech"):
            self._hear(number, "keys" if act == "digits" else "speech", body.get("digits") or body["text"])
        if act in ("hangup", "decline") or body.get("digits") == "9":
            self._end(number, "busy" if act == "decline" else "completed")

    async def _events(self, request: web.Request) -> web.StreamResponse:
        wanted = request.match_info.get("number")
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._listeners.append((wanted, queue))
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        event: dict[str, Any] = {"type": "snapshot", "number": wanted}
        with suppress(ConnectionResetError):
            while True:
                await stream.write(b"data: " + json.dumps(event).encode() + b"\n\n")
                event = await queue.get()
        return stream


def leg(sid: str, direction: str, status: str, peer: str) -> dict[str, Any]:
    """One leg as the control API shows it."""
    ringing = status == "ringing"
    shown = {"sid": sid, "direction": direction, "status": status, "ringing": ringing, "peer": peer}
    return {**shown, "doing": "", "captions": []}


def heard(kind: str, text: str = "") -> dict[str, Any]:
    """One caption."""
    return {"at_ms": NOON_MS, "kind": kind, "text": text}


@contextmanager
def running() -> Iterator[FakePhones]:
    """The fake on a free port, in a thread of its own, until the block ends."""
    phones, ready = FakePhones(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(serve(phones, ready)), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield phones
    finally:
        phones.soon(phones.stop.set)
        thread.join(10)


async def serve(phones: FakePhones, ready: threading.Event) -> None:
    """Serves until told to stop; open event streams are cut, not waited for."""
    phones.loop, phones.stop = asyncio.get_running_loop(), asyncio.Event()
    runner = web.AppRunner(phones.app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    phones.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    ready.set()
    await phones.stop.wait()
    await runner.cleanup()
