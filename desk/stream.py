"""Keeps open pages live by server-sent events: whole fragments, soon after a change, and never stale in silence.

One subscriber thread a process listens for hints on the channel "desk"; what a hint says does not matter. Hints become
waves: at the beat of one another thread all streams of the process draw at the same time, so that what they show alike
is read and drawn once (`desk/sharing.py`). Each is for its own person, who is looked up again in each wave. Redis away
only means that streams look by themselves, more often.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

import structlog
from flask import Flask, Response, current_app, stream_with_context
from redis import RedisError

from desk.tools import Fanout, tools

CHANNEL = "desk"
PACE = 0.5  # seconds between two waves at least: hints in between are one wave
HEARTBEAT = 5.0  # seconds between two waves at most
LOOK_AGAIN = 2.0  # the same while Redis is away
RETRY_MS = 1500
MOST_STREAMS = 48



@dataclass(frozen=True)
class Still:
    """Nothing has changed since what was drawn before; `stamp` tells when that was looked up."""

    stamp: str


Draw = Callable[[float], str | Still | None]  # what to show, read no earlier than this (`time.monotonic()`)

log = structlog.get_logger()


@dataclass(frozen=True)
class Wave:
    """One time at which streams draw. What was read before `began` (`time.monotonic()`) is too old for it."""

    number: int
    began: float


class Hub:
    """Wakes the streams of one process. Its threads start with the first stream, so a fork shares none."""

    def __init__(self, redis: Fanout | None) -> None:
        self._redis = redis
        self._changed = threading.Condition()
        self._hinted = threading.Event()
        self._closing = threading.Event()
        self._started = False
        self._wave = Wave(0, float("-inf"))
        self._streams = 0
        self.hearing = False

    def enter(self) -> bool:
        """Take a place for one stream; False when the process has enough of them."""
        with self._changed:
            if self._closing.is_set() or self._streams >= MOST_STREAMS:
                return False
            self._streams += 1
            if not self._started:
                self._started = True
                self._start()
        return True

    def _start(self) -> None:
        threading.Thread(target=self._beat, name="desk-waves", daemon=True).start()
        if self._redis is not None:
            threading.Thread(target=self._listen, name="desk-hints", daemon=True).start()

    def leave(self) -> None:
        """Give the place back."""
        with self._changed:
            self._streams -= 1

    def hint(self) -> None:
        """Something may have changed: let every stream draw again."""
        self._hinted.set()

    def first(self) -> Wave:
        """What a stream draws first, by itself."""
        return Wave(self._wave.number, time.monotonic())

    def after(self, drawn: Wave) -> Wave | None:
        """Wait for a later wave than the one drawn; None when the process is stopping."""
        with self._changed:
            self._changed.wait_for(lambda: self._wave.number != drawn.number or self._closing.is_set())
            return None if self._closing.is_set() else self._wave

    def close(self) -> None:
        """End every stream; browsers then connect to another process. Safe inside a signal handler."""
        self._closing.set()
        self._hinted.set()

    def _beat(self) -> None:
        while not self._closing.wait(PACE):
            self._hinted.wait((HEARTBEAT if self.hearing else LOOK_AGAIN) - PACE)
            self._hinted.clear()
            with self._changed:
                self._wave = Wave(self._wave.number + 1, time.monotonic())
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

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


def live(draw: Draw, ended: str) -> Response:
    """A stream of fragments. `draw` gives None once the sign-in is over: then `ended` is the last one shown.

    A long page without running times, of which nothing has changed, is not sent again: `draw` says that it is `Still`.
    """
    hub = hub_of(current_app)
    if not hub.enter():
        return Response(status=204)  # no place: the page stays as it is, and its age tells
    answer = Response(stream_with_context(_events(hub, draw, ended)), mimetype="text/event-stream")
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(hub.leave)
    return answer


def _events(hub: Hub, draw: Draw, ended: str) -> Iterator[str]:
    wave: Wave | None = hub.first()
    while wave is not None:
        fragment = draw(wave.began)
        if fragment is None:
            yield event(ended) + "event: ended\ndata: over\n\n"
            return
        yield still(fragment) if isinstance(fragment, Still) else event(fragment)
        wave = hub.after(wave)


def event(fragment: str) -> str:
    """A fragment as one unnamed event: the page swaps it in."""
    body = "".join(f"data: {line}\n" for line in fragment.splitlines())
    return f"retry: {RETRY_MS}\n{body}\n"


def still(found: Still) -> str:
    """A named event: the page stays as it is, and tells that it is of now."""
    return f"event: still\ndata: {found.stamp}\n\n"
