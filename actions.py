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
from calls.store import Entry
from routing import presence
from routing.rows import Overtaken
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
        until = self.tools.now() + timedelta(minutes=until_minutes) if until_minutes else None
        for last_try in (False, True):
            try:
                entries = self._presence_set(clinician_id, state, reason, until, by or clinician_id)
                break
            except Overtaken:  # he was offered a caller at this moment; seen now, it is given back first
                if last_try:
                    raise
        errands.after_commit(entries, self.tools)
        self.tools.hint()
        return True

    def _presence_set(
        self, clinician_id: str, state: str, reason: str | None, until: datetime | None, by: str
    ) -> list[Entry]:
        now, wanted = self.tools.now(), presence.State(state)
        with self.tools.database.transaction() as tx:
            follows = routing.store.set_presence(tx, clinician_id, wanted, reason=reason, until=until, now=now)
            self._audit(tx, by, "set_presence", clinician_id, {"state": state, "reason": reason or ""})
            return deeds.outbox(tx, follows, None, now)

    def hurry(self, call_id: str, seconds: int, by: str) -> bool:
        """Let a waiting caller count as if he had come so much earlier; False if he does not wait."""
        with self.tools.database.transaction() as tx:
            follows = routing.store.hurry(tx, call_id, seconds)
            if follows:
                self._audit(tx, by, "hurry", call_id, {"seconds": str(seconds)})
            entries = deeds.outbox(tx, follows, call_id, self.tools.now())
        errands.after_commit(entries, self.tools)
        return bool(follows)

    def protect(self, clinician_id: str, starts: datetime, ends: datetime, by: str) -> None:
        """A visit in which his phone never rings. The clock sees him into it."""
        with self.tools.database.transaction() as tx:
            routing.store.protect(tx, clinician_id, starts, ends)
            self._audit(tx, by, "protect", clinician_id, {"starts": starts.isoformat(), "ends": ends.isoformat()})

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
