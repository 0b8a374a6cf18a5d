"""What a site itself says about its people, which no import touches: skill levels, languages, PINs."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Connection, Table, func, insert, select, update

from config.vault import Vault
from directory import numbers
from directory.local_csv import TAKEN_BACK, PinLine, StaffLine, levels_text
from directory.patients import PIN_DIGITS
from directory.phones_store import PhoneRefused, confirm_phone
from directory.tables import Clinician, ClinicianSkill, Patient

CLINICIANS: Table = Clinician.__table__  # type: ignore[attr-defined]
SKILLS: Table = ClinicianSkill.__table__  # type: ignore[attr-defined]
PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
HIGHEST_LEVEL = 5


class LocalRefused(ValueError):
    """A local fact that cannot be; its text holds ids and kinds of error, nothing personal."""


def set_level(tx: Connection, clinician_id: str, skill: str, level: int | None) -> bool:
    """The site's level of a skill: 1 to 5, 0 for "does not do it", None for "as the data say". Whether it changed."""
    if level is not None and not 0 <= level <= HIGHEST_LEVEL:
        raise LocalRefused(f"{clinician_id}: found level {level} of {skill}; accepted: 0 to {HIGHEST_LEVEL}")
    here = (SKILLS.c.clinician_id == clinician_id, SKILLS.c.skill == skill)
    row = tx.execute(select(SKILLS).where(*here)).first()
    if (row.local_level if row else None) == level:
        return False
    if row is None:
        values = {"clinician_id": clinician_id, "skill": skill, "level": level, "local_level": level}
        tx.execute(insert(SKILLS).values(values))
    elif level is None and row.imported_level is None:
        tx.execute(SKILLS.delete().where(*here))
    else:
        decided = row.imported_level if level is None else level
        tx.execute(update(SKILLS).where(*here).values(local_level=level, level=decided))
    return True


def set_languages(tx: Connection, clinician_id: str, languages: Sequence[str] | None) -> bool:
    """The languages he speaks by the site's word; None for "as the data say". Whether it changed."""
    stated = " ".join(languages) if languages else None
    here = CLINICIANS.c.id == clinician_id
    before = tx.execute(select(CLINICIANS.c.local_languages).where(here)).scalar()
    if before == stated:
        return False
    languages_now = stated if stated is not None else CLINICIANS.c.imported_languages
    tx.execute(update(CLINICIANS).where(here).values(local_languages=stated, languages=languages_now))
    return True


def set_pin(tx: Connection, vault: Vault, patient_id: str, pin: str | None, *, pin_only: bool | None = None) -> bool:
    """A patient's PIN (four digits; None leaves it), and whether his ZIP code never counts. Whether it changed."""
    if pin is not None and not (len(pin) == PIN_DIGITS and pin.isascii() and pin.isdigit()):
        raise LocalRefused(f"{patient_id}: found no PIN of {PIN_DIGITS} digits")
    row = tx.execute(select(PATIENTS.c.pin_hash, PATIENTS.c.pin_only).where(PATIENTS.c.id == patient_id)).first()
    if row is None:
        raise LocalRefused(f"the directory knows no patient {patient_id!r}")
    news = {
        "pin_hash": vault.digest(f"pin:{patient_id}", pin) if pin is not None else row.pin_hash,
        "pin_only": row.pin_only if pin_only is None else pin_only,
    }
    if (row.pin_hash, row.pin_only) == (news["pin_hash"], news["pin_only"]):
        return False
    tx.execute(update(PATIENTS).where(PATIENTS.c.id == patient_id).values(news))
    return True


def without_pin(tx: Connection) -> int:
    """How many active living patients have no PIN yet."""
    wanted = select(func.count()).where(PATIENTS.c.active, ~PATIENTS.c.deceased, PATIENTS.c.pin_hash.is_(None))
    return int(tx.execute(wanted).scalar() or 0)


# --- whole sheets -----------------------------------------------------------------------------------------------------


