"""What would have happened under other rules, another roster or other skills: the past, run again by the router itself.

Each past call becomes a caller with what is known of him and, where it is not known (the patience of who was answered,
the talk of who gave up), what callers like him had; chance is drawn from the call's id, so it is the same in every
variant and the differences are those of the variants. Days are compared in pairs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from math import sqrt
from statistics import mean, stdev

from config.content import Ladder
from routing.needs import Need, Predicate
from routing.patience import Patience, chance_of, estimated
from routing.simulation import Caller, Center, Outcome, Worker

DAY = 86_400.0
SURE = 1.959964  # of a normal law, 95 % lie within so many standard deviations


@dataclass(frozen=True)
class PastCall:
    """One call that waited for a clinician, as the record has it. Times in seconds."""

    id: str
    at: datetime
    service: str
    need: Need
    waited: float  # until he was answered, or gave up
    clinician: str | None = None  # nobody: he gave up
    handling: float | None = None  # talk and wrap-up, if he was answered
    ringing: float = 0.0  # the last part of the wait, if he was answered


@dataclass(frozen=True)
class Rules:
    """What may differ between variants: ladders, which ladder and head start a service has, and who works when."""

    ladders: Mapping[str, Ladder]
    services: Mapping[str, tuple[str, int]]  # service -> (ladder, head start in seconds)
    workers: Sequence[Worker]
    asked: tuple[Predicate, ...] | None = None


@dataclass(frozen=True)
class Figures:
    """A day, or all of them. Shares of all who called, but `own`: of those answered who have an own clinician."""

    calls: float
    speed_of_answer: float
    level: float
    abandoned: float
    own: float


@dataclass(frozen=True)
class Difference:
    """How one figure of the variant differs from the baseline's: the mean of the days, and half its 95 % interval."""

    name: str
    before: float
    after: float
    change: float
    give_or_take: float


def callers_of(past: Iterable[PastCall], rules: Rules, begins: datetime, seed: int) -> list[Caller]:
    """The past calls as callers, in the order of coming. Calls of a service that the rules lack are left out."""
    calls = sorted((call for call in past if call.service in rules.services), key=lambda call: (call.at, call.id))
    patience = estimated((call.waited, call.clinician is None) for call in calls)
    known = sorted((call.handling, call.ringing) for call in calls if call.handling is not None)
    return [_caller(call, rules, begins, seed, patience, known) for call in calls]


def _caller(
    call: PastCall, rules: Rules, begins: datetime, seed: int, patience: Patience, known: Sequence[tuple[float, float]]
) -> Caller:
    ladder, head_start = rules.services[call.service]
    handling, ringing = call.handling, call.ringing
    if handling is None:
        handling, ringing = known[int(chance_of(seed, call.id, "talk") * len(known))] if known else (0.0, 0.0)
    gave_up = call.clinician is None
    waits = call.waited if gave_up else patience.drawn(chance_of(seed, call.id, "patience"), call.waited)
    at = (call.at - begins).total_seconds()
    return Caller(call.id, at, call.need, ladder, handling, waits, head_start, ringing)


def replayed(past: Iterable[PastCall], rules: Rules, begins: datetime, seed: int) -> list[Outcome]:
    """What becomes of each past call under these rules."""
    callers = callers_of(past, rules, begins, seed)
    return list(Center(rules.ladders, rules.asked, begins=begins).run(callers, rules.workers))


def outcomes_seen(past: Iterable[PastCall], rules: Rules, begins: datetime) -> list[Outcome]:
    """What did become of them, in the same shape: to compare a replay of the rules of then with."""
    calls = [call for call in past if call.service in rules.services]
    callers = (
        Caller(call.id, (call.at - begins).total_seconds(), call.need, "", call.handling or 0.0) for call in calls
    )
    return [Outcome(caller, call.waited, call.clinician, 0) for caller, call in zip(callers, calls, strict=True)]


