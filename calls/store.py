"""Reads and writes the record of calls: legs, documents already given, the journal, notices heard and the outbox.

Every function takes the transaction it works in. Sessions and documents arrive and leave as sealed text: this file
opens nothing.

Longer than 300 lines because it is the one door to the tables of calls, in the order of a call's life.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Executable,
    RowMapping,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from calls.tables import DIALLED_IN, Answered, Call, Heard, JournalEntry, Leg, OutboxEntry, Voicemail
from config.statements import Asked, Statement, together

GRACE = timedelta(seconds=3)  # the one who wrote an entry performs it at once; the sweep waits this long
CONFIRMED = 3  # the level of a caller whom a person on the line has confirmed
QUIET = timedelta(seconds=45)  # a live leg of which nothing was heard for so long is asked about
LEASE = timedelta(seconds=20)  # a performer that says nothing for so long is taken for dead


def table_of(model: type[SQLModel]) -> Table:
    """The SQLAlchemy table behind a model."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


CALLS, LEGS, ANSWERED = table_of(Call), table_of(Leg), table_of(Answered)
JOURNAL, HEARD, OUTBOX, VOICEMAILS = (
    table_of(JournalEntry),
    table_of(Heard),
    table_of(OutboxEntry),
    table_of(Voicemail),
)


@dataclass(frozen=True)
class LegRecord:
    """One leg as stored; `session` is sealed."""

    sid: str
    call_id: str
    party: str
    stage: str
    turn: int
    session: str
    offer_id: int | None
    attempt_id: int | None
    ended_at: datetime | None
    content: str = ""
    is_new: bool = False  # it begins with this fetch, and no document was given yet


@dataclass(frozen=True)
class Answer:
    """The document given for one fetch; sealed."""

    request: str
    document: str


@dataclass(frozen=True)
class Fact:
    """One journal entry to write. `key` names it once and for all; `details` hold nothing personal."""

    key: str
    call_id: str
    fact: str
    at: datetime
    sid: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Todo:
    """One outbox entry to write."""

    key: str
    kind: str
    subject: str
    version: int
    call_id: str | None
    at: datetime


@dataclass(frozen=True)
class Entry:
    """One outbox entry as stored."""

    id: int
    kind: str
    subject: str
    version: int
    call_id: str | None
    tries: int


