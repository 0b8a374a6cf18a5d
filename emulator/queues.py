"""Queues: Enqueue and its wait documents, and Dial's Queue noun."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulator import dialing
from emulator.bridge import Bridge
from emulator.frame import HANG_UP, LEAVE, SPOKEN, Context, DocumentFault, Frame, Goto, HangUpStep, Step
from emulator.leg import HungUp, Leg, Nudged, Redirected, Source
from emulator.nouns import Dial, QueueNoun, read_queue
from emulator.talk import Talk
from emulator.twiml import Notice, Verb
from emulator.verbs import Enqueue, read_enqueue
from emulator.webhooks_out import Params

if TYPE_CHECKING:
    from emulator.exchange import Exchange

DEFAULT_SIZE = 1000
NAME_LIMIT = 64
ADDED_MS = 5000  # the carrier adds five seconds to every Dial timeout
MIN_ROUND_MS = 1000  # a wait document shorter than this is asked for again only after it
WAIT_VERBS = SPOKEN | {"Hangup", "Leave", "Gather"}


@dataclass(eq=False)
class Entry:
    """A member of a queue."""

    leg: Leg
    queue: Queue
    since_ms: int
    scope: object = None
    left_ms: int | None = None
    dialer: Dialer | None = None
    bridged: bool = False

    def seconds(self) -> int:
        """How long the member waited."""
        until = self.left_ms if self.left_ms is not None else self.leg.exchange.clock.now_ms()
        return (until - self.since_ms) // 1000


@dataclass(eq=False)
class Dialer:
    """A leg that wants to talk to the front member; it is no member itself."""

    leg: Leg
    noun: QueueNoun
    met: asyncio.Future[Bridge] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    entry: Entry | None = None


@dataclass(eq=False)
class Queue:
    """A first-in-first-out line of calls."""

    sid: str
    friendly_name: str
    created_ms: int
    updated_ms: int
    max_size: int = DEFAULT_SIZE
    entries: list[Entry] = field(default_factory=list)
    dialers: list[Dialer] = field(default_factory=list)

    def average_s(self) -> int:
        """The mean wait of those in the queue now, in seconds."""
        return sum(entry.seconds() for entry in self.entries) // len(self.entries) if self.entries else 0

    def leave(self, entry: Entry) -> None:
        """The member is in the queue no longer; harmless twice."""
        if entry in self.entries:
            self.entries.remove(entry)
            entry.left_ms = entry.leg.exchange.clock.now_ms()

    def match(self) -> None:
        """Gives the front member to the dialer who waits longest."""
        while self.entries and self.dialers:
            entry, dialer = self.entries[0], self.dialers.pop(0)
            self.leave(entry)
            entry.dialer, dialer.entry = dialer, entry
            entry.leg.interrupt(Nudged(entry.scope))


def queue_named(exchange: Exchange, name: str) -> Queue | None:
    """The queue with this friendly name."""
    return next((one for one in exchange.queues.values() if one.friendly_name == name), None)


def make_queue(exchange: Exchange, name: str, max_size: int = DEFAULT_SIZE) -> Queue:
    """A new empty queue."""
    now = exchange.clock.now_ms()
    queue = Queue(exchange.mint.mint("QU"), name, now, now, max_size)
    exchange.queues[queue.sid] = queue
    return queue


async def enqueue_verb(frame: Frame, verb: Verb) -> Step | None:
    """Waits in the queue until somebody takes the call, it leaves, or it is moved."""
    enqueue = read_enqueue(verb, frame.note)
    _check_name(frame, enqueue.name)
    action = enqueue.action and frame.resolve(enqueue.action)
    exchange = frame.leg.exchange
    queue = queue_named(exchange, enqueue.name) or make_queue(exchange, enqueue.name)
    if len(queue.entries) >= (enqueue.max_size or queue.max_size):
        frame.note(Notice(14207, f"The queue {queue.sid} is full"))
        return _onward(frame, enqueue, action, (("QueueResult", "queue-full"),))
    entry = Entry(frame.leg, queue, exchange.clock.now_ms())
    result = await _through_queue(frame, enqueue, action, entry)
    if result is None:
        return HANG_UP
    return _onward(frame, enqueue, action, _result(entry, result))


def _check_name(frame: Frame, name: str) -> None:
    if not name:
        raise frame.fault(14204, "The queue name is too short")
    if len(name) > NAME_LIMIT:
        raise frame.fault(14205, "The queue name is longer than 64 characters")


def _onward(frame: Frame, enqueue: Enqueue, action: str | None, params: Params) -> Goto | None:
    return frame.goto(action, enqueue.method, params) if action else None


def _result(entry: Entry, result: str) -> Params:
    return (("QueueResult", result), ("QueueSid", entry.queue.sid), ("QueueTime", str(entry.seconds())))


async def _through_queue(frame: Frame, enqueue: Enqueue, action: str | None, entry: Entry) -> str | None:
    """The QueueResult; None if the wait document hung up. Interrupts are told to the action and go on."""
    try:
        return await _stay(frame, enqueue, entry)
    except HungUp:
        await _tell(frame, enqueue, action, entry, "bridged" if entry.bridged else "hangup")
        raise
    except Redirected:
        await _tell(frame, enqueue, action, entry, "redirected-from-bridged" if entry.bridged else "redirected")
        raise
    except DocumentFault:
        await _tell(frame, enqueue, action, entry, "system-error")
        raise


async def _tell(frame: Frame, enqueue: Enqueue, action: str | None, entry: Entry, result: str) -> None:
    entry.queue.leave(entry)
    if frame.leg.bridge:
        frame.leg.bridge.part(frame.leg)
    await frame.tell(action, enqueue.method, _result(entry, result))


async def _stay(frame: Frame, enqueue: Enqueue, entry: Entry) -> str | None:
    leg = frame.leg
    with leg.scope() as entry.scope:
        entry.queue.entries.append(entry)
        leg.does("waiting in a queue")
        entry.queue.match()
        try:
            ended = await _wait_documents(frame, enqueue, entry)
        except Nudged as nudge:
            if nudge.scope is not entry.scope:
                raise
        else:
            entry.queue.leave(entry)
            return _after_wait(leg, ended)
    return await _meet(leg, entry)


def _after_wait(leg: Leg, ended: Step | None) -> str | None:
    if isinstance(ended, HangUpStep):
        leg.end("completed", "application")
        raise HungUp
    return "leave"


async def _wait_documents(frame: Frame, enqueue: Enqueue, entry: Entry) -> Step | None:
    """The wait document, asked for anew whenever it runs out; returns when it hangs up or leaves."""
    leg = frame.leg
    if not enqueue.wait_url:
        kind, text = ("hold", "hold music") if enqueue.wait_url is None else ("note", "silence")
        leg.caption(kind, text)
        with leg.exchange.ears.span(leg, kind, text):
            await leg.wait()
    source = Source(frame.resolve(enqueue.wait_url or ""), enqueue.wait_method)
    context = Context("queue wait", WAIT_VERBS, lambda: wait_params(entry))
    while True:
        began = leg.exchange.clock.now_ms()
        ended = await leg.exchange.interpreter.run_chain(leg, source, context)
        if ended is LEAVE or isinstance(ended, HangUpStep):
            return ended
        spent = leg.exchange.clock.now_ms() - began
        await leg.wait(for_ms=max(0, MIN_ROUND_MS - spent))


def wait_params(entry: Entry) -> Params:
    """What every fetch of a wait document tells."""
    queue = entry.queue
    position = queue.entries.index(entry) + 1 if entry in queue.entries else 0
    return (("QueuePosition", str(position)), ("QueueSid", queue.sid), ("QueueTime", str(entry.seconds())),
            ("AvgQueueTime", str(queue.average_s())), ("CurrentQueueSize", str(len(queue.entries))),
            ("MaxQueueSize", str(queue.max_size)))


async def _meet(leg: Leg, entry: Entry) -> str:
    """The member hears the dialer's document and is joined with the dialer until one of them goes."""
    dialer = entry.dialer
    if dialer is None:
        return "error"
    if dialer.noun.url:
        await _whisper(leg, entry, dialer)
    if not dialer.leg.answered or dialer.met.done():
        return "error"
    bridge = Bridge(leg, dialer.leg)
    entry.bridged = True
    dialer.met.set_result(bridge)
    await leg.wait(bridge.over)
    return "bridged"


