"""Sees which programs run on this machine, and waits for what must come; there is no hurry in it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from config.children import Child

PATIENCE_SECONDS = 30.0


def eventually(holds: Callable[[], object]) -> None:
    """Wait until something holds; fail only when it does not for very long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def alive(mark: str) -> list[int]:
    """The ids of all running programs whose command line or environment holds `mark`; not our own."""
    return [pid for pid in _pids() if pid != os.getpid() and mark.encode() in _about(pid)]


def kill_hard(child: Child) -> None:
    """kill -9 of this one process, nothing else."""
    os.kill(child.pid, 9)
    child.wait()


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _about(pid: int) -> bytes:
    """What is known of a program; nothing of one that has just ended or is a zombie."""
    try:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return b""
        return Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