def insert_once(tx: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows that are not there yet (by any unique key); the number inserted."""
    if not rows:
        return 0
    return tx.execute(_inserting_once(tx.dialect.name, table), list(rows) if len(rows) > 1 else rows[0]).rowcount


@cache
def _inserting_once(dialect: str, table: Table) -> Executable:
    inserting = (sqlite if dialect == "sqlite" else postgresql).insert(table).on_conflict_do_nothing()
    # The count of an INSERT is forgotten unless it is asked for; then PostgreSQL says -1, which is not "none".
    counted: Executable = inserting.execution_options(preserve_rowcount=True)
    return counted


# The statements of every turn are built once: building one costs more than running it.
_LEG_COLUMNS = (
    LEGS.c.sid,
    LEGS.c.call_id,
    LEGS.c.party,
    LEGS.c.stage,
    LEGS.c.turn,
    LEGS.c.session,
    LEGS.c.offer_id,
    LEGS.c.attempt_id,
    LEGS.c.ended_at,
    LEGS.c.content,
)


_LEG = select(*_LEG_COLUMNS).where(LEGS.c.sid == bindparam("leg"))
_LOCKED_LEG = Statement(_LEG.with_for_update())
_STILL = (
    (LEGS.c.sid == bindparam("was_sid")),
    (LEGS.c.turn == bindparam("was_turn")),
    (LEGS.c.stage == bindparam("was_stage")),
)
_MOVING = ("turn", "stage", "session", "heard_at", "offer_id")
_MOVED: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _MOVING}
_ADVANCED = Statement(update(LEGS).where(*_STILL).values(**_MOVED))
_ENDED = Statement(update(LEGS).where(*_STILL).values(**_MOVED, ended_at=bindparam("new_heard_at")))
_GIVEN = ("sid", "request", "turn", "document")
_REMEMBERED = Statement(insert(ANSWERED).values({name: bindparam(f"given_{name}") for name in _GIVEN}))
# What every turn writes, for PostgreSQL in one round trip. SQLite has no round trips, nor such statements.
_ADVANCED_AT_ONCE = Statement(
    text(
        """
    WITH moved AS (
        UPDATE legs SET turn = :new_turn, stage = :new_stage, session = :new_session, heard_at = :new_heard_at,
               offer_id = :new_offer_id
         WHERE sid = :was_sid AND turn = :was_turn AND stage = :was_stage
        RETURNING sid
    ), told AS (
        INSERT INTO journal (key, call_id, sid, at, fact, details)
        SELECT fact.key, fact.call_id, fact.sid, fact.at, fact.fact, fact.details
          FROM moved, jsonb_to_recordset(:facts)
               AS fact (key text, call_id text, sid text, at timestamptz, fact text, details jsonb)
        ON CONFLICT DO NOTHING
    )
    INSERT INTO answered (sid, request, turn, document)
    SELECT sid, :given_request, :given_turn, :given_document FROM moved
    """
    ).bindparams(
        bindparam("facts", type_=JSONB),
        *(bindparam(f"new_{name}", type_=LEGS.c[name].type) for name in _MOVING),
    )
)
_DOCUMENT = Statement(
    select(ANSWERED.c.document).where(ANSWERED.c.sid == bindparam("leg"), ANSWERED.c.request == bindparam("fetch"))
)


_CALL_COLUMNS = (
    *("id", "dialled", "caller_hash", "caller_sealed", "attested", "staff"),
    *("language", "level", "content", "quiet", "arrived_at"),
)
_CALL_OPENED = Statement(insert(CALLS).values({name: bindparam(name) for name in _CALL_COLUMNS}))
_NEW_LEG = ("sid", "call_id", "party", "stage", "session", "offer_id", "attempt_id", "now")
_LEG_OPENED = Statement(  # served by the content of its call
    text(
        "INSERT INTO legs (sid, call_id, party, stage, turn, session, offer_id, attempt_id, content, started_at,"
        " heard_at) VALUES (:sid, :call_id, :party, :stage, 0, :session, :offer_id, :attempt_id,"
        " coalesce((SELECT content FROM calls WHERE id = :call_id), ''), :now, :now) ON CONFLICT DO NOTHING"
        " RETURNING sid, call_id, party, stage, turn, session, offer_id, attempt_id, ended_at, content"
    )
    .bindparams(*(bindparam(name, type_=LEGS.c["heard_at" if name == "now" else name].type) for name in _NEW_LEG))
    .columns(*_LEG_COLUMNS)
)


def lock_leg(tx: Connection, sid: str) -> LegRecord | None:
    """The leg, locked for this transaction; None if it is unknown."""
    row = _LOCKED_LEG.first(tx, {"leg": sid})
    return LegRecord(*row) if row else None


def leg(tx: Connection, sid: str) -> LegRecord | None:
    """The leg, unlocked."""
    row = tx.execute(_LEG, {"leg": sid}).first()
    return LegRecord(**row._asdict()) if row else None


def open_call(
    tx: Connection,
    *,
    call_id: str,
    dialled: str,
    caller_hash: str | None,
    caller_sealed: str | None,
    language: str,
    now: datetime,
    content: str = "",
    attested: bool = False,
    staff: bool = False,
) -> None:
    """A new call, served by this version of the content. `attested`: the carrier vouches for the calling number.

    `staff`: a clinician calls us, which is no patient's contact.
    """
    values = {
        "id": call_id,
        "dialled": dialled,
        "caller_hash": caller_hash,
        "caller_sealed": caller_sealed,
        "attested": attested,
        "staff": staff,
        "language": language,
        "level": 0,
        "content": content,
        "quiet": False,
        "arrived_at": now,
    }
    _CALL_OPENED.each(tx, [values])


def open_leg(
    tx: Connection,
    *,
    sid: str,
    call_id: str,
    party: str,
    stage: str,
    session: str,
    now: datetime,
    offer_id: int | None = None,
    attempt_id: int | None = None,
) -> LegRecord | None:
    """A new leg at turn 0, which is ours alone till the end of the transaction; None if it is there already."""
    values = {
        "sid": sid,
        "call_id": call_id,
        "party": party,
        "stage": stage,
        "session": session,
        "offer_id": offer_id,
        "attempt_id": attempt_id,
        "now": now,
    }
    row = _LEG_OPENED.first(tx, values)
    return replace(LegRecord(*row), is_new=True) if row else None


_DIALLED_IN = Statement(
    select(LEGS.c.sid)
    .where(LEGS.c.clinician_id == bindparam("clinician"), text(DIALLED_IN), LEGS.c.party == "dialin")
    .order_by(LEGS.c.started_at.desc())
    .limit(literal_column("1"))
)


def dialled_in(tx: Connection, clinician_id: str) -> str | None:
    """The leg on which this clinician is on the line with us, having called us himself; None if on none."""
    row = _DIALLED_IN.first(tx, {"clinician": clinician_id})
    return str(row[0]) if row else None


def name_caller(tx: Connection, sid: str, clinician_id: str) -> None:
    """Who called us on this leg proved to be this clinician."""
    tx.execute(update(LEGS).where(LEGS.c.sid == sid).values(clinician_id=clinician_id))


def is_named(tx: Connection, sid: str) -> bool:
    """Whether a clinician is on this leg who called us and proved who he is."""
    here = select(LEGS.c.sid).where(LEGS.c.sid == sid, LEGS.c.clinician_id.is_not(None), LEGS.c.ended_at.is_(None))
    return tx.execute(here).first() is not None


def turn_over(
    tx: Connection, record: LegRecord, *, call_id: str, party: str, stage: str, session: str, offer_id: int
) -> bool:
    """A leg goes over to another call, where it is another party's; False if it moved since `record` was read."""
    values = {"call_id": call_id, "party": party, "stage": stage, "session": session, "offer_id": offer_id}
    still = (LEGS.c.sid == record.sid, LEGS.c.turn == record.turn, LEGS.c.stage == record.stage)
    return tx.execute(update(LEGS).where(*still).values(values)).rowcount == 1


def advance(
    tx: Connection,
    record: LegRecord,
    *,
    turn: int,
    stage: str,
    session: str,
    now: datetime,
    offer_id: int | None,
    facts: Sequence[Fact],
    todos: Sequence[Todo],
    answer: Answer | None,
) -> list[Entry] | None:
    """Move the leg on, with the facts of its turn and what it leaves to do, if nobody moved it since `record` was read.

    Else None, and the transaction must be rolled back. `answer` is the document given; a leg without one has ended.
    """
    values = {
        "was_sid": record.sid,
        "was_turn": record.turn,
        "was_stage": record.stage,
        "new_turn": turn,
        "new_stage": stage,
        "new_session": session,
        "new_heard_at": now,
        "new_offer_id": offer_id,
    }
    with together(tx):
        asked = [_TO_DO.ask(tx, _to_do(todo)) for todo in todos]
        moved = _ask_to_move(tx, values, facts, record, answer)
    return _entries(todos, asked) if moved.changed() == 1 else None


def _ask_to_move(
    tx: Connection, values: Mapping[str, Any], facts: Sequence[Fact], record: LegRecord, answer: Answer | None
) -> Asked:
    """Ask for all that the end of a turn changes but its outbox. One row is changed if the leg had not moved."""
    rows = [_row(fact) for fact in facts]
    if answer is None:
        moved = (_ADVANCED if record.ended_at else _ENDED).ask(tx, values)
        _TOLD.each(tx, rows)
        return moved
    given = {"given_request": answer.request, "given_turn": values["new_turn"], "given_document": answer.document}
    if tx.dialect.name == "postgresql":
        told = [{**row, "at": row["at"].isoformat()} for row in rows]
        return _ADVANCED_AT_ONCE.ask(tx, {**values, **given, "facts": told})
    moved = _ADVANCED.ask(tx, values)
    _TOLD.each(tx, rows)
    _REMEMBERED.each(tx, [{**given, "given_sid": record.sid}])
    return moved


def document(tx: Connection, sid: str, request: str) -> str | None:
    """The sealed document already given for this fetch, if any."""
    row = _DOCUMENT.first(tx, {"leg": sid, "fetch": request})
    return str(row[0]) if row else None


def write_journal(tx: Connection, facts: Iterable[Fact]) -> int:
    """Append facts; one that is there already is left as it is. How many were new."""
    return sum(_TOLD.change(tx, _row(fact)) for fact in facts)


_TOLD_COLUMNS = ("key", "call_id", "sid", "at", "fact", "details")
_TOLD = Statement(
    text(
        "INSERT INTO journal (key, call_id, sid, at, fact, details)"
        " VALUES (:key, :call_id, :sid, :at, :fact, :details) ON CONFLICT DO NOTHING"
    ).bindparams(*(bindparam(name, type_=JOURNAL.c[name].type) for name in _TOLD_COLUMNS))
)


def _row(fact: Fact) -> dict[str, Any]:
    return {
        "key": fact.key,
        "call_id": fact.call_id,
        "sid": fact.sid,
        "at": fact.at,
        "fact": fact.fact,
        "details": dict(fact.details),
    }


def story(tx: Connection, call_id: str) -> list[Fact]:
    """Everything the journal holds of one call, in order."""
    rows = tx.execute(select(JOURNAL).where(JOURNAL.c.call_id == call_id).order_by(JOURNAL.c.id)).mappings()
    return [_fact(row) for row in rows]


def _fact(row: RowMapping) -> Fact:
    return Fact(row["key"], row["call_id"], row["fact"], row["at"], row["sid"], row["details"])


_WAS_HEARD = Statement(select(HEARD.c.key).where(HEARD.c.key == bindparam("key")))


def heard_first(tx: Connection, key: str, now: datetime) -> bool:
    """True the first time a notice is heard, False ever after."""
    return insert_once(tx, HEARD, [{"key": key, "at": now}]) == 1


def was_heard(tx: Connection, key: str) -> bool:
    """Whether a notice was heard already; looks only."""
    return _WAS_HEARD.first(tx, {"key": key}) is not None


def key_of_entry(kind: str, subject: str, which: int | str) -> str:
    """The key under which an entry is written once."""
    return f"{kind}:{subject}:{which}"


def is_written(tx: Connection, kind: str, subject: str, version: int) -> bool:
    """Whether there is an entry, done or not, of this version."""
    return _WRITTEN.first(tx, {"key": key_of_entry(kind, subject, version)}) is not None


def write_outbox(tx: Connection, todos: Sequence[Todo]) -> list[Entry]:
    """Write what is still to be done outside SQL; the entries with their ids."""
    if not todos:
        return []
    with together(tx):
        asked = [_TO_DO.ask(tx, _to_do(todo)) for todo in todos]
    return _entries(todos, asked)


def _entries(todos: Sequence[Todo], asked: Sequence[Asked]) -> list[Entry]:
    """Those that are new."""
    return [
        Entry(row[0], todo.kind, todo.subject, todo.version, todo.call_id, 0)
        for todo, each in zip(todos, asked, strict=True)
        if (row := each.first())
    ]


def _to_do(todo: Todo) -> dict[str, Any]:
    return {
        "key": todo.key,
        "kind": todo.kind,
        "subject": todo.subject,
        "version": todo.version,
        "call_id": todo.call_id,
        "due_at": todo.at + GRACE,
        "tries": 0,
    }


_WRITTEN = Statement(select(OUTBOX.c.id).where(OUTBOX.c.key == bindparam("key")))
_TO_DO_COLUMNS = ("key", "kind", "subject", "version", "call_id", "due_at", "tries")
_TO_DO = Statement(
    text(
        "INSERT INTO outbox (key, kind, subject, version, call_id, due_at, tries)"
        " VALUES (:key, :kind, :subject, :version, :call_id, :due_at, :tries) ON CONFLICT DO NOTHING RETURNING id"
    )
    .bindparams(*(bindparam(name, type_=OUTBOX.c[name].type) for name in _TO_DO_COLUMNS))
    .columns(OUTBOX.c.id)
)


_ENTRY_COLUMNS = (
    OUTBOX.c.id,
    OUTBOX.c.kind,
    OUTBOX.c.subject,
    OUTBOX.c.version,
    OUTBOX.c.call_id,
    OUTBOX.c.tries,
)


def entry(tx: Connection, entry_id: int) -> Entry | None:
    """One undone outbox entry; None when it is done or unknown."""
    undone = (OUTBOX.c.id == entry_id) & OUTBOX.c.done_at.is_(None)
    row = tx.execute(select(*_ENTRY_COLUMNS).where(undone)).first()
    return Entry(*row) if row else None


def due_entries(
    tx: Connection, now: datetime, most: int = 200, *, of: Collection[str] = (), but: Collection[str] = ()
) -> list[Entry]:
    """Undone entries whose grace or lease is over, oldest first; of these kinds alone, if any, and not of those."""
    return [Entry(*row) for row in _due_entries(most, frozenset(of), frozenset(but)).rows(tx, {"now": now})]


@cache
def _due_entries(most: int, of: frozenset[str], but: frozenset[str]) -> Statement:
    """Asked at every tick of the clock, by few askers who want always the same."""
    due = select(*_ENTRY_COLUMNS).where(OUTBOX.c.done_at.is_(None), OUTBOX.c.due_at <= bindparam("now"))
    due = due.where(*(OUTBOX.c.kind != kind for kind in sorted(but)))
    due = due.where(or_(*(OUTBOX.c.kind == kind for kind in sorted(of)))) if of else due
    return Statement(due.order_by(OUTBOX.c.id).limit(literal_column(str(most))))


def claim(tx: Connection, entry_id: int, tries: int, now: datetime) -> bool:
    """Take the right to perform an entry for `LEASE`; False if another has it or it is done."""
    mine = (OUTBOX.c.id == entry_id) & (OUTBOX.c.tries == tries) & OUTBOX.c.done_at.is_(None)
    values = {"tries": tries + 1, "due_at": now + LEASE}
    return tx.execute(update(OUTBOX).where(mine).values(values)).rowcount == 1


_DONE = Statement(
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("entry"), OUTBOX.c.done_at.is_(None))
    .values(done_at=bindparam("done"), outcome=bindparam("how"))
)


