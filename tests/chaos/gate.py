"""Where the sabotaged processes report: the campaign sees each checkpoint, may kill somebody, and lets it go on."""

import contextlib
import json
import select
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.sabotaged import STARTED


@dataclass(frozen=True, order=True)
class Point:
    """One checkpoint of a call: its name, and the how-manieth of that name."""

    name: str
    occurrence: int

    def __str__(self) -> str:
        return self.name if self.occurrence == 1 else f"{self.name} #{self.occurrence}"


class Gate:
    """Receives checkpoints. At the armed point it calls `at_point` once, before the reporter may go on."""

    def __init__(self, path: Path) -> None:
        self.passed: list[tuple[Point, str]] = []  # and who reported it
        self.started: Counter[str] = Counter()
        self.fired = False
        self._counts: Counter[str] = Counter()
        self._armed: Point | None = None
        self._at_point: Callable[[], None] = lambda: None
        self._call: str | None = None
        self._counting = False
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(64)

    def arm(self, point: Point | None, at_point: Callable[[], None]) -> None:
        """Count from now on, beginning with the next call that arrives."""
        self.passed, self._counts, self._call = [], Counter(), None
        self._armed, self._at_point = point, at_point
        self.fired, self._counting = False, True

    def disarm(self) -> None:
        """Let everybody pass, uncounted."""
        self._armed, self._counting = None, False

    def tend(self, seconds: float) -> None:
        """Serve whoever reports, for about so long."""
        ready, _, _ = select.select([self._server], [], [], seconds)
        while ready:
            line, _ = self._server.accept()
            with line, contextlib.suppress(OSError, ValueError):
                line.settimeout(2.0)
                self._serve(line)
            ready, _, _ = select.select([self._server], [], [], 0)

    def close(self) -> None:
        """No checkpoint is heard any more."""
        self._server.close()

    def _serve(self, line: socket.socket) -> None:
        text = b""
        while not text.endswith(b"\n") and (piece := line.recv(4096)):
            text += piece
        said = json.loads(text)
        if said["name"] == STARTED:
            self.started[said["process"]] += 1
        elif self._counting and self._is_ours(said["call"]):
            self._count(said["name"], said["process"])
        line.sendall(b"go\n")

    def _is_ours(self, call: str | None) -> bool:
        """Whether a checkpoint belongs to the present call: the first one that arrives names it."""
        if self._call is None:
            self._call = call
        return self._call is not None and call in (None, self._call)

    def _count(self, name: str, process: str) -> None:
        self._counts[name] += 1
        point = Point(name, self._counts[name])
        self.passed.append((point, process))
        if point == self._armed and not self.fired:
            self.fired = True
            self._at_point()
