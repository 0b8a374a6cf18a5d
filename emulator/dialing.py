"""Dial: rings phones, clients and SIP addresses, lets their owners hear a whisper, and joins the legs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from emulator import amd
from emulator.bridge import Bridge
from emulator.frame import Context, DocumentFault, Frame, HangUpStep, Step
from emulator.leg import HungUp, Leg, Redirected, Settings, Source
from emulator.nouns import Dial, Number, read_dial, read_target
from emulator.numbering import is_callable, is_client, is_e164, normal
from emulator.recordings import Recording
from emulator.talk import Talk
from emulator.twiml import Notice, Verb

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
        if len(dial.nouns) > 1:
            frame.note(Notice(13000, f"<{special.name}> cannot be mixed with other nouns: they are skipped"))
        await (QUEUE_DIAL if special.name == "Queue" else CONFERENCE_DIAL)[0](frame, dial, special, talk)
        return
    targets = [read_target(noun, frame.note) for noun in dial.nouns] or (
        [Number(normal(dial.text), None, "POST", None, None)] if dial.text else [])
    if len(targets) > MOST_NUMBERS:
        frame.note(Notice(13250, f"Only the first {MOST_NUMBERS} are called"))
    await _dial_targets(frame, dial, [one for one in targets[:MOST_NUMBERS] if _callable(frame, one)], talk)
    if not targets:
        frame.note(Notice(13223, "Dial without anybody to call"))


async def _dial_targets(frame: Frame, dial: Dial, targets: list[Number], talk: Talk) -> None:
    """All at once, or one after the other until somebody answers."""
    shown = _caller_id(frame, dial)
    if shown is None or not targets:
        talk.status = "failed"
        return
    for some in [[one] for one in targets] if dial.sequential else [targets]:
        if await _dial_together(frame, dial, some, shown, talk):
            return


async def _dial_together(frame: Frame, dial: Dial, targets: list[Number], shown: str, talk: Talk) -> bool:
    """Rings these; True once somebody answered."""
    contest = Contest()
    for target in targets:
        contest.legs.append(_child(frame, dial, target, shown))
    for leg, target in zip(list(contest.legs), targets, strict=True):
        leg.over.add_done_callback(lambda _: contest.one_left())
        frame.leg.exchange.spawn(_carry_child(frame, leg, target, contest))
    frame.leg.caption("ring", f"ringing ({dial.ring_tone})" if dial.ring_tone else "ringing")
    frame.leg.does("calling")
    recording = _start_recording(frame, dial, "ringing")
    try:
        await _ring_and_talk(frame, dial, contest, talk, recording)
    finally:
        _dismiss(contest)
        if recording:
            _stop_recording(frame, recording, talk)
    return contest.winner is not None


async def _ring_and_talk(frame: Frame, dial: Dial, contest: Contest, talk: Talk,
                         recording: Recording | None) -> None:
    with frame.leg.exchange.ears.span(frame.leg, "ring", "ringing"):
        await frame.leg.wait(contest.ready, contest.nobody)
    last = contest.winner or contest.legs[-1]
    talk.call_sid = last.sid
    if not contest.ready.done() or not last.live:
        talk.status = last.status if not last.live else "completed"
        return
    frame.leg.answer()
    bridge = Bridge(frame.leg, last)
    talk.begin(last.sid, frame.leg.exchange.clock.now_ms())
    recording = recording or _start_recording(frame, dial, "answer")
    last.recording = recording
    try:
        await talk.until_over(frame.leg, bridge, dial)
    finally:
        bridge.part(frame.leg)
        talk.moved_away = last in contest.moved
        talk.finish(frame.leg.exchange.clock.now_ms())
        if recording:
            _stop_recording(frame, recording, talk)


def _start_recording(frame: Frame, dial: Dial, moment: str) -> Recording | None:
    """Records from this moment (`ringing` or `answer`) if the Dial says so."""
    if not dial.record.startswith(f"record-from-{moment}"):
        return None
    return frame.leg.exchange.recordings.begin(
        frame.leg, "DialVerb", frame.resolved(dial.recording_callback), channels=dial.channels, track=dial.track,
        trims=dial.trims)


def _stop_recording(frame: Frame, recording: Recording, talk: Talk) -> None:
    frame.leg.exchange.recordings.finish(recording)
    frame.leg.recording = recording
    talk.extra = (("RecordingUrl", frame.leg.exchange.recordings.url(recording)),)


def start_recording_talk(frame: Frame, dial: Dial) -> Recording | None:
    """The recording of a Dial to a queue or conference, from the moment the leg is in."""
    return _start_recording(frame, dial, "ringing") or _start_recording(frame, dial, "answer")


def stop_recording_talk(frame: Frame, recording: Recording | None, talk: Talk) -> None:
    """Ends it; the action is told where it is."""
    if recording:
        extra = talk.extra
        _stop_recording(frame, recording, talk)
        talk.extra = (*extra, *talk.extra)


def _dismiss(contest: Contest) -> None:
    """Every phone of the contest that still rings or talks for it is hung up."""
    for leg in contest.legs:
        if leg not in contest.moved:
            leg.end("completed" if leg.answered else "canceled", "application", 200 if leg.answered else 487)


def _caller_id(frame: Frame, dial: Dial) -> str | None:
    """The number shown; None (and error 13247) if the application may not show it."""
    leg = frame.leg
    shown = normal(dial.caller_id) if dial.caller_id else leg.from_
    if shown in (leg.from_, leg.to) or leg.exchange.may_show(shown) or not is_e164(shown):
        return shown
    leg.exchange.notify(leg, 13247, "The caller ID is neither a number of the account nor of this call",
                        frame.document.url)
    return None


def _callable(frame: Frame, target: Number) -> bool:
    if is_callable(target.number):
        return True
    if not target.number.startswith("sip:"):
        frame.leg.exchange.notify(frame.leg, 13224, "Dial to an invalid number", frame.document.url)
    return False


def _child(frame: Frame, dial: Dial, target: Number, shown: str) -> Leg:
    settings = Settings(callback=frame.resolved(target.callback), ring_timeout=dial.timeout,
                        send_digits=target.send_digits, detection=target.detection, async_amd=True,
                        amd_callback=frame.resolved(target.amd_callback))
    extra = target.params if is_client(target.number) else ()
    return frame.leg.exchange.placing.make_leg("outbound-dial", shown, target.number, settings,
                                               parent=frame.leg, extra=extra)


async def _carry_child(frame: Frame, leg: Leg, target: Number, contest: Contest) -> None:
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
        amd.listen_beside(leg)
        if target.url and not await _accepts(leg, Source(frame.resolve(target.url), target.method)):
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
