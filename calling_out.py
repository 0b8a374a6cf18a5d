"""A clinician rings a patient: through the center, which shows its own number and never hers.

What she asks for is a promise of her own, due at once or in some minutes, in front of all who wait but those in danger.
So it is kept as every promise is: her phone rings first; the patient presses a key before anything personal is said;
his wishes, the hours of the day, repeated tries and the ledger are those of callbacks. What he is promised already is
kept instead, if it is the same patient's and its time has come. A refusal is a sentence, and changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

import appointments
import callbacks.policy
import callbacks.questions_store
import callbacks.store
import calls.store
import deeds
import directory.store
import facts
import routing.store
from callbacks.policy import Wished, Zones
from callbacks.requests import BookedOrExisting, Kind, Request, Wish
from calls import audit_store, work, work_store
from calls.store import Entry, Fact
from calls.work import Item
from carrying import Refused, carry_out
from config.columns import new_id
from directory import own_numbers_store
from directory.numbers import callable_number
from ivr.knowledge import calendar_of
from noting import NOTED_WITHIN
from owing import CHANGED, lined_up_anew, untouched
from routing.needs import Follow, epoch_ms
from routing.offers import Offer
from routing.presence import State
from tools import Tools

BE_READY = "Press Ready first: your phone rings for this call."
NO_NUMBER = "No number is known at which this patient may be rung."
AT_NIGHT = "It is night where the patient is: he may be rung from 8:00 to 20:00 of his own time."
NOT_HIS_HOURS = "This patient chose the hours in which he is rung, and this is none of them."
CLOSED = "The center is closed then, and rings nobody."
NOT_YET = "This patient was promised a call at another time. Ring him then, or ask him to call in."
NOT_HERS = "This patient wishes not to be called by you."
NOT_YOUR_TALK = "Only who talked with a patient a while ago rings him again."
GOES_ON = "Your talk still goes on."
ANOTHERS = "Somebody else is promised a call at this number. That one comes first."
COLLEAGUES = "A colleague is about to ring this patient."
NO_SERVICE = "What this was about is offered no longer. Note how it ends, or give it to somebody."
AT_HAND = (State.READY, State.OFFERED, State.TALKING, State.WRAPPING_UP)


@dataclass(frozen=True)
class Whom:
    """Who is to be rung, and about what. `call_id` is the call that it belongs to."""

    call_id: str
    patient: str | None
    service: str
    language: str
    number: str | None  # E.164; None: what his record says


@dataclass(frozen=True)
class CallingOut:
    """Calls to patients, over one set of tools."""

    tools: Tools

    def for_work(self, item_id: str, clinician_id: str, actor: str) -> str:
        """Ring whom a message, a caller who gave up or a promise is about; the work is hers. "" or a sentence."""
        return carry_out(self.tools, lambda tx: self._for_work(tx, item_id, clinician_id, actor))

    def for_callback(self, promise_id: str, clinician_id: str, actor: str) -> str:
        """Keep a promised callback now. "" or a sentence."""
        return carry_out(self.tools, lambda tx: self._for_callback(tx, promise_id, clinician_id, actor))

    def after_talk(self, offer_id: int, minutes: int, clinician_id: str, actor: str) -> str:
        """Ring whom she talks, or talked, with again in so many minutes. "" or a sentence."""
        return carry_out(self.tools, lambda tx: self._after_talk(tx, offer_id, minutes, clinician_id, actor))

    def _for_work(self, tx: Connection, item_id: str, clinician_id: str, actor: str) -> list[Entry]:
        now, item = self.tools.now(), work_store.item(tx, item_id)
        if item is None:
            raise Refused(CHANGED)
        self._is_at_hand(tx, clinician_id)
        number = self.tools.vault.open(item.number_sealed) if item.number_sealed else None
        whom = Whom(item.call_id, item.patient_id, item.service, item.language, number)
        promise, follows = self._promised(tx, whom, clinician_id, now, now)
        hers = work_store.change(tx, item_id, partial(work.claimed, by=clinician_id, now=now))
        if hers is None:
            raise Refused(CHANGED)
        self._claimed(tx, hers, actor, now)
        return self._written(tx, promise, follows, {"of": item.id}, actor, now)

    def _for_callback(self, tx: Connection, promise_id: str, clinician_id: str, actor: str) -> list[Entry]:
        self._is_at_hand(tx, clinician_id)
        now = self.tools.now()
        promise, follows = self._kept_at(tx, promise_id, clinician_id, now, now)
        return self._written(tx, promise, follows, {"of": promise.id}, actor, now)

    def _after_talk(self, tx: Connection, offer_id: int, minutes: int, clinician_id: str, actor: str) -> list[Entry]:
        now, offer = self.tools.now(), routing.store.offer(tx, offer_id)
        if offer is None or offer.clinician_id != clinician_id or offer.talk_started_at is None:
            raise Refused(NOT_YOUR_TALK)
        if offer.ended_at is None:
            raise Refused(GOES_ON)
        if offer.ended_at < now - NOTED_WITHIN:
            raise Refused(NOT_YOUR_TALK)
        if minutes == 0:
            self._is_at_hand(tx, clinician_id)
        whom = self._talked_with(tx, offer)
        promise, follows = self._promised(tx, whom, clinician_id, now + timedelta(minutes=minutes), now)
        return self._written(tx, promise, follows, {"of": str(offer_id), "minutes": str(minutes)}, actor, now)

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

    # --- what it takes

    def _is_at_hand(self, tx: Connection, clinician_id: str) -> None:
        """Else her call would go to a colleague, who knows nothing of it."""
        person = routing.store.presence_of(tx, clinician_id)
        if person is None or person.state not in AT_HAND:
            raise Refused(BE_READY)

    def _promised(
        self, tx: Connection, whom: Whom, clinician_id: str, at: datetime, now: datetime
    ) -> tuple[Request, list[Follow]]:
        """A promise of hers that is due at an instant: what stands for this patient already, or a new one.

        A wait is locked before its promise, and both before the work: in the order of everybody else.
        """
        if whom.service not in self.tools.content.services:
            raise Refused(NO_SERVICE)
        self._may_call(tx, whom.patient, clinician_id)
        number = self._number(tx, whom, now)
        digest = self.tools.vault.digest("number", number)
        slot = self._slot(tx, whom, number, now)
        standing = callbacks.questions_store.standing(
            tx, number=digest, patient=whom.patient, service=whom.service, slot=slot
        )
        if standing is not None:
            if standing.patient_id not in (None, whom.patient) or standing.service != whom.service:
                raise Refused(ANOTHERS)
            if standing.asked_by == "clinician" and standing.own_id != clinician_id:
                raise Refused(COLLEAGUES)
            return self._kept_at(tx, standing.id, clinician_id, at, now)
        zones = appointments.zones(tx, number, whom.patient)
        limits = (zones, directory.store.hours_where_it_rings(tx, whom.patient, digest, zones))
        self._may_ring_at(tx, whom.call_id, whom.service, limits, at)
        routing.store.lock_wait(tx, whom.call_id)
        booked = self._booked(tx, whom, number, limits, clinician_id, at, now)
        if not booked.created:  # by somebody else, since we looked
            raise Refused(CHANGED)
        return booked.request, []

    def _kept_at(
        self, tx: Connection, promise_id: str, clinician_id: str, at: datetime, now: datetime
    ) -> tuple[Request, list[Follow]]:
        """What was promised already is hers, at an instant; not what was promised for another time."""
        promise = untouched(tx, promise_id)
        if promise.service not in self.tools.content.services:
            raise Refused(NO_SERVICE)
        if promise.kind is Kind.WINDOW and at < promise.promised_from:
            raise Refused(NOT_YET)
        self._may_call(tx, promise.patient_id, clinician_id)
        limits = (promise.zones, callbacks.store.wished(tx, promise))
        self._may_ring_at(tx, promise.call_id, promise.service, limits, at)
        hours = timedelta(hours=self.tools.content.services[promise.service].owned_hours)
        hers = {"own_id": clinician_id, "owned_until": at + hours, "due_at": at, "place_ms": self._in_front(now)}
        return lined_up_anew(tx, promise, "called_out", now, **hers)

    def _in_front(self, now: datetime) -> int:
        """Before all who wait; behind everybody in danger, however late he calls."""
        return epoch_ms(now - timedelta(seconds=self.tools.content.red_flags.head_start_seconds) / 2)

    def _booked(
        self,
        tx: Connection,
        whom: Whom,
        number: str,
        limits: tuple[Zones, Wished],
        clinician_id: str,
        at: datetime,
        now: datetime,
    ) -> BookedOrExisting:
        service, (zones, hours) = self.tools.content.services[whom.service], limits
        team = directory.store.care(tx, whom.patient, service.skill, now)[1] if whom.patient else ()
        wish = Wish(
            patient_id=whom.patient,
            own_id=clinician_id,
            team=tuple(mate for mate in team if mate != clinician_id),
            place_ms=self._in_front(now),
            due_at=at,
            promised_from=at,
            promise_by=callbacks.policy.promise_by(at, zones, wished=hours),
            owned_until=at + timedelta(hours=service.owned_hours),
            zones=zones,
        )
        return callbacks.store.book(
            tx,
            self.tools.vault,
            request_id=new_id(),
            call_id=whom.call_id,
            number=number,
            slot=self._slot(tx, whom, number, now),
            service=whom.service,
            language=whom.language,
            wish=wish,
            asked_by="clinician",
            now=now,
        )

    def _slot(self, tx: Connection, whom: Whom, number: str, now: datetime) -> str:
        """One promise a service for a number on the proved patient's record, else one for the number."""
        holders = directory.store.patients_by_number(tx, self.tools.vault, number, now)
        return whom.service if whom.patient in holders else ""

    def _number(self, tx: Connection, whom: Whom, now: datetime) -> str:
        """The number of the call, if he wishes to be rung there; else the best of his record that he allows."""
        of_record = own_numbers_store.numbers_of(tx, self.tools.vault, whom.patient, now) if whom.patient else []
        own = (self.tools.settings.center_number, self.tools.settings.operator_number)
        for entry in [*([whom.number] if whom.number else []), *of_record]:
            number = callable_number(entry, own=own)
            if number and appointments.may_ring(tx, self.tools, number, whom.patient):
                return number
        raise Refused(NO_NUMBER)

    def _may_ring_at(
        self, tx: Connection, call_id: str, service: str, limits: tuple[Zones, Wished], at: datetime
    ) -> None:
        zones, wished = limits
        if not callbacks.policy.may_dial(at, zones):
            raise Refused(AT_NIGHT)
        if not callbacks.policy.may_dial(at, zones, wished):
            raise Refused(NOT_HIS_HOURS)
        call = calls.store.call(tx, call_id) or {}
        line = self.tools.lines_by_number().get(str(call.get("dialled") or ""), "")
        calendar = calendar_of(self.tools.content.calendar(service, line), service)
        if not facts.hours(tx, self.tools, at, calendar).open:
            raise Refused(CLOSED)

    def _may_call(self, tx: Connection, patient: str | None, clinician_id: str) -> None:
        if patient and clinician_id in directory.store.avoided(tx, patient):
            raise Refused(NOT_HERS)

    def _claimed(self, tx: Connection, item: Item, actor: str, now: datetime) -> None:
        """She has taken it on, as by the button that says so."""
        told = {"kind": item.kind.value, "by": item.claimed_by or ""}
        key = f"claim_work:{item.id}:{item.version}"
        calls.store.write_journal(tx, [Fact(key, item.call_id, "work_claimed", now, None, told)])
        subject = item.patient_id or item.call_id
        audit_store.record(tx, actor=actor, action="claim_work", subject=subject, details={"of": item.id}, now=now)

    def _written(
        self,
        tx: Connection,
        promise: Request,
        follows: list[Follow],
        about: dict[str, str],
        actor: str,
        now: datetime,
    ) -> list[Entry]:
        told = {"promise": promise.id, "to": promise.own_id, "due_at": promise.due_at.isoformat()}
        key = f"called_out:{promise.id}:{promise.version}"
        calls.store.write_journal(tx, [Fact(key, promise.call_id, "called_out", now, None, told)])
        subject = promise.patient_id or promise.call_id
        audit_store.record(tx, actor=actor, action="call_out", subject=subject, details=about, now=now)
        return deeds.outbox(tx, follows, promise.call_id, now)
