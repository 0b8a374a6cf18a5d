"""Sends prepared HTTP requests over kept-alive connections as fast as a server takes them, or at a given pace."""

import re
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Result:
    """What a run saw: the seconds it took, and those of them that sending itself was on a processor; the answers by
    status, 0 where the server hung up instead; each answer's seconds; and when it came to which request.
    """

    seconds: float = 0.0
    sending: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    answered: list[tuple[str, float]] = field(default_factory=list)  # path, `time.perf_counter()`

    @property
    def count(self) -> int:
        """Answers in all."""
        return len(self.latencies)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.count / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency below which this share of the answers came, in milliseconds."""
        ranked = sorted(self.latencies)
        return 1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else 0.0

    def over(self, status: int) -> None:
        """One request is over."""
        self.statuses[status] = self.statuses.get(status, 0) + 1


@dataclass
class _Lane:
    """One connection, with one request under way at most. A server ends one that nobody used for a while."""

    port: int
    work: Iterator[bytes]
    selector: selectors.BaseSelector
    wire: socket.socket | None = None
    buffer: bytes = b""
    sent_at: float | None = None  # of the request under way
    path: str = ""

    def open(self) -> socket.socket:
        """Connect."""
        self.wire = socket.create_connection(("127.0.0.1", self.port))
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(self.wire, selectors.EVENT_READ, self)
        return self.wire

    def close(self) -> None:
        """Hang up."""
        if self.wire is not None:
            self.selector.unregister(self.wire)
            self.wire.close()
        self.wire, self.buffer = None, b""

    def send(self, since: float) -> bool:
        """Send the next request; False when there is none."""
        request = next(self.work, None)
        if request is None:
            return False
        self.sent_at, self.path = since, request.split(b" ", 2)[1].decode()
        (self.wire or self.open()).sendall(request)
        return True

    def receive(self, result: Result) -> bool:
        """Take what came; True when the request under way is over."""
        assert self.wire is not None
        came = self.wire.recv(65536)
        if not came:
            self.close()
            return self._over(result, 0)
        self.buffer += came
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not separator or len(body) < int(length[1] if length else 0):
            return False
        self.buffer = b""
        return self._over(result, int(head[9:12]))

    def _over(self, result: Result, status: int) -> bool:
        if self.sent_at is None:
            return False
        now = time.perf_counter()
        result.over(status)
        if status:
            result.latencies.append(now - self.sent_at)
            result.answered.append((self.path, now))
        self.sent_at = None
        return True


def blast(port: int, streams: list[Iterator[bytes]], *, seconds: float, per_second: float | None = None) -> Result:
    """One connection a stream, each with one request under way; at most `seconds` long.

    With `per_second` the requests of all streams together are paced; latency then counts from the planned instant,
    so that a slow answer is not hidden by sending later.
    """
    selector = selectors.SelectSelector()  # the usual one sleeps whole milliseconds: a request would be sent late
    lanes = [_Lane(port, stream, selector) for stream in streams]
    for lane in lanes:
        lane.open()
    result, started, on_processor = Result(), time.perf_counter(), time.process_time()
    idle, under_way, planned = list(lanes), 0, 0
    while (idle or under_way) and (now := time.perf_counter()) - started < seconds:
        due = started + planned / per_second if per_second else now
        if idle and due <= now:
            if idle.pop().send(due):
                planned, under_way = planned + 1, under_way + 1
            continue
        for key, _events in selector.select(timeout=max(0.0, due - now) if idle else 0.05):
            if key.data.receive(result):
                idle.append(key.data)
                under_way -= 1
    result.seconds, result.sending = time.perf_counter() - started, time.process_time() - on_processor
    for lane in lanes:
        lane.close()
    return result
