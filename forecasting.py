"""What-if for the operator: the past from the record or from files, replayed under other rules, in words.

The rules are the clinic's content and those of `--policy`; the rosters are files, or what the calls themselves show.
"""

from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import directory.store
import facts
from config.content import Content
from config.reading import read_content
from config.settings import Settings
from routing import traces
from routing.history_store import duty_changes, past_calls
from routing.needs import asked_for
from routing.patience import estimated
from routing.simulation import Outcome, Worker
from routing.staffing import HALF_HOUR, Advice, QuickAnswer, Target, quick_answer, staffing
from routing.traces import BadTrace
from routing.whatif import (
    Figures,
    PastCall,
    Rules,
    by_day,
    compared,
    figures,
    outcomes_seen,
    replayed,
    shifts_recorded,
    shifts_seen,
)
from tools import Tools

__all__ = ["BadTrace", "NothingToReplay", "Question", "told"]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SEED = 1  # of the chance that fills what is not known of past calls: any will do, the same for all variants
SHARES = ("level", "abandoned", "own")


class NothingToReplay(ValueError):
    """There is no past to replay; the text says what to do."""


@dataclass(frozen=True)
class Past:
    """The calls, who was at work, and the local midnight that both are counted from."""

    calls: list[PastCall]
    workers: list[Worker]
    begins: datetime


@dataclass(frozen=True)
class Question:
    """What the operator asks. Files that are not given: the record, the roster seen from it, and no variant."""

    days: int
    target: Target
    calls: Path | None = None
    roster: Path | None = None
    policy: Path | None = None
    variant_roster: Path | None = None
    staffing: bool = False
    absent: float = 0.0
    save: Path | None = None

    @classmethod
    def of(cls, options: Namespace) -> "Question":
        """The question in the options of the command line."""
        given = {name: getattr(options, name) for name in ("calls", "roster", "policy", "variant_roster", "save")}
        target = Target(options.seconds, options.level)
        return cls(options.days, target, staffing=options.staffing, absent=options.absent, **given)


def told(asked: Question, settings: Settings, tools: Callable[[], Tools]) -> list[str]:
    """The answer in lines. `tools` is called only if the record itself is needed."""
    content = read_content(settings.clinic_config)
    zone = zone_of(content)
    past = past_of(asked, content, zone, tools)
    if asked.save:
        return saved(past, asked.save)
    if asked.staffing:
        return advice(past, zone, asked.target, asked.absent)
    other = read_content(asked.policy) if asked.policy else None
    roster = roster_from(asked.variant_roster, past.begins) if asked.variant_roster else None
    return answer(past, content, other, roster, asked.target)


def past_of(asked: Question, content: Content, zone: ZoneInfo, tools: Callable[[], Tools]) -> Past:
    """The past that is asked about."""
    if asked.calls:
        if asked.roster is None:
            raise NothingToReplay("--calls needs --roster: a file of calls does not say who was at work")
        return past_from_files(asked.calls, asked.roster, content, zone)
    past = past_from_record(tools(), asked.days, zone)
    if not past.calls:
        raise NothingToReplay(
            f"the record holds no call that waited in the last {asked.days} days; see --days and --calls"
        )
    return replace(past, workers=roster_from(asked.roster, past.begins)) if asked.roster else past


def zone_of(content: Content) -> ZoneInfo:
    """The zone of the first line's hours."""
    return ZoneInfo(content.home.zone)


def rules_of(content: Content, workers: Sequence[Worker]) -> Rules:
    """The clinic's own rules with this roster."""
    services = {name: (each.ladder, each.head_start_seconds) for name, each in content.services.items()}
    return Rules(content.ladders, services, workers, asked_for(content.services.values()))


def past_from_record(tools: Tools, days: int, zone: ZoneInfo) -> Past:
    """The last whole days of the center itself.

    Who was on duty is on record; of days before that record was kept, calls tell it (`shifts_seen`).
    """
    today = tools.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    begins = today - timedelta(days=days)
    services = {each.skill: name for name, each in reversed(tools.content.services.items())}
    with tools.database.reading() as tx:
        calls = past_calls(tx, begins, tools.now(), services, tools.settings.wrap_up_seconds)
        people = {person.id: facts.on_duty(person) for person in directory.store.clinicians(tx)}
        recorded = shifts_recorded(duty_changes(tx, begins, tools.now()), begins, tools.now())
    shifts = {**shifts_seen(calls, begins), **recorded}
    workers = [Worker(people[person], tuple(spans)) for person, spans in shifts.items() if person in people]
    return Past(calls, workers, begins)


def past_from_files(calls: Path, roster: Path, content: Content, zone: ZoneInfo) -> Past:
    """The past of a CSV of calls and one of shifts."""
    skills = {name: (each.skill, each.level) for name, each in content.services.items()}
    with calls.open(encoding="utf-8", newline="") as lines:
        past = traces.calls_of(lines, skills)
    if not past:
        raise NothingToReplay(f"{calls} holds no calls")
    begins = min(call.at for call in past).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return Past(past, roster_from(roster, begins), begins)


