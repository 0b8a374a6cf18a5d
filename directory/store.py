"""The directory's one door to SQL: clinicians, patients, whose patients they are, hours, identity and accounts.

Every function takes the transaction first. Sealed columns are opened here and nowhere else.
"""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, insert, select

from config.columns import new_id
from config.content import Hours
from config.vault import Vault
from directory import careteam
from directory import hours as hours_rule
from directory.accounts_store import (
    AccountRefused,
    User,
    add_hashed,
    add_user,
    check_password,
    hash_password,
    renew_hash,
    user_by_login,
    users,
    void_sessions,
)
from directory.careteam import Answer
from directory.clinicians import Clinician
from directory.demo import DemoWorld, parsed_at
from directory.hours import OpenState, Override
from directory.identity_store import check_identity, count_failure, hint, locked_out
from directory.patients import PatientCard
from directory.saving_store import PhoneRefused, confirm_phone, save_directory
from directory.tables import Avoidance, CareRelation, ClinicianSkill, HoursOverride, Patient, Site
from directory.tables import Clinician as ClinicianRow

__all__ = [
    "AccountRefused",
    "PhoneRefused",
    "User",
    "add_user",
    "avoided",
    "care",
    "check_identity",
    "check_password",
    "clinician",
    "clinician_by_phone",
    "clinician_phone",
    "clinicians",
    "confirm_phone",
    "count_failure",
    "hash_password",
    "hint",
    "locked_out",
    "open_state",
    "patient_card",
    "renew_hash",
    "save_directory",
    "seed",
    "set_override",
    "user_by_login",
    "users",
    "void_sessions",
    "who",
]

SITES: Table = Site.__table__  # type: ignore[attr-defined]
CLINICIANS: Table = ClinicianRow.__table__  # type: ignore[attr-defined]
SKILLS: Table = ClinicianSkill.__table__  # type: ignore[attr-defined]
PATIENTS: Table = Patient.__table__  # type: ignore[attr-defined]
RELATIONS: Table = CareRelation.__table__  # type: ignore[attr-defined]
AVOIDANCES: Table = Avoidance.__table__  # type: ignore[attr-defined]
OVERRIDES: Table = HoursOverride.__table__  # type: ignore[attr-defined]

NO_SITE_ZONE = "UTC"

# --- clinicians -----------------------------------------------------------------------------------------------------


def clinician(tx: Connection, clinician_id: str) -> Clinician | None:
    """A clinician, active or not; None when there is none with this id."""
    return next(iter(_people(tx, _PEOPLE.where(CLINICIANS.c.id == clinician_id))), None)


def clinicians(tx: Connection) -> list[Clinician]:
    """All active clinicians, by id."""
    return _people(tx, _PEOPLE.where(CLINICIANS.c.active))


def clinician_phone(tx: Connection, vault: Vault, clinician_id: str) -> str | None:
    """The confirmed E.164 number that rings an active clinician."""
    wanted = select(CLINICIANS.c.phone_sealed).where(CLINICIANS.c.id == clinician_id, CLINICIANS.c.active)
    sealed = tx.execute(wanted).scalar()
    return vault.open(sealed) if sealed is not None else None


def can_be_rung(tx: Connection, clinician_id: str) -> bool:
    """Whether this clinician is active and has a confirmed phone."""
    reachable = (CLINICIANS.c.id == clinician_id, CLINICIANS.c.active, CLINICIANS.c.phone_sealed.is_not(None))
    return tx.execute(select(CLINICIANS.c.id).where(*reachable)).first() is not None


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
    .select_from(CLINICIANS.outerjoin(SKILLS, SKILLS.c.clinician_id == CLINICIANS.c.id))
    .order_by(CLINICIANS.c.id, SKILLS.c.skill)
)


def _people(tx: Connection, wanted: Select[Any]) -> list[Clinician]:
    found: dict[str, Clinician] = {}
    for row in tx.execute(wanted):
        person = found.get(row.id) or Clinician(
            id=row.id,
            given=row.given,
            family=row.family,
            title=row.title,
            site_id=row.site_id,
            languages=tuple(row.languages.split()),
            active=row.active,
        )
        learnt = {row.skill: row.level} if row.skill is not None else {}
        found[row.id] = replace(person, skills={**person.skills, **learnt})
    return list(found.values())


# --- patients, and whose they are -----------------------------------------------------------------------------------


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


