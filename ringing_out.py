"""The rules of a clinician's call to a patient, for pages and phone: who may be rung, where, when, and as what promise.

What she asks for is a promise of her own, due at once or in some minutes, in front of all who wait but those in danger.
What the patient is promised already is kept instead, if it is the same patient's and its time has come. Whatever stands
against it raises `Refused` with a sentence, before anything is changed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

import appointments
import callbacks.policy
import callbacks.questions_store
import callbacks.store
import calls.store
import directory.store
import routing.store
from callbacks.policy import Wished, Zones
from callbacks.requests import BookedOrExisting, Kind, Request, RequestState, Wish
from calls import audit_store, work, work_store
from calls.store import Fact
from calls.work import Item
from config.columns import new_id
from directory import own_numbers_store
from directory.numbers import callable_number
from ivr.knowledge import Unrung
from refused import Refused
from routing.needs import Follow, epoch_ms
from tools import Tools

BEING_RUNG = "The patient is being rung for this just now."
CHANGED = "Somebody else has changed this meanwhile. It is shown as it is now."
NO_NUMBER = "No number is known at which this patient may be rung."
AT_NIGHT = "It is too early or too late to call where the patient is. He may be rung from 8 AM to 8 PM there."
NOT_HIS_HOURS = "This patient chose the hours in which he is rung, and this is none of them."
CLOSED = "The center is closed then, and rings nobody."
NOT_YET = "This patient was promised a call at another time. Ring him then, or ask him to call in."
NOT_HERS = "This patient wishes not to be called by you."
ANOTHERS = "Somebody else is promised a call at this number. That one comes first."
COLLEAGUES = "A colleague is about to ring this patient."
NO_SERVICE = "What this was about is offered no longer. Note how it ends, or give it to somebody."
HEARD_AS = {  # what each is called on the phone, which has words of its own
    BEING_RUNG: Unrung.BEING_RUNG,
    CHANGED: Unrung.CHANGED,
    NO_NUMBER: Unrung.NO_NUMBER,
    AT_NIGHT: Unrung.AT_NIGHT,
    NOT_HIS_HOURS: Unrung.NOT_HIS_HOURS,
    CLOSED: Unrung.CLOSED,
    NOT_YET: Unrung.NOT_YET,
    NOT_HERS: Unrung.NOT_HERS,
    ANOTHERS: Unrung.ANOTHERS,
    COLLEAGUES: Unrung.COLLEAGUES,
    NO_SERVICE: Unrung.NO_SERVICE,
}


@dataclass(frozen=True)
class Whom:
    """Who is to be rung, and about what. `call_id` is the call that it belongs to."""

    call_id: str
    patient: str | None
    service: str
    language: str
    number: str | None  # E.164; None: what his record says


@dataclass(frozen=True)
class _Found:
    """That a patient may be rung: by a promise that stands, or at this number within these limits."""

    standing: Request | None
    number: str = ""
    limits: tuple[Zones, Wished] = ((), ())


@dataclass(frozen=True)
class RingingOut:
    """One clinician's calls to patients, in one transaction and at one instant."""

    tx: Connection
    tools: Tools
    clinician: str
    now: datetime

    def why_not(self, item_id: str) -> Unrung | None:
        """What stands against `for_work` now; None if nothing does. Locks the wait, as the deed will."""
        try:
            item = self._item(item_id)
            self._found(self._whom(item), self.now)
            if work.claimed(item, self.clinician, self.now) is None:
                raise Refused(CHANGED)
        except Refused as refused:
            return HEARD_AS[str(refused)]
        return None

    def for_work(self, item_id: str, actor: str) -> tuple[Request, list[Follow]]:
        """The promise to ring whom a message, a caller who gave up or a promise is about; the work is hers."""
        promise, follows = self.promised(self._whom(self._item(item_id)), self.now)
        hers = work_store.change(self.tx, item_id, partial(work.claimed, by=self.clinician, now=self.now))
        if hers is None:
            raise Refused(CHANGED)
        self._note_claim(hers, actor)
        self.note(promise, {"of": item_id}, actor)
        return promise, follows

    def for_callback(self, promise_id: str, actor: str) -> tuple[Request, list[Follow]]:
        """A promised callback, to be kept now."""
        promise, follows = self._kept(self._keepable(promise_id, self.now), self.now)
        self.note(promise, {"of": promise.id}, actor)
        return promise, follows

    def promised(self, whom: Whom, at: datetime) -> tuple[Request, list[Follow]]:
        """A promise of hers that is due at an instant: what stands for this patient already, or a new one.

        A wait is locked before its promise, and both before the work: in the order of everybody else.
        """
        found = self._found(whom, at)
        if found.standing is not None:
            return self._kept(found.standing, at)
        booked = self._booked(whom, found, at)
        if not booked.created:  # by somebody else, since we looked
            raise Refused(CHANGED)
        return booked.request, []

    def note(self, promise: Request, about: dict[str, str], actor: str) -> None:
        """That she asked for it, in the journal and on the audit trail."""
        told = {"promise": promise.id, "to": promise.own_id, "due_at": promise.due_at.isoformat()}
        key = f"called_out:{promise.id}:{promise.version}"
        calls.store.write_journal(self.tx, [Fact(key, promise.call_id, "called_out", self.now, None, told)])
        subject = promise.patient_id or promise.call_id
        audit_store.record(
            self.tx, actor=actor, action="call_out", subject=subject, details=about, now=self.now
        )

    # --- what it takes

    def _item(self, item_id: str) -> Item:
        item = work_store.item(self.tx, item_id)
        if item is None:
            raise Refused(CHANGED)
        return item

    def _whom(self, item: Item) -> Whom:
        number = self.tools.vault.open(item.number_sealed) if item.number_sealed else None
        return Whom(item.call_id, item.patient_id, item.service, item.language, number)

    def _found(self, whom: Whom, at: datetime) -> _Found:
        """What a call to him would keep, or where he may be rung; `Refused` if he may not."""
        if whom.service not in self.tools.content.services:
            raise Refused(NO_SERVICE)
        self._may_call(whom.patient)
        number = self._number(whom)
        digest = self.tools.vault.digest("number", number)
        standing = callbacks.questions_store.standing(
            self.tx, number=digest, patient=whom.patient, service=whom.service, slot=self._slot(whom, number)
        )
        if standing is not None:
            if standing.patient_id not in (None, whom.patient) or standing.service != whom.service:
                raise Refused(ANOTHERS)
            if standing.asked_by == "clinician" and standing.own_id != self.clinician:
                raise Refused(COLLEAGUES)
            return _Found(self._keepable(standing.id, at))
        zones = appointments.zones(self.tx, number, whom.patient)
        limits = (zones, directory.store.hours_where_it_rings(self.tx, whom.patient, digest, zones))
        self._may_ring_at(whom.call_id, whom.service, limits, at)
        routing.store.lock_wait(self.tx, whom.call_id)
        return _Found(None, number, limits)

    def _keepable(self, promise_id: str, at: datetime) -> Request:
        """What was promised already, if it may be kept at an instant; not what was promised for another time."""
        promise = untouched(self.tx, promise_id)
        if promise.service not in self.tools.content.services:
            raise Refused(NO_SERVICE)
        if promise.kind is Kind.WINDOW and at < promise.promised_from:
            raise Refused(NOT_YET)
        self._may_call(promise.patient_id)
        limits = (promise.zones, callbacks.store.wished(self.tx, promise))
        self._may_ring_at(promise.call_id, promise.service, limits, at)
        return promise

    def _kept(self, promise: Request, at: datetime) -> tuple[Request, list[Follow]]:
        """The promise is hers, at an instant."""
        hours = timedelta(hours=self.tools.content.services[promise.service].owned_hours)
        hers = {"own_id": self.clinician, "owned_until": at + hours, "due_at": at, "place_ms": self._in_front()}
        return lined_up_anew(self.tx, promise, "called_out", self.now, **hers)

    def _in_front(self) -> int:
        """Before all who wait; behind everybody in danger, however late he calls."""
        return epoch_ms(self.now - timedelta(seconds=self.tools.content.red_flags.head_start_seconds) / 2)

    def _booked(self, whom: Whom, found: _Found, at: datetime) -> BookedOrExisting:
        service, (zones, hours) = self.tools.content.services[whom.service], found.limits
        team = directory.store.care(self.tx, whom.patient, service.skill, self.now)[1] if whom.patient else ()
        wish = Wish(
            patient_id=whom.patient,
            own_id=self.clinician,
            team=tuple(mate for mate in team if mate != self.clinician),
            place_ms=self._in_front(),
            due_at=at,
            promised_from=at,
            promise_by=callbacks.policy.promise_by(at, zones, wished=hours),
            owned_until=at + timedelta(hours=service.owned_hours),
            zones=zones,
        )
        return callbacks.store.book(
            self.tx,
            self.tools.vault,
            request_id=new_id(),
            call_id=whom.call_id,
            number=found.number,
            slot=self._slot(whom, found.number),
            service=whom.service,
            language=whom.language,
            wish=wish,
            asked_by="clinician",
            now=self.now,
        )

    def _slot(self, whom: Whom, number: str) -> str:
        """One promise a service for a number on the proved patient's record, else one for the number."""
        holders = directory.store.patients_by_number(self.tx, self.tools.vault, number, self.now)
        return whom.service if whom.patient in holders else ""

    def _number(self, whom: Whom) -> str:
        """The number of the call, if he wishes to be rung there; else the best of his record that he allows."""
        record = whom.patient
        known = own_numbers_store.numbers_of(self.tx, self.tools.vault, record, self.now) if record else []
        own = (self.tools.settings.center_number, self.tools.settings.operator_number)
        for entry in [*([whom.number] if whom.number else []), *known]:
            number = callable_number(entry, own=own)
            if number and appointments.may_ring(self.tx, self.tools, number, record):
                return number
        raise Refused(NO_NUMBER)

    def _may_ring_at(self, call_id: str, service: str, limits: tuple[Zones, Wished], at: datetime) -> None:
        zones, wished = limits
        if not callbacks.policy.may_dial(at, zones):
            raise Refused(AT_NIGHT)
        if not callbacks.policy.may_dial(at, zones, wished):
            raise Refused(NOT_HIS_HOURS)
        hours = appointments.hours_of(self.tx, self.tools, call_id, service)
        if not directory.store.open_state(self.tx, hours, at, service).open:
            raise Refused(CLOSED)

    def _may_call(self, patient: str | None) -> None:
        if patient and self.clinician in directory.store.avoided(self.tx, patient):
            raise Refused(NOT_HERS)

    def _note_claim(self, item: Item, actor: str) -> None:
        """She has taken it on, as by the button that says so."""
        told = {"kind": item.kind.value, "by": item.claimed_by or ""}
        key = f"claim_work:{item.id}:{item.version}"
        calls.store.write_journal(self.tx, [Fact(key, item.call_id, "work_claimed", self.now, None, told)])
        subject, details = item.patient_id or item.call_id, {"of": item.id}
        audit_store.record(self.tx, actor=actor, action="claim_work", subject=subject, details=details, now=self.now)


