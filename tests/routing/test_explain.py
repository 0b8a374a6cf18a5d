"""Explanations: plain sentences from the record of a decision, and the first reason against everybody else."""

import json
from dataclasses import replace

import pytest

from routing.explain import first_reason_not, record, why_this
from routing.needs import Need
from routing.policy import Candidate, Match
from routing.presence import Presence, State
from tests.routing.world import ANA, JOE, NOON

MATCH = Match("w1", 3, "ana", 8, "clinician:ana", 0, "wait", (Candidate("clinician:ana", "ana", 5),))
READY = Presence("ana", State.READY, NOON)


def said(match: Match, need: Need = JOE) -> str:
    return why_this(json.loads(json.dumps(record(match, need, 0))))


def test_the_sentence_tells_who_he_is_to_the_patient() -> None:
    assert said(MATCH) == "The patient's own clinician was ready."
    assert said(replace(MATCH, clinician_id="ben")).startswith("A colleague of the patient's own clinician was ready")
    assert said(replace(MATCH, clinician_id="cy", line="pt+en@north")).startswith("A clinician of the patient's site")
    assert said(replace(MATCH, clinician_id="cy", line="pt+en")).startswith("A clinician with the skill")


def test_the_sentence_tells_what_made_it_his_turn() -> None:
    assert said(replace(MATCH, trigger="duty")).endswith("this caller came first in the lines served.")


def test_the_record_holds_all_that_the_decision_rested_on() -> None:
    kept = record(MATCH, JOE, 1)
    assert (kept["wait_version"], kept["presence_version"], kept["rung"], kept["policy"]) == (3, 8, 1, 1)
    assert kept["looked"] == [["clinician:ana", "ana", 5]]


@pytest.mark.parametrize(
    ("need", "reason"),
    [
        (Need("pt"), None),
        (Need("pt", avoid=("ana",)), "is not to be offered this patient"),
        (Need("ot"), "does not have the skill"),
        (Need("pt", 4), "has the skill at level 3, and level 4 is needed"),
        (Need("pt", language="vi"), "does not speak the language"),
        (Need("pt", language="vi", own="ana"), None),
    ],
)
def test_the_first_reason_of_the_need(need: Need, reason: str | None) -> None:
    assert first_reason_not(need, ANA, READY) == reason


@pytest.mark.parametrize("state", sorted(set(State) - {State.READY}))
def test_everybody_who_is_not_ready_has_a_reason(state: State) -> None:
    assert first_reason_not(JOE, ANA, replace(READY, state=state))


def test_a_pause_is_not_called_an_absence() -> None:
    cooling = replace(READY, state=State.AWAY, reason="cool_down")
    assert first_reason_not(JOE, ANA, cooling) == "was pausing after a call not taken"
