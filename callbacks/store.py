"""Reads and writes promised callbacks and the attempts to keep them. Every function takes the transaction it works in.

Every change is a compare-and-set on the state, from the states that `callbacks/requests.py` lets move there. Who
changes a promise and its attempt locks the promise first, so that two such changes never wait for each other.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update
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
    request,
    tell_attempt,
    tell_request,
    unplaced,
)
from config.vault import Vault

__all__ = [
    "Attempt", "Request", "adopt", "answered", "attempt", "attempt_of_offer", "attempt_of_sid", "attempts_of", "book",
    "cancel", "due_ids", "hand_over", "handed_over", "intend", "is_on_the_line", "kept_by_call", "look_again_at",
    "missed", "number", "of_clinician", "open_attempt_of_offer", "open_requests", "overdue", "postpone", "reached",
    "reached_by_offer", "request", "stand_in_line", "start_dialling",
]  # fmt: skip

# --- booking --------------------------------------------------------------------------------------------------------


def book(
    tx: Connection,
    vault: Vault,
    *,
    request_id: str,
    call_id: str,
    patient_id: str | None,
    number: str,
    service: str,
    language: str,
    own_id: str | None,
    team: tuple[str, ...],
    place_ms: int,
    due_at: datetime,
    promise_by: datetime,
    now: datetime,
) -> BookedOrExisting:
    """Promise to ring `number` (E.164) back. An open promise for the same number and service is merged, not doubled."""
    digest = vault.digest("number", number)
    wish = Wish(patient_id, own_id, team, place_ms, due_at, promise_by)
    row = {
        "id": request_id,
        "call_id": call_id,
        "number_hash": digest,
        "number_sealed": vault.seal(number),
        "service": service,
        "language": language,
        "state": RequestState.BOOKED,
        "attempts": 0,
        "version": 1,
        "booked_at": now,
        **_columns(vars(wish)),
    }
    while True:
        if _inserted(tx, REQUESTS, row) and (made := request(tx, request_id)):
            tell_request(tx, made, "booked", now)
            return BookedOrExisting(made, created=True)
        if have := _open_for(tx, digest, service):
            return BookedOrExisting(_merge(tx, have, wish, now), created=False)
        if have := request(tx, request_id):
            return BookedOrExisting(have, created=False)
        # What stood in the way ended between the two looks: once more.


def _inserted(tx: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    try:
        with tx.begin_nested():
            tx.execute(insert(table).values(**row))
    except IntegrityError:
        return False
    return True


def _open_for(tx: Connection, digest: str, service: str) -> Request | None:
    row = tx.execute(
        select(*REQUEST_COLUMNS)
        .where(REQUESTS.c.number_hash == digest, REQUESTS.c.service == service)
        .where(REQUESTS.c.state.in_(unfinished(REQUEST_MOVES)))
        .with_for_update()
    ).mappings()
    return one_request(row.first())


def _merge(tx: Connection, have: Request, wish: Wish, now: datetime) -> Request:
    changes = merged(have, wish)
    if not changes:
        return have
    values = {**_columns(changes), "version": REQUESTS.c.version + 1}
    tx.execute(update(REQUESTS).where(REQUESTS.c.id == have.id).values(**values))
    joined = request(tx, have.id) or have
    tell_request(tx, joined, "asked_again", now)
    return joined


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: " ".join(value) if name == "team" else value for name, value in values.items()}


# --- the promise in line --------------------------------------------------------------------------------------------


def stand_in_line(tx: Connection, request_id: str, now: datetime) -> Request | None:
    """A due promise is to be put in line by the caller; None if somebody else does so, or it is no longer booked."""
    free = tx.scalar(
        select(REQUESTS.c.id)
        .where(REQUESTS.c.id == request_id, REQUESTS.c.state == RequestState.BOOKED)
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


def cancel(tx: Connection, request_id: str, why: str, now: datetime) -> Cancelled | None:
    """The patient takes the promise back; None if it had ended. The leg that may still ring is to be hung up."""
    promise = move_request(tx, request_id, RequestState.CANCELLED, why, now, ended_at=now)
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


# --- attempts -------------------------------------------------------------------------------------------------------


def intend(tx: Connection, *, request_id: str, offer_id: int, now: datetime, ring_seconds: int) -> Attempt | None:
    """Write down the next try, for the clinician of this offer. None if the promise is not in line for one."""
    savepoint = tx.begin_nested()
    taken = {"attempts": REQUESTS.c.attempts + 1}
    promise = move_request(tx, request_id, RequestState.CALLING, "clinician_ready", now, **taken)
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


def missed(tx: Connection, attempt_id: int, why: str, now: datetime, zone: str) -> Request | None:
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
    again = _next_due(tx, going, means, now, zone)
    counted = going.number - never_rang
    if again is None:
        over = {"attempts": counted, "ended_at": now}
        return move_request(tx, going.request_id, RequestState.TO_PERSON, why, now, **over)
    return move_request(tx, going.request_id, RequestState.BOOKED, why, now, attempts=counted, due_at=again)


def _next_due(tx: Connection, ended: Attempt, means: Verdict, now: datetime, zone: str) -> datetime | None:
    match means:
        case Verdict.AGAIN_SOON:
            return policy.next_due_unplaced(unplaced(tx, ended.request_id), now, zone)
        case Verdict.COUNTS:
            return policy.next_due(ended.number, now, zone)
    return None
