"""The injected clock: the machine's own, or a remote one that is followed, and remembered when it falls silent."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from config import clocks
from config.clocks import Reading, RemoteClock, SystemClock, clock_for
from config.settings import load_settings

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Dial(BaseHTTPRequestHandler):
    """A clock on a loopback port, whose answer and connections a test can see."""

    protocol_version = "HTTP/1.1"
    answer: ClassVar[dict[str, object]] = {}
    connections: ClassVar[set[object]] = set()

    def do_GET(self) -> None:
        self.connections.add(self.client_address)
        body = json.dumps(self.answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def dial() -> Iterator[tuple[str, type[Dial]]]:
    Dial.answer, Dial.connections = {"now_ms": int(NOON.timestamp() * 1000), "rate": 20.0}, set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Dial)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/control/clock", Dial
    server.shutdown()
    server.server_close()


@pytest.fixture
def naps(monkeypatch) -> list[float]:
    """The real sleeps somebody asked for, none of them slept."""
    asked: list[float] = []
    monkeypatch.setattr("config.clocks.time.sleep", asked.append)
    return asked


@pytest.fixture
def stopwatch(monkeypatch) -> list[float]:
    """The monotonic seconds, which a test moves."""
    reading = [100.0]
    monkeypatch.setattr("config.clocks.time.monotonic", lambda: reading[0])
    return reading


def test_the_system_clock_is_aware_utc(naps):
    assert SystemClock().now().tzinfo is UTC
    SystemClock().sleep(3)
    SystemClock().sleep(-1)
    assert naps == [3, 0]


def test_a_remote_clock_is_followed(dial, stopwatch):
    url, server = dial
    clock = RemoteClock(url)
    assert clock.now() == NOON
    server.answer = {"now_ms": int(NOON.timestamp() * 1000) + 3_600_500, "rate": 20.0}
    assert clock.now() == NOON + timedelta(hours=1, milliseconds=500)


def test_a_thread_keeps_one_connection_and_another_thread_has_its_own(dial):
    url, server = dial
    clock = RemoteClock(url)
    for _ in range(3):
        clock.now()
    other = threading.Thread(target=clock.now)
    other.start()
    other.join()
    assert len(server.connections) == 2


def test_a_silent_remote_clock_goes_on_from_its_last_answer(dial, stopwatch):
    url, server = dial
    clock = RemoteClock(url)
    clock.now()
    server.answer = {"broken": True}
    stopwatch[0] += 2
    assert clock.now() == NOON + timedelta(seconds=40)


def test_a_clock_nobody_ever_reached_is_the_machines():
    before = datetime.now(UTC)
    assert before <= RemoteClock("http://127.0.0.1:1/clock").now() <= datetime.now(UTC)


def test_sleep_is_shorter_when_time_runs_faster_but_never_a_busy_loop(dial, naps):
    clock = RemoteClock(dial[0])
    clock.sleep(10)
    clock.sleep(0.001)
    assert naps == [0.5, clocks.SHORTEST_SLEEP_SECONDS]


def test_sleep_on_a_clock_moved_by_hand_looks_again_soon(dial, naps):
    url, server = dial
    server.answer["rate"] = 0
    RemoteClock(url).sleep(3600)
    assert naps == [clocks.STOPPED_SLEEP_SECONDS]


def test_a_reading_goes_on_at_its_rate():
    assert Reading(NOON, 2.0, heard_at=10).at(15) == NOON + timedelta(seconds=10)


def test_settings_name_the_clock(tmp_path):
    assert isinstance(clock_for(load_settings({}, root=tmp_path)), SystemClock)
    assert isinstance(clock_for(load_settings({"CLOCK": "http://127.0.0.1:1/c"}, root=tmp_path)), RemoteClock)
