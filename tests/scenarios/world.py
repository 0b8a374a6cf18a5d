"""A whole center for one scenario: the emulator as a process of its own, the product in this one, real Valkey between.

Nothing moves by itself: the emulator's clock stands until a scenario waits for something, and the worker's queue and
the clock's ticks are worked off between its steps. So a scenario of ten minutes takes a second and always ends alike.

Longer than 300 lines because it has a word for whatever a scenario does, lets pass or looks up.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker
from sqlalchemy import text
from werkzeug.serving import make_server

import app
import callbacks.store
import clock as clock_door
import directory.store
import jobs
import routing.store
import seeding
from actions import Actions
from callbacks.requests import Wish
from calls import store as calls_store
from config.clocks import EPOCH, RemoteClock
from config.content import Content
from config.development import new_secrets
from config.reading import Files, Proof, content_of, version_of
from config.settings import load_settings
from routing.presence import Presence
from tests.phone import Emulator, Phone, real_pause
from tests.ports import free_port
from tests.scenarios import seeded
from tools import Tools

ROOT = Path(__file__).parents[2]
CENTER, CLINICIANS, OPERATOR = "+13125550100", "+13125550101", "+13125550199"
JOE, ANA, LUIS, DANA = "+13125550142", "+13125550161", "+13125550162", "+13125550163"
ACCOUNT, TOKEN = "AC" + "0" * 32, "scenario-token-0001"
KEYS = {name: new_secrets()[name] for name in ("SECRET_KEY", "DATA_KEYS")}  # of all scenarios of a test process
API_SECRET = "the-secret-of-a-glucose-monitor-0001"
SETTLE_SECONDS = 30  # real seconds after which something is taken to hang
TICK_MS = 1000
STOP_SECONDS = 0.02  # how soon the web server sees that it shall stop

demo_world = cache(seeding.world)
password_hash = cache(directory.store.hash_password)  # slow on purpose, as the directory's own tests prove

_PROVED: dict[str, Content] = {}


def proved(files: Files, *proofs: Proof) -> Content:
    """The content of these files, read and proved once in each process: the same files make the same content."""
    version = version_of(files)
    if version not in _PROVED:
        _PROVED[version] = content_of(files, *proofs)
    return _PROVED[version]


class ManualEmulator(Emulator):
    """The emulator's control API; counts the requests that may move its clock, which else stands."""

    moves = 0  # odd while one of them is under way

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One control request."""
        if method == "GET":
            return super().ask(method, path, body)
        self.moves += 1
        try:
            return super().ask(method, path, body)
        finally:
            self.moves += 1


class HeldClock(RemoteClock):
    """The emulator's clock, asked again only after it may have moved: a tick asks for the time dozens of times."""

    def __init__(self, emulator: ManualEmulator) -> None:
        super().__init__(f"{emulator.base}/control/clock")
        self._emulator = emulator
        self._held: tuple[int, datetime] | None = None

    def now(self) -> datetime:
        """This instant by the emulator's clock."""
        moves, held = self._emulator.moves, self._held
        if held and held[0] == moves:
            return held[1]
        told = super().now()
        if moves % 2 == 0:
            self._held = moves, told
        return told

    def stands_at(self, now_ms: float) -> None:
        """Whoever has just moved the clock was told where it stands now."""
        self._held = self._emulator.moves, EPOCH + timedelta(milliseconds=now_ms)


class EmulatorProcess:
    """The emulator with its clock stopped, for all scenarios of one test process."""

    def __init__(self, start: str = "2026-11-23T15:00:00+00:00") -> None:
        self.starts = datetime.fromisoformat(start)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "emulator", "--port", str(self.port), "--manual", "--seed", "1"]
        command += ["--calls-per-second", "0", "--start", start]
        credentials = ["--account-sid", ACCOUNT, "--auth-token", TOKEN]
        self.process = subprocess.Popen([*command, *credentials, "--number", CENTER, "--number", CLINICIANS], cwd=ROOT)
        self.control = ManualEmulator(self.base)
        deadline = time.monotonic() + 20
        while True:
            try:
                self.control.get("/control/clock")
                return
            except OSError:
                assert time.monotonic() < deadline, "the emulator did not start"
                time.sleep(0.05)

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(10)


def _exchanged(told: dict[str, Any]) -> int | None:
    return int(told["exchanges"]) if told["settled"] else None


