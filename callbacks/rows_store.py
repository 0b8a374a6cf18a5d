"""The rows of promises and attempts: finding them, and moving one from state to state. `store.py` is the way in.

Every move is a compare-and-set, from the states that `callbacks/requests.py` lets lead to the wanted one. Every move
is told to the journal in the same transaction: the ledger is counted from the rows, and recounted from there.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlmodel import SQLModel

from callbacks.requests import (
    ATTEMPT_MOVES,
    NOTHING_RESTS,
    REQUEST_MOVES,
    Attempt,
    AttemptState,
    Kind,
    Request,
    RequestState,
    Resting,
    leading_to,
    unfinished,
)
from callbacks.tables import BOOKED_REQUEST, IN_LINE_REQUEST, OPEN_ATTEMPT, CallbackAttempt, CallbackRequest
from calls.store import CALLS, LEGS, Fact, write_journal
from config.statements import Statement
from config.vault import Vault


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


REQUESTS, ATTEMPTS = _table(CallbackRequest), _table(CallbackAttempt)
REQUEST_NAMES = [field.name for field in fields(Request)]
REQUEST_COLUMNS = [REQUESTS.c[name] for name in REQUEST_NAMES]
LISTS = ("team", "zones")  # kept as words with spaces between
ATTEMPT_NAMES = [field.name for field in fields(Attempt)]
ATTEMPT_COLUMNS = [ATTEMPTS.c[name] for name in ATTEMPT_NAMES]
# Built once: a statement that is asked all the time costs more to put together than to run.
_REQUEST = Statement(select(*REQUEST_COLUMNS).where(REQUESTS.c.id == bindparam("wanted")))
_PAUSED_BY = Statement(select(*REQUEST_COLUMNS).where(REQUESTS.c.paused_by == bindparam("call")))
_ATTEMPT = Statement(select(*ATTEMPT_COLUMNS).where(ATTEMPTS.c.id == bindparam("wanted")))
_ATTEMPTS = Statement(select(*ATTEMPT_COLUMNS).where(ATTEMPTS.c.request_id == bindparam("of")).order_by(ATTEMPTS.c.id))
PROMISE_FACT, ATTEMPT_FACT = "promise", "attempt"  # in the journal


# --- looking --------------------------------------------------------------------------------------------------------


def request(tx: Connection, request_id: str) -> Request | None:
    """One promise."""
    row = _REQUEST.first(tx, {"wanted": request_id})
    return one_request(dict(zip(REQUEST_NAMES, row, strict=True))) if row else None


def paused_by(tx: Connection, call_id: str) -> list[Request]:
    """The promises that rest because of this call, ended ones too."""
    rows = [dict(zip(REQUEST_NAMES, row, strict=True)) for row in _PAUSED_BY.rows(tx, {"call": call_id})]
    return [found for row in rows if (found := one_request(row))]


def attempt(tx: Connection, attempt_id: int) -> Attempt | None:
    """One attempt."""
    row = _ATTEMPT.first(tx, {"wanted": attempt_id})
    return one_attempt(dict(zip(ATTEMPT_NAMES, row, strict=True))) if row else None


def attempt_of_sid(tx: Connection, sid: str) -> Attempt | None:
    """The attempt that this call was made for."""
    return one_attempt(tx.execute(select(*ATTEMPT_COLUMNS).where(ATTEMPTS.c.sid == sid)).mappings().first())


def attempts_of(tx: Connection, request_id: str) -> list[Attempt]:
    """All tries to keep a promise, in order."""
    rows = [dict(zip(ATTEMPT_NAMES, row, strict=True)) for row in _ATTEMPTS.rows(tx, {"of": request_id})]
    return [found for row in rows if (found := one_attempt(row))]


def number(tx: Connection, vault: Vault, attempt_id: int) -> str | None:
    """The number (E.164) to dial for an attempt; None if there is no such attempt."""
    sealed = tx.scalar(
        select(REQUESTS.c.number_sealed)
        .join(ATTEMPTS, ATTEMPTS.c.request_id == REQUESTS.c.id)
        .where(ATTEMPTS.c.id == attempt_id)
    )
    return vault.open(sealed) if sealed else None


# Predicates of partial indexes, in the words of `callbacks/tables.py`: with parameters no index would be used.
_OPEN_ATTEMPTS, _BOOKED = text(OPEN_ATTEMPT), text(BOOKED_REQUEST)
_ON_THE_LINE = (
    select(CALLS.c.caller_hash)
    .join(LEGS, LEGS.c.call_id == CALLS.c.id)
    .where(LEGS.c.ended_at.is_(None), LEGS.c.party == "patient", CALLS.c.caller_hash.is_not(None))
)
_ALSO = REQUESTS.alias("also")
_RINGS_ALREADY = (
    select(_ALSO.c.id).where(_ALSO.c.number_hash == REQUESTS.c.number_hash, text(f"also.{IN_LINE_REQUEST}")).exists()
)


_OVERDUE = Statement(  # asked at every tick of the clock
    select(*ATTEMPT_COLUMNS).where(_OPEN_ATTEMPTS, ATTEMPTS.c.deadline <= bindparam("now")).order_by(ATTEMPTS.c.id)
)
_DUE = (
    select(REQUESTS.c.id)
    .where(_BOOKED, REQUESTS.c.due_at <= bindparam("now"))
    .where(REQUESTS.c.number_hash.not_in(_ON_THE_LINE), ~_RINGS_ALREADY)
    .order_by(REQUESTS.c.place_ms, REQUESTS.c.id)
    .limit(bindparam("most"))
)
_DUE_NOW = Statement(_DUE)


def overdue(tx: Connection, now: datetime) -> list[Attempt]:
    """Open attempts past their deadline, oldest first."""
    rows = [dict(zip(ATTEMPT_NAMES, row, strict=True)) for row in _OVERDUE.rows(tx, {"now": now})]
    return [found for row in rows if (found := one_attempt(row))]


def resting(but: Resting) -> ColumnElement[bool]:
    """Which promises rest, in the words of the database; see `Resting.rests`."""
    called = CALLS.c.dialled.not_in(but.numbers) if but.all_but else CALLS.c.dialled.in_(but.numbers)
    those = exists().where(CALLS.c.id == REQUESTS.c.call_id, called)
    whole = REQUESTS.c.service.in_(but.services)
    return or_(whole, and_(REQUESTS.c.service.in_(but.by_line), those)) if but.by_line else whole


def due_ids(tx: Connection, now: datetime, limit: int, *, but: Resting = NOTHING_RESTS) -> list[str]:
    """Booked promises whose time has come, best place first; none that rests.

    Not those whose patient is on the line with us at this moment, nor whose telephone another promise is about to ring.
    """
    values = {"now": now, "most": limit}
    if but == NOTHING_RESTS:
        return [promise for (promise,) in _DUE_NOW.rows(tx, values)]
    return list(tx.scalars(_DUE.where(~resting(but)), values).all())


def is_on_the_line(tx: Connection, request_id: str) -> bool:
    """Whether somebody calls us at this moment from the very telephone that the promise is to ring."""
    same = select(REQUESTS.c.id).where(REQUESTS.c.id == request_id, REQUESTS.c.number_hash.in_(_ON_THE_LINE))
    return tx.execute(same).first() is not None


def open_requests(tx: Connection) -> list[Request]:
    """Promises still to be kept, best place first."""
    return _requests(tx, REQUESTS.c.state.in_(unfinished(REQUEST_MOVES)))


def of_clinician(tx: Connection, clinician_id: str) -> list[Request]:
    """Promises still to be kept to patients of this clinician, best place first."""
    return _requests(tx, REQUESTS.c.state.in_(unfinished(REQUEST_MOVES)) & (REQUESTS.c.own_id == clinician_id))


def handed_over(tx: Connection) -> list[Request]:
    """Promises that a person must keep, best place first."""
    return _requests(tx, REQUESTS.c.state == RequestState.TO_PERSON)


def _requests(tx: Connection, which: Any) -> list[Request]:
    rows = tx.execute(select(*REQUEST_COLUMNS).where(which).order_by(REQUESTS.c.place_ms, REQUESTS.c.id)).mappings()
    return [found for row in rows if (found := one_request(row))]


def unplaced(tx: Connection, request_id: str) -> int:
    """Tries that never rang since the last one that did."""
    last_rung = select(func.coalesce(func.max(ATTEMPTS.c.id), 0)).where(
        ATTEMPTS.c.request_id == request_id, ATTEMPTS.c.state != AttemptState.NOT_PLACED
    )
    since = select(func.count()).where(ATTEMPTS.c.request_id == request_id, ATTEMPTS.c.id > last_rung.scalar_subquery())
    return max(1, tx.execute(since).scalar_one())


# --- moving ---------------------------------------------------------------------------------------------------------


def move_request(
    tx: Connection, request_id: str, target: RequestState, why: str, now: datetime, **changes: Any
) -> Request | None:
    """The promise in its new state, or None if its state does not lead there. Called, it counts one attempt more."""
    new = {f"new_{name}": value for name, value in changes.items()}
    row = _moving(target, tuple(changes)).first(tx, {"wanted": request_id, **new})
    moved = one_request(dict(zip(REQUEST_NAMES, row, strict=True))) if row else None
    if moved:
        tell_request(tx, moved, why, now)
    return moved


@cache
def _moving(target: RequestState, changed: tuple[str, ...]) -> Statement:
    leads_there = or_(*(REQUESTS.c.state == state.value for state in leading_to(REQUEST_MOVES, target)))
    once_more = {"attempts": REQUESTS.c.attempts + 1} if target is RequestState.CALLING else {}
    new = {name: bindparam(f"new_{name}", type_=REQUESTS.c[name].type) for name in changed}
    return Statement(
        update(REQUESTS)
        .where(REQUESTS.c.id == bindparam("wanted"), leads_there)
        .values(state=target.value, version=REQUESTS.c.version + 1, **once_more, **new)
        .returning(*REQUEST_COLUMNS)
    )


def tell_request(tx: Connection, promise: Request, why: str, now: datetime) -> None:
    """Write to the journal how a promise stands from now on, and why."""
    details = {
        "promise": promise.id,
        "state": promise.state.value,
        "why": why,
        "due": promise.due_at.isoformat(),
        "by": promise.promise_by.isoformat(),
    }
    key = f"promise:{promise.id}:{promise.version}"
    write_journal(tx, [Fact(key, promise.call_id, PROMISE_FACT, now, None, details)])


def move_attempt(
    tx: Connection, attempt_id: int, target: AttemptState, why: str, now: datetime, **changes: Any
) -> bool:
    """Whether the attempt moved: False if its state does not lead there."""
    moved = tx.execute(
        update(ATTEMPTS)
        .where(ATTEMPTS.c.id == attempt_id, ATTEMPTS.c.state.in_(leading_to(ATTEMPT_MOVES, target)))
        .values(state=target, **changes)
    )
    if moved.rowcount != 1:
        return False
    tell_attempt(tx, attempt_id, why, now)
    return True


def tell_attempt(tx: Connection, attempt_id: int, why: str, now: datetime) -> None:
    """Write to the journal how an attempt stands from now on, and why."""
    known = attempt(tx, attempt_id)
    promise = request(tx, known.request_id) if known else None
    if known is None or promise is None:
        return
    details = {"promise": promise.id, "attempt": known.id, "state": known.state.value, "why": why}
    key = f"attempt:{known.id}:{known.state.value}"
    write_journal(tx, [Fact(key, promise.call_id, ATTEMPT_FACT, now, known.sid, details)])


def look_again_at(tx: Connection, attempt_id: int, instant: datetime) -> None:
    """Nothing is known of an open attempt's call yet: look at it again then."""
    tx.execute(update(ATTEMPTS).where(ATTEMPTS.c.id == attempt_id, _OPEN_ATTEMPTS).values(deadline=instant))


