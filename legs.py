"""Legs begin, and go on from turn to turn: the rows that a conversation is kept in."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection

import callbacks.store
import calls.store
import editions
import routing.store
from calls.store import Answer, Entry, Fact, LegRecord, Todo
from config.columns import new_id
from ivr import flow, session
from ivr.session import Session, Stage
from ivr.signals import CallArrived, LegAnswered, Party, Signal, StaffCalled
from routing import guests_store
from telephony.inbound import Fetch, LegProgress
from tools import Tools

T = TypeVar("T")
Work = Callable[[Connection], T]


STAFF = frozenset({Party.CLINICIAN, Party.OPERATOR, Party.GUEST, Party.DIALIN})


class Outrun(Exception):
    """Somebody changed a row that this turn rests on; the turn is decided anew."""


def of(tx: Connection, fetch: Fetch, tools: Tools) -> LegRecord:
    """The leg that asks: known, new, or that of a clinician who called us and to whom a call comes now."""
    leg = calls.store.lock_leg(tx, fetch.sid)
    if leg is None:
        return begin(tx, fetch, tools)
    if leg.party == Party.DIALIN and fetch.begins is Party.CLINICIAN and isinstance(fetch.signal, LegAnswered):
        return _turned_over(tx, leg, int(fetch.signal.reference), fetch.signal, tools)
    return leg


def _turned_over(tx: Connection, leg: LegRecord, offer_id: int, signal: LegAnswered, tools: Tools) -> LegRecord:
    """A clinician on the line with us is offered a call: his leg is that offer's from now on."""
    offer = routing.store.offer(tx, offer_id)
    if offer is None:
        raise KeyError("an offer that was never made")
    routing.store.lock_offer(tx, offer_id)
    routing.store.adopt_leg(tx, offer_id, leg.sid)
    calls.store.end_call(tx, leg.call_id, tools.now())
    first = flow.first_session(signal, Party.CLINICIAN)
    moved = calls.store.turn_over(
        tx,
        leg,
        call_id=offer.call_id,
        party=first.party,
        stage=first.stage,
        session=_sealed(first, tools),
        offer_id=offer_id,
    )
    now_its = calls.store.lock_leg(tx, leg.sid) if moved else None
    if now_its is None:
        raise Outrun
    return now_its


def begin(tx: Connection, fetch: Fetch, tools: Tools) -> LegRecord:
    """A leg's first fetch: its row, and its call's row where it is a new call."""
    party = fetch.begins or Party.PATIENT
    first = flow.first_session(fetch.signal, party, line_called(fetch.signal, tools))
    match fetch.signal:
        case LegAnswered(party=Party.CLINICIAN, reference=reference):
            return _adopt_offer(tx, fetch.sid, int(reference), first, tools)
        case LegAnswered(party=Party.RETURNED, reference=reference):
            return _adopt_attempt(tx, fetch.sid, int(reference), first, tools)
        case LegAnswered(party=Party.GUEST, reference=reference):
            return _adopt_guest(tx, fetch.sid, int(reference), first, tools)
        case LegAnswered(party=Party.OPERATOR, reference=parent):
            call_id = call_of_leg(tx, parent)
        case StaffCalled():
            call_id = _staff_call(tx, tools)
        case _:
            call_id = _new_call(tx, fetch.signal, tools)
    return _open_leg(tx, fetch.sid, call_id, first, tools)


def line_called(signal: Signal, tools: Tools) -> str:
    """The key of the line that was called; "" for the first one."""
    return tools.lines_by_number().get(signal.dialled, "") if isinstance(signal, CallArrived) else ""


def call_of_leg(tx: Connection, sid: str) -> str:
    """The call a leg belongs to; `Outrun` never heals an unknown leg, so that is a KeyError."""
    known = calls.store.leg(tx, sid)
    if known is None:
        raise KeyError("a leg of no call of ours")
    return known.call_id


def _new_call(tx: Connection, signal: Signal, tools: Tools) -> str:
    arrived = signal if isinstance(signal, CallArrived) else CallArrived(None, tools.settings.center_number)
    call_id, caller = new_id(), arrived.caller
    editions.keep(tx, tools)
    calls.store.open_call(
        tx,
        call_id=call_id,
        dialled=arrived.dialled[:20],
        caller_hash=tools.vault.digest("number", caller) if caller else None,
        caller_sealed=tools.vault.seal(caller) if caller else None,
        attested=arrived.attested,
        language=tools.content.languages[0],
        now=tools.now(),
        content=tools.content.version,
    )
    return call_id