def untouched(tx: Connection, promise_id: str) -> Request:
    """The open promise on which nobody works, with the wait of it locked: that comes first in the order. Or Refused."""
    seen = callbacks.store.request(tx, promise_id)
    if seen is not None:
        routing.store.lock_wait(tx, seen.call_id)
    promise = callbacks.store.request(tx, promise_id)
    if promise is None or promise.state not in (RequestState.BOOKED, RequestState.WAITING, RequestState.CALLING):
        raise Refused(CHANGED)
    wait = routing.store.open_wait_of(tx, promise.call_id)
    rings = wait is not None and wait.callback_id == promise.id and wait.state != "waiting"
    if promise.state is RequestState.CALLING or rings:
        raise Refused(BEING_RUNG)
    return promise


def lined_up_anew(
    tx: Connection, promise: Request, why: str, now: datetime, **changes: Any
) -> tuple[Request, list[Follow]]:
    """An untouched promise is changed; where it stands in line already, out of it, and in again as it is now."""
    follows = []
    if promise.state is RequestState.WAITING:
        callbacks.store.postpone(tx, promise.id, now, now, why)
        follows = routing.store.leave(tx, call_id=promise.call_id, callback_id=promise.id, why=why, now=now)
        promise = untouched(tx, promise.id)
    after = callbacks.store.change(tx, promise, why, now, **changes)
    if after is None:
        raise Refused(CHANGED)
    return after, follows
