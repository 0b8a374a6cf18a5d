"""A whole center to be killed in: the demo's processes under the product's own supervisor, watched by the gate."""

import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import app
import demo
from config.processes import Interrupted, Process
from config.settings import Settings
from tests.chaos.gate import Gate
from tests.chaos.sabotaged import SOCKET_VARIABLE

VICTIMS = ("web", "worker", "clock", "valkey")
OUR_OWN = ("DATABASE_URL", "REDIS_URL", "PUBLIC_BASE_URL", "CLOCK", "TWILIO_API_BASE_URL", "FALLBACK_BASE_URL")
ADDRESSES = ("PORT", "DESK_PORT", "EMULATOR_PORT")
BACK_WITHIN_SECONDS = 60.0
LAST_WORDS = 30  # lines
READY_SECONDS = 90.0  # the machine may be busy with other tests


class DidNotRecover(Exception):
    """A process is not back in time; the text says which."""


class Center(demo.supervised):
    """The demo without its pages. Use it from one thread; whoever waits calls `tend`."""

    def __init__(self, *, rate: float) -> None:
        self.rate = rate
        self.folder = Path(tempfile.mkdtemp(prefix="chaos-"))
        settings = demo.demo_settings(_environ(self.folder))
        super().__init__(settings, closed=False, rate=rate, outputs=self.folder / "output")
        self.settings: Settings = self._settings
        self.gate = Gate(self.folder / "gate")
        self._environ = {**self._environ, SOCKET_VARIABLE: str(self.folder / "gate")}
        self._processes = tuple(sabotaged(each) for each in self._processes if each.name != "desk")

    def __enter__(self) -> Self:
        """Start everything; the gate is served meanwhile (`_pause`)."""
        try:
            super().__enter__()
            self.tools = app.build_tools(self.settings)
            self.await_all()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gate.close()  # whoever waits at a checkpoint goes on, so that he can stop
        super().__exit__(kind, error, trace)
        if hasattr(self, "tools"):
            self.tools.database.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _pause(self) -> None:
        super()._pause()
        self.gate.tend(0)

    def serve(self, seconds: float) -> None:
        """Let about so many real seconds pass: checkpoints are served, and the dead restarted.

        Raises `Interrupted` when somebody asked us to stop.
        """
        until = time.monotonic() + seconds
        while True:
            if self._asked_to_stop:
                raise Interrupted
            self.gate.tend(min(0.02, seconds))
            self.tend()
            if time.monotonic() >= until:
                return

    def kill(self, victim: str) -> None:
        """End a process and all it started, as `kill -9` does. Valkey loses its data too."""
        kept = next(kept for kept in self._kept if kept.process.name == victim)
        if kept.child is None:
            return
        self.gate.started[victim] = 0
        with contextlib.suppress(ProcessLookupError):
            os.killpg(kept.child.pid, signal.SIGKILL)
        kept.child.wait()
        if victim == "valkey":
            _empty(self.settings.var_dir / "valkey")

    def forgive(self) -> None:
        """Deaths that we caused shall not make the supervisor wait longer before it restarts the next one."""
        for kept in self._kept:
            kept.failures = 0

    def await_all(self) -> None:
        """Wait until every process is back at work; `DidNotRecover` names the ones that are not."""
        deadline = time.monotonic() + BACK_WITHIN_SECONDS
        while away := self.away():
            if time.monotonic() > deadline:
                words = "\n".join(map(self._last_words, away))
                raise DidNotRecover(f"not back within {BACK_WITHIN_SECONDS:.0f} s: {words}")
            self.serve(0.1)

    def away(self) -> list[str]:
        """The processes that are not at work (again)."""
        present = {
            "valkey": self._valkey_serves(),
            "web": self.gate.started["web"] >= 1 and _answers(f"{self.settings.public_base_url}/healthz"),
            "worker": self.gate.started["worker"] >= 1,
            "clock": self.gate.started["clock"] >= 1,
        }
        running = self.pids()
        return [name for name, at_work in present.items() if not at_work or name not in running]

    def _last_words(self, name: str) -> str:
        """A process, its id, and the end of what it printed."""
        said = self.folder / "output" / f"{name}.log"
        lines = said.read_text("utf-8", "replace").splitlines() if said.exists() else []
        return "\n  ".join([f"{name} (process {self.pids().get(name)})", *lines[-LAST_WORDS:]])

    def _valkey_serves(self) -> bool:
        """It answers, and the clock has filled the lines again."""
        try:
            return self.tools.lines.built(self.tools.lines.server())
        except OSError:
            return False
        except Exception as error:
            if type(error).__module__.startswith("redis."):
                return False
            raise


def sabotaged(process: Process) -> Process:
    """The same process with checkpoints, if it is one of the product's."""
    argv = process.argv
    if process.name == "web":
        argv = (*argv[:-1], "tests.chaos.sabotaged:create_web()")
    elif process.name in ("worker", "clock"):
        argv = (sys.executable, "-m", "tests.chaos.sabotaged", process.name)
    return replace(process, argv=argv, ready_seconds=READY_SECONDS)


def _environ(folder: Path) -> Mapping[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in OUR_OWN}
    return {**inherited, **dict(zip(ADDRESSES, _free_ports(len(ADDRESSES)), strict=True)), "VAR_DIR": str(folder)}


def _free_ports(count: int) -> list[str]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [str(probe.getsockname()[1]) for probe in probes]


def _empty(folder: Path) -> None:
    for item in folder.iterdir():
        if item.is_dir():
            shutil.rmtree(item)
        else:
            item.unlink()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
