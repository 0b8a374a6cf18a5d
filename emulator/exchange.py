"""The telephone exchange: everything the carrier knows, and what its parts share."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from emulator.callbacks_out import CallbackSender, Progress
from emulator.clock import Activity, Clock
from emulator.conferences import Conference
from emulator.hearing import listeners
from emulator.interpreter import Interpreter
from emulator.journal import Journal
from emulator.leg import HungUp, Leg
from emulator.people import People
from emulator.phones import Phones
from emulator.placing import Placing
from emulator.queues import Queue
from emulator.recordings import Recordings
from emulator.sids import SidMint
from emulator.webhooks_out import HookClient


@dataclass
class PhoneNumber:
    """A number of the account, with what the application wants done when it is called."""

    sid: str
    number: str
    created_ms: int
    updated_ms: int
    friendly_name: str = ""
    voice_url: str | None = None
    voice_method: str = "POST"
    voice_fallback_url: str | None = None
    voice_fallback_method: str = "POST"
    status_callback: str | None = None
    status_callback_method: str = "POST"
    sms_url: str | None = None
    sms_method: str = "POST"
    sms_fallback_url: str | None = None
    sms_fallback_method: str = "POST"
    voice_caller_id_lookup: bool = False


@dataclass
class Message:
    """A text message."""

    sid: str
    to: str
    from_: str
    body: str
    created_ms: int
    updated_ms: int
    status: str = "queued"
    direction: str = "outbound-api"
    sent_ms: int | None = None
    callback: str | None = None
    service_sid: str | None = None
    media: list[str] = field(default_factory=list)


@dataclass
class Notification:
    """An entry of the debugger: `log` 0 is an error, 1 a warning."""

    sid: str
    call_sid: str
    code: int
    message: str
    url: str
    method: str
    log: int
    at_ms: int


@dataclass
class Account:
    """Who uses the exchange. `calls_per_second` 0 is without limit."""

    sid: str
    token: str
    numbers: tuple[str, ...] = ()
    calls_per_second: float = 1.0
    max_concurrent: int = 100


class Exchange:
    """One account's calls, queues, conferences and the rest, on one clock."""

    def __init__(self, account: Account, *, rate: float = 1.0, manual: bool = False, seed: int | None = None,
                 start_ms: int | None = None) -> None:
        self.account = account
        self.account_sid = account.sid
        self.public_url = ""
        self.rest_running = 0
        self.activity = Activity()
        self.clock = Clock(self.activity, rate=rate, manual=manual, start_ms=start_ms)
        self.mint = SidMint(seed)
        self.journal = Journal(self.clock)
        self.hooks = HookClient(account.token, self.activity, self.journal, self.mint)
        self.callbacks = CallbackSender(self)
        self.progress = Progress(self)
        self.phones = Phones(self.clock)
        self.people = People(self)
        self.recordings = Recordings(self)
        self.placing = Placing(self)
        self.interpreter = Interpreter(self)
        self.bins: dict[str, str] = {}
        self.media_ms: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._forget()
        self.numbers = [self._number(number) for number in account.numbers]

    def _forget(self) -> None:
        self.legs: dict[str, Leg] = {}
        self.queues: dict[str, Queue] = {}
        self.conferences: dict[str, Conference] = {}
        self.messages: dict[str, Message] = {}
        self.notifications: list[Notification] = []

    def _number(self, number: str) -> PhoneNumber:
        now = self.clock.now_ms()
        return PhoneNumber(self.mint.mint("PN"), number, now, now, friendly_name=number)

    def own_number(self, number: str) -> PhoneNumber | None:
        """The account's number record, or None for a number that is not the account's."""
        return next((one for one in self.numbers if one.number == number), None)

    def phones_hearing(self, speaker: Leg) -> list[Leg]:
        """The legs that hear this leg's person."""
        return listeners(speaker, self.legs.values())

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs work beside everything else; an error in it is printed, never swallowed."""
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except HungUp:
            return
        except Exception:
            traceback.print_exc(file=sys.stderr)

    def notify(self, leg: Leg, code: int, message: str, url: str | None, method: str = "POST", *,
               log: int = 0) -> None:
        """Leaves an entry in the debugger of a call."""
        self.notifications.append(Notification(self.mint.mint("NO"), leg.sid, code, message,
                                               url or "", method, log, self.clock.now_ms()))

    def reset(self) -> None:
        """Ends and forgets every call, queue, conference, person and log entry; numbers and bins stay."""
        for task in list(self._tasks):
            task.cancel()
        self.clock.forget_all()
        self._forget()
        self.people.clear()
        self.recordings.clear()
        self.placing.clear()
        self.journal.clear()

    async def close(self) -> None:
        """Stops everything."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.hooks.close()
