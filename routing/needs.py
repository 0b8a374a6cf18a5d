"""What a caller needs, who could meet it, and the lines that follow from both.

A line is the waiting list of one predicate: `pt+es`, `pt+es@north`, `clinician:ana`. A caller stands in the lines of
the rungs he has reached; a clinician serves every line whose predicate he meets. A level above 1 is part of the
predicate (`pt:3+es`), so a line never has to be searched for somebody good enough.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from config.content import Ladder, Rung

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Groups = tuple[tuple[str, ...], ...]  # lines, in groups of falling preference


@dataclass(frozen=True)
class Follow:
    """Something to do outside SQL once the transaction is committed. Doing one twice is harmless.

    `kind`: line | duty | ring | bridge | move_back | hang_up | dial_patient; `subject` is the id it is about.
    """

    kind: str
    subject: str
    version: int = 0


@dataclass(frozen=True)
class Need:
    """What one caller asks for: the skill with its least level, the language, and the people who matter to him."""

    skill: str
    level: int = 1
    language: str = "en"
    site: str | None = None
    own: str | None = None  # his own clinician for this skill
    team: tuple[str, ...] = ()  # the own clinician's colleagues in his care
    avoid: tuple[str, ...] = ()  # never these, on any rung

    def to_dict(self) -> dict[str, object]:
        """The plain form kept in the JSON column."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Need":
        """The need that `to_dict` wrote."""
        lists = {name: tuple(value) for name, value in plain.items() if isinstance(value, list)}
        return cls(**{**plain, **lists})


@dataclass(frozen=True)
class OnDuty:
    """What a clinician can do: skill -> level (0 to 5), the languages spoken, and the site."""

    clinician_id: str
    skills: Mapping[str, int] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    site: str | None = None


class WaitState(StrEnum):
    """How a wait stands. `left` is final."""

    WAITING = "waiting"
    OFFERED = "offered"
    CONNECTED = "connected"
    LEFT = "left"


@dataclass(frozen=True)
class Wait:
    """One caller's wait, as SQL has it. `place_ms` is the virtual arrival; `version` rises with every change."""

    id: str
    call_id: str
    kind: str  # call | callback
    sid: str | None
    callback_id: str | None
    state: WaitState
    need: Need
    ladder: str
    rung: int
    rung_until: datetime | None
    place_ms: int
    version: int
    joined_at: datetime
    ended_at: datetime | None = None
    ended_why: str | None = None


def epoch_ms(instant: datetime) -> int:
    """Whole milliseconds since 1970; the only form in which Redis sees time."""
    return (instant - EPOCH) // timedelta(milliseconds=1)


def clinician_line(clinician_id: str) -> str:
    """The line of those who wait for this clinician by name."""
    return f"clinician:{clinician_id}"


def predicate_line(skill: str, level: int, language: str, site: str | None = None) -> str:
    """The line of those who need this skill at this level, in this language, at this site if one is named."""
    grade = "" if level == 1 else f":{level}"
    return f"{skill}{grade}+{language}" + (f"@{site}" if site else "")


def lines_served(on_duty: OnDuty) -> tuple[str, ...]:
    """Every line this clinician looks at when he is free: his own first, then each predicate he meets."""
    sites = (None, on_duty.site) if on_duty.site else (None,)
    predicates = (
        predicate_line(skill, level, language, site)
        for skill, best in sorted(on_duty.skills.items())
        for level in range(best + 1)
        for language in on_duty.languages
        for site in sites
    )
    return (clinician_line(on_duty.clinician_id), *predicates)


def lines_of_rung(need: Need, rung: Rung) -> Groups:
    """The lines one rung stands for, in groups of falling preference. Empty when the rung names nobody."""
    groups = (_lines_of_word(need, word) for word in rung.serve)
    return tuple(group for group in groups if group)


def lines_upto(need: Need, ladder: Ladder, rung_index: int) -> Groups:
    """The lines of all rungs up to this one; each line stands in the first group that names it."""
    seen: set[str] = set()
    groups: list[tuple[str, ...]] = []
    for rung in ladder.rungs[: rung_index + 1]:
        for group in lines_of_rung(need, rung):
            fresh = tuple(line for line in group if line not in seen)
            seen.update(fresh)
            groups.extend([fresh] if fresh else [])
    return tuple(groups)


def _lines_of_word(need: Need, word: str) -> tuple[str, ...]:
    if word == "own":
        return _lines_of_people(need, (need.own,) if need.own else ())
    if word == "team":
        return _lines_of_people(need, tuple(mate for mate in need.team if mate != need.own))
    if word == "site":
        return (predicate_line(need.skill, need.level, need.language, need.site),) if need.site else ()
    return (predicate_line(need.skill, need.level, need.language),)


def _lines_of_people(need: Need, people: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(clinician_line(person) for person in dict.fromkeys(people) if person not in need.avoid)
