"""Asks the tables what the rule of `directory.careteam` needs to know, and tells its answer with what surrounds it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from config.content import Hours
from directory import careteam
from directory.availability import OPEN, Availability, Schedule, availability, unpacked_schedule
from directory.care_records import POOL, CareRecord, Person, Role, unpacked
from directory.careteam import Answer, Elsewhere
from directory.staging_store import BOOKS, CLINICIANS, PATIENTS, ROLES, SITES, SKILLS, UNIT_ROLES, UNITS
from directory.tables import Avoidance

AVOIDANCES = Avoidance.__table__  # type: ignore[attr-defined]
MOST_OF_UNIT = 200  # roles of one skill in one unit that are looked at


def avoided(tx: Connection, patient_id: str) -> tuple[str, ...]:
    """The clinicians this patient never wants to speak with, by id."""
    wanted = select(AVOIDANCES.c.clinician_id).where(AVOIDANCES.c.patient_id == patient_id)
    return tuple(tx.execute(wanted.order_by(AVOIDANCES.c.clinician_id)).scalars())


def care_record(tx: Connection, patient_id: str, skill: str) -> CareRecord:
    """What the rule may know of a patient for one skill; one whom we do not serve has nothing."""
    known = select(PATIENTS.c.active, PATIENTS.c.deceased, BOOKS.c.evidence).select_from(
        PATIENTS.outerjoin(BOOKS, BOOKS.c.patient_id == PATIENTS.c.id)
    )
    row = tx.execute(known.where(PATIENTS.c.id == patient_id)).first()
    if row is None or not row.active or row.deceased:
        return CareRecord(served=False)
    evidence = unpacked(row.evidence or "[]")
    units = {found.unit for found in evidence if found.unit and not found.clinician}
    unit_roles = _unit_roles(tx, units, skill) if units else {}
    ids = {found.clinician for found in evidence if found.clinician}
    return CareRecord(
        evidence=evidence,
        people=people(tx, ids, {role for roles in unit_roles.values() for role in roles}),
        unit_roles=unit_roles,
        services=_offering(tx, units, skill) if units else frozenset(),
        avoided=frozenset(avoided(tx, patient_id)),
        pool=int(_has_pool(tx, skill)),
    )


def _unit_roles(tx: Connection, units: Iterable[str], skill: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for unit in units:
        wanted = select(UNIT_ROLES.c.role_id).where(UNIT_ROLES.c.unit_id == unit, UNIT_ROLES.c.skill == skill)
        found[unit] = tuple(tx.execute(wanted.order_by(UNIT_ROLES.c.role_id).limit(MOST_OF_UNIT)).scalars())
    return found


def _offering(tx: Connection, units: Iterable[str], skill: str) -> frozenset[str]:
    wanted = select(UNITS.c.id, UNITS.c.skills).where(UNITS.c.id.in_(list(units)), UNITS.c.active)
    return frozenset(row.id for row in tx.execute(wanted) if skill in row.skills.split())


def _has_pool(tx: Connection, skill: str) -> bool:
    able = select(SKILLS.c.skill).where(
        SKILLS.c.skill == skill, SKILLS.c.level > 0, SKILLS.c.clinician_id == CLINICIANS.c.id
    )
    return tx.execute(select(CLINICIANS.c.id).where(CLINICIANS.c.active, able.exists()).limit(1)).first() is not None


def people(tx: Connection, ids: Iterable[str], role_ids: Iterable[str] = ()) -> dict[str, Person]:
    """Clinicians by id, and those who have these roles, with all their roles and what the site says of them."""
    owners = set(ids)
    if role_ids:
        owners |= set(tx.execute(select(ROLES.c.clinician_id).where(ROLES.c.id.in_(list(role_ids)))).scalars())
    if not owners:
        return {}
    roles: dict[str, list[Role]] = {}
    for row in tx.execute(select(ROLES).where(ROLES.c.clinician_id.in_(owners)).order_by(ROLES.c.id)):
        roles.setdefault(row.clinician_id, []).append(_role(row))
    local: dict[str, dict[str, int]] = {}
    stated = select(SKILLS).where(SKILLS.c.clinician_id.in_(owners), SKILLS.c.local_level.is_not(None))
    for row in tx.execute(stated):
        local.setdefault(row.clinician_id, {})[row.skill] = row.local_level
    found = select(CLINICIANS.c.id, CLINICIANS.c.active, CLINICIANS.c.qualified).where(CLINICIANS.c.id.in_(owners))
    return {
        row.id: Person(
            row.id, row.active, tuple(roles.get(row.id, ())), frozenset(row.qualified.split()), local.get(row.id, {})
        )
        for row in tx.execute(found.order_by(CLINICIANS.c.id))
    }


def _role(row: Row[Any]) -> Role:
    return Role(
        id=row.id,
        clinician=row.clinician_id,
        unit=row.unit_id,
        site=row.site_id,
        skills=frozenset(row.skills.split()),
        bars=frozenset(row.bars.split()),
        starts=row.starts_at,
        ends=row.ends_at,
        active=row.active,
    )


def care(tx: Connection, patient_id: str, skill: str, now: datetime) -> tuple[Answer | None, tuple[str, ...]]:
    """The patient's own clinician for a skill, and the ids of his care team's others of that skill, in order."""
    record = care_record(tx, patient_id, skill)
    own = careteam.own_clinician(record, skill, now)
    mates = (mate for mate in careteam.team(record, skill, now) if own is None or mate != own.clinician)
    return own, tuple(mates)


def who(tx: Connection, patient_id: str, skill: str, at: datetime, center: Hours | None = None) -> dict[str, object]:
    """The answer for people and programs: plain values, with the evidence and what was passed over."""
    record = care_record(tx, patient_id, skill)
    found = careteam.decide(record, skill, at)
    mates = [mate for mate in careteam.team(record, skill, at) if mate != getattr(found, "clinician", None)]
    told: dict[str, object] = {"patient": patient_id, "skill": skill, "at": at.isoformat()}
    told |= _person(tx, found, skill, at, center) if isinstance(found, Answer) else _elsewhere(tx, found, skill)
    passed = [
        {"evidence": source, "clinician": clinician, "why": why}
        for source, clinician, why in careteam.passed_over(record, skill, at)
    ]
    return {**told, "team": mates, "passed_over": passed}


def _person(tx: Connection, own: Answer, skill: str, at: datetime, center: Hours | None) -> dict[str, object]:
    names = select(CLINICIANS.c.given, CLINICIANS.c.family).where(CLINICIANS.c.id == own.clinician)
    name = " ".join(part for part in tx.execute(names).one() if part)
    standing = role_availability(tx, own.role, at, center) if own.role else None
    away = standing is not None and standing.state != OPEN
    return {
        "clinician": own.clinician,
        "name": name,
        "level": own.level,
        "sure": own.sure,
        "evidence": own.evidence,
        "starts_on": own.starts_on,
        "ends_on": own.ends_on,
        "role": own.role or None,
        "unit": own.unit or None,
        "availability": {"state": standing.state, "by": standing.by} if standing else None,
        "substitute": substitute(tx, own, skill, at, center) if away else None,
    }


def _elsewhere(tx: Connection, found: Elsewhere, skill: str) -> dict[str, object]:
    able = (
        select(func.count())
        .select_from(SKILLS.join(CLINICIANS, CLINICIANS.c.id == SKILLS.c.clinician_id))
        .where(SKILLS.c.skill == skill, SKILLS.c.level > 0, CLINICIANS.c.active)
    )
    pool = tx.execute(able).scalar() if found.level >= POOL else None
    return {
        "clinician": None,
        "name": None,
        "level": found.level,
        "sure": None,
        "evidence": found.evidence or None,
        "unit": found.unit or None,
        "pool": pool,
    }


def role_availability(tx: Connection, role_id: str, at: datetime, center: Hours | None = None) -> Availability:
    """How a role stands at an instant, by its hours, its place's, its services' and the center's."""
    row = tx.execute(select(ROLES).where(ROLES.c.id == role_id)).one()
    place = tx.execute(select(SITES.c.schedule).where(SITES.c.id == row.site_id, SITES.c.active)).scalar()
    return availability(
        _role(row),
        unpacked_schedule(row.schedule),
        at,
        site=unpacked_schedule(place) if place else None,
        services=_service_schedules(tx, row.services.split()),
        center=center,
    )


def _service_schedules(tx: Connection, services: list[str]) -> list[Schedule]:
    wanted = select(UNITS.c.schedule).where(UNITS.c.id.in_(services), UNITS.c.active).order_by(UNITS.c.id)
    return [unpacked_schedule(schedule) for schedule in tx.execute(wanted).scalars()] if services else []


def substitute(tx: Connection, own: Answer, skill: str, at: datetime, center: Hours | None = None) -> str | None:
    """A colleague of the same organisation and skill who is at work; None: a callback by himself is promised."""
    roles = _unit_roles(tx, [own.unit], skill).get(own.unit, ()) if own.unit else ()
    colleagues: Mapping[str, Person] = people(tx, (), roles) if roles else {}
    for person in colleagues.values():
        if person.id != own.clinician and person.active and person.has(skill, at):
            here = [role for role in person.roles if role.id in roles and role.in_force(at)]
            if any(role_availability(tx, role.id, at, center).state == OPEN for role in here):
                return person.id
    return None
