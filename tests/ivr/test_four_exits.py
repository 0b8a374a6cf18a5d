"""Every question has four exits: match, no match, no input, gave up. And the first words are the emergency's."""

from typing import Any

import pytest

from ivr.effects import CountFailure
from ivr.knowledge import IdentityFacts
from ivr.replies import Ask, ConnectOperator, HangUp, Hold, Phrase, TakeMessage
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, NothingEntered, Party, Resumed, SpeechHeard
from ivr.spoken import prompt_named
from tests.ivr.conversation import JOE, MONDAY, OFFER, PROVED, WRONG, at, calling, phrases_of

QUESTIONS = (Stage.MENU, Stage.BIRTH_DATE, Stage.SECOND_PROOF, Stage.CALLBACK_NUMBER)
OTHERS = (Stage.LANGUAGE, Stage.NO_ONE, Stage.CALLBACK_CONFIRM, Stage.OWN_OFFER)


def asked(stage: Stage, **more: Any) -> Session:
    return Session(Party.PATIENT, stage, caller=JOE, service="therapy", birth_date="1957-03-14", **more)


def names_zero(phrase: Phrase) -> bool:
    return "0" in prompt_named(phrase.key).keys or ("key", 0) in phrase.values


@pytest.mark.parametrize("stage", QUESTIONS)
@pytest.mark.parametrize("signal", [NothingEntered(), DigitsPressed("99")], ids=["silence", "mismatch"])
def test_a_question_is_put_shorter_then_with_the_way_to_a_person_then_a_person_comes(stage, signal):
    leg = at(asked(stage), number=None)
    full = leg.hears(Resumed()).keys
    shorter = leg.hears(signal).keys
    assert isinstance(leg.reply, Ask) and shorter != full
    assert ("more-time" in shorter) is (signal == NothingEntered()), "offered where time ran out"
    again = leg.hears(signal)
    assert sum(map(names_zero, again.phrases)) == 1, "told, and told once"
    assert [key for key in again.keys if key != "press-zero"] == [key for key in shorter if key != "more-time"]
    leg.hears(signal)
    assert isinstance(leg.reply, ConnectOperator)
    assert leg.keys == ["someone-will-help", "connecting-person"]


@pytest.mark.parametrize("stage", [*QUESTIONS, *OTHERS, Stage.WAITING])
def test_zero_is_a_person_everywhere(stage):
    assert isinstance(at(asked(stage)).hears(DigitsPressed("0")).reply, ConnectOperator)


@pytest.mark.parametrize("stage", [*QUESTIONS, *OTHERS])
def test_star_repeats_and_counts_nothing(stage):
    leg = at(asked(stage, silences=1))
    before = leg.hears(Resumed()).phrases
    assert leg.hears(DigitsPressed("*")).phrases == before
    assert leg.session.silences == 1


def test_the_emergency_comes_first_in_both_languages_whenever_he_calls():
    for world in ({}, {"open": False}, {"open": False, "opens_at": MONDAY}):
        phrases = calling(**world).phrases
        assert [(phrase.key, phrase.language) for phrase in phrases[:2]] == [("emergency", "en"), ("emergency", "es")]


def test_a_silent_caller_goes_on_in_the_default_language_and_is_handed_to_a_person():
    joe = calling().hears(NothingEntered())
    assert (joe.session.stage, joe.session.language) == (Stage.MENU, "en")
    for _ in range(3):
        joe.hears(NothingEntered())
    assert isinstance(joe.reply, ConnectOperator)


def test_a_silent_caller_of_a_closed_center_may_leave_a_message_and_is_never_hung_up_on():
    joe = calling(open=False).hears(NothingEntered())
    for _ in range(3):
        assert isinstance(joe.reply, Ask)
        joe.hears(NothingEntered())
    assert isinstance(joe.reply, TakeMessage)


def test_an_impossible_date_is_no_failed_proof():
    for entry in ("02301950", "13011950", "03141899", "03142999", "0314"):
        leg = at(asked(Stage.BIRTH_DATE)).hears(DigitsPressed(entry))
        assert (leg.keys, leg.effects) == (["birth-date-again"], ()), entry


