"""What the product asks of any carrier, and the one error it may answer with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MOST_SOUND_BYTES = 8 * 1024 * 1024  # over eight minutes at the carrier's best; we ask for two


class CarrierError(Exception):
    """A request to the carrier failed.

    `permanent`: asking again cannot help. `maybe_done`: the carrier may have done it all the same (a timeout, a 5xx),
    so a call must not be placed again blindly. `gone`: the leg is not in a state for it; he has hung up.
    """

    def __init__(self, message: str, *, permanent: bool, maybe_done: bool, gone: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.maybe_done = maybe_done
        self.gone = gone


@dataclass(frozen=True)
class LiveCall:
    """One call as the carrier sees it. `status` is the carrier's word, `placed_at` an instant of its own clock."""

    sid: str
    status: str
    to: str
    placed_at: datetime | None = None
    caller: str = ""  # E.164, or what the carrier says instead

    @property
    def is_over(self) -> bool:
        """Whether the carrier has ended it."""
        return self.status in {"completed", "busy", "failed", "no-answer", "canceled"}


@dataclass(frozen=True)
class Recorded:
    """One recording as the carrier lists it. `ended_at` is None while it is being made, or if it came to nothing."""

    sid: str
    call_sid: str
    seconds: int
    ended_at: datetime | None
    by_verb: bool  # a message that a document asked for; not what somebody recorded of a talk


class Carrier(Protocol):
    """Whoever carries the calls: Twilio in production, the emulator on a laptop, a fake in unit tests."""

    def ring(
        self,
        *,
        to: str,
        url: str,
        status_url: str,
        fallback_url: str | None,
        seconds: int,
        digits: str = "",
        detect: bool = False,
    ) -> str:
        """Place a call that asks `url` once it is answered, and `digits` were pressed for it; the new leg's sid.

        `detect`: listen first whether a machine answered, and say so with the request; a hint, and a few seconds late.
        """
        ...

    def move(self, sid: str, url: str) -> None:
        """Make a live leg leave whatever it does and ask `url`."""
        ...

    def hang_up(self, sid: str) -> None:
        """End a leg in any state; one that is over already is no error."""
        ...

    def look(self, sid: str) -> LiveCall | None:
        """One call, or None if the carrier does not know it."""
        ...

    def calls_to(self, number: str) -> list[LiveCall]:
        """The newest calls to a number, live or over."""
        ...

    def has_talk(self, room: str) -> bool:
        """Whether a conference of this name is under way, which takes two."""
        ...

    def has_company(self, sid: str) -> bool:
        """Whether somebody whom this leg's document dialled is on the line with it."""
        ...

    def text(self, *, to: str, body: str) -> None:
        """Send a text message."""
        ...

    def hold(self, room: str, sid: str, music: str | None) -> None:
        """Let one who is in a room hear `music` and nobody hear him; None: let him back into the talk."""
        ...

    def mute(self, room: str, sid: str, *, muted: bool) -> None:
        """Let nobody hear one who is in a room, or let him be heard again."""
        ...

    def outlive(self, room: str, sid: str, *, outlives: bool) -> None:
        """Whether a room goes on when this one leaves it."""
        ...

    def end_room(self, room: str) -> None:
        """End a room: everybody's document goes on. One that is over already is no error."""
        ...

    def recordings_since(self, instant: datetime) -> list[Recorded]:
        """The recordings of the account that began on the day of an instant or later, newest first."""
        ...

    def recording(self, sid: str) -> bytes:
        """The sound (WAV) of a recording, at most `MOST_SOUND_BYTES`; CarrierError, `gone` while there is none."""
        ...

    def forget_recording(self, sid: str) -> None:
        """Delete a recording; one that is not there is no error."""
        ...

    def point_number(self, number: str, *, voice_url: str, status_url: str, fallback_url: str | None) -> None:
        """Tell the carrier where a number's calls are answered."""
        ...
