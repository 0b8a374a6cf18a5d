"""The rule of who is his own clinician, written a second time and slowly, from the words of the rule alone.

It shares no code with `directory.careteam`. It compares candidates two by two instead of sorting by keys.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from directory.care_records import CareRecord, Evidence, Person, Role

Pair = tuple[Evidence, Person]
Pairs = list[Pair]


def slow_answer(record: CareRecord, skill: str, now: datetime) -> tuple[Any, ...]:
    """(level, clinician, evidence, trust, role, unit) as the rule says, or (level, unit, evidence) elsewhere."""
    if not record.served:
        return (0, "", "")
    for level in (1, 2, 3, 4, 5):
        best = _best_person(record, skill, level, now)
        if best:
            return _told(best, skill, level, now)
    unit = _best_unit(record, skill, 5, now)
    if unit:
        return (5, unit.unit, unit.source)
    best = _best_person(record, skill, 6, now)
    if best:
        return _told(best, skill, 6, now)
    unit = _best_unit(record, skill, 7, now)
    if unit:
        return (7, unit.unit, unit.source)
    return (8, "", "") if record.pool else (9, "", "")


def current(role: Role, now: datetime) -> bool:
    if not role.active:
        return False
    if role.starts is not None and now < role.starts:
        return False
    return not (role.ends is not None and now >= role.ends)


def can(person: Person, skill: str, now: datetime) -> bool:
    if skill in person.local:
        return person.local[skill] >= 1
    any_role = False
    for role in person.roles:
        if current(role, now):
            any_role = True
            if skill in role.skills:
                return True
    return not any_role and skill in person.qualified


def forbidden(person: Person, skill: str, now: datetime) -> bool:
    if person.local.get(skill) == 0:
        return True
    if skill in person.local or can(person, skill, now):
        return False
    return any(current(role, now) and skill in role.bars for role in person.roles)


def days_between(found: Evidence, now: datetime) -> int:
    zone = ZoneInfo(found.zone)
    assert found.starts is not None
    return now.astimezone(zone).date().toordinal() - found.starts.astimezone(zone).date().toordinal()


def running(found: Evidence, now: datetime) -> bool:
    for begin in (found.starts, found.since):
        if begin is not None and begin > now:
            return False
    return found.ends is None or found.ends > now


def counts_now(found: Evidence, now: datetime) -> bool:
    if found.level == 1:
        return running(found, now)
    if found.level == 3:
        return running(found, now) or (found.planned and (found.ends is None or found.ends > now))
    if found.starts is None:
        return False
    days = days_between(found, now)
    if found.level == 2:
        return days in range(-30, 1)
    limit = {4: 180, 5: 365, 6: 180, 7: 365}[found.level]
    return found.starts <= now and days <= limit


def _best_person(record: CareRecord, skill: str, level: int, now: datetime) -> tuple[Evidence, Person] | None:
    pairs = []
    for found in record.evidence:
        if found.level != level or not counts_now(found, now):
            continue
        for person in record.people.values():
            if found.clinician != person.id and not _through_unit(record, found, person, skill, now):
                continue
            if not person.active or person.id in record.avoided or forbidden(person, skill, now):
                continue
            named, own = skill in found.named, can(person, skill, now)
            if (named or own) if level == 1 else named if level == 5 else own:
                pairs.append((found, person))
    better: Callable[..., bool] = {1: _better_in_team, 2: _sooner, 4: _busier}.get(level, _later)
    best = None
    for pair in pairs:
        if best is None or better(pair, best, pairs, record, skill, now):
            best = pair
    return best


def _through_unit(record: CareRecord, found: Evidence, person: Person, skill: str, now: datetime) -> bool:
    if found.clinician or found.level != 1:
        return False
    listed = record.unit_roles.get(found.unit, ())
    return any(role.id in listed and current(role, now) and skill in role.skills for role in person.roles)


def ids(pair: tuple[Evidence, Person]) -> tuple[str, str, str]:
    return pair[0].source, pair[1].id, pair[0].role


def _first_difference(*pairs: tuple[Any, Any]) -> bool:
    """Whether the left side is the greater at the first pair that differs."""
    for left, right in pairs:
        if left != right:
            return bool(left > right)
    return False


def seconds(instant: datetime | None) -> float:
    return -1e18 if instant is None else (instant - datetime.fromisoformat("2000-01-01T00:00:00+00:00")).total_seconds()


def _better_in_team(one: Pair, other: Pair, _pairs: Pairs, record: CareRecord, skill: str, now: datetime) -> bool:
    def agree(pair: Pair) -> bool:
        return skill in pair[0].named and can(pair[1], skill, now)

    def in_episode(pair: Pair) -> bool:
        if pair[0].episode is None:
            return False
        begin, end = pair[0].episode
        return (begin == "" or datetime.fromisoformat(begin) <= now) and (
            end == "" or datetime.fromisoformat(end) > now
        )

    def last_visit(pair: Pair) -> float:
        visits = [
            seconds(found.starts)
            for found in record.evidence
            if found.clinician == pair[1].id and found.level in (3, 4) and not found.planned
            if found.starts is not None and found.starts <= now
        ]
        return max(visits, default=-2e18)

    return _first_difference(
        (agree(one), agree(other)),
        (seconds(one[0].starts), seconds(other[0].starts)),
        (in_episode(one), in_episode(other)),
        (last_visit(one), last_visit(other)),
    ) or (
        (agree(one), one[0].starts, in_episode(one), last_visit(one))
        == (agree(other), other[0].starts, in_episode(other), last_visit(other))
        and ids(one) < ids(other)
    )


def _sooner(one: Pair, other: Pair, *_rest: Any) -> bool:
    assert one[0].starts is not None
    assert other[0].starts is not None
    return (one[0].starts, *ids(one)) < (other[0].starts, *ids(other))


def _busier(one: Pair, other: Pair, pairs: Pairs, *_rest: Any) -> bool:
    now = _rest[-1]

    def met(pair: Pair) -> int:
        return len({p[0].source for p in pairs if p[1].id == pair[1].id and days_between(p[0], now) <= 30})

    if met(one) != met(other):
        return met(one) > met(other)
    return _later(one, other, pairs)


def _later(one: Pair, other: Pair, pairs: Pairs, *_rest: Any) -> bool:
    def at_once(pair: Pair) -> int:
        return sum(p[0].contacts for p in pairs if p[1].id == pair[1].id and p[0].starts == pair[0].starts)

    if one[0].starts != other[0].starts:
        return seconds(one[0].starts) > seconds(other[0].starts)
    if at_once(one) != at_once(other):
        return at_once(one) > at_once(other)
    if one[0].contacts != other[0].contacts:
        return one[0].contacts > other[0].contacts
    return ids(one) < ids(other)


def _best_unit(record: CareRecord, skill: str, level: int, now: datetime) -> Evidence | None:
    best: Evidence | None = None
    for found in record.evidence:
        if found.level != level or found.clinician or not counts_now(found, now):
            continue
        if found.named and skill not in found.named:
            continue
        if level == 7 and not _unit_offers(record, found.unit, skill, now):
            continue
        if best is None or (-seconds(found.starts), found.source, found.unit) < (
            -seconds(best.starts), best.source, best.unit,
        ):  # fmt: skip
            best = found
    return best


def _unit_offers(record: CareRecord, unit: str, skill: str, now: datetime) -> bool:
    if unit in record.services:
        return True
    for person in record.people.values():
        for role in person.roles:
            listed = role.id in record.unit_roles.get(unit, ())
            if person.active and listed and current(role, now) and skill in role.skills:
                return True
    return False


def _told(best: tuple[Evidence, Person], skill: str, level: int, now: datetime) -> tuple[Any, ...]:
    found, person = best
    role = _role_of(found, person, skill, now)
    return (level, person.id, found.source, _trust(found, person, skill, now), role.id if role else "",
            role.unit if role else found.unit)  # fmt: skip


def _role_of(found: Evidence, person: Person, skill: str, now: datetime) -> Role | None:
    roles = [role for role in person.roles if current(role, now)]
    named = [role for role in roles if role.id == found.role]
    there = [role for role in roles if found.unit and role.unit == found.unit]
    for fitting in (named, there):
        if fitting:
            roles = fitting
            break
    skilled = [role for role in roles if skill in role.skills] or roles
    latest = max((seconds(role.starts) for role in skilled), default=0)
    return min((role for role in skilled if seconds(role.starts) == latest), key=lambda role: role.id, default=None)


def _trust(found: Evidence, person: Person, skill: str, now: datetime) -> str:
    if found.level == 1:
        return "sure" if skill in found.named and can(person, skill, now) else "likely"
    if found.level == 3:
        return "sure" if found.starts is not None and days_between(found, now) <= 180 else "stale"
    return "sure" if found.level == 2 else "likely"
