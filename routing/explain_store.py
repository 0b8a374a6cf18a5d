"""Reads what a decision rested on, as it was then: the caller's lines, and what everybody else was doing.

What a clinician can do is read as it is now: skills change seldom, and a change is not kept.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from sqlalchemy import Connection

import directory.store
from directory.clinicians import Clinician
from directory.local_store import lapsed as lapsed_skills
from routing import explain, policy, rows
from routing.explain import Decided, Other
from routing.needs import OnDuty, lines_upto
from routing.offers import Offer
from routing.presence import State, absent


def decided(tx: Connection, call_id: str, lacking: Mapping[str, str]) -> list[Decided]:
    """Every offer of a call, oldest first, with the first reason against everybody else."""
    offers = rows.offers_where(tx, rows.OFFERS.c.call_id == call_id)
    return [Decided(offer, tuple(passed_over(tx, offer, lacking))) for offer in offers]


def passed_over(tx: Connection, offer: Offer, lacking: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """For each clinician who was on duty, and for the patient's own: his id, and the first reason why not he.

    `lacking` says of a skill's key what is said of one who does not have it.
    """
    wait = rows.wait_by_id(tx, offer.wait_id)
    if wait is None or "as_of" not in offer.why:
        return
    known = {each.clinician_id: each for each in rows.presences_at(tx, int(str(offer.why["as_of"])))}
    gone = lapsed_skills(tx)
    groups = lines_upto(wait.need, policy.ladder_of(wait), offer.rung)
    for person in _candidates(directory.store.clinicians(tx), (wait.need.own, *wait.need.team)):
        presence = known.get(person.id) or absent(person.id, offer.created_at)
        asked_by_name = person.id in (wait.need.own, *wait.need.team)
        if person.id != offer.clinician_id and (asked_by_name or presence.state is not State.OFFLINE):
            other = Other(_on_duty(person, gone.get(person.id, {})), presence)
            yield person.id, explain.first_reason_not(wait.need, groups, offer.why, other, lacking)


def _candidates(people: Collection[Clinician], named: Collection[str | None]) -> list[Clinician]:
    """Those whom the patient knows first, then the others by id."""
    return sorted(people, key=lambda person: (person.id not in named, person.id))


def _on_duty(person: Clinician, lapsed: Mapping[str, date]) -> OnDuty:
    return OnDuty(person.id, dict(person.skills), tuple(person.languages), person.site_id, lapsed)
