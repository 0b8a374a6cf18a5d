"""Small WAV files for tests: a steady tone would do as well as silence, so they are silent."""

import struct
from pathlib import Path


def wav(seconds: float, *, coding: int = 1, bits: int = 8, channels: int = 1, rate: int = 8000) -> bytes:
    """A WAV file, as a recorder writes it: with a chunk of notes before the sound."""
    sound = b"\x80" * int(seconds * rate * channels * bits // 8)
    form = struct.pack("<HHIIHH", coding, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    parts = ((b"fmt ", form), (b"LIST", b"abc"), (b"data", sound))
    chunks = b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2 and name != b"data") for name, data in parts
    )
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def put(folder: Path, name: str, data: bytes) -> None:
    """A sound in the media of a clinic's folder."""
    (folder / "media").mkdir(exist_ok=True)
    (folder / "media" / name).write_bytes(data)
