"""Performs outbox entries: what a turn left to do outside SQL. Doing one twice is harmless; a crash is swept up later.

Redis is brought to what SQL says at once, in the process that wrote the entry. Requests to the carrier go to a worker.

Longer than 300 lines because the errands hand over to one another, and the rule of promise first, then act is
easiest to check on one page.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy import Connection

import appointments
import callbacks.policy
import callbacks.store
import calls.store
import deeds
import directory.store
import facts
import legs
import messages
import promising
import rooms
import routing.store
import texting
from callbacks.requests import AttemptState, Request
from calls.store import Entry, Fact, LegRecord
from config.columns import new_id
from config.statements import together
from directory.numbers import callable_number
from ivr.session import Stage
from ivr.signals import Party
from routing import explain
from routing.needs import LOOK_AGAIN, Follow, OnDuty, Predicate, asked_for
from routing.offers import OPEN, Offer
from routing.policy import Match
from telephony.carrier import CarrierError
from tools import Tools

log = structlog.get_logger("errands")
AT_ONCE = frozenset({"line", "duty"})
CALLBACK_DIALS = frozenset({"dial_patient"})
DIALS = CALLBACK_DIALS | {"ring", "ring_guest"}  # what the carrier's pace is for
CALLBACKS_SHARE = 4  # of so many slots one is first for callbacks, so that no crowd of offers starves them
FILES = frozenset({"fetch_message", "forget_recording"})  # can wait for an hour, and nobody waits for them on the line
RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(hours=1)  # between two tries to fetch a file
FILE_TRIES = 14  # over some four hours
RESCUED = {"reached": True, "by": "carrier"}  # in the journal: we did not answer, and the carrier brought him there
GIVE_UP_TRIES = 8


def after_commit(entries: list[Entry], tools: Tools) -> None:
    """Perform what can be done at once, hand the rest to a worker, and tell the pages, if there is anything to do.

    Never raises: the sweep does what failed.
    """
    if not entries:
        return
    for entry in entries:
        try:
            if entry.kind in AT_ONCE:
                _do(entry, tools)
            else:
                tools.nudge(entry.id, entry.tries, entry.kind not in ("dial_patient", *FILES))
        except RedisError as error:
            log.warning("left_to_the_sweep", kind=entry.kind, error=type(error).__name__)
        except Exception:  # the turn is committed: its caller must get its document, whatever fails here
            log.exception("left_to_the_sweep", kind=entry.kind)
    tools.hint()


def perform_by_id(entry_id: int, tries: int, tools: Tools) -> None:
    """A worker's way in: perform an entry if nobody else has since its nudge was sent."""
    with tools.database.reading() as tx:
        entry = calls.store.entry(tx, entry_id)
    if entry is None or entry.tries != tries:
        return
    if entry.kind in DIALS and not _may_dial(tools):
        with tools.database.once() as tx:
            calls.store.postpone(tx, entry.id, tools.now())
        return
    perform(entry, tools)


def _may_dial(tools: Tools) -> bool:
    """Whether one who comes now gets a slot of the carrier's pace: not before those who are held back already."""
    if not tools.pace.gap_seconds:
        return True
    with tools.database.reading() as tx:
        held_back = calls.store.due_entries(tx, tools.now(), 1, of=DIALS)
    return not held_back and not tools.pace.take()


def dial_held_back(tools: Tools) -> Entry | None:
    """The entry that the slot of this moment is for, if the slot is free. To be performed now."""
    with tools.database.reading() as tx:
        due = calls.store.due_entries(tx, tools.now(), of=DIALS)
    return first_to_dial(due, tools.pace.slot()) if due and not tools.pace.take() else None


def first_to_dial(held_back: Sequence[Entry], slot: int) -> Entry:
    """Offers before callbacks, but for every fourth slot; of each the oldest."""
    callbacks_first = slot % CALLBACKS_SHARE == 0
    return min(held_back, key=lambda entry: ((entry.kind in CALLBACK_DIALS) != callbacks_first, entry.id))


