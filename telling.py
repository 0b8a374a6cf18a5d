"""One call's story for a terminal, the same sentences as the supervisor's page, and why it was decided so."""

from zoneinfo import ZoneInfo

from sqlalchemy import Connection

import calls.store
import directory.store
import routing.explain_store
import routing.store
from desk.story import FactRow, Names, story
from desk.words import Moment
from routing import explain
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
    lacking = {key: skill.lacking for key, skill in tools.content.skills.items() if skill.lacking}
    told = []
    for offer in routing.store.offers_of_call(tx, call_id):
        chosen = names.get(offer.clinician_id, offer.clinician_id)
        told.append(f"{offer.created_at:%H:%M:%S}  {chosen}: {explain.why_this(offer.why)} - {offer.state.value}")
        others = routing.explain_store.passed_over(tx, offer, lacking)
        told += [f"          {names[person]} {reason}." for person, reason in others]
    return told
