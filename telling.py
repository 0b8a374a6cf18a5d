"""One call's story for a terminal, the same sentences as the supervisor's page, and why it was decided so."""

from zoneinfo import ZoneInfo

from sqlalchemy import Connection

import calls.store
import directory.store
import routing.explain_store
import routing.store
from desk.decisions import decisions, lacking
from desk.story import FactRow, Names, story
from desk.words import Moment
from tools import Tools


def story_of(tx: Connection, call_id: str, tools: Tools) -> list[str]:
    """The lines of a call's story; empty for an unknown call."""
    facts = [FactRow(fact.at, fact.fact, fact.details) for fact in calls.store.story(tx, call_id)]
    people = {person.id: f"{person.given} {person.family}" for person in directory.store.clinicians(tx)}
    offers = {offer.id: offer.clinician_id for offer in routing.store.offers_of_call(tx, call_id)}
    zone = next(iter(tools.content.hours.values())).zone
    lines = story(facts, Names(people, offers), Moment(tools.now(), ZoneInfo(zone)))
    return [f"{line.time}  {line.text}" for line in lines]


def decisions_of(tx: Connection, call_id: str, tools: Tools) -> list[str]:
    """Each offer of a call in plain words: who was chosen and why, and the first reason against everybody else."""
    names = {person.id: person.given for person in directory.store.clinicians(tx)}
    zone = ZoneInfo(next(iter(tools.content.hours.values())).zone)
    told = []
    decided = routing.explain_store.decided(tx, call_id, lacking(tools.content))
    for each in decisions(decided, names, Moment(tools.now(), zone)):
        told.append(f"{each.time}  {each.chosen}: {each.why} - {each.ended}")
        told += [f"          {other}" for other in each.others]
    return told