def finish(tx: Connection, entry_id: int, outcome: str, now: datetime) -> None:
    """An entry is done."""
    _DONE.change(tx, {"entry": entry_id, "done": now, "how": outcome})


def postpone(tx: Connection, entry_id: int, until: datetime) -> None:
    """An entry could not be done now; try again from `until` on."""
    mine = (OUTBOX.c.id == entry_id) & OUTBOX.c.done_at.is_(None)
    tx.execute(update(OUTBOX).where(mine).values(due_at=until))


def forget_done(tx: Connection, before: datetime, most: int) -> int:
    """Of the oldest so many entries, delete those that were done before this instant; the number deleted."""
    oldest = select(OUTBOX.c.id, OUTBOX.c.done_at).order_by(OUTBOX.c.id).limit(most).subquery()
    over = select(oldest.c.id).where(oldest.c.done_at < before)
    return tx.execute(delete(OUTBOX).where(OUTBOX.c.id.in_(over))).rowcount


def note_call(tx: Connection, call_id: str, **values: Any) -> None:
    """Set columns of the call: language, service, patient, level, outcome, ended_at."""
    given = {f"new_{name}": value for name, value in values.items()}
    _noting(tuple(values)).change(tx, {"noted": call_id, **given})


@cache
def _noting(names: tuple[str, ...]) -> Statement:
    return Statement(
        update(CALLS).where(CALLS.c.id == bindparam("noted")).values({name: bindparam(f"new_{name}") for name in names})
    )


