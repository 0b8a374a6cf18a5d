"""What each effect does to our world, inside the turn's transaction. Returns what is left to do outside SQL."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection

import callbacks.policy
import callbacks.store
import calls.store
import directory.store
import facts
import routing.store
from callbacks.requests import AttemptState
from calls.store import Entry, Fact, LegRecord, Todo
from config.columns import new_id
from ivr import effects as fx
from ivr import flow, session
from ivr.effects import Effect
from ivr.session import Session, Stage
from ivr.signals import CallArrived, Ending, LegAnswered, Party, Signal
from routing.needs import Follow, Need
from routing.offers import State as OfferState
from telephony.inbound import Fetch, LegProgress, RecordingDone, RoomEvent
from tools import Tools

T = TypeVar("T")
Work = Callable[[Connection], T]
OPEN_TO_JOURNAL = frozenset(  # the rest of an effect may be personal
    {"what", "choice", "level", "service", "language", "ladder", "own", "why", "offer", "cause", "accepted"}
    | {"attempt", "seconds", "reached", "while_in", "ending", "due"}
)
MESSAGE_WINDOW = timedelta(hours=4)
CAUSE_WITHIN = timedelta(seconds=3)  # notices overtake one another by less than this
RECONCILED = "reconciled"  # the event of an end that the carrier told because we asked


class Outrun(Exception):
    """Somebody changed a row that this turn rests on; the turn is decided anew."""


# --- legs -----------------------------------------------------------------------------------------------------------


def begin(tx: Connection, fetch: Fetch, tools: Tools) -> LegRecord:
    """A leg's first fetch: its row, and its call's row where it is a new call."""
    party = fetch.begins or Party.PATIENT
    first = flow.first_session(fetch.signal, party, line_called(fetch.signal, tools))
    match fetch.signal:
        case LegAnswered(party=Party.CLINICIAN, reference=reference):
            return _adopt_offer(tx, fetch.sid, int(reference), first, tools)
        case LegAnswered(party=Party.RETURNED, reference=reference):
            return _adopt_attempt(tx, fetch.sid, int(reference), first, tools)
        case LegAnswered(party=Party.OPERATOR, reference=parent):
            call_id = call_of_leg(tx, parent)
        case _:
            call_id = _new_call(tx, fetch.signal, tools)
    return _open_leg(tx, fetch.sid, call_id, first, tools)


def line_called(signal: Signal, tools: Tools) -> str:
    """The key of the line that was called; "" for the first one."""
    dialled = signal.dialled if isinstance(signal, CallArrived) else ""
    center = tools.settings.center_number
    numbers = {key: center if line.number == "center" else line.number for key, line in tools.content.lines.items()}
    return next((key for key, number in numbers.items() if number == dialled), "")


def call_of_leg(tx: Connection, sid: str) -> str:
    """The call a leg belongs to; `Outrun` never heals an unknown leg, so that is a KeyError."""
    known = calls.store.leg(tx, sid)
    if known is None:
        raise KeyError("a leg of no call of ours")
    return known.call_id


def _new_call(tx: Connection, signal: Signal, tools: Tools) -> str:
    arrived = signal if isinstance(signal, CallArrived) else CallArrived(None, tools.settings.center_number)
    call_id, caller = new_id(), arrived.caller
    calls.store.open_call(
        tx,
        call_id=call_id,
        dialled=arrived.dialled[:20],
        caller_hash=tools.vault.digest("number", caller) if caller else None,
        caller_sealed=tools.vault.seal(caller) if caller else None,
        language=tools.content.languages[0],
        now=tools.now(),
    )
    return call_id


def _adopt_offer(tx: Connection, sid: str, offer_id: int, first: Session, tools: Tools) -> LegRecord:
    """The clinician's leg introduces itself by its URL, also when we never learned that the call was placed."""
    offer = routing.store.offer(tx, offer_id)
    if offer is None:
        raise KeyError("an offer that was never made")
    routing.store.adopt_leg(tx, offer_id, sid)
    return _open_leg(tx, sid, offer.call_id, first, tools, offer_id=offer_id)


