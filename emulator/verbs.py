"""Turns the attributes of a verb into values with the carrier's defaults; a bad value is noted and replaced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from emulator.twiml import Notice, Verb

KEYS = "0123456789*#"
Note = Callable[[Notice], None]
T = TypeVar("T")


class Reader:
    """Reads one verb's attributes, telling `note` about every value that is not accepted."""

    def __init__(self, verb: Verb, note: Note) -> None:
        self._verb, self._note = verb, note

    def text(self, name: str) -> str | None:
        """The raw value, or None when the attribute is absent."""
        return self._verb.attributes.get(name)

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        raw = self.text(name)
        if raw is None:
            return default
        if raw.strip().isdigit() and low <= int(raw) <= high:
            return int(raw)
        return self._replaced(name, raw, default)

    def yes(self, name: str, default: bool) -> bool:
        """`true` or `false`."""
        raw = self.text(name)
        if raw is None:
            return default
        if raw.lower() in ("true", "false"):
            return raw.lower() == "true"
        return self._replaced(name, raw, default)

    def choice(self, name: str, accepted: tuple[str, ...], default: str) -> str:
        """One of the accepted words."""
        raw = self.text(name)
        if raw is None:
            return default
        return raw if raw in accepted else self._replaced(name, raw, default)

    def method(self, name: str, default: str = "POST") -> str:
        """`GET` or `POST`."""
        raw = (self.text(name) or default).upper()
        return raw if raw in ("GET", "POST") else self._replaced(name, raw, default)

    def events(self, name: str, default: str) -> frozenset[str]:
        """A list of words separated by spaces."""
        return frozenset((self.text(name) or default).split())

    def _replaced(self, name: str, raw: str, default: T) -> T:
        self._note(Notice(12200, f"{name}={raw!r} is not accepted in <{self._verb.name}>; {default!r} is used"))
        return default


@dataclass(frozen=True)
class Gather:
    """What is collected from the caller; times in seconds."""

    keys: bool
    speech: bool
    action: str | None
    method: str
    timeout: int
    speech_timeout: float
    finish_on_key: str
    num_digits: int | None
    barge_in: bool
    action_on_empty: bool
    partial_callback: str | None
    partial_method: str
    prompts: tuple[Verb, ...]


def read_gather(verb: Verb, note: Note) -> Gather:
    """The Gather with its defaults."""
    reader = Reader(verb, note)
    kinds = (reader.text("input") or "dtmf").split()
    timeout = reader.whole("timeout", 5, 0, 600)
    digits = reader.whole("numDigits", 0, 1, 1000)
    return Gather(
        keys="dtmf" in kinds, speech="speech" in kinds, action=reader.text("action"),
        method=reader.method("method"), timeout=timeout,
        speech_timeout=_speech_timeout(reader, timeout), finish_on_key=_keys(reader, "#"),
        num_digits=digits or None, barge_in=reader.yes("bargeIn", True),
        action_on_empty=reader.yes("actionOnEmptyResult", False),
        partial_callback=reader.text("partialResultCallback"),
        partial_method=reader.method("partialResultCallbackMethod"), prompts=verb.children)


def _speech_timeout(reader: Reader, timeout: int) -> float:
    """`auto` means that the end of the words is noticed at once: our half second."""
    if reader.text("speechTimeout") == "auto":
        return 0.5
    return float(reader.whole("speechTimeout", timeout, 0, 600))


def _keys(reader: Reader, default: str) -> str:
    raw = reader.text("finishOnKey")
    return default if raw is None else "".join(key for key in raw if key in KEYS)


@dataclass(frozen=True)
class Callback:
    """Where events are reported, and which."""

    url: str
    method: str
    events: frozenset[str]


def read_callback(reader: Reader, name: str, default_events: str) -> Callback | None:
    """`statusCallback` and its kin: the address with its Method and Event attributes."""
    url = reader.text(name)
    if not url:
        return None
    return Callback(url, reader.method(f"{name}Method"), reader.events(f"{name}Event", default_events))