def confirm_caller(tx: Connection, call_id: str, *, patient: str, by: str) -> bool:
    """A person on the line confirmed that the caller is, or speaks for, this patient: level 3. False if so before."""
    here = (CALLS.c.id == call_id) & ((CALLS.c.level < CONFIRMED) | (CALLS.c.patient_id != patient))
    values = {"level": CONFIRMED, "patient_id": patient, "confirmed_by": by}
    return tx.execute(update(CALLS).where(here).values(values)).rowcount == 1


def call(tx: Connection, call_id: str) -> Mapping[str, Any] | None:
    """The call's row, or None."""
    row = _CALL.first(tx, {"wanted": call_id})
    return dict(zip(CALLS.c.keys(), row, strict=True)) if row else None


_CALL = Statement(select(CALLS).where(CALLS.c.id == bindparam("wanted")))


_QUIET_LEGS = Statement(  # asked at every tick of the clock
    select(*_LEG_COLUMNS)
    .where(LEGS.c.ended_at.is_(None), LEGS.c.heard_at <= bindparam("heard_before"))
    .order_by(LEGS.c.heard_at)
    .limit(literal_column("500"))
)


def live_legs(tx: Connection, heard_before: datetime) -> list[LegRecord]:
    """Legs that we believe live and of which nothing was heard since an instant."""
    return [LegRecord(*row) for row in _QUIET_LEGS.rows(tx, {"heard_before": heard_before})]


