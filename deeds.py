"""What each effect does to our world, inside the turn's transaction. Returns what is left to do outside SQL.

Longer than 300 lines because there is one deed for each effect of the conversation, and they share a transaction's
rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

import callbacks.policy
import callbacks.store
import calls.store
import dialin
import directory.store
import promising
import routing.store
import workload
from callbacks.requests import AttemptState, Request, RequestState
from calls.store import Entry, Fact, LegRecord, Todo
from config.columns import new_id
from config.content import Ladder, Service
from ivr import effects as fx
from ivr import flow
from ivr.effects import Effect
from ivr.replies import HangUp
from ivr.session import Session
from ivr.signals import Party, Signal
from legs import Outrun
from refused import Refused
from routing import guests_store
from routing.guests import Guest
from routing.guests import State as GuestState
from routing.needs import LOOK_AGAIN, Follow
from routing.offers import State as OfferState
from routing.presence import AFTER_VISIT, CHOSEN, State, is_on_duty
from tools import Tools
from workload import Left

OPEN_TO_JOURNAL = frozenset(  # the rest of an effect may be personal
    {"what", "choice", "level", "service", "language", "ladder", "own", "why", "offer", "cause", "accepted"}
    | {"whom", "position", "low_min", "high_min"}
    | {"attempt", "guest", "seconds", "slow", "who", "reached", "while_in", "ending", "due", "resumes"}
    | {"clinician", "state", "reason", "minutes", "message", "item"}
    | {"flag", "action", "version", "quiet", "question", "answer"}
)
IN_CONFERENCE = "conference"  # why a colleague is away while he is a guest
# Done first in a turn, before anything changes a promise or the call's own row (the order is in `routing/rows.py`).
TOUCH_A_WAIT = (
    *(fx.JoinLine, fx.ChooseLadder, fx.LeaveLine),
    *(fx.AcceptOffer, fx.GiveBack, fx.FinishTalk, fx.AttemptAnswered, fx.PassUntil, fx.SetDuty),
    fx.RingPatient,
)


@dataclass(frozen=True)
class Written:
    """What a turn's effects leave to be written: facts for the journal, and what is to be done after the commit."""

    facts: list[Fact]
    todos: list[Todo]


def do(tx: Connection, leg: LegRecord, signal: Signal, turn: flow.Turn, tools: Tools, now: datetime) -> Written:
    """Make a turn's effects true in SQL; what the journal shall say of it, and the outbox entries that follow.

    These two are not written yet: `legs.remember` does it with the rest of the turn. A leg whose reply ends it is ended
    by that alone: hung up on beside it, nobody would hear the reply out.
    """
    prefix = f"{leg.sid}:{leg.turn + 1}:{type(signal).__name__}"
    heard = Fact(
        f"{prefix}:0", leg.call_id, flow.fact_of(signal), now, leg.sid, {"stage": leg.stage, "party": leg.party}
    )
    in_order_of_locks = sorted(enumerate(turn.effects), key=lambda numbered: not isinstance(numbered[1], TOUCH_A_WAIT))
    deeds = {at: apply(tx, effect, leg, turn.session, tools, now) for at, effect in in_order_of_locks}
    done, follows = [], []
    for at, effect in enumerate(turn.effects):
        details = {**public(effect), **deeds[at].details}
        done.append(Fact(f"{prefix}:{at + 1}", leg.call_id, effect.fact, now, leg.sid, details))
        follows += deeds[at].follows
    if isinstance(turn.reply, HangUp):
        follows = [each for each in follows if each != Follow("hang_up", leg.sid)]
    return Written([heard, *done], _todos(follows, leg.call_id, now))


def public(effect: Effect) -> dict[str, Any]:
    """What the journal may hold of an effect."""
    return {item.name: getattr(effect, item.name) for item in fields(effect) if item.name in OPEN_TO_JOURNAL}


