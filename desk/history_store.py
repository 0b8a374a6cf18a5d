"""Reads what reports are made of: whole calls that a time touches, changes of presence, calls that are searched for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from calls.metrics import Entry
from calls.occupancy import Change
from calls.stays import STAYS_READ
from desk.rows import CallRow
from desk.store import CALL_ROWS, CALLS, FACT, JOURNAL
from routing.tables import PresenceChange

CHANGES = PresenceChange.__table__  # type: ignore[attr-defined]
LONGEST_STAY = timedelta(hours=12)  # nobody stands in line for longer
AT_ONCE = 900  # ids in one statement


def entries_touching(tx: Connection, begins: datetime, ends: datetime) -> Iterator[Entry]:
    """Every entry that counts, of every call that something happened in from `begins` until before `ends`.

    Also of those that began up to twelve hours before: whoever is carried in had joined by then. The journal of that
    time is read for the calls alone, then these calls some at a time: what else was ever written costs nothing.
    """
    within = (JOURNAL.c.at >= begins - LONGEST_STAY) & (JOURNAL.c.at < ends)
    counts = FACT.in_(STAYS_READ)
    touched = tx.execute(select(JOURNAL.c.call_id).where(within, counts).distinct()).scalars().all()
    read = (JOURNAL.c.at, JOURNAL.c.call_id, JOURNAL.c.fact, JOURNAL.c.details)
    for at in range(0, len(touched), AT_ONCE):
        wanted = select(*read).where(JOURNAL.c.call_id.in_(touched[at : at + AT_ONCE]), counts).order_by(JOURNAL.c.id)
        yield from (Entry(*row) for row in tx.execute(wanted))


def presence_changes(tx: Connection, begins: datetime, ends: datetime) -> list[Change]:
    """The changes of this time, and for each clinician those of the two days before, so that his state is known."""
    wanted = (
        select(CHANGES.c.clinician_id, CHANGES.c.at, CHANGES.c.state)
        .where(CHANGES.c.at >= begins - timedelta(days=2), CHANGES.c.at < ends)
        .order_by(CHANGES.c.id + 0)  # plain, the order would read all that ever were
    )
    return [Change(*row) for row in tx.execute(wanted)]


@dataclass(frozen=True)
class Wanted:
    """What calls are searched for; "" and None: any."""

    begins: datetime
    ends: datetime
    service: str = ""
    outcome: str = ""
    language: str = ""


def calls_like(tx: Connection, wanted: Wanted, most: int) -> list[CallRow]:
    """Calls that came in this time and look so, the newest first."""
    query = CALL_ROWS.where(CALLS.c.arrived_at >= wanted.begins, CALLS.c.arrived_at < wanted.ends)
    if wanted.service:
        query = query.where(CALLS.c.service == wanted.service)
    if wanted.language:
        query = query.where(CALLS.c.language == wanted.language)
    if wanted.outcome == "none":
        query = query.where(CALLS.c.outcome.is_(None))
    elif wanted.outcome:
        query = query.where(CALLS.c.outcome == wanted.outcome)
    return [CallRow(*row) for row in tx.execute(query.order_by(CALLS.c.arrived_at.desc()).limit(most))]


def calls_by_id(tx: Connection, ids: Sequence[str]) -> dict[str, CallRow]:
    """These calls, by id."""
    found: dict[str, CallRow] = {}
    for at in range(0, len(ids), AT_ONCE):
        for row in tx.execute(CALL_ROWS.where(CALLS.c.id.in_(ids[at : at + AT_ONCE]))):
            found[row[0]] = CallRow(*row)
    return found
