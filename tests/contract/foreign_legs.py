"""The legs and rooms of the foreign carrier, and the people who hold its phones: they press keys as the words come."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

Form = dict[str, str]
OVER = {"completed", "busy", "no-answer", "failed", "canceled"}


class Gone(Exception):
    """The leg is over."""


class Moved(Exception):
    """A REST request sent the leg to another document."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


@dataclass
class Person:
    """Who holds a phone: presses keys as the words come, in this order, and ends a talk after some seconds."""

    entries: list[tuple[str, str]]
    talks_seconds: float | None = None


@dataclass
class Leg:
    """One phone's call. `number` is the phone, `form` what every request about it says."""

    number: str
    form: Form
    person: Person
    callback: tuple[str, list[str]]
    status: str = "queued"
    heard: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    move_to: str | None = None
    hang_up: bool = False
    told: int = 0

    @property
    def sid(self) -> str:
        return self.form["CallSid"]

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    def hears(self, text: str) -> None:
        """Something is said; a script may have an answer to it."""
        self.heard.append(text)
        if self.person.entries and self.person.entries[0][0].lower() in text.lower():
            self.keys += self.person.entries.pop(0)[1]

    def passes(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Wait; `Gone` or `Moved` as soon as that is so."""
        deadline = time.monotonic() + seconds
        while True:
            if self.hang_up:
                raise Gone
            if self.move_to:
                url, self.move_to = self.move_to, None
                raise Moved(url)
            if until() or time.monotonic() >= deadline:
                return
            time.sleep(0.02)


@dataclass
class Room:
    """A conference while it lasts. The first to come decides where its events are told."""

    name: str
    callback: str
    events: list[str]
    sid: str = field(default_factory=lambda: "CF" + uuid.uuid4().hex)
    members: list[Leg] = field(default_factory=list)
    ended: bool = False
    told: int = 0
