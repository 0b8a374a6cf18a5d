"""Rows of routing as values: read them, lock them, and write them by compare-and-set.

Locks are always taken in this order, so that two transactions never hold what the other needs: leg, wait, presence,
offer, promise, attempt, and the call's own row last. Whoever changes more than one row of an offer or of an attempt
locks its wait first (`store.lock_wait`), and so waits there for everybody else who does.

Longer than 300 lines because the rows of all tables of routing share the order of their locks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from config.columns import metadata
from config.statements import Statement
from routing import offers, presence, tables
from routing.needs import Need, Wait, WaitState
from routing.offers import Offer
from routing.presence import Presence

WAITS: Table = metadata.tables[str(tables.Wait.__tablename__)]
PRESENCES: Table = metadata.tables[str(tables.Presence.__tablename__)]
CHANGES: Table = metadata.tables[str(tables.PresenceChange.__tablename__)]
PROTECTIONS: Table = metadata.tables[str(tables.Protection.__tablename__)]
OFFERS: Table = metadata.tables[str(tables.Offer.__tablename__)]


def _open(column: ColumnElement[str], states: Sequence[WaitState | offers.State]) -> ColumnElement[bool]:
    """In one of these states, in the words of the partial indexes of `routing/tables.py`.

    With parameters no such index would be used, and every tick of the clock would read all that there ever was.
    """
    return column.in_([literal_column(f"'{state.value}'") for state in states])


OPEN_WAITS = _open(WAITS.c.state, (WaitState.WAITING, WaitState.OFFERED, WaitState.CONNECTED))
OPEN_OFFERS = _open(OFFERS.c.state, (offers.State.OFFERED, offers.State.ACCEPTED))


# What every match asks and writes is compiled once.
_WAIT_BY_ID = select(WAITS).where(WAITS.c.id == bindparam("by_id"))
_PRESENCE_BY_ID = select(PRESENCES).where(PRESENCES.c.clinician_id == bindparam("by_id"))
_OFFER_BY_ID = select(OFFERS).where(OFFERS.c.id == bindparam("by_id"))
_ONE_WAIT = {False: Statement(_WAIT_BY_ID), True: Statement(_WAIT_BY_ID.with_for_update())}
_ONE_PRESENCE = {False: Statement(_PRESENCE_BY_ID), True: Statement(_PRESENCE_BY_ID.with_for_update())}
_WAIT_IF_FREE = Statement(_WAIT_BY_ID.with_for_update(skip_locked=True))
_PRESENCE_IF_FREE = Statement(_PRESENCE_BY_ID.with_for_update(skip_locked=True))
_ONE_OFFER = {False: Statement(_OFFER_BY_ID), True: Statement(_OFFER_BY_ID.with_for_update())}
_PUT_WAIT = Statement(  # no key is ever changed, and no other column of it is ever left out
    update(WAITS)
    .where(WAITS.c.id == bindparam("old_id"), WAITS.c.version == bindparam("old_version"))
    .values({column.name: bindparam(f"new_{column.name}", type_=column.type) for column in WAITS.c})
)
_PUT_PRESENCE = Statement(
    update(PRESENCES)
    .where(PRESENCES.c.clinician_id == bindparam("old_id"), PRESENCES.c.version == bindparam("old_version"))
    .values({column.name: bindparam(f"new_{column.name}", type_=column.type) for column in PRESENCES.c})
)
_KEEP_CHANGE = Statement(
    insert(CHANGES).values(
        {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in CHANGES.c if column.name != "id"}
    )
)
_LOCKED_OPEN_WAIT = select(WAITS).where(WAITS.c.call_id == bindparam("call"), OPEN_WAITS).with_for_update()
_OPEN_WAIT = Statement(_LOCKED_OPEN_WAIT)
_OPEN_WAIT_OF_PROMISE = Statement(_LOCKED_OPEN_WAIT.where(WAITS.c.callback_id == bindparam("callback")))
_OPEN_OFFER_OF = Statement(select(OFFERS).where(OFFERS.c.wait_id == bindparam("wait"), OPEN_OFFERS))
_LATEST_CHANGE = Statement(select(func.max(CHANGES.c.id)))
_VISIT_ENDS = select(func.max(PROTECTIONS.c.ends_at)).where(
    PROTECTIONS.c.clinician_id == bindparam("clinician"),
    PROTECTIONS.c.starts_at <= bindparam("before"),
    PROTECTIONS.c.ends_at > bindparam("after"),
)
_ONE_VISIT_ENDS = Statement(_VISIT_ENDS)
_PAIR = Statement(  # asked at every match; locks the wait first, as it is named first
    select(
        *WAITS.c,
        *(column.label(f"his_{column.name}") for column in PRESENCES.c),
        _VISIT_ENDS.scalar_subquery(),
        select(func.max(CHANGES.c.id)).scalar_subquery(),
    )
    .select_from(WAITS.join(PRESENCES, true()))
    .where(WAITS.c.id == bindparam("wait"), PRESENCES.c.clinician_id == bindparam("clinician"))
    .with_for_update(of=[WAITS, PRESENCES])
)


# What the clock asks at every tick, most often in vain.
_WAITS_IN_ORDER = select(WAITS).order_by(WAITS.c.place_ms, WAITS.c.id)
_WAITS_OPEN = Statement(_WAITS_IN_ORDER.where(OPEN_WAITS))
_WAITS_WAITING = Statement(_WAITS_IN_ORDER.where(OPEN_WAITS, WAITS.c.state == WaitState.WAITING.value))
_PRESENCES = Statement(select(PRESENCES).order_by(PRESENCES.c.clinician_id))


class Overtaken(Exception):
    """A row we held was changed by somebody else. The transaction must be rolled back and decided anew."""


@dataclass(frozen=True)
class Pair:
    """A wait and a clinician, both locked, with what else an offer of the one to the other depends on."""

    wait: Wait
    person: Presence
    visit_ends: datetime | None  # of a visit of his that begins before a phone would stop ringing
    latest_change: int  # of anybody's presence that is known now; 0 before the first


def pair(tx: Connection, wait_id: str, clinician_id: str, now: datetime, before: datetime) -> Pair | None:
    """Both with their locks, if both are known. A visit counts that begins until `before`."""
    asked = {"wait": wait_id, "clinician": clinician_id, "before": before, "after": now}
    row = _PAIR.first(tx, asked)
    if row is None:
        return None
    waits, persons = len(WAITS.c), len(WAITS.c) + len(PRESENCES.c)
    return Pair(
        as_wait(dict(zip(WAITS.c.keys(), row[:waits], strict=True))),
        _presence(dict(zip(PRESENCES.c.keys(), row[waits:persons], strict=True))),
        row[persons],
        int(row[persons + 1] or 0),
    )


def visit_ends(tx: Connection, clinician_id: str, now: datetime, before: datetime) -> datetime | None:
    """The end of a visit of his that is under way or begins until `before`; None if he has none."""
    row = _ONE_VISIT_ENDS.first(tx, {"clinician": clinician_id, "before": before, "after": now})
    ends: datetime | None = row[0] if row else None
    return ends


def waits_open(tx: Connection) -> list[Wait]:
    """The waits that have not ended, in the order in which they are served."""
    return [as_wait(dict(zip(WAITS.c.keys(), row, strict=True))) for row in _WAITS_OPEN.rows(tx, {})]


def waits_waiting(tx: Connection) -> list[Wait]:
    """Those of them whom nobody is offered to, in the same order."""
    return [as_wait(dict(zip(WAITS.c.keys(), row, strict=True))) for row in _WAITS_WAITING.rows(tx, {})]


def lock_open_wait(tx: Connection, call_id: str, callback_id: str | None = None) -> Wait | None:
    """The wait of this call that has not ended, locked; with `callback_id` only if it is that promise's."""
    statement = _OPEN_WAIT_OF_PROMISE if callback_id else _OPEN_WAIT
    row = statement.first(tx, {"call": call_id, **({"callback": callback_id} if callback_id else {})})
    return as_wait(dict(zip(WAITS.c.keys(), row, strict=True))) if row else None


