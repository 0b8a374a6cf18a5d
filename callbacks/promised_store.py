"""What others ask of promises: whether one is open for a patient, and which were handed to a person."""

from datetime import datetime

from sqlalchemy import Connection, or_, select

from callbacks.requests import REQUEST_MOVES, Request, RequestState, unfinished
from callbacks.rows_store import REQUEST_COLUMNS, REQUESTS, one_request


def has_open(tx: Connection, *, patient_id: str | None, number_hash: str | None) -> bool:
    """Whether a promise to this patient, or to this number, is still to be kept."""
    whom = [
        *([REQUESTS.c.patient_id == patient_id] if patient_id else []),
        *([REQUESTS.c.number_hash == number_hash] if number_hash else []),
    ]
    if not whom:
        return False
    open_ = REQUESTS.c.state.in_(unfinished(REQUEST_MOVES))
    return tx.execute(select(REQUESTS.c.id).where(or_(*whom), open_).limit(1)).first() is not None


def number_of(tx: Connection, request_id: str) -> tuple[str, str]:
    """The number a promise is to ring: its keyed hash, and sealed."""
    row = tx.execute(select(REQUESTS.c.number_hash, REQUESTS.c.number_sealed).where(REQUESTS.c.id == request_id)).one()
    return row.number_hash, row.number_sealed


def to_person_since(tx: Connection, since: datetime) -> list[Request]:
    """Promises that were handed to a person since an instant."""
    handed = (REQUESTS.c.state == RequestState.TO_PERSON) & (REQUESTS.c.ended_at >= since)
    rows = tx.execute(select(*REQUEST_COLUMNS).where(handed).order_by(REQUESTS.c.ended_at)).mappings()
    return [found for row in rows if (found := one_request(row))]
