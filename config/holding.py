"""Sounds that a content names: what a caller hears at which minute of waiting, and recorded guidance.

`incoherent` judges the names alone; `playable` looks into a folder, whether each file is one that the carrier plays.
"""

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from config.content import EVERY, Content, HoldEntry

Where = tuple[str | int, ...]
Incoherence = tuple[Where, str, str]  # where, what was found, what is accepted

SOUND_NAME = re.compile(r"media/[a-z0-9][a-z0-9_-]{0,59}\.wav")
MOST_MINUTE = 240
LEAST_ROUND, MOST_ROUND = 10, 30  # seconds: between two rounds he hears how it stands, and the callback is offered
LEAST_GUIDANCE, MOST_GUIDANCE = 3, 120
MOST_BYTES = 2_000_000  # a little more than the longest that is accepted
RATE = 8000  # what a telephone line carries; more is thrown away on it
CODINGS = {(1, 8): "8-bit PCM", (1, 16): "16-bit PCM", (7, 8): "mu-law"}  # (format, bits) of a WAV file
PLAYED = f"a WAV file of one channel at {RATE} Hz, {' or '.join(CODINGS.values())}"
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def hold_entries(content: Content) -> Iterator[tuple[Where, HoldEntry]]:
    """Every entry of every timetable, and where it stands."""
    for kind, things in (("lines", content.lines), ("services", content.services)):
        for name, thing in things.items():
            for position, entry in enumerate(thing.hold):
                yield (kind, name, "hold", position), entry


def incoherent(content: Content) -> Iterator[Incoherence]:
    """Timetables that say nothing, go backwards or leave a language out, and names that no sound may have."""
    for kind, things in (("lines", content.lines), ("services", content.services)):
        for name, thing in things.items():
            yield from _order((kind, name, "hold"), thing.hold)
    for where, entry in hold_entries(content):
        yield from _entry(where, entry, content)
    for name, guidance in content.education.items():
        for language, file in guidance.guidance_recording.items():
            here: Where = ("education", name, "guidance_recording", language)
            if language not in content.languages:
                yield here, repr(language), " or ".join(content.languages)
            yield from _name(here, file)


def _order(where: Where, timetable: tuple[HoldEntry, ...]) -> Iterator[Incoherence]:
    """Minutes rise. An entry of the same minute must hold only at times, or the one before would never be heard."""
    for position in range(1, len(timetable)):
        before, entry = timetable[position - 1], timetable[position]
        here = (*where, position, "minute")
        if entry.minute < before.minute:
            yield here, f"minute {entry.minute} after minute {before.minute}", "entries in the order of their minutes"
        elif entry.minute == before.minute and entry.between is None:
            yield here, f"minute {entry.minute} again", "a later minute, or times of day (between) for this entry"


def _entry(where: Where, entry: HoldEntry, content: Content) -> Iterator[Incoherence]:
    if not 0 <= entry.minute <= MOST_MINUTE:
        yield (*where, "minute"), str(entry.minute), f"0 to {MOST_MINUTE} minutes"
    if not entry.plays and entry.says is None:
        yield where, "an entry that plays and says nothing", "plays (a file), says (a prompt), or both"
    for time in entry.between or ():
        if not _TIME.fullmatch(time):
            yield (*where, "between"), repr(time), 'times like ["08:00", "12:00"]'
    if entry.between and entry.between[0] == entry.between[1]:
        yield (*where, "between"), repr(entry.between[1]), "another time than the first"
    for language, file in entry.plays.items():
        if language != EVERY and language not in content.languages:
            yield (*where, "plays", language), repr(language), " or ".join(content.languages)
        yield from _name((*where, "plays", language), file)
    missing = [language for language in content.languages if language not in entry.plays]
    if entry.plays and EVERY not in entry.plays and missing:
        yield (*where, "plays"), f"no recording in {', '.join(missing)}", "one in each language, or one file for all"


def _name(where: Where, file: str) -> Iterator[Incoherence]:
    if not SOUND_NAME.fullmatch(file):
        yield where, repr(file), "media/<name>.wav, the name of small letters, digits, - and _"


# --- the files themselves -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wav:
    """What the header of a WAV file says of it."""

    coding: tuple[int, int]  # format and bits
    channels: int
    rate: int
    seconds: float

    @property
    def told(self) -> str:
        """In words, as far as there are any."""
        coding = CODINGS.get(self.coding, f"format {self.coding[0]} of {self.coding[1]} bits")
        return f"{coding}, {self.channels} channel{'s' * (self.channels != 1)}, {self.rate} Hz"


def read_wav(data: bytes) -> Wav | None:
    """What a file is as a WAV file; None if it is none, or is cut short."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    at, form = 12, None
    while at + 8 <= len(data):
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt " and length >= 16 and at + 24 <= len(data):
            form = struct.unpack("<HHIIHH", data[at + 8 : at + 24])
        if name == b"data":
            return _wav(form, length) if form and at + 8 + length <= len(data) else None
        at += 8 + length + length % 2
    return None


def _wav(form: tuple[int, ...], length: int) -> Wav | None:
    coding, channels, rate, _, _, bits = form
    bytes_a_second = rate * channels * bits // 8
    return Wav((coding, bits), channels, rate, length / bytes_a_second) if bytes_a_second else None


def playable(folder: Path) -> Callable[[Content], Iterator[Incoherence]]:
    """A proof that each sound of a content is in its folder, is one the carrier plays, and is of a sane length."""

    def proof(content: Content) -> Iterator[Incoherence]:
        for where, entry in hold_entries(content):
            for language, file in entry.plays.items():
                yield from _sound(folder, (*where, "plays", language), file, LEAST_ROUND, MOST_ROUND)
        for name, guidance in content.education.items():
            for language, file in guidance.guidance_recording.items():
                where = ("education", name, "guidance_recording", language)
                yield from _sound(folder, where, file, LEAST_GUIDANCE, MOST_GUIDANCE)

    return proof


def _sound(folder: Path, where: Where, file: str, least: int, most: int) -> Iterator[Incoherence]:
    path = folder / file
    if not path.is_file():
        yield where, f"{file}, and no such file", f"{PLAYED}, in the folder {folder}"
        return
    with path.open("rb") as opened:
        data = opened.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        yield where, f"{file} of more than {MOST_BYTES} bytes", f"{least} to {most} s: {PLAYED}"
        return
    wav = read_wav(data)
    if wav is None:
        yield where, f"{file}, which is no WAV file or is cut short", PLAYED
    elif wav.coding not in CODINGS or wav.channels != 1 or wav.rate != RATE:
        yield where, f"{file}: {wav.told}", PLAYED
    elif not least <= wav.seconds <= most:
        yield where, f"{file} of {wav.seconds:.1f} s", f"{least} to {most} s"