def outbox(tx: Connection, follows: list[Follow], call_id: str | None, now: datetime) -> list[Entry]:
    """Write what follows as outbox entries; each is one desired state, named once."""
    return calls.store.write_outbox(tx, _todos(follows, call_id, now))


def _todos(follows: list[Follow], call_id: str | None, now: datetime) -> list[Todo]:
    return [Todo(_key(each), each.kind, each.subject, each.version, call_id, now) for each in follows]


def _key(follow: Follow) -> str:
    """The name under which a thing to do is written once; of a look anew one of its own, at the same instant too."""
    which = new_id() if follow.version == LOOK_AGAIN else follow.version
    return calls.store.key_of_entry(follow.kind, follow.subject, which)


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
        case fx.ChooseLadder():
            return Deed(_choose_ladder(tx, effect, leg, tools, now))
        case fx.LeaveLine(why=why):
            return Deed(_leave(tx, why, leg, after, tools, now))
        case fx.AcceptOffer(offer=offer):
            return Deed(_accept(tx, offer, tools, now))
        case fx.GiveBack(offer=offer, cause=cause):
            return Deed(give_back(tx, offer, cause, tools, now))
        case fx.FinishTalk(offer=offer):
            return Deed(_finish_talk(tx, offer, leg, tools, now))
        case fx.AttemptAnswered():
            return Deed(_attempt_answered(tx, effect, tools, now))
        case fx.BookCallback():
            return Deed(*promising.book(tx, effect, leg, tools, now))
        case fx.WantTexts():
            return Deed(promising.want_texts(tx, leg, now))
        case fx.CancelCallback(promise=promise):
            return Deed(promising.cancel(tx, promise, "by_patient", now))
        case fx.MoveCallback():
            return Deed(promising.move(tx, effect, tools, now))
        case fx.LeaveAlone(attempt=attempt):
            return Deed(promising.leave_alone(tx, attempt, tools, now))
        case fx.PassUntil(offer=offer, minutes=minutes):
            return Deed(pass_until(tx, offer, minutes, tools, now))
        case fx.GuestCame(guest=guest):
            return Deed(_guest_came(tx, guest, now))
        case fx.GuestGone(guest=guest, cause=cause):
            return Deed(guest_gone(tx, guest, cause, tools, now))
        case fx.KeepMessage():
            kept = workload.keep_message(tx, _left(effect, leg, after), tools, now)
            return Deed(kept or [], {} if kept is not None else {"merged": True})
        case fx.DropMessage(recording=recording):
            return Deed(drop_message(tx, recording, now))
        case fx.SetDuty():
            return Deed(dialin.set_duty(tx, effect, now))
        case fx.RingPatient():
            return Deed(_ring_patient(tx, effect, tools, now))
        case _:
            _note(tx, effect, leg, after, tools, now)
    return Deed()


def _note(tx: Connection, effect: Effect, leg: LegRecord, after: Session, tools: Tools, now: datetime) -> None:
    """Effects that only change the record of the call."""
    match effect:
        case fx.Chose(what="language" | "service" as what, choice=choice):
            calls.store.note_call(tx, leg.call_id, **{what: choice})
        case fx.Verified(patient=patient, level=level, proxy=proxy):
            calls.store.note_call(tx, leg.call_id, patient_id=patient, level=level, proxy_id=proxy)
        case fx.Remember(patient=patient, language=language, slow=slow):
            directory.store.remember(tx, patient, language=language, slow=slow)
        case fx.RedFlagHeard():
            _note_red_flag(tx, leg.call_id, after.red, quiet=after.quiet)
        case fx.CountFailure(patient=patient):
            directory.store.count_failure(tx, tools.vault, after.caller, patient, now)
        case fx.TriedOperator(reached=True):
            workload.answered_otherwise(tx, leg.call_id, now, talked=True)
            calls.store.note_call(tx, leg.call_id, outcome="operator")
        case fx.SignedIn(clinician=clinician):
            dialin.signed_in(tx, leg.sid, clinician, now)
        case fx.FailedDialIn(staff_number=staff_number):
            dialin.failed(tx, tools, staff_number, after.caller, now)
        case fx.SetShiftPhone():
            dialin.set_phone(tx, tools, effect, now)
        case fx.HeardMessage(message=message):
            dialin.heard_message(tx, after.who, message, now)
        case fx.DoneWithMessage():
            dialin.done_with(tx, effect, now)
        case fx.LegOver() if leg.party == Party.DIALIN:
            calls.store.end_call(tx, leg.call_id, now)
        case fx.LegOver() if leg.party == Party.PATIENT:
            calls.store.end_call(tx, leg.call_id, now)
            callbacks.store.go_on(tx, leg.call_id, now)


