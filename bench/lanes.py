"""Many centers in virtual time at once, all on the real Lua of `routing/lines.py`, with few trips to the server.

Each center runs in a greenlet of its own and calls `Lines` as the product does. Where the product would wait for the
server's answer, the greenlet hands its call over; one trip carries the calls of all of them. The trip speaks the
protocol itself: the client's parser in plain Python would take longer than all the rest.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]

from config.scripts import Script, call_of, command
from config.valkey import running
from routing.lines import Lines


class Trips:
    """The hub: carries the calls of all lanes to the server, trip by trip, and counts them."""

    def __init__(self, path: Path) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(str(path))
        self._answers, self._hub, self.calls = self._line.makefile("rb"), getcurrent(), 0
        self._loaded: dict[str, list[bytes]] = {}

    def lines(self) -> Lines:
        """Lines whose script calls go with the next trip. To be used inside a lane."""
        return Lines(self, self.register)  # type: ignore[arg-type]

    def say(self, *words: str) -> Any:
        """One command by itself."""
        self._line.sendall(command((), words))
        return _answer(self._answers)

    def register(self, source: str, key: str) -> Script:
        """What `Lines` asks for: a script to be called with its arguments."""
        if source not in self._loaded:
            self._loaded[source] = call_of(source, key)
            self.say("SCRIPT", "LOAD", source)
        begin = self._loaded[source]
        return lambda arguments: self._hub.switch(command(begin, arguments))

    def run(self, lanes: list[Callable[[], None]]) -> None:
        """Run all lanes to their ends."""
        asked = [(lane, lane.switch()) for lane in map(greenlet, lanes)]
        while asked := [(lane, call) for lane, call in asked if not lane.dead]:
            self.calls += len(asked)
            self._line.sendall(b"".join([call for _, call in asked]))
            answers = [_answer(self._answers) for _ in asked]
            asked = [(lane, lane.switch(answer)) for (lane, _), answer in zip(asked, answers, strict=True)]

    def close(self) -> None:
        """Hang up."""
        self._answers.close()
        self._line.close()


@contextmanager
def own_valkey() -> Iterator[Trips]:
    """Trips to an embedded Valkey of our own, empty, which keeps nothing on disk."""
    with TemporaryDirectory() as folder, running(Path(folder)) as server:
        trips = Trips(server.socket)
        trips.say("CONFIG", "SET", "appendonly", "no")
        yield trips
        trips.close()


def _answer(stream: BinaryIO) -> Any:
    line = stream.readline()
    kind, rest = line[:1], line[1:-2]
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return stream.read(int(rest) + 2)[:-2]
    if kind == b"*":
        return [_answer(stream) for _ in range(int(rest))]
    if kind == b"+":
        return rest
    raise RuntimeError(line.decode())
