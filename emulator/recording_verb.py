"""Record: a beep, then what the person says until a key, a silence, the longest length, or the hang-up."""

from __future__ import annotations

from emulator.frame import Frame, Step
from emulator.leg import HungUp, Redirected
from emulator.people import speaking_ms
from emulator.recordings import Recording
from emulator.sound import Stretch
from emulator.twiml import Verb
from emulator.verbs import Record, read_record
from emulator.webhooks_out import Params

BEEP_MS = 1000


async def record_verb(frame: Frame, verb: Verb) -> Step | None:
    """Records what the person says; an empty recording goes on with the next verb."""
    record = read_record(verb, frame.note)
    if not record.action and frame.document.url is None:
        raise frame.fault(11100, "An inline document needs a Record with an action")
    action = frame.resolve(record.action or "")
    if record.play_beep:
        frame.leg.caption("beep", "beep")
        with frame.leg.exchange.ears.span(frame.leg, "beep", "beep", BEEP_MS):
            await frame.leg.wait(for_ms=BEEP_MS)
    frame.leg.does("being recorded")
    recording = frame.leg.exchange.recordings.begin(frame.leg, "RecordVerb", frame.resolved(record.callback))
    try:
        with frame.leg.exchange.ears.span(frame.leg, "asked", "a message"):
            key = await _listen(frame, record, recording)
    except HungUp:
        _close(frame, record, recording, cut=True)
        await frame.tell(action, record.method, _told(frame, recording, "hangup"))
        raise
    except Redirected:
        _close(frame, record, recording, cut=True)
        raise
    _close(frame, record, recording, cut=bool(key))
    if not recording.spoken and not key:
        return None
    return frame.goto(action, record.method, _told(frame, recording, key))


def _told(frame: Frame, recording: Recording, key: str) -> Params:
    return (*frame.leg.exchange.recordings.told(recording), ("Digits", key))


async def _listen(frame: Frame, record: Record, recording: Recording) -> str:
    """Follows the voice until a key, the silence that ends it, or the longest length; returns the key."""
    clock = frame.leg.exchange.clock
    deadline = recording.started_ms + record.max_length * 1000
    silent_from = float(recording.started_ms)
    with frame.leg.listening() as inbox:
        while True:
            quiet_until = silent_from + record.timeout * 1000 if record.timeout else deadline
            remaining = max(0.0, min(deadline, quiet_until) - clock.now_ms())
            if not await frame.leg.wait(for_ms=remaining, inbox=inbox):
                return ""
            given = inbox.popleft()
            if given.words:
                silent_from = _hear(recording, clock.now_ms(), silent_from, given.words)
            elif given.key in record.finish_on_key:
                return given.key


def _hear(recording: Recording, now: int, silent_from: float, words: str) -> float:
    """Adds a stretch of voice and returns when silence begins again."""
    begins = max(float(now), silent_from if recording.spoken else float(now))
    ends = begins + speaking_ms(words)
    recording.spoken.append(Stretch(begins - recording.started_ms, ends - recording.started_ms))
    recording.words.append(words)
    return ends


def _close(frame: Frame, record: Record, recording: Recording, *, cut: bool) -> None:
    length = float(frame.leg.exchange.clock.now_ms() - recording.started_ms)
    if not cut and record.trims and recording.spoken:
        length = min(length, recording.spoken[-1].end_ms)
    recordings = frame.leg.exchange.recordings
    if not recording.spoken and not cut:
        recordings.lack(recording)
        return
    recordings.finish(recording, length)
    if record.transcribes:
        callback = record.transcribe_callback
        recordings.transcribe(recording, callback and frame.resolve(callback))