def _note_red_flag(tx: Connection, call_id: str, action: str, *, quiet: bool) -> None:
    """The call is marked: who takes it is told, and who is quiet is sent no text and left no message."""
    calls.store.note_call(tx, call_id, red_flag=action, quiet=quiet)


def _join_line(tx: Connection, effect: fx.JoinLine, leg: LegRecord, tools: Tools, now: datetime) -> list[Follow]:
    service = tools.content.services[effect.service]
    name, ladder = _ladder(effect.ladder, service, tools)
    need = promising.need_of(tx, service, ladder, effect.language, effect.patient, effect.own, effect.team)
    promised, follows = promising.joined_by(tx, effect, leg, now)
    if effect.resumes:
        workload.answered_otherwise(tx, leg.call_id, now)
    earlier = routing.store.last_place(tx, leg.call_id)
    fresh = int(now.timestamp() * 1000) - max(service.head_start_seconds, effect.head_start_seconds) * 1000
    fresh = min(place for place in (fresh, effect.place, promised) if place is not None)
    return follows + routing.store.join(
        tx,
        wait_id=new_id(),
        call_id=leg.call_id,
        kind="call",
        sid=leg.sid,
        callback_id=None,
        need=need,
        ladder_name=name,
        ladder=ladder,
        place_ms=_place(fresh, earlier, urgent=effect.head_start_seconds > 0),
        now=now,
        content=tools.content.version,
    )


def _place(fresh: int, earlier: int | None, *, urgent: bool) -> int:
    """A call keeps the place it had; a red call takes the better of the two."""
    if earlier is None:
        return fresh
    return min(fresh, earlier) if urgent else earlier


def _ladder(name: str, service: Service, tools: Tools) -> tuple[str, Ladder]:
    """The ladder of this name; the service's own when the content no longer has it."""
    known = name if name in tools.content.ladders else service.ladder
    return known, tools.content.ladders[known]


def _choose_ladder(
    tx: Connection, effect: fx.ChooseLadder, leg: LegRecord, tools: Tools, now: datetime
) -> list[Follow]:
    ladder = tools.content.ladders.get(effect.ladder)
    if ladder is None:  # published away meanwhile: he goes on as he stands
        return []
    return routing.store.choose_ladder(
        tx,
        call_id=leg.call_id,
        whom=effect.whom,
        ladder_name=effect.ladder,
        ladder=ladder,
        now=now,
        content=tools.content.version,
    )


def _leave(tx: Connection, why: str, leg: LegRecord, after: Session, tools: Tools, now: datetime) -> list[Follow]:
    """Out of the lines. Who hung up in them, and chose no other way, is somebody's to ring."""
    waited = routing.store.wait_of(tx, leg.call_id)
    follows = routing.store.leave(tx, call_id=leg.call_id, why=why, now=now)
    if why == "hung_up" and waited and waited.kind == "call" and waited.ended_why in (None, why):
        workload.gave_up(tx, leg.call_id, after.own, after.line, waited.joined_at, tools)
    return follows


