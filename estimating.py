"""Predicts the wait of each new caller and journals it, from the clock: no turn of a call waits for it.

What it rests on is learned anew from the last hours whenever somebody new waits (a few hundred rows), so that it
survives restarts and two clocks say the same. The journal then knows what was predicted and what came true.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

import calls.store
import directory.store
import facts
import routing.store
from calls.accuracy import ESTIMATED
from calls.store import Fact
from routing import presence
from routing.estimates import Law
from routing.history_store import seen_since
from routing.learning import Learned, Seen, learned_from
from routing.needs import Wait, WaitState, asked_for, lines_served
from tools import Tools

MEMORY = timedelta(hours=3)
SETTLED, FRESH = timedelta(seconds=1), timedelta(seconds=4)  # he was not matched at once, and a tick finds him in time


def estimate_waits(tools: Tools) -> int:
    """Journal an estimate for each wait that began just now; how many. A line that nobody serves has none."""
    now = tools.now()
    with tools.database.reading() as tx:
        fresh = [wait for wait in routing.store.waits_open(tx) if _is_new(wait, now)]
        if not fresh:
            return 0
        seen = seen_since(tx, now - MEMORY)
        learned = learned_from(seen.values(), _serves(tx, tools, {each.line for each in seen.values()}))
    told = [_fact(wait, law, now) for wait in fresh if (law := _law(learned, seen, wait))]
    with tools.database.transaction() as tx:
        return calls.store.write_journal(tx, told)


def _serves(tx: Connection, tools: Tools, lines: set[str]) -> dict[str, frozenset[str]]:
    """Which of these lines each clinician on duty serves."""
    here = {each.clinician_id for each in routing.store.presences(tx) if presence.is_on_duty(each)}
    asked = asked_for(tools.content.services.values())
    people = (facts.on_duty(person) for person in directory.store.clinicians(tx) if person.id in here)
    return {person.clinician_id: frozenset(lines.intersection(lines_served(person, asked))) for person in people}


def _law(learned: Learned, seen: Mapping[str, Seen], wait: Wait) -> Law | None:
    try:
        return learned.law(seen[wait.id].line, wait.place_ms) if wait.id in seen else None
    except ValueError:
        return None


def _is_new(wait: Wait, now: datetime) -> bool:
    return wait.kind == "call" and wait.state is WaitState.WAITING and SETTLED <= now - wait.joined_at <= FRESH


def _fact(wait: Wait, law: Law, now: datetime) -> Fact:
    details = {"mean_s": round(law.mean), "median_s": round(law.median), "p80_s": round(law.p80)}
    return Fact(f"estimate:{wait.id}", wait.call_id, ESTIMATED, now, None, details)
