"""What a site itself says about its people, which no import touches: levels, languages, PINs, codes of proxies.

Longer than 300 lines because all that a site says of one person is read and written beside the rest.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Table, bindparam, func, insert, literal_column, select, update

from config.statements import Statement
from config.vault import Vault
from directory import numbers
from directory.local_csv import KEPT, TAKEN_BACK, PinLine, ProxyLine, StaffLine, levels_text
from directory.patients import CODE_DIGITS, PIN_DIGITS, guessable
from directory.phones_store import PhoneRefused, confirm_phone
from directory.tables import Clinician, ClinicianSkill, Patient, Proxy, Site

CLINICIANS: Table = Clinician.__table__  # type: ignore[attr-defined]
SKILLS: Table = ClinicianSkill.__table__  # type: ignore[attr-defined]
PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
PROXIES: Table = Proxy.__table__  # type: ignore[attr-defined]
SITES: Table = Site.__table__  # type: ignore[attr-defined]
HIGHEST_LEVEL = 5
FURTHEST_EAST = timedelta(hours=14)
Line = TypeVar("Line")


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
    elif level is None and row.imported_level is None and row.today_level is None:
        tx.execute(SKILLS.delete().where(*here))
    else:
        decided = row.imported_level if level is None else level
        decided = decided if row.lapsed_at is None else 0
        decided = decided if row.today_level is None else row.today_level
        tx.execute(update(SKILLS).where(*here).values(local_level=level, level=decided))
    return True


def set_today(tx: Connection, clinician_id: str, skill: str, level: int | None, until: datetime) -> bool:
    """His level of a skill until an instant, whatever else is said of it; None takes that back. Whether it changed."""
    if level is not None and not 0 <= level <= HIGHEST_LEVEL:
        raise LocalRefused(f"{clinician_id}: found level {level} of {skill}; accepted: 0 to {HIGHEST_LEVEL}")
    here = (SKILLS.c.clinician_id == clinician_id, SKILLS.c.skill == skill)
    row = tx.execute(select(SKILLS).where(*here)).first()
    if (row is None and level is None) or (row is not None and row.today_level == level):
        return False
    if level is None:
        _end_today(tx, row)
    elif row is None:
        values = {"clinician_id": clinician_id, "skill": skill, "level": level}
        tx.execute(insert(SKILLS).values(**values, today_level=level, today_until=until))
    else:
        tx.execute(update(SKILLS).where(*here).values(level=level, today_level=level, today_until=until))
    return True


_TODAY_OVER = Statement(  # asked at every tick of the clock
    select(SKILLS.c.skill).where(SKILLS.c.today_until <= bindparam("now")).limit(literal_column("1"))
)


def today_over(tx: Connection, now: datetime) -> bool:
    """Whether anybody's level for a day is over."""
    return _TODAY_OVER.first(tx, {"now": now}) is not None


def end_today(tx: Connection, now: datetime) -> list[str]:
    """Levels for a day that is over count no longer; whose they were."""
    over = tx.execute(select(SKILLS).where(SKILLS.c.today_until <= now)).all()
    for row in over:
        _end_today(tx, row)
    return sorted({row.clinician_id for row in over})


def _end_today(tx: Connection, row: Any) -> None:
    """What else is said of him decides again; where nothing is, he does not have the skill."""
    here = (SKILLS.c.clinician_id == row.clinician_id, SKILLS.c.skill == row.skill)
    if row.imported_level is None and row.local_level is None:
        tx.execute(SKILLS.delete().where(*here))
        return
    level = _word(row) if row.lapsed_at is None else 0
    tx.execute(update(SKILLS).where(*here).values(level=level, today_level=None, today_until=None))


def set_expiry(tx: Connection, clinician_id: str, skill: str, last_day: date | None) -> bool:
    """The last day on which a skill counts (None: it always does). Whether it changed; False without the skill.

    The level counts again until the clock finds that the new day is over too.
    """
    here = (SKILLS.c.clinician_id == clinician_id, SKILLS.c.skill == skill)
    row = tx.execute(select(SKILLS).where(*here)).first()
    if row is None or row.expires_on == last_day:
        return False
    level = _word(row) if row.today_level is None else row.today_level
    tx.execute(update(SKILLS).where(*here).values(expires_on=last_day, lapsed_at=None, level=level))
    return True


def _word(row: Row[Any]) -> int:
    """The level that is said of him, whether or not it has run out; 0 of a skill that he has for a day only."""
    return int((row.imported_level if row.local_level is None else row.local_level) or 0)