def perform(entry: Entry, tools: Tools) -> None:
    """Claim an entry, do it, and write that it is done. A failure that may heal is tried again later."""
    with tools.database.once() as tx:
        if not calls.store.claim(tx, entry.id, entry.tries, tools.now()):
            return
    try:
        _do(entry, tools)
    except CarrierError as error:
        _failed(entry, error, tools)


def _do(entry: Entry, tools: Tools) -> None:
    """Do an entry, and write that it is done. Whoever just wrote one for Redis needs no claim: twice is harmless."""
    outcome = ERRANDS[entry.kind](entry, tools)
    with tools.database.once() as tx:
        calls.store.finish(tx, entry.id, outcome, tools.now())


def _failed(entry: Entry, error: CarrierError, tools: Tools) -> None:
    log.warning("carrier_refused", kind=entry.kind, subject=entry.subject, error=str(error))
    if entry.kind in FILES:
        _try_file_later(entry, tools)
        return
    with tools.database.transaction() as tx:
        if error.permanent or entry.tries >= GIVE_UP_TRIES:
            calls.store.finish(tx, entry.id, "failed", tools.now())
        elif not error.maybe_done:
            calls.store.postpone(tx, entry.id, tools.now() + RETRY)


def give_up_if_hopeless(entry: Entry, tools: Tools) -> None:
    """An entry broke, and not because something was away. Tried often enough, it is left to what its subject's
    deadline does: an offer expires, an attempt is settled, and a promise goes to a person.
    """
    if entry.tries >= GIVE_UP_TRIES:
        with tools.database.once() as tx:
            calls.store.finish(tx, entry.id, "broken", tools.now())


def _try_file_later(entry: Entry, tools: Tools) -> None:
    """A file may come late, and to ask for one twice is harmless: later and later, and at last never again."""
    later = entry.tries + 1 < FILE_TRIES
    with tools.database.transaction() as tx:
        if later:
            pause = min(RETRY * 2**entry.tries, LONGEST_RETRY)
            calls.store.postpone(tx, entry.id, tools.now() + pause)
        else:
            calls.store.finish(tx, entry.id, "failed", tools.now())
    if not later and entry.kind == "fetch_message":
        messages.give_up_fetching(entry, tools)


# --- the lines and the duty board -------------------------------------------------------------------------------


def line(entry: Entry, tools: Tools) -> str:
    """Bring a wait's lines to what SQL says; a match becomes an offer."""
    with tools.database.reading() as tx:
        desired = routing.store.line_entry(tx, entry.subject)
        if _is_anothers(tx, entry, desired.version):
            return "overtaken"
    return _matched(tools.lines.apply_wait(desired, _now_ms(tools)), tools)


def duty(entry: Entry, tools: Tools) -> str:
    """Bring a clinician's readiness to what SQL says; a match becomes an offer."""
    with tools.database.reading() as tx:
        person = directory.store.clinician_to_ring(tx, entry.subject)
        able = facts.on_duty(person) if person else OnDuty(entry.subject)
        desired = routing.store.duty_entry(tx, entry.subject, able, *_choosing(able, tools))
        if _is_anothers(tx, entry, desired.version):
            return "overtaken"
        if person is None:
            desired = replace(desired, lines=())  # no presence counts that is not dialable
    return _matched(tools.lines.apply_duty(desired, _now_ms(tools)), tools)


def _is_anothers(tx: Connection, entry: Entry, version: int) -> bool:
    """Whether SQL says a newer state by now, for which an entry of its own was written.

    To say it from here too could meet the one whom that entry just matched, before his offer is in SQL: Redis would
    take it for a match that died, and choose the second best.
    """
    newer = LOOK_AGAIN < entry.version < version
    return newer and calls.store.is_written(tx, entry.kind, entry.subject, version)


