"""Holds the resources of one import while references between them are resolved: on disk, so that memory stays flat.

A private SQLite file without a name: the system deletes it when this process ends, however it ends. What is personal
is sealed under a key that this process makes and forgets.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.fernet import Fernet

from directory.fhir_resources import READ, Identifier, Patient, RelatedPerson, Resource

PERSONAL = (Patient.kind, RelatedPerson.kind)
CACHE_KIB = 32_768
SCHEMA = """
CREATE TABLE resource (key TEXT PRIMARY KEY, kind TEXT, file TEXT, rank TEXT, body BLOB);
CREATE INDEX resource_kind ON resource (kind, key);
CREATE TABLE address (address TEXT PRIMARY KEY, key TEXT) WITHOUT ROWID;
CREATE TABLE identifier (
  kind TEXT, value BLOB, system BLOB, key TEXT, PRIMARY KEY (kind, value, system, key)
) WITHOUT ROWID;
CREATE TABLE role (key TEXT PRIMARY KEY, clinician TEXT, unit TEXT, zone TEXT);
CREATE INDEX role_clinician ON role (clinician, key);
CREATE TABLE evidence (patient TEXT, item TEXT);
CREATE TABLE episode (team TEXT, starts TEXT, ends TEXT);
CREATE TABLE related (patient TEXT, number BLOB);
CREATE INDEX related_patient ON related (patient);
CREATE TABLE elsewhere (key TEXT PRIMARY KEY) WITHOUT ROWID;
"""


class StoredRole(NamedTuple):
    """What evidence needs to know of a role: its key, whose it is, its organisation, the zone of its place."""

    key: str
    clinician: str
    unit: str
    zone: str


class Spool:
    """The resources of an import, findable by key, address and identifier. Implements `fhir_references.Index`."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA cache_size=-{CACHE_KIB}; {SCHEMA} BEGIN;")
        self._seal = Fernet(Fernet.generate_key())
        self.has = lru_cache(maxsize=8192)(self._has)
        self.get = lru_cache(maxsize=1024)(self._get)
        self.roles_of = lru_cache(maxsize=4096)(self._roles_of)
        self.role = lru_cache(maxsize=4096)(self._role)

    def close(self) -> None:
        """Give the disk back."""
        self._db.close()

    def add(self, resource: Resource, file: str, full_url: str | None) -> str:
        """Keep a resource; "imported", "repeated" when it is here already, "replaced" when two differ.

        Of two that differ the later `meta.lastUpdated` stays, else the greater hash: an order that no file decides.
        """
        body = resource.model_dump_json(by_alias=True, exclude_defaults=True).encode()
        rank = f"{resource.meta.last_updated} {hashlib.sha256(body).hexdigest()}"
        if full_url:
            self._db.execute("INSERT OR IGNORE INTO address VALUES (?, ?)", (full_url, resource.key))
        named = [
            (resource.kind, _hashed(found.value), _hashed(found.system), resource.key) for found in _valued(resource)
        ]
        self._db.executemany("INSERT OR IGNORE INTO identifier VALUES (?, ?, ?, ?)", named)
        known = self._db.execute("SELECT rank FROM resource WHERE key = ?", (resource.key,)).fetchone()
        if known is not None and known[0] == rank:
            return "repeated"
        if known is None or known[0] < rank:
            self._keep(resource, file, rank, body)
        return "imported" if known is None else "replaced"

    def _keep(self, resource: Resource, file: str, rank: str, body: bytes) -> None:
        stored = self._seal.encrypt(body) if resource.kind in PERSONAL else body
        row = (resource.key, resource.kind, file, rank, stored)
        self._db.execute("INSERT OR REPLACE INTO resource VALUES (?, ?, ?, ?, ?)", row)

    def know(self, keys: Iterable[str]) -> None:
        """Resources of an earlier import that references may mean too."""
        self._db.executemany("INSERT OR IGNORE INTO elsewhere VALUES (?)", ((key,) for key in keys))

    # --- looking up

    def _has(self, key: str) -> bool:
        return self.holds(key) or self._one("SELECT 1 FROM elsewhere WHERE key = ?", key) is not None

    def holds(self, key: str) -> bool:
        """Whether this import itself has the resource."""
        return self._one("SELECT 1 FROM resource WHERE key = ?", key) is not None

    def at_address(self, address: str) -> str | None:
        """The key of the resource with this bundle address."""
        found = self._one("SELECT key FROM address WHERE address = ?", address)
        return str(found[0]) if found else None

    def identified(self, kind: str, system: str | None, value: str) -> list[str]:
        """Two at most of the keys with this identifier."""
        asked = "SELECT DISTINCT key FROM identifier WHERE kind = ? AND value = ?"
        by_system = (" AND system = ?", (_hashed(system),)) if system is not None else ("", ())
        rows = self._db.execute(f"{asked}{by_system[0]} LIMIT 2", (kind, _hashed(value), *by_system[1]))
        return [row[0] for row in rows]

    def _get(self, key: str) -> Resource | None:
        row = self._one("SELECT body FROM resource WHERE key = ?", key)
        return self._opened(key.partition("/")[0], row[0]) if row else None

    def file_of(self, key: str) -> str:
        """The file a resource stands in."""
        row = self._one("SELECT file FROM resource WHERE key = ?", key)
        return str(row[0]) if row else ""

    def every(self, *kinds: type[Resource]) -> Iterator[Resource]:
        """All resources of these kinds, kind by kind, by key."""
        for kind in kinds:
            after = ""
            while rows := self._page(kind.kind, after):
                after = rows[-1][0]
                yield from (self._opened(kind.kind, body) for _, body in rows)

    def _page(self, kind: str, after: str) -> list[tuple[str, bytes]]:
        asked = "SELECT key, body FROM resource WHERE kind = ? AND key > ? ORDER BY key LIMIT 500"
        return self._db.execute(asked, (kind, after)).fetchall()

    def _opened(self, kind: str, body: bytes) -> Resource:
        plain = self._seal.decrypt(body) if kind in PERSONAL else body
        return READ[kind].model_validate_json(plain)

    def _one(self, statement: str, *values: str) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = self._db.execute(statement, values).fetchone()
        return found

    # --- what the second pass learns

    def add_role(self, role: StoredRole) -> None:
        """A role with what was resolved."""
        self._db.execute("INSERT OR REPLACE INTO role VALUES (?, ?, ?, ?)", role)

    def _role(self, key: str) -> StoredRole | None:
        row = self._one("SELECT * FROM role WHERE key = ?", key)
        return StoredRole(*row) if row else None

    def _roles_of(self, clinician: str) -> tuple[StoredRole, ...]:
        rows = self._db.execute("SELECT * FROM role WHERE clinician = ? ORDER BY key", (clinician,))
        return tuple(StoredRole(*row) for row in rows)

    def add_evidence(self, patient: str, item: str) -> None:
        """One piece of evidence, packed."""
        self._db.execute("INSERT INTO evidence VALUES (?, ?)", (patient, item))

    def evidence(self) -> Iterator[tuple[str, list[str]]]:
        """Each patient's packed evidence, patient by patient."""
        patient, items = "", list[str]()
        for found, item in self._db.execute("SELECT patient, item FROM evidence ORDER BY patient, item"):
            if found != patient and items:
                yield patient, items
                items = []
            patient = found
            items.append(item)
        if items:
            yield patient, items

    def add_related(self, patient: str, number: str) -> None:
        """A number of somebody who belongs to a patient."""
        self._db.execute("INSERT INTO related VALUES (?, ?)", (patient, self._seal.encrypt(number.encode())))

    def related(self, patient: str) -> list[str]:
        """The numbers of those who belong to a patient."""
        rows = self._db.execute("SELECT number FROM related WHERE patient = ?", (patient,))
        return [self._seal.decrypt(row[0]).decode() for row in rows]

    def add_episode(self, team: str, starts: str, ends: str) -> None:
        """The care team (by key) of an open episode of care, with the episode's period as ISO instants."""
        self._db.execute("INSERT INTO episode VALUES (?, ?, ?)", (team, starts, ends))

    def episode_of(self, team: str) -> tuple[str, str] | None:
        """The period of the open episode that a care team belongs to; of several the last."""
        row = self._one("SELECT starts, ends FROM episode WHERE team = ? ORDER BY starts DESC, ends DESC", team)
        return (row[0], row[1]) if row else None


def _valued(resource: Resource) -> list[Identifier]:
    return [found for found in resource.identifier if found.value]


def _hashed(text: str | None) -> bytes:
    """Identifiers are compared, never read: record numbers do not stand in the file."""
    return hashlib.blake2b((text or "").encode(), digest_size=16).digest()
