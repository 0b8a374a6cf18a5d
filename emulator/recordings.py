"""Recordings: the Record verb, and the sound files that come of it."""

from __future__ import annotations

import io
import math
import wave
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulator.clock import rfc2822
from emulator.frame import Frame, Step
from emulator.leg import HungUp, Leg, Redirected
from emulator.params import API_VERSION
from emulator.people import speaking_ms
from emulator.twiml import Verb
from emulator.verbs import Callback, Record, read_record
from emulator.webhooks_out import Params

if TYPE_CHECKING:
    from emulator.exchange import Exchange

PROCESSING_MS = 1000
BEEP_MS = 1000
SAMPLE_RATE = 8000


@dataclass
class Recording:
    """A recording; `spoken` are the stretches with a voice, in milliseconds from its start."""

    sid: str
    call_sid: str | None
    source: str
    started_ms: int
    updated_ms: int
    track: str = "both"
    channels: int = 1
    duration_s: int = -1
    status: str = "in-progress"
    conference_sid: str | None = None
    spoken: list[tuple[float, float]] = field(default_factory=list)
    deleted: bool = False


class Recordings:
    """Every recording of the account."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.all: dict[str, Recording] = {}

    def clear(self) -> None:
        """Forgets them."""
        self.all.clear()

    def url(self, recording: Recording) -> str:
        """Where the sound is."""
        account = self._exchange.account_sid
        return f"{self._exchange.public_url}/{API_VERSION}/Accounts/{account}/Recordings/{recording.sid}"

    def begin(self, leg: Leg, source: str, callback: Callback | None) -> Recording:
        """Starts recording a call."""
        now = self._exchange.clock.now_ms()
        recording = Recording(self._exchange.mint.mint("RE"), (leg.parent or leg).sid, source, now, now)
        self.all[recording.sid] = recording
        self._report(leg, recording, callback, "in-progress")
        return recording

    def finish(self, leg: Leg, recording: Recording, callback: Callback | None, length_ms: float) -> None:
        """The recording ends; it is processed for a second and then complete."""
        recording.duration_s = math.ceil(length_ms / 1000)
        recording.status, recording.updated_ms = "processing", self._exchange.clock.now_ms()

        def complete() -> None:
            recording.status, recording.updated_ms = "completed", self._exchange.clock.now_ms()
            self._report(leg, recording, callback, "completed")

        self._exchange.clock.call_in(PROCESSING_MS, complete)

    def lack(self, leg: Leg, recording: Recording, callback: Callback | None) -> None:
        """Nothing was said: there is no recording."""
        recording.status, recording.duration_s = "absent", 0
        self._report(leg, recording, callback, "absent")

    def told(self, recording: Recording) -> Params:
        """How an action is told of it."""
        return (("RecordingUrl", self.url(recording)), ("RecordingSid", recording.sid),
                ("RecordingDuration", str(recording.duration_s)))

    def of_ended_call(self, leg: Leg) -> Params:
        """What the last call event says of a recording the Calls API asked for."""
        if not leg.settings.record:
            return ()
        mine = [one for one in self.all.values() if one.call_sid == leg.sid and one.source == "OutboundAPI"]
        for one in mine:
            if one.status == "in-progress":
                length = self._exchange.clock.now_ms() - one.started_ms
                self.finish(leg, one, leg.settings.recording_callback, length)
        return self.told(mine[-1]) if mine else ()

    def _report(self, leg: Leg, recording: Recording, callback: Callback | None, event: str) -> None:
        if not callback or event not in callback.events:
            return
        params = (("AccountSid", self._exchange.account_sid), ("CallSid", recording.call_sid or ""),
                  *self.told(recording), ("RecordingStatus", event), ("RecordingChannels", str(recording.channels)),
                  ("RecordingStartTime", rfc2822(recording.started_ms)), ("RecordingSource", recording.source),
                  ("RecordingTrack", recording.track))
        self._exchange.callbacks.send(callback.url, callback.method, params, leg)


async def record_verb(frame: Frame, verb: Verb) -> Step | None:
    """Records what the person says; an empty recording goes on with the next verb."""
    record = read_record(verb, frame.note)
    action = frame.resolve(record.action or "")
    callback = _resolved(frame, record.callback)
    if record.play_beep:
        frame.leg.caption("beep", "beep")
        await frame.leg.wait(for_ms=BEEP_MS)
    frame.leg.does("being recorded")
    recording = frame.leg.exchange.recordings.begin(frame.leg, "RecordVerb", callback)
    try:
        key = await _listen(frame, record, recording)
    except HungUp:
        _close(frame, record, recording, callback, cut=True)
        await frame.tell(action, record.method, _told(frame, recording, "hangup"))
        raise
    except Redirected:
        _close(frame, record, recording, callback, cut=True)
        raise
    _close(frame, record, recording, callback, cut=bool(key))
    if not recording.spoken and not key:
        return None
    return frame.goto(action, record.method, _told(frame, recording, key))


def _resolved(frame: Frame, callback: Callback | None) -> Callback | None:
    return callback and Callback(frame.resolve(callback.url), callback.method, callback.events)


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
    recording.spoken.append((begins - recording.started_ms, ends - recording.started_ms))
    return ends


def _close(frame: Frame, record: Record, recording: Recording, callback: Callback | None, *, cut: bool) -> None:
    length = float(frame.leg.exchange.clock.now_ms() - recording.started_ms)
    if not cut and record.trims and recording.spoken:
        length = min(length, recording.spoken[-1][1])
    recordings = frame.leg.exchange.recordings
    if not recording.spoken and not cut:
        recordings.lack(frame.leg, recording, callback)
        return
    recordings.finish(frame.leg, recording, callback, length)


def wav_bytes(recording: Recording) -> bytes:
    """The sound: a soft tone where somebody spoke, silence elsewhere; 8 kHz, 8 bit, mono."""
    tone = bytes(128 + round(40 * math.sin(2 * math.pi * 440 * n / SAMPLE_RATE)) for n in range(SAMPLE_RATE))
    samples = bytearray(b"\x80" * (max(0, recording.duration_s) * SAMPLE_RATE))
    for begin_ms, end_ms in recording.spoken:
        begin, end = (min(len(samples), int(at * SAMPLE_RATE / 1000)) for at in (begin_ms, end_ms))
        samples[begin:end] = (tone * ((end - begin) // SAMPLE_RATE + 1))[:end - begin]
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(SAMPLE_RATE)
        sound.writeframes(bytes(samples))
    return file.getvalue()
