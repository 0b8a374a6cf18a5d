"""Brings an import beside the directory, in temporary tables: what is new, what changed, what is gone.

Nothing of the directory changes here, and nobody waits: temporary tables take no lock that others need. The tables
vanish with the connection, so an import that is killed leaves nothing. Rows are compared by fingerprint: what did not
change is neither opened nor sealed again, and is not written.

Longer than 300 lines because the rows of all eleven tables are made here.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection, MetaData, Table, insert, select, text

from config.vault import Vault
from directory.care_records import Evidence, packed, unpacked
from directory.fhir import Import
from directory.fhir_resources import CARE
from directory.records import (
    BookRecord,
    ClinicianRecord,
    FacilityNumber,
    PatientRecord,
    ProxyRecord,
    Record,
    RoleRecord,
    SiteRecord,
    UnitRecord,
)
from directory.spool_store import StoredRole
from directory.tables import (
    CareBook,
    CareUnit,
    Clinician,
    ClinicianRole,
    ClinicianSkill,
    DirectoryImport,
    Patient,
    PatientNumber,
    Proxy,
    Site,
    UnitRole,
)
from directory.tables import FacilityNumber as FacilityNumberRow
from directory.zones import zones_of_zip

SITES: Table = Site.__table__  # type: ignore[attr-defined]
UNITS: Table = CareUnit.__table__  # type: ignore[attr-defined]
CLINICIANS: Table = Clinician.__table__  # type: ignore[attr-defined]
SKILLS: Table = ClinicianSkill.__table__  # type: ignore[attr-defined]
ROLES: Table = ClinicianRole.__table__  # type: ignore[attr-defined]
UNIT_ROLES: Table = UnitRole.__table__  # type: ignore[attr-defined]
PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
NUMBERS: Table = PatientNumber.__table__  # type: ignore[attr-defined]
PROXIES: Table = Proxy.__table__  # type: ignore[attr-defined]
BOOKS: Table = CareBook.__table__  # type: ignore[attr-defined]
FACILITIES: Table = FacilityNumberRow.__table__  # type: ignore[attr-defined]
IMPORTS: Table = DirectoryImport.__table__  # type: ignore[attr-defined]

BATCH = 500
EXAMPLES = 20  # ids of each sort of change that are told
ORDER = (SITES, UNITS, CLINICIANS, SKILLS, ROLES, UNIT_ROLES, PATIENTS, NUMBERS, PROXIES, BOOKS, FACILITIES)
INCOMING = {table.name: table.to_metadata(MetaData(), name=f"incoming_{table.name}") for table in ORDER}
# Rows that are closed when nothing of their kinds mentions them any more.
CLOSED_BY = {
    SITES: ("Location",),
    UNITS: ("Organization", "HealthcareService"),
    CLINICIANS: ("Practitioner",),
    ROLES: ("PractitionerRole",),
    PATIENTS: ("Patient",),
    PROXIES: ("RelatedPerson",),
}
_HOMES: dict[type[Any], Table] = {
    SiteRecord: SITES,
    UnitRecord: UNITS,
    ClinicianRecord: CLINICIANS,
    RoleRecord: ROLES,
    PatientRecord: PATIENTS,
    ProxyRecord: PROXIES,
    BookRecord: BOOKS,
}


@dataclass
class Difference:
    """What an import would change: counts by (table, new | changed | closed), and the first ids of each."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def note(self, table: Table, what: str, identity: str) -> None:
        """One more row that is new, changed or closed."""
        self.counts[table.name, what] += 1
        listed = self.examples.setdefault((table.name, what), [])
        if len(listed) < EXAMPLES:
            listed.append(identity)

    @property
    def total(self) -> int:
        """All rows that would change."""
        return self.counts.total()

    def lines(self) -> list[str]:
        """The difference for people."""
        if not self.counts:
            return ["nothing would change"]
        return [
            _told(what, table, count, self.examples[table, what])
            for (table, what), count in sorted(self.counts.items())
        ]


def _told(what: str, table: str, count: int, examples: list[str]) -> str:
    more = ", ..." if count > len(examples) else ""
    return f"{what} in {table}: {count} ({', '.join(examples)}{more})"


@dataclass(frozen=True)
class Staged:
    """An import that lies ready: what it would change, what it closes, and the import it was compared with."""

    difference: Difference
    closes: tuple[Table, ...]
    whole: bool
    before: int


def stage(tx: Connection, vault: Vault, imported: Import, *, whole: bool) -> Staged:
    """Compare an import with the directory. `whole`: who is not in it is gone; else it only adds and changes."""
    before = latest_import(tx)
    _make_tables(tx)
    if not whole:
        _know_the_directory(tx, imported)
    staging = _Staging(tx, vault, imported, whole=whole)
    for record in imported.records():
        staging.put(record)
    staging.finish()
    closes = tuple(table for table, kinds in CLOSED_BY.items() if whole and imported.kinds & set(kinds))
    for table in closes:
        for identity in _vanished(tx, table):
            staging.difference.note(table, "closed", identity)
    return Staged(staging.difference, closes, whole, before)


