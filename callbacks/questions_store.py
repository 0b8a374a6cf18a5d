"""What others ask of the promises: whose stand, for which windows, how many, and who wants to be left alone."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Table, and_, bindparam, delete, func, insert, or_, select, text
from sqlalchemy.exc import IntegrityError

from callbacks.requests import NOTHING_RESTS, REQUEST_MOVES, Kind, Request, RequestState, Resting, unfinished
from callbacks.rows_store import REQUEST_COLUMNS, REQUESTS, one_request, resting
from callbacks.tables import OPEN_REQUEST, OptOut
from calls.tables import Call
from config.statements import Statement, in_slots, is_any
from config.vault import Vault

OPT_OUTS: Table = OptOut.__table__  # type: ignore[attr-defined]
CALLS: Table = Call.__table__  # type: ignore[attr-defined]
_OPEN = REQUESTS.c.state.in_(unfinished(REQUEST_MOVES))
_NAMES = [column.key for column in REQUEST_COLUMNS]
_HIS = REQUESTS.c.patient_id == bindparam("patient")
_NOBODYS = and_(REQUESTS.c.patient_id.is_(None), REQUESTS.c.number_hash == bindparam("number"))
_OPEN_OF_PATIENT, _OPEN_AT_NUMBER = (  # asked whenever somebody proves who he is
    Statement(
        select(*REQUEST_COLUMNS)
        .where(whose, is_any(REQUESTS.c.service), text(OPEN_REQUEST))
        .order_by(REQUESTS.c.due_at, REQUESTS.c.id)
    )
    for whose in (_HIS, or_(_HIS, _NOBODYS))
)


def open_for(tx: Connection, *, patient: str, services: Collection[str], number: str | None = None) -> Request | None:
    """The open promise for one of these services that is due first: of a proved patient, or of nobody at his number.

    `number` is the keyed hash of one that is his alone, if there is such a number.
    """
    statement = _OPEN_AT_NUMBER if number else _OPEN_OF_PATIENT
    whose = {"patient": patient, "number": number} if number else {"patient": patient}
    rows = [row for slots in in_slots(services) if (row := statement.first(tx, {**whose, **slots}))]
    found = [each for row in rows if (each := one_request(dict(zip(_NAMES, row, strict=True))))]
    return min(found, key=lambda each: (each.due_at, each.id), default=None)


def of_number(tx: Connection, number: str) -> list[Request]:
    """All open promises of a number (keyed hash)."""
    rows = tx.execute(select(*REQUEST_COLUMNS).where(REQUESTS.c.number_hash == number, _OPEN)).mappings()
    return [found for row in rows if (found := one_request(row))]


def taken_back(tx: Connection, number: str, how: str, since: datetime) -> list[Request]:
    """The promises of a number (keyed hash) that were taken back in this way since an instant, the last one first."""
    over = (REQUESTS.c.state == RequestState.CANCELLED, REQUESTS.c.taken_back == how, REQUESTS.c.ended_at > since)
    rows = tx.execute(
        select(*REQUEST_COLUMNS).where(REQUESTS.c.number_hash == number, *over).order_by(REQUESTS.c.ended_at.desc())
    ).mappings()
    return [found for row in rows if (found := one_request(row))]


def standing(tx: Connection, *, number: str, patient: str | None, service: str, slot: str) -> Request | None:
    """The open promise that a new one to this number (keyed hash), or to this patient, would join (`store.book`)."""
    same = REQUESTS.c.service == service
    of_number = (REQUESTS.c.number_hash == number) & (same | (REQUESTS.c.slot == slot))
    whose = or_(of_number, *([same & (REQUESTS.c.patient_id == patient)] if patient else []))
    found = select(*REQUEST_COLUMNS).where(whose, _OPEN).order_by(REQUESTS.c.id).limit(1)
    return one_request(tx.execute(found).mappings().first())


def of_call(tx: Connection, call_id: str) -> Request | None:
    """The open promise that was made last in a call."""
    row = tx.execute(
        select(*REQUEST_COLUMNS).where(REQUESTS.c.call_id == call_id, _OPEN).order_by(REQUESTS.c.booked_at.desc())
    ).mappings()
    return one_request(row.first())


def number_of(tx: Connection, vault: Vault, request_id: str) -> str:
    """The number (E.164) of a promise; "" if there is no such promise."""
    sealed = tx.execute(select(REQUESTS.c.number_sealed).where(REQUESTS.c.id == request_id)).scalar()
    return vault.open(sealed) if sealed else ""


def windows_of(tx: Connection, own_id: str) -> list[tuple[datetime, datetime]]:
    """The windows that are promised for one clinician."""
    his = (REQUESTS.c.own_id == own_id, REQUESTS.c.kind == Kind.WINDOW, _OPEN)
    found = tx.execute(select(REQUESTS.c.promised_from, REQUESTS.c.promise_by).where(*his))
    return [(starts, ends) for starts, ends in found]


def count_open(tx: Connection, services: Collection[str], before: datetime) -> int:
    """How many promises of these services are to be kept by an instant."""
    same = (REQUESTS.c.service.in_(services), REQUESTS.c.promise_by <= before, _OPEN)
    return tx.execute(select(func.count()).select_from(REQUESTS).where(*same)).scalar_one()


def by_deadline(
    tx: Connection, services: Collection[str], now: datetime, limit: int, *, but: Resting = NOTHING_RESTS
) -> list[Request]:
    """Promises by a deadline that may be kept before they are pressing, oldest place first; none before its time."""
    early = (REQUESTS.c.kind == Kind.DEADLINE, REQUESTS.c.state == RequestState.BOOKED, REQUESTS.c.attempts == 0)
    begun = (REQUESTS.c.promised_from <= now, REQUESTS.c.due_at > now, REQUESTS.c.paused_by.is_(None))
    wanted = select(*REQUEST_COLUMNS).where(*early, *begun, REQUESTS.c.service.in_(services), ~resting(but))
    rows = tx.execute(wanted.order_by(REQUESTS.c.place_ms, REQUESTS.c.id).limit(limit)).mappings()
    return [found for row in rows if (found := one_request(row))]


# --- limits ---------------------------------------------------------------------------------------------------------


def booked_since(tx: Connection, since: datetime, *, number: str) -> list[str]:
    """The promises that were given to a number (keyed hash) since an instant."""
    wanted = select(REQUESTS.c.id).where(REQUESTS.c.number_hash == number, REQUESTS.c.booked_at > since)
    return list(tx.execute(wanted).scalars())


def new_numbers_since(tx: Connection, since: datetime, *, patient: str | None, caller: str | None) -> set[str]:
    """The numbers (keyed hashes) that a patient, or a calling number, named since then and did not call from."""
    whose = [REQUESTS.c.patient_id == patient] if patient else []
    whose += [CALLS.c.caller_hash == caller] if caller else []
    if not whose:
        return set()
    wanted = (
        select(REQUESTS.c.number_hash)
        .join(CALLS, CALLS.c.id == REQUESTS.c.call_id)
        .where(or_(*whose), REQUESTS.c.booked_at > since, REQUESTS.c.slot == "")
        .where(or_(CALLS.c.caller_hash.is_(None), CALLS.c.caller_hash != REQUESTS.c.number_hash))
    )
    return set(tx.execute(wanted).scalars())


# --- numbers that want to be left alone -----------------------------------------------------------------------------


def opted_out(tx: Connection, number: str) -> bool:
    """Whether a number (keyed hash) asked for no more calls and texts."""
    return tx.execute(select(OPT_OUTS.c.number_hash).where(OPT_OUTS.c.number_hash == number)).first() is not None


def opt_out(tx: Connection, number: str, how: str, now: datetime) -> None:
    """From now on this number is neither rung nor texted."""
    try:
        with tx.begin_nested():
            tx.execute(insert(OPT_OUTS).values(number_hash=number, at=now, how=how))
    except IntegrityError:
        return  # it asked before


def opt_in(tx: Connection, number: str) -> None:
    """This number may be rung and texted again."""
    tx.execute(delete(OPT_OUTS).where(OPT_OUTS.c.number_hash == number))