def _unless_away(world: "World", serve: Callable[..., Any]) -> Callable[..., Any]:
    """The application, or what a proxy says for it while it is away."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if not world.web_is_away:
            return serve(environ, start_response)
        start_response("503 Service Unavailable", [("Content-Length", "0")])
        return [b""]

    return answer


class World:
    """The center, its phones, and the passing of time."""

    def __init__(
        self,
        emulator: EmulatorProcess,
        *,
        database_url: str,
        redis_url: str,
        folder: Path,
        content: Path = ROOT / "config",
    ) -> None:
        self.emulator = emulator.control
        self._clock = HeldClock(self.emulator)
        self._begin_on_the_morning_of(emulator.starts)
        port = free_port()
        self.environ = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
            "PORT": str(port),
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_API_BASE_URL": emulator.base,
            "CLOCK": f"{emulator.base}/control/clock",
            "VAR_DIR": str(folder),
            "CLINIC_CONFIG": str(content),
            "CARRIER_CALLS_PER_SECOND": "0",
            "FALLBACK_BASE_URL": f"{emulator.base}/bins",
            "API_CLIENTS": f"monitor:{API_SECRET}",
            **KEYS,
        }
        self.folder = folder
        self.settings = load_settings(self.environ, root=folder)
        self.tools = self._built()
        with (
            patch.object(seeding, "world", demo_world),
            patch.object(directory.store, "hash_password", password_hash),
            patch.object(directory.store, "seed", seeded.seed),
        ):
            seeding.seed(self.tools)
        self.act = Actions(self.tools)
        self.web_is_away = False
        self._server = make_server("127.0.0.1", port, self._web(), threaded=True)
        threading.Thread(target=self._server.serve_forever, args=(STOP_SECONDS,), daemon=True).start()
        seeding.host_fallbacks(self.tools)
        seeding.point_numbers(self.tools)
        jobs.bind(self.tools)
        self._redis = app.redis_client(self.settings, patient=True)
        self.settle()

    def _built(self) -> Tools:
        with patch.object(app, "content_of", proved):
            return replace(app.build_tools(self.settings), clock=self._clock)

    def _web(self) -> Any:
        self.web = web = app.create_web(self.tools)
        web.wsgi_app = _unless_away(self, web.wsgi_app)  # type: ignore[method-assign]
        return web

    def publishes(self, content: Path) -> None:
        """The owner starts all processes anew, with other content."""
        self.tools.database.close()
        self.environ["CLINIC_CONFIG"] = str(content)
        self.settings = load_settings(self.environ, root=self.folder)
        self.tools = self._built()
        self.act = Actions(self.tools)
        self._server.app = self._web()
        jobs.bind(self.tools)
        self.settle()

    def _begin_on_the_morning_of(self, starts: datetime) -> None:
        """All scenarios of an emulator begin at one instant: at ten in Chicago, on the first weekday of its clock."""
        ten = starts.astimezone(ZoneInfo("America/Chicago")).replace(hour=10, minute=0, second=0, microsecond=0)
        while ten <= starts or ten.weekday() > 4:
            ten += timedelta(days=1)
        self.emulator.post("/control/reset", {"now_ms": starts.timestamp() * 1000})
        self._advance((ten - starts).total_seconds())

    # --- people

    def phone(self, number: str) -> Phone:
        """Somebody's phone."""
        return Phone(number, self.emulator, self)

    def script(self, number: str, **behaviour: Any) -> None:
        """How the phone at a number behaves by itself."""
        self.emulator.post("/control/people", {"number": number, "script": behaviour})

    def presence(self, clinician_id: str, state: str, reason: str | None = None, minutes: int | None = None) -> None:
        """A clinician, or his supervisor, sets his state."""
        self.act.set_presence(clinician_id, state, reason, minutes)
        self.settle()

    # --- time

    def settle(self, before: int | None = None) -> None:
        """Work off all that is due at this instant, on both sides; `before` is what was just found at rest."""
        deadline = time.monotonic() + SETTLE_SECONDS
        before = self._at_rest() if before is None else before
        while self._work() or before is None or before != self._at_rest():
            assert time.monotonic() < deadline, "the center does not come to rest"
            real_pause()
            before = self._at_rest()
        self._rested, self._ticked_ms = before, self._now_ms()

    def _go_on(self, seconds: float) -> None:
        """Time passes; the clock ticks once a second as in life, and at once when something happened."""
        rest = self._advance(seconds)
        if rest != self._rested or self._now_ms() - self._ticked_ms >= TICK_MS:
            self.settle(rest)

    def _advance(self, seconds: float) -> int | None:
        """Move the clock; what is at rest then, as `_at_rest` tells it."""
        told = self.emulator.post("/control/clock", {"advance_s": seconds})
        self._clock.stands_at(told["now_ms"])
        return _exchanged(told)

    def _at_rest(self) -> int | None:
        """How much the emulator has exchanged with us, if nothing is under way. If no more, nothing has happened."""
        return _exchanged(self.emulator.get("/control/settled"))

    def _work(self) -> bool:
        done = clock_door.tick(self.tools)
        queues = [app._queue(name, self._redis) for name in (jobs.OFFERS, jobs.CALLBACKS)]
        waiting = sum(queue.count for queue in queues)
        if waiting:
            worker = SimpleWorker(queues, connection=self._redis, serializer=JSONSerializer, job_class=app.AllowedJob)
            worker.work(burst=True, logging_level="ERROR")
        return bool(waiting or done)

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        end = self._now_ms() + seconds * 1000
        while (left := (end - self._now_ms()) / 1000) > 0:
            self._go_on(min(left, 1.0))
        if self._ticked_ms != self._now_ms():
            self.settle()

    def goes_to(self, instant: datetime) -> None:
        """It is an instant at once, and what is due then is done."""
        self.settle(self._advance(instant.timestamp() - self._now_ms() / 1000))

    def wait_until(self, what: Callable[[], bool], within: float, otherwise: Callable[[], str]) -> None:
        """Let time pass until something holds; AssertionError with `otherwise` after `within` seconds of it."""
        end = self._now_ms() + within * 1000
        while not what():
            assert self._now_ms() < end, otherwise()
            self._go_on(0.5)

    def _now_ms(self) -> float:
        return (self._clock.now() - EPOCH) / timedelta(milliseconds=1)

    # --- what the record says

    def facts(self) -> list[str]:
        """The journal's facts of all calls, in order."""
        with self.tools.database.reading() as tx:
            return [fact.fact for call in calls_store.call_ids(tx) for fact in calls_store.story(tx, call)]

    def outcome(self) -> str | None:
        """How the only call ended."""
        with self.tools.database.reading() as tx:
            (call_id,) = calls_store.call_ids(tx)
            found = calls_store.call(tx, call_id)
        return str(found["outcome"]) if found and found["outcome"] else None

    def now_ms(self) -> float:
        """The emulator's instant."""
        return self._now_ms()

    def presence_of(self, clinician_id: str) -> str:
        """What a clinician does now."""
        return str(self._presence(clinician_id).state)

    def presence_reason(self, clinician_id: str) -> str | None:
        """Why he is away."""
        return self._presence(clinician_id).reason

    def since(self, clinician_id: str) -> datetime:
        """Since when he does it."""
        return self._presence(clinician_id).since

    def _presence(self, clinician_id: str) -> Presence:
        with self.tools.database.reading() as tx:
            return next(row for row in routing.store.presences(tx) if row.clinician_id == clinician_id)

    def only_on_duty(self, clinician_id: str) -> None:
        """Everybody else goes home."""
        with self.tools.database.reading() as tx:
            people = [row.clinician_id for row in routing.store.presences(tx)]
        for person in people:
            self.act.set_presence(person, "ready" if person == clinician_id else "offline", None, None)
        self.settle()

    def nobody_free(self) -> None:
        """Everybody on duty is in a visit."""
        with self.tools.database.reading() as tx:
            people = [row.clinician_id for row in routing.store.presences(tx) if row.state == "ready"]
        for person in people:
            self.act.set_presence(person, "in_visit", None, 240)
        self.settle()

    def first_offer(self) -> dict[str, Any]:
        """The first offer of the only call: its rung and why."""
        with self.tools.database.reading() as tx:
            (call_id,) = calls_store.call_ids(tx)
            offer = routing.store.offers_of_call(tx, call_id)[0]
        return {"rung": offer.rung, "why": offer.why}

    def promise(self, name: str, number: str, service: str, wish: Wish, slot: str = "") -> None:
        """A promise to call this number, out of a call that is over; both have this name."""
        now = self.tools.now()
        with self.tools.database.transaction() as tx:
            calls_store.open_call(
                tx, call_id=name, dialled=CENTER, caller_hash=None, caller_sealed=None, language="en", now=now
            )
            asked = {"request_id": name, "call_id": name, "number": number, "service": service, "slot": slot}
            callbacks.store.book(tx, self.tools.vault, **asked, language="en", wish=wish, now=now)

    def promises(self) -> list[str]:
        """The states of all callback requests."""
        with self.tools.database.reading() as tx:
            return [
                str(row.state) for row in tx.execute(text("SELECT state FROM callback_requests ORDER BY booked_at"))
            ]

    def voicemails(self) -> list[tuple[str, int]]:
        """Service and whole seconds of every message."""
        with self.tools.database.reading() as tx:
            return [(row.service, row.seconds) for row in tx.execute(text("SELECT service, seconds FROM voicemails"))]

    def heard_on(self, number: str) -> str:
        """All that was said on the legs of a phone."""
        return "\n".join(caption["text"] for leg in self.phone(number).legs for caption in leg["captions"])

    def stop(self) -> None:
        """Close everything."""
        self._server.shutdown()
        self._redis.close()
        self.tools.database.close()
