"""How patients want to be reached (45 CFR 164.522(b)): their number, the numbers they forbid, messages and texts.

It is the site's word; no import touches it, and every call and text asks it first.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, Table, delete, insert, select

from config.vault import Vault
from directory.tables import ForbiddenNumber, Patient, PatientWish

WISHES: Table = PatientWish.__table__  # type: ignore[attr-defined]
FORBIDDEN: Table = ForbiddenNumber.__table__  # type: ignore[attr-defined]
PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class ReachedAt:
    """What one patient wishes. `preferred` is the E.164 number at which alone he wants to be rung; "" is any."""

    preferred: str = ""
    zone: str = ""  # IANA
    no_messages: bool = False
    no_texts: bool = False
    forbidden: tuple[str, ...] = ()  # E.164 numbers; only written, for they are kept as keyed hashes


def reached_at(tx: Connection, vault: Vault, patient_id: str) -> ReachedAt:
    """What a patient wishes; nothing in particular if he said nothing."""
    row = tx.execute(select(WISHES).where(WISHES.c.patient_id == patient_id)).first()
    if row is None:
        return ReachedAt()
    preferred = vault.open(row.preferred_sealed) if row.preferred_sealed else ""
    return ReachedAt(preferred, row.zone or "", row.no_messages, row.no_texts)


def may_reach(tx: Connection, vault: Vault, patient_id: str, number: str) -> bool:
    """Whether this patient may be rung at this number: he lives, did not forbid it, and prefers no other one."""
    living = select(PATIENTS.c.id).where(PATIENTS.c.id == patient_id, PATIENTS.c.active, ~PATIENTS.c.deceased)
    digest = vault.digest("number", number)
    refused = select(FORBIDDEN.c.patient_id).where(
        FORBIDDEN.c.patient_id == patient_id, FORBIDDEN.c.number_hash == digest
    )
    if tx.execute(living).first() is None or tx.execute(refused).first() is not None:
        return False
    return reached_at(tx, vault, patient_id).preferred in ("", number)


def set_reached_at(tx: Connection, vault: Vault, patient_id: str, wish: ReachedAt) -> bool:
    """What this patient wishes from now on, in place of all he wished before. False if there is no such patient."""
    if tx.execute(select(PATIENTS.c.id).where(PATIENTS.c.id == patient_id)).first() is None:
        return False
    for table in (WISHES, FORBIDDEN):
        tx.execute(delete(table).where(table.c.patient_id == patient_id))
    tx.execute(
        insert(WISHES).values(
            patient_id=patient_id,
            preferred_sealed=vault.seal(wish.preferred) if wish.preferred else None,
            zone=wish.zone or None,
            no_messages=wish.no_messages,
            no_texts=wish.no_texts,
        )
    )
    for number in dict.fromkeys(wish.forbidden):
        tx.execute(insert(FORBIDDEN).values(patient_id=patient_id, number_hash=vault.digest("number", number)))
    return True
