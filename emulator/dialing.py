"""Dial: rings phones, lets their owners hear a whisper first, and joins the legs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from emulator.bridge import Bridge
from emulator.frame import Context, DocumentFault, Frame, HangUpStep, Step
from emulator.leg import HungUp, Leg, Redirected, Settings, Source
from emulator.numbering import is_e164, normal
from emulator.recordings import Recording
from emulator.talk import Talk
from emulator.twiml import Notice, Verb
from emulator.verbs import Callback, Dial, Number, read_dial, read_number

WHISPER = Context("whisper", frozenset({"Say", "Play", "Pause", "Gather", "Hangup", "Redirect"}))
NounDial = Callable[[Frame, Dial, Verb, Talk], Awaitable[None]]
QUEUE_DIAL: list[NounDial] = []
CONFERENCE_DIAL: list[NounDial] = []
MOST_NUMBERS = 10


@dataclass
class Contest:
    """Several phones ring; the first answer wins."""

    legs: list[Leg] = field(default_factory=list)
    winner: Leg | None = None
    moved: set[Leg] = field(default_factory=set)
    ready: asyncio.Future[Leg] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    nobody: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def one_left(self) -> None:
        """A leg is over or was moved away; nobody is left when all are."""
        if not any(leg.live and leg not in self.moved for leg in self.legs) and not self.nobody.done():
            self.nobody.set_result(None)


async def dial_verb(frame: Frame, verb: Verb) -> Step | None:
    """Connects the leg with others, then hands over to the action or the next verb."""
    dial = read_dial(verb, frame.note)
    action = dial.action and frame.resolve(dial.action)
    talk = Talk()
    try:
        await _connect(frame, dial, talk)
    except (HungUp, Redirected):
        await frame.tell(action, dial.method, talk.params())
        raise
    return frame.goto(action, dial.method, talk.params()) if action else None


async def _connect(frame: Frame, dial: Dial, talk: Talk) -> None:
    special = next((noun for noun in dial.nouns if noun.name in ("Queue", "Conference")), None)
    if special:
        await (QUEUE_DIAL if special.name == "Queue" else CONFERENCE_DIAL)[0](frame, dial, special, talk)
        return
    numbers = [read_number(noun, frame.note) for noun in dial.nouns] or (
        [Number(dial.text, None, "POST", None, None)] if dial.text else [])
    if not numbers:
        frame.note(Notice(13220, "Dial without anybody to call"))
        talk.status = "failed"
        return
    await _dial_numbers(frame, dial, numbers[:MOST_NUMBERS], talk)


async def _dial_numbers(frame: Frame, dial: Dial, numbers: list[Number], talk: Talk) -> None:
    contest = Contest()
    shown = _caller_id(frame, dial)
    good = [number for number in numbers if _callable(frame, number)]
    if shown is None or not good:
        talk.status = "failed"
        return
    for number in good:
        contest.legs.append(_child(frame, dial, number, shown))
    for leg, number in zip(list(contest.legs), good, strict=True):
        leg.over.add_done_callback(lambda _: contest.one_left())
        frame.leg.exchange.spawn(_carry_child(frame, leg, number, contest))
    frame.leg.caption("ring", "ringing")
    frame.leg.does("calling")
    try:
        await _ring_and_talk(frame, dial, contest, talk)
    finally:
        _dismiss(contest)


async def _ring_and_talk(frame: Frame, dial: Dial, contest: Contest, talk: Talk) -> None:
    await frame.leg.wait(contest.ready, contest.nobody)
    last = contest.winner or contest.legs[-1]
    talk.call_sid = last.sid
    if not contest.ready.done() or not last.live:
        talk.status = last.status if not last.live else "completed"
        return
    frame.leg.answer()
    bridge = Bridge(frame.leg, last)
    talk.begin(last.sid, frame.leg.exchange.clock.now_ms())
    recording = _start_recording(frame, dial)
    try:
        await talk.until_over(frame.leg, bridge, dial)
    finally:
        bridge.part(frame.leg)
        talk.moved_away = last in contest.moved
        talk.finish(frame.leg.exchange.clock.now_ms())
        _stop_recording(frame, dial, recording, talk)


def _start_recording(frame: Frame, dial: Dial) -> Recording | None:
    if not dial.record.startswith(("record-from", "true")):
        return None
    return frame.leg.exchange.recordings.begin(frame.leg, "DialVerb", _recording_callback(frame, dial))


def _stop_recording(frame: Frame, dial: Dial, recording: Recording | None, talk: Talk) -> None:
    if recording:
        length = frame.leg.exchange.clock.now_ms() - recording.started_ms
        frame.leg.exchange.recordings.finish(frame.leg, recording, _recording_callback(frame, dial), length)
        talk.extra = (("RecordingUrl", frame.leg.exchange.recordings.url(recording)),)


def _recording_callback(frame: Frame, dial: Dial) -> Callback | None:
    one = dial.recording_callback
    return one and Callback(frame.resolve(one.url), one.method, one.events)


def _dismiss(contest: Contest) -> None:
    """Every phone of the contest that still rings or talks for it is hung up."""
    for leg in contest.legs:
        if leg not in contest.moved:
            leg.end("completed" if leg.answered else "canceled", "application", 200 if leg.answered else 487)


def _caller_id(frame: Frame, dial: Dial) -> str | None:
    """The number shown; None (and error 13247) if the application may not show it."""
    leg = frame.leg
    shown = dial.caller_id or leg.from_
    allowed = {leg.from_, leg.to, *(number.number for number in leg.exchange.numbers)}
    if shown in allowed:
        return shown
    leg.exchange.notify(leg, 13247, "The caller ID is neither a number of the account nor of this call",
                        frame.document.url)
    return None


def _callable(frame: Frame, number: Number) -> bool:
    if is_e164(normal(number.number)):
        return True
    frame.leg.exchange.notify(frame.leg, 13224, "Dial to an invalid number", frame.document.url)
    return False


def _child(frame: Frame, dial: Dial, number: Number, shown: str) -> Leg:
    callback = number.callback and Callback(frame.resolve(number.callback.url), number.callback.method,
                                            number.callback.events)
    settings = Settings(callback=callback, ring_timeout=dial.timeout, send_digits=number.send_digits)
    return frame.leg.exchange.placing.make_leg("outbound-dial", shown, normal(number.number), settings,
                                               parent=frame.leg)


async def _carry_child(frame: Frame, leg: Leg, number: Number, contest: Contest) -> None:
    """Rings one phone; its owner hears the whisper, then waits to be joined, and may be moved away later."""
    try:
        if not await leg.exchange.placing.ring(leg):
            return
        if contest.winner:
            return
        contest.winner = leg
        for other in contest.legs:
            if other is not leg:
                other.end("canceled", "application", 487)
        if number.url and not await _accepts(leg, Source(frame.resolve(number.url), number.method)):
            leg.end("completed", "application")
            return
        contest.ready.set_result(leg)
        await leg.wait()
    except Redirected as moved:
        contest.moved.add(leg)
        if leg.bridge:
            leg.bridge.part(leg)
        contest.one_left()
        await leg.exchange.interpreter.run_main(leg, moved.source)


async def _accepts(leg: Leg, source: Source) -> bool:
    """Whether the whisper ends without hanging up."""
    try:
        return not isinstance(await leg.exchange.interpreter.run_chain(leg, source, WHISPER), HangUpStep)
    except DocumentFault as fault:
        leg.exchange.notify(leg, fault.code, fault.message, fault.source.url, fault.source.method)
        return False
