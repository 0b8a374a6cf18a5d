"""What a turn's effects do to promises: book, join, move, cancel; who wants texts, and who wants to be left alone."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

import appointments
import callbacks.policy
import callbacks.questions_store
import callbacks.store
import calls.store
import directory.store
import editions
import routing.store
import workload
from callbacks.requests import AttemptState, Kind, Request, RequestState, Wish
from calls.store import LegRecord
from config.columns import new_id
from config.content import Ladder, Service
from ivr import effects as fx
from legs import Outrun
from routing.needs import Follow, Need, WaitState, epoch_ms
from routing.offers import Offer
from tools import Tools

PRESSING = 0.8  # of its time gone, a promise by a deadline waits no longer for somebody to be idle
UNTIL_LIFTED = timedelta(hours=1)  # when a promise is looked at again that rests because somebody closed us
NO_HOUR = "no_hour"  # that he chose, in which he may be rung and we are open: a person decides
IN_LINE = (RequestState.BOOKED, RequestState.WAITING)


# --- what is needed to keep one -------------------------------------------------------------------------------------


def need_of(
    tx: Connection,
    service: Service,
    ladder: Ladder,
    language: str,
    patient: str | None,
    own: str | None,
    team: Collection[str],
) -> Need:
    """What a caller needs, the same whether he waits on the line or is rung back."""
    avoid = directory.store.avoided(tx, patient) if patient else ()
    by_site = any("site" in rung.serve for rung in ladder.rungs)
    home = directory.store.clinician(tx, own) if own and by_site else None
    return Need(
        skill=service.skill,
        level=service.level,
        language=language,
        site=home.site_id if home else None,
        own=own,
        team=tuple(team),
        avoid=tuple(avoid),
        also=service.also,
        prefer=service.prefer,
    )


def stand_in_line(tx: Connection, promise: Request, tools: Tools, now: datetime) -> list[Follow]:
    """A promise whose time has come stands in line, on the same ladder as one who waits; an owned one is hers first."""
    service = tools.content.services[promise.service]
    owned = promise.own_id is not None and promise.owned_until is not None and promise.owned_until > now
    name = service.callback_ladder if owned else service.ladder
    ladder = tools.content.ladders[name]
    if owned and promise.owned_until:
        ladder = _hers_until(ladder, int((promise.owned_until - now).total_seconds()))
    whose = (promise.patient_id, promise.own_id, promise.team)
    need = need_of(tx, service, ladder, promise.language, *whose)
    early = promise.kind is Kind.DEADLINE and promise.attempts == 0 and now < promise.due_at
    return routing.store.join(
        tx,
        wait_id=new_id(),
        call_id=promise.call_id,
        kind="callback",
        sid=None,
        callback_id=promise.id,
        need=need,
        ladder_name=name,
        ladder=ladder,
        place_ms=epoch_ms(now) if early else promise.place_ms,
        now=now,
        content=tools.content.version,
    )


def _hers_until(ladder: Ladder, seconds: int) -> Ladder:
    first, *others = ladder.rungs
    return Ladder(rungs=(first.model_copy(update={"seconds": max(1, seconds)}), *others))


# --- booking --------------------------------------------------------------------------------------------------------


def book(
    tx: Connection, effect: fx.BookCallback, leg: LegRecord, tools: Tools, now: datetime
) -> tuple[list[Follow], dict[str, Any]]:
    """Promise a callback; one that is promised already is not promised twice, and the journal says so."""
    routing.store.lock_wait(tx, leg.call_id)
    wish = _wish(tx, effect, leg, tools, now)
    holders = directory.store.patients_by_number(tx, tools.vault, effect.number, now)
    booked = callbacks.store.book(
        tx,
        tools.vault,
        request_id=new_id(),
        call_id=leg.call_id,
        number=effect.number,
        slot=effect.service if effect.patient in holders else "",
        service=effect.service,
        language=effect.language,
        wish=wish,
        now=now,
    )
    workload.answered_otherwise(tx, leg.call_id, now)
    calls.store.note_call(tx, leg.call_id, outcome="callback")
    told = {} if booked.created else {"merged": True}
    if booked.created and wish.kind is Kind.PLACE and wish.due_at <= now:
        return _goes_on_waiting(tx, booked.request, leg, tools, now), told
    return routing.store.leave(tx, call_id=leg.call_id, why="callback", now=now), told


def _wish(tx: Connection, effect: fx.BookCallback, leg: LegRecord, tools: Tools, now: datetime) -> Wish:
    zones = appointments.zones(tx, effect.number, effect.patient)
    service = tools.content.services[effect.service]
    kind = Kind(effect.kind)
    wished = datetime.fromisoformat(effect.due) if effect.due else now
    hours = directory.store.wished_hours(tx, effect.patient, zones)
    begins = wished if kind is Kind.WINDOW else callbacks.policy.next_allowed(wished, zones, hours)
    within = timedelta(minutes=service.callback_minutes) if kind is Kind.DEADLINE else callbacks.policy.WINDOW
    ends = datetime.fromisoformat(effect.by) if effect.by else callbacks.policy.promise_by(begins, zones, within, hours)
    place = routing.store.last_place(tx, leg.call_id)
    return Wish(
        patient_id=effect.patient,
        own_id=effect.own,
        team=effect.team,
        place_ms=epoch_ms(now) - service.head_start_seconds * 1000 if place is None else place,
        due_at=begins + PRESSING * (ends - begins) if kind is Kind.DEADLINE else begins,
        promised_from=begins,
        promise_by=ends,
        kind=kind,
        owned_until=begins + timedelta(hours=service.owned_hours) if effect.owned and effect.own else None,
        zones=zones,
    )


def _goes_on_waiting(tx: Connection, promise: Request, leg: LegRecord, tools: Tools, now: datetime) -> list[Follow]:
    """His wait goes on without him: same key, same lines, same rung. Whoever took his call meanwhile rings him."""
    taken_over = routing.store.become_callback(tx, call_id=leg.call_id, callback_id=promise.id)
    if taken_over is None or callbacks.store.stand_in_line(tx, promise.id, now) is None:
        return []
    wait, follow = taken_over
    if wait.state is not WaitState.CONNECTED:
        return [follow]
    offer = next((each for each in routing.store.offers_of_call(tx, leg.call_id) if each.state == "accepted"), None)
    return [follow, *(dial(tx, promise.id, offer.id, tools, now) if offer else [])]


def dial(tx: Connection, promise_id: str, offer_id: int, tools: Tools, now: datetime) -> list[Follow]:
    """A clinician took the callback: the patient is to be rung."""
    seconds = tools.settings.ring_seconds
    attempt = callbacks.store.intend(tx, request_id=promise_id, offer_id=offer_id, now=now, ring_seconds=seconds)
    return [Follow("dial_patient", str(attempt.id), 0)] if attempt else []


def rung_for(
    tx: Connection, promise_id: str, offer: Offer, follows: list[Follow], tools: Tools, now: datetime
) -> list[Follow]:
    """Whose phone rings for a new offer that is to keep a promise, of what follows from one for a caller.

    Where patients are rung first, the clinician is kept free meanwhile.
    """
    promise = callbacks.store.request(tx, promise_id)
    if promise is None:
        return follows
    waits = promise.state is RequestState.WAITING
    rests = rest_until_he_may_be_rung(tx, promise, tools, now) if waits else None
    if rests is not None:
        return [*(follow for follow in follows if follow.kind != "ring"), *rests]
    if not _patient_first(tx, promise, tools):
        return [*follows, *_announced(promise)]
    going = callbacks.store.pass_on(tx, promise.id, offer.id)
    if going and going.state is AttemptState.ANSWERED:
        return follows  # he waits on the line
    kept_free = [follow for follow in follows if follow.kind != "ring"]
    if going:
        return kept_free  # his phone rings already
    if dialling := dial(tx, promise.id, offer.id, tools, now):
        return [*kept_free, *dialling, *_announced(promise)]
    return [*kept_free, *not_now(tx, promise.id, offer.call_id, now)]


def rest_until_he_may_be_rung(tx: Connection, promise: Request, tools: Tools, now: datetime) -> list[Follow] | None:
    """Out of the line, if his phone may not ring at this moment: until it may, or to a person if it never may.

    So nobody's phone rings for a promise that could not be kept just now. Where we are closed and nobody knows until
    when, it is looked at again later. None if it may ring, and nothing changed.
    """
    at = appointments.rings_at(tx, tools, promise, now)
    if at is None and appointments.closed_until_lifted(tx, promise):
        at = now + UNTIL_LIFTED
    if at == now:
        return None
    if at is None:
        ended = callbacks.store.hand_over(tx, promise.id, NO_HOUR, now)
        if ended is not None:
            workload.hand_over(tx, ended, tools)
    else:
        callbacks.store.postpone(tx, promise.id, at, now, "not_his_hours")
    return routing.store.leave(tx, call_id=promise.call_id, callback_id=promise.id, why="not_reached", now=now)


def not_now(tx: Connection, promise_id: str, call_id: str, now: datetime) -> list[Follow]:
    """Something else rings this telephone, or the promise has ended: it is tried again, and the clinician is free."""
    callbacks.store.postpone(tx, promise_id, now + callbacks.policy.FIRST_PAUSE, now, "other_call")
    return routing.store.leave(tx, call_id=call_id, callback_id=promise_id, why="not_reached", now=now)


def _patient_first(tx: Connection, promise: Request, tools: Tools) -> bool:
    """Whether the content of his call rings the patient before a clinician: his line's word, else his service's."""
    call = calls.store.call(tx, promise.call_id) or {}
    tools = editions.serving(tx, str(call.get("content") or ""), tools)
    service = tools.content.services.get(promise.service)
    line = tools.lines_by_number().get(str(call.get("dialled") or ""), "")
    chosen = tools.content.lines[line].callback_first if line else None
    return (chosen or (service.callback_first if service else "")) == "patient"


def kept_free(tx: Connection, fence: int) -> bool:
    """Whether a clinician is kept free for a patient who is rung first: the attempt's time counts, not the offer's.

    Her phone never rang, so she missed nothing; when the attempt ends, so does the offer.
    """
    offer = routing.store.offer(tx, fence)
    due = offer is not None and offer.dialling == "due"
    return due and callbacks.store.open_attempt_of_offer(tx, fence) is not None


def rings_now(tx: Connection, attempt_id: int) -> list[Follow]:
    """He who was rung first pressed the key: the clinician who was kept free for him is rung."""
    attempt = callbacks.store.attempt(tx, attempt_id)
    offer = routing.store.offer(tx, attempt.offer_id) if attempt else None
    kept_free = offer is not None and offer.state == "offered" and offer.dialling == "due"
    return [Follow("ring", str(offer.id))] if offer and kept_free else []


# --- a promise and the patient on the line ---------------------------------------------------------------------------


def joined_by(tx: Connection, effect: fx.JoinLine, leg: LegRecord, now: datetime) -> tuple[int | None, list[Follow]]:
    """He calls in for what he was promised: he has the place of the promise, which rests as long as he is here."""
    if effect.patient is None:
        return None, []
    promise = callbacks.questions_store.open_for(tx, patient=effect.patient, services=[effect.service])
    if promise is None or promise.call_id == leg.call_id or promise.state not in IN_LINE:
        return promise.place_ms if promise else None, []
    follows = routing.store.leave(tx, call_id=promise.call_id, callback_id=promise.id, why="called_in", now=now)
    booked = {"state": RequestState.BOOKED, "paused_by": leg.call_id}
    if callbacks.store.change(tx, promise, "called_in", now, **booked) is None:
        raise Outrun
    return promise.place_ms, follows


def cancel(tx: Connection, promise_id: str, why: str, now: datetime) -> list[Follow]:
    """A promise is taken back: it leaves its line, and a phone that rings for it is silenced."""
    promise = callbacks.store.request(tx, promise_id)
    if promise is not None:
        routing.store.lock_wait(tx, promise.call_id)
    ended = callbacks.store.cancel(tx, promise_id, why, now)
    if ended is None:
        return []
    silenced = [Follow("hang_up", ended.sid)] if ended.sid else []
    its = {"call_id": ended.request.call_id, "callback_id": promise_id}
    return [*silenced, *routing.store.leave(tx, **its, why=why, now=now)]


def restore(tx: Connection, taken_back: Request, tools: Tools, now: datetime) -> bool:
    """A promise that was taken back is promised anew, once, at its old place. Whether he is called for it from now on.

    False if that cannot be, or goes too far: it counts as one of those that its number may be given in a day. What was
    promised to him meanwhile for the same stays as it is, and a window that was given to another is his no more.
    """
    number = callbacks.questions_store.number_of(tx, tools.vault, taken_back.id)
    digest = tools.vault.digest("number", number)
    given = callbacks.questions_store.booked_since(tx, now - timedelta(days=1), number=digest)
    if len(given) >= appointments.PROMISES or not appointments.may_ring(tx, tools, number, taken_back.patient_id):
        return False
    routing.store.lock_wait(tx, taken_back.call_id)
    wish = _as_it_was(tx, taken_back, now)
    window = (wish.promised_from, wish.promise_by)
    if wish.kind is Kind.WINDOW and not appointments.is_free(tx, wish.own_id, window, now):
        return False
    if not callbacks.store.restored(tx, taken_back.id):
        return False
    savepoint = tx.begin_nested()
    booked = callbacks.store.book(
        tx,
        tools.vault,
        request_id=new_id(),
        call_id=taken_back.call_id,
        number=number,
        slot=taken_back.slot,
        service=taken_back.service,
        language=taken_back.language,
        wish=wish,
        asked_by=taken_back.asked_by,
        now=now,
    )
    if not booked.created:
        savepoint.rollback()
        return True
    savepoint.commit()
    return callbacks.store.change(tx, booked.request, "texts", now, texts=True) is not None


def _as_it_was(tx: Connection, promise: Request, now: datetime) -> Wish:
    """What was promised; where its time is over meanwhile, as soon as we can, at its place."""
    over = promise.promise_by <= now
    hours = callbacks.store.wished(tx, promise)
    begins = callbacks.policy.next_allowed(now, promise.zones, hours) if over else promise.promised_from
    ends = callbacks.policy.promise_by(begins, promise.zones, wished=hours) if over else promise.promise_by
    return Wish(
        patient_id=promise.patient_id,
        own_id=promise.own_id,
        team=promise.team,
        place_ms=promise.place_ms,
        due_at=begins if over else promise.due_at,
        promised_from=begins,
        promise_by=ends,
        kind=Kind.PLACE if over else promise.kind,
        owned_until=promise.owned_until,
        zones=promise.zones,
    )


def move(tx: Connection, effect: fx.MoveCallback, tools: Tools, now: datetime) -> list[Follow]:
    """He is to be called in another window. Too late once he is being rung."""
    promise = callbacks.store.request(tx, effect.promise)
    if promise is None or promise.state not in IN_LINE:
        return []
    begins, ends = datetime.fromisoformat(effect.due), datetime.fromisoformat(effect.by)
    hours = timedelta(hours=tools.content.services[promise.service].owned_hours)
    values = {"due_at": begins, "promised_from": begins, "promise_by": ends, "kind": Kind.WINDOW}
    values |= {"state": RequestState.BOOKED, "owned_until": begins + hours if promise.owned_until else None}
    follows = routing.store.leave(tx, call_id=promise.call_id, callback_id=promise.id, why="moved", now=now)
    if callbacks.store.change(tx, promise, "moved", now, **values) is None:
        raise Outrun
    return follows


def want_texts(tx: Connection, leg: LegRecord, now: datetime) -> list[Follow]:
    """He wants texts about what he was promised in this call; the first one confirms it."""
    promise = callbacks.questions_store.of_call(tx, leg.call_id)
    wanting = callbacks.store.change(tx, promise, "texts", now, texts=True) if promise else None
    return [Follow("text", f"{wanting.id}:booked", wanting.version)] if wanting else []


def _announced(promise: Request) -> list[Follow]:
    """A phone rings for a promise: the patient is told by text, if he wanted that, once for each try."""
    return [Follow("text", f"{promise.id}:soon", promise.attempts)] if promise.texts else []


def leave_alone(tx: Connection, attempt_id: int, tools: Tools, now: datetime) -> list[Follow]:
    """Whoever answered wants no more calls at this number: none is made, for no promise."""
    number = callbacks.store.number(tx, tools.vault, attempt_id)
    return opted_out(tx, tools.vault.digest("number", number), "key", now) if number else []


def opted_out(tx: Connection, number: str, how: str, now: datetime) -> list[Follow]:
    """A number (keyed hash) is left alone from now on; what was promised to it ends."""
    callbacks.questions_store.opt_out(tx, number, how, now)
    promises = callbacks.questions_store.of_number(tx, number)
    return [follow for promise in promises for follow in cancel(tx, promise.id, "opted_out", now)]
