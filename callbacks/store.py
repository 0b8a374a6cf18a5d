"""Reads and writes promised callbacks and the attempts to keep them. Every function takes the transaction it works in.

Every change is a compare-and-set on the state, from the states that `callbacks/requests.py` lets move there. Who
changes a promise and its attempt locks the promise first, so that two such changes never wait for each other.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

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
    handed_over,
    lock,
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
    unplaced,
)
from config.vault import Vault

__all__ = [
    "Attempt", "Request", "adopt", "answered", "attempt", "attempt_of_offer", "book", "cancel", "due",
    "handed_over", "intend", "missed", "note_placed", "number", "of_clinician", "open_attempt_of_offer",
    "open_requests", "overdue", "postpone", "reached", "reached_by_offer", "request", "start_dialling",
]  # fmt: skip

AT_ONCE = 100  # promises put in line by one tick


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
            return BookedOrExisting(made, created=True)
        if have := _open_for(tx, digest, service):
            return BookedOrExisting(_merge(tx, have, wish), created=False)
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


def _merge(tx: Connection, have: Request, wish: Wish) -> Request:
    if changes := merged(have, wish):
        values = {**_columns(changes), "version": REQUESTS.c.version + 1}
        tx.execute(update(REQUESTS).where(REQUESTS.c.id == have.id).values(**values))
    return request(tx, have.id) or have


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: " ".join(value) if name == "team" else value for name, value in values.items()}


# --- the promise in line --------------------------------------------------------------------------------------------


def due(tx: Connection, now: datetime, limit: int = AT_ONCE) -> list[Request]:
    """Promises whose time has come, best place first, moved from booked to waiting: the caller puts them in line."""
    found = tx.scalars(
        select(REQUESTS.c.id)
        .where(REQUESTS.c.state == RequestState.BOOKED, REQUESTS.c.due_at <= now)
        .order_by(REQUESTS.c.place_ms, REQUESTS.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    moved = (move_request(tx, request_id, RequestState.WAITING) for request_id in found)
    return [promise for promise in moved if promise]


def postpone(tx: Connection, request_id: str, until: datetime) -> bool:
    """Take a promise out of line until `until` (the center closes, the evening begins). False if it is not in line."""
    moved = tx.execute(
        update(REQUESTS)
        .where(REQUESTS.c.id == request_id, REQUESTS.c.state == RequestState.WAITING)
        .values(state=RequestState.BOOKED, due_at=until, version=REQUESTS.c.version + 1)
    )
    return moved.rowcount == 1


def cancel(tx: Connection, request_id: str, why: str, now: datetime) -> Cancelled | None:
    """The patient takes the promise back; None if it had ended. The leg that may still ring is to be hung up."""
    promise = move_request(tx, request_id, RequestState.CANCELLED, ended_at=now)
    if promise is None:
        return None
    going = open_attempt(tx, ATTEMPTS.c.request_id == request_id)
    if going:
        never_rang = going.state is AttemptState.INTENDED
        move_attempt(
            tx,
            going.id,
            AttemptState.NOT_PLACED if never_rang else AttemptState.MISSED,
            ended_at=now,
            outcome=why[:20],
        )
    return Cancelled(promise, going.sid if going else None)


# --- attempts -------------------------------------------------------------------------------------------------------


def intend(tx: Connection, *, request_id: str, offer_id: int, now: datetime, ring_seconds: int) -> Attempt | None:
    """Write down the next try, for the clinician of this offer. None if the promise is not in line for one."""
    savepoint = tx.begin_nested()
    promise = move_request(tx, request_id, RequestState.CALLING, attempts=REQUESTS.c.attempts + 1)
    if promise is None or promise.attempts > policy.MAX_ATTEMPTS:
        savepoint.rollback()
        return None
    row = {
        "request_id": request_id,
        "offer_id": offer_id,
        "number": promise.attempts,
        "state": AttemptState.INTENDED,
        "intended_at": now,
        "deadline": now + timedelta(seconds=ring_seconds) + policy.TO_SETTLE,
    }
    if not _inserted(tx, ATTEMPTS, row):
        savepoint.rollback()
        return None
    savepoint.commit()
    return open_attempt(tx, ATTEMPTS.c.request_id == request_id)


def start_dialling(tx: Connection, attempt_id: int) -> bool:
    """Claim the one dial of an attempt. Commit before asking the carrier: from here on a call may exist.

    False for everybody but the first: whoever is told False does not dial.
    """
    return move_attempt(tx, attempt_id, AttemptState.UNKNOWN)


def note_placed(tx: Connection, attempt_id: int, outcome: Literal["placed", "unknown"], sid: str | None) -> bool:
    """What the carrier said about the dial. False if the attempt is over, or another call already introduced itself.

    A dial that surely came to nothing is told to `missed` with the cause "not_placed".
    """
    if outcome == "placed" and sid is not None:
        return adopt(tx, attempt_id, sid)
    now_is = attempt(tx, attempt_id)
    return start_dialling(tx, attempt_id) or (now_is is not None and now_is.state in unfinished(ATTEMPT_MOVES))


def adopt(tx: Connection, attempt_id: int, sid: str) -> bool:
    """A call introduces itself as this attempt's. False if the attempt is over or has another call: hang it up."""
    tx.execute(
        update(ATTEMPTS)
        .where(ATTEMPTS.c.id == attempt_id, ATTEMPTS.c.sid.is_(None))
        .where(ATTEMPTS.c.state.in_(unfinished(ATTEMPT_MOVES)))
        .values(sid=sid)
    )
    known = attempt(tx, attempt_id)
    if known is None or known.sid != sid or known.state not in unfinished(ATTEMPT_MOVES):
        return False
    move_attempt(tx, attempt_id, AttemptState.PLACED)
    return True


