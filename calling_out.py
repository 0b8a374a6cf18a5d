"""A clinician rings a patient: through the center, which shows its own number and never hers.

What she asks for is a promise of her own, due at once or in some minutes, in front of all who wait. So it is kept as
every promise is: her phone rings first, once she is ready; the patient presses a key before anything personal is
said; his wishes, the hours of the day, repeated tries and the ledger are those of callbacks. A refusal is a sentence.
"""

from collections.abc import Callable
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
from carrying import Refused, carry_out
from config.columns import new_id
from directory import own_numbers_store
from directory.numbers import callable_number
from ivr.knowledge import calendar_of
from owing import CHANGED, lined_up_anew, untouched
from routing.needs import Follow, epoch_ms
from routing.presence import State
from tools import Tools

IN_FRONT = timedelta(days=1)  # she rings him now: nobody who waits stands before this
ONCE_READY = "Your phone rings for it as soon as you are ready."
NO_NUMBER = "No number is known at which this patient may be rung."
AT_NIGHT = "It is night where the patient is: he may be rung from 8:00 to 20:00 of his own time."
NOT_HIS_HOURS = "This patient chose the hours in which he is rung, and this is none of them."
CLOSED = "The center is closed then, and rings nobody."
NOT_YET = "This patient was promised a call at another time. Ring him then, or ask him to call in."
NOT_HERS = "This patient wishes not to be called by you."
NOT_YOUR_TALK = "Only who talked with a patient rings him again."


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
        return self._carried_out(clinician_id, lambda tx: self._for_work(tx, item_id, clinician_id, actor))

    def for_callback(self, promise_id: str, clinician_id: str, actor: str) -> str:
        """Keep a promised callback now. "" or a sentence."""
        return self._carried_out(clinician_id, lambda tx: self._for_callback(tx, promise_id, clinician_id, actor))

    def after_talk(self, offer_id: int, minutes: int, clinician_id: str, actor: str) -> str:
        """Ring whom she talks, or talked, with again in so many minutes. "" or a sentence."""
        return self._carried_out(clinician_id, lambda tx: self._after_talk(tx, offer_id, minutes, clinician_id, actor))

    def _carried_out(self, clinician_id: str, deed: Callable[[Connection], list[Entry]]) -> str:
        return carry_out(self.tools, deed) or self._once_ready(clinician_id)

    def _once_ready(self, clinician_id: str) -> str:
        with self.tools.database.reading() as tx:
            person = routing.store.presence_of(tx, clinician_id)
        free = person is not None and person.state in (State.READY, State.OFFERED, State.TALKING, State.WRAPPING_UP)
        return "" if free else ONCE_READY

    def _for_work(self, tx: Connection, item_id: str, clinician_id: str, actor: str) -> list[Entry]:
        now, item = self.tools.now(), work_store.item(tx, item_id)
        if item is None:
            raise Refused(CHANGED)
        routing.store.lock_wait(tx, item.call_id)
        hers = work_store.change(tx, item_id, partial(work.claimed, by=clinician_id, now=now))
        if hers is None:
            raise Refused(CHANGED)
        number = self.tools.vault.open(item.number_sealed) if item.number_sealed else None
        whom = Whom(item.call_id, item.patient_id, item.service, item.language, number)
        promise, follows = self._promised(tx, whom, clinician_id, now, now)
        return self._written(tx, promise, follows, {"of": item.id}, actor, now)

    def _for_callback(self, tx: Connection, promise_id: str, clinician_id: str, actor: str) -> list[Entry]:
        now, promise = self.tools.now(), untouched(tx, promise_id)
        if promise.kind is Kind.WINDOW and now < promise.promised_from:
            raise Refused(NOT_YET)
        hours = appointments.wished(tx, promise)
        self._may_ring_at(tx, promise.call_id, promise.service, (promise.zones, hours), now)
        self._may_call(tx, promise.patient_id, clinician_id)
        after, follows = self._hers_at(tx, promise, clinician_id, now, now)
        return self._written(tx, after, follows, {"of": promise.id}, actor, now)

    def _after_talk(self, tx: Connection, offer_id: int, minutes: int, clinician_id: str, actor: str) -> list[Entry]:
        now, offer = self.tools.now(), routing.store.offer(tx, offer_id)
        call = calls.store.call(tx, offer.call_id) if offer else None
        if offer is None or call is None or offer.clinician_id != clinician_id or offer.talk_started_at is None:
            raise Refused(NOT_YOUR_TALK)
        routing.store.lock_wait(tx, offer.call_id)
        kept = callbacks.store.attempt_of_offer(tx, offer_id)
        rung = callbacks.store.request(tx, kept.request_id) if kept else None
        sealed = call["caller_sealed"]
        number = (
            callbacks.questions_store.number_of(tx, self.tools.vault, rung.id)
            if rung
            else self.tools.vault.open(sealed)
            if sealed
            else None
        )
        patient = rung.patient_id if rung else call["patient_id"]
        service = rung.service if rung else str(call["service"] or "")
        if service not in self.tools.content.services:
            raise Refused(NOT_YOUR_TALK)
        whom = Whom(offer.call_id, patient, service, str(call["language"]), number)
        promise, follows = self._promised(tx, whom, clinician_id, now + timedelta(minutes=minutes), now)
        return self._written(tx, promise, follows, {"of": str(offer_id), "minutes": str(minutes)}, actor, now)

    # --- what it takes

    def _promised(
        self, tx: Connection, whom: Whom, clinician_id: str, at: datetime, now: datetime
    ) -> tuple[Request, list[Follow]]:
        """A promise of hers that is due at an instant; one that stands already becomes it."""
        self._may_call(tx, whom.patient, clinician_id)
        number = self._number(tx, whom, now)
        zones = appointments.zones(tx, number, whom.patient)
        hours = directory.store.wished_hours(tx, whom.patient, zones)
        self._may_ring_at(tx, whom.call_id, whom.service, (zones, hours), at)
        booked = self._booked(tx, whom, number, zones, clinician_id, at, now)
        if booked.created:
            return booked.request, []
        return self._hers_at(tx, untouched(tx, booked.request.id), clinician_id, at, now)

    def _booked(
        self,
        tx: Connection,
        whom: Whom,
        number: str,
        zones: Zones,
        clinician_id: str,
        at: datetime,
        now: datetime,
    ) -> BookedOrExisting:
        service = self.tools.content.services[whom.service]
        team = directory.store.care(tx, whom.patient, service.skill, now)[1] if whom.patient else ()
        wish = Wish(
            patient_id=whom.patient,
            own_id=clinician_id,
            team=tuple(mate for mate in team if mate != clinician_id),
            place_ms=epoch_ms(now - IN_FRONT),
            due_at=at,
            promised_from=at,
            promise_by=callbacks.policy.promise_by(at, zones),
            owned_until=at + timedelta(hours=service.owned_hours),
            zones=zones,
        )
        holders = directory.store.patients_by_number(tx, self.tools.vault, number, now)
        return callbacks.store.book(
            tx,
            self.tools.vault,
            request_id=new_id(),
            call_id=whom.call_id,
            number=number,
            slot=whom.service if whom.patient in holders else "",
            service=whom.service,
            language=whom.language,
            wish=wish,
            asked_by="clinician",
            now=now,
        )

    def _hers_at(
        self, tx: Connection, promise: Request, clinician_id: str, at: datetime, now: datetime
    ) -> tuple[Request, list[Follow]]:
        hours = timedelta(hours=self.tools.content.services[promise.service].owned_hours)
        hers = {"own_id": clinician_id, "owned_until": at + hours, "due_at": at}
        return lined_up_anew(tx, promise, "called_out", now, **hers, place_ms=epoch_ms(now - IN_FRONT))

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
