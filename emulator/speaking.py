"""Say, Play and Pause: what the leg hears, and for how long."""

from __future__ import annotations

import asyncio
from collections import deque

from emulator.frame import Frame, Step
from emulator.leg import Input, Leg
from emulator.people import speaking_ms
from emulator.twiml import Notice, Verb
from emulator.verbs import Reader
from emulator.webhooks_out import HookFailed

Inbox = deque[Input] | None
ENDLESS = 1000
UNKNOWN_LENGTH_MS = 5000.0
DIGIT_MS = {"w": 500.0, "W": 1000.0}


async def say_verb(frame: Frame, verb: Verb) -> Step | None:
    """Speaks the text."""
    await say(frame, verb)
    return None


async def play_verb(frame: Frame, verb: Verb) -> Step | None:
    """Plays the media, or the keys."""
    await play(frame, verb)
    return None


async def pause_verb(frame: Frame, verb: Verb) -> Step | None:
    """Waits in silence."""
    await pause(frame, verb)
    return None


async def prompt(frame: Frame, verb: Verb, inbox: Inbox) -> None:
    """One nested prompt; an input ends it."""
    await {"Say": say, "Play": play, "Pause": pause}[verb.name](frame, verb, inbox)


async def say(frame: Frame, verb: Verb, inbox: Inbox = None) -> None:
    """Speaks the text as often as asked; an input in `inbox` ends it."""
    if not verb.text:
        frame.note(Notice(13520, "Say without text"))
        return
    for _ in range(_times(frame, verb)):
        if await _sound(frame.leg, "say", verb.text, speaking_ms(verb.text), inbox):
            return


async def pause(frame: Frame, verb: Verb, inbox: Inbox = None) -> None:
    """Silence of `length` seconds."""
    seconds = Reader(verb, frame.note).whole("length", 1, 0, 3600)
    await _sound(frame.leg, "pause", f"{seconds} s", seconds * 1000, inbox)


async def play(frame: Frame, verb: Verb, inbox: Inbox = None) -> None:
    """Plays media or keys as often as asked; an input in `inbox` ends it."""
    keys = verb.attributes.get("digits")
    if keys:
        await _sound(frame.leg, "play", f"keys {keys}", sum(DIGIT_MS.get(key, 250.0) for key in keys), inbox)
        return
    url = frame.resolve(verb.text)
    length = await _length_ms(frame, url)
    for _ in range(_times(frame, verb) if length else 0):
        if await _sound(frame.leg, "play", url, length, inbox):
            return


def _times(frame: Frame, verb: Verb) -> int:
    return Reader(verb, frame.note).whole("loop", 1, 0, ENDLESS) or ENDLESS


async def _sound(leg: Leg, kind: str, text: str, length_ms: float, inbox: Inbox) -> bool:
    """Lets the leg hear something; True when an input ended it."""
    if inbox:
        return True
    leg.caption(kind, text)
    leg.does("listening")
    return await leg.wait(for_ms=length_ms, inbox=inbox)


async def _length_ms(frame: Frame, url: str) -> float:
    """How long the media lasts, in milliseconds; 0 (and a notification) if it cannot be had."""
    lengths = frame.leg.exchange.media_ms
    if url not in lengths:
        request = asyncio.ensure_future(_measure(frame, url))
        await frame.leg.wait(request)
        if not request.result():
            return 0.0
        lengths[url] = request.result()
    return lengths[url]


async def _measure(frame: Frame, url: str) -> float:
    try:
        return wav_ms(await frame.leg.exchange.hooks.fetch_media(url)) or UNKNOWN_LENGTH_MS
    except HookFailed as failed:
        frame.leg.exchange.notify(frame.leg, failed.code, failed.message, url, "GET")
        return 0.0


def wav_ms(data: bytes) -> float | None:
    """The length a WAV header announces, in milliseconds; None for anything else."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    place, rate = 12, 0
    while place + 8 <= len(data):
        name, size = data[place:place + 4], int.from_bytes(data[place + 4:place + 8], "little")
        if name == b"fmt ":
            rate = int.from_bytes(data[place + 16:place + 20], "little")
        if name == b"data":
            return size / rate * 1000 if rate else None
        place += 8 + size + size % 2
    return None
