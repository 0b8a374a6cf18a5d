"""The rows of promises and attempts: finding them, and moving one from state to state. `store.py` is the way in.

Every move is a compare-and-set, from the states that `callbacks/requests.py` lets lead to the wanted one.
"""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, select, update
from sqlmodel import SQLModel

from callbacks.requests import (
    ATTEMPT_MOVES,
    REQUEST_MOVES,
    Attempt,
    AttemptState,
    Request,
    RequestState,
    leading_to,
    unfinished,
)
from callbacks.tables import CallbackAttempt, CallbackRequest
from config.vault import Vault


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


REQUESTS, ATTEMPTS = _table(CallbackRequest), _table(CallbackAttempt)
REQUEST_COLUMNS = [REQUESTS.c[field.name] for field in fields(Request)]
ATTEMPT_COLUMNS = [ATTEMPTS.c[field.name] for field in fields(Attempt)]


# --- looking --------------------------------------------------------------------------------------------------------


def request(tx: Connection, request_id: str) -> Request | None:
    """One promise."""
    return one_request(tx.execute(select(*REQUEST_COLUMNS).where(REQUESTS.c.id == request_id)).mappings().first())


def attempt(tx: Connection, attempt_id: int) -> Attempt | None:
    """One attempt."""
    return _one_attempt(tx.execute(select(*ATTEMPT_COLUMNS).where(ATTEMPTS.c.id == attempt_id)).mappings().first())


def number(tx: Connection, vault: Vault, attempt_id: int) -> str | None:
    """The number (E.164) to dial for an attempt; None if there is no such attempt."""
    sealed = tx.scalar(
        select(REQUESTS.c.number_sealed)
        .join(ATTEMPTS, ATTEMPTS.c.request_id == REQUESTS.c.id)
        .where(ATTEMPTS.c.id == attempt_id)
    )
    return vault.open(sealed) if sealed else None


def overdue(tx: Connection, now: datetime) -> list[Attempt]:
    """Open attempts past their deadline, oldest first."""
    rows = tx.execute(
        select(*ATTEMPT_COLUMNS)
        .where(ATTEMPTS.c.state.in_(unfinished(ATTEMPT_MOVES)), ATTEMPTS.c.deadline <= now)
        .order_by(ATTEMPTS.c.id)
    ).mappings()
    return [found for row in rows if (found := _one_attempt(row))]


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


def move_request(tx: Connection, request_id: str, target: RequestState, **changes: Any) -> Request | None:
    """The promise in its new state, or None if its state does not lead there."""
    row = tx.execute(
        update(REQUESTS)
        .where(REQUESTS.c.id == request_id, REQUESTS.c.state.in_(leading_to(REQUEST_MOVES, target)))
        .values(state=target, version=REQUESTS.c.version + 1, **changes)
        .returning(*REQUEST_COLUMNS)
    ).mappings()
    return one_request(row.first())


def move_attempt(tx: Connection, attempt_id: int, target: AttemptState, **changes: Any) -> bool:
    """Whether the attempt moved: False if its state does not lead there."""
    moved = tx.execute(
        update(ATTEMPTS)
        .where(ATTEMPTS.c.id == attempt_id, ATTEMPTS.c.state.in_(leading_to(ATTEMPT_MOVES, target)))
        .values(state=target, **changes)
    )
    return moved.rowcount == 1


def lock(tx: Connection, attempt_id: int) -> Attempt | None:
    """The attempt, after locking its promise."""
    of_attempt = select(ATTEMPTS.c.request_id).where(ATTEMPTS.c.id == attempt_id).scalar_subquery()
    tx.execute(select(REQUESTS.c.id).where(REQUESTS.c.id == of_attempt).with_for_update())
    return attempt(tx, attempt_id)


def open_attempt(tx: Connection, which: Any) -> Attempt | None:
    """The open attempt that fulfils a condition."""
    rows = tx.execute(select(*ATTEMPT_COLUMNS).where(which, ATTEMPTS.c.state.in_(unfinished(ATTEMPT_MOVES)))).mappings()
    return _one_attempt(rows.first())


def open_attempt_of_offer(tx: Connection, offer_id: int) -> Attempt | None:
    """The open attempt made under an offer."""
    return open_attempt(tx, ATTEMPTS.c.offer_id == offer_id)


def attempt_of_offer(tx: Connection, offer_id: int) -> Attempt | None:
    """The latest attempt made under an offer, open or over."""
    made = select(*ATTEMPT_COLUMNS).where(ATTEMPTS.c.offer_id == offer_id).order_by(ATTEMPTS.c.id.desc()).limit(1)
    return _one_attempt(tx.execute(made).mappings().first())


def one_request(row: RowMapping | None) -> Request | None:
    """The value of a row of REQUEST_COLUMNS."""
    if row is None:
        return None
    return Request(**{**row, "team": tuple(row["team"].split()), "state": RequestState(row["state"])})


def _one_attempt(row: RowMapping | None) -> Attempt | None:
    return Attempt(**{**row, "state": AttemptState(row["state"])}) if row is not None else None
