"""What Dial and its nouns ask for: attributes with the carrier's defaults and limits (reference 3.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from emulator.numbering import is_callable, normal
from emulator.reader import Callback, Note, Reader, read_callback, read_recording_callback
from emulator.twiml import Notice, Verb
from emulator.verbs import TRIMS

RECORDS = ("do-not-record", "record-from-answer", "record-from-ringing", "record-from-answer-dual",
           "record-from-ringing-dual", "true", "false")
ALIASES = {"true": "record-from-answer", "false": "do-not-record"}
TRACKS = ("both", "inbound", "outbound")
BEEPS = ("true", "false", "onEnter", "onExit")
ROOM_EVENTS = ("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
RING_TONE = re.compile(r"[a-z]{2}(-old)?")
LABEL_LIMIT, REASON_LIMIT = 128, 50


@dataclass(frozen=True)
class Dial:
    """A connection to others; times in seconds, the 5 s the carrier adds not included."""

    action: str | None
    method: str
    timeout: int
    time_limit: int
    hangup_on_star: bool
    caller_id: str | None
    answer_on_bridge: bool
    sequential: bool
    ring_tone: str
    record: str
    track: str
    trims: bool
    recording_callback: Callback | None
    text: str
    nouns: tuple[Verb, ...]

    @property
    def channels(self) -> int:
        """2 if each side is recorded on a channel of its own."""
        return 2 if self.record.endswith("-dual") else 1


def read_dial(verb: Verb, note: Note) -> Dial:
    """The Dial with its defaults."""
    reader = Reader(verb, note)
    tone = reader.text("ringTone") or ""
    if tone and not RING_TONE.fullmatch(tone):
        tone = reader.replaced("ringTone", tone, "")
    reader.longest("callReason", REASON_LIMIT)
    reader.address("referUrl")
    reader.method("referMethod")
    record = reader.choice("record", RECORDS, "do-not-record")
    return Dial(
        action=reader.address("action"), method=reader.method(), timeout=reader.whole("timeout", 30, 5, 600),
        time_limit=reader.whole("timeLimit", 14400, 1, 86400), hangup_on_star=reader.yes("hangupOnStar", False),
        caller_id=reader.text("callerId"), answer_on_bridge=reader.yes("answerOnBridge", False),
        sequential=reader.yes("sequential", False), ring_tone=tone, record=ALIASES.get(record, record),
        track=reader.choice("recordingTrack", TRACKS, "both"),
        trims=reader.choice("trim", TRIMS, "do-not-trim") == "trim-silence",
        recording_callback=read_recording_callback(reader), text=verb.text, nouns=verb.children)


@dataclass(frozen=True)
class Detection:
    """How the carrier tells persons from machines; times in milliseconds but `timeout_s`."""

    kind: str
    timeout_s: int = 30
    speech_threshold: int = 2400
    speech_end: int = 1200
    silence: int = 5000


@dataclass(frozen=True)
class Number:
    """A phone, client or SIP address to ring, and the document its owner hears before the legs meet."""

    number: str
    url: str | None
    method: str
    send_digits: str | None
    callback: Callback | None
    detection: Detection | None = None
    amd_callback: Callback | None = None
    params: tuple[tuple[str, str], ...] = ()


def read_number(verb: Verb, note: Note) -> Number:
    """A Number with its defaults."""
    reader = Reader(verb, note)
    keys = reader.text("sendDigits")
    if keys is not None and not set(keys) <= set("0123456789ABCD#*wW"):
        keys = reader.replaced("sendDigits", keys, None)
    return _called(reader, normal(verb.text), None if keys else _detection(reader), keys=keys)


def read_client(verb: Verb, note: Note) -> Number:
    """A Client with its defaults; its Parameters reach the client with the call."""
    identity = next((child.text for child in verb.children if child.name == "Identity"), verb.text)
    params = tuple((child.attributes.get("name", ""), child.attributes.get("value", ""))
                   for child in verb.children if child.name == "Parameter")
    return _called(Reader(verb, note), f"client:{identity.removeprefix('client:')}", None, params=params)


def read_sip(verb: Verb, note: Note) -> Number:
    """A Sip address with its defaults."""
    reader = Reader(verb, note)
    address = verb.text if verb.text.startswith(("sip:", "sips:")) else f"sip:{verb.text}"
    if not is_callable(address):
        note(Notice(13243, f"{verb.text!r} is not a SIP address"))
    for one, other in (("username", "password"), ("password", "username")):
        if reader.text(one) is not None and reader.text(other) is None:
            reader.replaced(one, reader.text(one) or "", None)
    return _called(reader, address, _detection(reader), keys=reader.text("sendDigits"))


def _called(reader: Reader, number: str, detection: Detection | None, *, keys: str | None = None,
            params: tuple[tuple[str, str], ...] = ()) -> Number:
    return Number(number, reader.address("url"), reader.method(), keys,
                  read_callback(reader, "statusCallback", "completed"), detection,
                  read_callback(reader, "amdStatusCallback", "", ()), params)


def _detection(reader: Reader) -> Detection | None:
    kind = reader.choice("machineDetection", ("Enable", "DetectMessageEnd", ""), "")
    if not kind:
        return None
    return Detection(
        kind, reader.whole("machineDetectionTimeout", 30, 3, 60),
        reader.whole("machineDetectionSpeechThreshold", 2400, 1000, 6000),
        reader.whole("machineDetectionSpeechEndThreshold", 1200, 500, 5000),
        reader.whole("machineDetectionSilenceTimeout", 5000, 2000, 10_000))


def read_target(verb: Verb, note: Note) -> Number:
    """Whatever a noun says is to be rung."""
    return {"Number": read_number, "Client": read_client, "Sip": read_sip}[verb.name](verb, note)


@dataclass(frozen=True)
class QueueNoun:
    """A queue whose front member is to be taken, and the document that member hears first."""

    name: str
    url: str | None
    method: str


def read_queue(verb: Verb, note: Note) -> QueueNoun:
    """The Queue noun with its defaults; a reservation does not exist here, so one is refused (14215)."""
    reader = Reader(verb, note)
    if reader.text("reservationSid"):
        reader.replaced("reservationSid", reader.text("reservationSid") or "", None)
    if not verb.text:
        note(Notice(14212, "The queue name is too short"))
    if len(verb.text) > 64:
        note(Notice(14213, "The queue name is longer than 64 characters"))
    return QueueNoun(verb.text, reader.address("url"), reader.method())


@dataclass(frozen=True)
class ConferenceNoun:
    """How a leg takes part in a conference. `wait_url` None is the carrier's music, empty is silence."""

    name: str
    muted: bool
    beep: str
    start_on_enter: bool
    end_on_exit: bool
    label: str | None
    wait_url: str | None
    wait_method: str
    max_participants: int
    coach: str | None
    region: str
    records: bool
    trims: bool
    callback: Callback | None
    recording_callback: Callback | None


