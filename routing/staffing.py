"""How many clinicians each half hour of the week needs for a target, and what Erlang's formulas say of a roster."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from math import ceil, inf, sqrt

from routing.erlang import Performance, Unstable, erlang_a, erlang_c, servers_needed

HALF_HOUR = 1800.0
SLOTS = 48  # a day
LIKELY = 1.2816  # four weeks in five lie within so many standard deviations


@dataclass(frozen=True)
class Target:
    """`level` of all callers are answered within `seconds`, and at most the share `abandoned` gives up."""

    seconds: float
    level: float
    abandoned: float = 1.0


@dataclass(frozen=True)
class Advice:
    """Who is needed in one half hour of the week: in the mean week, and in a quiet and a busy one of five."""

    weekday: int  # Monday is 0
    slot: int  # half hours since midnight
    calls: float  # in that half hour
    needed: int
    at_least: int
    at_most: int

    @property
    def begins(self) -> str:
        """The wall clock at which it begins."""
        return f"{self.slot // 2:02d}:{self.slot % 2 * 30:02d}"


def staffing(
    arrivals: Iterable[datetime], zone: tzinfo, talk: float, patience: float, target: Target, absent: float = 0.0
) -> list[Advice]:
    """The advice for each half hour of the week with any calls.

    `talk` and `patience` are means in seconds; `absent` is the share of paid time in which people cannot take calls:
    that many more are to be on the roster.
    """
    local = [instant.astimezone(zone) for instant in arrivals]
    counts = Counter((when.weekday(), when.hour * 2 + when.minute // 30) for when in local)
    weeks = _weeks(local)
    return [
        _advice(weekday, slot, count, weeks[weekday], talk, patience, target, absent)
        for (weekday, slot), count in sorted(counts.items())
    ]


def _weeks(local: Sequence[datetime]) -> Mapping[int, int]:
    """How many days of each weekday had calls."""
    return Counter(day.weekday() for day in {when.date() for when in local})


def _advice(
    weekday: int, slot: int, count: int, weeks: int, talk: float, patience: float, target: Target, absent: float
) -> Advice:
    calls = count / weeks
    spread = LIKELY * sqrt(calls + calls / weeks)  # of one week, and of what so few weeks tell of the mean
    needed, least, most = (
        ceil(servers_needed(each * 2, talk, patience, target.seconds, target.level, target.abandoned) / (1 - absent))
        for each in (calls, max(calls - spread, 0.0), calls + spread)
    )
    return Advice(weekday, slot, calls, needed, least, most)


@dataclass(frozen=True)
class QuickAnswer:
    """All half hours of a roster by formula, weighed by their calls.

    `unstable`: the share of calls in half hours for which Erlang C has no answer: more work than can be done.
    """

    level: float
    abandoned: float
    speed_of_answer: float
    level_if_patient: float
    unstable: float


def quick_answer(
    calls: Mapping[int, int], on_duty: Mapping[int, float], talk: float, patience: float, seconds: float
) -> QuickAnswer:
    """By half hours since the beginning: how many called, and how many clinicians were there (in the mean)."""
    total = sum(calls.values())
    seen = [
        (count, _by_patience(count, on_duty.get(slot, 0.0), talk, patience, seconds)) for slot, count in calls.items()
    ]
    patient = [(count, _endless(count, on_duty.get(slot, 0.0), talk, seconds)) for slot, count in calls.items()]
    answered = sum(count * (1 - found.abandoned) for count, found in seen)
    waits = sum(count * (1 - found.abandoned) * found.speed_of_answer for count, found in seen)
    return QuickAnswer(
        level=sum(count * found.level for count, found in seen) / total,
        abandoned=1 - answered / total,
        speed_of_answer=waits / answered if answered else 0.0,
        level_if_patient=sum(count * found.level for count, found in patient if found) / total,
        unstable=sum(count for count, found in patient if found is None) / total,
    )


NOBODY = Performance(1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def _by_patience(count: int, people: float, talk: float, patience: float, seconds: float) -> Performance:
    servers = round(people)
    if not servers:
        return NOBODY
    return erlang_a(count * 2, talk, patience if patience < inf else 1e7, servers, seconds)


def _endless(count: int, people: float, talk: float, seconds: float) -> Performance | None:
    try:
        return erlang_c(count * 2, talk, max(round(people), 1), seconds)
    except Unstable:
        return None