def roster_from(file: Path, begins: datetime) -> list[Worker]:
    """The roster of a CSV of shifts."""
    with file.open(encoding="utf-8", newline="") as lines:
        return traces.roster_of(lines, begins)


def saved(past: Past, folder: Path) -> list[str]:
    """Write the past as the two files that `what-if` reads; what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calls.csv").write_text(traces.calls_as_csv(past.calls), encoding="utf-8")
    (folder / "roster.csv").write_text(traces.roster_as_csv(past.workers, past.begins), encoding="utf-8")
    return [f"{len(past.calls)} calls in {folder / 'calls.csv'}, the shifts in {folder / 'roster.csv'}"]


def answer(
    past: Past, before: Content, after: Content | None, roster: list[Worker] | None, target: Target
) -> list[str]:
    """The whole answer: how well the replay gives the past, Erlang's quick answer, and what the variant changes."""
    now = rules_of(before, past.workers)
    if not any(call.service in now.services for call in past.calls):
        raise NothingToReplay("no call of the past is of a service of this clinic")
    baseline = replayed(past.calls, now, past.begins, SEED)
    lines = [
        *_told("the past", figures(outcomes_seen(past.calls, now, past.begins), target.seconds)),
        *_told("replayed under the rules of now", figures(baseline, target.seconds)),
        *_quick(past, target),
    ]
    if after is None and roster is None:
        return lines
    variant = rules_of(after or before, past.workers if roster is None else roster)
    return [*lines, *_variant(baseline, replayed(past.calls, variant, past.begins, SEED), target)]


def _told(what: str, found: Figures) -> list[str]:
    return [
        f"{what}: {found.calls:.0f} calls, speed of answer {found.speed_of_answer:.1f} s, in time {found.level:.1%}, "
        f"gave up {found.abandoned:.1%}, own clinician {found.own:.1%}"
    ]


def _variant(baseline: Iterable[Outcome], variant: Iterable[Outcome], target: Target) -> list[str]:
    changes = compared(by_day(baseline, target.seconds), by_day(variant, target.seconds))
    rows = [
        f"  {each.name.replace('_', ' '):16} {_shown(each.name, each.before)} -> {_shown(each.name, each.after)}, "
        f"change {_shown(each.name, each.change)} +- {_shown(each.name, each.give_or_take)}"
        for each in changes
    ]
    return ["the variant, means of the days, the same callers in pairs, 95 % intervals:", *rows]


def _shown(name: str, value: float) -> str:
    return f"{value:.1%}" if name in SHARES else f"{value:.1f} s"


def _quick(past: Past, target: Target) -> list[str]:
    found = quick(past, target)
    return [
        f"by formula (Erlang A): speed of answer {found.speed_of_answer:.1f} s, in time {found.level:.1%}, "
        f"gave up {found.abandoned:.1%}; with endless patience (Erlang C) in time {found.level_if_patient:.1%}, "
        f"{found.unstable:.1%} of the calls in half hours with more work than can be done"
    ]


def quick(past: Past, target: Target) -> QuickAnswer:
    """Erlang's answer for the past, as if all clinicians were one pool."""
    talk, patience = means(past.calls)
    starts = [(call.at - past.begins).total_seconds() for call in past.calls]
    calls = Counter(int(at // HALF_HOUR) for at in starts)
    on_duty = {slot: sum(_there(worker, slot) for worker in past.workers) for slot in calls}
    return quick_answer(calls, on_duty, talk, patience, target.seconds)


def _there(worker: Worker, slot: int) -> float:
    """Which part of a half hour he is on duty."""
    begins, ends = slot * HALF_HOUR, (slot + 1) * HALF_HOUR
    return sum(max(0.0, min(until, ends) - max(since, begins)) for since, until in worker.shifts) / HALF_HOUR


def means(calls: Sequence[PastCall]) -> tuple[float, float]:
    """The mean time a call holds a clinician, and mean patience (of callers who gave up and who did not)."""
    held = [call.handling for call in calls if call.handling is not None]
    if not held:
        raise NothingToReplay("nobody was answered in this past: there is no talk to learn from")
    return sum(held) / len(held), estimated((call.waited, call.clinician is None) for call in calls).mean


def advice(past: Past, zone: ZoneInfo, target: Target, absent: float) -> list[str]:
    """Who is needed in each half hour of the week, a line each."""
    talk, patience = means(past.calls)
    found = staffing((call.at for call in past.calls), zone, talk, patience, target, absent)
    goal = f"clinicians for {target.level:.0%} in {target.seconds:.0f} s"
    return [f"{goal}; mean talk {talk:.0f} s, patience {patience:.0f} s", *(_advised(each) for each in found)]


def _advised(each: Advice) -> str:
    range_ = f"{each.at_least}-{each.at_most}"
    return f"  {WEEKDAYS[each.weekday]} {each.begins}  {each.calls:6.1f} calls  {each.needed:3d} needed  ({range_})"
