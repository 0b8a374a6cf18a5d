"""What each verb asks for: its attributes with the carrier's defaults and limits (reference 3.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from emulator.codes import IN_GATHER, code_of
from emulator.reader import KEYS, Callback, Note, Reader, read_recording_callback
from emulator.twiml import Notice, Verb

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
BASIC_VOICES = ("man", "woman", "alice")
TRIMS = ("trim-silence", "do-not-trim")
TRANSCRIBED_S = 120
LONGEST_RECORD_S = 14_400
MODELS = re.compile(r"default|numbers_and_commands|phone_call|experimental_\w+|googlev2_\w+|deepgram_[\w-]+")
HINTS, HINT = 500, 100


@dataclass(frozen=True)
class Say:
    """Words to be spoken; `loop` 0 is until the hang-up."""

    text: str
    voice: str
    language: str
    loop: int


def read_say(verb: Verb, note: Note, *, nested: bool = False) -> Say:
    """The Say with its defaults; words beyond what its voice can speak are noted (13521) and cut."""
    reader = Reader(verb, _renamed(note) if nested else note)
    voice = reader.text("voice") or "man"
    if not (voice in BASIC_VOICES or voice.startswith(("Polly.", "Google."))):
        voice = reader.replaced("voice", voice, "man")
    if verb.children and reader.text("voice") in BASIC_VOICES:
        note(Notice(12200, "SSML is not for basic voices: the words are spoken plainly"))
    language = reader.text("language") or "en-US"
    if not LANGUAGE.fullmatch(language):
        language = reader.replaced("language", language, "en-US")
    return Say(_speakable(verb.text, voice, note), voice, language, reader.whole("loop", 1, 0, 1_000_000))


def _renamed(note: Note) -> Note:
    """Inside a Gather, a bad voice and a bad loop have codes of their own."""
    outside = {code_of("Say", name): inside for name, inside in IN_GATHER.items()}
    return lambda notice: note(Notice(outside.get(notice.code, notice.code), notice.message))


def _speakable(text: str, voice: str, note: Note) -> str:
    most = 3000 if voice.startswith("Polly.") else 5000 if voice.startswith("Google.") else 4096
    if not text:
        note(Notice(13520, "Say without text"))
    if len(text) > most:
        note(Notice(13521, f"Say is longer than {most} characters"))
    return text[:most]


@dataclass(frozen=True)
class Play:
    """Media or keys to be played; `loop` 0 is until the hang-up."""

    address: str
    keys: str
    loop: int


def read_play(verb: Verb, note: Note, *, nested: bool = False) -> Play:
    """The Play with its defaults."""
    reader = Reader(verb, note)
    keys = reader.text("digits") or ""
    if nested and keys:
        note(Notice(12200, "Play digits is not allowed inside Gather"))
        keys = ""
    if not set(keys) <= set("0123456789ABCD#*wW"):
        keys = reader.replaced("digits", keys, "")
    return Play(verb.text, keys, reader.whole("loop", 1, 0, 1_000_000))


def read_pause(verb: Verb, note: Note) -> int:
    """How long a Pause lasts, in seconds."""
    return Reader(verb, note).whole("length", 1, 0, 86_400)


@dataclass(frozen=True)
class Gather:
    """What is collected from the caller; times in seconds."""

    keys: bool
    speech: bool
    action: str | None
    method: str
    timeout: int
    speech_timeout: float
    max_speech: int
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
    kinds = _kinds(reader)
    timeout = reader.whole("timeout", 5, 0, 600)
    _check_recogniser(reader, speech="speech" in kinds)
    reader.yes("profanityFilter", True)
    return Gather(
        keys="dtmf" in kinds, speech="speech" in kinds, action=reader.address("action"),
        method=reader.method(), timeout=timeout, speech_timeout=_speech_timeout(reader, timeout),
        max_speech=reader.whole("maxSpeechTime", 60, 1, 60), finish_on_key=_finish_key(reader),
        num_digits=reader.whole("numDigits", 0, 1, 1000) or None, barge_in=reader.yes("bargeIn", True),
        action_on_empty=reader.yes("actionOnEmptyResult", False),
        partial_callback=reader.address("partialResultCallback"),
        partial_method=reader.method("partialResultCallbackMethod"), prompts=verb.children)


def _kinds(reader: Reader) -> list[str]:
    raw = reader.text("input") or "dtmf"
    kinds = raw.split()
    return kinds if set(kinds) <= {"dtmf", "speech"} and kinds else reader.replaced("input", raw, ["dtmf"])


def _speech_timeout(reader: Reader, timeout: int) -> float:
    """`auto` means that the end of the words is noticed at once: our half second."""
    if reader.text("speechTimeout") == "auto":
        return 0.5
    return float(reader.whole("speechTimeout", timeout, 1, 600))


def _finish_key(reader: Reader) -> str:
    """One key, or none at all."""
    raw = reader.text("finishOnKey")
    if raw is None or raw == "" or (len(raw) == 1 and raw in KEYS):
        return "#" if raw is None else raw
    return reader.replaced("finishOnKey", raw, "#")


def _check_recogniser(reader: Reader, *, speech: bool) -> None:
    """Notes what the recogniser would not accept; ours understands every language and needs no hints."""
    model, language, hints = (reader.text(name) or "" for name in ("speechModel", "language", "hints"))
    if model and not MODELS.fullmatch(model):
        reader.replaced("speechModel", model, "default")
    if language and not LANGUAGE.fullmatch(language):
        reader.replaced("language", language, "en-US")
    entries = hints.split(",")
    if len(entries) > HINTS or any(len(entry.strip()) > HINT for entry in entries):
        reader.replaced("hints", f"{len(entries)} entries", "none")
    if speech and reader.text("speechTimeout") == "auto" and model in ("", "default"):
        reader.note(Notice(13335, "speechTimeout=auto goes with a chosen speechModel, not with the default one"))


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
    transcribes: bool
    transcribe_callback: str | None


def read_record(verb: Verb, note: Note) -> Record:
    """The Record with its defaults; a transcribed one is at most two minutes long."""
    reader = Reader(verb, note)
    transcribe_callback = reader.address("transcribeCallback")
    transcribes = reader.yes("transcribe", False) or bool(transcribe_callback)
    default = TRANSCRIBED_S if transcribes else 3600
    longest = reader.whole("maxLength", default, 1, LONGEST_RECORD_S)
    if transcribes and longest > TRANSCRIBED_S:
        note(Notice(13615, f"maxLength above {TRANSCRIBED_S} s is too long to be transcribed"))
        transcribes = False
    return Record(
        action=reader.address("action"), method=reader.method(),
        timeout=reader.whole("timeout", 5, 0, LONGEST_RECORD_S), finish_on_key=_finish_keys(reader),
        max_length=longest, play_beep=reader.yes("playBeep", True),
        trims=reader.choice("trim", TRIMS, "trim-silence") == "trim-silence",
        callback=read_recording_callback(reader), transcribes=transcribes, transcribe_callback=transcribe_callback)


def _finish_keys(reader: Reader) -> str:
    raw = reader.text("finishOnKey")
    if raw is None or set(raw) <= set(KEYS):
        return KEYS if raw is None else raw
    return reader.replaced("finishOnKey", raw, KEYS)


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
    """The Enqueue with its defaults; a workflow does not exist here, so one is refused (14220)."""
    reader = Reader(verb, note)
    if reader.text("workflowSid"):
        reader.replaced("workflowSid", reader.text("workflowSid") or "", None)
    return Enqueue(verb.text, reader.address("action"), reader.method(), reader.address("waitUrl"),
                   reader.method("waitUrlMethod"), reader.whole("maxQueueSize", 0, 1, 5000) or None)