def wait_by_id(tx: Connection, wait_id: str, *, lock: bool = False) -> Wait | None:
    """The wait with this id."""
    row = _ONE_WAIT[lock].first(tx, {"by_id": wait_id})
    return as_wait(dict(zip(WAITS.c.keys(), row, strict=True))) if row else None


def wait_if_free(tx: Connection, wait_id: str) -> Wait | None:
    """The wait with this id, locked; None if somebody else changes it now. For the clock, which comes again."""
    row = _WAIT_IF_FREE.first(tx, {"by_id": wait_id})
    return as_wait(dict(zip(WAITS.c.keys(), row, strict=True))) if row else None


def presences(tx: Connection) -> list[Presence]:
    """Everybody's presence, by clinician."""
    return [_presence(dict(zip(PRESENCES.c.keys(), row, strict=True))) for row in _PRESENCES.rows(tx, {})]


def presence_of(tx: Connection, clinician_id: str, *, lock: bool = False) -> Presence | None:
    """This clinician's presence; None if he has never been on duty."""
    row = _ONE_PRESENCE[lock].first(tx, {"by_id": clinician_id})
    return _presence(dict(zip(PRESENCES.c.keys(), row, strict=True))) if row else None


def presence_if_free(tx: Connection, clinician_id: str) -> Presence | None:
    """This clinician's presence, locked; None if somebody else changes it now. For the clock, which comes again."""
    row = _PRESENCE_IF_FREE.first(tx, {"by_id": clinician_id})
    return _presence(dict(zip(PRESENCES.c.keys(), row, strict=True))) if row else None