def _staff_call(tx: Connection, tools: Tools) -> str:
    """A clinician calls us: a call that no list of patients' calls shows. Whose phone it is proves nothing."""
    call_id, line = new_id(), tools.content.clinician_line
    editions.keep(tx, tools)
    calls.store.open_call(
        tx,
        call_id=call_id,
        dialled=line.number if line else "",
        caller_hash=None,
        caller_sealed=None,
        language=tools.content.languages[0],
        now=tools.now(),
        content=tools.content.version,
        staff=True,
    )
    return call_id


def _adopt_offer(tx: Connection, sid: str, offer_id: int, first: Session, tools: Tools) -> LegRecord:
    """The clinician's leg introduces itself by its URL, also when we never learned that the call was placed."""
    offer = routing.store.offer(tx, offer_id)
    if offer is None:
        raise KeyError("an offer that was never made")
    routing.store.lock_offer(tx, offer_id)
    routing.store.adopt_leg(tx, offer_id, sid)
    return _open_leg(tx, sid, offer.call_id, first, tools, offer_id=offer_id)


def _adopt_attempt(tx: Connection, sid: str, attempt_id: int, first: Session, tools: Tools) -> LegRecord:
    attempt = callbacks.store.attempt(tx, attempt_id)
    promise = callbacks.store.request(tx, attempt.request_id) if attempt else None
    if attempt is None or promise is None:
        raise KeyError("an attempt that was never intended")
    routing.store.lock_wait(tx, promise.call_id)
    wanted = adopt_attempt(tx, attempt_id, sid, tools)
    if not wanted:  # the attempt is over, or has another call: whoever answers this one hears that we are sorry
        return _open_leg(tx, sid, promise.call_id, replace(first, attempt=None), tools)
    return _open_leg(tx, sid, promise.call_id, first, tools, offer_id=attempt.offer_id, attempt_id=attempt_id)


def _adopt_guest(tx: Connection, sid: str, guest_id: int, first: Session, tools: Tools) -> LegRecord:
    guest = guests_store.guest(tx, guest_id)
    if guest is None:
        raise KeyError("a guest who was never asked")
    guests_store.adopt(tx, guest_id, sid)
    return _open_leg(tx, sid, guest.call_id, first, tools)


def adopt_attempt(tx: Connection, attempt_id: int, sid: str, tools: Tools) -> bool:
    """A call introduces itself as that of an attempt; False if it is not wanted (any more)."""
    seconds = tools.settings.patient_ring_seconds
    return callbacks.store.adopt(tx, attempt_id, sid, now=tools.now(), ring_seconds=seconds)


def begin_unanswered(tx: Connection, notice: LegProgress, tools: Tools) -> LegRecord | None:
    """A leg that ended before anybody answered it; None when it is none of ours."""
    if notice.offer is not None:
        first = Session(party=Party.CLINICIAN, stage=Stage.OFFERED, offer=notice.offer)
        return _adopt_offer(tx, notice.sid, notice.offer, first, tools)
    if notice.attempt is not None:
        first = Session(party=Party.RETURNED, stage=Stage.RETURN_GREETING, attempt=notice.attempt)
        return _adopt_attempt(tx, notice.sid, notice.attempt, first, tools)
    if notice.guest is not None:
        first = Session(party=Party.GUEST, stage=Stage.INVITED, guest=notice.guest)
        return _adopt_guest(tx, notice.sid, notice.guest, first, tools)
    return None


def _open_leg(
    tx: Connection,
    sid: str,
    call_id: str,
    first: Session,
    tools: Tools,
    *,
    offer_id: int | None = None,
    attempt_id: int | None = None,
) -> LegRecord:
    leg = calls.store.open_leg(
        tx,
        sid=sid,
        call_id=call_id,
        party=first.party,
        stage=first.stage,
        session=_sealed(first, tools),
        now=tools.now(),
        offer_id=offer_id,
        attempt_id=attempt_id,
    )
    if leg is None:
        raise Outrun  # its first fetch came twice at once: the other one has it
    return leg


def _sealed(state: Session, tools: Tools) -> str:
    return tools.vault.seal(session.to_json(state))


def remember(
    tx: Connection,
    leg: LegRecord,
    after: Session,
    turn: int,
    tools: Tools,
    *,
    facts: Sequence[Fact],
    todos: Sequence[Todo],
    answer: Answer | None = None,
) -> list[Entry]:
    """Write the turn: session, facts, outbox, and the document given (none: the leg has ended); what is to be done.

    `Outrun` if the leg moved.
    """
    entries = calls.store.advance(
        tx,
        leg,
        turn=turn,
        stage=after.stage,
        session=_sealed(after, tools),
        now=tools.now(),
        offer_id=after.offer if after.offer is not None else leg.offer_id,
        facts=facts,
        todos=todos,
        answer=answer,
    )
    if entries is None:
        raise Outrun
    return entries
