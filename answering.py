"""What a clinician answers from the page while an offer rings: no, and why; or that he calls the patient himself later.

Taking a call stays on the phone: a leg must answer, and a person must press its key. Each is one transaction with its
outbox, its fact in the call's story and its audit row. A refusal is a sentence, and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

import calls.store
import deeds
import routing.store
from calls import audit_store
from calls.store import Entry, Fact
from carrying import carry_out
from ivr import effects as fx
from refused import Refused
from routing import offers
from routing.needs import Follow
from routing.offers import Offer, State
from tools import Tools

GONE = "This call does not ring at you any more."
WHY_NOT = {
    State.ACCEPTED: "You have taken this call on your phone already.",
    State.RESCINDED: "The caller has left meanwhile.",
    State.EXPIRED: "It rang too long: the call was passed on already.",
    State.DECLINED: "This call was passed on already.",
}
NOT_YOURS = "Only a patient of your own who waits on the line can hear that you call him later. Decline it instead."


@dataclass(frozen=True)
class Answering:
    """Answers over one set of tools."""

    tools: Tools

    def decline(self, clinician_id: str, offer_id: int, reason: str, by: str) -> str:
        """Give back the offer that rings at a clinician, for a reason of `offers.DECLINED_FOR`. "" or why not."""
        if reason not in offers.DECLINED_FOR:
            raise ValueError(f"a call is declined for {', '.join(offers.DECLINED_FOR)}; found {reason!r}")
        return carry_out(self.tools, lambda tx: self._declined(tx, clinician_id, offer_id, reason, by))

    def after_visit(self, clinician_id: str, offer_id: int, minutes: int, by: str) -> str:
        """In a visit for so long, and then she calls this patient of hers, if he likes. "" or why not."""
        return carry_out(self.tools, lambda tx: self._passed_until(tx, clinician_id, offer_id, minutes, by))

    def _declined(self, tx: Connection, clinician_id: str, offer_id: int, reason: str, by: str) -> list[Entry]:
        ringing, now = _ringing(tx, clinician_id, offer_id), self.tools.now()
        follows = deeds.give_back(tx, offer_id, State.DECLINED.value, self.tools, now)
        told = {"offer": offer_id, "cause": State.DECLINED.value, "reason": reason}
        return self._written(tx, ringing, follows, fx.GiveBack.fact, told, by, now)

    def _passed_until(self, tx: Connection, clinician_id: str, offer_id: int, minutes: int, by: str) -> list[Entry]:
        ringing, now = _ringing(tx, clinician_id, offer_id), self.tools.now()
        wait = routing.store.wait(tx, ringing.wait_id)
        if wait is None or wait.kind != "call" or wait.need.own != clinician_id:
            raise Refused(NOT_YOURS)
        follows = deeds.pass_until(tx, offer_id, minutes, self.tools, now)
        told = {"offer": offer_id, "minutes": minutes}
        return self._written(tx, ringing, follows, fx.PassUntil.fact, told, by, now)

    def _written(
        self,
        tx: Connection,
        ringing: Offer,
        follows: list[Follow],
        fact: str,
        told: Mapping[str, object],
        by: str,
        now: datetime,
    ) -> list[Entry]:
        """The follow-ups of an answer, with the end of the ringing; the story and the trail say what was answered."""
        calls.store.write_journal(tx, [Fact(f"page:{fact}:{ringing.id}", ringing.call_id, fact, now, None, told)])
        audited = {key: str(value) for key, value in told.items()}
        audit_store.record(tx, actor=by, action=fact, subject=ringing.call_id, details=audited, now=now)
        rings = (
            [Follow("hang_up", ringing.sid)] if ringing.sid else []
        )  # one that is being dialled ends when it is placed
        return deeds.outbox(tx, [*follows, *rings], ringing.call_id, now)


def _ringing(tx: Connection, clinician_id: str, offer_id: int) -> Offer:
    """The offer, if it is this clinician's and rings: locked, so that nobody takes or ends it meanwhile."""
    routing.store.lock_offer(tx, offer_id)
    found = routing.store.offer(tx, offer_id)
    if found is None or found.clinician_id != clinician_id:
        raise Refused(GONE)
    if found.state is not State.OFFERED:
        raise Refused(WHY_NOT.get(found.state, GONE))
    return found
