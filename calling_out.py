"""A clinician rings a patient: through the center, which shows its own number and never hers.

What she asks for is a promise of her own, so it is kept as every promise is: her phone rings first; the patient presses
a key before anything personal is said; his wishes, the hours of the day, repeated tries and the ledger are those of
callbacks. Whom she may ring, and when, is in `ringing_out.py`. A refusal is a sentence, and changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

import callbacks.questions_store
import callbacks.store
import calls.store
import deeds
import routing.store
from callbacks.requests import Request
from calls.store import Entry
from carrying import carry_out
from noting import NOTED_WITHIN
from refused import Refused
from ringing_out import RingingOut, Whom
from routing.needs import Follow
from routing.offers import Offer
from routing.presence import State
from tools import Tools

BE_READY = "Press Ready first: your phone rings for this call."
NOT_YOUR_TALK = "Only who talked with a patient a while ago rings him again."
GOES_ON = "Your talk still goes on."
AT_HAND = (State.READY, State.OFFERED, State.TALKING, State.WRAPPING_UP)


@dataclass(frozen=True)
class CallingOut:
    """Calls to patients, over one set of tools, asked for on a page."""

    tools: Tools

    def for_work(self, item_id: str, clinician_id: str, actor: str) -> str:
        """Ring whom a message, a caller who gave up or a promise is about; the work is hers. "" or a sentence."""
        return self._carried_out(clinician_id, lambda out: _at_hand(out).for_work(item_id, actor))

    def for_callback(self, promise_id: str, clinician_id: str, actor: str) -> str:
        """Keep a promised callback now. "" or a sentence."""
        return self._carried_out(clinician_id, lambda out: _at_hand(out).for_callback(promise_id, actor))

    def after_talk(self, offer_id: int, minutes: int, clinician_id: str, actor: str) -> str:
        """Ring whom she talks, or talked, with again in so many minutes. "" or a sentence."""
        return self._carried_out(clinician_id, lambda out: self._after_talk(out, offer_id, minutes, actor))

    def _carried_out(
        self, clinician_id: str, deed: Callable[[RingingOut], tuple[Request, list[Follow]]]
    ) -> str:
        def done(tx: Connection) -> list[Entry]:
            now = self.tools.now()
            promise, follows = deed(RingingOut(tx, self.tools, clinician_id, now))
            return deeds.outbox(tx, follows, promise.call_id, now)

        return carry_out(self.tools, done)

    def _after_talk(self, out: RingingOut, offer_id: int, minutes: int, actor: str) -> tuple[Request, list[Follow]]:
        offer = routing.store.offer(out.tx, offer_id)
        if offer is None or offer.clinician_id != out.clinician or offer.talk_started_at is None:
            raise Refused(NOT_YOUR_TALK)
        if offer.ended_at is None:
            raise Refused(GOES_ON)
        if offer.ended_at < out.now - NOTED_WITHIN:
            raise Refused(NOT_YOUR_TALK)
        if minutes == 0:
            _at_hand(out)
        promise, follows = out.promised(self._talked_with(out.tx, offer), out.now + timedelta(minutes=minutes))
        out.note(promise, {"of": str(offer_id), "minutes": str(minutes)}, actor)
        return promise, follows

    def _talked_with(self, tx: Connection, offer: Offer) -> Whom:
        """Who was in the talk of an offer: whom a promise brought, else who called."""
        call = calls.store.call(tx, offer.call_id) or {}
        kept = callbacks.store.attempt_of_offer(tx, offer.id)
        rung = callbacks.store.request(tx, kept.request_id) if kept else None
        if rung:
            number = callbacks.questions_store.number_of(tx, self.tools.vault, rung.id)
            return Whom(offer.call_id, rung.patient_id, rung.service, rung.language, number)
        sealed = call.get("caller_sealed")
        number = self.tools.vault.open(sealed) if sealed else ""
        service, language = str(call.get("service") or ""), str(call.get("language") or "")
        return Whom(offer.call_id, call.get("patient_id"), service, language, number or None)


def _at_hand(out: RingingOut) -> RingingOut:
    """She can be rung now. Else her call would go to a colleague, who knows nothing of it."""
    person = routing.store.presence_of(out.tx, out.clinician)
    if person is None or person.state not in AT_HAND:
        raise Refused(BE_READY)
    return out
