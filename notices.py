"""What the carrier's notices do: a phone rings, somebody enters a room, a recording is there. None advances a turn."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

import appointments
import callbacks.store
import calls.store
import editions
import routing.store
import workload
from calls import messages_store
from calls.store import Entry, Fact, LegRecord
from deeds import drop_message, outbox, public, room_follow
from ivr import effects as fx
from ivr import session
from ivr.effects import Effect
from ivr.no_one import SHORTEST_MESSAGE
from ivr.session import Session, Stage
from ivr.signals import Ending, Party
from legs import adopt_attempt
from routing.needs import LOOK_AGAIN, Follow
from routing.offers import OPEN, Offer
from routing.offers import State as OfferState
from telephony.inbound import LegProgress, RecordingDone, RoomEvent
from tools import Tools
from workload import Left

CAUSE_WITHIN = timedelta(seconds=3)  # notices overtake one another by less than this
STARTED, JOINED = "conference-start", "participant-join"
ROOM_EVENTS = frozenset({STARTED, JOINED})
RECONCILED = "reconciled"  # the event of an end that the carrier told because we asked


def ringing(tx: Connection, notice: LegProgress, tools: Tools) -> list[Entry]:
    """A phone rings: ring time counts from here, and a call of which we did not know introduces itself."""
    if notice.event != "ringing":
        return []
    if notice.offer is not None:
        expires = tools.now() + timedelta(seconds=tools.settings.ring_seconds + 25)
        routing.store.note_ringing(tx, notice.offer, notice.sid, expires)
    if notice.attempt is not None:
        return _patient_rings(tx, notice.attempt, notice.sid, tools)
    return []


def _patient_rings(tx: Connection, attempt_id: int, sid: str, tools: Tools) -> list[Entry]:
    """A patient's phone rings that should not (the attempt is over, or his evening has begun): it is silenced."""
    now = tools.now()
    attempt = callbacks.store.attempt(tx, attempt_id)
    promise = callbacks.store.request(tx, attempt.request_id) if attempt else None
    if promise is None:
        return []
    routing.store.lock_wait(tx, promise.call_id)
    if adopt_attempt(tx, attempt_id, sid, tools) and appointments.may_ring_now(tx, promise, now):
        return []
    return outbox(tx, [Follow("hang_up", sid)], promise.call_id, now)


def before_its_cause(tx: Connection, state: Session, ending: Ending) -> bool:
    """Whether a leg's end is told before what led to it: the talk that it ended, or our own wish to silence a phone.

    It is not believed yet. Once the notices that it overtook had their time, the carrier is asked about the leg.
    """
    offer = routing.store.offer(tx, state.offer) if state.offer is not None else None
    if offer is None:
        return False
    if ending is Ending.CANCELED:
        return offer.state is OfferState.OFFERED
    return state.stage is Stage.TALKING and offer.state is OfferState.ACCEPTED and offer.talk_started_at is None


def room_event(tx: Connection, notice: RoomEvent, tools: Tools) -> list[Entry]:
    """Somebody entered a room. Both in one conference: the talk has started. One after the other is no talk."""
    now = tools.now()
    key = f"room:{notice.conference or notice.room}:{notice.event}:{notice.sequence}:{notice.sid}"
    if notice.event not in ROOM_EVENTS or not calls.store.heard_first(tx, key, now):
        return []
    offer = routing.store.offer_of_room(tx, notice.room)
    if offer is None:
        return []
    routing.store.lock_offer(tx, offer.id)
    if notice.event == STARTED:
        calls.store.write_journal(tx, _both_in(tx, offer, now))
        return []
    leg = calls.store.leg(tx, notice.sid) if notice.sid else None
    if leg is None:
        return []
    calls.store.write_journal(tx, _joined(tx, leg, notice, offer, key, now))
    return outbox(tx, _let_out(tx, leg, offer.id), offer.call_id, now)


def _let_out(tx: Connection, leg: LegRecord, offer_id: int) -> list[Follow]:
    """Nobody stays alone in a room that was over before he came: who was on his way then was not there to be moved."""
    if leg.party == Party.CLINICIAN:
        return []
    if leg.party == Party.GUEST:
        return [room_follow(offer_id)]
    offer = routing.store.offer(tx, offer_id)  # as it is now that it is locked
    never_met = offer is not None and offer.state not in OPEN and offer.talk_started_at is None
    return [Follow("move_back", str(offer_id), LOOK_AGAIN)] if never_met else []


def _both_in(tx: Connection, offer: Offer, now: datetime) -> list[Fact]:
    """The conference has started, which takes two: both are in, even if a notice of one's coming was lost."""
    began = [routing.store.entered_room(tx, offer.room, who, now) for who in ("patient", "clinician")]
    return _talk_started(tx, offer, now) if any(began) else []


