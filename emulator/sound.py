"""Makes sound files: a soft tone where somebody spoke and silence elsewhere, and reads how long others are."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Iterable
from dataclasses import dataclass

SAMPLE_RATE = 8000
# 24 ms of silence: MPEG-1 layer III, 32 kbit/s, 48 kHz, mono, and a side information that holds nothing.
SILENT_FRAME = bytes((0xFF, 0xFB, 0x14, 0xC0)) + bytes(92)
FRAME_MS = 24


@dataclass(frozen=True)
class Stretch:
    """A voice from one moment to another, in milliseconds from the start; `side` 0 is the call's own person."""

    begin_ms: float
    end_ms: float
    side: int = 0


def wav_bytes(length_s: float, spoken: Iterable[Stretch], channels: int = 1) -> bytes:
    """A WAV file of 8 kHz and 8 bit; with two channels each side has its own."""
    frames = max(0, round(length_s * SAMPLE_RATE))
    lanes = [bytearray(b"\x80" * frames) for _ in range(channels)]
    for stretch in spoken:
        _speak(lanes[stretch.side % channels], stretch)
    samples = bytearray(frames * channels)
    for place, lane in enumerate(lanes):
        samples[place::channels] = lane
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(1)
        sound.setframerate(SAMPLE_RATE)
        sound.writeframes(bytes(samples))
    return file.getvalue()


def _speak(lane: bytearray, stretch: Stretch) -> None:
    tone = bytes(128 + round(40 * math.sin(2 * math.pi * 440 * n / SAMPLE_RATE)) for n in range(SAMPLE_RATE))
    begin, end = (min(len(lane), max(0, int(at * SAMPLE_RATE / 1000))) for at in (stretch.begin_ms, stretch.end_ms))
    lane[begin:end] = (tone * ((end - begin) // SAMPLE_RATE + 1))[:end - begin]


def mp3_bytes(length_s: float) -> bytes:
    """An MP3 file of the right length; our encoder knows silence only."""
    return SILENT_FRAME * max(1, math.ceil(length_s * 1000 / FRAME_MS))


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