def _accept(tx: Connection, offer_id: int, tools: Tools, now: datetime) -> list[Follow]:
    if not routing.store.accept(tx, offer_id, now=now):
        raise Outrun
    offer = routing.store.offer(tx, offer_id)
    wait = routing.store.wait(tx, offer.wait_id) if offer else None
    if wait is None or wait.callback_id is None:
        return [Follow("bridge", str(offer_id), 0)]
    if dialling := promising.dial(tx, wait.callback_id, offer_id, tools, now):
        return dialling
    if passed_on := callbacks.store.pass_on(tx, wait.callback_id, offer_id):
        return [Follow("bridge", str(offer_id), 0)] if passed_on.state is AttemptState.ANSWERED else []
    return promising.not_now(tx, wait.callback_id, wait.call_id, now)


def _finish_talk(tx: Connection, offer_id: int, leg: LegRecord, tools: Tools, now: datetime) -> list[Follow]:
    """A talk is over for one of the two. With guests there, it goes on: a clinician talks on when the patient left."""
    guests = guests_store.open_of(tx, offer_id)
    room = [room_follow(offer_id)] if guests else []
    inside = [guest for guest in guests if guest.state is GuestState.IN_ROOM]
    if leg.party != Party.CLINICIAN and inside:
        return room
    wrap_up = tools.settings.wrap_up_seconds
    follows = routing.store.finish_talk(tx, offer_id, now=now, wrap_up_seconds=wrap_up)
    return [*follows, *room, *_let_back(tx, offer_id, inside)]


def _let_back(tx: Connection, offer_id: int, inside: Sequence[Guest]) -> list[Follow]:
    """The patient hears music, and the clinician who could let him back is gone: a guest in the room hears him."""
    offer = routing.store.offer(tx, offer_id) if any(guest.is_heard for guest in inside) else None
    if offer is None or offer.held_at is None or offer.state is not OfferState.FINISHED:
        return []
    guests_store.hold(tx, offer.id, None)
    return [Follow("hold", str(offer.id), LOOK_AGAIN)]


def room_follow(offer_id: int) -> Follow:
    """The room is to be looked at again; each time is a time of its own."""
    return Follow("room", str(offer_id), LOOK_AGAIN)


def _guest_came(tx: Connection, guest_id: int, now: datetime) -> list[Follow]:
    """He is in the room; a colleague on duty takes no call meanwhile. Whoever waited for him alone hears him now."""
    guest = guests_store.move(tx, guest_id, GuestState.IN_ROOM)
    if guest is None:
        raise Outrun
    follows = [room_follow(guest.offer_id), *_let_back(tx, guest.offer_id, [guest])]
    if guest.clinician_id is None:
        return follows
    before = routing.store.presence_of(tx, guest.clinician_id)
    if before is None or before.state is State.TALKING or not is_on_duty(before):
        return follows  # nothing rings at him, and what he chose ends when it was to end
    guests_store.note_before(tx, guest_id, State.READY)
    busy = routing.store.set_presence(tx, guest.clinician_id, State.AWAY, reason=IN_CONFERENCE, until=None, now=now)
    return [*follows, *busy]


def guest_gone(tx: Connection, guest_id: int, cause: str, _tools: Tools, now: datetime) -> list[Follow]:
    """A guest left, or will not come; a colleague on duty is ready again. Nothing if it was known already."""
    over = {"ended_at": now, "outcome": cause[:20]}
    guest = guests_store.move(tx, guest_id, GuestState.LEFT, **over)
    was_in = guest is not None
    guest = guest or guests_store.move(tx, guest_id, GuestState.NOT_COME, **over)
    if guest is None:
        return []
    follows = [room_follow(guest.offer_id)]
    if not was_in or guest.clinician_id is None:
        return follows
    present = routing.store.presence_of(tx, guest.clinician_id)
    if present is None or present.reason != IN_CONFERENCE or guest.was not in CHOSEN:
        return follows
    until = present.free_until  # he goes on as before: his time on duty ends when it was to end
    again = routing.store.set_presence(tx, guest.clinician_id, guest.was, reason=None, until=until, now=now)
    return [*follows, *again]


