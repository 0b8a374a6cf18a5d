"""A clinician on the line that clinicians call: who he is, how it stands for him, what he sets, hears and settles."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

import calls.store
import directory.store
import duty
import routing.store
from calls import audit_store, messages_store, work, work_store
from calls.messages_store import Message, Sound
from calls.store import Fact
from calls.work import Item, Kind
from config.vault import Unreadable
from directory.clinicians import Clinician
from directory.store import PhoneRefused
from ivr import effects as fx
from ivr.knowledge import (
    CheckStaffPin,
    DutyFacts,
    LookForMessage,
    ReadShiftPhone,
    ReadyFacts,
    RingFacts,
    SignInFacts,
    StaffMessage,
)
from ringing_out import RingingOut
from routing import policy
from routing.needs import Follow, OnDuty, WaitState, asked_for
from routing.presence import Presence, State, absent, choose
from tools import Tools

SOUND_MAY_BE_FETCHED = timedelta(minutes=5)
DEALT_WITH = "arranged"  # of `calls.work.BY_HAND`


# --- what is known ----------------------------------------------------------------------------------------------------


def sign_in(tx: Connection, tools: Tools, asked: CheckStaffPin, now: datetime) -> SignInFacts:
    """Whose staff number and PIN these are."""
    locked = directory.store.dial_in_locked(tx, tools.vault, asked.staff_number, asked.caller, now)
    who = "" if locked else directory.store.check_staff(tx, tools.vault, asked.staff_number, asked.pin)
    return SignInFacts(who, locked, duty_facts(tx, tools, who, now) if who else None)


def duty_facts(
    tx: Connection, tools: Tools, clinician_id: str, now: datetime, *, if_ready: bool = False
) -> DutyFacts | None:
    """How it stands for a clinician; None when there is no such person any more.

    `if_ready`: also until when he would be ready, did he become so now.
    """
    person = directory.store.clinician(tx, clinician_id)
    if person is None:
        return None
    seen = routing.store.presence_of(tx, clinician_id) or absent(clinician_id, now)
    return DutyFacts(
        given=person.given,
        state=seen.state,
        reason=seen.reason or "",
        until=seen.until,
        free_until=seen.free_until,
        zone=_zone(tools),
        waiting=_waiting(tx, tools, person, now),
        messages=len(_messages(tx, tools, person, now)),
        phone=directory.store.clinician_phone(tx, tools.vault, clinician_id, now) or "",
        if_ready=_if_ready(tx, seen, now) if if_ready else None,
    )


def _if_ready(tx: Connection, seen: Presence, now: datetime) -> ReadyFacts:
    hours_end = directory.store.shift_ends(tx, seen.clinician_id, now)
    then = choose(seen, State.READY, None, None, now, hours_end=hours_end)
    return ReadyFacts(then.free_until, by_hours=then.free_until is not None and then.free_until == hours_end)


def _zone(tools: Tools) -> str:
    return tools.content.home.zone


def _waiting(tx: Connection, tools: Tools, person: Clinician, now: datetime) -> int:
    """How many wait whom he could take, were he ready."""
    able = OnDuty(person.id, dict(person.skills), tuple(person.languages), person.site_id)
    seen = routing.store.presence_of(tx, person.id) or absent(person.id, now)
    ready = replace(seen, state=State.READY)
    lines = set(policy.duty_entry(ready, able, asked_for(tools.content.services.values(), able)).lines)
    waiting = [wait for wait in routing.store.waits_open(tx) if wait.state is WaitState.WAITING]
    entries = [policy.wait_entry(wait, policy.ladder_of(wait)) for wait in waiting]
    return sum(
        person.id not in entry.avoid and any(stand.line in lines for stand in entry.stands) for entry in entries
    )


def _messages(tx: Connection, tools: Tools, person: Clinician, now: datetime) -> list[tuple[Item, Message]]:
    """The messages that he or his team owes an answer, and whose sound is here, in the order of their urgency."""
    services = [key for key, service in tools.content.services.items() if person.skills.get(service.skill)]
    owed = work_store.undone(tx, now, owner_id=person.id, services=services)
    his = [item for item in owed if item.kind is Kind.MESSAGE and item.claimed_by in (None, person.id)]
    found = [(item, messages_store.message(tx, item.subject)) for item in his]
    return [(item, message) for item, message in found if message is not None and message.sound is Sound.KEPT]


def next_message(tx: Connection, tools: Tools, asked: LookForMessage, now: datetime) -> StaffMessage | None:
    """The next message that a clinician has not heard in this call, or the one that he hears."""
    person = directory.store.clinician(tx, asked.clinician)
    found = _messages(tx, tools, person, now) if person else []
    wanted = (
        (item, message)
        for item, message in found
        if message.id == asked.this or (not asked.this and message.id not in asked.passed)
    )
    item, message = next(wanted, (None, None))
    if item is None or message is None:
        return None
    card = directory.store.patient_card(tx, tools.vault, item.patient_id) if item.patient_id else None
    return StaffMessage(
        message.id, item.id, message.service, card.shown if card else "", message.left_at, _zone(tools)
    )


def may_ring(tx: Connection, tools: Tools, clinician_id: str, item_id: str, now: datetime) -> RingFacts:
    """Whether whom this work is about may be rung for him now."""
    return RingFacts(RingingOut(tx, tools, clinician_id, now).why_not(item_id))


def readable_phone(tx: Connection, tools: Tools, asked: ReadShiftPhone) -> str | None:
    """The number that may ring him, if the entry is one."""
    lines = (line.number for line in tools.content.lines.values() if line.number != "center")
    ours = [tools.settings.center_number, tools.settings.operator_number, *lines]
    if tools.content.clinician_line is not None:
        ours.append(tools.content.clinician_line.number)
    try:
        return directory.store.fit_for_shift(tx, tools.vault, asked.clinician, asked.entry, own=ours)
    except PhoneRefused:
        return None


# --- what is done -----------------------------------------------------------------------------------------------------


def signed_in(tx: Connection, sid: str, clinician_id: str, now: datetime) -> None:
    """He is on this leg from now on: a call for him comes to it."""
    calls.store.name_caller(tx, sid, clinician_id)
    _audit(tx, clinician_id, "signed_in_by_phone", None, now)


def failed(tx: Connection, tools: Tools, staff_number: str, caller: str | None, now: datetime) -> None:
    """Nobody's entries: counted, and on the trail."""
    directory.store.count_failed_dial_in(tx, tools.vault, staff_number, caller, now)
    audit_store.record(tx, actor="phone", action="dial_in_failed", subject=None, details={}, now=now)