def _choosing(able: OnDuty, tools: Tools) -> tuple[tuple[Predicate, ...], datetime | None]:
    """What he may be asked for; and since when talk counts, where the least occupied is chosen."""
    midnight = tools.now().replace(hour=0, minute=0, second=0, microsecond=0)
    least = tools.content.choosing.among == "least_occupied"
    return asked_for(tools.content.services.values(), able), midnight if least else None


def _now_ms(tools: Tools) -> int:
    return int(tools.now().timestamp() * 1000)


def _matched(match: Match | None, tools: Tools) -> str:
    if match is None:
        return "standing"
    after_commit(make_offer(match, tools), tools)
    return "matched"


def make_offer(match: Match, tools: Tools) -> list[Entry]:
    """Redis proposes, SQL decides: an offer to be rung, or both sides synchronised again with what SQL says."""
    now = tools.now()
    with tools.database.transaction() as tx:
        with together(tx):
            offer = routing.store.make_offer(
                tx,
                wait_id=match.wait_id,
                clinician_id=match.clinician_id,
                room=new_id(),
                why=lambda wait: explain.record(match, wait.need, wait.rung),
                now=now,
                ring_seconds=tools.settings.ring_seconds,
                calls_per_hour=tools.content.choosing.calls_per_hour,
            )
            if offer is None:
                return deeds.outbox(tx, resync(match), None, now)
            details = {"offer": offer.id, "clinician": offer.clinician_id, "rung": offer.rung, "why": dict(offer.why)}
            fact = Fact(f"offer:{offer.id}", offer.call_id, "offer_made", now, None, details)
            calls.store.write_journal(tx, [fact])
            follows, promise = routing.store.follows_of_new(tx, offer)
            if promise is None:
                return deeds.outbox(tx, follows, offer.call_id, now)
        follows = promising.rung_for(tx, promise, offer, follows, tools, now)
        return deeds.outbox(tx, follows, offer.call_id, now)


def resync(match: Match) -> list[Follow]:
    """Look at both again: one of them was not free after all."""
    return [Follow("line", match.wait_id, LOOK_AGAIN), Follow("duty", match.clinician_id, LOOK_AGAIN)]


# --- the carrier ----------------------------------------------------------------------------------------------------


def ring(entry: Entry, tools: Tools) -> str:
    """Dial the clinician of an offer. The intent is written first; an unknown outcome is looked up, never repeated."""
    offer_id = int(entry.subject)
    now = tools.now()
    with tools.database.transaction() as tx:
        offer = routing.store.offer(tx, offer_id)
        if offer is None or offer.state != "offered":
            return "stale"
        begun = routing.store.start_dialling(tx, offer_id, now)
        phone = directory.store.clinician_phone(tx, tools.vault, offer.clinician_id, now)
        on_the_line = calls.store.dialled_in(tx, offer.clinician_id)
    if begun and on_the_line and _reached_on_the_line(offer_id, on_the_line, tools):
        return _placed(offer_id, on_the_line, tools)
    if phone is None:
        return _no_offer(offer_id, "failed", tools)
    if not begun:
        return _settle(offer_id, offer.sid, phone, tools)
    try:
        sid = tools.carrier.ring(
            to=phone,
            url=tools.urls.offer(offer_id),
            status_url=tools.urls.offer_status(offer_id),
            fallback_url=tools.urls.fallback("clinician"),
            seconds=tools.settings.ring_seconds,
        )
    except CarrierError as error:
        if error.permanent:
            return _no_offer(offer_id, "failed", tools)
        if not error.maybe_done:
            _not_dialled(offer_id, tools)
        raise  # tried again; or, if a call may exist, the lease runs out and `_settle` asks the carrier about it
    return _placed(offer_id, sid, tools)


def _reached_on_the_line(offer_id: int, sid: str, tools: Tools) -> bool:
    """Bring the offer to the leg of a clinician who called us. False if he hung up: then his phone rings."""
    try:
        tools.carrier.move(sid, tools.urls.offer(offer_id))
    except CarrierError as error:
        if error.gone:
            return False
        if not (error.permanent or error.maybe_done):
            _not_dialled(offer_id, tools)
        raise
    return True


