"""Care histories for the rule: short builders, and a generator of random ones from a seed."""

import random
from datetime import UTC, datetime, timedelta

from directory.care_records import (
    AUTHORSHIP,
    BOOKED,
    CARE_TEAM,
    OPEN_ENCOUNTER,
    RECENT_PAST,
    REFERRAL,
    UNIT,
    CareRecord,
    Evidence,
    Person,
    Role,
)

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
PT = "physical_therapy"
LEVELS = (CARE_TEAM, BOOKED, OPEN_ENCOUNTER, RECENT_PAST, REFERRAL, AUTHORSHIP, UNIT)
ZONES = ("UTC", "America/Chicago", "Pacific/Kiritimati", "America/St_Johns", "Pacific/Pago_Pago")


def at(days: float) -> datetime:
    """The instant so many days from now."""
    return NOW + timedelta(days=days)


def therapist(name: str, *roles: Role, active: bool = True) -> Person:
    """Somebody with a role in physical therapy, unless roles are given."""
    own = roles or (Role(f"{name}-role", name, unit="Organization/o", skills=frozenset({PT})),)
    return Person(name, active=active, roles=own)


def record(*evidence: Evidence, people: tuple[Person, ...] | None = None, **more: object) -> CareRecord:
    """A record in which all who are named are therapists, unless people are given."""
    named = {found.clinician for found in evidence if found.clinician}
    listed = people if people is not None else tuple(therapist(name) for name in sorted(named))
    return CareRecord(evidence=evidence, people={person.id: person for person in listed}, **more)  # type: ignore[arg-type]


def random_record(seed: int) -> CareRecord:
    """A random care history: few people, many coincidences."""
    chance = random.Random(seed)
    people = {name: _person(chance, name) for name in "abcd"}
    unit_roles = {
        unit: tuple(
            role.id for person in people.values() for role in person.roles if role.unit == unit and PT in role.skills
        )
        for unit in ("Organization/o", "Organization/q")
    }
    return CareRecord(
        served=chance.random() > 0.05,
        evidence=tuple(_evidence(chance, number) for number in range(chance.randrange(9))),
        people=people,
        unit_roles=unit_roles,
        services=frozenset(chance.sample(["Organization/q", "Location/l"], chance.randrange(2))),
        avoided=frozenset(chance.sample("abcd", chance.choice((0, 0, 0, 1)))),
        pool=chance.randrange(2),
    )


def _person(chance: random.Random, name: str) -> Person:
    return Person(
        name,
        active=chance.random() > 0.1,
        roles=tuple(_role(chance, name, number) for number in range(chance.choice((0, 1, 1, 2)))),
        qualified=frozenset({PT}) if chance.random() < 0.3 else frozenset(),
        local=chance.choice(({}, {}, {}, {}, {PT: 0}, {PT: 4})),
    )


def _role(chance: random.Random, name: str, number: int) -> Role:
    assistant = chance.random() < 0.15
    return Role(
        id=f"{name}{number}",
        clinician=name,
        unit=chance.choice(("Organization/o", "Organization/q", "")),
        skills=frozenset() if assistant else frozenset(chance.choice(((PT,), (PT,), ("nurse",), ()))),
        bars=frozenset({PT}) if assistant else frozenset(),
        starts=chance.choice((None, at(-400), at(-9), at(5))),
        ends=chance.choice((None, None, None, at(-1), at(100))),
        active=chance.random() > 0.1,
    )


def _evidence(chance: random.Random, number: int) -> Evidence:
    level = chance.choice(LEVELS)
    days = (-400, -366, -365, -364, -181, -180, -179, -31, -30, -29, -9, -9, -1, 0, 0.1, 2, 9, 29.9, 30, 31)
    nobody = level in (UNIT,) or (level in (CARE_TEAM, REFERRAL) and chance.random() < 0.3)
    clinician = "" if nobody else chance.choice("abcd")
    lasting = level in (CARE_TEAM, BOOKED, OPEN_ENCOUNTER)
    return Evidence(
        level=level,
        source=f"X/{chance.randrange(6) if chance.random() < 0.5 else number}",
        clinician=clinician,
        role=chance.choice(("", f"{clinician}0", f"{clinician}1")) if clinician else "",
        unit=chance.choice(("Organization/o", "Organization/q", "Location/l"))
        if nobody or chance.random() < 0.4
        else "",
        named=chance.choice(((), (PT,), (PT,), ("nurse",))),
        starts=chance.choice((*map(at, days), *((None,) if level != AUTHORSHIP else ()))),
        ends=chance.choice((None, None, at(-1), at(0), at(1), at(40))) if lasting else None,
        since=chance.choice((None, None, None, at(-3), at(3))) if level == CARE_TEAM else None,
        zone=chance.choice(ZONES),
        contacts=chance.choice((1, 1, 1, 3)) if level == AUTHORSHIP else 1,
        planned=level == OPEN_ENCOUNTER and chance.random() < 0.2,
        episode=chance.choice((None, None, ("", ""), (at(-9).isoformat(), ""), ("", at(-1).isoformat()))),
    )
