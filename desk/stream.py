"""Keeps open pages live by server-sent events: whole fragments, soon after a change, and never stale in silence.

One subscriber thread a process listens for hints on the channel "desk"; what a hint says does not matter. Every stream
then draws its own fragment anew, for its own person, who is looked up again each time. Redis away only means that
streams look by themselves, more often.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import structlog
from flask import Flask, Response, current_app, stream_with_context
from redis import RedisError

from desk.tools import Fanout, tools

CHANNEL = "desk"
PACE = 0.2  # seconds between two fragments at least
HEARTBEAT = 5.0  # seconds between two fragments at most
LOOK_AGAIN = 2.0  # the same while Redis is away
RETRY_MS = 1500
MOST_STREAMS = 48

log = structlog.get_logger()


class Hub:
    """Wakes the streams of one process. Its thread starts with the first stream, so a fork shares none."""

    def __init__(self, redis: Fanout | None) -> None:
        self._redis = redis
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._hints = 0
        self._streams = 0
        self.hearing = False

    def enter(self) -> bool:
        """Take a place for one stream; False when the process has enough of them."""
        with self._changed:
            if self._closing.is_set() or self._streams >= MOST_STREAMS:
                return False
            self._streams += 1
            if self._thread is None and self._redis is not None:
                self._thread = threading.Thread(target=self._listen, name="desk-hints", daemon=True)
                self._thread.start()
        return True

    def leave(self) -> None:
        """Give the place back."""
        with self._changed:
            self._streams -= 1

    def hint(self) -> None:
        """Something may have changed: let every stream draw again."""
        with self._changed:
            self._hints += 1
            self._changed.notify_all()

    @property
    def hints(self) -> int:
        """How many hints there were: what a stream compares with."""
        return self._hints

    def wait(self, seen: int) -> bool:
        """Wait until it is time for the next fragment; False when the process is stopping."""
        if self._closing.wait(PACE):
            return False
        longest = (HEARTBEAT if self.hearing else LOOK_AGAIN) - PACE
        with self._changed:
            self._changed.wait_for(lambda: self._hints != seen or self._closing.is_set(), longest)
        return not self._closing.is_set()

    def close(self) -> None:
        """End every stream; browsers then connect to another process. Safe inside a signal handler."""
        self._closing.set()

    def _listen(self) -> None:
        while not self._closing.is_set():
            try:
                self._hear()
            except RedisError as error:
                if self.hearing:
                    log.warning("desk_hints_lost", error=type(error).__name__)
                self.hearing = False
                self._closing.wait(LOOK_AGAIN)

    def _hear(self) -> None:
        assert self._redis is not None
        channel: Any = self._redis.pubsub(ignore_subscribe_messages=True)
        try:
            channel.subscribe(CHANNEL)
            self.hearing = True
            self.hint()  # whatever was said while nobody listened
            while not self._closing.is_set():
                if channel.get_message(timeout=1.0):
                    self.hint()
        finally:
            channel.close()


def init(app: Flask, redis: Fanout | None) -> None:
    """One hub for this application in this process."""
    app.extensions["desk_hub"] = Hub(redis)


def hub_of(app: Flask) -> Hub:
    """The application's hub."""
    found: Hub = app.extensions["desk_hub"]
    return found


def end_on_sigterm(app: Flask) -> None:
    """End the streams when the process is told to stop, then do what was to be done anyway. Main thread only."""
    before = signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        hub_of(app).close()
        if callable(before):
            before(number, frame)
        elif before == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)


def tell_others() -> None:
    """Hint to every process that something changed; a lost hint only means that pages notice by themselves."""
    hub_of(current_app).hint()
    redis: Fanout | None = tools().redis
    if redis is None:
        return
    try:
        redis.publish(CHANNEL, "changed")
    except RedisError:
        log.warning("desk_hint_not_sent")


def live(draw: Callable[[], str | None], ended: str) -> Response:
    """A stream of fragments. `draw` gives None once the sign-in is over: then `ended` is the last one shown."""
    hub = hub_of(current_app)
    if not hub.enter():
        return Response(status=204)  # no place: the page stays as it is, and its age tells
    answer = Response(stream_with_context(_events(hub, draw, ended)), mimetype="text/event-stream")
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(hub.leave)
    return answer


def _events(hub: Hub, draw: Callable[[], str | None], ended: str) -> Iterator[str]:
    more = True
    while more:
        seen = hub.hints
        fragment = draw()
        if fragment is None:
            yield event(ended) + "event: ended\ndata: over\n\n"
            return
        yield event(fragment)
        more = hub.wait(seen)


def event(fragment: str) -> str:
    """A fragment as one unnamed event: the page swaps it in."""
    body = "".join(f"data: {line}\n" for line in fragment.splitlines())
    return f"retry: {RETRY_MS}\n{body}\n"
