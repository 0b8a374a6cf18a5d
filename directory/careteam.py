"""Who is this patient's own clinician for a skill: a rule over dated evidence, never a guess.

Levels, the first that answers wins: 0 deceased, inactive or merged: nobody; 1 an active care team; 2 a visit booked
within 30 days; 3 an open encounter; 4 contacts of the last 180 days; 5 a referral of the last 365; 6 what such a
person wrote or ordered within 180 days; 7 the unit of the referral or of the hospital stay; 8 anybody of the skill; 9
the operator.
Nothing dated after now counts, except bookings and planned encounters. The rule and its ties: docs/directory.md.

Longer than 300 lines because the whole rule stands on one page, in the order in which it is told.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from directory.care_records import (
    AUTHORSHIP,
    BOOKED,
    CARE_TEAM,
    OPEN_ENCOUNTER,
    OPERATOR,
    POOL,
    RECENT_PAST,
    REFERRAL,
    REFUSED,
    UNIT,
    CareRecord,
    Evidence,
    Person,
    Role,
)

SOON_DAYS = BUSY_DAYS = 30
LOOK_BACK_DAYS = {RECENT_PAST: 180, OPEN_ENCOUNTER: 180, AUTHORSHIP: 180, REFERRAL: 365, UNIT: 365}
SURE, LIKELY, STALE = "sure", "likely", "stale"


@dataclass(frozen=True)
class Answer:
    """The own clinician, the level and evidence that name him, and how far to trust it: sure, likely or stale.

    A "likely" or "stale" clinician is called, but never named to the caller. `role` is the one he cares in, `unit` its
    organisation; both empty where no record says. Days are those where the care is given.
    """

    clinician: str
    level: int
    evidence: str
    sure: str
    starts_on: date | None = None
    ends_on: date | None = None
    role: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Elsewhere:
    """No person in particular: refused (0), a unit's queue (5, 7), the pool of the skill (8), the operator (9)."""

    level: int
    unit: str = ""
    evidence: str = ""


@dataclass(frozen=True)
class _Claim:
    """One person for whom one piece of evidence speaks."""

    found: Evidence
    person: Person
    agrees: bool = True  # the evidence and his own roles name the same skill


def decide(record: CareRecord, skill: str, now: datetime) -> Answer | Elsewhere:
    """The answer for a skill at `now` (aware)."""
    if not record.served:
        return Elsewhere(REFUSED)
    for level in (CARE_TEAM, BOOKED, OPEN_ENCOUNTER, RECENT_PAST, REFERRAL):
        claims = _ranked(record, skill, level, now)
        if claims:
            return _answer(claims[0], skill, now)
    by_referral = _unit_of(record, skill, REFERRAL, now)
    if by_referral is not None:
        return by_referral
    written = _ranked(record, skill, AUTHORSHIP, now)
    if written:
        return _answer(written[0], skill, now)
    return _unit_of(record, skill, UNIT, now) or Elsewhere(POOL if record.pool else OPERATOR)


def own_clinician(record: CareRecord, skill: str, now: datetime) -> Answer | None:
    """The own clinician as a person; None where the answer is a unit, the pool or the operator."""
    found = decide(record, skill, now)
    return found if isinstance(found, Answer) else None


def team(record: CareRecord, skill: str, now: datetime) -> tuple[str, ...]:
    """The clinicians whom active care teams name for the skill, best evidence first, each once."""
    claims = _ranked(record, skill, CARE_TEAM, now) if record.served else []
    return tuple(dict.fromkeys(claim.person.id for claim in claims))


def passed_over(record: CareRecord, skill: str, now: datetime) -> list[tuple[str, str, str]]:
    """Care-team members for the skill who do not count now: (evidence, clinician, ended | ahead | left | avoided)."""
    found = {
        (claim.found.source, claim.person.id, _why_not(claim, record, now))
        for claim in _claims(record, skill, CARE_TEAM, now, everybody=True)
    }
    return sorted(entry for entry in found if entry[2])