def test_an_entry_of_another_length_is_no_failed_proof():
    leg = at(asked(Stage.SECOND_PROOF), identity=WRONG).hears(DigitsPressed("123"))
    assert (leg.keys, leg.effects) == (["second-proof-again"], ())


def test_a_wrong_proof_is_counted_and_asked_again_from_the_birth_date_and_the_third_time_a_person_comes():
    joe = calling(identity=WRONG).hears(DigitsPressed("1")).hears(DigitsPressed("1"))
    for words in (["did-not-match"], ["did-not-match", "press-zero"]):
        joe.hears(DigitsPressed("03141957")).hears(DigitsPressed("9999"))
        assert (joe.keys, joe.effects) == ([*words, "birth-date"], (CountFailure(None),))
    joe.hears(DigitsPressed("03141957")).hears(DigitsPressed("9999"))
    assert joe.effects == (CountFailure(None),)
    assert isinstance(joe.reply, ConnectOperator)


def test_a_failure_names_the_patient_only_to_be_counted():
    leg = at(asked(Stage.SECOND_PROOF), identity=IdentityFacts(None, "joe", locked=True)).hears(DigitsPressed("1111"))
    assert leg.effects == (CountFailure("joe"),)
    assert isinstance(leg.reply, ConnectOperator)
    assert leg.session.patient is None


def test_a_locked_out_number_is_not_asked_at_all():
    joe = calling(locked_out=True).hears(DigitsPressed("1")).hears(DigitsPressed("1"))
    assert isinstance(joe.reply, ConnectOperator)


def test_a_proof_we_could_not_look_up_is_nobodys_failure():
    leg = at(asked(Stage.SECOND_PROOF), identity=None).hears(DigitsPressed("4821"))
    assert isinstance(leg.reply, ConnectOperator)
    assert leg.effects == ()


def test_known_and_unknown_numbers_hear_the_same_until_the_proof():
    heard = []
    for caller, identity in ((JOE, PROVED), ("+12175550177", WRONG), (None, WRONG)):
        leg = calling(caller, identity=identity)
        replies = [leg.reply]
        for keys in ("1", "1", "03141957"):
            replies.append(leg.hears(DigitsPressed(keys)).reply)
        heard.append(replies)
    assert heard[0] == heard[1] == heard[2]


def test_the_clinicians_question_has_its_exits():
    offered = Session(Party.CLINICIAN, Stage.OFFERED, offer=7)
    for signal in (DigitsPressed("5"), SpeechHeard("yes", 0.9), NothingEntered(), DigitsPressed("*"), Resumed()):
        leg = at(offered, offer=OFFER).hears(signal)
        assert (leg.keys, leg.effects) == (["offer-greeting", "offer-after-visit"], ()), signal
    leg = at(offered, offer=OFFER)
    for _ in range(3):
        leg.hears(DigitsPressed("5"))
    assert isinstance(leg.reply, HangUp) and leg.keys == ["offer-no-key"]


def test_the_confirmation_of_a_callback_has_its_exits():
    confirm = asked(Stage.CALLBACK_CONFIRM)
    assert at(confirm).hears(NothingEntered()).keys == ["callback-confirm-keys", "callback-other-time", "more-time"]
    assert at(confirm).hears(DigitsPressed("2")).keys == ["callback-number"]
    assert isinstance(at(asked(Stage.CALLBACK_CONFIRM, silences=2)).hears(NothingEntered()).reply, ConnectOperator)
    held = asked(Stage.CALLBACK_CONFIRM, in_line=True, in_queue=True)
    assert isinstance(at(held).hears(DigitsPressed("3")).reply, Hold)


def test_the_question_after_a_talk_ends_the_call_or_starts_it_anew():
    after = asked(Stage.AFTER_TALK)
    for signal in (NothingEntered(), DigitsPressed("5")):
        assert isinstance(at(after).hears(signal).reply, HangUp)
    assert isinstance(at(after).hears(DigitsPressed("1")).reply, Hold)
    assert phrases_of(at(after).hears(DigitsPressed("*")).reply)[0].key == "talk-over"


def test_a_silent_caller_without_a_number_keeps_his_place_in_line():
    leg = at(asked(Stage.CALLBACK_NUMBER, in_line=True, in_queue=True))
    for _ in range(3):
        leg.hears(NothingEntered())
    assert isinstance(leg.reply, Hold) and leg.session.in_line