def set_duty(tx: Connection, effect: fx.SetDuty, now: datetime) -> list[Follow]:
    """He does this now."""
    wanted = State(effect.state)
    until = now + timedelta(minutes=effect.minutes) if effect.minutes else None
    follows = duty.choose(tx, effect.clinician, wanted, reason=effect.reason or None, until=until, now=now)
    _audit(tx, effect.clinician, "set_presence", effect.clinician, now, {"state": wanted.value, "by": "phone"})
    return follows


def set_phone(tx: Connection, tools: Tools, effect: fx.SetShiftPhone, now: datetime) -> None:
    """This phone rings him for the shift."""
    directory.store.set_shift_phone(tx, tools.vault, effect.clinician, effect.number or None, now)
    _audit(tx, effect.clinician, "shift_phone_set", effect.clinician, now)


def heard_message(tx: Connection, clinician_id: str, message_id: str, now: datetime) -> None:
    """He is played a message: on the trail before he hears it."""
    message = messages_store.message(tx, message_id)
    if message is not None:
        subject = message.patient_id or message.call_id
        _audit(tx, clinician_id, "heard_message", subject, now, {"of": message.id, "by": "phone"})


def done_with(tx: Connection, effect: fx.DoneWithMessage, now: datetime) -> None:
    """What a message asked for is dealt with. Somebody may have said so before him: then it stays as it is."""
    after = work_store.change(
        tx, effect.item, lambda item: work.done(item, by=effect.clinician, outcome=DEALT_WITH, now=now)
    )
    if after is None:
        return
    told = {"kind": after.kind.value, "by": effect.clinician, "outcome": DEALT_WITH}
    key = f"finish_work:{after.id}:{after.version}"
    calls.store.write_journal(tx, [Fact(key, after.call_id, "work_done", now, None, told)])
    details = {"of": after.id, "outcome": DEALT_WITH, "by": "phone"}
    _audit(tx, effect.clinician, "finish_work", after.patient_id or after.call_id, now, details)


def ring_patient(tx: Connection, tools: Tools, effect: fx.RingPatient, now: datetime) -> list[Follow]:
    """Whom a message is about is rung, as from his page; `Refused` where something stands against it by now."""
    out = RingingOut(tx, tools, effect.clinician, now)
    return out.for_work(effect.item, _actor(tx, effect.clinician))[1]


def _audit(
    tx: Connection,
    clinician_id: str,
    action: str,
    subject: str | None,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    actor = _actor(tx, clinician_id)
    audit_store.record(tx, actor=actor, action=action, subject=subject, details=details or {}, now=now)


def _actor(tx: Connection, clinician_id: str) -> str:
    """The login of his account, as for what he does on his page."""
    login = directory.store.login_of_staff(tx, clinician_id)
    return f"user:{login}" if login else clinician_id


# --- the sound of a message, for the carrier --------------------------------------------------------------------------


def sound_token(tools: Tools, message_id: str, sid: str) -> str:
    """What opens the sound of one message, on one leg, for a few minutes. Sealed: it says nothing to others."""
    until = int((tools.now() + SOUND_MAY_BE_FETCHED).timestamp())
    return tools.vault.seal(f"{message_id}:{sid}:{until}")


def sound_for(tools: Tools, token: str) -> bytes | None:
    """The sound (WAV) that a token opens; None when it is none of ours, too old, or its clinician has hung up."""
    try:
        message_id, sid, until = tools.vault.open(token).split(":")
    except (Unreadable, ValueError):
        return None
    if int(until) < tools.now().timestamp():
        return None
    with tools.database.reading() as tx:
        sealed = messages_store.sound(tx, message_id) if calls.store.is_named(tx, sid) else None
    return tools.vault.open_bytes(sealed) if sealed is not None else None
