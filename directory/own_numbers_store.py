"""The numbers at which a patient himself may be rung whom another program asks us to call, and his language."""

from datetime import datetime

from sqlalchemy import Connection, Table, or_, select

from config.vault import Vault
from directory.fhir_resources import MOST_RANK
from directory.reaching_store import reached_at
from directory.tables import Patient, PatientNumber

OF_OTHERS = "related"  # of somebody who belongs to him


PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
NUMBERS: Table = PatientNumber.__table__  # type: ignore[attr-defined]
USE_FIRST = ("mobile", "home", "shared")
UNRANKED = MOST_RANK + 1


def is_patient(tx: Connection, patient_id: str) -> bool:
    """Whether there is such a patient, alive and with us."""
    living = select(PATIENTS.c.id).where(PATIENTS.c.id == patient_id, PATIENTS.c.active, ~PATIENTS.c.deceased)
    return tx.execute(living).first() is not None


def language_of(tx: Connection, patient_id: str) -> str | None:
    """The language on a patient's record."""
    found: str | None = tx.scalar(select(PATIENTS.c.language).where(PATIENTS.c.id == patient_id))
    return found


def numbers_of(tx: Connection, vault: Vault, patient_id: str, now: datetime) -> list[str]:
    """The numbers (E.164) at which a patient himself may be rung, the best one first: his only ones, else by his rank,
    then by use.
    """
    if only := reached_at(tx, vault, patient_id, now).only:
        return list(only)
    mine = (NUMBERS.c.patient_id == patient_id, NUMBERS.c.readable, NUMBERS.c.use != OF_OTHERS)
    lasting = or_(NUMBERS.c.ends_at.is_(None), NUMBERS.c.ends_at > now)
    rows = tx.execute(select(NUMBERS.c.number_sealed, NUMBERS.c.use, NUMBERS.c.rank).where(*mine, lasting)).all()
    order = {use: place for place, use in enumerate(USE_FIRST)}
    ranked = sorted(
        (row.rank or UNRANKED, order.get(row.use, len(order)), vault.open(row.number_sealed)) for row in rows
    )
    return [number for *_, number in ranked]
