"""Open boards of one supervisor: plain readers of the live stream, which cost next to nothing while they read.

A reader keeps what came and when. What it says is looked at when the measuring is over.
"""

import http.cookiejar
import re
import selectors
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from directory.demo import load_demo

WAITING = re.compile(rb'<th scope="row">[^<]*<span class="note">[^<]*</span></th><td><a [^>]*>(\d+)</a></td>')
END = b"\n\n"  # of a fragment
FIRST_WITHIN = 30.0  # seconds until each board has shown something

Came = list[tuple[float, bytes]]  # `time.perf_counter()`, some bytes of a stream
Shown = tuple[float, int]  # when a fragment was there whole, how many wait by it


class Screens:
    """So many boards. `reading_seconds`: what reading them cost of a processor."""

    def __init__(self, port: int, count: int) -> None:
        cookie = _signed_in(port)
        self._streams = [_opened(port, cookie) for _ in range(count)]
        self._came: list[Came] = [[] for _ in self._streams]
        self._over = threading.Event()
        self.reading_seconds = 0.0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read in a thread of its own, from the time when each board has shown something."""
        reader = threading.Thread(target=self._read, daemon=True)
        reader.start()
        try:
            self._await_first()
            yield
        finally:
            self._over.set()
            reader.join()
            for each in self._streams:
                each.close()

    def shown(self) -> list[list[Shown]]:
        """What each board showed, in order."""
        return [list(fragments(came)) for came in self._came]

    def _await_first(self) -> None:
        deadline = time.perf_counter() + FIRST_WITHIN
        while empty := sum(not any(END in bytes_ for _, bytes_ in tuple(came)) for came in self._came):
            if time.perf_counter() > deadline:
                raise SystemExit(f"{empty} boards show nothing")
            time.sleep(0.1)

    def _read(self) -> None:
        selector = selectors.DefaultSelector()
        for stream, came in zip(self._streams, self._came, strict=True):
            selector.register(stream, selectors.EVENT_READ, came)
        while not self._over.is_set():
            for key, _ in selector.select(timeout=0.5):
                bytes_ = key.fileobj.recv(1 << 16)  # type: ignore[union-attr]
                key.data.append((time.perf_counter(), bytes_))
                if not bytes_:
                    selector.unregister(key.fileobj)  # the server ended it
            self.reading_seconds = time.thread_time()


def ages(screens: list[list[Shown]], begins: float, joined: list[float]) -> list[float]:
    """For each caller and each board: seconds from his last turn's answer until the board counted him.

    `joined`: those instants, in order, all later than `begins`. Callers who never came on a board are missing there.
    """
    before = max(waiting for screen in screens for at, waiting in screen if at < begins)
    found = []
    for screen in screens:
        place = 0
        for number, moment in enumerate(joined, before + 1):
            while place < len(screen) and screen[place][1] < number:
                place += 1
            if place < len(screen):
                found.append(max(0.0, screen[place][0] - moment))
    return found


def fragments(came: Came) -> Iterator[Shown]:
    """The whole fragments of a stream, each as old as its last byte."""
    waiting = b""
    for at, bytes_ in came:
        *whole, waiting = (waiting + bytes_).split(END)
        yield from ((at, sum(map(int, WAITING.findall(each)))) for each in whole if b"data:" in each)


def _signed_in(port: int) -> str:
    """The cookie of the demo's supervisor."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    origin = f"http://127.0.0.1:{port}"
    with opener.open(f"{origin}/sign-in", timeout=20) as page:
        token = page.read().decode().split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    form = {"csrf_token": token, "login": "sam", "password": load_demo().password}
    opener.open(f"{origin}/sign-in", urllib.parse.urlencode(form).encode(), timeout=20).close()
    return "; ".join(f"{each.name}={each.value}" for each in jar)


def _opened(port: int, cookie: str) -> socket.socket:
    stream = socket.create_connection(("127.0.0.1", port))
    head = f"GET /board/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n"
    stream.sendall(head.encode())
    return stream
