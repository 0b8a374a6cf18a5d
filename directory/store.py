"""The directory's one door to SQL: clinicians, patients, whose patients they are, hours, identity and accounts.

Every function takes the transaction first. Sealed columns are opened here and nowhere else.

Longer than 300 lines because it lists all that the directory offers, of which most stands in files of its own.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, bindparam, delete, insert, or_, select

from config.columns import new_id
from config.content import Exception_, Hours
from config.statements import Statement, together
from config.vault import Vault
from directory import hours as hours_rule
from directory.accounts_store import (
    SHORTEST_PASSWORD,
    AccountRefused,
    User,
    add_hashed,
    add_user,
    check_password,
    enroll,
    factor,
    hash_password,
    renew_hash,
    set_active,
    set_password,
    set_phone,
    unenroll,
    use_recovery,
    use_step,
    user_by_login,
    users,
    void_sessions,
)
from directory.care_store import at_work, avoided, care, shift_ends, who
from directory.clinicians import Clinician
from directory.demo import DemoWorld, import_at
from directory.dialin_store import (
    check_staff,
    count_failed_dial_in,
    dial_in_locked,
    fit_for_shift,
    give_staff_pin,
    hash_staff_pin,
    login_of_staff,
    set_shift_phone,
    set_staff_pin,
    shift_phone,
    staff_number_of,
)
from directory.hours import OpenState, Override
from directory.identity_store import check_identity, count_failure, hint, is_his_alone, locked_out, patients_by_number
from directory.local_store import (
    end_today,
    lapse,
    lapsing,
    set_level,
    set_pin,
    set_proxy,
    set_today,
    set_visit_code,
    today_over,
)
from directory.patients import PatientCard
from directory.phones_store import PhoneRefused, confirm_phone
from directory.reaching_store import hours_where_it_rings, may_reach, reached_at, wished_hours
from directory.saving_store import ImportRefused, import_into, save_import
from directory.tables import Clinician as ClinicianRow
from directory.tables import ClinicianSkill, HoursOverride, Patient, PatientWish, SpecialDay
from directory.wishes_store import proxy_scope, proxy_shown, remember, wishes

__all__ = [
    "SHORTEST_PASSWORD",
    "AccountRefused",
    "ImportRefused",
    "PhoneRefused",
    "User",
    "add_user",
    "at_work",
    "avoided",
    "care",
    "check_identity",
    "check_password",
    "check_staff",
    "clinician",
    "clinician_by_phone",
    "clinician_phone",
    "clinicians",
    "closed_services",
    "confirm_phone",
    "count_failed_dial_in",
    "count_failure",
    "dial_in_locked",
    "end_today",
    "enroll",
    "factor",
    "fit_for_shift",
    "forced",
    "hash_password",
    "hash_staff_pin",
    "hint",
    "hours_kept",
    "hours_where_it_rings",
    "import_into",
    "is_his_alone",
    "kept_state",
    "lapse",
    "lapsing",
    "locked_out",
    "login_of_staff",
    "may_reach",
    "open_state",
    "patient_card",
    "patients_by_number",
    "proxy_scope",
    "proxy_shown",
    "reached_at",
    "remember",
    "renew_hash",
    "save_import",
    "seed",
    "set_active",
    "set_override",
    "set_password",
    "set_phone",
    "set_shift_phone",
    "set_staff_pin",
    "set_today",
    "shift_ends",
    "shift_phone",
    "staff_number_of",
    "today_over",
    "unenroll",
    "use_recovery",
    "use_step",
    "user_by_login",
    "users",
    "void_sessions",
    "who",
    "wished_hours",
    "wishes",
    "zones",
]

CLINICIANS: Table = ClinicianRow.__table__  # type: ignore[attr-defined]
SKILLS: Table = ClinicianSkill.__table__  # type: ignore[attr-defined]
PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
WISHES: Table = PatientWish.__table__  # type: ignore[attr-defined]
OVERRIDES: Table = HoursOverride.__table__  # type: ignore[attr-defined]
DAYS: Table = SpecialDay.__table__  # type: ignore[attr-defined]

# --- clinicians -----------------------------------------------------------------------------------------------------


def clinician(tx: Connection, clinician_id: str) -> Clinician | None:
    """A clinician, active or not; None when there is none with this id."""
    return next(iter(_gathered(_ONE_OF_THEM.rows(tx, {"clinician": clinician_id}))), None)


def clinicians(tx: Connection) -> list[Clinician]:
    """All active clinicians, by id."""
    return _people(tx, _PEOPLE.where(CLINICIANS.c.active))


def clinician_phone(tx: Connection, vault: Vault, clinician_id: str, now: datetime) -> str | None:
    """The E.164 number that rings an active clinician: the one of his shift, else the one that the site confirmed."""
    wanted = select(CLINICIANS.c.phone_sealed).where(CLINICIANS.c.id == clinician_id, CLINICIANS.c.active)
    sealed = tx.execute(wanted).scalar()
    if sealed is None:
        return None
    return shift_phone(tx, vault, clinician_id, now) or vault.open(sealed)


def clinician_to_ring(tx: Connection, clinician_id: str) -> Clinician | None:
    """A clinician who is active and has a confirmed phone; None for any other."""
    return next(iter(_gathered(_TO_RING.rows(tx, {"clinician": clinician_id}))), None)


def clinician_by_phone(tx: Connection, vault: Vault, number: str) -> Clinician | None:
    """The active clinician whose confirmed number this is. Opens every number: for rare questions only."""
    wanted = select(CLINICIANS.c.id, CLINICIANS.c.phone_sealed).where(
        CLINICIANS.c.active, CLINICIANS.c.phone_sealed.is_not(None)
    )
    holder = next((row.id for row in tx.execute(wanted) if vault.open(row.phone_sealed) == number), None)
    return clinician(tx, holder) if holder is not None else None


_PEOPLE: Select[Any] = (
    select(
        CLINICIANS.c.id,
        CLINICIANS.c.given,
        CLINICIANS.c.family,
        CLINICIANS.c.title,
        CLINICIANS.c.site_id,
        CLINICIANS.c.languages,
        CLINICIANS.c.active,
        SKILLS.c.skill,
        SKILLS.c.level,
    )
    .select_from(CLINICIANS.outerjoin(SKILLS, and_(SKILLS.c.clinician_id == CLINICIANS.c.id, SKILLS.c.level > 0)))
    .order_by(CLINICIANS.c.id, SKILLS.c.skill)
)


_ONE_OF_THEM = Statement(_PEOPLE.where(CLINICIANS.c.id == bindparam("clinician")))
_TO_RING = Statement(  # asked at every match
    _PEOPLE.where(
        CLINICIANS.c.id == bindparam("clinician"), CLINICIANS.c.active, CLINICIANS.c.phone_sealed.is_not(None)
    )
)


def _people(tx: Connection, wanted: Select[Any]) -> list[Clinician]:
    return _gathered(tuple(row) for row in tx.execute(wanted))


def _gathered(rows: Iterable[tuple[Any, ...]]) -> list[Clinician]:
    found: dict[str, Clinician] = {}
    for id_, given, family, title, site, languages, active, skill, level in rows:
        person = found.get(id_) or Clinician(
            id=id_,
            given=given,
            family=family,
            title=title,
            site_id=site,
            languages=tuple(languages.split()),
            active=active,
        )
        learnt = {skill: level} if skill is not None else {}
        found[id_] = replace(person, skills={**person.skills, **learnt})
    return list(found.values())


# --- patients -----------------------------------------------------------------------------------


def patient_card(tx: Connection, vault: Vault, patient_id: str) -> PatientCard | None:
    """What a clinician who talks with the patient may see."""
    row = tx.execute(select(PATIENTS).where(PATIENTS.c.id == patient_id)).first()
    if row is None:
        return None
    return PatientCard(
        id=row.id,
        given=vault.open(row.given_sealed),
        family=vault.open(row.family_sealed),
        birth_date=vault.open(row.birth_date_sealed),
        language=row.language,
    )


def zones(tx: Connection, patient_id: str) -> tuple[str, ...]:
    """The zones in which a patient lives: what he said himself, else where his ZIP code lies; none if not known."""
    row = tx.execute(
        select(PATIENTS.c.zones, WISHES.c.zone)
        .select_from(PATIENTS.outerjoin(WISHES, WISHES.c.patient_id == PATIENTS.c.id))
        .where(PATIENTS.c.id == patient_id)
    ).first()
    if row is None:
        return ()
    return (row.zone,) if row.zone else tuple(row.zones.split())


# --- hours ----------------------------------------------------------------------------------------------------------


def kept_state(tx: Connection, calendar: str, hours: Hours, now: datetime, service: str = "") -> OpenState:
    """The same as `open_state` by a calendar's hours as the site keeps them, asked in one round trip."""
    with together(tx):
        days, overrides = _DAYS.ask(tx, _of_days(calendar, now)), _FORCED.ask(tx, {"service": service})
    kept = hours_rule.with_days(hours, _special(days.rows()))
    return hours_rule.service_state(kept, now, *_overrides(overrides.rows(), service))


