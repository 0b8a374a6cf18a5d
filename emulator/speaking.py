"""Say, Play and Pause: what the leg hears, and for how long."""

from __future__ import annotations

import asyncio
from collections import deque

from emulator.frame import Frame, Step
from emulator.leg import Input, Leg
from emulator.people import speaking_ms
from emulator.sound import wav_ms
from emulator.twiml import Notice, Verb
from emulator.verbs import read_pause, read_play, read_say
from emulator.webhooks_out import HookFailed

Inbox = deque[Input] | None
ENDLESS = 1000
UNKNOWN_LENGTH_MS = 5000.0
DIGIT_MS = {"w": 500.0, "W": 1000.0}
SOUNDS = ("audio/", "application/octet-stream", "binary/octet-stream")


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
    """One prompt of a Gather; an input ends it."""
    if verb.name == "Pause":
        await pause(frame, verb, inbox)
    else:
        await {"Say": say, "Play": play}[verb.name](frame, verb, inbox, nested=True)


async def say(frame: Frame, verb: Verb, inbox: Inbox = None, *, nested: bool = False) -> None:
    """Speaks the text as often as asked; an input in `inbox` ends it."""
    words = read_say(verb, frame.note, nested=nested)
    for _ in range(_times(words.loop) if words.text else 0):
        if await _sound(frame.leg, "say", words.text, speaking_ms(words.text), inbox,
                        verb.attributes.get("language", "")):
            return


async def pause(frame: Frame, verb: Verb, inbox: Inbox = None) -> None:
    """Silence of `length` seconds."""
    seconds = read_pause(verb, frame.note)
    await _sound(frame.leg, "pause", f"{seconds} s", seconds * 1000, inbox)


async def play(frame: Frame, verb: Verb, inbox: Inbox = None, *, nested: bool = False) -> None:
    """Plays media or keys as often as asked; an input in `inbox` ends it."""
    media = read_play(verb, frame.note, nested=nested)
    if media.keys:
        length = sum(DIGIT_MS.get(key, 250.0) for key in media.keys)
        for _ in range(_times(media.loop)):
            if await _sound(frame.leg, "play", f"keys {media.keys}", length, inbox):
                return
    elif media.address:
        await _play_media(frame, frame.resolve(media.address), media.loop, inbox)
    elif "digits" not in verb.attributes:
        frame.note(Notice(11100, "Play without an address"))


async def _play_media(frame: Frame, url: str, loop: int, inbox: Inbox) -> None:
    length = await _length_ms(frame, url)
    for _ in range(_times(loop) if length else 0):
        if await _sound(frame.leg, "play", url, length, inbox):
            return


def _times(loop: int) -> int:
    return min(loop, ENDLESS) or ENDLESS


async def _sound(leg: Leg, kind: str, text: str, length_ms: float, inbox: Inbox, language: str = "") -> bool:
    """Lets the leg hear something; True when an input ended it."""
    if inbox:
        return True
    leg.caption(kind, text, language)
    leg.does("listening")
    with leg.exchange.ears.span(leg, kind, text, length_ms):
        return await leg.wait(for_ms=length_ms, inbox=inbox)


async def _length_ms(frame: Frame, url: str) -> float:
    """How long the media lasts, in milliseconds; 0 (and a notification) if it cannot be had."""
    request = asyncio.ensure_future(_measure(frame, url))
    await frame.leg.wait(request)
    return request.result()


async def _measure(frame: Frame, url: str) -> float:
    exchange = frame.leg.exchange
    try:
        media = await exchange.hooks.fetch_media(url)
    except HookFailed as failed:
        exchange.notify(frame.leg, failed.code, failed.message, url, "GET")
        return 0.0
    if media.content_type and not media.content_type.startswith(SOUNDS):
        exchange.notify(frame.leg, 13420, f"Play of {media.content_type}, which is no sound", url, "GET")
        return 0.0
    return wav_ms(media.body) or UNKNOWN_LENGTH_MS