def _why_not(claim: _Claim, record: CareRecord, now: datetime) -> str:
    if claim.found.ends is not None and claim.found.ends <= now:
        return "ended"
    if not _contains(claim.found, now):
        return "ahead"
    if not claim.person.active:
        return "left"
    return "avoided" if claim.person.id in record.avoided else ""


# --- who is meant -----------------------------------------------------------------------------------------------------


def _claims(record: CareRecord, skill: str, level: int, now: datetime, *, everybody: bool = False) -> Iterator[_Claim]:
    """Each person of the skill for whom evidence of a level speaks, in force or not."""
    for found in record.evidence:
        for person in _persons(record, found, skill, now) if found.level == level else ():
            if everybody or (person.active and person.id not in record.avoided):
                named, own = skill in found.named, person.has(skill, now)
                if _counts(level, named=named, own=own) and not person.barred(skill, now):
                    yield _Claim(found, person, agrees=named and own)


def _persons(record: CareRecord, found: Evidence, skill: str, now: datetime) -> list[Person]:
    """Whom the evidence names: a person, or those who have the skill in the unit that is a team's member."""
    if found.clinician:
        return [record.people[found.clinician]] if found.clinician in record.people else []
    if found.level != CARE_TEAM:
        return []
    return [person for person in record.people.values() if _works_in(person, record, found.unit, skill, now)]


def _works_in(person: Person, record: CareRecord, unit: str, skill: str, now: datetime) -> bool:
    """Whether he has a role for the skill in the unit."""
    roles = record.unit_roles.get(unit, ())
    return any(role.id in roles and role.in_force(now) and skill in role.skills for role in person.roles)


def _counts(level: int, *, named: bool, own: bool) -> bool:
    if level == CARE_TEAM:
        return named or own
    return named if level == REFERRAL else own


def _ranked(record: CareRecord, skill: str, level: int, now: datetime) -> list[_Claim]:
    """The claims of one level that hold at `now`, best first."""
    holding = [claim for claim in _claims(record, skill, level, now) if _holds(claim.found, now)]
    match level:
        case 1:
            return _by_team(holding, record, now)
        case 2:
            return sorted(holding, key=lambda claim: (claim.found.starts, *_id(claim)))
        case 4:
            return _by_contacts(holding, now)
    return _latest(holding)


def _holds(found: Evidence, now: datetime) -> bool:
    """Whether evidence counts at `now`, by its level's rule of dates."""
    age = _age(found, now)
    match found.level:
        case 2:
            return age is not None and -SOON_DAYS <= age <= 0
        case 1:
            return _contains(found, now)
        case 3:
            return _contains(found, now) or (found.planned and (found.ends is None or now < found.ends))
    past = found.starts is not None and found.starts <= now
    return past and age is not None and age <= LOOK_BACK_DAYS[found.level]


def _contains(found: Evidence, now: datetime) -> bool:
    begun = all(instant is None or instant <= now for instant in (found.starts, found.since))
    return begun and (found.ends is None or now < found.ends)