def _not_dialled(offer_id: int, tools: Tools) -> None:
    with tools.database.transaction() as tx:
        routing.store.not_dialled(tx, offer_id)


def _placed(offer_id: int, sid: str, tools: Tools) -> str:
    """The call of an offer exists. If the offer died meanwhile, its phone must not ring on."""
    now = tools.now()
    with tools.database.transaction() as tx:
        routing.store.note_dialled(tx, offer_id, "placed", sid)
        offer = routing.store.offer(tx, offer_id)
        needless = offer is None or offer.state not in OPEN
        entries = deeds.outbox(tx, [Follow("hang_up", sid)], None, now) if needless else []
    after_commit(entries, tools)
    return "needless" if needless else "placed"


def _settle(offer_id: int, sid: str | None, phone: str, tools: Tools) -> str:
    """A dial whose outcome was never written: adopt the call if the carrier has one, else give the offer back."""
    with tools.database.reading() as tx:
        live = [
            call.sid
            for call in tools.carrier.calls_to(phone)
            if not call.is_over and routing.store.offer_of_leg(tx, call.sid) in (None, offer_id)
        ]
    if sid is not None or live:
        return _placed(offer_id, sid or live[0], tools)
    return _no_offer(offer_id, "failed", tools)


def _no_offer(offer_id: int, cause: str, tools: Tools) -> str:
    now = tools.now()
    with tools.database.transaction() as tx:
        offer = routing.store.offer(tx, offer_id)
        follows = deeds.give_back(tx, offer_id, cause, tools, now)
        entries = deeds.outbox(tx, follows, offer.call_id if offer else None, now)
        if offer and follows:
            details = {"offer": offer_id, "cause": cause}
            calls.store.write_journal(
                tx, [Fact(f"given_back:{offer_id}", offer.call_id, "offer_given_back", now, None, details)]
            )
    after_commit(entries, tools)
    return cause


def bridge(entry: Entry, tools: Tools) -> str:
    """Move the waiting patient into the room. If he is gone, the clinician is told and free."""
    offer_id = int(entry.subject)
    leg = _still_to_move(offer_id, tools)
    if isinstance(leg, str):
        return leg
    if left_to_operator(leg, tools):
        return "gone"
    # While the carrier was asked, he may have come by himself: moved now, he would end the room he is in. (He still may
    # while it is asked to move him; that is one request instead of three.)
    leg = _still_to_move(offer_id, tools)
    return leg if isinstance(leg, str) else _move(leg.sid, leg.call_id, tools.urls.move(offer_id, "in"), tools)


def _still_to_move(offer_id: int, tools: Tools) -> LegRecord | str:
    """The leg of the patient who is to be moved into the room of this offer, or why nobody is."""
    with tools.database.reading() as tx:
        offer = routing.store.offer(tx, offer_id)
        leg = _patient_leg(tx, offer) if offer else None
    if offer is None or leg is None or offer.state != "accepted":
        return "stale"
    return "there" if leg.stage == Stage.TALKING and leg.offer_id == offer_id else leg


def left_to_operator(leg: LegRecord, tools: Tools) -> bool:
    """Whether a leg that we believe waiting talks with the operator: then he waits for us no longer.

    If we could not answer for a moment, the carrier brought him there by its own fallback document, and told nobody.
    Asking costs one request a connection, while the clinician still hears who calls.
    """
    if not tools.carrier.has_company(leg.sid):
        return False
    now = tools.now()
    with tools.database.transaction() as tx:
        follows = routing.store.leave(tx, call_id=leg.call_id, why="operator", now=now)
        if follows:
            calls.store.note_call(tx, leg.call_id, outcome="operator")
            fact = Fact(f"rescued:{leg.sid}:{leg.turn}", leg.call_id, "operator_tried", now, leg.sid, RESCUED)
            calls.store.write_journal(tx, [fact])
        entries = deeds.outbox(tx, follows, leg.call_id, now)
    after_commit(entries, tools)
    return True


