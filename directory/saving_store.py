"""Writes an import into the directory's tables. Importing the same again changes nothing; what a source does not
know (PINs, confirmed phones) stays as it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, insert, select, update

from config.vault import Vault
from directory import numbers
from directory.records import ClinicianRecord, Parsed, PatientRecord, RelationRecord
from directory.tables import CareRelation, Clinician, ClinicianSkill, Patient, PatientNumber, Site

SITES: Table = Site.__table__  # type: ignore[attr-defined]
CLINICIANS: Table = Clinician.__table__  # type: ignore[attr-defined]
SKILLS: Table = ClinicianSkill.__table__  # type: ignore[attr-defined]
PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
NUMBERS: Table = PatientNumber.__table__  # type: ignore[attr-defined]
RELATIONS: Table = CareRelation.__table__  # type: ignore[attr-defined]


class PhoneRefused(ValueError):
    """A clinician's number that may not be dialled or is another's. Its text names no number."""


class Secret(str):
    """A value to be sealed. Sealing gives another text each time, so stored secrets are compared opened."""

    __slots__ = ()


def save_directory(tx: Connection, vault: Vault, parsed: Parsed) -> int:
    """Bring the tables to what an import says; the number of rows that changed."""
    changed = sum(
        _put(tx, vault, SITES, {"id": site.id}, {"name": site.name, "zone": site.zone}) for site in parsed.sites
    )
    changed += sum(_save_clinician(tx, vault, record) for record in parsed.clinicians)
    changed += sum(_save_patient(tx, vault, record) for record in parsed.patients)
    return changed + _save_relations(tx, vault, parsed)


def confirm_phone(
    tx: Connection, vault: Vault, clinician_id: str, number: str, *, own: Iterable[str] = ()
) -> None:
    """The site says that this E.164 number rings this clinician; `PhoneRefused` when it may not be dialled."""
    if not numbers.dialable(number, own=tuple(own)):
        raise PhoneRefused(f"the phone of {clinician_id} is no number that the center may dial")
    others = select(CLINICIANS.c.phone_sealed).where(
        CLINICIANS.c.id != clinician_id, CLINICIANS.c.phone_sealed.is_not(None)
    )
    if any(vault.open(sealed) == number for sealed in tx.execute(others).scalars()):
        raise PhoneRefused(f"the phone of {clinician_id} is another clinician's")
    stored = tx.execute(select(CLINICIANS.c.phone_sealed).where(CLINICIANS.c.id == clinician_id)).scalar()
    if stored is None or vault.open(stored) != number:
        sealed = vault.seal(number)
        tx.execute(update(CLINICIANS).where(CLINICIANS.c.id == clinician_id).values(phone_sealed=sealed))


def _save_clinician(tx: Connection, vault: Vault, record: ClinicianRecord) -> int:
    values = {
        "given": record.given,
        "family": record.family,
        "title": record.title,
        "site_id": record.site_id,
        "languages": " ".join(record.languages),
        "active": record.active,
    }
    changed = _put(tx, vault, CLINICIANS, {"id": record.id}, values)
    rows = {(skill,): {"level": level} for skill, level in record.skills.items()}
    return changed + _put_all(tx, vault, SKILLS, {"clinician_id": record.id}, ("skill",), rows)


def _save_patient(tx: Connection, vault: Vault, record: PatientRecord) -> int:
    values: dict[str, Any] = {
        "given_sealed": Secret(record.given),
        "family_sealed": Secret(record.family),
        "birth_date_hash": vault.digest("birth_date", record.birth_date),
        "birth_date_sealed": Secret(record.birth_date),
        "zip_hash": vault.digest(f"zip:{record.id}", record.zip_code) if record.zip_code else None,
        "language": record.language,
        "deceased": record.deceased,
        "active": record.active,
    }
    if record.pin is not None:
        values["pin_hash"] = vault.digest(f"pin:{record.id}", record.pin)
    if record.pin_only is not None:
        values["pin_only"] = record.pin_only
    changed = _put(tx, vault, PATIENTS, {"id": record.id}, values, fresh={"pin_only": False})
    rows = {
        (vault.digest("number", number),): {"number_sealed": Secret(number), "use": use}
        for number, use in record.numbers.items()
    }
    return changed + _put_all(tx, vault, NUMBERS, {"patient_id": record.id}, ("number_hash",), rows)


def _save_relations(tx: Connection, vault: Vault, parsed: Parsed) -> int:
    """Evidence of each patient. Of the resources that were read again, what they no longer say is removed."""
    by_patient: dict[str, list[RelationRecord]] = {patient.id: [] for patient in parsed.patients}
    for relation in parsed.relations:
        by_patient.setdefault(relation.patient, []).append(relation)
    return sum(
        _put_all(
            tx,
            vault,
            RELATIONS,
            {"patient_id": patient},
            ("clinician_id", "skill", "evidence"),
            {(found.clinician, found.skill, found.evidence): _relation_values(found) for found in relations},
            only_of=parsed.evidence,
        )
        for patient, relations in by_patient.items()
    )


def _relation_values(relation: RelationRecord) -> dict[str, Any]:
    return {
        "level": relation.level,
        "both_agree": relation.both_agree,
        "starts_on": relation.starts_on,
        "ends_on": relation.ends_on,
    }


def _put_all(
    tx: Connection,
    vault: Vault,
    table: Table,
    owner: Mapping[str, Any],
    columns: tuple[str, ...],
    rows: Mapping[tuple[Any, ...], Mapping[str, Any]],
    only_of: frozenset[str] | None = None,
) -> int:
    """Make `rows` (by the values of `columns`) the rows of one owner. With `only_of` a row of other evidence stays."""
    present = tx.execute(select(*(table.c[name] for name in columns)).where(_is(table, owner))).all()
    gone = [
        dict(zip(columns, row, strict=True))
        for row in present
        if tuple(row) not in rows and (only_of is None or row[-1] in only_of)
    ]
    for key in gone:
        tx.execute(delete(table).where(_is(table, {**owner, **key})))
    changed = (
        _put(tx, vault, table, {**owner, **dict(zip(columns, key, strict=True))}, values)
        for key, values in rows.items()
    )
    return len(gone) + sum(changed)


def _put(
    tx: Connection,
    vault: Vault,
    table: Table,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    fresh: Mapping[str, Any] | None = None,
) -> int:
    """Insert or update one row, `fresh` being values that only a new row gets; 0 when it is so already."""
    row = tx.execute(select(table).where(_is(table, key))).mappings().first()
    if row is None:
        tx.execute(insert(table).values({**(fresh or {}), **key, **_sealed(vault, values)}))
        return 1
    news = {name: value for name, value in values.items() if not _same(vault, row[name], value)}
    if news:
        tx.execute(update(table).where(_is(table, key)).values(_sealed(vault, news)))
    return int(bool(news))


def _is(table: Table, key: Mapping[str, Any]) -> Any:
    return and_(*(table.c[name] == value for name, value in key.items()))


def _same(vault: Vault, stored: Any, value: Any) -> bool:
    if isinstance(value, Secret):
        return stored is not None and vault.open(stored) == value
    return bool(stored == value)


def _sealed(vault: Vault, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: vault.seal(str(value)) if isinstance(value, Secret) else value for name, value in values.items()}
