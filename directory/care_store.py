"""Asks the tables what the rule of `directory.careteam` needs to know, and tells its answer with what surrounds it.

A call waits for it, so all statements are prepared.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, exists, func, literal_column, or_, select

from config.content import Hours
from config.statements import Asked, Statement, in_slots, is_any, together
from directory import careteam, shifts
from directory.availability import OPEN, Availability, unpacked_schedule
from directory.care_records import POOL, UNIT, CareRecord, Person, Role, unpacked
from directory.careteam import Answer, Elsewhere
from directory.hours import is_open
from directory.shifts import Post
from directory.staging_store import BOOKS, CLINICIANS, PATIENTS, ROLES, SITES, SKILLS, UNIT_ROLES, UNITS
from directory.tables import Avoidance

AVOIDANCES = Avoidance.__table__  # type: ignore[attr-defined]
MOST_OF_UNIT = 200  # roles of one skill in one unit that are looked at

_SKILL = bindparam("skill", type_=SKILLS.c.skill.type)
_ABLE = and_(
    SKILLS.c.skill == _SKILL, SKILLS.c.level > 0, SKILLS.c.clinician_id == CLINICIANS.c.id, CLINICIANS.c.active
)
_PATIENT = Statement(
    select(PATIENTS.c.active, PATIENTS.c.deceased, BOOKS.c.evidence, exists().where(_ABLE))
    .select_from(PATIENTS.outerjoin(BOOKS, BOOKS.c.patient_id == PATIENTS.c.id))
    .where(PATIENTS.c.id == bindparam("patient"))
)
_POOL = Statement(select(func.count()).select_from(SKILLS).join(CLINICIANS, _ABLE))
_AVOIDED = Statement(
    select(AVOIDANCES.c.clinician_id)
    .where(AVOIDANCES.c.patient_id == bindparam("patient"))
    .order_by(AVOIDANCES.c.clinician_id)
)
_UNIT_ROLES = Statement(
    select(ROLES.c.id, ROLES.c.clinician_id)
    .select_from(UNIT_ROLES.join(ROLES, ROLES.c.id == UNIT_ROLES.c.role_id))
    .where(UNIT_ROLES.c.unit_id == bindparam("unit"), UNIT_ROLES.c.skill == bindparam("skill"))
    .order_by(UNIT_ROLES.c.role_id)
    .limit(MOST_OF_UNIT)
)
_UNITS = Statement(select(UNITS.c.id, UNITS.c.skills, UNITS.c.schedule).where(is_any(UNITS.c.id), UNITS.c.active))
_ROLE = (
    ROLES.c.id,
    ROLES.c.clinician_id,
    ROLES.c.unit_id,
    ROLES.c.site_id,
    ROLES.c.skills,
    ROLES.c.bars,
    ROLES.c.starts_at,
    ROLES.c.ends_at,
    ROLES.c.active,
)
_ROLES = Statement(select(*_ROLE).where(is_any(ROLES.c.clinician_id)).order_by(ROLES.c.id))
_AT_THEIR_PLACES = select(*_ROLE, ROLES.c.schedule, ROLES.c.services, SITES.c.schedule).select_from(
    ROLES.outerjoin(SITES, and_(SITES.c.id == ROLES.c.site_id, SITES.c.active))
)
_ROLE_AT_ITS_PLACE = Statement(_AT_THEIR_PLACES.where(ROLES.c.id == bindparam("role")))
_ROLES_AT_THEIR_PLACES = Statement(
    _AT_THEIR_PLACES.where(ROLES.c.clinician_id == bindparam("clinician"), ROLES.c.active).order_by(ROLES.c.id)
)
_STATED = Statement(
    select(
        SKILLS.c.clinician_id,
        SKILLS.c.skill,
        case((SKILLS.c.lapsed_at.is_not(None), literal_column("0")), else_=SKILLS.c.local_level),
    ).where(is_any(SKILLS.c.clinician_id), or_(SKILLS.c.local_level.is_not(None), SKILLS.c.lapsed_at.is_not(None)))
)
_PEOPLE = Statement(select(CLINICIANS.c.id, CLINICIANS.c.active, CLINICIANS.c.qualified).where(is_any(CLINICIANS.c.id)))
_NAME = Statement(select(CLINICIANS.c.given, CLINICIANS.c.family).where(CLINICIANS.c.id == bindparam("clinician")))


def avoided(tx: Connection, patient_id: str) -> tuple[str, ...]:
    """The clinicians this patient never wants to speak with, by id."""
    return tuple(row[0] for row in _AVOIDED.rows(tx, {"patient": patient_id}))


def care_record(tx: Connection, patient_id: str, skill: str) -> CareRecord:
    """What the rule may know of a patient for one skill; one whom we do not serve has nothing."""
    row = _PATIENT.first(tx, {"patient": patient_id, "skill": skill})
    active, deceased, book, pool = row or (False, False, None, False)
    if not active or deceased:
        return CareRecord(served=False)
    evidence = unpacked(book or "[]")
    units = {found.unit for found in evidence if found.unit and not found.clinician}
    with together(tx):
        avoids = _AVOIDED.ask(tx, {"patient": patient_id})
        of_units = {unit: _UNIT_ROLES.ask(tx, {"unit": unit, "skill": skill}) for unit in units}
        offering = _asked(tx, _UNITS, units)
    in_units = {unit: dict(each.rows()) for unit, each in of_units.items()}
    ids = {found.clinician for found in evidence if found.clinician}
    return CareRecord(
        evidence=evidence,
        people=people(tx, ids | {clinician for roles in in_units.values() for clinician in roles.values()}),
        unit_roles={unit: tuple(roles) for unit, roles in in_units.items()},
        services=frozenset(identity for identity, skills, _ in _all(offering) if skill in skills.split()),
        avoided=frozenset(clinician for (clinician,) in avoids.rows()),
        pool=int(pool),
    )


def discharged_at(tx: Connection, patient_id: str, now: datetime) -> datetime | None:
    """When the patient last left a hospital or another stay, by the clinical data; None where it knows of none."""
    packed = tx.scalar(select(BOOKS.c.evidence).where(BOOKS.c.patient_id == patient_id))
    ends = [
        told.starts
        for told in (unpacked(packed) if packed else ())
        if told.level == UNIT and told.source.startswith("Encounter") and told.starts and told.starts <= now
    ]
    return max(ends, default=None)


def _unit_roles(tx: Connection, unit: str, skill: str) -> dict[str, str]:
    """The roles of a skill in a unit, by id: whose they are."""
    return dict(_UNIT_ROLES.rows(tx, {"unit": unit, "skill": skill}))


def _units(tx: Connection, ids: Iterable[str]) -> list[tuple[str, str, str]]:
    """Active units: id, skills and schedule."""
    return [(row[0], row[1], row[2]) for row in _listed(tx, _UNITS, ids)]


def _listed(tx: Connection, statement: Statement, ids: Iterable[str]) -> list[tuple[Any, ...]]:
    return _all(_asked(tx, statement, ids))


def _asked(tx: Connection, statement: Statement, ids: Iterable[str]) -> list[Asked]:
    return [statement.ask(tx, some) for some in in_slots(ids)]


def _all(asked: Iterable[Asked]) -> list[tuple[Any, ...]]:
    return [row for each in asked for row in each.rows()]


def people(tx: Connection, ids: Iterable[str]) -> dict[str, Person]:
    """Clinicians by id, in its order, with all their roles and what the site says of them."""
    owners = set(ids)
    if not owners:
        return {}
    with together(tx):
        of_roles, stated, persons = (_asked(tx, each, owners) for each in (_ROLES, _STATED, _PEOPLE))
    roles: dict[str, list[Role]] = {}
    for row in _all(of_roles):
        roles.setdefault(row[1], []).append(_role(row))
    local: dict[str, dict[str, int]] = {}
    for clinician, skill, level in _all(stated):
        local.setdefault(clinician, {})[skill] = level
    return {
        identity: Person(
            identity, active, tuple(roles.get(identity, ())), frozenset(qualified.split()), local.get(identity, {})
        )
        for identity, active, qualified in sorted(_all(persons))
    }


def _role(row: tuple[Any, ...]) -> Role:
    identity, clinician, unit, site, skills, bars, starts, ends, active = row
    return Role(
        identity, clinician, unit, site, frozenset(skills.split()), frozenset(bars.split()), starts, ends, active
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
    name = " ".join(part for part in _NAME.first(tx, {"clinician": own.clinician}) or () if part)
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
    able = _POOL.first(tx, {"skill": skill}) if found.level >= POOL else None
    return {
        "clinician": None,
        "name": None,
        "level": found.level,
        "sure": None,
        "evidence": found.evidence or None,
        "unit": found.unit or None,
        "pool": able[0] if able else None,
    }


def role_availability(tx: Connection, role_id: str, at: datetime, center: Hours | None = None) -> Availability:
    """How a role stands at an instant, by its hours, its place's, its services' and the center's."""
    row = _ROLE_AT_ITS_PLACE.first(tx, {"role": role_id})
    if row is None:
        raise KeyError("no such role")
    (post,) = _posts(tx, [row])
    return post.stands(at, center)