def open_legs(tx: Connection, call_id: str) -> list[LegRecord]:
    """The legs of a call that have not ended, as far as we know."""
    wanted = select(*_LEG_COLUMNS).where(LEGS.c.call_id == call_id, LEGS.c.ended_at.is_(None))
    return [LegRecord(**row._asdict()) for row in tx.execute(wanted.order_by(LEGS.c.started_at))]


def touch(tx: Connection, sid: str, now: datetime) -> None:
    """The carrier says that the leg lives: look again later."""
    tx.execute(update(LEGS).where(LEGS.c.sid == sid).values(heard_at=now))


def ask_at(tx: Connection, sid: str, instant: datetime) -> None:
    """Have the carrier asked about a live leg at this instant, however lately we heard of it."""
    tx.execute(update(LEGS).where(LEGS.c.sid == sid).values(heard_at=instant - QUIET))


def end_call(tx: Connection, call_id: str, now: datetime) -> None:
    """The patient's own leg is over. What became of him stands already, unless he just hung up."""
    _CALL_ENDED.change(tx, {"ending": call_id, "ended": now})


_CALL_ENDED = Statement(
    update(CALLS)
    .where(CALLS.c.id == bindparam("ending"), CALLS.c.ended_at.is_(None))
    .values(ended_at=bindparam("ended"), outcome=func.coalesce(CALLS.c.outcome, literal_column("'hung_up'")))
)


def call_ids(tx: Connection, most: int = 200) -> list[str]:
    """The newest calls' ids, oldest first."""
    newest = select(CALLS.c.id).where(~CALLS.c.staff).order_by(CALLS.c.arrived_at.desc(), CALLS.c.id).limit(most)
    return [row.id for row in tx.execute(newest)][::-1]


def facts_since(tx: Connection, since: datetime) -> list[Fact]:
    """Every journal entry after an instant, in order."""
    recent = JOURNAL.c.at > since
    rows = tx.execute(select(JOURNAL).where(recent).order_by(JOURNAL.c.id)).mappings()
    return [_fact(row) for row in rows]
