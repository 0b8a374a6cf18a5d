"""Keeps the processes of one machine alive: starts them in order, restarts what dies, stops them in reverse order.

All start at once, but a step that runs once waits for those before it, and those after it wait for the step. Our own
Python programs may be forks, so that seven processes load the same libraries once.

One thread does everything, because the kernel ties a child's life to the thread that started it.
"""

import fcntl
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self

import structlog

from config import children, probing
from config.settings import ROOT, Settings

BACK_OFF_SECONDS = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0)
DEATHS_TOO_MANY, DEATHS_WITHIN_SECONDS = 10, 60.0
STOP_SECONDS = 10.0
LOOK_SECONDS = 0.1
PORT_FREE_WITHIN_SECONDS = 5.0
log = structlog.get_logger("processes")


class CannotStart(Exception):
    """A process did not come up; the text says which, and what to do."""


class Interrupted(Exception):
    """Somebody asked us to stop while we were starting."""


@dataclass(frozen=True)
class Process:
    """One program to keep alive. `ready` is a URL that answers 2xx, or a test of our own.

    With `once` it runs to its end before the next one starts, and must succeed. A `port` is looked at first, so that
    a stranger's server is not taken for ours; `port_variable` names the setting that would move it. One that `forks` is
    a Python module (`argv` is python -m MODULE ...) which a supervisor with a `preload` forks instead of starting.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: str | Callable[[], bool] | None = None
    once: bool = False
    forks: bool = False
    port: int | None = None
    port_variable: str = "PORT"
    host: str = "127.0.0.1"
    ready_seconds: float = 60.0


def product_processes(settings: Settings) -> list[Process]:
    """What the Procfile lists, in starting order; Redis and, in the demo, the emulator come before them."""
    python = sys.executable
    answers = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104 - compared, not bound
    return [
        Process("release", (python, "-m", "cli", "release"), once=True, forks=True),
        Process(
            "web",
            (python, "-m", "gunicorn", "-c", "config/gunicorn_web.py", "app:create_web()"),
            forks=True,
            ready=f"http://{answers}:{settings.port}/healthz",
            port=settings.port,
            host=settings.host,
        ),
        Process(
            "desk",
            (python, "-m", "gunicorn", "-c", "config/gunicorn_desk.py", "app:create_desk()"),
            forks=True,
            ready=f"http://{answers}:{settings.desk_port}/healthz",
            port=settings.desk_port,
            port_variable="DESK_PORT",
            host=settings.host,
        ),
        Process("worker", (python, "-m", "cli", "worker"), forks=True),
        Process("clock", (python, "-m", "cli", "clock"), forks=True),
    ]


@dataclass
class _Kept:
    """A process that is kept alive, and what happened to it lately."""

    process: Process
    output: IO[bytes] | None
    child: children.Child | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS_TOO_MANY))
    failures: int = 0  # in a row, for the back-off
    started_at: float = 0.0
    start_again_at: float | None = None


class Supervisor:
    """Keeps processes alive while its `with` block lasts. `environ` is what every child inherits.

    `outputs` is a folder for what they print, one file each (else they print where we do). `lock` is a file that only
    one supervisor may hold, so that two never share one data folder. `preload` loads what forks shall share,
    once, before the first of them, and starts no thread.
    """

    def __init__(
        self,
        processes: Sequence[Process],
        *,
        environ: Mapping[str, str],
        cwd: Path = ROOT,
        outputs: Path | None = None,
        lock: Path | None = None,
        preload: Callable[[], None] | None = None,
    ) -> None:
        self._preload, self._preloaded = preload if children.FORKS_WELL else None, False
        self._processes = tuple(processes)
        self._environ = dict(environ)
        self._cwd = cwd
        self._outputs = outputs
        self._lock_path = lock
        self._lock: IO[str] | None = None
        self._kept: list[_Kept] = []
        self._asked_to_stop = 0
        self._former_handlers: dict[int, object] = {}

    def __enter__(self) -> Self:
        """Start everything; `CannotStart` if something does not come up, after what came up was stopped."""
        self._former_handlers = {number: signal.signal(number, self._on_signal) for number in children.ENDS}
        try:
            self._hold_lock()
            for process in self._processes:
                if process.forks:
                    self._load()  # before waiting: others become ready meanwhile
                if process.once:
                    self._await_all()
                self._bring_up(process)
            self._await_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Restart whatever dies, until somebody asks us to stop or `until()` holds."""
        while not self._asked_to_stop and not until():
            self.tend()
            time.sleep(LOOK_SECONDS)

    def tend(self) -> None:
        """Look once at every process, and restart the dead whose time has come."""
        for kept in self._kept:
            if kept.start_again_at is None and kept.child is not None and kept.child.poll() is not None:
                self._note_death(kept)
            if kept.start_again_at is not None and time.monotonic() >= kept.start_again_at:
                self._launch(kept)

    def pids(self) -> dict[str, int]:
        """The process ids of all that run now, by name."""
        alive = {kept.process.name: kept.child for kept in self._kept if kept.child and kept.child.poll() is None}
        return {name: child.pid for name, child in alive.items()}

    def stop(self) -> None:
        """Stop everything, the last started first, each within 10 s or by force; a second Ctrl-C forces at once."""
        while self._kept:
            kept = self._kept.pop()
            if kept.child is not None:
                self._end(kept.process.name, kept.child)
            if kept.output is not None:
                kept.output.close()
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        for number, handler in self._former_handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._former_handlers = {}

    def _end(self, name: str, child: children.Child) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
        while child.poll() is None and time.monotonic() < deadline and self._asked_to_stop < 2:
            time.sleep(LOOK_SECONDS / 5)
        if child.poll() is None:
            log.warning("killed", process=name, reason="did not stop in time")
            children.kill(child)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop += 1

    def _hold_lock(self) -> None:
        if self._lock_path is None:
            return
        self._lock_path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self._lock_path.open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            found = f"another access center runs on {self._lock_path.parent}"
            raise CannotStart(f"{found}; stop it, or set VAR_DIR to another folder") from None

    def _bring_up(self, process: Process) -> None:
        """Start one process; a step runs to its end."""
        self._await_port(process)
        kept = _Kept(process, self._output(process.name))
        self._kept.append(kept)
        self._launch(kept)
        if process.once:
            self._await_end(kept)

    def _load(self) -> None:
        if self._preload is not None and not self._preloaded:
            self._preload()
            self._preloaded = True

    def _await_all(self) -> None:
        """Wait until all that was started is of use."""
        for kept in self._kept:
            self._await_ready(kept)

    def _await_port(self, process: Process) -> None:
        """A former run may still be leaving; a stranger stays."""
        if process.port is None:
            return
        deadline = time.monotonic() + PORT_FREE_WITHIN_SECONDS
        while not probing.is_free(process.host, process.port):
            if time.monotonic() > deadline:
                advice = f"stop the program that listens there, or set {process.port_variable} to another port"
                raise CannotStart(f"{process.name}: port {process.port} is taken; {advice}")
            self._pause()

    def _await_end(self, kept: _Kept) -> None:
        while kept.child is None or kept.child.poll() != 0:
            self.tend()
            self._pause()
            if len(kept.deaths) == DEATHS_TOO_MANY and kept.deaths[-1] - kept.deaths[0] <= DEATHS_WITHIN_SECONDS:
                raise CannotStart(f"{kept.process.name} failed {DEATHS_TOO_MANY} times; its own messages say why")
        self._kept.remove(kept)

    def _await_ready(self, kept: _Kept) -> None:
        deadline = time.monotonic() + kept.process.ready_seconds
        while not _is_ready(kept.process):
            if time.monotonic() > deadline:
                found = f"was not ready within {kept.process.ready_seconds:.0f} s; its own messages say why"
                raise CannotStart(f"{kept.process.name} {found}")
            self.tend()
            self._pause()

    def _pause(self) -> None:
        if self._asked_to_stop:
            raise Interrupted
        time.sleep(LOOK_SECONDS / 2)

    def _output(self, name: str) -> IO[bytes] | None:
        if self._outputs is None:
            return None
        self._outputs.mkdir(parents=True, exist_ok=True, mode=0o700)
        return (self._outputs / f"{name}.log").open("wb")

    def _launch(self, kept: _Kept) -> None:
        name, argv = kept.process.name, kept.process.argv
        environ = {**self._environ, **kept.process.env}
        try:
            forks = kept.process.forks and self._preloaded
            begin = partial(children.fork, name) if forks else children.start
            kept.child = begin(argv, environ=environ, cwd=self._cwd, output=kept.output)
        except OSError as error:
            raise CannotStart(f"{name}: {error.strerror}: {argv[0]}") from error
        kept.started_at = time.monotonic()
        kept.start_again_at = None

    def _note_death(self, kept: _Kept) -> None:
        """Plan the restart; who lived long before starts again soon."""
        assert kept.child is not None
        code, now = kept.child.returncode, time.monotonic()
        if kept.process.once and code == 0:
            return
        kept.failures = 0 if now - kept.started_at > DEATHS_WITHIN_SECONDS else kept.failures + 1
        wait = BACK_OFF_SECONDS[min(kept.failures, len(BACK_OFF_SECONDS)) - 1] if kept.failures else BACK_OFF_SECONDS[0]
        kept.deaths.append(now)
        kept.start_again_at = now + wait
        log.warning("died", process=kept.process.name, exit_code=code, again_in_seconds=wait)


def _is_ready(process: Process) -> bool:
    ready = process.ready
    return probing.answers(ready) if isinstance(ready, str) else ready is None or ready()
