"""Who a caller is, against the records: proof by two entries, the hint of a number, and the counts of failures.

The reads are the same for a hit and a miss, so that neither the answer's words nor its time tells them apart.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, Table, bindparam, exists, func, insert, or_, select

from config.columns import UTCDateTime
from config.statements import Statement, together
from config.vault import Vault
from directory import patients
from directory.patients import Candidate, Helper, IdentityMatch
from directory.tables import FacilityNumber, FailedProof, Patient, PatientNumber, Proxy

PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
NUMBERS: Table = PatientNumber.__table__  # type: ignore[attr-defined]
FACILITIES: Table = FacilityNumber.__table__  # type: ignore[attr-defined]
PROXIES: Table = Proxy.__table__  # type: ignore[attr-defined]
FAILURES: Table = FailedProof.__table__  # type: ignore[attr-defined]

DAY = timedelta(hours=24)
MOST_OF_CALLER, MOST_OF_PATIENT = 5, 10  # failed proofs in a day
HOUSEHOLD = 5  # more patients than that at one number: a home or a switchboard, which says nothing of who calls
MOST_AT_A_NUMBER = 100  # rows that are looked at; a number with so many says nothing either
HIS_ALONE = ("mobile",)  # a household's line, or one of which we know too little, is nobody's alone

_NUMBER: BindParameter[str] = bindparam("number")
_NOW = bindparam("now", type_=UTCDateTime())
_BORN_ON = Statement(
    select(
        PATIENTS.c.id,
        PATIENTS.c.pin_hash,
        (PATIENTS.c.active & ~PATIENTS.c.deceased),
        PATIENTS.c.visit_hash,
        PATIENTS.c.visit_until,
    ).where(PATIENTS.c.birth_date_hash == bindparam("birth_date"))
)
_PROXIES = Statement(
    select(PROXIES.c.id, PROXIES.c.patient_id, PROXIES.c.code_hash, PROXIES.c.scope)
    .select_from(PROXIES.join(PATIENTS, PATIENTS.c.id == PROXIES.c.patient_id))
    .where(
        PATIENTS.c.birth_date_hash == bindparam("birth_date"),
        PATIENTS.c.active,
        ~PATIENTS.c.deceased,
        PROXIES.c.active,
        or_(PROXIES.c.starts_at.is_(None), PROXIES.c.starts_at <= _NOW),
        or_(PROXIES.c.ends_at.is_(None), PROXIES.c.ends_at > _NOW),
    )
)
_HOLDERS = Statement(  # all who live, active or not; numbers whose period is over or ahead do not count
    select(PATIENTS.c.id, NUMBERS.c.use, PATIENTS.c.active, exists().where(FACILITIES.c.number_hash == _NUMBER))
    .select_from(PATIENTS.join(NUMBERS, NUMBERS.c.patient_id == PATIENTS.c.id))
    .where(
        NUMBERS.c.number_hash == _NUMBER,
        or_(NUMBERS.c.starts_at.is_(None), NUMBERS.c.starts_at <= _NOW),
        or_(NUMBERS.c.ends_at.is_(None), NUMBERS.c.ends_at > _NOW),
        ~PATIENTS.c.deceased,
    )
    .order_by(PATIENTS.c.id)
    .limit(MOST_AT_A_NUMBER)
)
_FAILED = Statement(
    insert(FAILURES).values(caller_hash=bindparam("caller"), patient_id=bindparam("patient"), at=bindparam("now"))
)
_BY_CALLER, _BY_PATIENT = FAILURES.c.caller_hash == bindparam("caller"), FAILURES.c.patient_id == bindparam("patient")
_FAILURES = Statement(
    select(func.count().filter(_BY_CALLER), func.count().filter(_BY_PATIENT)).where(
        FAILURES.c.at > bindparam("since"), or_(_BY_CALLER, _BY_PATIENT)
    )
)


def check_identity(
    tx: Connection,
    vault: Vault,
    *,
    birth_date: str,
    second: str,
    caller: str | None,
    now: datetime,
) -> IdentityMatch:
    """Who proved himself with the patient's ISO birth date and a second entry.

    That is the PIN, the code of a visit, or a proxy's own code. The deceased, the inactive and children are never
    proved by their own entries: a person speaks with whoever calls about them.
    """
    born = {"birth_date": vault.digest("birth_date", birth_date)}
    with together(tx):
        born_on, proxies = _BORN_ON.ask(tx, born), _PROXIES.ask(tx, {**born, "now": now})
        at_number = _HOLDERS.ask(tx, {"number": vault.digest("number", caller or ""), "now": now})
    return patients.judge(
        [_candidate(row, now) for row in born_on.rows()],
        second=second,
        holders=_living(at_number.rows()),
        adult=patients.is_adult(birth_date, now.date()),
        digest=vault.digest,
        born=born["birth_date"],
        helpers=[Helper(id_, patient, code, tuple(scope.split())) for id_, patient, code, scope in proxies.rows()],
    )


def patients_by_number(tx: Connection, vault: Vault, caller: str, now: datetime) -> tuple[str, ...]:
    """The active living patients whose number this is: none, one or many; never those behind a switchboard.

    Numbers whose period is over or ahead do not count. A look-up proves nothing about who calls.
    """
    holders = _holders(_at_number(tx, vault, caller, now))
    return tuple(identity for identity, use, active in holders if active and use != "related")


def is_his_alone(tx: Connection, vault: Vault, patient: str, number: str, now: datetime) -> bool:
    """Whether a number (E.164) is this patient's mobile and on nobody else's record. It proves nothing."""
    return _living(_at_number(tx, vault, number, now)) == {patient}


def hint(tx: Connection, vault: Vault, caller: str, now: datetime) -> bool:
    """Whether exactly one active living patient has the calling number. It proves nothing."""
    return len(patients_by_number(tx, vault, caller, now)) == 1


def count_failure(tx: Connection, vault: Vault, caller: str | None, patient: str | None, now: datetime) -> None:
    """Count one failed proof for the calling number and for the patient, where there is one."""
    caller_hash = vault.digest("number", caller) if caller else None
    _FAILED.change(tx, {"caller": caller_hash, "patient": patient, "now": now})


def locked_out(tx: Connection, vault: Vault, *, caller: str | None, patient: str | None, now: datetime) -> bool:
    """Whether this number failed 5 times, or proofs for this patient 10 times, in the last 24 hours."""
    asked = {"caller": vault.digest("number", caller or ""), "patient": patient or "", "since": now - DAY}
    by_caller, by_patient = _FAILURES.first(tx, asked) or (0, 0)
    return bool(by_caller >= MOST_OF_CALLER or by_patient >= MOST_OF_PATIENT)


def _candidate(row: tuple[Any, ...], now: datetime) -> Candidate:
    identity, pin, living, visit, until = row
    return Candidate(identity, pin, living, visit if until and now < until else None)


def _at_number(tx: Connection, vault: Vault, number: str, now: datetime) -> list[tuple[Any, ...]]:
    return _HOLDERS.rows(tx, {"number": vault.digest("number", number), "now": now})


def _living(at_number: Sequence[tuple[Any, ...]]) -> frozenset[str]:
    """Living people with this number on record, active or not: whoever lives there may be calling.

    Who lives with a patient, or belongs to him, is one more, unless the line is his mobile; behind a switchboard there
    is nobody.
    """
    rows = _holders(at_number)
    own = {identity for identity, use, _ in rows if use != "related"}
    others = {f"somebody with {identity}" for identity, use, _ in rows if use not in HIS_ALONE}
    return frozenset(own | others)


def _holders(at_number: Sequence[tuple[Any, ...]]) -> list[tuple[str, str, bool]]:
    """(patient, use, active) of a number; nobody where it is a switchboard's, or that of more than a household."""
    own = {identity for identity, use, _, _ in at_number if use != "related"}
    switchboard = any(facility for *_, facility in at_number)
    nobody = switchboard or len(own) > HOUSEHOLD or len(at_number) == MOST_AT_A_NUMBER
    return [] if nobody else [(identity, use, active) for identity, use, active, _ in at_number]