def offers_where(tx: Connection, *where: ColumnElement[bool]) -> list[Offer]:
    """The offers for which all of this is true, oldest first."""
    query = select(OFFERS).where(*where).order_by(OFFERS.c.id)
    return [_offer(row._asdict()) for row in tx.execute(query)]


def offer(tx: Connection, *where: ColumnElement[bool], lock: bool = False) -> Offer | None:
    """The one offer for which all of this is true."""
    row = tx.execute(_locked(select(OFFERS).where(*where).limit(1), lock)).first()
    return _offer(row._asdict()) if row else None


def open_offer_of(tx: Connection, wait_id: str) -> Offer | None:
    """The offer that rings or was accepted for this wait."""
    row = _OPEN_OFFER_OF.first(tx, {"wait": wait_id})
    return _offer(dict(zip(OFFERS.c.keys(), row, strict=True))) if row else None


def offer_by_id(tx: Connection, fence: int, *, lock: bool = False) -> Offer | None:
    """The offer with this fence."""
    row = _ONE_OFFER[lock].first(tx, {"by_id": fence})
    return _offer(dict(zip(OFFERS.c.keys(), row, strict=True))) if row else None


def add_wait(tx: Connection, new: Wait) -> bool:
    """Whether this wait could be added: not if its call has an open one."""
    return _add(tx, WAITS, _columns(new)) is not None


def add_presence(tx: Connection, new: Presence) -> bool:
    """Whether this presence could be added: not if the clinician has one."""
    added = _add(tx, PRESENCES, _columns(new)) is not None
    if added:
        _keep_change(tx, new)
    return added


def latest_change(tx: Connection) -> int:
    """The last change of anybody's presence that is known now; 0 before the first."""
    (latest,) = _LATEST_CHANGE.first(tx, {}) or (None,)
    return int(latest or 0)


def presences_at(tx: Connection, change: int) -> list[Presence]:
    """Everybody's presence as it was known when this change was the last."""
    latest = select(func.max(CHANGES.c.id)).where(CHANGES.c.id <= change).group_by(CHANGES.c.clinician_id)
    found = tx.execute(select(CHANGES).where(CHANGES.c.id.in_(latest)).order_by(CHANGES.c.clinician_id))
    return [
        Presence(
            clinician_id=row.clinician_id,
            state=presence.State(row.state),
            since=row.at,
            reason=row.reason,
            until=row.until,
            idle_since_ms=row.idle_since_ms,
            version=row.version,
            offer_id=row.offer_id,
        )
        for row in found
    ]


