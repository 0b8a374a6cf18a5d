"""Sends prepared HTTP requests over kept-alive connections as fast as a server takes them, or at a given pace."""

import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Result:
    """What a run saw: seconds it took, answers by status, each answer's seconds, and when it came to which request."""

    seconds: float = 0.0
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


@dataclass
class _Connection:
    socket: socket.socket
    work: Iterator[bytes]
    buffer: bytes = b""
    sent_at: float = 0.0
    path: str = ""


def blast(port: int, streams: list[Iterator[bytes]], *, seconds: float, per_second: float | None = None) -> Result:
    """One connection a stream, each with one request under way; at most `seconds` long.

    With `per_second` the requests of all streams together are paced; latency then counts from the planned instant,
    so that a slow answer is not hidden by sending later.
    """
    selector = selectors.DefaultSelector()
    result, started = Result(), time.perf_counter()
    idle: list[_Connection] = []
    planned = 0
    for stream in streams:
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        idle.append(_Connection(connection, stream))
        selector.register(connection, selectors.EVENT_READ, idle[-1])
    open_connections = len(idle)
    while open_connections and (now := time.perf_counter()) - started < seconds:
        while idle:
            due = started + planned / per_second if per_second else now
            if due > time.perf_counter():
                break
            if not _send(idle[-1], due if per_second else time.perf_counter()):
                open_connections -= 1
            else:
                planned += 1
            idle.pop()
        wait = started + planned / per_second - time.perf_counter() if per_second and idle else 0.05
        for key, _events in selector.select(timeout=max(0.0, wait)):
            if _receive(key.data, result):
                idle.append(key.data)
    result.seconds = time.perf_counter() - started
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return result


def _send(connection: _Connection, since: float) -> bool:
    request = next(connection.work, None)
    if request is None:
        return False
    connection.sent_at, connection.path = since, request.split(b" ", 2)[1].decode()
    connection.socket.sendall(request)
    return True


def _receive(connection: _Connection, result: Result) -> bool:
    """Take what came; True when an answer is whole."""
    connection.buffer += connection.socket.recv(65536)
    head, separator, body = connection.buffer.partition(b"\r\n\r\n")
    if not separator:
        return False
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    if len(body) < length:
        return False
    status = int(head.split(b" ", 2)[1])
    result.statuses[status] = result.statuses.get(status, 0) + 1
    now = time.perf_counter()
    result.latencies.append(now - connection.sent_at)
    result.answered.append((connection.path, now))
    connection.buffer = body[length:]
    return True
