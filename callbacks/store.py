"""Reads and writes promised callbacks and the attempts to keep them. Every function takes the transaction it works in.

Every change is a compare-and-set on the state, from the states that `callbacks/requests.py` lets move there. Who
changes a promise and its attempt locks the promise first, so that two such changes never wait for each other.

Longer than 300 lines because it is the one door to promises and attempts, in the order of a promise's life.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, false, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from callbacks import policy
from callbacks.policy import Verdict
from callbacks.requests import (
    ATTEMPT_MOVES,
    REQUEST_MOVES,
    Attempt,
    AttemptState,
    BookedOrExisting,
    Cancelled,
    Request,
    RequestState,
    Wish,
    merged,
    unfinished,
)
from callbacks.rows_store import (
    ATTEMPTS,
    LISTS,
    REQUEST_COLUMNS,
    REQUESTS,
    attempt,
    attempt_of_offer,
    attempt_of_sid,
    attempts_of,
    due_ids,
    handed_over,
    is_on_the_line,
    lock,
    look_again_at,
    move_attempt,
    move_request,
    number,
    of_clinician,
    one_request,
    open_attempt,
    open_attempt_of_offer,
    open_requests,
    overdue,
    paused_by,
    request,
    tell_attempt,
    tell_request,
    unplaced,
)
from calls.tables import Call
from config.vault import Vault
from directory.reaching_store import hours_where_it_rings, who_may_answer

__all__ = [
    "Attempt", "Request", "adopt", "answered", "attempt", "attempt_of_offer", "attempt_of_sid", "attempts_of",
    "book", "cancel", "change", "due_ids", "go_on", "hand_over", "handed_over", "intend", "is_on_the_line",
    "kept_by_call", "kept_by_hand", "look_again_at", "missed", "number", "of_clinician", "open_attempt_of_offer",
    "open_requests", "overdue", "pass_on", "postpone", "reached", "reached_by_offer", "request", "restored",
    "stand_in_line", "start_dialling", "whose", "wished",
]  # fmt: skip

RESTORED = "restored"  # what becomes of a promise that was taken back, and given again

CALLS: Table = Call.__table__  # type: ignore[attr-defined]

# --- booking --------------------------------------------------------------------------------------------------------


def book(
    tx: Connection,
    vault: Vault,
    *,
    request_id: str,
    call_id: str,
    number: str,
    service: str,
    language: str,
    wish: Wish,
    now: datetime,
    slot: str = "",
    asked_by: str = "patient",
) -> BookedOrExisting:
    """Promise to ring `number` (E.164) back. An open promise for the same number and slot is merged, not doubled.

    So is one for the same patient and service at another number: he is then rung at the number he gave last.
    """
    row = {
        "id": request_id,
        "call_id": call_id,
        **_number_columns(vault, number),
        "slot": slot,
        "service": service,
        "language": language,
        "asked_by": asked_by,
        "texts": False,
        "state": RequestState.BOOKED,
        "message_left": False,
        "attempts": 0,
        "version": 1,
        "booked_at": now,
        **_columns(vars(wish)),
    }
    same = _same_promise(wish.patient_id, row)
    while True:
        have = _locked(tx, same)
        if not have and _inserted(tx, REQUESTS, row) and (made := request(tx, request_id)):
            tell_request(tx, made, "booked", now)
            return BookedOrExisting(made, created=True)
        if have := have or _locked(tx, same):
            return BookedOrExisting(_merge(tx, have, wish, row, now), created=False)
        if have := request(tx, request_id):
            return BookedOrExisting(have, created=False)
        # What stood in the way ended between the two looks: once more.


def _same_promise(patient_id: str | None, row: Mapping[str, Any]) -> ColumnElement[bool]:
    """Which promises are this one already: of the same number for the service or slot, or of the same patient."""
    same_service = REQUESTS.c.service == row["service"]
    of_number = (REQUESTS.c.number_hash == row["number_hash"]) & (same_service | (REQUESTS.c.slot == row["slot"]))
    of_patient = and_(REQUESTS.c.patient_id == patient_id, same_service) if patient_id else false()
    return or_(of_number, of_patient)


def _number_columns(vault: Vault, number: str) -> dict[str, str]:
    return {"number_hash": vault.digest("number", number), "number_sealed": vault.seal(number)}


def _inserted(tx: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    try:
        with tx.begin_nested():
            tx.execute(insert(table).values(**row))
    except IntegrityError:
        return False
    return True


def _locked(tx: Connection, which: ColumnElement[bool]) -> Request | None:
    row = tx.execute(
        select(*REQUEST_COLUMNS)
        .where(which, REQUESTS.c.state.in_(unfinished(REQUEST_MOVES)))
        .order_by(REQUESTS.c.id)
        .limit(1)
        .with_for_update()
    ).mappings()
    return one_request(row.first())


def _merge(tx: Connection, have: Request, wish: Wish, row: Mapping[str, Any], now: datetime) -> Request:
    changes = merged(have, wish)
    if changes:
        values = {**_columns(changes), "version": REQUESTS.c.version + 1}
        tx.execute(update(REQUESTS).where(REQUESTS.c.id == have.id).values(**values))
    moved = have.patient_id is not None and have.patient_id == wish.patient_id and _move_to_number(tx, have.id, row)
    joined = request(tx, have.id) or have
    if changes or moved:
        tell_request(tx, joined, "asked_again", now)
    return joined


def _move_to_number(tx: Connection, request_id: str, row: Mapping[str, Any]) -> bool:
    """Ring the patient at the number he gave last, unless a promise for that number stands already."""
    moved = {name: row[name] for name in ("number_hash", "number_sealed", "slot")}
    elsewhere = REQUESTS.c.number_hash != row["number_hash"]
    try:
        with tx.begin_nested():
            changed = tx.execute(update(REQUESTS).where(REQUESTS.c.id == request_id, elsewhere).values(**moved))
    except IntegrityError:
        return False
    return changed.rowcount == 1


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: " ".join(value) if name in LISTS else value for name, value in values.items()}


# --- the promise in line --------------------------------------------------------------------------------------------


def stand_in_line(tx: Connection, request_id: str, now: datetime) -> Request | None:
    """A due promise is to be put in line by the caller; None if somebody else does so, or it is no longer booked."""
    free = tx.scalar(
        select(REQUESTS.c.id)
        .where(REQUESTS.c.id == request_id, REQUESTS.c.state == RequestState.BOOKED, REQUESTS.c.paused_by.is_(None))
        .with_for_update(skip_locked=True)
    )
    return move_request(tx, free, RequestState.WAITING, "due", now) if free else None


def hand_over(tx: Connection, request_id: str, why: str, now: datetime) -> Request | None:
    """We cannot keep this promise by ourselves: a person decides. None if it had ended."""
    return move_request(tx, request_id, RequestState.TO_PERSON, why, now, ended_at=now)


def postpone(tx: Connection, request_id: str, until: datetime, now: datetime, why: str = "closed") -> bool:
    """Take a promise out of line until `until` (the center closes, the evening begins). False if it is not in line."""
    waiting = tx.scalar(
        select(REQUESTS.c.id)
        .where(REQUESTS.c.id == request_id, REQUESTS.c.state == RequestState.WAITING)
        .with_for_update()
    )
    return bool(waiting and move_request(tx, waiting, RequestState.BOOKED, why, now, due_at=until))


def kept_by_call(
    tx: Connection, *, number_hash: str, patient_id: str | None, service: str | None, now: datetime
) -> list[Request]:
    """He called in and talks with somebody: what he was promised for this service is kept without our ringing him.

    Only promises on which nobody works; where two share a telephone, only those of the one who calls.
    """
    same = (REQUESTS.c.number_hash == number_hash) & (REQUESTS.c.service == service)
    found = tx.execute(
        select(*REQUEST_COLUMNS).where(same, REQUESTS.c.state.in_((RequestState.BOOKED, RequestState.WAITING)))
    ).mappings()
    his = [one for row in found if (one := one_request(row)) and one.patient_id in (None, patient_id)]
    moved = (move_request(tx, one.id, RequestState.REACHED, "called_in", now, ended_at=now) for one in his)
    return [promise for promise in moved if promise]


def kept_by_hand(tx: Connection, request_id: str, now: datetime) -> Request | None:
    """Somebody spoke with the patient by other ways: the promise is kept. None if it had ended."""
    return move_request(tx, request_id, RequestState.REACHED, "by_hand", now, ended_at=now)


def change(tx: Connection, promise: Request, why: str, now: datetime, **changes: Any) -> Request | None:
    """Change what an open promise says; None if somebody changed it since it was read, or it has ended."""
    row = tx.execute(
        update(REQUESTS)
        .where(REQUESTS.c.id == promise.id, REQUESTS.c.version == promise.version)
        .where(REQUESTS.c.state.in_(unfinished(REQUEST_MOVES)))
        .values(version=REQUESTS.c.version + 1, **changes)
        .returning(*REQUEST_COLUMNS)
    ).mappings()
    changed = one_request(row.first())
    if changed:
        tell_request(tx, changed, why, now)
    return changed


def go_on(tx: Connection, call_id: str, now: datetime) -> list[Request]:
    """A call is over in which somebody waited for what he was promised: his promises stand again, at their places."""
    waiting = [promise for promise in paused_by(tx, call_id) if promise.state in unfinished(REQUEST_MOVES)]
    return [one for promise in waiting if (one := change(tx, promise, "stands_again", now, paused_by=None))]


def cancel(tx: Connection, request_id: str, why: str, now: datetime) -> Cancelled | None:
    """The patient takes the promise back; None if it had ended. The leg that may still ring is to be hung up."""
    over = {"ended_at": now, "taken_back": why[:20]}
    promise = move_request(tx, request_id, RequestState.CANCELLED, why, now, **over)
    if promise is None:
        return None
    going = open_attempt(tx, ATTEMPTS.c.request_id == request_id)
    if going:
        never_rang = going.state is AttemptState.INTENDED
        move_attempt(
            tx,
            going.id,
            AttemptState.NOT_PLACED if never_rang else AttemptState.MISSED,
            why,
            now,
            ended_at=now,
            outcome=why[:20],
        )
    return Cancelled(promise, going.sid if going else None)


def restored(tx: Connection, request_id: str) -> bool:
    """A promise that was taken back is about to be given again. False for everybody but the first who says so."""
    gone = (REQUESTS.c.id == request_id, REQUESTS.c.state == RequestState.CANCELLED, REQUESTS.c.taken_back != RESTORED)
    return tx.execute(update(REQUESTS).where(*gone).values(taken_back=RESTORED)).rowcount == 1


# --- attempts -------------------------------------------------------------------------------------------------------


def intend(tx: Connection, *, request_id: str, offer_id: int, now: datetime, ring_seconds: int) -> Attempt | None:
    """Write down the next try, for the clinician of this offer. None if the promise is not in line for one."""
    savepoint = tx.begin_nested()
    promise = move_request(tx, request_id, RequestState.CALLING, "clinician_ready", now)
    if promise is None or promise.attempts > policy.MAX_ATTEMPTS:
        savepoint.rollback()
        return None
    row = {
        "request_id": request_id,
        "offer_id": offer_id,
        "number_hash": tx.scalar(select(REQUESTS.c.number_hash).where(REQUESTS.c.id == request_id)),
        "number": promise.attempts,
        "state": AttemptState.INTENDED,
        "intended_at": now,
        "deadline": now + timedelta(seconds=ring_seconds) + policy.TO_SETTLE,
    }
    if not _inserted(tx, ATTEMPTS, row):
        savepoint.rollback()
        return None
    savepoint.commit()
    made = open_attempt(tx, ATTEMPTS.c.request_id == request_id)
    if made:
        tell_attempt(tx, made.id, "clinician_ready", now)
    return made


def start_dialling(tx: Connection, attempt_id: int, now: datetime) -> bool:
    """Claim the one dial of an attempt. Commit before asking the carrier: from here on a call may exist.

    False for everybody but the first: whoever is told False does not dial. If we hear no more of it, the carrier is
    asked at the deadline.
    """
    look = policy.next_look(now, now)
    return move_attempt(tx, attempt_id, AttemptState.UNKNOWN, "dialled", now, asked_at=now, deadline=look)


def adopt(tx: Connection, attempt_id: int, sid: str, *, now: datetime, ring_seconds: int) -> bool:
    """The carrier names an attempt's call, or a call introduces itself as such.

    False if the attempt is over or has another call: hang this one up.
    """
    tx.execute(
        update(ATTEMPTS)
        .where(ATTEMPTS.c.id == attempt_id, ATTEMPTS.c.sid.is_(None))
        .where(ATTEMPTS.c.state.in_(unfinished(ATTEMPT_MOVES)))
        .values(sid=sid)
    )
    known = attempt(tx, attempt_id)
    if known is None or known.sid != sid or known.state not in unfinished(ATTEMPT_MOVES):
        return False
    until = now + timedelta(seconds=ring_seconds) + policy.TO_SETTLE
    move_attempt(tx, attempt_id, AttemptState.PLACED, "rings", now, deadline=until)
    return True


def pass_on(tx: Connection, request_id: str, offer_id: int) -> Attempt | None:
    """Another clinician takes a patient who rings, or waits, since the one before was lost. None if he does not."""
    going = open_attempt(tx, ATTEMPTS.c.request_id == request_id)
    if going is None:
        return None
    tx.execute(update(ATTEMPTS).where(ATTEMPTS.c.id == going.id).values(offer_id=offer_id))
    return going


def answered(tx: Connection, attempt_id: int, accepted: bool, now: datetime) -> bool:
    """Somebody took the phone; `accepted` if he pressed the key. If not, the attempt is due to be told `missed`."""
    if accepted:
        return move_attempt(tx, attempt_id, AttemptState.ANSWERED, "accepted", now, deadline=now + policy.TO_MEET)
    return move_attempt(tx, attempt_id, AttemptState.ANSWERED, "not_accepted", now, deadline=now)


def reached(tx: Connection, attempt_id: int, now: datetime) -> bool:
    """Patient and clinician talk: the promise is kept. False if the attempt had ended."""
    going = lock(tx, attempt_id)
    ended = {"ended_at": now, "outcome": "reached"}
    if going is None or not move_attempt(tx, attempt_id, AttemptState.REACHED, "reached", now, **ended):
        return False
    return move_request(tx, going.request_id, RequestState.REACHED, "reached", now, ended_at=now) is not None


def reached_by_offer(tx: Connection, offer_id: int, now: datetime) -> bool:
    """As `reached`, for the open attempt made under this offer. False if there is none."""
    going = open_attempt(tx, ATTEMPTS.c.offer_id == offer_id)
    return going is not None and reached(tx, going.id, now)


def missed(tx: Connection, attempt_id: int, why: str, now: datetime) -> Request | None:
    """The patient was not reached: the promise is booked for its next try, or handed to a person. None if it was over.

    `why` is the carrier's word (busy, no_answer, failed), "no_key", "expired", "not_placed" for a dial that surely
    never rang, or "refused" for one that never will. An expired attempt of whose call nobody can tell is not repeated:
    a person looks at it.
    """
    going = lock(tx, attempt_id)
    if going is None or going.state not in unfinished(ATTEMPT_MOVES):
        return None
    means = policy.verdict(going, why)
    never_rang = means in (Verdict.AGAIN_SOON, Verdict.NEVER_WILL)
    end = AttemptState.NOT_PLACED if never_rang else AttemptState.MISSED
    move_attempt(tx, attempt_id, end, why, now, ended_at=now, outcome=why[:20])
    again = _next_due(tx, going, means, now)
    counted = going.number - never_rang
    if again is None:
        over = {"attempts": counted, "ended_at": now}
        return move_request(tx, going.request_id, RequestState.TO_PERSON, why, now, **over)
    return move_request(tx, going.request_id, RequestState.BOOKED, why, now, attempts=counted, due_at=again)


def whose(tx: Connection, promise: Request) -> tuple[str, ...]:
    """The patients whose wishes count where a promise rings: its own, or all who have its number, by id."""
    return who_may_answer(tx, promise.patient_id, _number_hash(tx, promise))


def _number_hash(tx: Connection, promise: Request) -> str:
    return str(tx.scalar(select(REQUESTS.c.number_hash).where(REQUESTS.c.id == promise.id)))


def wished(tx: Connection, promise: Request) -> policy.Wished:
    """The hours in which alone whoever is rung for a promise wants to be, as they say it now.

    None of them where nobody in particular wrote words of danger: a nurse does not wait for the afternoon.
    """
    if promise.patient_id is None and tx.scalar(select(CALLS.c.red_flag).where(CALLS.c.id == promise.call_id)):
        return ()
    return hours_where_it_rings(tx, promise.patient_id, _number_hash(tx, promise), promise.zones)


def _next_due(tx: Connection, ended: Attempt, means: Verdict, now: datetime) -> datetime | None:
    promise = request(tx, ended.request_id)
    zones = promise.zones if promise else ()
    hours = wished(tx, promise) if promise else ()
    match means:
        case Verdict.AGAIN_SOON:
            return policy.next_due_unplaced(unplaced(tx, ended.request_id), now, zones, hours)
        case Verdict.COUNTS:
            return policy.next_due(ended.number, now, zones, hours)
        case Verdict.OURS:
            return policy.next_due_at_front(ended.number, now, zones, hours)
    return None
