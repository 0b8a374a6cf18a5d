"""What clinicians note of a talk while they wrap up, and the time they have for it, which the server counts.

The words are sealed: the journal and the audit trail say that something was noted, and as which outcome, never more.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

import callbacks.store
import calls.store
import deeds
import errands
import routing.store
from calls import audit_store, notes_store
from calls.notes_store import Note
from calls.store import Fact
from config.outcomes import offered
from routing.offers import Offer
from tools import Tools

NOTED_WITHIN = timedelta(hours=12)  # after a talk; then what was noted of it stands
LONGEST_NOTE = 2000
MORE_SECONDS = 120
PROVED = 2  # from this level on a note is kept with the patient, for whoever talks with him next


class NotNoted(Exception):
    """It cannot be noted; the text is for whoever asked."""


@dataclass(frozen=True)
class Noting:
    """Notes over one set of tools."""

    tools: Tools

    def note_talk(self, clinician_id: str, offer_id: int, outcome: str, words: str, by: str) -> str:
        """How a clinician's talk ended, and words about it, in place of what he noted before. "" or why not."""
        words = words.strip()
        if len(words) > LONGEST_NOTE:
            return f"A note has at most {LONGEST_NOTE} characters; this one has {len(words)}."
        try:
            with self.tools.database.transaction() as tx:
                self._noted(tx, self._talk(tx, clinician_id, offer_id), outcome, words, by)
        except NotNoted as refused:
            return str(refused)
        self.tools.hint()
        return ""

    def longer(self, clinician_id: str) -> str:
        """Two more minutes to wrap up. "" or why not."""
        now = self.tools.now()
        with self.tools.database.transaction() as tx:
            follows = routing.store.longer_wrap_up(tx, clinician_id, MORE_SECONDS, now)
            entries = deeds.outbox(tx, follows, None, now)
        if not follows:
            return "There is no more time to wrap up. Set yourself away if you need it."
        errands.after_commit(entries, self.tools)
        self.tools.hint()
        return ""

    def _talk(self, tx: Connection, clinician_id: str, offer_id: int) -> Offer:
        offer = routing.store.offer(tx, offer_id)
        if offer is None or offer.clinician_id != clinician_id or offer.talk_started_at is None:
            raise NotNoted("Only who talked notes how a talk ended.")
        if offer.ended_at is not None and offer.ended_at < self.tools.now() - NOTED_WITHIN:
            raise NotNoted("That talk was too long ago: what was noted of it stands.")
        return offer

    def _noted(self, tx: Connection, offer: Offer, outcome: str, words: str, by: str) -> None:
        now, call = self.tools.now(), calls.store.call(tx, offer.call_id) or {}
        service, patient = str(call.get("service") or ""), self._patient(tx, offer)
        before = notes_store.of_talk(tx, offer.id)
        known = {"", *offered(self.tools.content, service, notes_store.words(tx)), before.outcome if before else ""}
        if outcome not in known:
            raise NotNoted("That outcome is offered no more. Choose another.")
        note = Note(
            offer_id=offer.id,
            call_id=offer.call_id,
            clinician_id=offer.clinician_id,
            patient_id=patient,
            service=service,
            outcome=outcome,
            note_sealed=self.tools.vault.seal(words) if words else None,
            talked_at=offer.ended_at or now,
            written_at=now,
        )
        version = notes_store.write(tx, note)
        told = {"offer": offer.id, "outcome": outcome}
        key = f"talk_noted:{offer.id}:{version}"
        calls.store.write_journal(tx, [Fact(key, offer.call_id, "talk_noted", now, None, told)])
        about = {"of": offer.call_id, "outcome": outcome, "words": "yes" if words else "no"}
        subject = patient or offer.call_id
        audit_store.record(tx, actor=by, action="note_talk", subject=subject, details=about, now=now)

    def _patient(self, tx: Connection, offer: Offer) -> str | None:
        """Whom the talk was with, if he proved it; of a promise that two share nobody can say."""
        wait, call = routing.store.wait(tx, offer.wait_id), calls.store.call(tx, offer.call_id) or {}
        if int(call.get("level") or 0) < PROVED:
            return None
        if wait is None or wait.callback_id is None:
            return call.get("patient_id")
        promise = callbacks.store.request(tx, wait.callback_id)
        return promise.patient_id if promise else None
