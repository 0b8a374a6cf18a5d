"""Every question takes keys and voice alike, in both languages; what was heard with doubt is said back first."""

from dataclasses import replace
from typing import Any

import pytest

from ivr import flow
from ivr.effects import BookCallback
from ivr.replies import Ask, ConnectOperator, HangUp
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, NothingEntered, Party, Resumed, SpeechHeard
from ivr.understanding import LISTENS
from tests.ivr.conversation import JOE, WRONG, Leg, at, calling

WINDOWS = tuple((f"2026-03-13T1{hour}:00:00+00:00", f"2026-03-13T1{hour}:15:00+00:00") for hour in (6, 7, 8))
OF_STAGE: dict[Stage, dict[str, Any]] = {
    Stage.HEARD: {"asked": Stage.MENU, "heard": "1"},
    Stage.CALLBACK_WHEN: {"offered": WINDOWS, "told_in": "America/Chicago"},
    Stage.CLOSING: {"in_line": True, "in_queue": True, "stay_until": "2026-03-13T15:10:00+00:00"},
    Stage.SURVEY: {"surveyed": 0},
    Stage.MY_CALLBACK: {"patient": "joe", "promise": "p1"},
}


def asked(stage: Stage, language: str = "en", **more: Any) -> Session:
    begun = Session(Party.PATIENT, stage, language, caller=JOE, service="therapy", birth_date="1957-03-14")
    return replace(begun, **{**OF_STAGE.get(stage, {}), **more})


SAID = [
    (Stage.MENU, "en", "a nurse please", "2"),
    (Stage.MENU, "es", "quiero hablar con una enfermera", "2"),
    (Stage.SECOND_PROOF, "en", "four eight two one", "4821"),
    (Stage.SECOND_PROOF, "es", "cuatro ocho dos uno", "4821"),
    (Stage.SECOND_PROOF, "en", "six oh four one nine three", "604193"),
    (Stage.CALLBACK_CONFIRM, "en", "yes", "1"),
    (Stage.CALLBACK_CONFIRM, "en", "no, a different number", "2"),
    (Stage.CALLBACK_CONFIRM, "es", "sí, está bien", "1"),
    (Stage.CALLBACK_NUMBER, "en", "three one two, five five five, zero one four two", "3125550142"),
    (Stage.CALLBACK_NUMBER, "en", "1 312 555 0142", "3125550142"),
    (Stage.NO_ONE, "en", "call me back", "1"),
    (Stage.NO_ONE, "es", "quiero dejar un mensaje", "2"),
    (Stage.AFTER_TALK, "en", "yes, I was cut off", "1"),
    (Stage.AFTER_TALK, "es", "se cortó", "1"),
    (Stage.AFTER_TALK, "en", "the questions", "2"),
    (Stage.AFTER_TALK, "es", "las preguntas", "2"),
    (Stage.CALLBACK_WHEN, "en", "the second one", "2"),
    (Stage.CALLBACK_WHEN, "en", "one", "1"),
    (Stage.CALLBACK_WHEN, "es", "la tercera, por favor", "3"),
    (Stage.MY_CALLBACK, "en", "keep it", "1"),
    (Stage.MY_CALLBACK, "es", "quiero cancelar", "2"),
    (Stage.MY_CALLBACK, "en", "cancel that", "2"),
    (Stage.MY_CALLBACK, "en", "another time", "3"),
    (Stage.MY_CALLBACK, "es", "otra cosa", "4"),
    (Stage.CLOSING, "en", "call me back", "1"),
    (Stage.CLOSING, "es", "quiero dejar un mensaje", "2"),
    (Stage.CLOSING, "en", "I'll stay", "3"),
    (Stage.SURVEY, "en", "four", "4"),
    (Stage.SURVEY, "es", "cinco", "5"),
    (Stage.OWN_OFFER, "en", "whoever is free", "3"),
    (Stage.MENU, "en", "say that again", "*"),
    (Stage.BIRTH_DATE, "en", "go back", "#"),
    *((stage, "en", "I want a real person", "0") for stage in sorted(LISTENS - {Stage.HEARD})),
    *((stage, "es", "con una operadora", "0") for stage in sorted(LISTENS)),
]


@pytest.mark.parametrize(("stage", "language", "said", "keys"), SAID)
def test_what_is_said_does_what_the_keys_do(stage, language, said, keys):
    spoken, pressed = at(asked(stage, language)), at(asked(stage, language))
    spoken.hears(SpeechHeard(said, 0.8))
    pressed.hears(DigitsPressed(keys))
    assert (spoken.session, spoken.reply, spoken.effects) == (pressed.session, pressed.reply, pressed.effects)


@pytest.mark.parametrize(
    ("language", "said", "date"),
    [
        ("en", "March fourteenth nineteen fifty-seven", "March 14, 1957"),
        ("es", "catorce de marzo de 1957", "14 de marzo de 1957"),
    ],
)
def test_a_birth_date_is_said_back_before_it_counts(language, said, date):
    leg = at(asked(Stage.BIRTH_DATE, language)).hears(SpeechHeard(said, 0.95))
    assert (leg.phrases[0].key, dict(leg.phrases[0].values)) == ("heard-date", {"date": date})
    leg.hears(DigitsPressed("1"))
    assert (leg.session.stage, leg.session.birth_date) == (Stage.SECOND_PROOF, "1957-03-14")