def _patient_leg(tx: Connection, offer: Offer) -> LegRecord | None:
    """The leg of the patient an offer is about: the one that waits, or the one we rang back."""
    wait = routing.store.wait(tx, offer.wait_id)
    attempt = callbacks.store.attempt_of_offer(tx, offer.id)
    sid = (wait.sid if wait else None) or (attempt.sid if attempt else None)
    return calls.store.leg(tx, sid) if sid else None


def move_back(entry: Entry, tools: Tools) -> str:
    """Bring a patient out of a room where nobody came."""
    offer_id = int(entry.subject)
    with tools.database.reading() as tx:
        found = rooms.inside(tx, offer_id)  # not by his attempt: it may be the next clinician's already
        leg = calls.store.leg(tx, found.patient) if found and found.patient else None
    if leg is None:
        return "stale"
    if left_to_operator(leg, tools):
        return "gone"
    return _move(leg.sid, leg.call_id, tools.urls.move(offer_id, "back"), tools)


def _move(sid: str, call_id: str, url: str, tools: Tools) -> str:
    try:
        tools.carrier.move(sid, url)
    except CarrierError as error:
        if not error.gone:
            raise
        _patient_gone(call_id, tools)
        return "gone"
    return "moved"


def _patient_gone(call_id: str, tools: Tools) -> None:
    now = tools.now()
    with tools.database.transaction() as tx:
        follows = routing.store.leave(tx, call_id=call_id, why="hung_up", now=now)
        entries = deeds.outbox(tx, follows, call_id, now)
    after_commit(entries, tools)


def hang_up(entry: Entry, tools: Tools) -> str:
    """End a leg of ours. A clinician who already answered hears why first."""
    with tools.database.reading() as tx:
        leg = calls.store.leg(tx, entry.subject)
    if leg and leg.party == Party.DIALIN:
        return "on_the_line"  # he called us, and hears why where his leg is just being moved to
    if leg and leg.ended_at is None and leg.party == Party.CLINICIAN and leg.offer_id is not None:
        try:
            tools.carrier.move(leg.sid, tools.urls.move(leg.offer_id, "gone"))
        except CarrierError as error:
            if not error.gone:
                raise
        return "told"
    tools.carrier.hang_up(entry.subject)
    return "hung_up"


def dial_patient(entry: Entry, tools: Tools) -> str:
    """Dial the patient of an intended attempt: once. The promise comes first, then the act.

    Between the claim and the note of what came of it a call may exist that we know nothing of. It introduces itself
    when it rings; if it does not, `settling.py` asks the carrier. Nobody dials a second time for the same attempt.
    """
    attempt_id = int(entry.subject)
    with tools.database.reading() as tx:
        attempt = callbacks.store.attempt(tx, attempt_id)
        number = callbacks.store.number(tx, tools.vault, attempt_id)
        promise = callbacks.store.request(tx, attempt.request_id) if attempt else None
        detect = promise is not None and not appointments.may_leave_message(tx, tools, promise)
        tried_before = attempt is not None and len(callbacks.store.attempts_of(tx, attempt.request_id)) > 1
    if attempt is None or number is None or promise is None or attempt.state != AttemptState.INTENDED:
        return "stale"
    if tried_before and _rings_still(number, tools):
        return not_reached(attempt_id, "not_placed", tools)
    claimed_at = tools.now()
    if held := _held_back(promise, number, tools, claimed_at):
        return not_reached(attempt_id, held, tools)
    with tools.database.transaction() as tx:
        if not callbacks.store.start_dialling(tx, attempt_id, claimed_at):
            return "unknown"
    if tools.now() > claimed_at + callbacks.policy.DIAL_WITHIN:
        return "late"  # we slept: the carrier may have been asked about this attempt meanwhile
    return _dialled(attempt_id, number, tools, detect=detect)


