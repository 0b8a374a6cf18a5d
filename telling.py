"""What the record tells on a terminal: one call's story and decisions, and the ledger of promises, also as FHIR."""

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

import appointments
import calls.store
import directory.store
import routing.explain_store
import routing.store
from callbacks import fhir_task, ledger, ledger_store
from callbacks.ledger_words import HEADER, row, summary
from calls import audit_store
from desk.decisions import decisions, lacking
from desk.exports import as_csv
from desk.story import FactRow, Names, story
from desk.words import Moment
from tools import Tools


def story_of(tx: Connection, call_id: str, tools: Tools) -> list[str]:
    """The lines of a call's story; empty for an unknown call."""
    facts = [FactRow(fact.at, fact.fact, fact.details) for fact in calls.store.story(tx, call_id)]
    people = {person.id: f"{person.given} {person.family}" for person in directory.store.clinicians(tx)}
    offers = {offer.id: offer.clinician_id for offer in routing.store.offers_of_call(tx, call_id)}
    zone = appointments.hours_of(tx, tools, call_id).zone
    lines = story(facts, Names(people, offers), Moment(tools.now(), ZoneInfo(zone)))
    return [f"{line.time}  {line.text}" for line in lines]


def decisions_of(tx: Connection, call_id: str, tools: Tools) -> list[str]:
    """Each offer of a call in plain words: who was chosen and why, and the first reason against everybody else."""
    names = {person.id: person.given for person in directory.store.clinicians(tx)}
    zone = ZoneInfo(appointments.hours_of(tx, tools, call_id).zone)
    told = []
    decided = routing.explain_store.decided(tx, call_id, lacking(tools.content))
    for each in decisions(decided, names, Moment(tools.now(), zone)):
        told.append(f"{each.time}  {each.chosen}: {each.why} - {each.ended}")
        told += [f"          {other}" for other in each.others]
    return told


def promises_of(tools: Tools, days: int, *, as_sheet: bool) -> tuple[list[str], bool]:
    """The ledger, late ones and those at risk first; and whether the rows come to the same as the journal.

    The whole ledger is counted twice, however many days are told.
    """
    now = tools.now()
    with tools.database.reading() as tx:
        everything = ledger_store.ledger(tx)
        recounted = ledger.recount(ledger_store.told(tx), now)
    counted = ledger.totals(everything, now)
    since = now - timedelta(days=days)
    wanted = [each for each in everything if each.promise.booked_at >= since or each.promise.ended_at is None]
    rows = [row(each, now) for each in ledger.in_order(wanted, now)]
    if as_sheet:
        return [as_csv(HEADER, rows).rstrip()], counted == recounted
    lines = [f"{cells[7]}  {cells[11]:<10} {cells[2]:<16} {cells[13]}  ({cells[0]})" for cells in rows]
    agree = "The journal comes to the same." if counted == recounted else f"THE JOURNAL DIFFERS: {summary(recounted)}"
    return [*lines, summary(ledger.totals(wanted, now)), agree], counted == recounted


def export_tasks(tools: Tools, days: int, folder: Path) -> str:
    """Write promises as NDJSON of FHIR R4, as a bulk export does; the audit trail says so. What was written."""
    now = tools.now()
    with tools.database.transaction() as tx:
        found = ledger_store.ledger(tx, now - timedelta(days=days))
        resting = {each.promise.id for each in found if not appointments.may_ring_now(tx, each.promise, now)}
        numbers = {each.promise.id: ledger_store.number_of(tx, tools.vault, each.promise.id) for each in found}
        details = {"promises": str(len(found))}
        audit_store.record(tx, actor="command line", action="exported_tasks", subject=None, details=details, now=now)
    tasks = [
        fhir_task.task(each, number=numbers[each.promise.id], resting=each.promise.id in resting) for each in found
    ]
    tries = [one for each in found for one in fhir_task.communications(each)]
    folder.mkdir(parents=True, exist_ok=True)
    _write_lines(folder / "Task.ndjson", tasks)
    _write_lines(folder / "Communication.ndjson", tries)
    return f"{len(tasks)} tasks and {len(tries)} communications are in {folder}; they hold personal data"


def _write_lines(path: Path, resources: Iterable[dict[str, object]]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{json.dumps(each)}\n" for each in resources), "utf-8")
