"""Who is this patient's own clinician for a skill: a rule over dated evidence, never a guess.

Four levels, the first that answers wins: 1 an active care team names him, 2 a booked visit within 30 days, 3 an open
encounter, 4 contacts of the last 180 days. What is dated after now never counts, except bookings. Equal evidence goes
to the latest start, then to the lower id, so that the same records always give the same answer.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

CARE_TEAM, BOOKED, OPEN_ENCOUNTER, RECENT_PAST = 1, 2, 3, 4
SOON = timedelta(days=30)
LOOK_BACK = timedelta(days=180)
SURE, LIKELY, STALE = "sure", "likely", "stale"


@dataclass(frozen=True)
class CareRelation:
    """One piece of evidence that a clinician cares for a patient. Dates are days at the clinician's site (`zone`)."""

    clinician: str
    level: int
    starts_on: date | None
    ends_on: date | None
    evidence: str
    both_agree: bool = False
    zone: str = "UTC"


@dataclass(frozen=True)
class Answer:
    """The own clinician, the level and evidence that name him, and how far to trust it: sure, likely or stale.

    A "likely" or "stale" clinician is called, but never named to the caller.
    """

    clinician: str
    level: int
    evidence: str
    sure: str
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class _Dated:
    """A relation and what day it is where the care is given."""

    relation: CareRelation
    today: date

    @property
    def starts(self) -> date:
        return self.relation.starts_on or date.min

    @property
    def last_contact(self) -> date:
        return self.relation.ends_on or self.starts


def own_clinician(relations: Iterable[CareRelation], now: datetime) -> Answer | None:
    """The patient's own clinician at `now` (aware). `relations` are all of one patient and one skill."""
    dated = _dated(relations, now)
    by_care_team = _first(_care_team(dated), SURE)
    if by_care_team is not None:
        return by_care_team
    return _first(_booked(dated), SURE) or _first(_open_encounters(dated), SURE) or _first(_recent(dated), LIKELY)


def team(relations: Iterable[CareRelation], now: datetime) -> tuple[str, ...]:
    """The clinicians whom active care teams name for the skill, best evidence first, each once."""
    return tuple(dict.fromkeys(item.relation.clinician for item in _care_team(_dated(relations, now))))


def _dated(relations: Iterable[CareRelation], now: datetime) -> list[_Dated]:
    return [_Dated(relation, now.astimezone(ZoneInfo(relation.zone)).date()) for relation in relations]


def _first(ordered: Sequence[_Dated], trust: str) -> Answer | None:
    if not ordered:
        return None
    best, relation = ordered[0], ordered[0].relation
    return Answer(
        clinician=relation.clinician,
        level=relation.level,
        evidence=relation.evidence,
        sure=_trust(best, trust),
        starts_on=relation.starts_on,
        ends_on=relation.ends_on,
    )


def _trust(best: _Dated, trust: str) -> str:
    if best.relation.level == CARE_TEAM and not best.relation.both_agree:
        return LIKELY
    if best.relation.level == OPEN_ENCOUNTER and best.starts < best.today - LOOK_BACK:
        return STALE  # nobody closed it, which says little about who cares now
    return trust


def _care_team(dated: Iterable[_Dated]) -> list[_Dated]:
    found = [item for item in dated if item.relation.level == CARE_TEAM and _in_force(item)]
    return sorted(_latest_first(found), key=lambda item: not item.relation.both_agree)


def _booked(dated: Iterable[_Dated]) -> list[_Dated]:
    found = [
        item
        for item in dated
        if item.relation.level == BOOKED and item.today <= item.starts <= item.today + SOON
    ]
    return sorted(found, key=lambda item: (item.starts, item.relation.clinician, item.relation.evidence))


def _open_encounters(dated: Iterable[_Dated]) -> list[_Dated]:
    return _latest_first(item for item in dated if item.relation.level == OPEN_ENCOUNTER and _in_force(item))


def _recent(dated: Iterable[_Dated]) -> list[_Dated]:
    """Contacts of the last 180 days; of several people seen in the last 30, the one seen most comes first."""
    found = [
        item
        for item in dated
        if item.relation.level == RECENT_PAST and item.today - LOOK_BACK <= item.last_contact <= item.today
    ]
    contacts = Counter(item.relation.clinician for item in found if item.last_contact >= item.today - SOON)
    latest = sorted(_by_id(found), key=lambda item: item.last_contact, reverse=True)
    return sorted(latest, key=lambda item: contacts[item.relation.clinician], reverse=True)


def _in_force(item: _Dated) -> bool:
    return item.starts <= item.today <= (item.relation.ends_on or date.max)


def _latest_first(found: Iterable[_Dated]) -> list[_Dated]:
    return sorted(_by_id(found), key=lambda item: item.starts, reverse=True)


def _by_id(found: Iterable[_Dated]) -> list[_Dated]:
    return sorted(found, key=lambda item: (item.relation.clinician, item.relation.evidence))
