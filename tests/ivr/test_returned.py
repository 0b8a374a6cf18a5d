"""A patient who answered our call and finds nobody there: held for a while and no longer, then told the truth."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.effects import AttemptAnswered
from ivr.knowledge import AttemptFacts
from ivr.replies import Connect, HangUp, Hold, Phrase
from ivr.session import Stage
from ivr.signals import DigitsPressed, HoldTick, MovedToTalk, Party, TalkLeft
from ivr.signals import Ending as How
from tests.ivr.conversation import ACCEPTED, ATTEMPT, NOW, TALKED, Leg, answered

AGAIN = NOW + timedelta(minutes=15)
LOST = replace(ATTEMPT, clinician_waits=False, language="en", again_at=AGAIN, zone="America/Chicago")
ROUND_SECONDS = 7  # of music, with what lies between two rounds


def held(facts: AttemptFacts = LOST) -> Leg:
    return answered(Party.RETURNED, "5", attempt=facts).hears(DigitsPressed("1"))


@pytest.mark.parametrize("he_called", [True, False])
def test_who_did_not_call_is_not_told_that_we_return_his_call(he_called: bool) -> None:
    joe = answered(Party.RETURNED, "5", attempt=replace(ATTEMPT, language="en", he_called=he_called))
    assert joe.keys == ["return-greeting" if he_called else "return-greeting-unasked"]
    assert joe.hears(DigitsPressed("6")).keys == joe.keys, "asked again in the same words"
    assert isinstance(joe.hears(DigitsPressed("1")).reply, Connect)


@pytest.mark.parametrize("most", [10, 30, 60])
def test_he_is_held_no_longer_than_the_content_says(most: int) -> None:
    joe, waited = held(replace(LOST, hold_seconds=most)), 0
    assert joe.keys == ["return-hold"]
    while isinstance(joe.reply, Hold):
        assert joe.reply.short
        waited += ROUND_SECONDS
        joe = joe.hears(HoldTick(), at=NOW + timedelta(seconds=waited))
    assert most - 8 <= waited <= most
    assert isinstance(joe.reply, HangUp)
    assert joe.effects[0] == AttemptAnswered(5, accepted=False, cause="clinician_lost")


def test_he_is_told_when_he_is_rung_again() -> None:
    joe = held().hears(HoldTick(), at=NOW + timedelta(seconds=25))
    (phrase,) = joe.phrases
    assert (phrase.key, [name for name, _ in phrase.values]) == ("return-again", ["when"])


def test_who_was_tried_too_often_hears_that_a_person_decides() -> None:
    joe = held(replace(LOST, again_at=None)).hears(HoldTick(), at=NOW + timedelta(seconds=25))
    assert joe.reply == HangUp((Phrase("return-person", "en"),))


def test_the_next_clinician_takes_him_while_he_is_held() -> None:
    joe = held().hears(MovedToTalk(9), at=NOW + timedelta(seconds=20), offer=ACCEPTED)
    assert isinstance(joe.reply, Connect)
    assert (joe.session.stage, joe.session.offer, joe.session.held_until) == (Stage.TALKING, 9, "")


def test_a_clinician_lost_before_a_word_was_spoken_leaves_him_half_a_minute() -> None:
    joe = answered(Party.RETURNED, "5").hears(DigitsPressed("1"))
    joe = joe.hears(TalkLeft(How.FAILED, bridged=False), offer=ACCEPTED, attempt=LOST)
    assert joe.keys == ["return-hold"]
    assert joe.session.held_until == (NOW + timedelta(seconds=30)).isoformat()


def test_who_was_cut_off_after_his_talk_waits_like_any_caller() -> None:
    joe = answered(Party.RETURNED, "5").hears(DigitsPressed("1")).hears(TalkLeft(How.COMPLETED, True), offer=TALKED)
    joe = joe.hears(DigitsPressed("1"))
    assert joe.session.in_line and isinstance(joe.reply, Hold)
    for minute in range(3):
        joe = joe.hears(HoldTick(), at=NOW + timedelta(minutes=minute))
        assert isinstance(joe.reply, Hold), "he waits in line and is not sent away after half a minute"
