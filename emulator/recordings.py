"""Recordings of calls and conferences: begun, paused, resumed, ended, reported, and turned into words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulator.clock import rfc2822
from emulator.leg import Leg
from emulator.params import API_VERSION, standard
from emulator.people import speaking_ms
from emulator.reader import Callback
from emulator.sound import Stretch
from emulator.webhooks_out import Params

if TYPE_CHECKING:
    from emulator.conferences import Conference
    from emulator.exchange import Exchange

PROCESSING_MS = 1000
TRANSCRIBING_MS = 2000
TRANSCRIBABLE_S = (1, 120)  # shorter and longer recordings are not transcribed (13617)
ACTIVE = frozenset({"in-progress", "paused"})


@dataclass(eq=False)
class Recording:
    """A recording. `skipped_ms` is the time that is not in it; `duration_s` is -1 until it ends."""

    sid: str
    call_sid: str | None
    source: str
    started_ms: int
    updated_ms: int
    callback: Callback | None = None
    leg: Leg | None = None
    track: str = "both"
    channels: int = 1
    trims: bool = False
    duration_s: int = -1
    status: str = "in-progress"
    conference_sid: str | None = None
    spoken: list[Stretch] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    skipped_ms: float = 0
    paused_ms: int | None = None
    silences: bool = False
    deleted: bool = False
    media_from_ms: int = 0

    @property
    def active(self) -> bool:
        """Whether it has not ended."""
        return self.status in ACTIVE

    def length_ms(self, now_ms: int) -> float:
        """How much has been recorded by now; a pause counts only where silence takes its place."""
        pause = now_ms - self.paused_ms if self.paused_ms is not None and not self.silences else 0
        return max(0.0, now_ms - self.started_ms - self.skipped_ms - pause)


@dataclass
class Transcription:
    """The words of a recording; `status` is in-progress, completed or failed."""

    sid: str
    recording: Recording
    created_ms: int
    updated_ms: int
    status: str = "in-progress"
    text: str = ""


class Recordings:
    """Every recording of the account."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.all: dict[str, Recording] = {}
        self.transcriptions: dict[str, Transcription] = {}
        self._active: dict[str, Recording] = {}

    def clear(self) -> None:
        """Forgets them; one that still runs is reported by nobody."""
        for one in self._active.values():
            one.status = "stopped"
        self.all.clear()
        self.transcriptions.clear()
        self._active.clear()

    def url(self, recording: Recording) -> str:
        """Where the sound is."""
        account = self._exchange.account_sid
        return f"{self._exchange.public_url}/{API_VERSION}/Accounts/{account}/Recordings/{recording.sid}"

    def begin(self, leg: Leg | None, source: str, callback: Callback | None, *, conference: Conference | None = None,
              channels: int = 1, track: str = "both", trims: bool = False) -> Recording:
        """Starts recording a call, or a conference."""
        now = self._exchange.clock.now_ms()
        recording = Recording(
            self._exchange.mint.mint("RE"), leg.sid if leg else None, source, now, now, callback, leg, track,
            channels, trims, conference_sid=conference.sid if conference else None)
        self.all[recording.sid] = self._active[recording.sid] = recording
        self._report(recording, "in-progress")
        return recording

    def pause(self, recording: Recording, behavior: str) -> None:
        """Nothing is recorded for a while; `silence` puts silence in its place, `skip` leaves it out."""
        if recording.status == "in-progress":
            recording.paused_ms = self._exchange.clock.now_ms()
            recording.silences = behavior == "silence"
            self._becomes(recording, "paused")

    def resume(self, recording: Recording) -> None:
        """Recording goes on."""
        if recording.status != "paused" or recording.paused_ms is None:
            return
        if not recording.silences:
            recording.skipped_ms += self._exchange.clock.now_ms() - recording.paused_ms
        recording.paused_ms = None
        self._becomes(recording, "in-progress")

    def finish(self, recording: Recording, length_ms: float | None = None) -> None:
        """The recording ends; it is processed for a second and then complete. Harmless twice."""
        if not recording.active:
            return
        length = recording.length_ms(self._exchange.clock.now_ms()) if length_ms is None else length_ms
        if length_ms is None and recording.trims and recording.spoken:
            length = min(length, recording.spoken[-1].end_ms)
        altered = self._exchange.faults.strike("recording_length")
        recording.duration_s = math.ceil(altered.options["seconds"] if altered else length / 1000)
        self._active.pop(recording.sid, None)
        self._becomes(recording, "processing")
        self._exchange.clock.call_in(PROCESSING_MS, lambda: self._complete(recording))
        late = self._exchange.faults.strike("late_recording")
        recording.media_from_ms = self._exchange.clock.now_ms() + round(late.options["delay_s"] * 1000) if late else 0

    def _complete(self, recording: Recording) -> None:
        self._becomes(recording, "completed")
        self._report(recording, "completed")

    def _becomes(self, recording: Recording, status: str) -> None:
        recording.status, recording.updated_ms = status, self._exchange.clock.now_ms()

    def lack(self, recording: Recording) -> None:
        """Nothing was said: there is no recording."""
        self._active.pop(recording.sid, None)
        recording.duration_s = 0
        self._becomes(recording, "absent")
        self._report(recording, "absent")

    def told(self, recording: Recording) -> Params:
        """How an action is told of it."""
        return (("RecordingUrl", self.url(recording)), ("RecordingSid", recording.sid),
                ("RecordingDuration", str(recording.duration_s)))

    def of_call(self, sid: str) -> list[Recording]:
        """The recordings of a call, oldest first."""
        return [one for one in self.all.values() if one.call_sid == sid and not one.deleted]

    def of_conference(self, sid: str) -> list[Recording]:
        """The recordings of a conference, oldest first."""
        return [one for one in self.all.values() if one.conference_sid == sid and not one.deleted]

    def call_ended(self, leg: Leg) -> None:
        """What was recorded of the call itself ends with it."""
        for one in list(self._active.values()):
            if one.call_sid == leg.sid and one.source in ("OutboundAPI", "StartCallRecordingAPI"):
                self.finish(one)
        if leg.recording:
            self.finish(leg.recording)

    def of_ended_call(self, leg: Leg) -> Params:
        """What the last call event says of a recording that Record or Dial asked for."""
        return self.told(leg.recording) if leg.recording else ()

    def hear(self, leg: Leg, words: str, side: int) -> None:
        """Somebody speaks on this leg (side 0) or to it (side 1): whoever records it keeps the sound."""
        if not self._active:
            return
        now = self._exchange.clock.now_ms()
        for one in self._listening(leg):
            begin = one.length_ms(now)
            place = side if leg is one.leg else 1 - side
            one.spoken.append(Stretch(begin, begin + speaking_ms(words), place))
            one.words.append(words)

    def _listening(self, leg: Leg) -> Iterable[Recording]:
        partner = leg.bridge.other(leg) if leg.bridge else None
        room = leg.participant.conference.sid if leg.participant else None
        calls = {leg.sid, partner.sid if partner else None}
        for one in self._active.values():
            if one.status == "in-progress" and one.source != "RecordVerb" and (
                    (one.call_sid is not None and one.call_sid in calls)
                    or (room is not None and one.conference_sid == room)):
                yield one

    def _report(self, recording: Recording, event: str) -> None:
        callback = recording.callback
        if not callback or event not in callback.events:
            return
        whose = ("ConferenceSid", recording.conference_sid) if recording.conference_sid else (
            "CallSid", recording.call_sid or "")
        params = (("AccountSid", self._exchange.account_sid), whose, *self.told(recording),
                  ("RecordingStatus", event), ("RecordingChannels", str(recording.channels)),
                  ("RecordingStartTime", rfc2822(recording.started_ms)), ("RecordingSource", recording.source),
                  ("RecordingTrack", recording.track))
        self._exchange.callbacks.send(callback.url, callback.method, params, recording.leg, purpose="recording")

    # Words ---------------------------------------------------------------------------------------------

    def transcribe(self, recording: Recording, callback_url: str | None) -> None:
        """Writes down what was said, soon after the recording is complete."""
        now = self._exchange.clock.now_ms()
        made = Transcription(self._exchange.mint.mint("TR"), recording, now, now)
        self.transcriptions[made.sid] = made
        self._exchange.clock.call_in(PROCESSING_MS + TRANSCRIBING_MS, lambda: self._transcribed(made, callback_url))

    def _transcribed(self, made: Transcription, callback_url: str | None) -> None:
        recording, leg = made.recording, made.recording.leg
        low, high = TRANSCRIBABLE_S
        good = low <= recording.duration_s <= high
        made.status, made.text = ("completed", " ".join(recording.words)) if good else ("failed", "")
        made.updated_ms = self._exchange.clock.now_ms()
        if leg and not good:
            self._exchange.notify(leg, 13617, "The recording's length is out of range for transcription", callback_url)
        if callback_url and leg:
            told = (("TranscriptionSid", made.sid), ("TranscriptionText", made.text),
                    ("TranscriptionStatus", made.status), ("TranscriptionUrl", self._transcription_url(made)),
                    ("TranscriptionType", "fast"), ("RecordingSid", recording.sid),
                    ("RecordingUrl", self.url(recording)))
            self._exchange.callbacks.send(callback_url, "POST", (*standard(leg), *told), leg)

    def _transcription_url(self, made: Transcription) -> str:
        return f"{self.url(made.recording)}/Transcriptions/{made.sid}"
