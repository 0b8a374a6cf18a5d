"""The rows of guests: inviting, and moving one by compare-and-set (`routing/guests.py` says what may follow what)."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    bindparam,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from config.statements import Statement
from routing import rows
from routing.guests import OPEN, Guest, Kind, Part, Room, State, before
from routing.offers import Offer
from routing.tables import Guest as GuestRow

GUESTS: Table = GuestRow.__table__  # type: ignore[attr-defined]
COLUMNS = [GUESTS.c[field.name] for field in fields(Guest)]
AT_ONCE = 50


class AlreadyAsked(Exception):
    """This clinician is asked into a room, or in one, already."""


def invite(tx: Connection, **values: Any) -> Guest:
    """A new invitation; `AlreadyAsked` where the clinician has one that is open."""
    try:
        with tx.begin_nested():
            row = tx.execute(insert(GUESTS).values(state=State.ASKED, **values).returning(*COLUMNS)).mappings().one()
    except IntegrityError:
        raise AlreadyAsked from None
    return _guest(row)


def guest(tx: Connection, guest_id: int) -> Guest | None:
    """One guest."""
    return next(iter(_where(tx, GUESTS.c.id == guest_id)), None)


def open_of(tx: Connection, offer_id: int) -> list[Guest]:
    """Those who are asked into the room of an offer, or in it, in the order in which they were asked."""
    return _where(tx, (GUESTS.c.offer_id == offer_id) & GUESTS.c.state.in_(sorted(OPEN)))


def of_call(tx: Connection, call_id: str) -> list[Guest]:
    """Every guest of a call, over or not."""
    return _where(tx, GUESTS.c.call_id == call_id)


_OVERDUE = Statement(  # asked at every tick of the clock
    select(GUESTS.c.id)
    .where(or_(*(GUESTS.c.state == state for state in sorted(OPEN - {State.IN_ROOM}))))
    .where(GUESTS.c.deadline <= bindparam("now"))
    .order_by(GUESTS.c.id)
    .limit(literal_column(str(AT_ONCE)))
)


def overdue(tx: Connection, now: datetime) -> list[int]:
    """Guests who did not come in time."""
    return [guest_id for (guest_id,) in _OVERDUE.rows(tx, {"now": now})]


def move(tx: Connection, guest_id: int, target: State, **changes: Any) -> Guest | None:
    """The guest in his new state; None if his state does not lead there."""
    row = tx.execute(
        update(GUESTS)
        .where(GUESTS.c.id == guest_id, GUESTS.c.state.in_(before(target)))
        .values(state=target, **changes)
        .returning(*COLUMNS)
    ).mappings()
    found = row.first()
    return _guest(found) if found else None


def adopt(tx: Connection, guest_id: int, sid: str) -> None:
    """The guest's leg introduces itself, also when we never learned that the call was placed."""
    move(tx, guest_id, State.PLACED)
    tx.execute(update(GUESTS).where(GUESTS.c.id == guest_id, GUESTS.c.sid.is_(None)).values(sid=sid))


def room_of(tx: Connection, offer_id: int, *, patient: bool, clinician: bool) -> Room:
    """Who is in the room of an offer, given whether the two whose talk it is are."""
    everybody = _where(tx, GUESTS.c.offer_id == offer_id)
    guests = [each for each in everybody if each.state in OPEN]
    inside = [each for each in guests if each.state is State.IN_ROOM]
    gone = [each for each in everybody if each.ended_at is not None]
    last = max(gone, key=lambda each: (each.ended_at, each.id), default=None)
    return Room(
        patient,
        clinician,
        guests=len(inside),
        coming=len(guests) - len(inside),
        met=last is None or last.state is State.LEFT,
        heard=sum(each.is_heard for each in inside),
    )


def note_before(tx: Connection, guest_id: int, state: str) -> None:
    """Note what a colleague did before he came."""
    tx.execute(update(GUESTS).where(GUESTS.c.id == guest_id).values(was=state))


def hold(tx: Connection, offer_id: int, since: datetime | None) -> None:
    """Note that the patient of a talk hears music since then; None: that he is back in it."""
    rows.change_offer(tx, offer_id, held_at=since)


def mute(tx: Connection, offer_id: int, since: datetime | None) -> None:
    """Note that nobody hears the clinician of a talk since then; None: that he is heard again."""
    rows.change_offer(tx, offer_id, muted_at=since)


def talk_of(tx: Connection, clinician_id: str) -> Offer | None:
    """The talk that this clinician is in; None when he is in none."""
    held = rows.offer(tx, rows.OFFERS.c.clinician_id == clinician_id, rows.OPEN_OFFERS, lock=True)
    return held if held is not None and held.talk_started_at is not None else None


def _where(tx: Connection, which: ColumnElement[bool]) -> list[Guest]:
    rows = tx.execute(select(*COLUMNS).where(which).order_by(GUESTS.c.id)).mappings()
    return [_guest(row) for row in rows]


def _guest(row: RowMapping) -> Guest:
    values = {**row, "kind": Kind(row["kind"]), "part": Part(row["part"]), "state": State(row["state"])}
    return Guest(**values)