def _held_back(promise: Request, number: str, tools: Tools, now: datetime) -> str | None:
    """Why the telephone may not ring at this moment: the cause that ends the attempt. None: it may."""
    with tools.database.reading() as tx:  # what he wishes may have been said since it was promised
        wished = callbacks.store.wished(tx, promise)
    if not callbacks.policy.rings_in_window(now, promise.zones, tools.settings.patient_ring_limit, wished):
        return "not_placed"
    own = (tools.settings.center_number, tools.settings.operator_number)
    if callable_number(number, own=own) is None:
        return callbacks.policy.REFUSED
    with tools.database.reading() as tx:
        if not appointments.may_ring(tx, tools, number, promise.patient_id):  # said since it was promised
            return callbacks.policy.REFUSED
        return "in_call" if callbacks.store.is_on_the_line(tx, promise.id) else None


def _rings_still(number: str, tools: Tools) -> bool:
    """Whether a call of an earlier attempt lives, or nobody can tell: then no second one is placed beside it."""
    try:
        return any(not call.is_over for call in tools.carrier.calls_to(number))
    except CarrierError:
        return True


def _dialled(attempt_id: int, number: str, tools: Tools, *, detect: bool) -> str:
    """Ask the carrier, and write what came of it. `detect`: no machine of his may hear us."""
    try:
        sid = tools.carrier.ring(
            to=number,
            url=tools.urls.returned(attempt_id),
            status_url=tools.urls.returned_status(attempt_id),
            fallback_url=tools.urls.fallback("patient"),
            seconds=tools.settings.patient_ring_seconds,
            detect=detect,
        )
    except CarrierError as error:
        if error.maybe_done:
            return "unknown"
        return not_reached(attempt_id, callbacks.policy.REFUSED if error.permanent else "not_placed", tools)
    return returned_call(attempt_id, sid, tools)


def returned_call(attempt_id: int, sid: str, tools: Tools) -> str:
    """The call of an attempt exists. If the attempt died meanwhile, or has another call, its phone must not ring on."""
    now = tools.now()
    with tools.database.transaction() as tx:
        wanted = legs.adopt_attempt(tx, attempt_id, sid, tools)
        entries = [] if wanted else deeds.outbox(tx, [Follow("hang_up", sid)], None, now)
    after_commit(entries, tools)
    return "placed" if wanted else "needless"


def not_reached(attempt_id: int, why: str, tools: Tools, silence: str | None = None) -> str:
    """An attempt came to nothing, for the cause `why`. A call that may still live is ended: `silence` is its sid."""
    now = tools.now()
    with tools.database.transaction() as tx:
        follows = deeds.missed(tx, attempt_id, why, tools, now)
        ending = [Follow("hang_up", silence)] if silence else []
        entries = deeds.outbox(tx, [*follows, *ending], None, now)
    after_commit(entries, tools)
    return why


def _in_room(work: Callable[[Entry, Tools], tuple[str, list[Entry]]]) -> Callable[[Entry, Tools], str]:
    """An errand of `rooms.py`: what it leaves to do is done after it."""

    def errand(entry: Entry, tools: Tools) -> str:
        outcome, entries = work(entry, tools)
        after_commit(entries, tools)
        return outcome

    return errand


ERRANDS: dict[str, Callable[[Entry, Tools], str]] = {
    "line": line,
    "duty": duty,
    "ring": ring,
    "bridge": bridge,
    "move_back": move_back,
    "hang_up": hang_up,
    "dial_patient": dial_patient,
    "ring_guest": _in_room(rooms.ring_guest),
    "room": _in_room(rooms.settle),
    "hold": _in_room(rooms.hold),
    "mute": _in_room(rooms.mute),
    "hand_over": _in_room(rooms.hand_over),
    "fetch_message": messages.fetch,
    "forget_recording": messages.forget,
    "text": texting.send,
}
