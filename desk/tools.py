"""What the pages need from the rest of the program: a small contract that the composition root's tools fulfil.

`app.py` puts its tools into `app.extensions["tools"]`; `tools()` gives them back inside a request.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from flask import current_app

from callbacks.outside import Answered, Asked
from config.content import Content
from config.database import Database
from config.vault import Vault


class Clock(Protocol):
    """The one injected clock."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""


class Secret(Protocol):
    """A value that does not print itself."""

    def get_secret_value(self) -> str: ...


class Settings(Protocol):
    """The settings that the pages read."""

    @property
    def secret_key(self) -> Secret:
        """Signs sessions."""

    @property
    def api_clients(self) -> Sequence[tuple[str, Secret]]:
        """Programs that may ask for callbacks, with the secrets they sign with."""

    @property
    def public_base_url(self) -> str:
        """An origin that begins with https makes cookies Secure."""

    @property
    def second_factor(self) -> str:
        """ "required": nobody sees a page without one; "optional": asked of those who have one."""


class Fanout(Protocol):
    """The little of a Redis client that pages use: hints between processes, and counts of failed sign-ins."""

    def pubsub(self, **options: Any) -> Any: ...

    def publish(self, channel: str, message: str) -> Any: ...

    def incrby(self, name: str, amount: int = 1) -> Any: ...

    def expire(self, name: str, time: int) -> Any: ...


class Act(Protocol):
    """What people may do from the pages. Each is one transaction with its outbox and its audit row."""

    def set_presence(self, clinician_id: str, state: str, reason: str | None, until_minutes: int | None) -> object:
        """Set ready, away, in_visit or offline; `until_minutes` counts from now. False: not while he talks."""

    def claim_work(self, item_id: str, by: str, actor: str) -> object:
        """Take on what a patient is owed; False if it is done, or another's."""

    def release_work(self, item_id: str, by: str, actor: str) -> object:
        """Give back what one took on."""

    def snooze_work(self, item_id: str, minutes: int, by: str, actor: str) -> object:
        """Put it off, at most until it is due; False if it is late, or another's."""

    def finish_work(self, item_id: str, outcome: str, by: str, actor: str) -> object:
        """Mark it dealt with, and how; False if it was already."""

    def ask_for_callback(self, client: str, key: str, body: bytes, asked: Asked) -> Answered:
        """Book a callback that another program asks for; see `booking.book`."""

    def set_hours(self, state: str, until: datetime | None, by: str) -> object:
        """Force the center "open" or "closed" until an instant (None: until lifted), or lift that: "normal"."""


class Gather(Protocol):
    """What people may do in a talk. Each answers "" or, in a sentence, why not."""

    def ask_colleague(self, clinician_id: str, colleague_id: str) -> str:
        """Ask a colleague into this clinician's talk."""

    def ask_interpreter(self, clinician_id: str, language: str) -> str:
        """Ask an interpreter into this clinician's talk."""

    def sit_in(self, offer_id: int, part: str, number: str, by: str) -> str:
        """Ring a number so that a supervisor can listen, coach or talk."""

    def send_out(self, clinician_id: str, guest_id: int) -> str:
        """Send a guest out, or take his invitation back."""

    def mute(self, clinician_id: str, *, muted: bool) -> str:
        """Let nobody hear the clinician, or let him be heard again."""

    def hold(self, clinician_id: str, *, held: bool) -> str:
        """Let the patient hear music, or let him back in."""

    def hand_over(self, clinician_id: str) -> str:
        """Leave the talk to the colleagues asked in."""


class Tools(Protocol):
    """Everything the pages use."""

    @property
    def database(self) -> Database: ...

    @property
    def vault(self) -> Vault: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def redis(self) -> Any:
        """A `Fanout`, or None while there is no Redis."""

    @property
    def content(self) -> Content: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def act(self) -> Act: ...

    @property
    def gather(self) -> Gather: ...


def tools() -> Tools:
    """The tools of the running application."""
    return cast(Tools, current_app.extensions["tools"])
