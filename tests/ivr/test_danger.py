"""A red call: wherever words of danger are said, what to do is told at once, and a person comes, whatever happens."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr import danger, flow
from ivr.effects import BookCallback, JoinLine, KeepMessage, LeaveLine, RedFlagHeard
from ivr.knowledge import CallerFacts, StaffFacts, WaitFacts
from ivr.replies import Ask, Bridge, Connect, ConnectOperator, HangUp, Hold, LeaveQueue, TakeMessage
from ivr.session import Session, Stage
from ivr.signals import (
    DigitsPressed,
    Ending,
    HoldTick,
    LeftQueue,
    MovedToTalk,
    NothingEntered,
    Party,
    QueueResult,
    SpeechHeard,
    TalkLeft,
)
from tests.ivr.conversation import JOE, MONDAY, OFFER, Leg, answered, at, calling, shipped
from tests.ivr.walks import SIGNALS, sessions, worlds

SAID = {
    "my chest hurts": "emergency",
    "no puedo respirar": "emergency",
    "I want to kill myself": "crisis",
    "ya no quiero vivir": "crisis",
    "my calf is swollen": "nurse",
    "I don't have chest pain": "nurse",
    "mi esposo me pega": "nurse",
}
TEXTS = {"emergency": "red-emergency", "crisis": "red-crisis", "nurse": "red-nurse"}
NOBODY = (StaffFacts(0, 0), StaffFacts(0, 0))
NO_NURSE = (StaffFacts(0, 0), StaffFacts(1, 1))
PATIENTS_STAGES = [
    session
    for session in sessions()
    if session.party in flow.PATIENTS
    and session.stage not in danger.NO_CALLERS_WORDS | danger.WITH_A_PERSON
    and session.service != "no_more"
    and not session.red
]
FOREIGN = {Stage.OFFERED, Stage.OPERATOR_WHISPER}  # stages of staff: no patient is ever in them


def in_danger(stage: Stage = Stage.MENU, text: str = "my chest hurts", **world: object) -> Leg:
    asked = Session(Party.PATIENT, stage, caller=JOE, service="therapy", birth_date="1957-03-14")
    return at(asked, **world).hears(SpeechHeard(text, 0.4))


def red(stage: Stage = Stage.RED_FLAG, **more: object) -> Session:
    joined = Session(Party.PATIENT, stage, caller=JOE, service="nurse", red="emergency", in_line=True, in_queue=True)
    return replace(joined, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "action"), SAID.items())
def test_at_every_stage_the_right_text_is_said_and_a_person_is_sought(text: str, action: str):
    for session in PATIENTS_STAGES:
        leg = at(session).hears(SpeechHeard(text, 0.1))
        assert leg.session.red == action, session
        assert any(isinstance(effect, RedFlagHeard) and effect.action == action for effect in leg.effects), session
        assert leg.keys[0] == ("red-quiet" if leg.session.quiet else TEXTS[action]), session
        assert isinstance(leg.reply, Hold | ConnectOperator | LeaveQueue), session
        if session.stage is not Stage.RED_FLAG:
            joins = [effect for effect in leg.effects if isinstance(effect, JoinLine)]
            assert [(join.service, join.head_start_seconds, join.own) for join in joins] == [("nurse", 86400, None)]
            assert leg.session.birth_date == "", session


def test_in_the_chosen_language_and_in_both_as_long_as_none_is_chosen():
    said = calling().hears(SpeechHeard("me duele el pecho", 0.9)).phrases
    assert [(phrase.key, phrase.language) for phrase in said] == [("red-emergency", "en"), ("red-emergency", "es")]
    spanish = Session(Party.PATIENT, Stage.MENU, language="es", caller=JOE)
    said = at(spanish).hears(SpeechHeard("chest pain", 0.9)).phrases
    assert [(phrase.key, phrase.language) for phrase in said] == [("red-emergency", "es")]


@pytest.mark.parametrize("key", ["9", "911"])
@pytest.mark.parametrize("stage", sorted(flow.ZERO_IS_A_PERSON - {Stage.RED_FLAG}))
def test_nine_is_an_emergency_wherever_zero_is_a_person(stage: Stage, key: str):
    leg = at(Session(Party.PATIENT, stage, caller=JOE, service="therapy")).hears(DigitsPressed(key))
    assert leg.session.red == "emergency" and leg.keys[0] == "red-emergency"


def test_every_menu_says_which_key_is_for_an_emergency():
    assert "press-nine" in calling().hears(DigitsPressed("1")).keys


def test_every_question_to_a_patient_is_heard_in_words_and_none_to_staff():
    for session in sessions():
        leg = at(session).hears(NothingEntered())
        if isinstance(leg.reply, Ask):
            patient = session.party in flow.PATIENTS and leg.session.stage is not Stage.RETURN_GREETING
            assert leg.reply.keys.speech == patient, session


def test_he_leaves_the_line_he_stood_in_for_that_of_the_nurse():
    waits = Session(Party.PATIENT, Stage.CALLBACK_CONFIRM, caller=JOE, service="therapy", in_line=True, in_queue=True)
    leg = at(waits).hears(SpeechHeard("I can't breathe", 0.9))
    kinds = [type(effect) for effect in leg.effects]
    assert kinds.index(LeaveLine) < kinds.index(JoinLine)
    assert leg.reply == Hold(leg.phrases, entering=False, language="en")


def test_without_a_nurse_at_work_any_clinician_is_asked_and_without_any_the_operator():
    assert in_danger(help=NO_NURSE).session.service == "clinic"
    leg = in_danger(help=NOBODY, open=False, opens_at=MONDAY)
    assert isinstance(leg.reply, ConnectOperator) and leg.keys == ["red-emergency", "connecting-person"]


def test_who_has_not_answered_in_a_minute_is_not_waited_for_alone():
    leg = at(red())
    leg.hears(HoldTick(), wait=WaitFacts("waiting", 59, 1))
    assert leg.session.help_at == 0
    leg.hears(HoldTick(), wait=WaitFacts("offered", 70, 1))
    assert leg.session.help_at == 0
    leg.hears(HoldTick(), wait=WaitFacts("waiting", 60, 1))
    assert (leg.session.service, leg.session.help_at, leg.keys) == ("clinic", 1, ["red-next"])
    leg.hears(HoldTick(), wait=WaitFacts("waiting", 60, 1))
    assert leg.session.stage is Stage.OPERATOR and isinstance(leg.reply, LeaveQueue)


def test_when_the_operator_does_not_answer_what_to_do_is_said_again_and_all_are_asked_anew():
    leg = at(red(Stage.OPERATOR, in_line=False, in_queue=False)).hears(TalkLeft(Ending.NO_ANSWER, bridged=False))
    assert leg.keys == ["red-emergency"] and leg.session.stage is Stage.RED_FLAG and isinstance(leg.reply, Hold)
    leg = at(red(Stage.OPERATOR, in_line=False, in_queue=False), help=NOBODY)
    leg.hears(TalkLeft(Ending.BUSY, bridged=False))
    assert isinstance(leg.reply, ConnectOperator) and leg.keys[0] == "red-emergency"


def test_who_says_it_again_or_presses_a_key_hears_once_more_what_to_do_and_is_kept():
    leg = at(red()).hears(DigitsPressed("5"))
    assert leg.keys == ["red-emergency"] and leg.session.stage is Stage.RED_FLAG and isinstance(leg.reply, Hold)


def test_a_call_only_ever_becomes_more_urgent():
    leg = at(red(red="nurse")).hears(DigitsPressed("9"))
    assert leg.session.red == "emergency"
    leg = at(red(Stage.AFTER_TALK, in_queue=False)).hears(SpeechHeard("my calf is swollen", 0.9))
    assert leg.session.red == "emergency"


def test_who_is_not_safe_at_home_hears_neutral_words():
    leg = in_danger(text="my husband hits me")
    assert (leg.session.quiet, leg.keys) == (True, ["red-quiet"])
    leg.hears(HoldTick(), wait=WaitFacts("waiting", 5, 1)).hears(HoldTick())
    assert leg.keys == ["red-wait"]


def test_whoever_takes_the_call_is_told_first():
    taken = answered(Party.CLINICIAN, offer=replace(OFFER, red="emergency")).hears(DigitsPressed("1"))
    assert isinstance(taken.reply, Connect) and taken.keys[0] == "whisper-red-emergency"
    person = answered(Party.OPERATOR, "CA1", caller=CallerFacts(0, False, red="crisis")).hears(DigitsPressed("1"))
    assert isinstance(person.reply, Bridge) and person.keys[0] == "whisper-red-crisis"


def test_ordinary_words_change_nothing():
    leg = in_danger(text="my hip is sore after the exercises")
    assert (leg.session.red, leg.effects) == ("", ())


def test_a_queue_that_holds_nobody_any_more_leads_to_the_operator():
    leg = at(red()).hears(LeftQueue(QueueResult.FULL))
    assert isinstance(leg.reply, ConnectOperator) and leg.keys[0] == "red-emergency"


def test_a_clinician_who_was_lost_leaves_him_in_the_line_of_a_red_call():
    leg = at(red()).hears(MovedToTalk(7), offer=OFFER)
    assert leg.session.stage is Stage.RED_FLAG and leg.session.in_line


LIVING = [signal for signal in SIGNALS if type(signal).__name__ != "CallEnded"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(
    start=st.sampled_from([session for session in PATIENTS_STAGES if session.stage not in FOREIGN]),
    text=st.sampled_from(sorted(SAID)),
    steps=st.lists(st.tuples(st.sampled_from(LIVING), worlds()), max_size=6),
    world=worlds(),
)
def test_no_red_call_ends_in_a_callback_a_message_or_a_hang_up(start, text, steps, world):
    leg = Leg(start, world).hears(SpeechHeard(text, 0.9))
    talked = False
    for signal, found in [(None, world), *steps]:
        if signal is not None:
            talked = talked or leg.session.stage is Stage.AFTER_TALK
            talked = talked or (isinstance(signal, TalkLeft) and signal.bridged)
            leg.world = found
            leg.hears(signal)
        if talked:
            return
        assert leg.session.red and leg.session.stage in danger.SAFE - {Stage.ENDED}
        assert not isinstance(leg.reply, HangUp | TakeMessage)
        assert not any(isinstance(effect, BookCallback | KeepMessage) for effect in leg.effects)


def test_content_names_who_answers_and_the_texts_exist_in_every_language():
    content = shipped()
    assert set(content.red_flags.services) <= set(content.services) and content.red_flags.services
    for words in content.prompts.values():
        assert "9 1 1" in words["red-emergency"] and "9 8 8" in words["red-crisis"]