@dataclass(frozen=True)
class Record:
    """A message to be recorded; times in seconds."""

    action: str | None
    method: str
    timeout: int
    finish_on_key: str
    max_length: int
    play_beep: bool
    trims: bool
    callback: Callback | None


def read_record(verb: Verb, note: Note) -> Record:
    """The Record with its defaults."""
    reader = Reader(verb, note)
    return Record(
        action=reader.text("action"), method=reader.method("method"), timeout=reader.whole("timeout", 5, 0, 14400),
        finish_on_key=_keys(reader, KEYS), max_length=reader.whole("maxLength", 3600, 1, 14400),
        play_beep=reader.yes("playBeep", True),
        trims=reader.choice("trim", ("trim-silence", "do-not-trim"), "trim-silence") == "trim-silence",
        callback=read_callback(reader, "recordingStatusCallback", "completed"))


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
    record: str
    recording_callback: Callback | None
    text: str
    nouns: tuple[Verb, ...]


def read_dial(verb: Verb, note: Note) -> Dial:
    """The Dial with its defaults."""
    reader = Reader(verb, note)
    return Dial(
        action=reader.text("action"), method=reader.method("method"), timeout=reader.whole("timeout", 30, 5, 600),
        time_limit=reader.whole("timeLimit", 14400, 1, 86400), hangup_on_star=reader.yes("hangupOnStar", False),
        caller_id=reader.text("callerId"), answer_on_bridge=reader.yes("answerOnBridge", False),
        record=reader.text("record") or "do-not-record",
        recording_callback=read_callback(reader, "recordingStatusCallback", "completed"),
        text=verb.text, nouns=verb.children)


@dataclass(frozen=True)
class Number:
    """A phone to ring, and the document its owner hears before the legs meet."""

    number: str
    url: str | None
    method: str
    send_digits: str | None
    callback: Callback | None


def read_number(verb: Verb, note: Note) -> Number:
    """The Number with its defaults."""
    reader = Reader(verb, note)
    return Number(verb.text, reader.text("url"), reader.method("method"), reader.text("sendDigits"),
                  read_callback(reader, "statusCallback", "completed"))


@dataclass(frozen=True)
class QueueNoun:
    """A queue whose front member is to be taken, and the document that member hears first."""

    name: str
    url: str | None
    method: str


def read_queue(verb: Verb, note: Note) -> QueueNoun:
    """The Queue noun with its defaults."""
    reader = Reader(verb, note)
    return QueueNoun(verb.text, reader.text("url"), reader.method("method"))


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
    callback: Callback | None


BEEPS = ("true", "false", "onEnter", "onExit")


def read_conference(verb: Verb, note: Note) -> ConferenceNoun:
    """The Conference noun with its defaults."""
    reader = Reader(verb, note)
    return ConferenceNoun(
        name=verb.text, muted=reader.yes("muted", False), beep=reader.choice("beep", BEEPS, "true"),
        start_on_enter=reader.yes("startConferenceOnEnter", True),
        end_on_exit=reader.yes("endConferenceOnExit", False), label=reader.text("participantLabel"),
        wait_url=reader.text("waitUrl"), wait_method=reader.method("waitMethod"),
        max_participants=reader.whole("maxParticipants", 250, 2, 250), coach=reader.text("coach"),
        callback=read_callback(reader, "statusCallback", ""))


@dataclass(frozen=True)
class Enqueue:
    """A queue to wait in. `wait_url` None is the carrier's music, empty is silence."""

    name: str
    action: str | None
    method: str
    wait_url: str | None
    wait_method: str
    max_size: int | None


def read_enqueue(verb: Verb, note: Note) -> Enqueue:
    """The Enqueue with its defaults."""
    reader = Reader(verb, note)
    size = reader.whole("maxQueueSize", 0, 1, 5000)
    return Enqueue(verb.text, reader.text("action"), reader.method("method"), reader.text("waitUrl"),
                   reader.method("waitUrlMethod"), size or None)
