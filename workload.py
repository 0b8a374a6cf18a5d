"""What people owe patients: messages, callers who gave up, and promises we could not keep become work with an owner.

No item is without owner and due time; it is closed by a person, or because the patient reached us after all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

import calls.store
import facts
from callbacks import promised_store
from callbacks.requests import Request
from calls import messages_store, work, work_store
from calls.store import Fact
from calls.work import Item, Kind
from config.columns import new_id
from config.content import Service
from directory import care_store
from ivr.knowledge import calendar_of
from routing.needs import Follow
from tools import Tools

SHORT_WAIT = timedelta(seconds=10)  # who hangs up sooner did not give up: he changed his mind


@dataclass(frozen=True)
class Left:
    """A message as somebody left it. `line` is the key of the line he called, `own` the clinician who is to have it."""

    call_id: str
    recording: str
    seconds: int
    service: str
    language: str
    own: str | None = None
    patient: str | None = None
    line: str = ""


def keep_message(tx: Connection, left: Left, tools: Tools, now: datetime) -> list[Follow] | None:
    """A message somebody owns, whose sound is to be fetched. None if this recording is one already."""
    key = new_id()
    kept = messages_store.keep(
        tx,
        id=key,
        call_id=left.call_id,
        recording=left.recording,
        seconds=left.seconds,
        service=left.service,
        language=left.language,
        patient_id=left.patient,
        left_at=now,
    )
    if not kept:
        return None
    hours = timedelta(hours=_service(left.service, tools).message_hours)
    due = once_open(tx, left.line, left.service, tools, now) + hours
    whom = (left.call_id, left.service, left.language, left.own)
    call = calls.store.call(tx, left.call_id) or {}
    _open(tx, Kind.MESSAGE, key, *whom, due, now, number=_number(call), patient=left.patient)
    answered_otherwise(tx, left.call_id, now)
    calls.store.note_call(tx, left.call_id, outcome="voicemail")
    return [Follow("fetch_message", key)]


def gave_up(tx: Connection, call_id: str, own: str | None, line: str, joined_at: datetime, tools: Tools) -> bool:
    """A caller hung up while he waited. Whether that is work: not a short wait, nor one whom nobody could ring back."""
    now = tools.now()
    call = calls.store.call(tx, call_id) or {}
    service = str(call.get("service") or "")
    if now - joined_at < SHORT_WAIT or service not in tools.content.services:
        return False
    if not _can_be_reached(tx, call, tools, now):
        return False
    due = once_open(tx, line, service, tools, now) + timedelta(minutes=_service(service, tools).follow_up_minutes)
    whom = (call_id, service, str(call["language"]), own)
    number, patient = _number(call), call.get("patient_id")
    return _open(tx, Kind.GAVE_UP, call_id, *whom, due, now, number=number, patient=patient)


def _number(call: Mapping[str, Any]) -> tuple[str | None, str | None]:
    return call.get("caller_hash"), call.get("caller_sealed")


def _can_be_reached(tx: Connection, call: Mapping[str, Any], tools: Tools, now: datetime) -> bool:
    """Whether he proved who he is or his number is on a record, he has a number, and nobody owes it a call."""
    patient, number = call.get("patient_id"), call.get("caller_hash")
    if not number or promised_store.has_open(tx, patient_id=patient, number_hash=number):
        return False
    if work_store.owed_to(tx, Kind.PROMISE, patient_id=patient, number_hash=number):
        return False
    return bool(patient) or facts.caller_facts(tx, tools, str(call["id"]), now).hint


def hand_over(tx: Connection, promise: Request, tools: Tools) -> bool:
    """A promise that we could not keep by ourselves is a person's from now on. False if it is already.

    A clinician who rang out of work has that work still, and decides what comes next.
    """
    now = tools.now()
    if promise.asked_by == "clinician" and _is_somebodys_work(tx, promise):
        return False
    minutes = timedelta(minutes=_service(promise.service, tools).follow_up_minutes)
    call = calls.store.call(tx, promise.call_id) or {}
    line = tools.lines_by_number().get(str(call.get("dialled")), "")
    due = once_open(tx, line, promise.service, tools, now) + minutes
    number = promised_store.number_of(tx, promise.id)
    whom = (promise.call_id, promise.service, promise.language, promise.own_id)
    return _open(tx, Kind.PROMISE, promise.id, *whom, due, now, number=number, patient=promise.patient_id)


def _is_somebodys_work(tx: Connection, promise: Request) -> bool:
    """Whether the work out of which a clinician rang stands, or somebody said since how it ended."""
    items = work_store.of_call(tx, promise.call_id)
    return any(item.done_at is None or item.done_at >= promise.booked_at for item in items)


def rung_back(tx: Connection, promise: Request, clinician_id: str, now: datetime) -> None:
    """A clinician rang the patient out of her work, and talks with him: what was owed from that call is dealt with."""
    if promise.asked_by != "clinician":
        return
    for item in work_store.of_call(tx, promise.call_id):
        done = partial(work.done, by=clinician_id, outcome=work.REACHED, now=now)
        if ended := work_store.change(tx, item.id, done):
            _tell(tx, ended, "work_done", now, outcome=work.REACHED)


def answered_otherwise(tx: Connection, call_id: str, now: datetime, *, talked: bool = False) -> None:
    """The patient of this call reached us: nobody need ring him for having given up.

    If he talked with a person, nobody need keep a promise to him that could not be kept before, either.
    """
    call = calls.store.call(tx, call_id) or {}
    kinds = (Kind.GAVE_UP, Kind.PROMISE) if talked else (Kind.GAVE_UP,)
    patient, number = call.get("patient_id"), call.get("caller_hash")
    found = (item for kind in kinds for item in work_store.owed_to(tx, kind, patient_id=patient, number_hash=number))
    his = (item for item in found if patient is None or item.patient_id in (None, patient))  # two may share a phone
    for item in his:
        ended = work_store.change(tx, item.id, partial(work.done, by="center", outcome=work.CAME_BACK, now=now))
        if ended:
            _tell(tx, ended, "work_done", now, outcome=work.CAME_BACK)


def keep_in_order(tx: Connection, tools: Tools) -> int:
    """Wake what slept long enough, and hand what is late to the whole team; how many changed."""
    now, changed = tools.now(), 0
    for item in work_store.due(tx, now):
        after = work_store.change(tx, item.id, partial(_in_order, now=now))
        if after and after.escalated_at != item.escalated_at:
            _tell(tx, after, "work_escalated", now, kind=after.kind.value)
        changed += after is not None
    return changed


def _in_order(item: Item, now: datetime) -> Item | None:
    return work.escalated(item, now) or work.woken(item, now)


def _open(
    tx: Connection,
    kind: Kind,
    subject: str,
    call_id: str,
    service: str,
    language: str,
    own: str | None,
    due: datetime,
    now: datetime,
    *,
    number: tuple[str | None, str | None],
    patient: str | None,
) -> bool:
    """Write the item. `number` is where the patient can be rung: its keyed hash, and sealed."""
    item_id = new_id()
    opened = work_store.open_item(
        tx,
        item_id=item_id,
        kind=kind,
        subject=subject,
        call_id=call_id,
        patient_id=patient,
        number_hash=number[0],
        number_sealed=number[1],
        service=service,
        language=language,
        owner_id=own,
        discharged_at=care_store.discharged_at(tx, str(patient), now) if patient else None,
        due_at=due,
        now=now,
    )
    item = work_store.item(tx, item_id) if opened else None
    if item:
        _tell(tx, item, "work_opened", now, kind=kind.value, own=own)
    return opened


def _tell(tx: Connection, item: Item, fact: str, now: datetime, **details: object) -> None:
    key = f"{fact}:{item.id}:{item.version}"
    calls.store.write_journal(tx, [Fact(key, item.call_id, fact, now, None, details)])


def once_open(tx: Connection, line: str, service: str, tools: Tools, now: datetime) -> datetime:
    """Now, or when the service opens, which has its own hours or those of the line."""
    hours = facts.hours(tx, tools, now, calendar_of(tools.content.calendar(service, line), service))
    return now if hours.open or hours.opens_at is None else hours.opens_at


def _service(key: str, tools: Tools) -> Service:
    services = tools.content.services
    return services.get(key) or next(iter(services.values()))
