"""What people do from pages and the command line: each action is one transaction with its outbox and its audit row."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

import booking
import calls.store
import deeds
import dialin
import directory.store
import duty
import errands
import routing.store
from callbacks.outside import Answered, Asked
from calls import audit_store, work, work_store
from calls.store import Entry, Fact
from ivr.knowledge import ReadShiftPhone
from routing import presence
from routing.rows import Overtaken
from tools import Tools

WORK_FACTS = {
    "claim_work": "work_claimed",
    "release_work": "work_released",
    "snooze_work": "work_snoozed",
    "finish_work": "work_done",
}
NO_SHIFT_PHONE = "That number may not ring you. A United States number with its area code that is nobody else's may."
HOURS_STATES = ("open", "closed", "normal")


class NotConfirmed(Exception):
    """Nobody may say who this caller is: the text says why."""


@dataclass(frozen=True)
class Actions:
    """Actions over one set of tools."""

    tools: Tools

    def set_presence(
        self,
        clinician_id: str,
        state: str,
        reason: str | None,
        until_minutes: int | None,
        by: str | None = None,
        *,
        begins: datetime | None = None,
    ) -> bool:
        """Change what a clinician does now; `until_minutes` sets the server's timer. In a talk, after it.

        Ready may begin later: the minutes count from then, and he is away before.
        """
        until = (begins or self.tools.now()) + timedelta(minutes=until_minutes) if until_minutes else None
        for last_try in (False, True):
            try:
                entries = self._presence_set(clinician_id, state, reason, until, begins, by or clinician_id)
                break
            except Overtaken:  # he was offered a caller at this moment; seen now, it is given back first
                if last_try:
                    raise
        errands.after_commit(entries, self.tools)
        self.tools.hint()
        return True

    def _presence_set(
        self,
        clinician_id: str,
        state: str,
        reason: str | None,
        until: datetime | None,
        begins: datetime | None,
        by: str,
    ) -> list[Entry]:
        now, wanted = self.tools.now(), presence.State(state)
        with self.tools.database.transaction() as tx:
            follows = duty.choose(tx, clinician_id, wanted, reason=reason, until=until, now=now, begins=begins)
            about = {"state": state, "reason": reason or "", **({"from": begins.isoformat()} if begins else {})}
            self._audit(tx, by, "set_presence", clinician_id, about)
            return deeds.outbox(tx, follows, None, now)

    def set_shift_phone(self, clinician_id: str, entry: str, by: str) -> str:
        """The phone that rings a clinician for this shift; "" for his usual one again. "" or why not."""
        with self.tools.database.transaction() as tx:
            number = dialin.readable_phone(tx, self.tools, ReadShiftPhone(clinician_id, entry)) if entry else None
            if entry and number is None:
                return NO_SHIFT_PHONE
            directory.store.set_shift_phone(tx, self.tools.vault, clinician_id, number, self.tools.now())
            self._audit(tx, by, "shift_phone_set", clinician_id, {})
        return ""

    def confirm_caller(self, call_id: str, clinician_id: str, patient_id: str | None = None) -> bool:
        """A clinician who talks, or talked, in this call confirms who the caller is: level 3, audited.

        `patient_id` names a patient whom the caller had not proved himself to be. False if it stood so already;
        `NotConfirmed` says why it cannot be.
        """
        with self.tools.database.transaction() as tx:
            record = calls.store.call(tx, call_id)
            patient = patient_id or (record["patient_id"] if record else None)
            offers = routing.store.offers_of_call(tx, call_id)
            if not any(offer.clinician_id == clinician_id and offer.talk_started_at for offer in offers):
                raise NotConfirmed("only who talks with a caller confirms who he is")
            if patient is None or directory.store.patient_card(tx, self.tools.vault, patient) is None:
                raise NotConfirmed("found no patient; name one of the directory")
            done = calls.store.confirm_caller(tx, call_id, patient=patient, by=clinician_id)
            if done:
                self._audit(tx, clinician_id, "confirm_caller", patient, {"call": call_id})
        self.tools.hint()
        return done

    def protect(self, clinician_id: str, starts: datetime, ends: datetime, by: str) -> None:
        """A visit in which his phone never rings. The clock sees him into it."""
        with self.tools.database.transaction() as tx:
            routing.store.protect(tx, clinician_id, starts, ends)
            self._audit(tx, by, "protect", clinician_id, {"starts": starts.isoformat(), "ends": ends.isoformat()})

    def claim_work(self, item_id: str, by: str, actor: str) -> bool:
        """Take on what a patient is owed; False if it is done, or another's. `by` is a clinician's or a user's id."""
        return self._work(item_id, "claim_work", actor, partial(work.claimed, by=by, now=self.tools.now()))

    def release_work(self, item_id: str, by: str, actor: str) -> bool:
        """Give back what one took on."""
        return self._work(item_id, "release_work", actor, partial(work.released, by=by))

    def snooze_work(self, item_id: str, minutes: int, by: str, actor: str) -> bool:
        """Put it off by some minutes, at most until it is due; False if it is late, or another's."""
        now = self.tools.now()
        until = now + timedelta(minutes=minutes)
        return self._work(item_id, "snooze_work", actor, partial(work.snoozed, by=by, until=until, now=now))

    def finish_work(self, item_id: str, outcome: str, by: str, actor: str) -> bool:
        """Mark it dealt with, and how; False if it was already."""
        if outcome not in work.BY_HAND:
            raise ValueError(f"work ends as {', '.join(work.BY_HAND)}; found {outcome!r}")
        how = partial(work.done, by=by, outcome=outcome, now=self.tools.now())
        return self._work(item_id, "finish_work", actor, how, outcome=outcome)

    def _work(
        self, item_id: str, action: str, actor: str, how: Callable[[work.Item], work.Item | None], **details: str
    ) -> bool:
        with self.tools.database.transaction() as tx:
            after = work_store.change(tx, item_id, how)
            if after:
                now, key = self.tools.now(), f"{action}:{after.id}:{after.version}"
                told = {"kind": after.kind.value, "by": after.claimed_by or after.done_by or "", **details}
                calls.store.write_journal(tx, [Fact(key, after.call_id, WORK_FACTS[action], now, None, told)])
                self._audit(tx, actor, action, after.patient_id or after.call_id, {"of": after.id, **details})
        self.tools.hint()
        return after is not None

    def set_hours(self, state: str, until: datetime | None, by: str) -> bool:
        """Force the center open or closed until an instant (None: until lifted), or lift that ("normal")."""
        if state not in HOURS_STATES:
            raise ValueError(f"hours can be {', '.join(HOURS_STATES)}; found {state!r}")
        with self.tools.database.transaction() as tx:
            directory.store.set_override(tx, state=state, until=until, by=by, now=self.tools.now())
            self._audit(tx, by, "set_hours", None, {"state": state})
        self.tools.hint()
        return True

    def ask_for_callback(self, client: str, key: str, body: bytes, asked: Asked) -> Answered:
        """A callback that another program asks for; see `booking.book`."""
        return booking.book(self.tools, client, key, body, asked)

    def _audit(self, tx: Connection, actor: str, action: str, subject: str | None, details: dict[str, str]) -> None:
        audit_store.record(tx, actor=actor, action=action, subject=subject, details=details, now=self.tools.now())
