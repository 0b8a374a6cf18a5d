"""Watches the center for its supervisors, from the clock: readings are taken, alarms raised and cleared.

What waits is read at every tick; the level of the last half hour at every tenth second, as it reads the journal.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection

import calls.store
import facts
import routing.store
from calls import alarms_store
from calls.alarms import Alarm, Kind, Reading, to_clear, to_raise
from calls.figures import Switches, figures, service_level
from calls.intervals import Interval
from calls.metrics import Entry
from calls.stays import amounts
from routing.needs import Need, Wait, WaitState
from tools import Tools

HALF_HOUR = timedelta(minutes=30)
EVERY_SECONDS = 10
ENOUGH = 10  # callers in the half hour before a level means anything


def watch(tools: Tools) -> int:
    """Raise and clear what the readings of now ask for; how many changed."""
    now = tools.now()
    limits = tools.content.alarms.limits()
    read = set(Kind) if now.second % EVERY_SECONDS == 0 else set(Kind) - {Kind.LATE_SHARE}
    with tools.database.reading() as tx:
        known = alarms_store.open_alarms(tx)
        readings = [*_of_waits(tx, tools, now), *_of_help(tx, known)]
        readings += _of_level(tx, tools, now) if Kind.LATE_SHARE in read else []
    rising = to_raise(readings, limits, {(alarm.kind.value, alarm.subject) for alarm in known})
    over = to_clear(readings, {**limits, Kind.HELP: 1.0}, known, read)
    if not rising and not over:
        return 0
    with tools.database.transaction() as tx:
        changed = alarms_store.raise_(tx, rising, now) + alarms_store.clear(tx, over, now)
    tools.hint()
    return changed


def _of_waits(tx: Connection, tools: Tools, now: datetime) -> list[Reading]:
    """The longest wait for each service, and how many wait for one that nobody on duty gives."""
    waiting: dict[str, list[Wait]] = defaultdict(list)
    skills = {service.skill: key for key, service in tools.content.services.items()}
    for wait in routing.store.waits_open(tx):
        if wait.kind == "call" and wait.state is WaitState.WAITING and wait.need.skill in skills:
            waiting[skills[wait.need.skill]].append(wait)
    readings = []
    for service, those in waiting.items():
        longest = max((now - wait.joined_at).total_seconds() for wait in those)
        readings.append(Reading(Kind.LONGEST_WAIT, service, longest))
        readings.append(Reading(Kind.NO_COVER, service, uncovered(tx, [wait.need for wait in those])))
    return readings


def _of_help(tx: Connection, known: Iterable[Alarm]) -> list[Reading]:
    """The calls for help whose talks go on."""
    asked = (alarm.subject for alarm in known if alarm.kind is Kind.HELP)
    talks = ((subject, routing.store.offer(tx, int(subject))) for subject in asked)
    return [Reading(Kind.HELP, subject, 1.0) for subject, talk in talks if talk and talk.ended_at is None]


def uncovered(tx: Connection, needs: Iterable[Need]) -> int:
    """How many need somebody and nobody on duty could come.

    Counted once for all who need the same: people of his own only add to those who could come, and whom he avoids
    are so many fewer at most.
    """

    @cache
    def could_come(need: Need) -> int:
        return facts.count_staff(tx, need).on_duty

    def is_alone(need: Need) -> bool:
        anybody = could_come(Need(skill=need.skill, level=need.level, language=need.language))
        return anybody <= len(need.avoid) and could_come(need) == 0

    return sum(map(is_alone, needs))


def _of_level(tx: Connection, tools: Tools, now: datetime) -> list[Reading]:
    """The share of each service's callers of the last half hour who were not answered in time."""
    told = calls.store.facts_since(tx, now - 2 * HALF_HOUR)
    made = amounts(Entry(fact.at, fact.call_id, fact.fact, fact.details) for fact in told)
    lately = Interval(now - HALF_HOUR, now)
    readings = []
    for key, service in tools.content.services.items():
        how = Switches(target_seconds=service.answer_seconds)
        counted = figures(made, lately, how, lambda each, key=key: each.service == key)  # type: ignore[misc]
        level = service_level(counted, how)
        if level is not None and counted.answered + counted.abandoned >= ENOUGH:
            readings.append(Reading(Kind.LATE_SHARE, key, 1 - level))
    return readings