def open_state(tx: Connection, hours: Hours, now: datetime, service: str = "") -> OpenState:
    """Whether the center, or one service of it, is open: what somebody forced, else its hours."""
    return hours_rule.service_state(hours, now, *forced(tx, service))


def forced(tx: Connection, service: str = "") -> tuple[Override | None, Override | None]:
    """What somebody forced for the whole center, and for this service, whether or not it is still in force."""
    return _overrides(_FORCED.rows(tx, {"service": service}), service)


def _overrides(rows: Iterable[tuple[Any, ...]], service: str) -> tuple[Override | None, Override | None]:
    found = {key: Override(state, until) for key, state, until in rows}
    return found.get(""), found.get(service) if service else None


def set_override(
    tx: Connection, *, state: str, until: datetime | None, by: str, now: datetime, service: str = ""
) -> None:
    """Force the center "open" or "closed" until an instant (None: until lifted), or lift that ("normal").

    A service can be forced "closed" only, beside what holds for the whole center.
    """
    tx.execute(delete(OVERRIDES).where(OVERRIDES.c.service == service))
    tx.execute(insert(OVERRIDES).values(service=service, state=state, until=until, set_at=now, set_by=by))


_CLOSED = Statement(select(OVERRIDES.c.service, OVERRIDES.c.until).where(OVERRIDES.c.state == "closed"))