def answered(tx: Connection, attempt_id: int, accepted: bool, now: datetime) -> bool:
    """Somebody took the phone; `accepted` if he pressed the key. If not, the attempt is due to be told `missed`."""
    if accepted:
        return move_attempt(tx, attempt_id, AttemptState.ANSWERED, deadline=now + policy.TO_MEET)
    return move_attempt(tx, attempt_id, AttemptState.ANSWERED, deadline=now, outcome="not_accepted")


def reached(tx: Connection, attempt_id: int, now: datetime) -> bool:
    """Patient and clinician talk: the promise is kept. False if the attempt had ended."""
    going = lock(tx, attempt_id)
    if going is None or not move_attempt(tx, attempt_id, AttemptState.REACHED, ended_at=now, outcome="reached"):
        return False
    return move_request(tx, going.request_id, RequestState.REACHED, ended_at=now) is not None


def reached_by_offer(tx: Connection, offer_id: int, now: datetime) -> bool:
    """As `reached`, for the open attempt made under this offer. False if there is none."""
    going = open_attempt(tx, ATTEMPTS.c.offer_id == offer_id)
    return going is not None and reached(tx, going.id, now)


def missed(tx: Connection, attempt_id: int, why: str, now: datetime, zone: str) -> Request | None:
    """The patient was not reached: the promise is booked for its next try, or handed to a person. None if it was over.

    `why` is the carrier's word (busy, no_answer, failed), "no_key", "expired", or "not_placed" for a dial that
    surely never rang. An expired attempt whose call we never heard of is not repeated: a person looks at it.
    """
    going = lock(tx, attempt_id)
    if going is None or going.state not in unfinished(ATTEMPT_MOVES):
        return None
    means = policy.verdict(going, why)
    never_rang = means is Verdict.AGAIN_SOON
    end = AttemptState.NOT_PLACED if never_rang else AttemptState.MISSED
    move_attempt(tx, attempt_id, end, ended_at=now, outcome=why[:20])
    return _after(tx, going, means, now, zone)


def _after(tx: Connection, ended: Attempt, means: Verdict, now: datetime, zone: str) -> Request | None:
    if means is Verdict.AGAIN_SOON:
        again = policy.next_due_unplaced(unplaced(tx, ended.request_id), now, zone)
        counted = ended.number - 1
    else:
        again = policy.next_due(ended.number, now, zone) if means is Verdict.COUNTS else None
        counted = ended.number
    if again is None:
        return move_request(tx, ended.request_id, RequestState.TO_PERSON, attempts=counted, ended_at=now)
    return move_request(tx, ended.request_id, RequestState.BOOKED, attempts=counted, due_at=again)