def _joined(
    tx: Connection, leg: LegRecord, notice: RoomEvent, offer: Offer, key: str, now: datetime
) -> list[Fact]:
    """One of the two came in. A guest is neither, and his key told of him."""
    if leg.party == Party.GUEST:
        return []
    role = "clinician" if leg.party == Party.CLINICIAN else "patient"
    others = {
        join.details.get("conference")
        for join in calls.store.story(tx, leg.call_id)
        if join.fact == "in_room" and join.details["offer"] == offer.id and join.details["who"] != role
    }
    started = _talk_begins(tx, notice, role, others, now)
    details = {"who": role, "offer": offer.id, "conference": notice.conference}
    facts = [Fact(key[:120], leg.call_id, "in_room", now, leg.sid, details)]
    return [*facts, *_talk_started(tx, offer, now)] if started else facts


def _talk_started(tx: Connection, offer: Offer, now: datetime) -> list[Fact]:
    """They hear each other: the call reached a person, and a promise that led here is kept."""
    if callbacks.store.reached_by_offer(tx, offer.id, now):
        _rung_back(tx, offer, now)
    else:
        _kept_by_calling_in(tx, offer, now)
    workload.answered_otherwise(tx, offer.call_id, now, talked=True)
    calls.store.note_call(tx, offer.call_id, outcome="person")
    return [Fact(f"talk:{offer.id}", offer.call_id, "talk_started", now, None, {"offer": offer.id})]


def _rung_back(tx: Connection, offer: Offer, now: datetime) -> None:
    attempt = callbacks.store.attempt_of_offer(tx, offer.id)
    promise = callbacks.store.request(tx, attempt.request_id) if attempt else None
    if promise:
        workload.rung_back(tx, promise, offer.clinician_id, now)


def _kept_by_calling_in(tx: Connection, offer: Offer, now: datetime) -> None:
    """He who was promised a call called in himself, and talks: we owe him none. A wait of it leaves its line."""
    call = calls.store.call(tx, offer.call_id) or {}
    if not call.get("caller_hash"):
        return
    kept = callbacks.store.kept_by_call(
        tx, number_hash=call["caller_hash"], patient_id=call["patient_id"], service=call["service"], now=now
    )
    follows = [
        follow
        for promise in kept
        for follow in routing.store.leave(
            tx, call_id=promise.call_id, callback_id=promise.id, why="talked", now=now
        )
    ]
    outbox(tx, follows, offer.call_id, now)  # the sweep performs it: he talks, and nothing is in a hurry


def _talk_begins(tx: Connection, notice: RoomEvent, role: str, others: set[object], now: datetime) -> bool:
    """Note who is in the room; whether a talk began by it. `others`: the conferences in which the other one was.

    Who comes when the other has gone is alone in a second conference, and the other's end will bring him back.
    """
    if others and notice.conference not in others:
        return False
    here = ("patient", "clinician") if others else (role,)
    return any(routing.store.entered_room(tx, notice.room, who, now) for who in here)


def owning_service(state: Session, tools: Tools) -> str:
    """The service that answers for a call: the chosen one, else the general one of its line."""
    lines, services = tools.content.lines, tools.content.services
    line = lines.get(state.line) or next(iter(lines.values()))
    return state.service or line.general or next(iter(services))


def recording_done(tx: Connection, notice: RecordingDone, tools: Tools) -> list[Entry]:
    """A recording is there. One that no turn kept (we were away) still becomes a message somebody owns."""
    now = tools.now()
    leg = calls.store.leg(tx, notice.sid)
    if leg is None or notice.absent or not notice.over or messages_store.is_kept(tx, notice.recording):
        return []
    tools = editions.serving(tx, leg.content, tools)
    state = session.from_json(tools.vault.open(leg.session))
    return outbox(tx, keep_or_drop(tx, notice.recording, notice.seconds, leg, state, tools), leg.call_id, now)


def keep_or_drop(
    tx: Connection, recording: str, seconds: int, leg: LegRecord, state: Session, tools: Tools
) -> list[Follow]:
    """A recording that was told outside of a turn: a message of this leg's caller, or nothing but a breath."""
    now = tools.now()
    if seconds < SHORTEST_MESSAGE:
        dropped = fx.DropMessage(recording, seconds)
        _write(tx, recording, leg, dropped, now)
        return drop_message(tx, recording, now)
    kept = fx.KeepMessage(recording, seconds, owning_service(state, tools), state.language, state.own)
    _write(tx, recording, leg, kept, now)
    left = Left(leg.call_id, recording, seconds, kept.service, state.language, state.own, state.patient, state.line)
    return workload.keep_message(tx, left, tools, now) or []


def _write(tx: Connection, recording: str, leg: LegRecord, effect: Effect, now: datetime) -> None:
    key = f"recording:{recording}"
    calls.store.write_journal(tx, [Fact(key, leg.call_id, effect.fact, now, leg.sid, public(effect))])