def read_conference(verb: Verb, note: Note) -> ConferenceNoun:
    """The Conference noun with its defaults."""
    reader = Reader(verb, note)
    if not verb.text:
        note(Notice(13237, "A conference needs a name"))
    reader.choice("jitterBufferSize", ("off", "small", "medium", "large"), "large")
    coach = reader.text("coach")
    if coach and not re.fullmatch(r"CA[0-9a-f]{32}", coach):
        coach = reader.replaced("coach", coach, None)
    label = reader.longest("participantLabel", LABEL_LIMIT)
    return ConferenceNoun(
        name=verb.text, muted=reader.yes("muted", False), beep=reader.choice("beep", BEEPS, "true"),
        start_on_enter=reader.yes("startConferenceOnEnter", True),
        end_on_exit=reader.yes("endConferenceOnExit", False), label=label,
        wait_url=reader.address("waitUrl"), wait_method=reader.method("waitMethod"),
        max_participants=reader.whole("maxParticipants", 250, 2, 250), coach=coach,
        region=reader.text("region") or "us1",
        records=reader.choice("record", (*RECORDS, "record-from-start"), "do-not-record") in (
            "record-from-start", "true"),
        trims=reader.choice("trim", TRIMS, "trim-silence") == "trim-silence",
        callback=read_callback(reader, "statusCallback", "", ROOM_EVENTS),
        recording_callback=read_recording_callback(reader))