def add_offer(tx: Connection, values: Mapping[str, object]) -> Offer | None:
    """The new offer, its fence minted; None if the unique indexes say that its wait or its clinician is not free."""
    row = _add(tx, OFFERS, values)
    return _offer(dict(zip(OFFERS.c.keys(), row, strict=True))) if row else None


def put_wait(tx: Connection, old: Wait, new: Wait) -> None:
    """Write the wait where it is still as it was; else Overtaken."""
    _PUT_WAIT.put(tx, {"old_id": old.id, "old_version": old.version, **_new(_columns(new))}, _overtaken())


def put_presence(tx: Connection, old: Presence, new: Presence) -> None:
    """Write the presence where it is still as it was; else Overtaken."""
    same = {"old_id": old.clinician_id, "old_version": old.version}
    _PUT_PRESENCE.put(tx, {**same, **_new(_columns(new))}, _overtaken())
    _keep_change(tx, new)


def _keep_change(tx: Connection, new: Presence) -> None:
    """Write down what he does from now on, so that a decision can be explained when it is long past."""
    kept = {name: getattr(new, name) for name in _CHANGE_COLUMNS}
    _KEEP_CHANGE.each(tx, [_new({**kept, "state": new.state.value, "at": new.since})])


_CHANGE_COLUMNS = ("clinician_id", "reason", "until", "idle_since_ms", "version", "offer_id")


def change_offer(tx: Connection, fence: int, *still: ColumnElement[bool], **values: object) -> bool:
    """Change this offer if all of this still holds of it; whether it did."""
    return tx.execute(update(OFFERS).where(OFFERS.c.id == fence, *still).values(**values)).rowcount == 1


def _add(tx: Connection, table: Table, values: Mapping[str, object]) -> tuple[Any, ...] | None:
    """The new row; None if a unique index says that it cannot be."""
    return _adding(tx.dialect.name, table, tuple(values)).first(tx, _new(values))


@cache
def _adding(dialect: str, table: Table, given: tuple[str, ...]) -> Statement:
    """Built once: building one costs more than running it."""
    adding = (sqlite if dialect == "sqlite" else postgresql).insert(table).on_conflict_do_nothing()
    values = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in given}
    return Statement(adding.values(values).returning(*table.columns))


def _overtaken() -> Overtaken:
    return Overtaken("a row of routing changed under its lock")


def _locked(query: Select[Any], lock: bool) -> Select[Any]:
    return query.with_for_update() if lock else query  # SQLite's BEGIN IMMEDIATE has locked everything already


def as_wait(plain: Mapping[str, Any]) -> Wait:
    """The wait in a row of WAITS, by column name."""
    return Wait(**{**plain, "need": Need.from_dict(plain["need"]), "state": WaitState(plain["state"])})


def as_presence(columns: Sequence[Any]) -> Presence | None:
    """The presence in the columns of PRESENCES, in their order; None where an outer join found none."""
    plain = dict(zip(PRESENCES.c.keys(), columns, strict=True))
    return _presence(plain) if plain["clinician_id"] is not None else None


def _presence(plain: Mapping[str, Any]) -> Presence:
    return Presence(**{**plain, "state": presence.State(plain["state"])})


def _offer(plain: Mapping[str, Any]) -> Offer:
    return Offer(**{**plain, "state": offers.State(plain["state"])})


def _new(columns: Mapping[str, object]) -> dict[str, object]:
    """The columns as parameters of the statements that write them."""
    return {f"new_{name}": value for name, value in columns.items()}


def _columns(value: Wait | Presence) -> dict[str, object]:
    plain = {each.name: getattr(value, each.name) for each in fields(value)}
    plain["state"] = value.state.value
    if isinstance(value, Wait):
        plain["need"] = value.need.to_dict()
    return plain
