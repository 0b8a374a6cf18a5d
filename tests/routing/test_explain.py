"""Explanations: plain sentences from the record of a decision, and the first reason against everybody else."""

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.content import Ladder, Rung
from routing.explain import Other, first_reason_not, record, replayed, why_this
from routing.needs import Need, OnDuty, Predicate, lines_upto
from routing.policy import LEVEL_MS, Candidate, Match
from routing.presence import Presence, State
from tests.routing.world import JOE, NOON

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


WHY = record(MATCH, JOE, 0)
GROUPS = (("clinician:ana",), ("clinician:ben",), ("pt+en",))
CY = OnDuty("cy", {"pt": 3}, ("en",))


def reason(need: Need = JOE, on_duty: OnDuty = CY, why: dict[str, object] = WHY, **presence: object) -> str:
    other = Other(on_duty, replace(READY, clinician_id=on_duty.clinician_id, **presence))  # type: ignore[arg-type]
    return first_reason_not(need, GROUPS, why, other, {"hip": "does not treat hips"})


def looked(line: str, group: int, key: int, trigger: str = "wait") -> dict[str, object]:
    return record(Match("w1", 3, "mara", 8, line, group, trigger, (Candidate(line, "mara", key),)), JOE, 1)


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (Need("pt", avoid=("cy",)), "was free but is not to be offered this patient"),
        (Need("ot"), "was free but does not have the skill ot"),
        (Need("pt", 4), "was free but has pt at level 3, and level 4 is needed"),
        (Need("pt", also=("hip",)), "was free but does not treat hips"),
        (Need("pt", language="vi"), "was free but does not speak the language"),
        (Need("pt", language="vi", own="cy"), "was free, but is not as near to the patient"),
    ],
)
def test_the_first_reason_of_the_need(need: Need, words: str) -> None:
    assert reason(need) == words


@pytest.mark.parametrize("state", sorted(set(State) - {State.READY}))
def test_everybody_who_is_not_ready_has_a_reason(state: State) -> None:
    assert "free" not in reason(state=state)


def test_what_keeps_one_from_a_call_is_said_as_people_say_it() -> None:
    assert reason(state=State.TALKING) == "was with another patient"
    assert reason(state=State.AWAY, reason="cool_down") == "was pausing after a call not taken"


@pytest.mark.parametrize(
    ("why", "idle", "words"),
    [
        (looked("pt+en", 2, 2 * LEVEL_MS + 50), 60, "was free, but had been idle for less long"),
        (looked("pt+en", 2, 50), 10, "was free, but has a lower level of the skill"),
        (looked("pt+en", 2, 2 * LEVEL_MS + 50), 50, "was free, and as long; their ids decided"),
        (looked("pt+en", 2, 50, "duty"), 10, "became free at the same moment, and was told of it later"),
    ],
)
def test_among_the_ready_the_order_is_the_reason(why: dict[str, object], idle: int, words: str) -> None:
    assert reason(why=why, idle_since_ms=idle) == words


def test_one_whose_rung_was_not_reached_is_told_as_such() -> None:
    other = Other(CY, replace(READY, clinician_id="cy"))
    assert "not open to more people yet" in first_reason_not(JOE, GROUPS[:2], WHY, other)


presences = st.builds(
    Presence,
    st.just("cy"),
    st.sampled_from(State),
    st.just(NOON),
    st.sampled_from([None, "cool_down", "missed_calls", "lunch"]),
    idle_since_ms=st.integers(0, 99),
)
people = st.builds(
    OnDuty,
    st.just("cy"),
    st.dictionaries(st.sampled_from(["pt", "hip", "ot"]), st.integers(0, 5)),
    st.lists(st.sampled_from(["en", "es"]), unique=True).map(tuple),
    st.sampled_from([None, "north"]),
)
some_needs = st.builds(
    Need,
    st.sampled_from(["pt", "ot"]),
    st.integers(0, 5),
    st.sampled_from(["en", "es"]),
    own=st.sampled_from([None, "cy", "ana"]),
    avoid=st.sampled_from([(), ("cy",)]),
    also=st.sampled_from([(), ("hip:2",)]),
)
LADDER = Ladder(rungs=(Rung(serve=("own", "team"), seconds=30), Rung(serve=("any",))))


@given(some_needs, people, presences, st.integers(0, 1), st.sampled_from(["wait", "duty"]))
def test_everybody_passed_over_has_exactly_one_first_reason(
    need: Need, person: OnDuty, doing: Presence, rung: int, trigger: str
) -> None:
    groups = lines_upto(need, LADDER, rung)
    if not groups:
        return
    why = looked(groups[-1][0], len(groups) - 1, 50, trigger)
    said = first_reason_not(need, groups, why, Other(person, doing))
    assert said and "\n" not in said
    bars = person.clinician_id in need.avoid, doing.state is not State.READY
    assert ("not to be offered" in said) == bars[0]
    assert ("free" in said) == (not bars[1])


def test_a_decision_is_replayed_from_what_was_stored() -> None:
    stored = json.loads(json.dumps(WHY))
    assert replayed(stored, "w1", "ana")
    assert not replayed({**stored, "looked": [["clinician:ana", "ben", 4]]}, "w1", "ana")


def test_a_skill_that_ran_out_is_told_with_its_last_day() -> None:
    had = OnDuty("cy", {}, ("en",), lapsed={"pt": date(2031, 2, 1)})
    assert reason(Need("pt"), had) == "was free but had the skill pt only until February 1, 2031"
    assert reason(Need("pt"), had, state=State.OFFLINE) == "had the skill pt only until February 1, 2031"


SKILLS = st.dictionaries(st.sampled_from(["pt", "hip"]), st.integers(0, 5), max_size=2)


@given(
    need=st.builds(Need, st.just("pt"), st.integers(0, 5), also=st.sampled_from([(), ("hip",), ("hip:3",)])),
    avoids=st.booleans(),
    able=st.builds(OnDuty, st.just("cy"), SKILLS, st.sampled_from([("en",), ("es",), ()])),
    state=st.sampled_from(list(State)),
    idle=st.integers(0, 10),
    trigger=st.sampled_from(["wait", "duty"]),
)
def test_whoever_was_passed_over_has_exactly_one_first_reason(need, avoids, able, state, idle, trigger) -> None:
    """One, never none: and it is the first of the order that holds, whatever else holds too."""
    need = replace(need, avoid=("cy",) if avoids else ())
    groups = lines_upto(need, Ladder(rungs=(Rung(serve=("any",)),)), 0)
    line = groups[-1][0]
    why = record(Match("w1", 3, "mara", 8, line, 0, trigger, (Candidate(line, "mara", 5),)), need, 0)
    other = Other(able, replace(READY, clinician_id="cy", state=state, idle_since_ms=idle))
    said = first_reason_not(need, groups, why, other)
    cannot = not Predicate("pt", need.level, need.also).met_by(able.skills) or need.language not in able.languages
    if avoids:
        assert "is not to be offered" in said
    elif cannot:
        assert any(word in said for word in ("skill", "level", "speak"))
    else:
        assert (state is State.READY) == ("free" in said or "became" in said)
    assert "\n" not in said and "; " not in said and said
