"""Which processes run together: the demo with embedded parts and the emulated carrier, or the product alone.

Loads the product only after the embedded parts were started, and then for all its processes.
"""

import importlib
import json
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from config import valkey
from config.processes import Process, Supervisor, product_processes
from config.reading import numbers_of
from config.settings import ROOT, Settings, load_settings
from directory.demo import DemoWorld, load_demo

BOOK = "phone-book.json"
PRODUCT = ("app", "clock", "desk", "health", "migrations", "seeding", "webhooks", "gunicorn.app.wsgiapp")
SMOKE_RATE = 4.0  # the emulator's clock runs this much faster while Joe's call is played


def run(*, closed: bool) -> int:
    """Start everything, say where it is, and keep it alive until Ctrl-C."""
    settings = demo_settings(os.environ)
    loading = partial(load_product, settings)
    with supervised(settings, closed=closed, preload=loading) as center:
        print(welcome(settings, center.world, closed=closed), flush=True)
        center.watch()
    return 0


def run_smoke() -> int:
    """Play Joe's call in a center of its own, and judge it."""
    with tempfile.TemporaryDirectory(prefix="access-center-") as folder:
        settings = demo_settings({**_without_addresses(os.environ), **_free_ports(), "VAR_DIR": folder})
        output, loading = Path(folder) / "output", partial(load_product, settings)
        with supervised(settings, closed=False, rate=SMOKE_RATE, outputs=output, preload=loading):
            import smoke  # only now, since the center must not wait for what it loads

            return smoke.play(settings)


def serve(settings: Settings) -> int:
    """All product processes of one machine, against whatever the environment names."""
    for warning in settings.warnings():
        print(f"warning: {warning}", file=sys.stderr)
    redis_url, server = valkey.provide(settings)
    processes = [*([server] if server else []), *product_processes(settings)]
    environ, loading = {**os.environ, "REDIS_URL": redis_url}, partial(load_product, settings)
    with Supervisor(processes, environ=environ, lock=settings.var_dir / "lock", preload=loading) as center:
        print(f"calls: {settings.public_base_url}   pages: http://{settings.host}:{settings.desk_port}", flush=True)
        center.watch()
    return 0


def demo_settings(environ: Mapping[str, str]) -> Settings:
    """The settings of the demo: the emulator is the carrier, keeps the clock, and hosts the fallback documents."""
    base = load_settings(environ, root=ROOT)
    emulator = f"http://127.0.0.1:{base.emulator_port}"
    pace = environ.get("CARRIER_CALLS_PER_SECOND", "unlimited")
    demo = {
        "TWILIO_API_BASE_URL": emulator,
        "FALLBACK_BASE_URL": f"{emulator}/bins",
        "CLOCK": f"{emulator}/control/clock",
        "CARRIER_CALLS_PER_SECOND": pace,
    }
    return load_settings({**environ, **demo}, root=ROOT)


def load_product(settings: Settings) -> None:
    """Load what the product's processes share, for forks of this one: a second or two, once instead of seven times.

    What is wrong with the content is said here, once, and not by each process.
    """
    from config.reading import read_content

    read_content(settings.clinic_config)
    for module in PRODUCT:
        importlib.import_module(module)


class supervised(Supervisor):
    """The demo's processes, the number pointed at them, and the demo world in their database."""

    def __init__(
        self,
        settings: Settings,
        *,
        closed: bool,
        rate: float = 1.0,
        outputs: Path | None = None,
        preload: Callable[[], None] | None = None,
    ) -> None:
        redis_url, server = valkey.provide(settings)
        self._settings = settings.with_changes(redis_url=redis_url)
        self._closed = closed
        self.world = load_demo()
        product = [process for process in product_processes(settings) if process.name != "release"]
        release, serving = self._release(), product
        processes = [*([server] if server else []), _emulator(settings, rate, self.world), release, *serving]
        environ, lock = _environ(self._settings), settings.var_dir / "lock"
        super().__init__(processes, environ=environ, outputs=outputs, lock=lock, preload=preload)

    def _release(self) -> Process:
        """One step for what must come first: the schema, the demo world, the number."""
        hours = "closed" if self._closed else "open"
        return Process("prepare", (sys.executable, "-m", "seeding", hours), once=True, forks=True)


