"""One leg of a call: what is known about it, what it hears, and the only place where its program waits.

Longer than 300 lines: its state, its waiting and its life change together and are read together.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

from emulator import links
from emulator.clock import Timer
from emulator.nouns import Detection
from emulator.reader import Callback
from emulator.webhooks_out import Params

if TYPE_CHECKING:
    from emulator.bridge import Bridge
    from emulator.conferences import Participant
    from emulator.exchange import Exchange
    from emulator.recordings import Recording

LIVE = frozenset({"queued", "ringing", "in-progress"})


def settle(future: asyncio.Future[None]) -> None:
    """Marks a future as done; harmless when it already is."""
    if not future.done():
        future.set_result(None)


@dataclass(frozen=True)
class Source:
    """Where a document comes from: an address with extra parameters, or words given inline."""

    url: str | None = None
    method: str = "POST"
    params: Params = ()
    twiml: str | None = None
    is_fallback: bool = False


class Interrupt(Exception):
    """Something ends what the leg is doing."""


class HungUp(Interrupt):
    """The leg is over."""


class Redirected(Interrupt):
    """The application moved the live leg to another document."""

    def __init__(self, source: Source) -> None:
        super().__init__("redirected")
        self.source = source


class Nudged(Interrupt):
    """The state around the leg changed; caught by the verb that opened `scope`."""

    def __init__(self, scope: object) -> None:
        super().__init__("nudged")
        self.scope = scope


@dataclass(frozen=True)
class Input:
    """A key, or words with how sure the recogniser is (0 to 1)."""

    key: str = ""
    words: str = ""
    confidence: float = 0.0


@dataclass
class Settings:
    """What the application asked for when the leg was made; times in seconds."""

    fallback_url: str | None = None
    fallback_method: str = "POST"
    callback: Callback | None = None
    ring_timeout: int = 60
    time_limit: int = 14400
    send_digits: str | None = None
    record: bool = False
    recording_callback: Callback | None = None
    recording_channels: int = 1
    recording_track: str = "both"
    trims: bool = True
    detection: Detection | None = None
    async_amd: bool = False
    amd_callback: Callback | None = None


@dataclass(eq=False)
class Leg:
    """A call as the carrier keeps it."""

    exchange: Exchange
    sid: str
    direction: str
    from_: str
    to: str
    settings: Settings = field(default_factory=Settings)
    parent: Leg | None = None
    number_sid: str | None = None
    status: str = "queued"
    extra: Params = ()
    created_ms: int = 0
    updated_ms: int = 0
    ringing_ms: int | None = None
    answered_ms: int | None = None
    ended_ms: int | None = None
    ended_by: str | None = None
    sip_code: int | None = None
    answered_by: str | None = None
    queue_ms: int = 0
    sequence: int = 0
    initiated: bool = False
    deleted: bool = False
    document_url: str | None = None
    context: str = "main"
    doing: str = ""
    captions: list[dict[str, Any]] = field(default_factory=list)
    bridge: Bridge | None = None
    participant: Participant | None = None
    recording: Recording | None = None
    far: Leg | None = None

    def __post_init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.created_ms = self.updated_ms = self.exchange.clock.now_ms()
        self.jar: aiohttp.abc.AbstractCookieJar = aiohttp.CookieJar(unsafe=True)
        self.over: asyncio.Future[None] = loop.create_future()
        self.picked_up: asyncio.Future[str] = loop.create_future()
        self._pending: list[Interrupt] = []
        self._scopes: list[object] = []
        self._wake: asyncio.Future[None] | None = None
        self._inbox: deque[Input] | None = None
        self._limit: Timer | None = None
        self.fetches: deque[int] = deque(maxlen=50)

    @property
    def live(self) -> bool:
        """Whether the leg has not ended."""
        return self.status in LIVE

    @property
    def answered(self) -> bool:
        """Whether somebody is on the line now."""
        return self.status == "in-progress"

    @property
    def phone(self) -> str:
        """The number of the person at the far end of this leg; a line that a program answers is the account's."""
        if self.far:
            return self.to
        return self.from_ if self.direction == "inbound" else self.to

    @property
    def peer(self) -> str:
        """The number this person sees."""
        return self.to if self.direction == "inbound" else self.from_

    # Waiting -------------------------------------------------------------------------------------------

    def interrupt(self, reason: Interrupt) -> None:
        """Ends what the leg is doing at its next wait; a hang-up comes before anything else."""
        if isinstance(reason, HungUp):
            self._pending.insert(0, reason)
        else:
            self._pending.append(reason)
        self.wake()

    def wake(self) -> None:
        """Lets the leg look around: an interrupt or an input has come."""
        if self._wake and not self._wake.done():
            self._wake.set_result(None)

    @contextmanager
    def scope(self) -> Iterator[object]:
        """A part of the program that nudges may end; late nudges are dropped."""
        mark = object()
        self._scopes.append(mark)
        try:
            yield mark
        finally:
            self._scopes.remove(mark)

    async def wait(self, *futures: asyncio.Future[Any], for_ms: float | None = None,
                   inbox: deque[Input] | None = None) -> bool:
        """Waits for a future, an input in `inbox`, or the emulator's time; False when the time was up.

        Raises the Interrupt that came instead.
        """
        self._raise_pending()
        expired = asyncio.get_running_loop().create_future()
        timer = None if for_ms is None else self.exchange.clock.call_in(for_ms, lambda: settle(expired))
        try:
            while not any(one.done() for one in (expired, *futures)) and not inbox:
                self._wake = asyncio.get_running_loop().create_future()
                await asyncio.wait({self._wake, expired, *futures}, return_when=asyncio.FIRST_COMPLETED)
                self._raise_pending()
        finally:
            self._wake = None
            if timer:
                timer.cancel()
        return bool(inbox) or any(one.done() for one in futures)

    def _raise_pending(self) -> None:
        while self._pending:
            reason = self._pending.pop(0)
            if not isinstance(reason, Nudged) or reason.scope in self._scopes:
                raise reason

    # Keys and words ------------------------------------------------------------------------------------

    @contextmanager
    def listening(self) -> Iterator[deque[Input]]:
        """What the person enters meanwhile; outside such a block keys and words go unheard."""
        before, self._inbox = self._inbox, deque()
        try:
            yield self._inbox
        finally:
            self._inbox = before

    def enter(self, given: Input) -> bool:
        """The person presses a key or speaks; False when nothing listens."""
        links.entered(self, given)
        if self._inbox is None:
            return False
        self._inbox.append(given)
        self.wake()
        return True

    # Life ----------------------------------------------------------------------------------------------

    def touch(self) -> None:
        """Something about the leg changed just now."""
        self.updated_ms = self.exchange.clock.now_ms()

    def ring(self) -> None:
        """The far phone rings."""
        self.status, self.ringing_ms = "ringing", self.exchange.clock.now_ms()
        self.touch()
        self.exchange.progress.report(self, "ringing")
        self.exchange.phones.publish(self, "ring", text=self.peer)

    def answer(self) -> None:
        """The leg is connected; harmless when it already is."""
        if self.status not in ("queued", "ringing"):
            return
        self.status, self.answered_ms = "in-progress", self.exchange.clock.now_ms()
        self.touch()
        self.exchange.progress.report(self, "answered")
        self.exchange.phones.publish(self, "answered")
        self.limit_to(self.settings.time_limit)
        self.exchange.people.connected(self)
        links.answered(self)

    def limit_to(self, seconds: int) -> None:
        """The leg ends by itself this long after its answer."""
        self.settings.time_limit = seconds
        if self._limit:
            self._limit.cancel()
        if self.answered_ms is not None:
            left = self.answered_ms + seconds * 1000 - self.exchange.clock.now_ms()
            self._limit = self.exchange.clock.call_in(left, lambda: self.end("completed", "time limit"))

    def end(self, status: str, by: str, sip_code: int | None = None) -> None:
        """The leg is over; harmless when it already is."""
        if not self.live:
            return
        self.status, self.ended_by, self.sip_code = status, by, sip_code
        self.ended_ms = self.exchange.clock.now_ms()
        self.doing = ""
        self.touch()
        if self._limit:
            self._limit.cancel()
        if self.bridge:
            self.bridge.part(self)
        self.exchange.recordings.call_ended(self)
        self.over.set_result(None)
        self.interrupt(HungUp())
        self.exchange.phones.publish(self, "hangup", text=by)
        if self.initiated or status != "canceled":
            self.exchange.progress.report(self, "completed")

    def duration_s(self) -> int:
        """Seconds from answer to end, rounded up; 0 if never answered."""
        if self.answered_ms is None or self.ended_ms is None:
            return 0
        return -(-(self.ended_ms - self.answered_ms) // 1000)

    def caption(self, kind: str, text: str, language: str = "") -> None:
        """Writes down what the person hears (or what happens on the phone) now, and in which language if said."""
        spoken = {"language": language} if language else {}
        self.captions.append({"at_ms": self.exchange.clock.now_ms(), "kind": kind, "text": text, **spoken})
        self.exchange.phones.publish(self, "caption", text=text, caption_kind=kind, **spoken)
        self.exchange.people.heard(self, kind, text)
        links.said(self, kind, text)

    def does(self, what: str) -> None:
        """Names what the leg is doing, for whoever looks at the phone."""
        if what != self.doing:
            self.doing = what
            self.exchange.phones.publish(self, "doing", text=what)
