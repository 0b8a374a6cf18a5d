"""One call's story for a terminal: the same sentences as the supervisor's page."""

from zoneinfo import ZoneInfo

from sqlalchemy import Connection

import calls.store
import directory.store
import routing.store
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
