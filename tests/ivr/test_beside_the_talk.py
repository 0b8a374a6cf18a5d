"""Closing while somebody waits, guidance, and questions after a talk: their exits, and that nothing is imposed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from calls import surveys
from calls.metrics import Entry
from config.coherence import incoherences
from config.content import Content, Survey, SurveyQuestion
from ivr import closing, education, survey
from ivr.effects import BookCallback, SurveyAnswered
from ivr.knowledge import ClinicNow
from ivr.replies import Ask, ConnectOperator, HangUp, Hold, TakeMessage
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, HoldTick, NothingEntered, Party, Resumed
from tests.ivr.conversation import JOE, MONDAY, NOW, Leg, at, shipped

HELD = Session(
    Party.PATIENT, Stage.WAITING, caller=JOE, service="therapy", in_line=True, in_queue=True, ticks=1, level=2
)
STAYING = replace(HELD, stage=Stage.CLOSING, stay_until=(NOW + timedelta(minutes=12)).isoformat())
STAYED = replace(HELD, stage=Stage.CLOSING, stay_until=NOW.isoformat())


def closed(session: Session) -> Leg:
    return at(session, open=False, opens_at=MONDAY)


# --- closing


def test_who_waits_when_it_closes_chooses_and_is_not_asked_again_while_he_may_stay() -> None:
    joe = closed(HELD).hears(HoldTick())
    assert joe.keys[:4] == ["closing", "closing-place", "offer-callback-when", "offer-message"]
    assert joe.keys[4:] == ["closing-stay", "offer-operator"] and joe.session.in_line
    assert dict(joe.phrases[4].values) == {"minutes": 30}
    joe.hears(DigitsPressed("3"))
    assert isinstance(joe.reply, Hold) and joe.session.in_line
    assert isinstance(joe.hears(HoldTick()).reply, Hold), "he said that he stays"


def test_an_open_center_asks_nobody() -> None:
    assert at(HELD).hears(HoldTick()).session.stage is Stage.WAITING


def test_after_the_while_he_is_asked_once_more_without_that_choice() -> None:
    joe = closed(replace(HELD, stay_until=NOW.isoformat())).hears(HoldTick())
    assert joe.session.stage is Stage.CLOSING and "closing-stay" not in joe.keys
    joe.hears(DigitsPressed("3"))
    assert joe.session.stage is Stage.CLOSING and joe.session.in_line


def test_the_callback_keeps_his_place_and_is_due_when_we_open() -> None:
    joe = closed(STAYING).hears(DigitsPressed("1"))
    assert joe.session.stage is Stage.CALLBACK_CONFIRM and joe.session.in_line
    joe.hears(DigitsPressed("1"))
    (booked,) = joe.effects
    assert isinstance(booked, BookCallback)
    assert booked.due == MONDAY.isoformat()


def test_the_other_exits_of_closing() -> None:
    assert isinstance(closed(replace(STAYING, in_queue=False)).hears(DigitsPressed("2")).reply, TakeMessage)
    assert isinstance(closed(replace(STAYING, in_queue=False)).hears(DigitsPressed("0")).reply, ConnectOperator)
    assert isinstance(closed(STAYING).hears(NothingEntered()).reply, Hold), "silence is waiting, while he may wait"
    assert closed(STAYING).hears(DigitsPressed("5")).session.mismatches == 1


@pytest.mark.parametrize(("number", "reply"), [(JOE, HangUp), (None, TakeMessage)])
def test_who_says_nothing_to_the_end_is_promised_a_call_or_may_leave_a_message(number: str | None, reply: type) -> None:
    joe = at(replace(STAYED, in_queue=False), open=False, opens_at=MONDAY, number=number)
    for _ in range(2):
        assert isinstance(joe.hears(NothingEntered()).reply, Ask)
    joe.hears(NothingEntered())
    assert isinstance(joe.reply, reply)
    assert any(isinstance(effect, BookCallback) for effect in joe.effects) is (number is not None)


# --- guidance


def test_guidance_is_offered_with_the_choices_and_never_costs_the_place() -> None:
    joe = at(replace(HELD, ticks=0)).hears(HoldTick())
    assert joe.keys == ["wait-choices", "education-offer", "offer-operator"], "2, 4, 0"
    joe.hears(DigitsPressed("4"))
    assert joe.keys[0] == "education-danger" and joe.effects == () and joe.session.in_line and joe.session.in_queue
    assert joe.hears(DigitsPressed("*")).keys[0] == "education-danger"
    assert isinstance(joe.hears(NothingEntered()).reply, Hold) and joe.session.in_line


def test_guidance_after_hours_leads_back_to_the_choice() -> None:
    joe = closed(Session(Party.PATIENT, Stage.NO_ONE, caller=JOE, why_no_one="closed"))
    assert joe.hears(Resumed()).keys[-2:] == ["education-offer", "offer-person"], "4, then 0"
    joe.hears(DigitsPressed("4")).hears(DigitsPressed("5"))
    assert joe.session.stage is Stage.NO_ONE and joe.keys[0] == "closed"


def told_by(content: Content) -> ClinicNow:
    return ClinicNow(NOW, content, calendar="")


def test_what_nobody_approved_is_not_offered() -> None:
    content = shipped()
    kept = content.education["after-surgery"].model_copy(update={"approved_by": ()})
    now = told_by(content.model_copy(update={"education": {"after-surgery": kept}}))
    assert education.guidance(HELD, now) is None and education.offered(HELD, now) == ()
    assert education.guidance(HELD, told_by(content)) is not None


# --- questions afterwards

AFTER = Session(Party.PATIENT, Stage.AFTER_TALK, caller=JOE, service="therapy", language="es")


def test_two_questions_by_key_in_his_language_for_whoever_asks_for_them() -> None:
    joe = at(AFTER).hears(Resumed())
    assert joe.keys == ["talk-over", "survey-offer", "may-hang-up"]
    joe.hears(DigitsPressed("2"))
    assert joe.keys == ["survey-helped", "survey-keys"]
    assert joe.hears(DigitsPressed("5")).effects == (SurveyAnswered("helped", 5, "es"),)
    assert joe.keys[0] == "survey-easy"
    assert joe.hears(DigitsPressed("2")).effects == (SurveyAnswered("easy", 2, "es"),)
    assert isinstance(joe.reply, HangUp) and joe.keys == ["survey-thanks"]


def test_the_four_exits_of_a_question() -> None:
    asked = replace(AFTER, stage=Stage.SURVEY)
    for signal, offered in ((DigitsPressed("6"), []), (NothingEntered(), ["more-time"])):
        joe = at(asked).hears(signal)
        assert joe.keys == ["survey-keys", *offered] and joe.effects == ()
        joe.hears(signal)
        assert joe.keys == ["survey-keys", "press-zero"]
        assert isinstance(joe.hears(signal).reply, HangUp) and joe.effects == ()
    assert isinstance(at(asked).hears(DigitsPressed("#")).reply, HangUp)
    assert isinstance(at(asked).hears(DigitsPressed("0")).reply, ConnectOperator)
    assert at(replace(asked, silences=1)).hears(DigitsPressed("*")).keys == ["survey-keys", "more-time"]


def test_without_questions_none_is_offered() -> None:
    assert survey.offered(AFTER, told_by(shipped().model_copy(update={"survey": Survey()}))) == ()


def test_answers_are_counted_by_question_and_one_of_a_call() -> None:
    told = [("a", "helped", 1), ("a", "helped", 5), ("b", "helped", 2), ("a", "easy", 4)]
    entries = [
        Entry(NOW, call, "survey_answered", {"question": asked, "answer": answer, "language": "en"})
        for call, asked, answer in told
    ]
    assert surveys.answers([*entries, Entry(NOW, "c", "call_arrived")]) == {
        "easy": {"answered": 1, "mean": 4.0},
        "helped": {"answered": 2, "mean": 3.5},
    }


def test_content_that_does_not_hang_together_is_told() -> None:
    content = shipped()
    tip = content.education["after-surgery"].model_copy(update={"says": ("no-such-words",)})
    three = tuple(SurveyQuestion(key="helped", says="survey-helped", highest=12) for _ in range(3))
    line = content.lines["center"].model_copy(update={"education": "nothing", "closing_stay_minutes": -1})
    wrong = content.model_copy(
        update={"education": {"after-surgery": tip}, "survey": Survey(questions=three), "lines": {"center": line}}
    )
    found = {where[:3] for where, _, _ in incoherences(wrong)}
    expected = {
        ("lines", "center", "education"), ("lines", "center", "closing_stay_minutes"),
        ("education", "after-surgery", "says"), ("survey", "questions"), ("survey", "questions", 1),
    }  # fmt: skip
    assert expected <= found
    assert closing.must_choose(HELD, closed(HELD).world.now(())) is True