def avoided(tx: Connection, patient_id: str) -> tuple[str, ...]:
    """The clinicians this patient never wants to speak with, by id."""
    wanted = select(AVOIDANCES.c.clinician_id).where(AVOIDANCES.c.patient_id == patient_id)
    return tuple(tx.execute(wanted.order_by(AVOIDANCES.c.clinician_id)).scalars())


def care(tx: Connection, patient_id: str, skill: str, now: datetime) -> tuple[Answer | None, tuple[str, ...]]:
    """The patient's own clinician for a skill, and the ids of his care team's others of that skill, in order."""
    relations = _relations(tx, patient_id, skill)
    own = careteam.own_clinician(relations, now)
    mates = (mate for mate in careteam.team(relations, now) if own is None or mate != own.clinician)
    return own, tuple(mates)


def who(tx: Connection, patient_id: str, skill: str, at: datetime) -> dict[str, object]:
    """The answer of `care` for people and programs: plain values, with the evidence; `level` None when nobody is."""
    own, mates = care(tx, patient_id, skill, at)
    nobody = {"clinician": None, "level": None, "evidence": None, "sure": None, "starts_on": None, "ends_on": None}
    found = asdict(own) if own is not None else nobody
    person = clinician(tx, own.clinician) if own is not None else None
    asked = {"patient": patient_id, "skill": skill, "at": at.isoformat()}
    return {**asked, **found, "name": person.name if person else None, "team": list(mates)}


def _relations(tx: Connection, patient_id: str, skill: str) -> list[careteam.CareRelation]:
    """The evidence about an active living patient and active clinicians whom he does not avoid."""
    wanted = (
        select(RELATIONS, SITES.c.zone)
        .select_from(
            RELATIONS.join(PATIENTS, PATIENTS.c.id == RELATIONS.c.patient_id)
            .join(CLINICIANS, CLINICIANS.c.id == RELATIONS.c.clinician_id)
            .outerjoin(SITES, SITES.c.id == CLINICIANS.c.site_id)
        )
        .where(RELATIONS.c.patient_id == patient_id, RELATIONS.c.skill == skill)
        .where(PATIENTS.c.active, ~PATIENTS.c.deceased, CLINICIANS.c.active)
    )
    avoid = set(avoided(tx, patient_id))
    return [_relation(row) for row in tx.execute(wanted) if row.clinician_id not in avoid]


def _relation(row: Any) -> careteam.CareRelation:
    return careteam.CareRelation(
        clinician=row.clinician_id,
        level=row.level,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        evidence=row.evidence,
        both_agree=row.both_agree,
        zone=row.zone or NO_SITE_ZONE,
    )


# --- hours ----------------------------------------------------------------------------------------------------------


def open_state(tx: Connection, hours: Hours, now: datetime) -> OpenState:
    """Whether the center is open: what somebody forced, else its hours."""
    return hours_rule.open_state(hours, now, _override(tx))


def set_override(tx: Connection, *, state: str, until: datetime | None, by: str, now: datetime) -> None:
    """Force the center "open" or "closed" until an instant (None: until lifted), or lift that ("normal")."""
    tx.execute(delete(OVERRIDES))
    tx.execute(insert(OVERRIDES).values(state=state, until=until, set_at=now, set_by=by))


_LATEST_OVERRIDE = select(OVERRIDES.c.state, OVERRIDES.c.until).order_by(OVERRIDES.c.id.desc()).limit(1)


def _override(tx: Connection) -> Override | None:
    row = tx.execute(_LATEST_OVERRIDE).first()
    return Override(row.state, row.until) if row is not None else None


# --- the demo world -------------------------------------------------------------------------------------------------


def seed(tx: Connection, vault: Vault, world: DemoWorld, now: datetime) -> None:
    """Load the demo world as of `now`: directory, confirmed phones, accounts. Again only moves its dates."""
    save_directory(tx, vault, parsed_at(world, now))
    for clinician_id, number in world.phones.items():
        confirm_phone(tx, vault, clinician_id, number)
    known = {user.login for user in users(tx)}
    missing = [login for login in world.logins if login.login not in known]
    password_hash = hash_password(world.password) if missing else ""  # one hash: each costs a sixth of a second
    for login in missing:
        user = User(new_id(), login.login, login.role, login.clinician, active=True, sessions_from=now)
        add_hashed(tx, user, password_hash)
