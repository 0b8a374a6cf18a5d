"""Whom to wait for, and what is told of the wait: asked when it is a choice, never rising, silent when nobody knows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.effects import BookCallback, ChooseLadder, JoinLine, LeaveLine, ToldWait
from ivr.knowledge import IdentityFacts, OutlookFacts, OwnClinician, StaffFacts, WaitFacts
from ivr.prompts import Speaker
from ivr.replies import Connect, ConnectOperator, Hold
from ivr.session import Stage
from ivr.signals import DigitsPressed, HoldTick, MovedToTalk, NothingEntered, Resumed, SpeechHeard
from tests.ivr.conversation import NOW, PROVED, WAIT, Leg, calling, shipped

TALKS = OwnClinician("ana", "Ana", sure=True, presence="talking", at_work=True, wait=(3, 10))
VISITS = replace(TALKS, presence="in_visit", wait=None, free_at=NOW + timedelta(minutes=38))
CHOICES = ["offer-wait-own", "offer-callback-own", "offer-next"]
TEAM = ("luis",)


def proved(own: OwnClinician, **world: Any) -> Leg:
    """Joe, who has just proved who he is."""
    leg = calling(identity=replace(PROVED, own=own), own=own, **world)
    for keys in ("1", "1", "03141957", "4821"):
        leg.hears(DigitsPressed(keys))
    return leg


def sentences(leg: Leg) -> list[str]:
    speaker = Speaker(shipped())
    return [speaker.say(phrase) for phrase in leg.phrases]


def test_while_he_is_asked_he_stands_in_anas_line_alone():
    joe = proved(TALKS)
    assert joe.keys == ["own-is-busy", "wait-range", *CHOICES]
    assert joe.effects[-1] == JoinLine("therapy", "en", "joe", "ana", TEAM, ladder="for_own")
    assert joe.session.in_line and not joe.session.in_queue
    assert isinstance(joe.hears(MovedToTalk(7)).reply, Connect), "she became free meanwhile"


def test_a_visit_is_told_with_its_end_and_a_talk_with_its_range():
    assert sentences(proved(VISITS))[0] == "Ana, your physical therapist, is with a patient until about 10:40 a.m."
    assert sentences(proved(TALKS))[:2] == [
        "Ana, your physical therapist, is with another patient.",
        "The wait is about 3 to 10 minutes.",
    ]
    assert sentences(proved(replace(TALKS, wait=(0, 2))))[1] == "The wait is less than 2 minutes."
    assert proved(replace(TALKS, wait=None)).keys == ["own-is-busy", *CHOICES], "nobody knows: nothing is said"


@pytest.mark.parametrize(
    ("own", "more"),
    [
        (replace(TALKS, presence="ready"), {}),
        (replace(TALKS, presence="away", at_work=False), {}),
        (replace(TALKS, sure=False), {}),
        (TALKS, {"staff": StaffFacts(on_duty=1, ready=0)}),
    ],
    ids=["ready", "away today", "not sure", "nobody else"],
)
def test_nothing_is_asked_where_there_is_no_choice(own, more):
    joe = proved(own, **more)
    assert isinstance(joe.reply, Hold)
    assert joe.effects[-1] == JoinLine("therapy", "en", "joe", "ana", TEAM, ladder="shipped")


def test_waiting_is_not_offered_for_half_a_day():
    joe = proved(replace(VISITS, free_at=NOW + timedelta(hours=4)))
    assert joe.keys == ["own-busy-until", *CHOICES[1:]]
    assert joe.hears(DigitsPressed("1")).session.stage is Stage.OWN_OFFER, "what was not offered is no choice"


def test_1_he_waits_for_her_with_a_way_out_at_every_round():
    joe = proved(TALKS).hears(DigitsPressed("1"))
    assert (joe.keys, joe.effects) == (["chose-own"], (ChooseLadder("own", "for_own"),))
    joe.hears(HoldTick(), wait=replace(WAIT, own_alone=True))
    assert joe.keys == ["wait-own-choices", "offer-operator"]
    joe.hears(DigitsPressed("3"))
    assert (joe.keys, joe.effects) == (["chose-next"], (ChooseLadder("next", "next_available"),))
    assert joe.hears(HoldTick()).keys[:1] != ["wait-own-choices"]


def test_2_she_calls_him_back_and_until_he_confirms_he_keeps_her_line():
    joe = proved(TALKS).hears(DigitsPressed("2"))
    assert joe.session.stage is Stage.CALLBACK_CONFIRM and joe.session.wants_own and joe.session.in_line
    joe.hears(DigitsPressed("1"))
    (booked,) = joe.effects
    assert isinstance(booked, BookCallback) and (booked.own, booked.kind, booked.owned) == ("ana", "window", True)
    assert joe.keys[0] == "callback-promise-window-own"


def test_3_the_next_who_is_free_is_the_patients_choice():
    joe = proved(TALKS).hears(DigitsPressed("3"))
    assert (joe.keys, joe.effects) == (["chose-next"], (ChooseLadder("next", "next_available"),))
    assert joe.session.stage is Stage.WAITING


@pytest.mark.parametrize("given_up", [[NothingEntered()], [DigitsPressed("6")] * 3, [SpeechHeard("well", 0.9)] * 3])
def test_no_choice_is_the_usual_ladder(given_up):
    joe = proved(TALKS)
    for signal in given_up:
        joe.hears(signal)
    assert (joe.keys, joe.effects) == (["own-or-colleague"], (ChooseLadder("", "shipped"),))


def test_a_wrong_key_is_asked_again_shorter_and_star_in_full():
    joe = proved(TALKS).hears(DigitsPressed("6"))
    assert joe.keys == CHOICES
    assert joe.hears(DigitsPressed("6")).keys == [*CHOICES, "press-zero"]
    assert proved(TALKS).hears(DigitsPressed("*")).keys == ["own-is-busy", "wait-range", *CHOICES]
    assert proved(TALKS).hears(Resumed()).keys == ["own-is-busy", "wait-range", *CHOICES]


def test_zero_is_a_person_and_pound_the_menu():
    assert isinstance(proved(TALKS).hears(DigitsPressed("0")).reply, ConnectOperator)
    back = proved(TALKS).hears(DigitsPressed("#"))
    assert back.session.stage is Stage.MENU and back.effects == (LeaveLine("menu"),)


def test_when_she_leaves_he_is_told_and_waits_for_anybody():
    joe = proved(TALKS).hears(DigitsPressed("1")).hears(HoldTick(), wait=replace(WAIT, own_alone=True))
    assert joe.hears(HoldTick(), wait=replace(WAIT, own_alone=False)).keys == ["own-gone"]
    assert joe.session.whom == ""


def test_a_caller_who_proved_nothing_is_never_asked():
    joe = calling(identity=IdentityFacts(None, None, False), own=TALKS)
    for keys in ("1", "1", "03141957", "4821"):
        joe.hears(DigitsPressed(keys))
        assert joe.session.stage is not Stage.OWN_OFFER


# --- how it stands ---


def waiting() -> Leg:
    return proved(replace(TALKS, presence="ready")).hears(HoldTick())


def told(leg: Leg, position: int, wait: tuple[int, int] | None) -> list[str]:
    """What is said of this outlook, in the next round in which anything may be."""
    leg.hears(HoldTick(), outlook=OutlookFacts(position, wait))
    said = leg.keys
    leg.hears(HoldTick())
    return said


def test_position_and_range_are_told_and_again_only_when_they_are_better():
    joe = waiting()
    assert told(joe, 3, (4, 10)) == ["position", "wait-range"]
    assert told(joe, 3, (4, 10)) == []
    assert told(joe, 4, (5, 12)) == [], "worse: nothing is said, least of all a higher number"
    assert told(joe, 2, (5, 12)) == ["position"]
    assert told(joe, 2, (2, 8)) == ["wait-range"]
    assert told(joe, 1, None) == ["position-next"]


def test_many_ahead_are_not_counted_out_and_not_said_twice():
    joe = waiting()
    assert told(joe, 30, None) == ["position-many"]
    assert told(joe, 12, None) == []
    assert told(joe, 5, None) == ["position"]


def test_what_was_told_is_for_the_journal():
    joe = waiting().hears(HoldTick(), outlook=OutlookFacts(2, (0, 2)))
    assert joe.effects == (ToldWait(2, 0, 2),)
    assert sentences(joe) == ["You are number 2 in line.", "The wait is less than 2 minutes."]


def test_nobody_looked_lately_so_nothing_is_said():
    joe = waiting().hears(HoldTick(), outlook=None)
    assert (joe.keys, joe.effects) == ([], ())


OUTLOOKS = st.lists(
    st.tuples(st.integers(1, 9), st.none() | st.sampled_from([(0, 1), (1, 3), (2, 8), (5, 6), (10, 20)])), max_size=8
)


@settings(deadline=None)  # a busy machine is no fault of ours
@given(OUTLOOKS)
def test_neither_ever_rises_between_what_one_caller_hears(outlooks):
    joe, heard_positions, heard_highs = waiting(), [], []
    for position, wait in outlooks:
        joe.hears(HoldTick(), wait=WaitFacts("waiting", 60, 2), outlook=OutlookFacts(position, wait))
        for effect in joe.effects:
            assert isinstance(effect, ToldWait)
            heard_positions += [effect.position] if effect.position else []
            heard_highs += [effect.high_min] if effect.high_min else []
        joe.hears(HoldTick())
    assert heard_positions == sorted(set(heard_positions), reverse=True)
    assert heard_highs == sorted(set(heard_highs), reverse=True)
