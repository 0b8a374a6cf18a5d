"""What a leg hears next, in carrier-neutral words: phrases by key, never sentences, never the carrier's markup."""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class Phrase:
    """One sentence: a key of the prompt files with its values, in one language ("en", "es").

    A text value that starts with "@" names another prompt, spoken in its place: ("label", "@label-therapy").
    """

    key: str
    language: str
    values: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True)
class Keys:
    """What may be entered. `most` digits end the entry; `finish` is the ending key or "" for none.

    `seconds` is the time allowed before the first key and between keys. `hints` are words worth listening for; speech
    is heard when there are any, or when `speech` says so, and ends with a silence of `pause` seconds. It is listened
    to in `language`; "" for that of the last phrase.
    """

    most: int | None = 1
    finish: str = ""
    seconds: int = 5
    hints: tuple[str, ...] = ()
    pause: int = 2
    speech: bool = False
    language: str = ""


@dataclass(frozen=True)
class Ask:
    """Say the phrases and take an entry. With none the carrier reports `NothingEntered`.

    `sound`: the id of a message that is played after them; a key ends it. `recording`: a file of the content, likewise.
    `then` is said after either.
    """

    phrases: tuple[Phrase, ...]
    keys: Keys = field(default_factory=Keys)
    sound: str = ""
    recording: str = ""
    then: tuple[Phrase, ...] = ()


@dataclass(frozen=True)
class Hold:
    """Wait in the carrier's queue. `entering` puts the leg there; otherwise it is one more round of the wait.

    A key may be pressed at any time; when the round is over the carrier reports `HoldTick`.
    """

    phrases: tuple[Phrase, ...] = ()
    entering: bool = False
    language: str = "en"
    short: bool = False  # a round of some 6 s instead of 20
    plays: str = ""  # a file of the content, in place of the usual music


class Role(StrEnum):
    """Who enters a room: it decides what is heard while alone there."""

    PATIENT = "patient"
    CLINICIAN = "clinician"
    GUEST = "guest"  # the room outlives his leaving


@dataclass(frozen=True)
class Connect:
    """Meet the other side in a room (a conference with a random name)."""

    room: str
    role: Role
    phrases: tuple[Phrase, ...] = ()
    heard: bool = True
    heard_only_by: str = ""  # the leg that alone hears him: he coaches it


@dataclass(frozen=True)
class ConnectOperator:
    """Ring the human fallback from this leg; he presses a key before the two are joined."""

    phrases: tuple[Phrase, ...] = ()
    language: str = "en"


@dataclass(frozen=True)
class Bridge:
    """On a called party's own leg: say the phrases to him alone, then let the two legs meet."""

    phrases: tuple[Phrase, ...] = ()


@dataclass(frozen=True)
class LeaveQueue:
    """Leave the carrier's queue; the carrier then reports `LeftQueue(LEAVE)` and the stage speaks."""

    phrases: tuple[Phrase, ...] = ()


@dataclass(frozen=True)
class TakeMessage:
    """Record a message of at most `seconds` seconds; the key # ends it."""

    phrases: tuple[Phrase, ...]
    seconds: int = 120


@dataclass(frozen=True)
class HangUp:
    phrases: tuple[Phrase, ...] = ()


@dataclass(frozen=True)
class Nothing:
    """The carrier will not use this answer (the leg is already elsewhere): say nothing, change nothing."""


Reply = Ask | Hold | Connect | ConnectOperator | Bridge | LeaveQueue | TakeMessage | HangUp | Nothing


def all_said(reply: Reply | None) -> tuple[Phrase, ...]:
    """All that is said with a reply, in its order."""
    return (*getattr(reply, "phrases", ()), *getattr(reply, "then", ()))