def at_work(tx: Connection, clinician_id: str, center: Hours) -> Callable[[datetime], bool]:
    """Whether a clinician is at work at an instant, by all his roles; by the center's hours if he has none."""
    posts = _posts_of(tx, clinician_id)

    def works(instant: datetime) -> bool:
        if not posts:
            return is_open(center, instant)
        return any(post.stands(instant, center).state == OPEN for post in posts)

    return works


def shift_ends(tx: Connection, clinician_id: str, now: datetime) -> datetime | None:
    """Until when a clinician is at work who is so now by the hours of his roles (`directory.shifts`); else None."""
    return shifts.shift_ends(_posts_of(tx, clinician_id), now)


def _posts_of(tx: Connection, clinician_id: str) -> list[Post]:
    return _posts(tx, _ROLES_AT_THEIR_PLACES.rows(tx, {"clinician": clinician_id}))


def _posts(tx: Connection, rows: Sequence[tuple[Any, ...]]) -> list[Post]:
    """Roles at their places, with the schedules of their services, read together."""
    named = {service for *_, services, _place in rows for service in services.split()}
    schedules = {unit: unpacked_schedule(schedule) for unit, _, schedule in _units(tx, named)} if named else {}
    return [
        Post(
            _role(tuple(role)),
            unpacked_schedule(own),
            unpacked_schedule(place) if place else None,
            tuple(schedules[service] for service in services.split() if service in schedules),
        )
        for *role, own, services, place in rows
    ]


def substitute(tx: Connection, own: Answer, skill: str, at: datetime, center: Hours | None = None) -> str | None:
    """A colleague of the same organisation and skill who is at work; None: a callback by himself is promised."""
    roles = _unit_roles(tx, own.unit, skill) if own.unit else {}
    for person in people(tx, roles.values()).values():
        if person.id != own.clinician and person.active and person.has(skill, at):
            here = [role for role in person.roles if role.id in roles and role.in_force(at)]
            if any(role_availability(tx, role.id, at, center).state == OPEN for role in here):
                return person.id
    return None
