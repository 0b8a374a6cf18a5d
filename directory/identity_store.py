"""Who a caller is, against the records: proof by two entries, the hint of a number, and the counts of failures.

The reads are the same for a hit and a miss, so that neither the answer's words nor its time tells them apart.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, Table, func, insert, select

from config.vault import Vault
from directory import patients
from directory.patients import Candidate, IdentityMatch
from directory.tables import FailedProof, Patient, PatientNumber

PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
NUMBERS: Table = PatientNumber.__table__  # type: ignore[attr-defined]
FAILURES: Table = FailedProof.__table__  # type: ignore[attr-defined]

DAY = timedelta(hours=24)
MOST_OF_CALLER, MOST_OF_PATIENT = 5, 10  # failed proofs in a day


def check_identity(
    tx: Connection, vault: Vault, *, birth_date: str, second: str, caller: str | None, now: datetime
) -> IdentityMatch:
    """Who proved himself with an ISO birth date and a PIN, or the ZIP code from a number that is his alone.

    The deceased, the inactive and children are never proved here: a person speaks with whoever calls about them.
    """
    return patients.judge(
        _born_on(tx, vault, birth_date),
        second=second,
        holders=_living_holders(tx, vault, caller or ""),
        adult=patients.is_adult(birth_date, now.date()),
        digest=vault.digest,
    )


def hint(tx: Connection, vault: Vault, caller: str) -> bool:
    """Whether exactly one active living patient has the calling number. It proves nothing."""
    holders = _holders(vault, caller).where(PATIENTS.c.active)
    return len(tx.execute(holders.limit(2)).all()) == 1


def count_failure(tx: Connection, vault: Vault, caller: str | None, patient: str | None, now: datetime) -> None:
    """Count one failed proof for the calling number and for the patient, where there is one."""
    caller_hash = vault.digest("number", caller) if caller else None
    tx.execute(insert(FAILURES).values(caller_hash=caller_hash, patient_id=patient, at=now))


def locked_out(
    tx: Connection, vault: Vault, *, caller: str | None, patient: str | None, now: datetime
) -> bool:
    """Whether this number failed 5 times, or proofs for this patient 10 times, in the last 24 hours."""
    counted = select(
        func.count().filter(FAILURES.c.caller_hash == vault.digest("number", caller or "")),
        func.count().filter(FAILURES.c.patient_id == (patient or "")),
    ).where(FAILURES.c.at > now - DAY)
    by_caller, by_patient = tx.execute(counted).one()
    return bool(by_caller >= MOST_OF_CALLER or by_patient >= MOST_OF_PATIENT)


def _born_on(tx: Connection, vault: Vault, birth_date: str) -> list[Candidate]:
    wanted = select(
        PATIENTS.c.id,
        PATIENTS.c.pin_hash,
        PATIENTS.c.zip_hash,
        PATIENTS.c.pin_only,
        (PATIENTS.c.active & ~PATIENTS.c.deceased),
    ).where(PATIENTS.c.birth_date_hash == vault.digest("birth_date", birth_date))
    return [Candidate(*row) for row in tx.execute(wanted)]


def _living_holders(tx: Connection, vault: Vault, caller: str) -> frozenset[str]:
    """Living people with this number on record, active or not: whoever lives there may be calling."""
    return frozenset(row.id for row in tx.execute(_holders(vault, caller)))


def _holders(vault: Vault, caller: str) -> Select[tuple[str]]:
    joined = PATIENTS.join(NUMBERS, NUMBERS.c.patient_id == PATIENTS.c.id)
    with_number = NUMBERS.c.number_hash == vault.digest("number", caller)
    return select(PATIENTS.c.id).select_from(joined).where(with_number, ~PATIENTS.c.deceased)
