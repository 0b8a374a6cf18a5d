"""Reads and writes work items. Every change is a compare-and-set on the version that was read."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, bindparam, literal_column, or_, select, update

from calls import work
from calls.store import insert_once
from calls.tables import WorkItem
from calls.work import Item, Kind, State
from config.statements import Statement

ITEMS: Table = WorkItem.__table__  # type: ignore[attr-defined]
NAMES = [each.name for each in fields(Item)]
COLUMNS = [ITEMS.c[name] for name in NAMES]
UNDONE = ITEMS.c.state != literal_column(f"'{State.DONE.value}'")  # in the words of its index
AT_ONCE = 100  # items that one tick of the clock looks at
MOST_LISTED = 200


def open_item(
    tx: Connection,
    *,
    item_id: str,
    kind: Kind,
    subject: str,
    call_id: str,
    patient_id: str | None,
    number_hash: str | None,
    number_sealed: str | None,
    service: str,
    language: str,
    owner_id: str | None,
    discharged_at: datetime | None,
    due_at: datetime,
    now: datetime,
) -> bool:
    """Something is owed from now on. False if this voicemail, call or promise has its item already."""
    row = {
        "id": item_id, "kind": kind.value, "subject": subject, "call_id": call_id, "patient_id": patient_id,
        "number_hash": number_hash, "number_sealed": number_sealed, "service": service, "language": language,
        "owner_id": owner_id, "state": State.OPEN.value, "discharged_at": discharged_at, "opened_at": now,
        "due_at": due_at, "version": 1,
    }  # fmt: skip
    return insert_once(tx, ITEMS, [row]) == 1


def item(tx: Connection, item_id: str) -> Item | None:
    """One item, done or not."""
    return next(iter(_items(tx, ITEMS.c.id == item_id)), None)


def undone(tx: Connection, now: datetime, *, owner_id: str | None = None, services: Collection[str] = ()) -> list[Item]:
    """What is owed, in the order of its urgency; with `owner_id` his own first, then what these services' teams owe."""
    if owner_id is None:
        return sorted(_items(tx, UNDONE, limit=MOST_LISTED), key=lambda each: work.urgency(each, now))
    teams = ITEMS.c.owner_id.is_(None) & ITEMS.c.service.in_(list(services))
    mine = or_(ITEMS.c.owner_id == owner_id, teams, ITEMS.c.claimed_by == owner_id)
    found = _items(tx, UNDONE, mine, limit=MOST_LISTED)
    return sorted(found, key=lambda each: (each.owner_id != owner_id, *work.urgency(each, now)))


def of_call(tx: Connection, call_id: str) -> list[Item]:
    """What is owed, or was, out of one call."""
    return _items(tx, ITEMS.c.call_id == call_id)


def change(tx: Connection, item_id: str, how: Callable[[Item], Item | None]) -> Item | None:
    """Change an item as `how` says; the item as it is then. None: it may not change so, or somebody was faster."""
    old = item(tx, item_id)
    new = how(old) if old else None
    if old is None or new is None:
        return None
    mine = (ITEMS.c.id == item_id) & (ITEMS.c.version == old.version)
    changed = tx.execute(update(ITEMS).where(mine).values(**_columns(new))).rowcount == 1
    return new if changed else None


_DUE = Statement(  # asked at every tick of the clock
    select(*COLUMNS)
    .where(
        UNDONE,
        (
            (ITEMS.c.due_at <= bindparam("now"))
            & (ITEMS.c.escalated_at.is_(None) | (ITEMS.c.state == State.CLAIMED.value))
        )
        | ((ITEMS.c.state == State.SNOOZED.value) & (ITEMS.c.snoozed_until <= bindparam("now"))),
    )
    .order_by(ITEMS.c.due_at, ITEMS.c.id)
    .limit(literal_column(str(AT_ONCE)))
)


def due(tx: Connection, now: datetime) -> list[Item]:
    """Undone items that are late and were not handed to the team yet, or whose sleep is over."""
    return [_item(dict(zip(NAMES, row, strict=True))) for row in _DUE.rows(tx, {"now": now})]


def owed_to(tx: Connection, kind: Kind, *, patient_id: str | None, number_hash: str | None) -> list[Item]:
    """Undone items of one kind about this patient, or about whoever has this number."""
    found = _OWED_TO.rows(tx, {"kind": kind.value, "patient": patient_id or "", "number": number_hash or ""})
    return [_item(dict(zip(NAMES, row, strict=True))) for row in found]


_OWED_TO = Statement(  # asked at the end of every call, and when a caller takes up his place again
    select(*COLUMNS)
    .where(
        UNDONE,
        ITEMS.c.kind == bindparam("kind"),
        or_(ITEMS.c.patient_id == bindparam("patient"), ITEMS.c.number_hash == bindparam("number")),
    )
    .order_by(ITEMS.c.due_at, ITEMS.c.id)
)


def _items(tx: Connection, *where: ColumnElement[bool], limit: int | None = None) -> list[Item]:
    rows = tx.execute(select(*COLUMNS).where(*where).order_by(ITEMS.c.due_at, ITEMS.c.id).limit(limit)).mappings()
    return [_item(row) for row in rows]


def _item(row: Mapping[Any, Any]) -> Item:
    return Item(**{**row, "kind": Kind(row["kind"]), "state": State(row["state"])})


def _columns(new: Item) -> dict[str, object]:
    return {name: value.value if isinstance(value, State | Kind) else value for name, value in asdict(new).items()}
