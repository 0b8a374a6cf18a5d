"""The telephone exchange: everything the carrier knows, and what its parts share."""

from __future__ import annotations

import asyncio
import sys
import traceback
from collections import deque
from collections.abc import Coroutine
from typing import Any

from emulator.callbacks_out import CallbackSender, Progress
from emulator.clock import Activity, Clock
from emulator.codes import is_warning
from emulator.conferences import Conference
from emulator.ears import Ears
from emulator.faults import Faults
from emulator.faulty_hooks import FaultyHooks
from emulator.hearing import listeners
from emulator.interpreter import Interpreter
from emulator.journal import Journal
from emulator.leg import HungUp, Leg
from emulator.load import Load
from emulator.mishaps import Mishaps
from emulator.people import People
from emulator.phones import Phones
from emulator.placing import Placing
from emulator.queues import Queue
from emulator.recordings import Recordings
from emulator.resources import Account, Application, CallerId, Message, Notification, PhoneNumber
from emulator.sids import SidMint
from emulator.texts import Texts

NOTIFICATIONS_KEPT = 20_000  # the oldest go first


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
        self.began_ms = self.clock.now_ms()
        self.mint = SidMint(seed)
        self.journal = Journal(self.clock)
        self.ears = Ears(self.clock)
        self.faults = Faults(self.journal, self.mint.seed)
        self.mishaps = Mishaps(self)
        self.hooks = FaultyHooks(self)
        self.callbacks = CallbackSender(self)
        self.progress = Progress(self)
        self.phones = Phones(self.clock, self.mishaps.happened)
        self.people = People(self)
        self.recordings = Recordings(self)
        self.texts = Texts(self)
        self.placing = Placing(self)
        self.interpreter = Interpreter(self)
        self.bins: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._forget()
        self.numbers = [self.new_number(number) for number in account.numbers]
        self.applications: dict[str, Application] = {}
        self.caller_ids: dict[str, CallerId] = {}

    def _forget(self) -> None:
        self.legs: dict[str, Leg] = {}
        self.loads: list[Load] = []
        self.queues: dict[str, Queue] = {}
        self.conferences: dict[str, Conference] = {}
        self.messages: dict[str, Message] = {}
        self.notifications: deque[Notification] = deque(maxlen=NOTIFICATIONS_KEPT)

    def new_number(self, number: str) -> PhoneNumber:
        """A number for the account, without anything to do when it is called."""
        now = self.clock.now_ms()
        return PhoneNumber(sid=self.mint.mint("PN"), number=number, created_ms=now, updated_ms=now,
                           friendly_name=number)

    def own_number(self, number: str) -> PhoneNumber | None:
        """The account's number record, or None for a number that is not the account's."""
        return next((one for one in self.numbers if one.number == number), None)

    def phones_hearing(self, speaker: Leg) -> list[Leg]:
        """The legs that hear this leg's person."""
        near = speaker.bridge.legs if speaker.bridge else ()
        room = speaker.participant.conference.present() if speaker.participant else []
        return listeners(speaker, (*near, *(one.leg for one in room)))

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

    def notify(self, leg: Leg | None, code: int, message: str, url: str | None, method: str = "POST") -> None:
        """Leaves an entry in the debugger, of a call if there is one."""
        self.notifications.append(Notification(
            self.mint.mint("NO"), leg.sid if leg else None, code, message, url or "", method,
            1 if is_warning(code) else 0, self.clock.now_ms()))

    def may_show(self, number: str) -> bool:
        """Whether the account may call from this number or client."""
        return bool(self.own_number(number)) or number.startswith(("client:", "sip:")) or any(
            one.number == number for one in self.caller_ids.values())

    def reset(self) -> None:
        """Ends and forgets every call, queue, conference, person and log entry; numbers and bins stay."""
        for task in list(self._tasks):
            task.cancel()
        self.clock.forget_all()
        self._forget()
        self.people.clear()
        self.recordings.clear()
        self.texts.clear()
        self.placing.clear()
        self.journal.clear()
        self.ears.clear()
        self.callbacks.clear()

    async def close(self) -> None:
        """Stops everything."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.hooks.close()