_PAST_THEIR_DAY = Statement(  # asked at every tick of the clock
    select(SKILLS.c.clinician_id, SKILLS.c.skill, SKILLS.c.expires_on, SITES.c.zone)
    .join(CLINICIANS, CLINICIANS.c.id == SKILLS.c.clinician_id)
    .outerjoin(SITES, SITES.c.id == CLINICIANS.c.site_id)
    .where(SKILLS.c.expires_on < bindparam("earliest"), SKILLS.c.lapsed_at.is_(None))
    .order_by(SKILLS.c.clinician_id, SKILLS.c.skill)
)


def lapsing(tx: Connection, now: datetime, zone: str) -> list[tuple[str, str]]:
    """Whose skills have had their last day and count still, with the skill: by the day at his site, or in `zone`."""
    earliest = (now + FURTHEST_EAST).date()  # it is no later day anywhere
    return [
        (clinician, skill)
        for clinician, skill, expires_on, his_zone in _PAST_THEIR_DAY.rows(tx, {"earliest": earliest})
        if expires_on < now.astimezone(ZoneInfo(his_zone or zone)).date()
    ]


def lapse(tx: Connection, now: datetime, zone: str) -> list[str]:
    """Skills whose last day is over count no longer; whose they are."""
    over = lapsing(tx, now, zone)
    for clinician, skill in over:
        his = (SKILLS.c.clinician_id == clinician, SKILLS.c.skill == skill, SKILLS.c.lapsed_at.is_(None))
        level = func.coalesce(SKILLS.c.today_level, 0)
        tx.execute(update(SKILLS).where(*his).values(level=level, lapsed_at=now))
    return list(dict.fromkeys(clinician for clinician, _ in over))


def lapsed(tx: Connection) -> dict[str, dict[str, date]]:
    """The last day of each skill that counts no longer, by clinician."""
    found: dict[str, dict[str, date]] = {}
    wanted = select(SKILLS.c.clinician_id, SKILLS.c.skill, SKILLS.c.expires_on).where(SKILLS.c.lapsed_at.is_not(None))
    for row in tx.execute(wanted):
        found.setdefault(row.clinician_id, {})[row.skill] = row.expires_on
    return found


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


def set_pin(tx: Connection, vault: Vault, patient_id: str, pin: str) -> bool:
    """A patient's PIN (four digits). Whether it changed."""
    if not (len(pin) == PIN_DIGITS and pin.isascii() and pin.isdigit()):
        raise LocalRefused(f"{patient_id}: found no PIN of {PIN_DIGITS} digits")
    row = _patient(tx, patient_id)
    _refuse_guessable(vault, patient_id, row.birth_date_sealed, pin)
    digest = vault.digest(f"pin:{patient_id}", pin)
    if row.pin_hash == digest:
        return False
    tx.execute(update(PATIENTS).where(PATIENTS.c.id == patient_id).values(pin_hash=digest))
    return True


def set_visit_code(tx: Connection, vault: Vault, patient_id: str, code: str, until: datetime) -> bool:
    """The code of a patient's latest visit (six digits), which counts until an instant. Whether it changed."""
    row = _patient(tx, patient_id)
    _refuse_other_than(patient_id, code)
    _refuse_guessable(vault, patient_id, row.birth_date_sealed, code)
    news = {"visit_hash": vault.digest(f"visit:{patient_id}", code), "visit_until": until}
    if (row.visit_hash, row.visit_until) == (news["visit_hash"], until):
        return False
    tx.execute(update(PATIENTS).where(PATIENTS.c.id == patient_id).values(news))
    return True


def set_proxy(tx: Connection, vault: Vault, proxy_id: str, code: str | None, scope: Sequence[str] | None) -> bool:
    """A proxy's own code (six digits; "-" takes it back; None leaves it) and services. Whether anything changed."""
    row = tx.execute(select(PROXIES).where(PROXIES.c.id == proxy_id)).first()
    if row is None:
        raise LocalRefused(f"the directory knows no related person {proxy_id!r}")
    kept = {"code_hash": row.code_hash, "scope": row.scope}
    news = {**kept, **({"scope": " ".join(scope)} if scope is not None else {})}
    if code == TAKEN_BACK:
        news["code_hash"] = None
    elif code is not None:
        _refuse_other_than(proxy_id, code)
        _refuse_guessable(vault, proxy_id, _patient(tx, row.patient_id).birth_date_sealed, code)
        news["code_hash"] = vault.digest(f"proxy:{proxy_id}:{row.patient_id}", code)
    if news == kept:
        return False
    tx.execute(update(PROXIES).where(PROXIES.c.id == proxy_id).values(news))
    return True