def test_what_was_heard_with_doubt_is_said_back_and_counts_when_it_is_confirmed_by_key_or_word():
    for yes in (DigitsPressed("1"), SpeechHeard("yes that's right", 0.9)):
        leg = at(asked(Stage.MENU)).hears(SpeechHeard("therapy", 0.4))
        assert (leg.phrases[0].key, dict(leg.phrases[0].values)) == ("heard-words", {"words": "therapy"})
        assert leg.hears(yes).session.stage is Stage.BIRTH_DATE


@pytest.mark.parametrize("no", [DigitsPressed("2"), SpeechHeard("no", 0.9), SpeechHeard("that's not right", 0.9)])
def test_what_was_heard_wrongly_is_asked_again(no):
    leg = at(asked(Stage.MENU)).hears(SpeechHeard("therapy", 0.4)).hears(no)
    assert (leg.session.stage, leg.session.mismatches, leg.session.heard) == (Stage.MENU, 1, "")


def test_the_question_whether_we_heard_right_has_its_exits():
    for signal in (NothingEntered(), DigitsPressed("99"), SpeechHeard("perhaps", 0.9), SpeechHeard("yes", 0.3)):
        leg = at(asked(Stage.MENU)).hears(SpeechHeard("therapy", 0.4))
        for _ in range(2):
            assert leg.hears(signal).keys[:2] == ["heard-words", "heard-keys"], signal
        assert isinstance(leg.hears(signal).reply, ConnectOperator)
    assert at(asked(Stage.HEARD)).hears(DigitsPressed("#")).session.stage is Stage.MENU
    assert at(asked(Stage.HEARD)).hears(DigitsPressed("*")).session.stage is Stage.HEARD


def test_what_could_be_anything_and_what_proves_who_he_is_are_never_said_back():
    assert at(asked(Stage.MENU)).hears(SpeechHeard("therapy", 0.2)).session.stage is Stage.MENU
    leg = at(asked(Stage.SECOND_PROOF), identity=WRONG).hears(SpeechHeard("four eight two one", 0.4))
    assert (leg.keys, leg.effects) == (["second-proof-again"], ())


def test_facts_are_looked_up_for_what_was_said_as_for_what_is_pressed():
    for stage, keys, said in (
        (Stage.SECOND_PROOF, "4821", "four eight two one"),
        (Stage.CALLBACK_NUMBER, "3125550142", "312 555 0142"),
        (Stage.CALLBACK_CONFIRM, "1", "yes"),
    ):
        looked_up = set(flow.questions(asked(stage), SpeechHeard(said, 0.9)))
        assert looked_up >= set(flow.questions(asked(stage), DigitsPressed(keys)))
    doubted = Session(Party.PATIENT, Stage.HEARD, asked=Stage.MENU, heard="1", caller=JOE)
    assert flow.questions(doubted, DigitsPressed("1")) == flow.questions(asked(Stage.MENU), DigitsPressed("1"))


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_after_a_talk_is_goodbye_and_not_the_questions(language):
    leg = at(asked(Stage.AFTER_TALK, language)).hears(SpeechHeard("no", 0.9))
    assert isinstance(leg.reply, HangUp) and leg.keys == ["goodbye"]


def test_whoever_answers_nothing_of_use_when_we_close_is_promised_a_call_whether_he_speaks_or_presses():
    for signal in (SpeechHeard("perhaps", 0.9), DigitsPressed("5")):
        leg = at(asked(Stage.CLOSING))
        for _ in range(3):
            leg.hears(signal)
        assert any(isinstance(effect, BookCallback) for effect in leg.effects), signal


def test_a_callback_can_be_booked_without_a_key():
    leg = at(asked(Stage.NO_ONE, why_no_one="nobody_on_duty"))
    leg.hears(SpeechHeard("call me back please", 0.9)).hears(SpeechHeard("yes", 0.9))
    assert any(isinstance(effect, BookCallback) for effect in leg.effects)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("stage", sorted(LISTENS - {Stage.OWN_LATER, Stage.CLOSING}))  # asked in the queue
def test_every_question_listens_for_something_and_takes_keys_too(stage, language):
    reply = at(asked(stage, language)).hears(Resumed()).reply
    assert isinstance(reply, Ask)
    assert 3 <= len(reply.keys.hints) <= 100, stage
    assert reply.keys.most is None or reply.keys.most >= 1


def test_every_question_of_the_conversation_takes_voice():
    music_or_tone = {Stage.WAITING, Stage.RED_FLAG, Stage.MESSAGE}
    assert music_or_tone == flow.ZERO_IS_A_PERSON - LISTENS


def test_in_the_carriers_queue_there_are_keys_alone():
    reply = at(asked(Stage.CALLBACK_CONFIRM, in_line=True, in_queue=True)).hears(Resumed()).reply
    assert isinstance(reply, Ask)
    assert reply.keys.hints == ()


def test_a_whole_call_by_voice_in_spanish():
    leg: Leg = calling().hears(SpeechHeard("español", 0.9)).hears(SpeechHeard("terapia", 0.9))
    leg.hears(SpeechHeard("catorce de marzo de mil novecientos cincuenta y siete", 0.9)).hears(SpeechHeard("sí", 0.9))
    leg.hears(SpeechHeard("cuatro, ocho, dos, uno", 0.9))
    assert leg.session.level == 2
    assert {phrase.language for phrase in leg.phrases} == {"es"}