def apply_staff(tx: Connection, vault: Vault, lines: Iterable[StaffLine], *, own: Collection[str]) -> list[str]:
    """Do what a staff sheet says; what changed, a line each. `LocalRefused` names every line that cannot be.

    `own` are the center's numbers, which ring nobody.
    """
    changed, refused = list[str](), list[str]()
    known = set(tx.execute(select(CLINICIANS.c.id)).scalars())
    for line in lines:
        try:
            if line.clinician not in known:
                raise LocalRefused(f"the directory knows no clinician {line.clinician!r}")
            changed += _apply_line(tx, vault, line, own)
        except (LocalRefused, PhoneRefused) as error:
            refused.append(str(error))
    if refused:
        raise LocalRefused("\n".join(refused))
    return changed


def _apply_line(tx: Connection, vault: Vault, line: StaffLine, own: Collection[str]) -> list[str]:
    levels, languages = _as_it_stands(tx, line.clinician)
    news = {skill: level for skill, level in line.levels.items() if level is None or level != levels.get(skill)}
    changed = [skill for skill, level in news.items() if set_level(tx, line.clinician, skill, level)]
    said = line.languages is not None and line.languages != languages
    if said and set_languages(tx, line.clinician, line.languages):
        changed.append("languages")
    if line.phone is not None and _set_phone(tx, vault, line, own):
        changed.append("phone")
    return [f"{line.clinician}: {what}" for what in changed]


def _as_it_stands(tx: Connection, clinician_id: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """His levels and languages. A sheet that only repeats them, as an exported one does, is no word of the site."""
    rows = tx.execute(select(SKILLS.c.skill, SKILLS.c.level).where(SKILLS.c.clinician_id == clinician_id))
    spoken = tx.execute(select(CLINICIANS.c.languages).where(CLINICIANS.c.id == clinician_id)).scalar()
    return {row.skill: row.level for row in rows}, tuple((spoken or "").split())


def _set_phone(tx: Connection, vault: Vault, line: StaffLine, own: Collection[str]) -> bool:
    here = CLINICIANS.c.id == line.clinician
    before = tx.execute(select(CLINICIANS.c.phone_sealed).where(here)).scalar()
    if line.phone == TAKEN_BACK:
        tx.execute(update(CLINICIANS).where(here).values(phone_sealed=None))
        return before is not None
    number = numbers.parse(line.phone or "")
    if number is None:
        raise LocalRefused(f"{line.clinician}: phone: found no telephone number")
    confirm_phone(tx, vault, line.clinician, number, own=own)
    return before is None or vault.open(before) != number


def staff_rows(tx: Connection, vault: Vault) -> list[dict[str, str]]:
    """All active clinicians as rows of a staff sheet. Phones are masked: the sheet is not the place to keep them."""
    levels: dict[str, dict[str, int]] = {}
    for row in tx.execute(select(SKILLS.c.clinician_id, SKILLS.c.skill, SKILLS.c.level)):
        levels.setdefault(row.clinician_id, {})[row.skill] = row.level
    people = tx.execute(select(CLINICIANS).where(CLINICIANS.c.active).order_by(CLINICIANS.c.id))
    return [
        {
            "clinician": row.id,
            "name": f"{row.given} {row.family}".strip(),
            "phone": numbers.masked(vault.open(row.phone_sealed)) if row.phone_sealed else "",
            "languages": row.languages,
            "skills": levels_text(levels.get(row.id, {})),
        }
        for row in people
    ]


def apply_pins(tx: Connection, vault: Vault, lines: Iterable[PinLine]) -> list[str]:
    """Do what a sheet of PINs says; the ids of patients that changed. `LocalRefused` names every line that fails."""
    changed, refused = list[str](), list[str]()
    for line in lines:
        try:
            if set_pin(tx, vault, line.patient, line.pin, pin_only=line.pin_only):
                changed.append(line.patient)
        except LocalRefused as error:
            refused.append(str(error))
    if refused:
        raise LocalRefused("\n".join(refused))
    return changed
