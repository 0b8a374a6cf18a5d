"""Makes the audit trail tamper-evident: each row's hash covers its content and the hash of the row before. Pure.

What the chain shows: any row changed, removed from the middle, inserted or moved. What it cannot show by itself is the
loss of the newest rows; whoever must prove that too writes the last hash down elsewhere.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GENESIS = "0" * 64  # stands before the first row


@dataclass(frozen=True)
class AuditEntry:
    """One row of the trail as stored. `details` is canonical JSON and holds ids and codes, nothing personal."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str | None
    details: str
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class Broken:
    """A row that does not hold, and why, in words for the one who runs the check."""

    id: int
    what: str

    def __str__(self) -> str:
        return f"audit row {self.id}: {self.what}"


def canonical(details: Mapping[str, Any]) -> str:
    """The one JSON text of these details: sorted keys, no spaces, ASCII. ValueError for NaN, TypeError for non-JSON."""
    return json.dumps(details, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def row_hash(*, at: datetime, actor: str, action: str, subject: str | None, details: str, previous_hash: str) -> str:
    """SHA-256 (64 hex digits) over the row's canonical JSON and the hash of the row before it."""
    content = {
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "subject": subject,
        "details": details,
        "previous_hash": previous_hash,
    }
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def verify(entries: Iterable[AuditEntry]) -> list[Broken]:
    """The rows, given in the order of their ids, that do not hold; empty when the trail is whole."""
    broken, previous = [], GENESIS
    for entry in entries:
        broken += [Broken(entry.id, what) for what in _faults(entry, previous)]
        previous = entry.hash
    return broken


def _faults(entry: AuditEntry, previous: str) -> list[str]:
    faults = []
    if entry.previous_hash != previous:
        faults.append("does not follow the row before it: a row was removed, inserted or moved")
    if entry.hash != _hash_of(entry):
        faults.append("its content is not what was recorded")
    return faults


def _hash_of(entry: AuditEntry) -> str:
    return row_hash(
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        details=entry.details,
        previous_hash=entry.previous_hash,
    )
