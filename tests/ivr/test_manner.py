"""In which language, and with how much time, a caller is spoken with: one key each, remembered after the proof."""

from dataclasses import replace
from typing import Any

import pytest

from ivr import flow
from ivr.effects import Chose, Effect, JoinLine, LeaveLine, Remember
from ivr.replies import Ask, ConnectOperator, HangUp, Hold
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, HoldTick, NothingEntered, Party, Resumed, Signal, SpeechHeard
from tests.ivr.conversation import ATTEMPT, JOE, PROVED, Leg, answered, at, calling

NO_QUESTIONS = {Stage.MESSAGE, Stage.EDUCATION}  # a recording, and guidance that is played
QUESTIONS = sorted(flow.ZERO_IS_A_PERSON - NO_QUESTIONS)


def asked(stage: Stage, **more: Any) -> Session:
    heard: dict[str, Any] = {"asked": Stage.BIRTH_DATE, "heard": "03141957"} if stage is Stage.HEARD else {}
    return Session(Party.PATIENT, stage, caller=JOE, service="therapy", birth_date="1957-03-14", **heard, **more)


def remembered(leg: Leg) -> list[Effect]:
    return [effect for effect in leg.effects if isinstance(effect, Remember)]


def proves(leg: Leg, **world: Any) -> Leg:
    """English, therapy, birth date and PIN."""
    for keys in ("1", "1", "03141957"):
        leg.hears(DigitsPressed(keys))
    return leg.hears(DigitsPressed("4821"), **world)


@pytest.mark.parametrize("stage", [stage for stage in QUESTIONS if stage is not Stage.LANGUAGE])
def test_eight_says_the_same_in_the_other_language_and_back(stage):
    leg = at(asked(stage))
    first = leg.hears(Resumed()).phrases
    leg.hears(DigitsPressed("8"))
    assert {phrase.language for phrase in leg.phrases} <= {"es"}
    assert (leg.session.language, leg.session.stage) == ("es", stage)
    assert Chose("language", "es") in leg.effects
    assert leg.hears(DigitsPressed("8")).phrases == first


@pytest.mark.parametrize("stage", [Stage.MENU, Stage.BIRTH_DATE, Stage.NO_ONE])
def test_the_languages_name_does_the_same(stage):
    leg = at(asked(stage)).hears(SpeechHeard("¿Habla español?", 0.8))
    assert (leg.session.language, leg.session.stage) == ("es", stage)
    assert leg.hears(SpeechHeard("English please", 0.8)).session.language == "en"


def test_who_waits_stands_for_people_who_speak_the_other_language_at_his_old_place():
    leg = at(asked(Stage.WAITING, in_line=True, in_queue=True)).hears(DigitsPressed("8"))
    assert isinstance(leg.reply, Hold)
    assert leg.effects[1:] == (LeaveLine("language"), JoinLine("therapy", "es", None, None, ladder="shipped"))


@pytest.mark.parametrize("language", ["en", "es"])
def test_who_has_trouble_with_the_menu_is_listened_to_in_his_own_language(language):
    """The last sentence is in the other one: words of danger would be written down by who does not understand them."""
    leg = at(replace(asked(Stage.MENU), language=language)).hears(NothingEntered())
    assert leg.phrases[-1].key == "other-language"
    assert isinstance(leg.reply, Ask)
    assert leg.reply.keys.language == language


def test_the_first_question_is_listened_to_in_the_first_language_and_after_words_not_understood_in_the_other():
    leg = calling()
    assert isinstance(leg.reply, Ask)
    assert leg.reply.keys.language == "en"
    leg.hears(SpeechHeard("tengo unas dudas", 0.2))
    assert isinstance(leg.reply, Ask)
    assert (leg.session.stage, leg.reply.keys.language) == (Stage.LANGUAGE, "es")


def test_the_other_language_is_offered_in_itself_to_who_has_trouble_with_the_menu():
    leg = calling().hears(NothingEntered())
    assert "other-language" not in leg.keys
    offer = leg.hears(NothingEntered()).phrases[-1]
    assert (offer.key, offer.language, dict(offer.values)) == ("other-language", "es", {"key": 8})


@pytest.mark.parametrize("why", ["closed", "nobody_answered"])
def test_who_chose_no_language_and_is_silent_where_nobody_answers_is_offered_the_other_one(why):
    leg = at(asked(Stage.NO_ONE, why_no_one=why)).hears(NothingEntered())
    assert (leg.phrases[-1].key, leg.phrases[-1].language) == ("other-language", "es")
    assert isinstance(leg.reply, Ask) and leg.reply.keys.language == "en"
    chose = at(asked(Stage.NO_ONE, why_no_one=why, chose_language=True)).hears(NothingEntered())
    assert "other-language" not in chose.keys


@pytest.mark.parametrize("stage", QUESTIONS)
def test_seven_gives_more_time_and_takes_it_back_at_every_question(stage):
    leg = at(asked(stage)).hears(DigitsPressed("7"))
    assert leg.session.slow
    assert "slow-on" in leg.keys
    assert leg.hears(DigitsPressed("7")).keys[0] == "slow-off"


