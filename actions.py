"""What people do from pages and the command line: each action is one transaction with its outbox and its audit row."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

import calls.store
import deeds
import directory.store
import errands
import routing.store
from calls import audit_store
from routing import presence
from tools import Tools

HOURS_STATES = ("open", "closed", "normal")


@dataclass(frozen=True)
class Actions:
    """Actions over one set of tools."""

    tools: Tools

    def set_presence(
        self, clinician_id: str, state: str, reason: str | None, until_minutes: int | None, by: str | None = None
    ) -> bool:
        """Change what a clinician does now; `until_minutes` sets the server's timer. In a talk, after it."""
        now = self.tools.now()
        until = now + timedelta(minutes=until_minutes) if until_minutes else None
        with self.tools.database.transaction() as tx:
            follows = routing.store.set_presence(
                tx, clinician_id, presence.State(state), reason=reason, until=until, now=now
            )
            self._audit(tx, by or clinician_id, "set_presence", clinician_id, {"state": state, "reason": reason or ""})
            entries = deeds.outbox(tx, follows, None, now)
        errands.after_commit(entries, self.tools)
        self.tools.hint()
        return True

    def finish_voicemail(self, voicemail_id: str, by: str) -> bool:
        """Mark a voicemail dealt with; False if it was already."""
        with self.tools.database.transaction() as tx:
            done = calls.store.finish_voicemail(tx, voicemail_id, by, self.tools.now())
            if done:
                self._audit(tx, by, "finish_voicemail", voicemail_id, {})
        self.tools.hint()
        return done

    def set_hours(self, state: str, until: datetime | None, by: str) -> bool:
        """Force the center open or closed until an instant (None: until lifted), or lift that ("normal")."""
        if state not in HOURS_STATES:
            raise ValueError(f"hours can be {', '.join(HOURS_STATES)}; found {state!r}")
        with self.tools.database.transaction() as tx:
            directory.store.set_override(tx, state=state, until=until, by=by, now=self.tools.now())
            self._audit(tx, by, "set_hours", None, {"state": state})
        self.tools.hint()
        return True

    def _audit(self, tx: Connection, actor: str, action: str, subject: str | None, details: dict[str, str]) -> None:
        audit_store.record(tx, actor=actor, action=action, subject=subject, details=details, now=self.tools.now())
