"""Starts programs that cannot outlive us: when this process dies, even by kill -9, its children are told to stop.

A child is a program of its own, or a fork of this process that runs one of our modules with what is loaded here.

Linux only does that (PR_SET_PDEATHSIG); elsewhere children stop when they are asked, but not after a kill -9.
"""

import contextlib
import ctypes
import os
import runpy
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, NoReturn

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
FORKS_WELL = sys.platform.startswith("linux")  # elsewhere system libraries may not survive a fork without exec
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_OWN_FILE, LAST_OWN_FILE = 3, 1024
LOOK_SECONDS = 0.02


class Forked:
    """A fork of this process, with the part of Popen's manners that is used here."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, minus the signal that ended it; None while it runs."""
        if self.returncode is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if ended else None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it is known to be over."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code once it is over; `TimeoutExpired` after so many seconds."""
        until = time.monotonic() + timeout if timeout is not None else None
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(LOOK_SECONDS)
        return code


Child = subprocess.Popen[bytes] | Forked


def start(argv: Sequence[str], *, environ: Mapping[str, str], cwd: Path, output: IO[bytes] | None = None) -> Child:
    """Start a program in a process group of its own; `output` takes what it prints (else it prints where we do).

    Its own group keeps a Ctrl-C from reaching all at once. Call it from a thread that lives as long as the process:
    the kernel ties a child to the *thread* that started it. Raises OSError if there is no such program.
    """
    return subprocess.Popen(  # noqa: S603 - the programs are named by us
        list(argv),
        env=dict(environ),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        process_group=0,
        preexec_fn=_tie_to(os.getpid()),
    )


def fork(
    name: str, argv: Sequence[str], *, environ: Mapping[str, str], cwd: Path, output: IO[bytes] | None = None
) -> Forked:
    """Run `python -m MODULE ...`, as `argv` says it, in a fork of this process that `ps` shows by `name`.

    The rest is as with `start`. This process must have one thread only, and `FORKS_WELL` must hold.
    """
    tie = _tie_to(os.getpid())
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)  # the child shall not meet a signal with our own handlers
    try:
        pid = os.fork()
        if pid == 0:
            _become(name, argv, environ, cwd, output, tie)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    with contextlib.suppress(OSError):  # whoever comes first: it can be killed as a group from now on
        os.setpgid(pid, pid)
    return Forked(pid)


def stop(child: Child, *, seconds: float) -> bool:
    """Ask a child to stop and wait so long; then end it and what it started. Whether it stopped by itself."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    try:
        child.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        kill(child)
        return False


def kill(child: Child) -> None:
    """End a child and everything in its group at once."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _become(
    name: str,
    argv: Sequence[str],
    environ: Mapping[str, str],
    cwd: Path,
    output: IO[bytes] | None,
    tie: Callable[[], None] | None,
) -> NoReturn:
    """What a fork does with its life. It never returns: what called us belongs to the parent."""
    code = 1
    try:
        os.setpgid(0, 0)
        _leave_files(output)
        os.environ.clear()
        os.environ.update(environ)
        os.chdir(cwd)
        _forget_handlers()
        if tie:
            tie()
            ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode())
        code = _run(argv)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _leave_files(output: IO[bytes] | None) -> None:
    """Keep nothing that the parent had open, such as its lock, but where to print."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    if output is not None:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    os.closerange(FIRST_OWN_FILE, LAST_OWN_FILE)


def _forget_handlers() -> None:
    for number in ENDS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)


def _run(argv: Sequence[str]) -> int:
    """Run a module as a program; its exit code."""
    _python, _dash_m, module, *arguments = argv
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)  # noqa: T201 - as Python itself does
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _tie_to(parent: int) -> Callable[[], None] | None:
    """What a new child does before it becomes the program; nothing where the kernel cannot."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died between fork and here: no signal would ever come
            os._exit(0)

    return tie
