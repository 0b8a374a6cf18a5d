"""What the rule of `directory.careteam` is asked about: a patient's dated evidence, and the people and roles in it.

Evidence is kept as JSON, one text for each patient; `packed` and `unpacked` are that form. All instants are aware UTC.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

CARE_TEAM, BOOKED, OPEN_ENCOUNTER, RECENT_PAST, REFERRAL, AUTHORSHIP, UNIT, POOL, OPERATOR = range(1, 10)
REFUSED = 0  # deceased, inactive or merged: a person handles it


@dataclass(frozen=True)
class Evidence:
    """One dated statement of the clinical data about who cares for a patient.

    `clinician` empty: the `unit` as a whole is named. `named` are the skills for which the statement itself names him.
    Periods reach from `starts` (included) to `ends` (excluded); a contact (levels 4 and 6) has `starts` alone, and
    `contacts` says how many there were at that instant. A team may have begun later than a member says he did: `since`.
    `zone` is where its days are counted. `episode` is the period
    of an open episode of care that the care team belongs to, as two ISO instants or empty texts.
    """

    level: int
    source: str
    clinician: str = ""
    role: str = ""
    unit: str = ""
    named: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    since: datetime | None = None
    zone: str = "UTC"
    contacts: int = 1
    planned: bool = False
    episode: tuple[str, str] | None = None


@dataclass(frozen=True)
class Role:
    """A role somebody has: where (`unit` is its organisation), with which skills, from when to when.

    `bars` are skills that the role speaks against: an assistant's role bars the therapist's skill.
    """

    id: str
    clinician: str
    unit: str = ""
    site: str = ""
    skills: frozenset[str] = frozenset()
    bars: frozenset[str] = frozenset()
    starts: datetime | None = None
    ends: datetime | None = None
    active: bool = True

    def in_force(self, now: datetime) -> bool:
        """Whether the role is active and `now` lies in its period."""
        return self.active and (self.starts is None or self.starts <= now) and (self.ends is None or now < self.ends)


@dataclass(frozen=True)
class Person:
    """A clinician for the rule. `qualified` counts only while no role is in force; `local` is what the site says:
    skill -> level, 0 meaning that he does not do it."""

    id: str
    active: bool = True
    roles: tuple[Role, ...] = ()
    qualified: frozenset[str] = frozenset()
    local: Mapping[str, int] = field(default_factory=dict)

    def has(self, skill: str, now: datetime) -> bool:
        """Whether he is of the skill at `now`: by the site's word, else by a role in force, else by qualification."""
        if skill in self.local:
            return self.local[skill] > 0
        roles = [role for role in self.roles if role.in_force(now)]
        return any(skill in role.skills for role in roles) if roles else skill in self.qualified

    def barred(self, skill: str, now: datetime) -> bool:
        """Whether the site says that he does not do it, or his own roles speak against it and none for it."""
        if skill in self.local:
            return self.local[skill] == 0
        return not self.has(skill, now) and any(skill in role.bars for role in self.roles if role.in_force(now))


@dataclass(frozen=True)
class CareRecord:
    """All the rule may know of one patient. `people` are those whom evidence names, and those with a role for the
    skill in a unit that evidence names; `unit_roles` lists the latter: unit -> ids of roles. `pool` is how many active
    people have the skill."""

    served: bool = True
    evidence: tuple[Evidence, ...] = ()
    people: Mapping[str, Person] = field(default_factory=dict)
    unit_roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    services: frozenset[str] = frozenset()  # units that say themselves that they offer the skill
    avoided: frozenset[str] = frozenset()
    pool: int = 0


def packed(evidence: Iterable[Evidence]) -> str:
    """Evidence as one canonical JSON text: the same evidence in any order gives the same text."""
    slim = [_slim(found) for found in evidence]
    return json.dumps(sorted(slim, key=_sort_key) if len(slim) > 1 else slim, separators=(",", ":"))


def unpacked(text: str, wanted: Callable[[str], bool] = bool) -> tuple[Evidence, ...]:
    """Evidence from its JSON text: all, or that whose source is wanted."""
    return tuple(_whole(slim) for slim in json.loads(text) if wanted(slim["source"]))


def _sort_key(slim: Mapping[str, Any]) -> str:
    return json.dumps(slim, sort_keys=True)


_INSTANTS = ("starts", "ends", "since")
_PLAIN = ("source", "clinician", "role", "unit", "zone")


def _slim(found: Evidence) -> dict[str, Any]:
    slim: dict[str, Any] = {"level": found.level, **{name: getattr(found, name) for name in _PLAIN}}
    slim |= {"named": list(found.named), "contacts": found.contacts if found.contacts != 1 else None}
    slim |= {name: instant.isoformat() for name in _INSTANTS if (instant := getattr(found, name)) is not None}
    slim |= {"planned": found.planned, "episode": list(found.episode) if found.episode is not None else None}
    return {name: value for name, value in slim.items() if value}


def _whole(slim: dict[str, Any]) -> Evidence:
    for name in _INSTANTS:
        if name in slim:
            slim[name] = datetime.fromisoformat(slim[name])
    slim["named"] = tuple(slim.get("named", ()))
    if "episode" in slim:
        slim["episode"] = tuple(slim["episode"])
    return Evidence(**slim)