async def _whisper(leg: Leg, entry: Entry, dialer: Dialer) -> None:
    sid = dialer.leg.sid
    told = (("QueueSid", entry.queue.sid), ("QueueTime", str(entry.seconds())),
            ("DequeingCallSid", sid), ("DequeueingCallSid", sid))
    context = Context("queue whisper", SPOKEN, lambda: told)
    try:
        await leg.exchange.interpreter.run_chain(leg, Source(dialer.noun.url, dialer.noun.method), context)
    except DocumentFault as fault:
        leg.exchange.notify(leg, fault.code, fault.message, fault.source.url, fault.source.method)


async def dial_queue(frame: Frame, dial: Dial, verb: Verb, talk: Talk) -> None:
    """Waits for the front member and talks to it; fills in `talk`."""
    noun = read_queue(verb, frame.note)
    queue = queue_named(frame.leg.exchange, noun.name)
    if queue is None:
        talk.status = "failed"
        return
    noun = QueueNoun(noun.name, noun.url and frame.resolve(noun.url), noun.method)
    dialer = Dialer(frame.leg, noun)
    queue.dialers.append(dialer)
    queue.match()
    frame.leg.caption("ring", "ringing")
    try:
        with frame.leg.exchange.ears.span(frame.leg, "ring", "ringing"):
            if not dialer.entry and not await _somebody(frame.leg, dial, dialer):
                talk.status = "no-answer"
                return
            await frame.leg.wait(dialer.met, dialer.entry.leg.over if dialer.entry else dialer.met)
        await _talk(frame, dial, dialer, talk)
    finally:
        if dialer in queue.dialers:
            queue.dialers.remove(dialer)
        if not dialer.met.done():
            dialer.met.cancel()


async def _somebody(leg: Leg, dial: Dial, dialer: Dialer) -> bool:
    return await leg.wait(dialer.met, for_ms=dial.timeout * 1000 + ADDED_MS)


async def _talk(frame: Frame, dial: Dial, dialer: Dialer, talk: Talk) -> None:
    entry = dialer.entry
    if not dialer.met.done() or entry is None:
        talk.status = "no-answer"
        return
    bridge = dialer.met.result()
    frame.leg.answer()
    talk.begin(entry.leg.sid, frame.leg.exchange.clock.now_ms())
    talk.extra = (("QueueSid", entry.queue.sid), ("QueueTime", str(entry.seconds())))
    recording = dialing.start_recording_talk(frame, dial)
    try:
        await talk.until_over(frame.leg, bridge, dial)
    finally:
        bridge.part(frame.leg)
        talk.finish(frame.leg.exchange.clock.now_ms())
        dialing.stop_recording_talk(frame, recording, talk)
