"""Who a caller is, against the records: proof by two entries, the hint of a number, and the counts of failures.

The reads are the same for a hit and a miss, so that neither the answer's words nor its time tells them apart.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, Table, func, insert, or_, select

from config.vault import Vault
from directory import patients
from directory.patients import Candidate, IdentityMatch
from directory.tables import FacilityNumber, FailedProof, Patient, PatientNumber

PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
NUMBERS: Table = PatientNumber.__table__  # type: ignore[attr-defined]
FACILITIES: Table = FacilityNumber.__table__  # type: ignore[attr-defined]
FAILURES: Table = FailedProof.__table__  # type: ignore[attr-defined]

DAY = timedelta(hours=24)
MOST_OF_CALLER, MOST_OF_PATIENT = 5, 10  # failed proofs in a day
HOUSEHOLD = 5  # more patients than that at one number: a home or a switchboard, which says nothing of who calls
NOT_HIS_ALONE = ("related", "shared")


def check_identity(
    tx: Connection, vault: Vault, *, birth_date: str, second: str, caller: str | None, now: datetime
) -> IdentityMatch:
    """Who proved himself with an ISO birth date and a PIN, or the ZIP code from a number that is his alone.

    The deceased, the inactive and children are never proved here: a person speaks with whoever calls about them.
    """
    return patients.judge(
        _born_on(tx, vault, birth_date),
        second=second,
        holders=_living_holders(tx, vault, caller or "", now),
        adult=patients.is_adult(birth_date, now.date()),
        digest=vault.digest,
    )


def patients_by_number(tx: Connection, vault: Vault, caller: str, now: datetime | None = None) -> tuple[str, ...]:
    """The active living patients whose number this is: none, one or many; never those behind a switchboard.

    With `now`, numbers whose period is over or ahead do not count. A look-up proves nothing about who calls.
    """
    joined = PATIENTS.join(NUMBERS, NUMBERS.c.patient_id == PATIENTS.c.id)
    own = _numbered(select(PATIENTS.c.id).select_from(joined), vault, caller, now)
    wanted = own.where(~PATIENTS.c.deceased, PATIENTS.c.active, NUMBERS.c.use != "related")
    found = tuple(tx.execute(wanted.order_by(PATIENTS.c.id).limit(HOUSEHOLD + 1)).scalars())
    return () if len(found) > HOUSEHOLD or _is_switchboard(tx, vault, caller) else found


def hint(tx: Connection, vault: Vault, caller: str, now: datetime | None = None) -> bool:
    """Whether exactly one active living patient has the calling number. It proves nothing."""
    return len(patients_by_number(tx, vault, caller, now)) == 1


def count_failure(tx: Connection, vault: Vault, caller: str | None, patient: str | None, now: datetime) -> None:
    """Count one failed proof for the calling number and for the patient, where there is one."""
    caller_hash = vault.digest("number", caller) if caller else None
    tx.execute(insert(FAILURES).values(caller_hash=caller_hash, patient_id=patient, at=now))


def locked_out(tx: Connection, vault: Vault, *, caller: str | None, patient: str | None, now: datetime) -> bool:
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


def _living_holders(tx: Connection, vault: Vault, caller: str, now: datetime) -> frozenset[str]:
    """Living people with this number on record, active or not: whoever lives there may be calling.

    Somebody who belongs to a patient, and has the same number, is one more; behind a switchboard there is nobody.
    """
    joined = PATIENTS.join(NUMBERS, NUMBERS.c.patient_id == PATIENTS.c.id)
    asked = _numbered(select(PATIENTS.c.id, NUMBERS.c.use).select_from(joined), vault, caller, now)
    rows = tx.execute(asked.where(~PATIENTS.c.deceased)).all()
    own = {row.id for row in rows if row.use != "related"}
    others = {f"somebody of {row.id}" for row in rows if row.use in NOT_HIS_ALONE}
    return frozenset() if _is_switchboard(tx, vault, caller) or len(own) > HOUSEHOLD else frozenset(own | others)


def _numbered(wanted: Select[Any], vault: Vault, caller: str, now: datetime | None) -> Select[Any]:
    numbered = wanted.where(NUMBERS.c.number_hash == vault.digest("number", caller))
    if now is None:
        return numbered
    begun = or_(NUMBERS.c.starts_at.is_(None), NUMBERS.c.starts_at <= now)
    return numbered.where(begun, or_(NUMBERS.c.ends_at.is_(None), NUMBERS.c.ends_at > now))


def _is_switchboard(tx: Connection, vault: Vault, caller: str) -> bool:
    asked = select(FACILITIES.c.number_hash).where(FACILITIES.c.number_hash == vault.digest("number", caller))
    return tx.execute(asked).first() is not None
