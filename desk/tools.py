"""What the pages need from the rest of the program: a small contract that the composition root's tools fulfil.

`app.py` puts its tools into `app.extensions["tools"]`; `tools()` gives them back inside a request.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from flask import current_app

from callbacks.outside import Answered, Asked
from config.content import Content
from config.database import Database
from config.vault import Vault
from directory.day_spans import SpanAsked


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

    def set_presence(
        self,
        clinician_id: str,
        state: str,
        reason: str | None,
        until_minutes: int | None,
        *,
        begins: datetime | None = None,
    ) -> object:
        """Set ready, away, in_visit or offline; `until_minutes` counts from now, or from when ready `begins`.

        False: not while he talks.
        """

    def set_shift_phone(self, clinician_id: str, entry: str, by: str) -> str:
        """The phone that rings him for this shift; "" for his usual one. "" or, in a sentence, why not."""

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


class Answer(Protocol):
    """What a clinician answers while an offer rings at him. Each answers "" or, in a sentence, why not."""

    def decline(self, clinician_id: str, offer_id: int, reason: str, by: str) -> str:
        """He does not take this call, for a reason of `routing.offers.DECLINED_FOR`."""

    def after_visit(self, clinician_id: str, offer_id: int, minutes: int, by: str) -> str:
        """He is in a visit for so long, and calls this patient of his then, if the patient likes."""


class CallOut(Protocol):
    """How a clinician rings a patient through the center. Each answers "" or what she should know, as a sentence."""

    def for_work(self, item_id: str, clinician_id: str, actor: str) -> str:
        """Ring whom a piece of work is about; it becomes hers."""

    def for_callback(self, promise_id: str, clinician_id: str, actor: str) -> str:
        """Keep a promised callback now."""

    def after_talk(self, offer_id: int, minutes: int, clinician_id: str, actor: str) -> str:
        """Ring whom she talks, or talked, with again in so many minutes."""


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

    def ask_help(self, clinician_id: str, *, wanted: bool) -> str:
        """Ask the supervisors for help in this talk, or say that none is needed."""

    def hold(self, clinician_id: str, *, held: bool) -> str:
        """Let the patient hear music, or let him back in."""

    def hand_over(self, clinician_id: str) -> str:
        """Leave the talk to the colleagues asked in."""


class Note(Protocol):
    """What clinicians note while they wrap up. Each answers "" or, in a sentence, why not."""

    def note_talk(self, clinician_id: str, offer_id: int, outcome: str, words: str, by: str) -> str:
        """How a talk ended, and words about it; again is in place of it."""

    def longer(self, clinician_id: str) -> str:
        """Two more minutes to wrap up."""


class Owe(Protocol):
    """What people do about the work on their lists beside taking it on. Each answers "" or, in a sentence, why not."""

    def give_work(self, item_id: str, to: str, reason: str, by: str | None, actor: str) -> str:
        """Give it to a clinician, "" for the team. `by`: who gives, None for a supervisor."""

    def give_callback(self, promise_id: str, to: str, reason: str, actor: str) -> str:
        """A promised callback is somebody else's to keep, "" for the team's."""

    def end_callback(self, promise_id: str, outcome: str, actor: str) -> str:
        """A promised callback need not be made any more."""


class Oversee(Protocol):
    """What supervisors do. Each answers "" or, in a sentence, why not."""

    def set_presence(
        self,
        clinician_id: str,
        state: str,
        reason: str | None,
        minutes: int | None,
        by: str,
        *,
        begins: datetime | None = None,
    ) -> str:
        """Set what a clinician does, at once or after his talk. Ready may begin later: the minutes count from then."""

    def end_wrap_up(self, clinician_id: str, by: str) -> str:
        """He is ready now."""

    def hurry(self, call_id: str, seconds: int, by: str) -> str:
        """A waiting caller counts as if he had come so much earlier."""

    def move(self, call_id: str, service: str, by: str) -> str:
        """A waiting caller waits for another service, at his place."""

    def set_today(self, clinician_id: str, skill: str, level: int | None, by: str) -> str:
        """A clinician's level of a skill until midnight; None takes it back."""

    def close_service(self, service: str, until: datetime | None, by: str) -> str:
        """A service is closed from now until an instant; None: until lifted."""

    def open_service(self, service: str, by: str) -> str:
        """A service that was closed follows its hours again."""


class Done(Protocol):
    """What became of a change: what changed, a line each, or why nothing did; `dry`: nothing was written."""

    @property
    def changed(self) -> Sequence[str]: ...

    @property
    def refused(self) -> Sequence[str]: ...

    @property
    def dry(self) -> bool: ...

    @property
    def told(self) -> str:
        """The whole in one sentence, where there is one."""


class Administer(Protocol):
    """What administrators change."""

    @property
    def skills(self) -> Collection[str]:
        """The keys of all skills that somebody may have."""

    def set_person(self, clinician_id: str, phone: str, languages: str, skills: str, by: str) -> Done:
        """What the site says of one clinician; what is empty changes nothing."""

    def set_days(self, asked: SpanAsked, by: str, *, dry: bool) -> Done:
        """Keep, or only try to keep, the days of a span otherwise, or like others again."""

    def set_outcome(self, service: str, key: str, label: str, active: bool, by: str) -> Done:
        """An outcome of a service, by the site's own word."""

    def sheet(self, name: str, text: str, by: str, *, dry: bool) -> Done:
        """Do, or only try, what a sheet says: people, days or outcomes."""

    def written(self, name: str, by: str) -> str:
        """A sheet as it stands."""


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
    def answer(self) -> Answer: ...

    @property
    def call_out(self) -> CallOut: ...

    @property
    def gather(self) -> Gather: ...

    @property
    def note(self) -> Note: ...

    @property
    def owe(self) -> Owe: ...

    @property
    def oversee(self) -> Oversee: ...

    @property
    def administer(self) -> Administer: ...


def tools() -> Tools:
    """The tools of the running application."""
    return cast(Tools, current_app.extensions["tools"])