def _age(found: Evidence, now: datetime) -> int | None:
    """Whole days from the evidence to now, as days are counted where the care is given."""
    if found.starts is None:
        return None
    zone = zone_of(found.zone)
    return (now.astimezone(zone).date() - found.starts.astimezone(zone).date()).days


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name."""
    return ZoneInfo(name)


# --- who comes first --------------------------------------------------------------------------------------------------


def _id(claim: _Claim) -> tuple[str, str, str]:
    return claim.found.source, claim.person.id, claim.found.role


def _stamp(instant: datetime | None) -> float:
    return instant.timestamp() if instant is not None else float("-inf")


def _by_team(claims: Sequence[_Claim], record: CareRecord, now: datetime) -> list[_Claim]:
    """Agreement, the latest start, an open episode, the latest visit, the lower id."""
    visits = {
        claim.person.id: max(_stamp(found.starts) for found in _visits(record, claim.person.id, now))
        for claim in claims
        if any(_visits(record, claim.person.id, now))
    }
    return sorted(
        claims,
        key=lambda claim: (
            not claim.agrees,
            -_stamp(claim.found.starts),
            not _in_open_episode(claim.found, now),
            -visits.get(claim.person.id, float("-inf")),
            *_id(claim),
        ),
    )


def _visits(record: CareRecord, clinician: str, now: datetime) -> Iterator[Evidence]:
    """Encounters with this clinician that began before now."""
    for found in record.evidence:
        visit = found.level in (OPEN_ENCOUNTER, RECENT_PAST) and not found.planned
        if visit and found.clinician == clinician and found.starts is not None and found.starts <= now:
            yield found


def _in_open_episode(found: Evidence, now: datetime) -> bool:
    if found.episode is None:
        return False
    starts, ends = found.episode
    return (not starts or datetime.fromisoformat(starts) <= now) and (not ends or now < datetime.fromisoformat(ends))


def _by_contacts(claims: Sequence[_Claim], now: datetime) -> list[_Claim]:
    """Of several people seen within 30 days the one seen most; else the latest."""
    met = {(claim.person.id, claim.found.source) for claim in claims if (_age(claim.found, now) or 0) <= BUSY_DAYS}
    recent = Counter(person for person, _ in met)
    return sorted(_latest(claims), key=lambda claim: -recent[claim.person.id])


def _latest(claims: Iterable[_Claim]) -> list[_Claim]:
    """The latest start; at one instant the person with more contacts; then the lower id."""
    listed = list(claims)
    at_once: Counter[tuple[str, datetime | None]] = Counter()
    for claim in listed:
        at_once[claim.person.id, claim.found.starts] += claim.found.contacts
    return sorted(
        listed,
        key=lambda claim: (
            -_stamp(claim.found.starts),
            -at_once[claim.person.id, claim.found.starts],
            -claim.found.contacts,
            *_id(claim),
        ),
    )


# --- the answer -------------------------------------------------------------------------------------------------------


def _answer(claim: _Claim, skill: str, now: datetime) -> Answer:
    found, role = claim.found, chosen_role(claim.person, claim.found, skill, now)
    return Answer(
        clinician=claim.person.id,
        level=found.level,
        evidence=found.source,
        sure=_trust(claim, now),
        starts_on=_day(found.starts, found),
        ends_on=_day(found.ends, found),
        role=role.id if role else "",
        unit=role.unit if role else found.unit,
    )


def chosen_role(person: Person, found: Evidence, skill: str, now: datetime) -> Role | None:
    """The role the evidence names; else one in force at the same organisation; else the one that began last.

    Among equals a role with the skill comes first, then the lower id."""
    roles = [role for role in person.roles if role.in_force(now)]
    return min(
        roles,
        key=lambda role: (
            role.id != found.role,
            not (found.unit and role.unit == found.unit),
            skill not in role.skills,
            -_stamp(role.starts),
            role.id,
        ),
        default=None,
    )


def _trust(claim: _Claim, now: datetime) -> str:
    match claim.found.level:
        case 1:
            return SURE if claim.agrees else LIKELY
        case 2:
            return SURE
        case 3:  # nobody closed an old one, which says little about who cares now
            age = _age(claim.found, now)
            return STALE if age is None or age > LOOK_BACK_DAYS[OPEN_ENCOUNTER] else SURE
    return LIKELY


def _day(instant: datetime | None, found: Evidence) -> date | None:
    return instant.astimezone(zone_of(found.zone)).date() if instant is not None else None


def _unit_of(record: CareRecord, skill: str, level: int, now: datetime) -> Elsewhere | None:
    """The unit that a referral for the skill names (5), or one that offers it (7); the latest, then the lower id."""
    units = [
        found
        for found in record.evidence
        if found.level == level
        and not found.clinician
        and (skill in found.named or not found.named)
        and (level == REFERRAL or _offers(record, found.unit, skill, now))
        and _holds(found, now)
    ]
    best = min(units, key=lambda found: (-_stamp(found.starts), found.source, found.unit), default=None)
    return Elsewhere(level, unit=best.unit, evidence=best.source) if best else None


def _offers(record: CareRecord, unit: str, skill: str, now: datetime) -> bool:
    """Whether the unit says that it offers the skill, or somebody has a role for it there."""
    return unit in record.services or any(
        person.active and _works_in(person, record, unit, skill, now) for person in record.people.values()
    )
