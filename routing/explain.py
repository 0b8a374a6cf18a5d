"""Why this clinician took this caller, and why another did not: plain sentences from what was stored.

The record of a decision is made once, with ids and numbers alone; the sentences are derived when somebody asks.
"""

from collections.abc import Mapping

from routing.needs import Need, OnDuty
from routing.policy import POLICY_VERSION, Match
from routing.presence import COOL_DOWN, MISSED_CALLS, Presence, State

_RELATION_WORDS = {
    "own": "the patient's own clinician",
    "team": "a colleague of the patient's own clinician",
    "site": "a clinician of the patient's site with the skill and the language asked for",
    "any": "a clinician with the skill and the language asked for",
}
_STATE_WORDS = {
    State.OFFLINE: "was not signed in",
    State.OFFERED: "was being offered another caller",
    State.TALKING: "was talking",
    State.WRAPPING_UP: "was wrapping up a talk",
    State.AWAY: "was away",
    State.IN_VISIT: "was in a visit",
}
_REASON_WORDS = {
    COOL_DOWN: "was pausing after a call not taken",
    MISSED_CALLS: "was set away after missed calls",
}


def record(match: Match, need: Need, rung: int) -> dict[str, object]:
    """The decision as plain JSON for `offers.why`: what was matched, on what grounds, and what was looked at."""
    return {
        "policy": POLICY_VERSION,
        "trigger": match.trigger,
        "relation": _relation(match, need),
        "rung": rung,
        "line": match.line,
        "group": match.group,
        "wait_version": match.wait_version,
        "presence_version": match.clinician_version,
        "looked": [[seen.line, seen.id, seen.key_ms] for seen in match.looked],
    }


def why_this(why: Mapping[str, object]) -> str:
    """One plain sentence: who he is to the patient, and what made it his turn."""
    who = _RELATION_WORDS.get(str(why.get("relation")), _RELATION_WORDS["any"])
    if why.get("trigger") == "wait":
        others = "" if why.get("relation") == "own" else ", idle longest of those as near to the patient"
        return f"{who.capitalize()} was ready{others}."
    return f"{who.capitalize()} became free, and this caller came first in the lines served."


def first_reason_not(need: Need, on_duty: OnDuty, presence: Presence) -> str | None:
    """The first reason why this person would not be offered this caller now; None if nothing stands against it."""
    return _reason_of_need(need, on_duty) or _reason_of_presence(presence)


def _relation(match: Match, need: Need) -> str:
    if match.clinician_id == need.own:
        return "own"
    if match.clinician_id in need.team:
        return "team"
    return "site" if "@" in match.line else "any"


def _reason_of_need(need: Need, on_duty: OnDuty) -> str | None:
    if on_duty.clinician_id in need.avoid:
        return "is not to be offered this patient"
    if on_duty.clinician_id in (need.own, *need.team):
        return None  # known to the patient: asked by name, not by skill
    level = on_duty.skills.get(need.skill)
    if level is None:
        return "does not have the skill"
    if level < need.level:
        return f"has the skill at level {level}, and level {need.level} is needed"
    return None if need.language in on_duty.languages else "does not speak the language"


def _reason_of_presence(presence: Presence) -> str | None:
    return _REASON_WORDS.get(presence.reason or "") or _STATE_WORDS.get(presence.state)
