"""The words of the terminal phone: what a person or a script may write, and how what is heard is printed.

No network and no clock; `emulator.terminal` does the calling.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
OWN = frozenset({"keys", "speech"})
SOUNDS = {"hold": "(hold music)", "ring": "(ringing)", "beep": "(beep)"}
SCRIPT_HELP = (
    "acts to play, separated by semicolons: wait:WORDS waits until these words are heard, digits, * and # are keys, "
    "say:WORDS speaks, hang hangs up; for example 'wait:press 1;1;say:exercises;hang'"
)
HELP = "digits, * and # are keys; 'say WORDS' speaks; 'hang' hangs up"

Verb = Literal["wait", "keys", "say", "hang"]


class PhoneError(Exception):
    """The phone cannot be used as asked; the message is a sentence for the person at the terminal."""


@dataclass(frozen=True)
class Act:
    """One thing the caller does; `text` is what to wait for, the keys, or the words."""

    verb: Verb
    text: str = ""


def read_script(script: str) -> list[Act]:
    """The acts of a script, separated by semicolons; raises PhoneError naming one not understood."""
    return [read_step(step) for part in script.split(";") if (step := part.strip())]


def read_step(step: str) -> Act:
    """One step: `wait:WORDS`, `say:WORDS`, keys, or `hang`."""
    verb, _, text = step.partition(":")
    if verb in ("wait", "say") and text.strip():
        return Act("wait" if verb == "wait" else "say", text.strip())
    return keys_or_hang(step)


def read_line(line: str) -> Act:
    """One typed line: `say WORDS`, keys, or `hang`."""
    verb, _, text = line.strip().partition(" ")
    if verb == "say" and text.strip():
        return Act("say", text.strip())
    return keys_or_hang(line.strip())


def keys_or_hang(text: str) -> Act:
    """The acts that are written alike in scripts and lines."""
    if text == "hang":
        return Act("hang")
    if re.fullmatch(r"[0-9*#]+", text):
        return Act("keys", text)
    raise PhoneError(f"not understood: {text!r} ({HELP}; a script may also 'wait:WORDS')")


def caption_line(caption: dict[str, Any]) -> str | None:
    """A caption as printed, or None for what makes no sound."""
    kind, text = caption.get("kind"), str(caption.get("text") or "")
    if kind == "pause":
        return None
    if kind in SOUNDS:
        return SOUNDS[kind]
    if kind == "keys":
        return f"> pressed {text}"
    if kind == "speech":
        return f"> said: {text}"
    if kind == "voice":
        return f"< the other side: {text}"
    if kind in ("note", "play"):
        return text if text.startswith("(") else f"({text})"
    return text


def heard_text(caption: dict[str, Any]) -> str:
    """What the caller himself heard of a caption, in small letters; nothing for his own keys and words."""
    return "" if caption.get("kind") in OWN else str(caption.get("text") or "").casefold()


@dataclass
class Heard:
    """What was heard on the leg so far: printed once, and searched by the script's `wait` steps."""

    out: Callable[[str], None]
    captions: list[dict[str, Any]] = field(default_factory=list)
    status: str = "queued"
    searched: int = 0
    last_line: str | None = None

    def take(self, leg: dict[str, Any]) -> None:
        """Prints what is new; hold music that goes round is printed once."""
        captions = list(leg.get("captions") or [])
        for caption in captions[len(self.captions) :]:
            self._print(caption_line(caption))
        self.captions = captions
        self.status = str(leg.get("status") or self.status)

    def _print(self, line: str | None) -> None:
        if line is None or (line == self.last_line and line.startswith("(")):
            return
        self.last_line = line
        self.out(line)

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.status in OVER

    def contains_next(self, words: str) -> bool:
        """Whether the words were heard since the last match; what was matched is not searched again."""
        wanted = words.casefold()
        for position in range(self.searched, len(self.captions)):
            if wanted in heard_text(self.captions[position]):
                self.searched = position + 1
                return True
        return False
