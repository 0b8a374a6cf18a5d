"""Writes a staged import into the directory's tables in one transaction, by a few statements over whole tables.

So the old directory serves until the new one is complete, and the lock is held for moments. Local facts (PINs,
confirmed phones, the site's own levels and languages) are not among the columns that are written.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, case, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from config.database import Database
from config.vault import Vault
from directory.fhir import Import
from directory.staging_store import (
    BOOKS,
    CLINICIANS,
    FACILITIES,
    IMPORTS,
    INCOMING,
    NUMBERS,
    PATIENTS,
    PROXIES,
    ROLES,
    SITES,
    SKILLS,
    UNIT_ROLES,
    UNITS,
    Difference,
    Staged,
    drop_tables,
    latest_import,
    stage,
)

MOST_GONE = 0.2  # of the people on record; an import that closes more is more likely the wrong file
LOCAL = (  # never overwritten by an import
    {"pin_hash", "visit_hash", "visit_until", "chosen_language", "slow"}  # of patients
    | {"code_hash", "scope"}  # of proxies
    | {"phone_sealed", "local_languages"}  # of clinicians
)
NEEDED = {"scope"}  # of LOCAL, what a new row cannot be without


class ImportRefused(Exception):
    """An import that must not be written; its text says why and what to do."""


def import_into(
    database: Database, vault: Vault, imported: Import, *, now: datetime, whole: bool, many_gone: bool, dry: bool
) -> Difference:
    """Stage an import beside the serving directory, then (unless `dry`) write it at once. `ImportRefused` if not.

    `whole`: people who are not in it are closed; `many_gone` allows that for more than a fifth of them.
    """
    connection = database.engine.connect().execution_options(reads_only=True)
    connection.detach()  # its temporary tables end with it
    try:
        with connection.begin():
            _no_limit(connection)
            staged = stage(connection, vault, imported, whole=whole)
            if not many_gone:
                _refuse_emptying(connection, staged)
        if not dry and staged.difference.total:
            connection.execution_options(reads_only=False)
            with connection.begin():
                write(connection, staged, now)
        return staged.difference
    finally:
        connection.close()


def save_import(tx: Connection, vault: Vault, imported: Import, now: datetime) -> Difference:
    """Add what an import brings, within the caller's transaction; nobody is closed."""
    staged = stage(tx, vault, imported, whole=False)
    if staged.difference.total:
        write(tx, staged, now)
    drop_tables(tx)
    return staged.difference


def write(tx: Connection, staged: Staged, now: datetime) -> None:
    """Make the directory what was staged; `ImportRefused` when another import came in between."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("LOCK TABLE directory_imports IN EXCLUSIVE MODE"))
    if latest_import(tx) != staged.before:
        raise ImportRefused("another import was written meanwhile; nothing was changed; run this one again")
    for table in (SITES, UNITS, CLINICIANS):
        _upsert(tx, table)
    _write_skills(tx)
    _upsert(tx, ROLES)
    _replace(tx, UNIT_ROLES, "role_id", ROLES)
    _upsert(tx, PATIENTS)
    _replace(tx, NUMBERS, "patient_id", PATIENTS)
    _upsert(tx, PROXIES)
    _upsert(tx, BOOKS)
    _write_facilities(tx, staged)
    for table in staged.closes:
        gone = f"UPDATE {table.name} SET active = false, fingerprint = '' WHERE active AND {_NOT_SEEN}"  # noqa: S608
        tx.execute(text(gone), {"home": table.name})
    tx.execute(insert(IMPORTS).values(at=now, changed=staged.difference.total))


_NOT_SEEN = "id NOT IN (SELECT id FROM incoming_seen WHERE home = :home)"


def _no_limit(connection: Connection) -> None:
    """An import may take longer than any statement of a call."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET statement_timeout = 0"))


def _refuse_emptying(tx: Connection, staged: Staged) -> None:
    for table in (CLINICIANS, PATIENTS):
        present = tx.execute(select(func.count()).select_from(table).where(table.c.active)).scalar() or 0
        gone = staged.difference.counts[table.name, "closed"]
        if gone > MOST_GONE * present:
            raise ImportRefused(
                f"this import would close {gone} of {present} {table.name}, more than a fifth; nothing was changed; "
                "if it is a part of the directory, add --partial; if they are gone indeed, add --many-gone"
            )


def _upsert(tx: Connection, table: Table) -> None:
    """Insert or update the staged rows of one table; its local columns stay as they are."""
    source = INCOMING[table.name]
    names = [column.name for column in table.columns if column.name not in LOCAL - NEEDED]
    rows = select(*(source.c[name] for name in names)).where(text("true"))
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    statement = make(table).from_select(names, rows)
    news: dict[str, Any] = {
        name: statement.excluded[name] for name in names if name not in LOCAL and not table.c[name].primary_key
    }
    if table is CLINICIANS:
        news["languages"] = func.coalesce(table.c.local_languages, statement.excluded.imported_languages)
    keys = list(table.primary_key.columns)
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=news))


def _replace(tx: Connection, table: Table, owner: str, owners: Table) -> None:
    """The rows of changed owners are what was staged for them."""
    changed = select(INCOMING[owners.name].c.id)
    tx.execute(table.delete().where(table.c[owner].in_(changed)))
    names = [column.name for column in table.columns]
    tx.execute(insert(table).from_select(names, select(*(INCOMING[table.name].c[name] for name in names))))


def _write_skills(tx: Connection) -> None:
    """Imported levels of changed clinicians; the site's own stay, and decide."""
    changed = SKILLS.c.clinician_id.in_(select(INCOMING["clinicians"].c.id))
    tx.execute(update(SKILLS).where(changed).values(imported_level=None))
    source, names = INCOMING["clinician_skills"], ["clinician_id", "skill", "level", "imported_level"]
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    rows = make(SKILLS).from_select(names, select(*(source.c[name] for name in names)).where(text("true")))
    news = {"imported_level": rows.excluded.imported_level}
    tx.execute(rows.on_conflict_do_update(index_elements=list(SKILLS.primary_key.columns), set_=news))
    unsaid = (SKILLS.c.imported_level.is_(None), SKILLS.c.local_level.is_(None), SKILLS.c.today_level.is_(None))
    tx.execute(SKILLS.delete().where(changed, *unsaid))
    said = func.coalesce(SKILLS.c.local_level, SKILLS.c.imported_level)
    today = (SKILLS.c.today_level.is_not(None), SKILLS.c.today_level)
    level = case(today, (SKILLS.c.lapsed_at.is_not(None), 0), else_=said)
    tx.execute(update(SKILLS).where(changed).values(level=level))


def _write_facilities(tx: Connection, staged: Staged) -> None:
    source = INCOMING["facility_numbers"]
    if staged.whole and (SITES in staged.closes or UNITS in staged.closes):
        tx.execute(FACILITIES.delete())
    missing = select(source.c.number_hash).where(source.c.number_hash.not_in(select(FACILITIES.c.number_hash)))
    tx.execute(insert(FACILITIES).from_select(["number_hash"], missing.distinct()))
