"""Why each offer of a call was made to this person, and the first reason against everybody else: as sentences. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from config.content import Content
from desk import words
from desk.words import Moment
from routing.explain import Decided, why_this


@dataclass(frozen=True)
class Decision:
    """One offer in words. `others`: a sentence for each who was passed over."""

    time: str
    chosen: str
    why: str
    ended: str
    others: tuple[str, ...]


def lacking(content: Content) -> dict[str, str]:
    """What is said of one who does not have a skill, by the skill's key."""
    return {key: skill.lacking for key, skill in content.skills.items() if skill.lacking}


def decisions(decided: Iterable[Decided], names: Mapping[str, str], moment: Moment) -> tuple[Decision, ...]:
    """The offers of a call in words. `names` of clinicians by id."""
    return tuple(
        Decision(
            time=words.time_of_day(each.offer.created_at, moment.zone, seconds=True),
            chosen=names.get(each.offer.clinician_id, "a former colleague"),
            why=why_this(each.offer.why),
            ended=words.plain(each.offer.state.value).lower(),
            others=tuple(f"{names.get(who, 'A former colleague')} {reason}." for who, reason in each.passed_over),
        )
        for each in decided
    )
