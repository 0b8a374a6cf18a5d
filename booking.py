"""Books a callback that another program asks for. One transaction; asked again by the same key, nothing changes."""

import hashlib
import json
from datetime import datetime, timedelta

from sqlalchemy import Connection

import appointments
import callbacks.policy
import callbacks.questions_store
import callbacks.store
import calls.store
import directory.store
import workload
from callbacks import outside_store
from callbacks.outside import Answered, Asked, NotAccepted, OtherBody, TooMany, Wrong
from callbacks.policy import Wished, Zones
from callbacks.requests import OUTSIDE, BookedOrExisting, Kind, Wish
from calls import audit_store
from calls.store import Fact
from config.columns import new_id
from directory import own_numbers_store
from directory.numbers import callable_number
from routing.needs import epoch_ms
from tools import Tools

DAY = timedelta(days=1)


def book(tools: Tools, client: str, key: str, body: bytes, asked: Asked) -> Answered:
    """Promise the call; NotAccepted, TooMany or OtherBody if that cannot be, and then nothing is kept."""
    now, body_hash = tools.now(), hashlib.sha256(body).hexdigest()
    with tools.database.transaction() as tx:
        before = outside_store.claim(tx, client, key, body_hash, now)
        if before is not None:
            if before.body_hash != body_hash:
                raise OtherBody
            return Answered(json.loads(before.answer), again=True)
        booked, call_id = _booked(tx, tools, asked, now)
        told = _told(booked)
        outside_store.keep(tx, client, key, promise=booked.request.id, reason=asked.reason, answer=json.dumps(told))
        _write_down(tx, client, asked, booked, call_id, now)
    tools.hint()
    return Answered(told)


def _booked(tx: Connection, tools: Tools, asked: Asked, now: datetime) -> tuple[BookedOrExisting, str]:
    number = _number(tx, tools, asked, now)
    language = asked.language or (asked.patient and own_numbers_store.language_of(tx, asked.patient)) or ""
    wish = _wish(tx, tools, asked, number, now)
    call_id = new_id()
    spoken = language if language in tools.content.languages else tools.content.languages[0]
    calls.store.open_call(
        tx, call_id=call_id, dialled="", caller_hash=None, caller_sealed=None, language=spoken, now=now
    )
    calls.store.note_call(
        tx, call_id, patient_id=asked.patient, service=asked.service, outcome="callback", ended_at=now
    )
    holders = directory.store.patients_by_number(tx, tools.vault, number, now)
    booked = callbacks.store.book(
        tx,
        tools.vault,
        request_id=new_id(),
        call_id=call_id,
        number=number,
        slot=asked.service if asked.patient in holders else "",
        service=asked.service,
        language=spoken,
        wish=wish,
        asked_by=OUTSIDE,
        now=now,
    )
    return booked, call_id


def _number(tx: Connection, tools: Tools, asked: Asked, now: datetime) -> str:
    """The number to ring: the one that was named, else the patient's own; judged as one that is entered by key."""
    if asked.patient is not None and not own_numbers_store.is_patient(tx, asked.patient):
        raise NotAccepted(Wrong("patient", "nobody with this id", "the id of a living patient of the directory"))
    named = [asked.number] if asked.number else own_numbers_store.numbers_of(tx, tools.vault, str(asked.patient), now)
    own = (tools.settings.center_number, tools.settings.operator_number)
    allowed = [number for entry in named if (number := callable_number(entry, own=own))]
    wished = [number for number in allowed if appointments.may_ring(tx, tools, number, asked.patient)]
    if not wished:
        why = "a number that he, or whoever has it, does not want to be rung" if allowed else "none that may be rung"
        raise NotAccepted(Wrong("number", why, "a number of the United States that the patient allows"))
    digest = tools.vault.digest("number", wished[0])
    if len(callbacks.questions_store.booked_since(tx, now - DAY, number=digest)) >= appointments.PROMISES:
        raise TooMany
    return wished[0]


def _wish(tx: Connection, tools: Tools, asked: Asked, number: str, now: datetime) -> Wish:
    service = tools.content.services[asked.service]
    zones = appointments.zones(tx, number, asked.patient)
    own, team = directory.store.care(tx, asked.patient, service.skill, now) if asked.patient else (None, ())
    if asked.own and own is None:
        raise NotAccepted(Wrong("clinician", "own, but the record names none for this service", "any"))
    wished = directory.store.wished_hours(tx, asked.patient, zones)
    opens = workload.once_open(tx, "", asked.service, tools, now)
    begins, ends = asked.window or _as_soon_as_possible(zones, opens, wished)
    seconds = int((ends - begins).total_seconds()) - 1
    if asked.window and not callbacks.policy.rings_in_window(begins, zones, seconds):
        raise NotAccepted(Wrong("when", "a time at night where the patient is", "08:00 to 20:00 there"))
    if asked.window and not callbacks.policy.rings_in_window(begins, zones, seconds, wished):
        raise NotAccepted(Wrong("when", "a time at which he does not wish to be rung", "one within the hours he chose"))
    if wished and appointments.first_hour(tx, tools, asked.service, (zones, wished), now) is None:
        raise NotAccepted(Wrong("patient", "one who can be rung in no hour at which we are open", "a person decides"))
    return Wish(
        patient_id=asked.patient,
        own_id=own.clinician if own else None,
        team=tuple(team),
        place_ms=epoch_ms(now) - service.head_start_seconds * 1000,
        due_at=begins,
        promised_from=begins,
        promise_by=ends,
        kind=Kind.WINDOW if asked.window else Kind.PLACE,
        owned_until=begins + timedelta(hours=service.owned_hours) if asked.own else None,
        zones=zones,
    )


def _as_soon_as_possible(zones: Zones, opens: datetime, wished: Wished) -> tuple[datetime, datetime]:
    """From when we are open (now, if we are), it is day where the patient is, and an hour of his choice."""
    begins = callbacks.policy.next_allowed(opens, zones, wished)
    return begins, callbacks.policy.promise_by(begins, zones, wished=wished)


def _told(booked: BookedOrExisting) -> dict[str, object]:
    promise = booked.request
    return {
        "promise": promise.id,
        "joined": not booked.created,
        "state": promise.state.value,
        "from": promise.promised_from.isoformat(),
        "by": promise.promise_by.isoformat(),
        "clinician": "own" if promise.own_id else "any",
    }


def _write_down(
    tx: Connection, client: str, asked: Asked, booked: BookedOrExisting, call_id: str, now: datetime
) -> None:
    """The journal tells that it was promised, the audit trail who asked for whom, and why."""
    promise = booked.request
    details: dict[str, object] = {
        "service": asked.service,
        "language": promise.language,
        "own": promise.own_id,
        "by": "outside",
    }
    details |= {} if booked.created else {"merged": True}
    calls.store.write_journal(tx, [Fact(f"outside:{call_id}", call_id, "callback_booked", now, None, details)])
    audit_store.record(
        tx,
        actor=f"client:{client}"[:64],
        action="asked_for_callback",
        subject=asked.patient or call_id,
        details={"promise": promise.id, "reason": asked.reason},
        now=now,
    )