def _patient(tx: Connection, patient_id: str) -> Row[Any]:
    row = tx.execute(select(PATIENTS).where(PATIENTS.c.id == patient_id)).first()
    if row is None:
        raise LocalRefused(f"the directory knows no patient {patient_id!r}")
    return row


def _refuse_other_than(whose: str, code: str) -> None:
    if not (len(code) == CODE_DIGITS and code.isascii() and code.isdigit()):
        raise LocalRefused(f"{whose}: found no code of {CODE_DIGITS} digits")


def _refuse_guessable(vault: Vault, whose: str, birth_date_sealed: str, code: str) -> None:
    if guessable(code, vault.open(birth_date_sealed)):
        raise LocalRefused(f"{whose}: found what is guessed first (one digit, a run, a birth date); choose another")


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
    dated = [skill for skill, day in line.expires.items() if set_expiry(tx, line.clinician, skill, day)]
    changed += [skill for skill in dated if skill not in changed]
    said = line.languages is not None and line.languages != languages
    if said and set_languages(tx, line.clinician, line.languages):
        changed.append("languages")
    if line.phone is not None and _set_phone(tx, vault, line, own):
        changed.append("phone")
    return [f"{line.clinician}: {what}" for what in changed]


def _as_it_stands(tx: Connection, clinician_id: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """His levels and languages. A sheet that only repeats them, as an exported one does, is no word of the site."""
    rows = tx.execute(select(SKILLS).where(SKILLS.c.clinician_id == clinician_id))
    spoken = tx.execute(select(CLINICIANS.c.languages).where(CLINICIANS.c.id == clinician_id)).scalar()
    return {row.skill: _word(row) for row in rows}, tuple((spoken or "").split())


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
    expires: dict[str, dict[str, date]] = {}
    said = SKILLS.c.imported_level.is_not(None) | SKILLS.c.local_level.is_not(None)
    for row in tx.execute(select(SKILLS).where(said)):
        levels.setdefault(row.clinician_id, {})[row.skill] = _word(row)
        expires.setdefault(row.clinician_id, {}).update({row.skill: row.expires_on} if row.expires_on else {})
    people = tx.execute(select(CLINICIANS).where(CLINICIANS.c.active).order_by(CLINICIANS.c.id))
    return [
        {
            "clinician": row.id,
            "name": f"{row.given} {row.family}".strip(),
            "phone": numbers.masked(vault.open(row.phone_sealed)) if row.phone_sealed else "",
            "languages": row.languages,
            "skills": levels_text(levels.get(row.id, {}), expires.get(row.id, {})),
        }
        for row in people
    ]


def apply_pins(tx: Connection, vault: Vault, lines: Iterable[PinLine], zone: str) -> list[str]:
    """Do what a sheet of PINs says; the ids of patients that changed. `LocalRefused` names every line that fails.

    A visit's code counts to the end of its last day in `zone`.
    """

    def done(line: PinLine) -> bool:
        changed = line.pin is not None and set_pin(tx, vault, line.patient, line.pin)
        if line.visit_code and line.visit_until:
            until = datetime.combine(line.visit_until + timedelta(days=1), time(), ZoneInfo(zone))
            changed = set_visit_code(tx, vault, line.patient, line.visit_code, until.astimezone(UTC)) or changed
        return changed

    return _all_or_none(lines, lambda line: line.patient, done)


def apply_proxies(tx: Connection, vault: Vault, lines: Iterable[ProxyLine]) -> list[str]:
    """Do what a sheet of proxies says; the ids of proxies that changed. `LocalRefused` names every line that fails."""

    def done(line: ProxyLine) -> bool:
        return set_proxy(tx, vault, line.proxy, line.code, line.scope)

    return _all_or_none(lines, lambda line: line.proxy, done)


def _all_or_none(lines: Iterable[Line], whose: Callable[[Line], str], done: Callable[[Line], bool]) -> list[str]:
    changed, refused = list[str](), list[str]()
    for line in lines:
        try:
            if done(line):
                changed.append(whose(line))
        except LocalRefused as error:
            refused.append(str(error))
    if refused:
        raise LocalRefused("\n".join(refused))
    return changed


def proxy_rows(tx: Connection) -> list[dict[str, str]]:
    """All active proxies as rows of their sheet. A code is never shown: the cell says only that there is one."""
    found = tx.execute(select(PROXIES).where(PROXIES.c.active).order_by(PROXIES.c.patient_id, PROXIES.c.id))
    return [
        {
            "proxy": row.id,
            "patient": row.patient_id,
            "relationship": row.relationship,
            "code": KEPT if row.code_hash else "",
            "services": row.scope or TAKEN_BACK,
        }
        for row in found
    ]