def _emulator(settings: Settings, rate: float, world: DemoWorld) -> Process:
    book = settings.var_dir / BOOK
    book.parent.mkdir(parents=True, exist_ok=True)
    book.write_text(json.dumps(phone_book(settings, world)))
    argv = (sys.executable, "-m", "emulator", "--port", str(settings.emulator_port), "--rate", str(rate))
    pace = ("--calls-per-second", str(settings.carrier_calls_per_second))
    held = (settings.center_number, *numbers_of(settings.clinic_config))
    numbers = [argument for number in held for argument in ("--number", number)]
    return Process(
        "emulator",
        (*argv, *pace, *numbers, "--book", str(book)),
        ready=f"http://127.0.0.1:{settings.emulator_port}/control/clock",
        port=settings.emulator_port,
        port_variable="EMULATOR_PORT",
    )


def _environ(settings: Settings) -> dict[str, str]:
    """What the demo's children inherit: our environment, with the demo's settings said out loud."""
    said = {
        "REDIS_URL": settings.redis_url.get_secret_value() if settings.redis_url else "",
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "VAR_DIR": str(settings.var_dir),
        "PORT": str(settings.port),
        "DESK_PORT": str(settings.desk_port),
        "EMULATOR_PORT": str(settings.emulator_port),
        "PUBLIC_BASE_URL": settings.public_base_url,
        "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": settings.twilio_auth_token.get_secret_value(),
        "TWILIO_API_BASE_URL": settings.twilio_api_base_url or "",
        "FALLBACK_BASE_URL": settings.fallback_base_url or "",
        "CLOCK": settings.clock,
        "CARRIER_CALLS_PER_SECOND": str(settings.carrier_calls_per_second),
    }
    return {**os.environ, **said}


def _without_addresses(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would lead the smoke test into somebody's real center."""
    ours = {"DATABASE_URL", "REDIS_URL", "PUBLIC_BASE_URL", "VAR_DIR", "CLOCK", "TWILIO_API_BASE_URL"}
    return {name: value for name, value in environ.items() if name not in ours}


def _free_ports() -> dict[str, str]:
    probes = [socket.socket() for _ in range(3)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [str(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return dict(zip(("PORT", "DESK_PORT", "EMULATOR_PORT"), ports, strict=True))


def phone_book(settings: Settings, world: DemoWorld) -> dict[str, Any]:
    """What the browser phone shows: the center, the phones, and where the pages are."""
    desk = f"http://127.0.0.1:{settings.desk_port}"
    links = [
        {"label": "Clinician's page", "url": f"{desk}/me"},
        {"label": "Supervisor's board", "url": f"{desk}/board"},
    ]
    hint = "Joe was born on 03141957, and his PIN is 4821#."
    if staff := next((login.staff_number for login in world.logins if login.staff_number), None):
        line = ", ".join(numbers_of(settings.clinic_config)[-1:])
        hint += f" Clinicians call {line}: Ana's staff number is {staff}#, her PIN {world.staff_pin}#."
    return {"center": settings.center_number, "phones": world.book, "links": links, "hint": hint}


def welcome(settings: Settings, world: DemoWorld, *, closed: bool) -> str:
    """Where everything is, and who to sign in as."""
    desk = f"http://127.0.0.1:{settings.desk_port}"
    return f"""
The access center is {"closed: hear what a caller hears then" if closed else "open"}. Call it, and watch.

  phones              http://127.0.0.1:{settings.emulator_port}
  clinician's page    {desk}/me       sign in as  ana / {world.password}
  supervisor's board  {desk}/board    sign in as  sam / {world.password}

Joe Stone calls {settings.center_number}: press 1 for English, 1 for therapy, then his birth date 03141957
and his PIN 4821#. Ana Ruiz's phone rings; answer it and press 1.

In a terminal: ./run call.   Ctrl-C ends everything.
"""
