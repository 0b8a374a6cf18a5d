"""Work and promised callbacks change hands: given to a colleague or the team for a reason, or ended by a person.

What a patient was promised keeps its due time, whoever has it. A refusal is a sentence for who asked.
"""

from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

import callbacks.store
import calls.store
import deeds
import directory.store
import promising
import routing.store
from calls import audit_store, work, work_store
from calls.store import Entry, Fact
from carrying import carry_out
from refused import Refused
from ringing_out import CHANGED, lined_up_anew, untouched
from tools import Tools


@dataclass(frozen=True)
class Owing:
    """What is owed, over one set of tools."""

    tools: Tools

    def give_work(self, item_id: str, to: str, reason: str, by: str | None, actor: str) -> str:
        """Give work to a clinician, "" for the team. `by` is who gives, None a supervisor. "" or why not."""
        return carry_out(self.tools, lambda tx: self._work_given(tx, item_id, to, reason, by, actor))

    def give_callback(self, promise_id: str, to: str, reason: str, actor: str) -> str:
        """A promised callback is a clinician's to keep, "" for the team's. "" or why not."""
        return carry_out(self.tools, lambda tx: self._callback_given(tx, promise_id, to, reason, actor))

    def end_callback(self, promise_id: str, outcome: str, actor: str) -> str:
        """A promised callback need not be made: the patient was reached otherwise, or needs none. "" or why not."""
        return carry_out(self.tools, lambda tx: self._callback_ended(tx, promise_id, outcome, actor))

    def _work_given(
        self, tx: Connection, item_id: str, to: str, reason: str, by: str | None, actor: str
    ) -> list[Entry]:
        now, item = self.tools.now(), work_store.item(tx, item_id)
        if item is None:
            raise Refused(CHANGED)
        self._may_have(tx, to, item.patient_id, reason)
        after = work_store.change(tx, item_id, partial(work.given, to=to or None, by=by, now=now))
        if after is None:
            raise Refused(CHANGED)
        told = {"kind": after.kind.value, "to": to or None, "reason": reason}
        key = f"work_given:{after.id}:{after.version}"
        calls.store.write_journal(tx, [Fact(key, after.call_id, "work_given", now, None, told)])
        about = {"of": after.id, "to": to, "reason": reason}
        self._audit(tx, actor, "give_work", after.patient_id or after.call_id, about)
        return []

    def _callback_given(self, tx: Connection, promise_id: str, to: str, reason: str, actor: str) -> list[Entry]:
        now, promise = self.tools.now(), untouched(tx, promise_id)
        self._may_have(tx, to, promise.patient_id, reason)
        hers = {"own_id": to or None, "owned_until": promise.promise_by if to and promise.promise_by > now else None}
        after, follows = lined_up_anew(tx, promise, "given", now, **hers)
        told = {"promise": after.id, "to": to or None, "reason": reason}
        key = f"callback_given:{after.id}:{after.version}"
        calls.store.write_journal(tx, [Fact(key, after.call_id, "callback_given", now, None, told)])
        about = {"of": after.id, "to": to, "reason": reason}
        self._audit(tx, actor, "give_callback", after.patient_id or after.call_id, about)
        return deeds.outbox(tx, follows, after.call_id, now)

    def _callback_ended(self, tx: Connection, promise_id: str, outcome: str, actor: str) -> list[Entry]:
        if outcome not in work.BY_HAND:
            raise Refused(f"A callback ends as {', '.join(work.BY_HAND)}.")
        now, promise = self.tools.now(), untouched(tx, promise_id)
        if outcome == work.REACHED:
            callbacks.store.kept_by_hand(tx, promise.id, now)
            follows = routing.store.leave(tx, call_id=promise.call_id, callback_id=promise.id, why="by_hand", now=now)
        else:
            follows = promising.cancel(tx, promise.id, outcome, now)
        about = {"of": promise.id, "outcome": outcome}
        self._audit(tx, actor, "end_callback", promise.patient_id or promise.call_id, about)
        return deeds.outbox(tx, follows, promise.call_id, now)

    def _may_have(self, tx: Connection, to: str, patient: str | None, reason: str) -> None:
        if reason not in work.GIVEN_FOR:
            raise Refused(f"Say why: {', '.join(work.GIVEN_FOR)}.")
        if not to:
            return
        person = directory.store.clinician(tx, to)
        if person is None or not person.active:
            raise Refused("Nobody of that name works here.")
        if patient and to in directory.store.avoided(tx, patient):
            raise Refused(f"This patient is not to be called by {person.given} {person.family}.")

    def _audit(self, tx: Connection, actor: str, action: str, subject: str, details: dict[str, str]) -> None:
        audit_store.record(tx, actor=actor, action=action, subject=subject, details=details, now=self.tools.now())