def latest_import(tx: Connection) -> int:
    """The number of the last finished import; 0 before the first."""
    return int(tx.execute(select(IMPORTS.c.id).order_by(IMPORTS.c.id.desc()).limit(1)).scalar() or 0)


def _make_tables(tx: Connection) -> None:
    drop_tables(tx)
    for name in INCOMING:
        tx.execute(text(f"CREATE TEMPORARY TABLE incoming_{name} AS SELECT * FROM {name} WHERE 1 = 0"))  # noqa: S608
    tx.execute(text("CREATE TEMPORARY TABLE incoming_seen (home VARCHAR(40), id VARCHAR(100))"))
    tx.execute(text("CREATE INDEX incoming_seen_by_id ON incoming_seen (home, id)"))


def drop_tables(tx: Connection) -> None:
    """Forget what was staged on this connection."""
    for name in (*INCOMING, "seen"):
        tx.execute(text(f"DROP TABLE IF EXISTS incoming_{name}"))


def _know_the_directory(tx: Connection, imported: Import) -> None:
    """A partial import may speak of people and places whom an earlier one brought."""
    for table, kind in ((PATIENTS, "Patient"), (CLINICIANS, "Practitioner"), (SITES, "Location")):
        imported.spool.know(f"{kind}/{identity}" for identity in tx.execute(select(table.c.id)).scalars())
    imported.spool.know(tx.execute(select(UNITS.c.id)).scalars())
    zones = {row.id: row.zone for row in tx.execute(select(SITES.c.id, SITES.c.zone))}
    for row in tx.execute(select(ROLES.c.id, ROLES.c.clinician_id, ROLES.c.unit_id, ROLES.c.site_id)):
        key, zone = f"PractitionerRole/{row.id}", zones.get(row.site_id, imported.rules.zone)
        imported.spool.know([key])
        imported.spool.add_role(StoredRole(key, row.clinician_id, row.unit_id, zone))


def _vanished(tx: Connection, table: Table) -> Iterator[str]:
    wanted = f"SELECT id FROM {table.name} WHERE active AND {_NOT_SEEN} ORDER BY id"  # noqa: S608 - our own names
    yield from tx.execute(text(wanted), {"home": table.name}).scalars()


_NOT_SEEN = "id NOT IN (SELECT id FROM incoming_seen WHERE home = :home)"


class _Staging:
    """Records by batches into the temporary tables, where they differ from what is stored."""

    def __init__(self, tx: Connection, vault: Vault, imported: Import, *, whole: bool) -> None:
        self._tx, self._vault, self._imported, self._whole = tx, vault, imported, whole
        self._waiting: dict[type[Any], list[Any]] = {}
        self.difference = Difference()

    def put(self, record: Record) -> None:
        """One more record."""
        batch = self._waiting.setdefault(type(record), [])
        batch.append(record)
        if len(batch) >= BATCH:
            self._flush(type(record))

    def finish(self) -> None:
        """The rest, and the books of patients about whom this import says nothing."""
        for kind in list(self._waiting):
            self._flush(kind)
        care = {kind.kind for kind in CARE}
        if self._imported.kinds & care:
            self._silent_books()

    def _flush(self, kind: type[Any]) -> None:
        batch = self._waiting.pop(kind, [])
        if kind is FacilityNumber:
            rows = [{"number_hash": self._vault.digest("number", number.id)} for number in batch]
            self._insert(FACILITIES, rows)
        elif kind is BookRecord:
            self._books([(record.id, record.evidence) for record in batch])
        elif batch:
            self._owners(_HOMES[kind], batch)

    def _owners(self, table: Table, batch: Sequence[Any]) -> None:
        prints = {record.id: self._fingerprint(record) for record in batch}
        known = self._known(table, prints)
        changed = [record for record in batch if known.get(record.id) != prints[record.id]]
        for record in changed:
            self.difference.note(table, "changed" if record.id in known else "new", record.id)
        self._insert(table, [{**self._row(record), "fingerprint": prints[record.id]} for record in changed])
        for child, rows in self._children(table, changed):
            self._insert(child, rows)
        self._see(table, prints)

    def _known(self, table: Table, ids: Iterable[str]) -> dict[str, str]:
        key = next(iter(table.primary_key.columns))
        wanted = select(key, table.c.fingerprint).where(key.in_(list(ids)))
        return {row[0]: row[1] for row in self._tx.execute(wanted)}

    def _see(self, table: Table, ids: Iterable[str]) -> None:
        seen = [{"home": table.name, "id": identity} for identity in ids]
        self._tx.execute(text("INSERT INTO incoming_seen (home, id) VALUES (:home, :id)"), seen)

    def _insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self._tx.execute(insert(INCOMING[table.name]), rows)

    def _fingerprint(self, record: Any) -> str:
        content = json.dumps(asdict(record), sort_keys=True, default=str)
        if isinstance(record, PatientRecord | ProxyRecord):  # keyed: a few facts can be guessed
            return self._vault.digest("record", content)
        return hashlib.sha256(content.encode()).hexdigest()

    def _row(self, record: Any) -> dict[str, Any]:
        match record:
            case PatientRecord():
                return _patient_row(self._vault, record)
            case ProxyRecord():
                return _proxy_row(self._vault, record)
            case ClinicianRecord():
                return _clinician_row(record)
            case RoleRecord():
                return _role_row(record)
            case UnitRecord():
                return {**asdict(record), "skills": " ".join(record.skills)}
        return {**asdict(record), "active": True}

    def _children(self, table: Table, changed: Sequence[Any]) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
        if table is CLINICIANS:
            yield SKILLS, [row for record in changed for row in _skill_rows(record)]
        if table is ROLES:
            yield UNIT_ROLES, [row for record in changed for row in _unit_rows(record)]
        if table is PATIENTS:
            yield NUMBERS, [row for record in changed for row in _number_rows(self._vault, record)]

    # --- evidence

    def _books(self, found: Sequence[tuple[str, str]]) -> None:
        """Evidence of these patients: what this import says, and what it does not speak of."""
        ids = [patient for patient, _ in found]
        stored = select(BOOKS.c.patient_id, BOOKS.c.evidence).where(BOOKS.c.patient_id.in_(ids))
        old = {row.patient_id: row.evidence for row in self._tx.execute(stored)}
        rows = []
        for patient, evidence in found:
            kept = self._kept(old.get(patient, "[]"))
            book = packed([*kept, *unpacked(evidence)]) if kept else evidence
            if book != old.get(patient):
                self.difference.note(BOOKS, "changed" if patient in old else "new", patient)
                rows.append({"patient_id": patient, "evidence": book, "fingerprint": ""})
        self._insert(BOOKS, rows)
        self._see(BOOKS, ids)

    def _kept(self, book: str) -> tuple[Evidence, ...]:
        """Of stored evidence what this import says nothing about."""
        return unpacked(book, lambda source: not self._spoken_of(source))

    def _spoken_of(self, source: str) -> bool:
        if self._whole:
            return source.partition("/")[0] in self._imported.kinds
        return self._imported.spool.holds(source)

    def _silent_books(self) -> None:
        after = ""
        wanted = text(
            "SELECT patient_id FROM care_books WHERE patient_id > :after AND evidence != '[]' "
            "AND patient_id NOT IN (SELECT id FROM incoming_seen WHERE home = 'care_books') "
            "ORDER BY patient_id LIMIT :most"
        )
        while ids := list(self._tx.execute(wanted, {"after": after, "most": BATCH}).scalars()):
            after = ids[-1]
            self._books([(patient, "[]") for patient in ids])


