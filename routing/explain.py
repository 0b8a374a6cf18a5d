"""Why this clinician took this caller, and why another did not: plain sentences from what was stored.

The record of a decision is made once, with ids and numbers alone; the sentences are derived when somebody asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from routing import policy
from routing.needs import Groups, Need, OnDuty, Predicate, asked_for, skill_and_level
from routing.offers import Offer
from routing.policy import POLICY_VERSION, Candidate, Match
from routing.presence import COOL_DOWN, FREE_LATER, HOUR_FULL, MISSED_CALLS, Presence, State

_RELATION_WORDS = {
    "own": "the patient's own clinician",
    "team": "a colleague of the patient's own clinician",
    "site": "a clinician of the patient's site with the skill and the language asked for",
    "any": "a clinician with the skill and the language asked for",
}
_CHOICE_WORDS = {
    "own": " The patient chose to wait for his own clinician.",
    "next": " The patient chose the next available clinician.",
}
_STATE_WORDS = {
    State.OFFLINE: "was not signed in",
    State.OFFERED: "was being offered another caller",
    State.TALKING: "was with another patient",
    State.WRAPPING_UP: "was wrapping up a talk",
    State.AWAY: "was away",
    State.IN_VISIT: "was in a visit",
}
_REASON_WORDS = {
    COOL_DOWN: "was pausing after a call not taken",
    MISSED_CALLS: "was set away after missed calls",
    HOUR_FULL: "had taken as many calls as an hour may bring",
    FREE_LATER: "was free only later",
}


def record(match: Match, need: Need, rung: int) -> dict[str, object]:
    """The decision as plain JSON for `offers.why`: what was matched, on what grounds, and what was looked at."""
    return {
        "policy": POLICY_VERSION,
        "trigger": match.trigger,
        "relation": _relation(match, need),
        **({"whom": need.whom} if need.whom else {}),
        "rung": rung,
        "line": match.line,
        "group": match.group,
        "wait_version": match.wait_version,
        "presence_version": match.clinician_version,
        "looked": [[seen.line, seen.id, seen.key_ms] for seen in match.looked],
    }


def why_this(why: Mapping[str, object]) -> str:
    """One plain sentence: who he is to the patient, and what made it his turn."""
    who = _RELATION_WORDS.get(str(why.get("relation")), _RELATION_WORDS["any"]).capitalize()
    chose = _CHOICE_WORDS.get(str(why.get("whom", "")), "")
    if why.get("trigger") == "wait":
        others = "" if why.get("relation") == "own" else ", idle longest of those as near to the patient"
        return f"{who} was ready{others}.{chose}"
    return f"{who} became free, and this caller came first in the lines served.{chose}"


@dataclass(frozen=True)
class Other:
    """Somebody who was not chosen: what he can do, and what he did when the decision was made."""

    on_duty: OnDuty
    presence: Presence


@dataclass(frozen=True)
class Decided:
    """One offer, and for each who was passed over his id and the first reason why."""

    offer: Offer
    passed_over: tuple[tuple[str, str], ...]


def replayed(why: Mapping[str, Any], wait_id: str, clinician_id: str) -> bool:
    """Whether the policy makes the same choice again from what was stored of it."""
    looked = tuple(Candidate(line, id_, int(key)) for line, id_, key in why["looked"])
    versions = int(why["wait_version"]), int(why["presence_version"])
    made = Match(wait_id, versions[0], clinician_id, versions[1], why["line"], why["group"], why["trigger"], looked)
    return policy.replayed(made) == (wait_id, clinician_id)


def first_reason_not(
    need: Need, groups: Groups, why: Mapping[str, Any], other: Other, lacking: Mapping[str, str] | None = None
) -> str:
    """The first reason why this person was not chosen, as the end of a sentence that begins with his name.

    `groups` are the lines in which the caller stood, the nearest first; `why` is what was stored of the decision. The
    order is: whom the patient avoids, what he cannot do, what he was doing, the rung, and then the order of the ready.
    """
    ready = other.presence.state is State.READY
    barred = _reason_of_need(need, other.on_duty, lacking or {})
    if barred:
        return f"was free but {barred}" if ready else barred
    return _reason_of_presence(other.presence) or _reason_of_order(groups, why, other)


def _relation(match: Match, need: Need) -> str:
    if match.clinician_id == need.own:
        return "own"
    if match.clinician_id in need.team:
        return "team"
    return "site" if "@" in match.line else "any"


def _reason_of_need(need: Need, on_duty: OnDuty, lacking: Mapping[str, str]) -> str | None:
    if on_duty.clinician_id in need.avoid:
        return "is not to be offered this patient"
    if on_duty.clinician_id in (need.own, *need.team):
        return None  # known to the patient: asked by name, not by skill
    for skill, least in ((need.skill, need.level), *map(skill_and_level, need.also)):
        level = on_duty.skills.get(skill)
        if level is None and skill in on_duty.lapsed:
            last = on_duty.lapsed[skill]
            return f"had the skill {skill.replace('_', ' ')} only until {last:%B} {last.day}, {last.year}"
        if level is None:
            return lacking.get(skill) or f"does not have the skill {skill.replace('_', ' ')}"
        if level < least:
            return f"has {skill.replace('_', ' ')} at level {level}, and level {least} is needed"
    return None if need.language in on_duty.languages else "does not speak the language"


def _reason_of_presence(presence: Presence) -> str | None:
    if presence.state is State.READY:
        return None
    return _REASON_WORDS.get(presence.reason or "") or _STATE_WORDS.get(presence.state)


def _reason_of_order(groups: Groups, why: Mapping[str, Any], other: Other) -> str:
    served = dict(policy.duty_entry(other.presence, other.on_duty, _asked_in(groups, other.on_duty)).keyed_lines())
    reached = [(at, line) for at, lines in enumerate(groups) for line in lines if line in served]
    if not reached:
        return "was free, but this call was not open to more people yet"
    if why["trigger"] != "wait":
        return "became free at the same moment, and was told of it later"
    at, line = reached[0]
    if at > why["group"]:
        return "was free, but is not as near to the patient"
    best = next(int(key) for seen, _, key in why["looked"] if seen == why["line"])
    mine = served[line]
    if mine // policy.LEVEL_MS > best // policy.LEVEL_MS:
        return "was free, but has a lower level of the skill"
    if mine > best:
        return "was free, but had been idle for less long"
    return "was free, and as long; their ids decided" if mine == best else "became free at that moment"


def _asked_in(groups: Groups, on_duty: OnDuty) -> tuple[Predicate, ...]:
    """The predicates of the lines in which the caller stood, for one who may serve them."""
    lines = (line.partition("+")[0].split("&") for group in groups for line in group if "&" in line)
    combined = tuple(Predicate(*skill_and_level(first), tuple(more)) for first, *more in lines)
    return (*asked_for((), on_duty), *combined)