def give_back(tx: Connection, offer_id: int, cause: str, tools: Tools, now: datetime) -> list[Follow]:
    """An offer comes to nothing. A patient who is being rung back waits again for the next clinician, as he rings."""
    follows = routing.store.give_back(tx, offer_id, cause, now=now)
    attempt = callbacks.store.open_attempt_of_offer(tx, offer_id)
    if attempt is None:
        return follows
    if attempt.state is AttemptState.INTENDED:  # his phone does not ring yet, and need not
        return [*follows, *missed(tx, attempt.id, callbacks.policy.CLINICIAN_LOST, tools, now)]
    return follows


def pass_until(tx: Connection, offer_id: int, minutes: int, tools: Tools, now: datetime) -> list[Follow]:
    """The clinician is in a visit for so long, and will call him then if he likes."""
    offer = routing.store.offer(tx, offer_id)
    follows = give_back(tx, offer_id, "declined", tools, now)
    if offer is None:
        return follows
    until = now + timedelta(minutes=minutes)
    return follows + routing.store.set_presence(
        tx, offer.clinician_id, State.IN_VISIT, reason=AFTER_VISIT, until=until, now=now
    )


def _attempt_answered(tx: Connection, effect: fx.AttemptAnswered, tools: Tools, now: datetime) -> list[Follow]:
    promise = _promise_of(tx, effect.attempt)
    if effect.told and promise:
        promise = callbacks.store.change(tx, promise, "message_left", now, message_left=True)
    callbacks.store.answered(tx, effect.attempt, effect.accepted, now)
    if effect.accepted:
        return promising.rings_now(tx, effect.attempt)
    if not effect.wanted:
        return _called_off(tx, promise, now)
    return missed(tx, effect.attempt, effect.cause, tools, now)


def _promise_of(tx: Connection, attempt_id: int) -> Request | None:
    """The promise that an attempt is to keep, with the wait of it locked: it comes first in the order of locks."""
    attempt = callbacks.store.attempt(tx, attempt_id)
    promise = callbacks.store.request(tx, attempt.request_id) if attempt else None
    if promise is not None:
        routing.store.lock_wait(tx, promise.call_id)
    return promise


def _called_off(tx: Connection, promise: Request | None, now: datetime) -> list[Follow]:
    """The patient no longer needs the call: the promise ends, and the clinician is told and free."""
    ended = callbacks.store.cancel(tx, promise.id, "not_needed", now) if promise else None
    if ended is None:
        return []
    its = {"call_id": ended.request.call_id, "callback_id": ended.request.id}
    return routing.store.leave(tx, **its, why="not_needed", now=now)


def missed(tx: Connection, attempt_id: int, why: str, tools: Tools, now: datetime) -> list[Follow]:
    """The patient was not reached: the promise waits for its next try, and the clinician is told and free."""
    promise = _promise_of(tx, attempt_id)
    if promise is None:
        return []
    after = callbacks.store.missed(tx, attempt_id, why, now)
    if after is not None and after.state is RequestState.TO_PERSON:
        workload.hand_over(tx, after, tools)
    return routing.store.leave(tx, call_id=promise.call_id, callback_id=promise.id, why="not_reached", now=now)


def _ring_patient(tx: Connection, effect: fx.RingPatient, tools: Tools, now: datetime) -> list[Follow]:
    try:
        return dialin.ring_patient(tx, tools, effect, now)
    except Refused as refused:  # by what somebody else did since we looked
        raise Outrun from refused


def _left(effect: fx.KeepMessage, leg: LegRecord, after: Session) -> Left:
    return Left(
        call_id=leg.call_id,
        recording=effect.recording,
        seconds=effect.seconds,
        service=effect.service,
        language=effect.language,
        own=effect.own,
        patient=after.patient,
        line=after.line,
    )


def drop_message(tx: Connection, recording: str, now: datetime) -> list[Follow]:
    """A recording in which nobody spoke is deleted at the carrier, once."""
    first = calls.store.heard_first(tx, f"dropped:{recording}", now)
    return [Follow("forget_recording", recording)] if first else []