def lock(tx: Connection, attempt_id: int) -> Attempt | None:
    """The attempt, after locking its promise."""
    of_attempt = select(ATTEMPTS.c.request_id).where(ATTEMPTS.c.id == attempt_id).scalar_subquery()
    tx.execute(select(REQUESTS.c.id).where(REQUESTS.c.id == of_attempt).with_for_update())
    return attempt(tx, attempt_id)


def open_attempt(tx: Connection, which: Any) -> Attempt | None:
    """The open attempt that fulfils a condition."""
    rows = tx.execute(select(*ATTEMPT_COLUMNS).where(which, ATTEMPTS.c.state.in_(unfinished(ATTEMPT_MOVES)))).mappings()
    return one_attempt(rows.first())


def open_attempt_of_offer(tx: Connection, offer_id: int) -> Attempt | None:
    """The open attempt made under an offer."""
    return open_attempt(tx, ATTEMPTS.c.offer_id == offer_id)


def attempt_of_offer(tx: Connection, offer_id: int) -> Attempt | None:
    """The latest attempt made under an offer, open or over."""
    made = select(*ATTEMPT_COLUMNS).where(ATTEMPTS.c.offer_id == offer_id).order_by(ATTEMPTS.c.id.desc()).limit(1)
    return one_attempt(tx.execute(made).mappings().first())


def one_request(row: Mapping[Any, Any] | None) -> Request | None:
    """The value of a row of REQUEST_COLUMNS."""
    if row is None:
        return None
    lists = {name: tuple(row[name].split()) for name in LISTS}
    return Request(**{**row, **lists, "state": RequestState(row["state"]), "kind": Kind(row["kind"])})


def one_attempt(row: Mapping[Any, Any] | None) -> Attempt | None:
    """The value of a row of ATTEMPT_COLUMNS."""
    return Attempt(**{**row, "state": AttemptState(row["state"])}) if row is not None else None
