"""What a caller needs, who could meet it, and the lines that follow from both.

A line is the waiting list of one predicate: `pt+es`, `pt+es@north`, `clinician:ana`. A caller stands in the lines of
the rungs he has reached; a clinician serves every line whose predicate he meets. A level other than 1 and further
skills are part of the predicate (`pt:3&hip+es`), so a line never has to be searched for somebody good enough.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from config.content import Ladder, Rung, Service

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Groups = tuple[tuple[str, ...], ...]  # lines, in groups of falling preference
BEST_LEVEL = 5
LOOK_AGAIN = -1


@dataclass(frozen=True)
class Follow:
    """Something to do outside SQL once the transaction is committed. Doing one twice is harmless.

    `kind`: line | duty | ring | bridge | move_back | hang_up | dial_patient; `subject` is the id it is about. The same
    kind, subject and version are written once; `LOOK_AGAIN` instead of a version is a wish of its own each time.
    """

    kind: str
    subject: str
    version: int = 0


@dataclass(frozen=True)
class Need:
    """What one caller asks for: the skill with its least level, the language, and the people who matter to him.

    `also` is required beside the skill, `prefer` only wished for: whoever has that too is chosen first. Both are
    written "hip" or "hip:3".
    """

    skill: str
    level: int = 1
    language: str = "en"
    site: str | None = None
    own: str | None = None  # his own clinician for this skill
    team: tuple[str, ...] = ()  # the own clinician's colleagues in his care
    avoid: tuple[str, ...] = ()  # never these, on any rung
    also: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()
    moved_to: str = ""  # the service to which a supervisor moved him; "": he waits for what he chose
    whom: str = ""  # what the patient chose when his own clinician was not ready: own | next; "" chose nothing

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
    lapsed: Mapping[str, date] = field(default_factory=dict)  # skills he had, with the last day of each


@dataclass(frozen=True)
class Predicate:
    """What a line asks of those who serve it, language and site aside."""

    skill: str
    level: int = 1
    also: tuple[str, ...] = ()

    def met_by(self, skills: Mapping[str, int]) -> bool:
        """Whether these skills suffice. A skill at level 0 is not an absent one: it meets level 0 alone."""
        wanted = ((self.skill, self.level), *map(skill_and_level, self.also))
        return all(skill in skills and skills[skill] >= level for skill, level in wanted)


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
    # The ladder as it was when he joined: content published later changes nothing for him.
    rules: Mapping[str, Any] = field(default_factory=dict)
    content: str = ""  # the version of the clinic's content that the rules came from


def epoch_ms(instant: datetime) -> int:
    """Whole milliseconds since 1970; the only form in which Redis sees time."""
    return (instant - EPOCH) // timedelta(milliseconds=1)


def clinician_line(clinician_id: str) -> str:
    """The line of those who wait for this clinician by name."""
    return f"clinician:{clinician_id}"


def skill_and_level(word: str) -> tuple[str, int]:
    """A skill with its least level, from "hip:3"; without a number it is level 1."""
    skill, _, level = word.partition(":")
    return skill, int(level or 1)


def predicate_line(skill: str, level: int, language: str, site: str | None = None, also: tuple[str, ...] = ()) -> str:
    """The line of those who need this skill at this level and these others, in this language, at this site if named."""
    grade = "" if level == 1 else f":{level}"
    more = "".join(f"&{word}" for word in sorted(also))
    return f"{skill}{grade}{more}+{language}" + (f"@{site}" if site else "")


def asked_for(services: Collection[Service], on_duty: OnDuty | None = None) -> tuple[Predicate, ...]:
    """The predicates that a clinic's services ask for; with a clinician, also each of his skills at every level.

    For who joined before the content changed may still wait for another level than the services ask for now.
    """
    asked = (
        Predicate(each.skill, each.level, also) for each in services for also in _with_wishes(each.also, each.prefer)
    )
    return tuple(dict.fromkeys((*(_each_skill(on_duty) if on_duty else ()), *asked)))


def lines_served(on_duty: OnDuty, asked: Collection[Predicate] | None = None) -> tuple[str, ...]:
    """Every line this clinician looks at when he is free: his own first, then each predicate he meets.

    `asked` (`asked_for`) are the predicates to try; without them, each of his skills alone at every level.
    """
    return tuple(line for line, _ in lines_by_level(on_duty, asked))


def lines_by_level(on_duty: OnDuty, asked: Collection[Predicate] | None = None) -> Iterator[tuple[str, int]]:
    """As `lines_served`, each with how good he is at it. Whoever is asked for by name is as good as can be."""
    yield clinician_line(on_duty.clinician_id), BEST_LEVEL
    sites = (None, on_duty.site) if on_duty.site else (None,)
    for wanted in _each_skill(on_duty) if asked is None else asked:
        if wanted.met_by(on_duty.skills):
            for language in on_duty.languages:
                for site in sites:
                    line = predicate_line(wanted.skill, wanted.level, language, site, wanted.also)
                    yield line, on_duty.skills[wanted.skill]


def _each_skill(on_duty: OnDuty) -> Iterator[Predicate]:
    for skill, best in sorted(on_duty.skills.items()):
        yield from (Predicate(skill, level) for level in range(best + 1))


def _with_wishes(also: tuple[str, ...], prefer: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """What is asked for beside the skill: first with what is wished for, then without."""
    if prefer:
        yield tuple(sorted({*also, *prefer}))
    yield tuple(sorted(also))


def lines_of_rung(need: Need, rung: Rung) -> Groups:
    """The lines one rung stands for, in groups of falling preference. Empty when the rung names nobody."""
    groups = (group for word in rung.serve for group in _groups_of_word(need, word))
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


def _groups_of_word(need: Need, word: str) -> Groups:
    if word == "own":
        return (_lines_of_people(need, (need.own,) if need.own else ()),)
    if word == "team":
        return (_lines_of_people(need, tuple(mate for mate in need.team if mate != need.own)),)
    if word == "site" and not need.site:
        return ()
    site = need.site if word == "site" else None
    wishes = _with_wishes(need.also, need.prefer)
    return tuple((predicate_line(need.skill, need.level, need.language, site, also),) for also in wishes)


def _lines_of_people(need: Need, people: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(clinician_line(person) for person in dict.fromkeys(people) if person not in need.avoid)
