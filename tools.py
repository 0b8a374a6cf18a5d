"""What the shell works with: one frozen set of collaborators, wired in `app.py` and handed down. Nothing is global."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from config.clocks import Clock
from config.content import Content
from config.database import Database
from config.settings import Settings
from config.vault import Vault
from ivr.prompts import Speaker
from routing.lines import Lines
from telephony.carrier import Carrier
from telephony.pace import Pace
from telephony.urls import Urls


@dataclass(frozen=True)
class Edition:
    """One version of the content, and the voice that speaks its words."""

    content: Content
    speaker: Speaker


@dataclass(frozen=True)
class Tools:
    """Collaborators of every door and of the switchboard.

    `nudge(entry id, tries, urgent)` asks a worker to perform an outbox entry; `hint()` tells the pages that something
    changed. Both may fail silently: the clock's sweep and the pages' own polling make good what they miss. `content` is
    what new calls are served with, read from `files`; `editions.py` finds that of a call under way.
    """

    settings: Settings
    clock: Clock
    database: Database
    vault: Vault
    content: Content
    speaker: Speaker
    urls: Urls
    carrier: Carrier
    pace: Pace
    lines: Lines
    nudge: Callable[[int, int, bool], None]
    hint: Callable[[], None]
    files: Mapping[str, str] = field(default_factory=dict)
    editions: dict[str, Edition] = field(default_factory=dict)  # those known to be kept; only ever grows

    def lines_by_number(self) -> dict[str, str]:
        """The key of each line by its number (E.164)."""
        center = self.settings.center_number
        return {center if line.number == "center" else line.number: key for key, line in self.content.lines.items()}

    def calendar_of(self, service: str | None, dialled: str) -> str:
        """The hours that count for a service as it was reached: by whoever called this number."""
        return self.content.calendar(service, self.lines_by_number().get(dialled, ""))

    def now(self) -> datetime:
        """The injected now, aware UTC."""
        return self.clock.now()