def by_day(outcomes: Iterable[Outcome], target: float) -> dict[int, Figures]:
    """The figures of each day of coming (numbered from the beginning); `target` seconds is what the level is of."""
    days: dict[int, list[Outcome]] = {}
    for outcome in outcomes:
        days.setdefault(int(outcome.caller.at // DAY), []).append(outcome)
    return {day: figures(of_day, target) for day, of_day in sorted(days.items())}


def figures(outcomes: Sequence[Outcome], target: float) -> Figures:
    """The figures of these calls."""
    answered = [outcome for outcome in outcomes if outcome.clinician is not None]
    with_own = [outcome for outcome in answered if outcome.caller.need.own]
    return Figures(
        calls=len(outcomes),
        speed_of_answer=_share(answered, lambda outcome: outcome.wait),
        level=_share(outcomes, lambda outcome: outcome.clinician is not None and outcome.wait <= target),
        abandoned=_share(outcomes, lambda outcome: outcome.clinician is None),
        own=_share(with_own, lambda outcome: outcome.clinician == outcome.caller.need.own),
    )


def _share(outcomes: Sequence[Outcome], of: Callable[[Outcome], float]) -> float:
    return sum(map(of, outcomes)) / len(outcomes) if outcomes else 0.0


def compared(before: Mapping[int, Figures], after: Mapping[int, Figures]) -> list[Difference]:
    """The variant against the baseline, day by day in pairs: what the days have in common cancels."""
    days = sorted(before.keys() & after.keys())
    names = [each.name for each in fields(Figures) if each.name != "calls"]
    return [
        _difference(name, [(getattr(before[day], name), getattr(after[day], name)) for day in days]) for name in names
    ]


def _difference(name: str, pairs: Sequence[tuple[float, float]]) -> Difference:
    changes = [after - before for before, after in pairs]
    error = stdev(changes) / sqrt(len(changes)) if len(changes) > 1 else float("inf")
    first, second = mean(before for before, _ in pairs), mean(after for _, after in pairs)
    return Difference(name, first, second, mean(changes), error * student(len(changes) - 1))


def student(freedom: int) -> float:
    """The 97.5 % point of Student's law, by the expansion of Cornish and Fisher; within 1 % from 4 degrees up."""
    if freedom < 1:
        return float("inf")
    z = SURE
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def shifts_recorded(
    changes: Iterable[tuple[str, datetime, bool]], begins: datetime, ends: datetime
) -> dict[str, list[tuple[float, float]]]:
    """When each clinician was on duty, in seconds since `begins`.

    `changes` in the order in which they happened: who, when, and whether he is on duty from then on. Those before
    `begins` say how he entered it.
    """
    shifts: dict[str, list[tuple[float, float]]] = {}
    since: dict[str, float] = {}
    whole = (ends - begins).total_seconds()
    for person, at, on_duty in changes:
        when = min(max((at - begins).total_seconds(), 0.0), whole)
        if on_duty:
            since.setdefault(person, when)
        elif (from_ := since.pop(person, when)) < when:
            shifts.setdefault(person, []).append((from_, when))
    for person, from_ in since.items():
        shifts.setdefault(person, []).append((from_, whole))
    return shifts


def shifts_seen(past: Iterable[PastCall], begins: datetime) -> dict[str, list[tuple[float, float]]]:
    """When each clinician was at work, as far as calls tell: from his first to the end of his last of each day."""
    spans: dict[tuple[str, int], tuple[float, float]] = {}
    for call in past:
        if call.clinician is not None:
            taken = (call.at + timedelta(seconds=call.waited - call.ringing) - begins).total_seconds()
            ends = taken + call.ringing + (call.handling or 0.0)
            key = call.clinician, int(taken // DAY)
            first, last = spans.get(key, (taken, ends))
            spans[key] = min(first, taken), max(last, ends)
    shifts: dict[str, list[tuple[float, float]]] = {}
    for (person, _), span in sorted(spans.items()):
        shifts.setdefault(person, []).append(span)
    return shifts
