"""How patients want to be reached (45 CFR 164.522(b)): their number, the numbers they forbid, messages and texts.

It is the site's word; no import touches it, and every call and text asks it first.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Table, bindparam, delete, insert, select

from config.statements import Statement
from config.vault import Vault
from directory.local_csv import WishLine
from directory.local_store import LocalRefused
from directory.numbers import callable_number
from directory.tables import ForbiddenNumber, Patient, PatientWish

WISHES: Table = PatientWish.__table__  # type: ignore[attr-defined]
FORBIDDEN: Table = ForbiddenNumber.__table__  # type: ignore[attr-defined]
PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
_WISHED = Statement(
    select(WISHES.c.preferred_sealed, WISHES.c.zone, WISHES.c.no_messages, WISHES.c.no_texts).where(
        WISHES.c.patient_id == bindparam("patient")
    )
)


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
    row = _WISHED.first(tx, {"patient": patient_id})
    if row is None:
        return ReachedAt()
    preferred, zone, no_messages, no_texts = row
    return ReachedAt(vault.open(preferred) if preferred else "", zone or "", no_messages, no_texts)


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


def apply_wishes(tx: Connection, vault: Vault, lines: Iterable[WishLine], own: Collection[str]) -> list[str]:
    """Do what a sheet of wishes says; the patients whose wishes changed. `LocalRefused` names every line that fails.

    `own` are the center's own numbers: nobody is reached there.
    """
    changed, refused = list[str](), list[str]()
    for line in lines:
        try:
            if _applied(tx, vault, line, own):
                changed.append(line.patient)
        except LocalRefused as error:
            refused.append(f"{line.patient}: {error}")
    if refused:
        raise LocalRefused("\n".join(refused))
    return changed


def _applied(tx: Connection, vault: Vault, line: WishLine, own: Collection[str]) -> bool:
    """Whether this line changed what the patient wishes."""
    before = reached_at(tx, vault, line.patient)
    only = [_readable(line.only, "only_number", own)] if line.only else []
    after = replace(
        before,
        preferred=before.preferred if line.only is None else "".join(only),
        zone=before.zone if line.zone is None else line.zone,
        no_messages=before.no_messages if line.messages is None else not line.messages,
        no_texts=before.no_texts if line.texts is None else not line.texts,
    )
    stood = set(tx.scalars(select(FORBIDDEN.c.number_hash).where(FORBIDDEN.c.patient_id == line.patient)))
    said = [_readable(number, "not_numbers", own) for number in line.refused or ()]
    wanted = stood if line.refused is None else {vault.digest("number", number) for number in said}
    if after == before and wanted == stood:
        return False
    if not set_reached_at(tx, vault, line.patient, after):
        raise LocalRefused("patient: accepted: an id of the directory")
    for digest in sorted(wanted):
        tx.execute(insert(FORBIDDEN).values(patient_id=line.patient, number_hash=digest))
    return True


def _readable(entry: str, column: str, own: Collection[str]) -> str:
    number = callable_number(entry, own=own)
    if number is None:
        raise LocalRefused(f"{column}: accepted: numbers that may be rung, such as +13125550142, or -")
    return number
