"""Predicts waits, from the clock: no turn of a call waits for it. The journal knows what was predicted and came true.

What it rests on is learned anew from the last hours (a few hundred rows) whenever somebody waits, so that it survives
restarts and two clocks say the same. Each new wait's estimate is journalled; how it stands for everybody who waits is
kept for the rounds in which callers are told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

import calls.store
import directory.store
import facts
import routing.store
from calls.accuracy import ESTIMATED
from calls.store import Fact
from routing import outlook_store, presence
from routing.estimates import Law, announced, law_of_one
from routing.history_store import seen_since, talks_of
from routing.learning import Learned, Seen, learned_from
from routing.needs import Wait, WaitState, asked_for, clinician_line, lines_served, lines_upto
from routing.outlook import Outlook, Standing, friendly, positions
from routing.policy import ladder_of
from tools import Tools

MEMORY = timedelta(hours=3)
SETTLED, FRESH = timedelta(seconds=1), timedelta(seconds=4)  # he was not matched at once, and a tick finds him in time
ANEW = timedelta(seconds=10)  # how often it is looked how everybody stands


@dataclass(frozen=True)
class Situation:
    """All who wait just now, and what may be said of it."""

    waiting: list[Wait]
    seen: Mapping[str, Seen]
    serves: Mapping[str, frozenset[str]]  # the lines of each clinician on duty, of those in which anybody waits
    laws: Mapping[str, Law]  # by wait; none of a wait of which nobody knows
    places: Mapping[str, int]


def estimate_waits(tools: Tools) -> int:
    """Journal an estimate for each wait that began just now; how many. And write how it stands for all who wait."""
    now = tools.now()
    with tools.database.reading() as tx:
        waiting = [wait for wait in routing.store.waits_open(tx) if wait.state is WaitState.WAITING]
        fresh = [wait for wait in waiting if _is_new(wait, now)]
        written = outlook_store.written_at(tx)
        if not (fresh or _is_due(bool(waiting), written, now)):
            return 0
        here = _situation(tx, tools, waiting, now)
    with tools.database.transaction() as tx:
        outlook_store.put(tx, _outlooks(here), now)
        return calls.store.write_journal(tx, [_fact(wait, here, now) for wait in fresh if wait.id in here.laws])


def _is_due(anybody_waits: bool, written: datetime | None, now: datetime) -> bool:
    """Whether how it stands is to be written anew; when nobody waits, once more: that nobody does."""
    if not anybody_waits:
        return written is not None
    return written is None or now - written >= ANEW


def _situation(tx: Connection, tools: Tools, waiting: list[Wait], now: datetime) -> Situation:
    seen = seen_since(tx, now - MEMORY) if waiting else {}
    wide = {each.line for each in seen.values()}
    serves = _serves(tx, tools, wide.union(*map(_lines, waiting)))
    learned = learned_from(seen.values(), {person: lines & wide for person, lines in serves.items()})
    laws = {wait.id: law for wait in waiting if (law := _law(tx, learned, seen, wait, now))}
    standing = (Standing(each.id, each.place_ms, _lines(each)) for each in waiting)
    return Situation(waiting, seen, serves, laws, positions(standing, serves))


def _outlooks(here: Situation) -> list[Outlook]:
    return [
        Outlook(
            wait.id, here.places[wait.id], friendly(announced(here.laws[wait.id])) if wait.id in here.laws else None
        )
        for wait in here.waiting
        if wait.id in here.places
    ]


def _serves(tx: Connection, tools: Tools, lines: set[str]) -> dict[str, frozenset[str]]:
    """Which of these lines each clinician on duty serves."""
    here = {each.clinician_id for each in routing.store.presences(tx) if presence.is_on_duty(each)}
    asked = asked_for(tools.content.services.values())
    people = (facts.on_duty(person) for person in directory.store.clinicians(tx) if person.id in here)
    return {person.clinician_id: frozenset(lines.intersection(lines_served(person, asked))) for person in people}


def _lines(wait: Wait) -> frozenset[str]:
    """The lines he stands in now."""
    return frozenset(line for group in lines_upto(wait.need, ladder_of(wait), wait.rung) for line in group)


def _law(tx: Connection, learned: Learned, seen: Mapping[str, Seen], wait: Wait, now: datetime) -> Law | None:
    """The law of his wait; None for a line that nobody serves, or when nobody knows."""
    if wait.kind != "call" or wait.id not in seen:
        return None
    if wait.need.whom == "own" and wait.need.own and _lines(wait) == {clinician_line(wait.need.own)}:
        return _law_for_own(tx, wait.need.own, now)
    try:
        return learned.law(seen[wait.id].line, wait.place_ms)
    except ValueError:
        return None


def _law_for_own(tx: Connection, own: str, now: datetime) -> Law | None:
    """The wait of one who waits for his own clinician alone. In a visit: the time of its end was told him."""
    person = routing.store.presence_of(tx, own)
    if person is None or person.state is not presence.State.TALKING:
        return None
    talks, mean = talks_of(tx, own, now - facts.TALKS_TELL)
    return law_of_one(max(routing.store.waiting_for(tx, own) - 1, 0), mean, talks)


def _is_new(wait: Wait, now: datetime) -> bool:
    return wait.kind == "call" and SETTLED <= now - wait.joined_at <= FRESH


def _fact(wait: Wait, here: Situation, now: datetime) -> Fact:
    """What was predicted, and what the estimates of others would rest on."""
    law, line = here.laws[wait.id], here.seen[wait.id].line
    details = {
        "line": line,
        "position": here.places.get(wait.id, 1),
        "serving": sum(line in lines for lines in here.serves.values()),
        "mean_s": round(law.mean),
        "median_s": round(law.median),
        "p80_s": round(law.p80),
    }
    return Fact(f"estimate:{wait.id}", wait.call_id, ESTIMATED, now, None, details)