def _adopt_attempt(tx: Connection, sid: str, attempt_id: int, first: Session, tools: Tools) -> LegRecord:
    attempt = callbacks.store.attempt(tx, attempt_id)
    promise = callbacks.store.request(tx, attempt.request_id) if attempt else None
    if attempt is None or promise is None:
        raise KeyError("an attempt that was never intended")
    callbacks.store.adopt(tx, attempt_id, sid)
    return _open_leg(tx, sid, promise.call_id, first, tools, offer_id=attempt.offer_id, attempt_id=attempt_id)


def begin_unanswered(tx: Connection, notice: LegProgress, tools: Tools) -> LegRecord | None:
    """A leg that ended before anybody answered it; None when it is none of ours."""
    if notice.offer is not None:
        first = Session(party=Party.CLINICIAN, stage=Stage.OFFERED, offer=notice.offer)
        return _adopt_offer(tx, notice.sid, notice.offer, first, tools)
    if notice.attempt is not None:
        first = Session(party=Party.RETURNED, stage=Stage.RETURN_GREETING, attempt=notice.attempt)
        return _adopt_attempt(tx, notice.sid, notice.attempt, first, tools)
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
    opened = calls.store.open_leg(
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
    leg = calls.store.lock_leg(tx, sid)
    if leg is None or not opened:
        raise Outrun  # its first fetch came twice at once: the other one has it
    return leg


def _sealed(state: Session, tools: Tools) -> str:
    return tools.vault.seal(session.to_json(state))


def remember(tx: Connection, leg: LegRecord, after: Session, turn: int, tools: Tools, *, ended: bool = False) -> None:
    """Write the session; `Outrun` if the leg moved meanwhile."""
    moved = calls.store.advance(
        tx,
        leg,
        turn=turn,
        stage=after.stage,
        session=_sealed(after, tools),
        now=tools.now(),
        offer_id=after.offer if after.offer is not None else leg.offer_id,
        ended=ended,
    )
    if not moved:
        raise Outrun


# --- effects --------------------------------------------------------------------------------------------------------


def write(tx: Connection, leg: LegRecord, signal: Signal, turn: flow.Turn, tools: Tools, now: datetime) -> list[Entry]:
    """The journal of one turn, its effects, and the outbox entries that follow from them."""
    prefix = f"{leg.sid}:{leg.turn + 1}:{type(signal).__name__}"
    heard = Fact(
        f"{prefix}:0", leg.call_id, flow.fact_of(signal), now, leg.sid, {"stage": leg.stage, "party": leg.party}
    )
    done, follows = [], []
    for position, effect in enumerate(turn.effects, 1):
        deed = apply(tx, effect, leg, turn.session, tools, now)
        details = {**public(effect), **deed.details}
        done.append(Fact(f"{prefix}:{position}", leg.call_id, effect.fact, now, leg.sid, details))
        follows += deed.follows
    calls.store.write_journal(tx, [heard, *done])
    return outbox(tx, follows, leg.call_id, now)


def public(effect: Effect) -> dict[str, Any]:
    """What the journal may hold of an effect."""
    return {item.name: getattr(effect, item.name) for item in fields(effect) if item.name in OPEN_TO_JOURNAL}


def outbox(tx: Connection, follows: list[Follow], call_id: str | None, now: datetime) -> list[Entry]:
    """Write what follows as outbox entries; each is one desired state, named once."""
    todos = [
        Todo(
            f"{follow.kind}:{follow.subject}:{follow.version}",
            follow.kind,
            follow.subject,
            follow.version,
            call_id,
            now,
        )
        for follow in follows
    ]
    return calls.store.write_outbox(tx, todos)


@dataclass(frozen=True)
class Deed:
    """What became of one effect: what follows outside SQL, and what the journal shall say beside the effect itself."""

    follows: list[Follow] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


def apply(tx: Connection, effect: Effect, leg: LegRecord, after: Session, tools: Tools, now: datetime) -> Deed:
    """Make one effect true in SQL. A claim that was lost raises `Outrun`."""
    match effect:
        case fx.JoinLine():
            return Deed(_join_line(tx, effect, leg, tools, now))
        case fx.LeaveLine(why=why):
            return Deed(routing.store.leave(tx, call_id=leg.call_id, why=why, now=now))
        case fx.AcceptOffer(offer=offer):
            return Deed(_accept(tx, offer, tools, now))
        case fx.GiveBack(offer=offer, cause=cause):
            return Deed(give_back(tx, offer, cause, tools, now))
        case fx.FinishTalk(offer=offer):
            wrap_up = tools.settings.wrap_up_seconds
            return Deed(routing.store.finish_talk(tx, offer, now=now, wrap_up_seconds=wrap_up))
        case fx.AttemptAnswered():
            return Deed(_attempt_answered(tx, effect, tools, now))
        case fx.BookCallback():
            return Deed(details=_book(tx, effect, leg, tools, now))
        case _:
            _note(tx, effect, leg, after, tools, now)
    return Deed()


def _note(tx: Connection, effect: Effect, leg: LegRecord, after: Session, tools: Tools, now: datetime) -> None:
    """Effects that only change the record of the call."""
    match effect:
        case fx.Chose(what=what, choice=choice):
            calls.store.note_call(tx, leg.call_id, **{what: choice})
        case fx.Verified(patient=patient, level=level):
            calls.store.note_call(tx, leg.call_id, patient_id=patient, level=level)
        case fx.CountFailure(patient=patient):
            directory.store.count_failure(tx, tools.vault, after.caller, patient, now)
        case fx.KeepMessage():
            _keep_message(tx, effect, leg, after, tools, now)
        case fx.TriedOperator(reached=True):
            calls.store.note_call(tx, leg.call_id, outcome="operator")
        case fx.LegOver() if leg.party == Party.PATIENT:
            calls.store.end_call(tx, leg.call_id, now)


def _join_line(tx: Connection, effect: fx.JoinLine, leg: LegRecord, tools: Tools, now: datetime) -> list[Follow]:
    service = tools.content.services[effect.service]
    avoid = directory.store.avoided(tx, effect.patient) if effect.patient else ()
    need = Need(
        skill=service.skill,
        level=service.level,
        language=effect.language,
        own=effect.own,
        team=effect.team,
        avoid=tuple(avoid),
    )
    earlier = routing.store.last_place(tx, leg.call_id)
    fresh = int(now.timestamp() * 1000) - service.head_start_seconds * 1000
    return routing.store.join(
        tx,
        wait_id=new_id(),
        call_id=leg.call_id,
        kind="call",
        sid=leg.sid,
        callback_id=None,
        need=need,
        ladder_name=service.ladder,
        ladder=tools.content.ladders[service.ladder],
        place_ms=fresh if earlier is None else earlier,
        now=now,
    )


def _accept(tx: Connection, offer_id: int, tools: Tools, now: datetime) -> list[Follow]:
    if not routing.store.accept(tx, offer_id, now=now):
        raise Outrun
    offer = routing.store.offer(tx, offer_id)
    wait = routing.store.wait(tx, offer.wait_id) if offer else None
    if wait is None or wait.callback_id is None:
        return [Follow("bridge", str(offer_id), 0)]
    attempt = callbacks.store.intend(
        tx, request_id=wait.callback_id, offer_id=offer_id, now=now, ring_seconds=tools.settings.ring_seconds
    )
    return [Follow("dial_patient", str(attempt.id), 0)] if attempt else []


def give_back(tx: Connection, offer_id: int, cause: str, tools: Tools, now: datetime) -> list[Follow]:
    """An offer comes to nothing. The attempt it made to ring a patient back, if any, ends with it."""
    follows = routing.store.give_back(tx, offer_id, cause, now=now)
    attempt = callbacks.store.open_attempt_of_offer(tx, offer_id)
    if attempt is None:
        return follows
    still_rings = attempt.sid is not None and attempt.state is not AttemptState.ANSWERED
    ending = [Follow("hang_up", attempt.sid)] if attempt.sid and still_rings else []
    return [*follows, *ending, *missed(tx, attempt.id, "clinician_lost", tools, now)]


def _book(tx: Connection, effect: fx.BookCallback, leg: LegRecord, tools: Tools, now: datetime) -> dict[str, Any]:
    """Promise a callback; one that is promised already is not promised twice, and the journal says so."""
    zone = next(iter(tools.content.hours.values())).zone
    wished = datetime.fromisoformat(effect.due) if effect.due else now
    due = callbacks.policy.next_allowed(wished, zone)
    place = routing.store.last_place(tx, leg.call_id)
    booked = callbacks.store.book(
        tx,
        tools.vault,
        request_id=new_id(),
        call_id=leg.call_id,
        patient_id=effect.patient,
        number=effect.number,
        service=effect.service,
        language=effect.language,
        own_id=effect.own,
        team=effect.team,
        place_ms=int(now.timestamp() * 1000) if place is None else place,
        due_at=due,
        promise_by=callbacks.policy.promise_by(due, zone),
        now=now,
    )
    calls.store.note_call(tx, leg.call_id, outcome="callback")
    return {} if booked.created else {"merged": True}


def _attempt_answered(tx: Connection, effect: fx.AttemptAnswered, tools: Tools, now: datetime) -> list[Follow]:
    callbacks.store.answered(tx, effect.attempt, effect.accepted, now)
    if effect.accepted:
        return []
    if not effect.wanted:
        return _called_off(tx, effect.attempt, now)
    return missed(tx, effect.attempt, "no_key", tools, now)


def _called_off(tx: Connection, attempt_id: int, now: datetime) -> list[Follow]:
    """The patient no longer needs the call: the promise ends, and the clinician is told and free."""
    attempt = callbacks.store.attempt(tx, attempt_id)
    ended = callbacks.store.cancel(tx, attempt.request_id, "not_needed", now) if attempt else None
    if ended is None:
        return []
    return routing.store.leave(tx, call_id=ended.request.call_id, why="not_needed", now=now)


def missed(tx: Connection, attempt_id: int, why: str, tools: Tools, now: datetime) -> list[Follow]:
    """The patient was not reached: the promise waits for its next try, and the clinician is told and free."""
    attempt = callbacks.store.attempt(tx, attempt_id)
    if attempt is None:
        return []
    zone = next(iter(tools.content.hours.values())).zone
    callbacks.store.missed(tx, attempt_id, why, now, zone)
    promise = callbacks.store.request(tx, attempt.request_id)
    return routing.store.leave(tx, call_id=promise.call_id, why="not_reached", now=now) if promise else []


def _keep_message(
    tx: Connection, effect: fx.KeepMessage, leg: LegRecord, after: Session, tools: Tools, now: datetime
) -> None:
    """A message somebody owns, to be answered within the window once the center is open."""
    state, _zone = facts.open_state(tx, tools, now, after.line)
    begins = now if state.open or state.opens_at is None else state.opens_at
    calls.store.keep_voicemail(
        tx,
        id=new_id(),
        call_id=leg.call_id,
        recording=effect.recording,
        seconds=effect.seconds,
        service=effect.service,
        language=effect.language,
        owner_id=effect.own,
        patient_id=after.patient,
        due_at=begins + MESSAGE_WINDOW,
        left_at=now,
    )
    calls.store.note_call(tx, leg.call_id, outcome="voicemail")


# --- notices --------------------------------------------------------------------------------------------------------


def ringing(tx: Connection, notice: LegProgress, tools: Tools) -> list[Entry]:
    """A phone rings: ring time counts from here."""
    if notice.event == "ringing" and notice.offer is not None:
        expires = tools.now() + timedelta(seconds=tools.settings.ring_seconds + 25)
        routing.store.note_ringing(tx, notice.offer, notice.sid, expires)
    return []


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
    if notice.event != "participant-join" or not notice.sid or not calls.store.heard_first(tx, key, now):
        return []
    leg = calls.store.leg(tx, notice.sid)
    offer = routing.store.offer_of_room(tx, notice.room)
    if leg is None or offer is None:
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
    if started:
        facts.append(Fact(f"talk:{offer.id}", leg.call_id, "talk_started", now, None, {"offer": offer.id}))
        calls.store.note_call(tx, leg.call_id, outcome="person")
        callbacks.store.reached_by_offer(tx, offer.id, now)
    calls.store.write_journal(tx, facts)
    return []


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
    if leg is None or notice.absent or notice.seconds < 1 or calls.store.has_voicemail(tx, notice.recording):
        return []
    state = session.from_json(tools.vault.open(leg.session))
    kept = fx.KeepMessage(notice.recording, notice.seconds, owning_service(state, tools), state.language, state.own)
    key = f"recording:{notice.recording}"
    calls.store.write_journal(tx, [Fact(key, leg.call_id, kept.fact, now, leg.sid, public(kept))])
    _keep_message(tx, kept, leg, state, tools, now)
    return []