def closed_services(tx: Connection, now: datetime) -> dict[str, datetime | None]:
    """The services that somebody closed, and until when; None: until it is lifted."""
    rows = _CLOSED.rows(tx, {})
    return {key: until for key, until in rows if key and (until is None or now < until)}


_FORCED = Statement(
    select(OVERRIDES.c.service, OVERRIDES.c.state, OVERRIDES.c.until)
    .where(or_(OVERRIDES.c.service == "", OVERRIDES.c.service == bindparam("service")))
    .order_by(OVERRIDES.c.id)
)
_DAYS = Statement(
    select(DAYS.c.day, DAYS.c.opens, DAYS.c.closes)
    .where(DAYS.c.calendar == bindparam("calendar"), DAYS.c.day >= bindparam("since"))
    .order_by(DAYS.c.day)
)


def hours_kept(tx: Connection, calendar: str, hours: Hours, now: datetime) -> Hours:
    """The hours of a calendar with the days that the site keeps otherwise."""
    return hours_rule.with_days(hours, _special(_DAYS.rows(tx, _of_days(calendar, now))))


def _of_days(calendar: str, now: datetime) -> dict[str, Any]:
    return {"calendar": calendar, "since": (now - timedelta(days=3)).date()}  # nobody asks about the days before


def _special(days: Iterable[tuple[Any, ...]]) -> list[Exception_]:
    return [Exception_(date=day.isoformat(), opens=opens, closes=closes) for day, opens, closes in days]


# --- the demo world -------------------------------------------------------------------------------------------------


def seed(tx: Connection, vault: Vault, world: DemoWorld, now: datetime) -> None:
    """Load the demo world as of `now`: directory, confirmed phones, accounts. Again only moves its dates."""
    save_import(tx, vault, import_at(world, now), now)
    for clinician_id, skill, level in world.levels:
        set_level(tx, clinician_id, skill, level)
    for patient_id, local in world.patients.items():
        set_pin(tx, vault, patient_id, local.pin)
        if local.visit_code:
            set_visit_code(tx, vault, patient_id, local.visit_code, now + timedelta(days=30))
    for proxy_id, proxy in world.proxies.items():
        set_proxy(tx, vault, proxy_id, proxy.code, proxy.services)
    for clinician_id, number in world.phones.items():
        confirm_phone(tx, vault, clinician_id, number)
    known = {user.login for user in users(tx)}
    missing = [login for login in world.logins if login.login not in known]
    password_hash = hash_password(world.password) if missing else ""  # once: it costs a sixth of a second
    pin_hash = hash_staff_pin(vault, world.staff_pin) if missing else ""
    for login in missing:
        user = User(new_id(), login.login, login.role, login.clinician, active=True, sessions_from=now)
        add_hashed(tx, user, password_hash)
        if login.staff_number:
            give_staff_pin(tx, user.id, login.staff_number, pin_hash)
