"""Starts programs that cannot outlive us: when this process dies, even by kill -9, its children are told to stop.

Linux only does that (PR_SET_PDEATHSIG); elsewhere children stop when they are asked, but not after a kill -9.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
Child = subprocess.Popen[bytes]


def start(
    argv: Sequence[str], *, environ: Mapping[str, str], cwd: Path, output: IO[bytes] | None = None
) -> Child:
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
