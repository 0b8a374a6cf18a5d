"""What the center's own record says after a call: how it ended, and whether anything is left hanging."""

from datetime import datetime

from sqlalchemy import select, text

import callbacks.store
import calls.store
import routing.store
from actions import Actions
from callbacks.rows_store import REQUESTS
from calls.store import CALLS, LEGS, OUTBOX, VOICEMAILS
from routing.presence import State
from routing.rows import OFFERS, OPEN_OFFERS, OPEN_WAITS, WAITS
from tools import Tools

BUSY = frozenset({State.OFFERED, State.TALKING})


class Record:
    """Questions to the database of one center, and the tidying between two calls."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def newest_call(self) -> str | None:
        """The id of the last call that arrived."""
        with self._tools.database.reading() as tx:
            ids = calls.store.call_ids(tx, most=1)
        return ids[0] if ids else None

    def kept_for(self, call_id: str) -> str | None:
        """What a caller who reached nobody left with: "callback", "voicemail", or nothing."""
        with self._tools.database.reading() as tx:
            promised = tx.execute(select(REQUESTS.c.state).where(REQUESTS.c.call_id == call_id)).scalars().all()
            message = tx.execute(select(VOICEMAILS.c.id).where(VOICEMAILS.c.call_id == call_id)).first()
        if any(state != "cancelled" for state in promised):
            return "callback"
        return "voicemail" if message else None

    def has_open_promise(self) -> bool:
        """Whether somebody is still to be rung back."""
        with self._tools.database.reading() as tx:
            return bool(callbacks.store.open_requests(tx))

    def left_hanging(self, call_id: str | None) -> list[str]:
        """Whatever still holds somebody though every phone is on the hook; empty when all is well."""
        with self._tools.database.reading() as tx:
            busy = [row for row in routing.store.presences(tx) if row.state in BUSY]
            offers = tx.execute(select(OFFERS.c.id, OFFERS.c.state).where(OPEN_OFFERS)).all()
            waits = tx.execute(select(WAITS.c.kind, WAITS.c.state).where(OPEN_WAITS)).all()
            legs = tx.execute(select(LEGS.c.party, LEGS.c.stage).where(LEGS.c.ended_at.is_(None))).all()
            undone = tx.execute(select(OUTBOX.c.kind, OUTBOX.c.tries).where(OUTBOX.c.done_at.is_(None))).all()
            outcome = tx.execute(select(CALLS.c.outcome, CALLS.c.ended_at).where(CALLS.c.id == call_id)).first()
        return [
            *(f"{row.clinician_id} is {row.state}" for row in busy),
            *(f"offer {row.id} is {row.state}" for row in offers),
            *(f"a {row.kind}'s wait is {row.state}" for row in waits),
            *(f"a {row.party}'s leg is {row.stage}" for row in legs),
            *(f"outbox holds {row.kind} after {row.tries} tries" for row in undone),
            *([f"the call tells no ending: {outcome}"] if outcome and None in outcome else []),
        ]

    def untold(self, call_id: str | None) -> list[str]:
        """What a call's record hides of a talk with a clinician. (Of the carrier's own fallback it knows nothing.)"""
        with self._tools.database.reading() as tx:
            told = (calls.store.call(tx, call_id) or {}).get("outcome") if call_id else None
        return [] if told == "person" else [f"he talked with a clinician, but the record says {told}"]

    def double_offers(self) -> list[str]:
        """Clinicians who are held by two offers at once."""
        with self._tools.database.reading() as tx:
            held = tx.execute(select(OFFERS.c.clinician_id).where(OPEN_OFFERS)).scalars().all()
        return sorted({person for person in held if held.count(person) > 1})

    def story(self, call_id: str | None) -> list[str]:
        """The journal of one call, a line each."""
        if call_id is None:
            return ["(no call in the journal)"]
        with self._tools.database.reading() as tx:
            return [f"{fact.at:%H:%M:%S} {fact.fact} {dict(fact.details)}" for fact in calls.store.story(tx, call_id)]

    def tidy(self, ready: tuple[str, ...]) -> None:
        """Forget promises, failed proofs and cool-downs, so that the next call finds what the first one found."""
        self._forget_promises(self._tools.now())
        act = Actions(self._tools)
        with self._tools.database.reading() as tx:
            unready = [row.clinician_id for row in routing.store.presences(tx) if row.state is not State.READY]
        for clinician in ready:
            if clinician in unready:
                act.set_presence(clinician, "ready", None, None, by="chaos")

    def _forget_promises(self, now: datetime) -> None:
        with self._tools.database.transaction() as tx:
            for promise in callbacks.store.open_requests(tx):
                callbacks.store.cancel(tx, promise.id, "chaos", now)
                routing.store.leave(tx, call_id=promise.call_id, why="chaos", now=now)
            tx.execute(text("DELETE FROM failed_proofs"))