@pytest.mark.parametrize(
    "said",
    [
        "relay operator 4521 with a call, one moment please",
        "I need more time",
        "necesito más tiempo",
        "TTY",
        "this is a captioned call",
    ],
)
def test_it_may_be_said_before_a_language_is_chosen(said):
    leg = calling().hears(SpeechHeard(said, 0.8))
    assert leg.session.slow
    assert leg.session.stage is Stage.LANGUAGE
    assert [phrase.language for phrase in leg.phrases[:2]] == ["en", "es"]


@pytest.mark.parametrize("stage", [Stage.MENU, Stage.BIRTH_DATE, Stage.SECOND_PROOF, Stage.CALLBACK_NUMBER])
@pytest.mark.parametrize("signal", [NothingEntered(), DigitsPressed("99")], ids=["silence", "mismatch"])
def test_who_wants_more_time_has_twice_the_time_and_twice_the_tries_then_a_person_comes(stage, signal):
    usual, slow = at(asked(stage), number=None), at(asked(stage, slow=True), number=None)
    ask, patient = usual.hears(Resumed()).reply, slow.hears(Resumed()).reply
    assert isinstance(ask, Ask)
    assert isinstance(patient, Ask)
    assert patient.keys.seconds == max(15, 2 * ask.keys.seconds)
    assert patient.keys.pause == 2 * ask.keys.pause
    for _ in range(5):
        assert isinstance(slow.hears(signal).reply, Ask)
    assert isinstance(slow.hears(signal).reply, ConnectOperator)


def test_a_person_is_one_key_away_and_the_security_of_the_proof_stays():
    leg = calling(identity=replace(PROVED, patient=None)).hears(DigitsPressed("7"))
    for _ in range(3):
        proves(leg) if leg.session.stage is Stage.LANGUAGE else leg.hears(DigitsPressed("03141957")).hears(
            DigitsPressed("0000")
        )
    assert isinstance(leg.reply, ConnectOperator)
    assert leg.session.failed_proofs == 3
    assert isinstance(at(asked(Stage.MENU, slow=True)).hears(DigitsPressed("0")).reply, ConnectOperator)


def test_nobody_who_wants_more_time_is_hung_up_on_for_one_silence():
    leg = at(asked(Stage.AFTER_TALK, slow=True))
    for _ in range(5):
        assert isinstance(leg.hears(NothingEntered()).reply, Ask)
    assert isinstance(leg.hears(NothingEntered()).reply, HangUp)
    assert isinstance(at(asked(Stage.AFTER_TALK)).hears(NothingEntered()).reply, HangUp)


def test_what_he_chose_is_remembered_after_the_proof_and_never_before():
    leg = calling(identity=replace(PROVED, language="es")).hears(DigitsPressed("7"))
    assert not remembered(leg)
    for keys in ("1", "1", "03141957"):
        assert not remembered(leg.hears(DigitsPressed(keys)))
    assert remembered(leg.hears(DigitsPressed("4821"))) == [Remember("joe", "en", slow=True)]
    assert leg.session.language == "en", "what he chose in this call stands above his record"


def test_who_chose_nothing_is_spoken_with_as_his_record_says_once_he_is_proved():
    leg = calling(identity=replace(PROVED, language="es", slow=True)).hears(NothingEntered())
    for keys in ("1", "03141957"):
        leg.hears(DigitsPressed(keys))
        assert (leg.session.language, leg.session.slow) == ("en", False)
    leg.hears(DigitsPressed("4821"))
    assert {phrase.language for phrase in leg.phrases} == {"es"}
    assert (leg.session.slow, remembered(leg)) == (True, [])
    assert Chose("language", "es") in leg.effects
    assert any(isinstance(effect, JoinLine) and effect.language == "es" for effect in leg.effects)


def test_a_language_of_the_record_that_we_do_not_speak_changes_nothing():
    leg = calling(identity=replace(PROVED, language="vi")).hears(NothingEntered())
    for keys in ("1", "03141957", "4821"):
        leg.hears(DigitsPressed(keys))
    assert leg.session.language == "en"


def test_a_proxys_manner_is_not_the_patients():
    leg = calling(identity=replace(PROVED, proxy="maria", language="es", slow=True)).hears(DigitsPressed("7"))
    assert not remembered(proves(leg))
    assert leg.session.language == "en"
    assert not remembered(leg.hears(DigitsPressed("8")))


def test_a_change_after_the_proof_is_remembered_at_once():
    leg = proves(calling())
    assert remembered(leg.hears(HoldTick()).hears(DigitsPressed("8"))) == [Remember("joe", "es", slow=False)]


def test_who_is_rung_back_has_the_time_of_his_record():
    leg = answered(Party.RETURNED, "5", attempt=replace(ATTEMPT, slow=True))
    assert isinstance(leg.reply, Ask)
    assert leg.reply.keys.seconds == 15


@pytest.mark.parametrize("signal", [DigitsPressed("7"), DigitsPressed("8"), SpeechHeard("español", 0.9)])
def test_staff_are_spoken_with_as_ever(signal: Signal):
    offered = Session(Party.CLINICIAN, Stage.OFFERED, offer=7)
    leg = at(offered).hears(signal)
    assert (leg.session.language, leg.session.slow) == ("en", False)