def _patient_row(vault: Vault, record: PatientRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "given_sealed": vault.seal(record.given),
        "family_sealed": vault.seal(record.family),
        "birth_date_hash": vault.digest("birth_date", record.birth_date),
        "birth_date_sealed": vault.seal(record.birth_date),
        "zones": " ".join(zones_of_zip(record.zip_code or "")),
        "language": record.language,
        "no_messages": record.no_messages,
        "no_texts": record.no_texts,
        "deceased": record.deceased,
        "active": record.active,
    }


def _proxy_row(vault: Vault, record: ProxyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "patient_id": record.patient,
        "given_sealed": vault.seal(record.given),
        "family_sealed": vault.seal(record.family),
        "relationship": record.relationship,
        "scope": "",
        "starts_at": record.starts,
        "ends_at": record.ends,
        "active": record.active,
    }


def _clinician_row(record: ClinicianRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "given": record.given,
        "family": record.family,
        "title": record.title,
        "site_id": record.site_id,
        "languages": " ".join(record.languages),
        "imported_languages": " ".join(record.languages),
        "qualified": " ".join(record.qualified),
        "active": record.active,
    }


def _role_row(record: RoleRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "clinician_id": record.clinician,
        "title": record.title,
        "unit_id": record.unit,
        "site_id": record.site,
        "services": " ".join(record.services),
        "skills": " ".join(record.skills),
        "bars": " ".join(record.bars),
        "starts_at": record.starts,
        "ends_at": record.ends,
        "schedule": record.schedule,
        "active": record.active,
    }


def _skill_rows(record: ClinicianRecord) -> Iterator[dict[str, Any]]:
    for skill, level in record.skills.items():
        yield {"clinician_id": record.id, "skill": skill, "level": level, "imported_level": level}


def _unit_rows(record: RoleRecord) -> Iterator[dict[str, Any]]:
    for unit in record.units:
        for skill in record.skills:
            yield {"unit_id": unit, "skill": skill, "role_id": record.id}


def _number_rows(vault: Vault, record: PatientRecord) -> Iterator[dict[str, Any]]:
    for entry in record.numbers:
        yield {
            "patient_id": record.id,
            "number_hash": vault.digest("number" if entry.readable else "unreadable number", entry.number),
            "number_sealed": vault.seal(entry.number),
            "use": entry.use,
            "readable": entry.readable,
            "rank": entry.rank,
            "wish": entry.wish,
            "starts_at": entry.starts,
            "ends_at": entry.ends,
        }
