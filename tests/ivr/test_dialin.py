"""The line that clinicians call: nothing personal before the PIN, every question's ways out, and what each key sets."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ivr import flow
from ivr.dialin import NOT_RUNG
from ivr.effects import (
    DoneWithMessage,
    Effect,
    FailedDialIn,
    HeardMessage,
    RingPatient,
    SetDuty,
    SetShiftPhone,
    SignedIn,
)
from ivr.knowledge import DutyFacts, LookAtDuty, ReadyFacts, RingFacts, SignInFacts, StaffMessage, Unrung
from ivr.replies import Ask, HangUp
from ivr.session import Session, Stage
from ivr.signals import DigitsPressed, NothingEntered, Party, StaffCalled
from routing.presence import State
from tests.ivr.conversation import JOE, NOW, Leg, World, at

DUTY = DutyFacts("Ana", "offline", "", None, "America/Chicago", waiting=2, messages=1, phone="+13125550161")
MESSAGE = StaffMessage("m1", "w1", "therapy", "Joe S.", NOW - timedelta(hours=2), "America/Chicago")
RIGHT, WRONG = SignInFacts("ana", locked=False, duty=DUTY), SignInFacts("", locked=False)
AFTER_PIN = (Stage.DUTY_MENU, Stage.DUTY_STATE, Stage.AWAY_WHY, Stage.HOW_LONG, Stage.STAND_BY)
BEFORE_PIN = (Stage.STAFF_NUMBER, Stage.STAFF_PIN)
ALL_ASKED = (*BEFORE_PIN, *AFTER_PIN, Stage.STAFF_MESSAGE, Stage.SHIFT_PHONE, Stage.SHIFT_NUMBER)


def calling(**world: Any) -> Leg:
    arrived = StaffCalled(JOE)
    return Leg(flow.first_session(arrived, Party.DIALIN), World(duty=DUTY, **world)).hears(arrived)


def done(leg: Leg) -> list[Effect]:
    """What the last step asked of our world."""
    return list(leg.effects)


def inside(stage: Stage = Stage.DUTY_MENU, **more: Any) -> Leg:
    session = Session(Party.DIALIN, stage, who="ana", caller=JOE, **more)
    return at(session, duty=DUTY, message=MESSAGE, shift_phone=JOE)


def test_number_and_pin_lead_in_and_the_state_is_told() -> None:
    ana = calling(sign_in=RIGHT).hears(DigitsPressed("1001")).hears(DigitsPressed("274916"))
    assert ana.effects == (SignedIn("ana"),)
    assert ana.keys[:4] == ["dialin-hello", "duty-offline", "dialin-waiting", "dialin-messages"]
    assert (ana.session.who, ana.session.staff_number) == ("ana", "")


def test_a_wrong_pin_is_counted_and_the_third_ends_the_call() -> None:
    somebody = calling(sign_in=WRONG)
    for _ in range(2):
        somebody.hears(DigitsPressed("1001")).hears(DigitsPressed("111111"))
        assert somebody.effects == (FailedDialIn("1001"),)
        assert set(somebody.keys) == {"dialin-wrong", "dialin-welcome"}
    somebody.hears(DigitsPressed("1001")).hears(DigitsPressed("111111"))
    assert isinstance(somebody.reply, HangUp) and set(somebody.keys) == {"dialin-locked"}


def test_a_lock_is_told_and_not_counted() -> None:
    locked = calling(sign_in=SignInFacts("", locked=True)).hears(DigitsPressed("1001")).hears(DigitsPressed("274916"))
    assert isinstance(locked.reply, HangUp) and locked.effects == ()


@pytest.mark.parametrize("stage", ALL_ASKED)
@pytest.mark.parametrize("signal", [NothingEntered(), DigitsPressed("##9")], ids=["silence", "mismatch"])
def test_three_times_nothing_or_nonsense_end_the_call_and_change_nothing(stage: Stage, signal: Any) -> None:
    leg = inside(stage, message="m1", item="w1", reason="free").hears(signal, shift_phone=None)
    assert isinstance(leg.reply, Ask) and leg.effects == ()
    leg.hears(signal).hears(signal)
    assert isinstance(leg.reply, HangUp)
    assert done(leg) == []


@pytest.mark.parametrize(
    ("keys", "sets"),
    [
        ("1", SetDuty("ana", "ready")),
        ("21", SetDuty("ana", "ready")),
        ("24", SetDuty("ana", "offline")),
    ],
)
def test_what_a_key_sets(keys: str, sets: SetDuty) -> None:
    leg = inside()
    for key in keys:
        leg.hears(DigitsPressed(key))
    assert leg.effects == (sets,)


@pytest.mark.parametrize(
    ("why", "minutes", "sets"),
    [
        ("21", "20", SetDuty("ana", "in_visit", "", 20)),
        ("23", "30", SetDuty("ana", "away", "lunch", 30)),
        ("22", "0", SetDuty("ana", "away", "break", None)),
        ("3", "10", SetDuty("ana", "ready", "", 10)),
    ],
)
def test_away_in_a_visit_or_free_for_minutes(why: str, minutes: str, sets: SetDuty) -> None:
    leg = inside().hears(DigitsPressed("2"))
    for key in why:
        leg.hears(DigitsPressed(key))
    leg.hears(DigitsPressed(minutes))
    assert leg.effects == (sets,)
    assert leg.session.stage is Stage.DUTY_MENU
    assert leg.keys[0].endswith("-until") == (minutes != "0"), "he hears the state that he just chose"


def test_a_message_is_heard_marked_and_the_next_one_comes() -> None:
    leg = inside().hears(DigitsPressed("3"))
    assert leg.effects == (HeardMessage("m1"),)
    assert isinstance(leg.reply, Ask) and leg.reply.sound == "m1"
    assert leg.keys == ["message-from", "message-keys"]
    leg.hears(NothingEntered())
    assert isinstance(leg.reply, Ask) and leg.reply.sound == "", "asked again, it does not begin anew"
    leg.hears(DigitsPressed("1"), message=replace(MESSAGE, id="m2", item="w2"))
    assert done(leg) == [DoneWithMessage("ana", "w1"), HeardMessage("m2")]
    leg.hears(DigitsPressed("2"), message=None)
    assert done(leg) == [] and leg.keys[0] == "message-no-more"
    assert leg.session.passed == ("m1", "m2")


def test_the_phone_of_the_shift_is_this_one_another_or_the_usual() -> None:
    assert inside(Stage.SHIFT_PHONE).hears(DigitsPressed("1")).effects == (SetShiftPhone("ana", JOE),)
    assert inside(Stage.SHIFT_PHONE).hears(DigitsPressed("3")).effects == (SetShiftPhone("ana", ""),)
    leg = inside(Stage.SHIFT_PHONE).hears(DigitsPressed("2")).hears(DigitsPressed("3125550142"))
    assert leg.effects == (SetShiftPhone("ana", JOE),)
    refused = inside(Stage.SHIFT_PHONE).hears(DigitsPressed("1"), shift_phone=None)
    assert refused.effects == () and refused.keys[0] == "phone-refused"


def test_the_other_language_is_one_key_away() -> None:
    leg = inside().hears(DigitsPressed("8"))
    assert {phrase.language for phrase in leg.phrases[:-1]} == {"es"}


# --- until when he is ready ---

TEN_TO = NOW + timedelta(minutes=10)


def knows(duty: DutyFacts, stage: Stage = Stage.DUTY_MENU, **more: Any) -> Leg:
    return at(Session(Party.DIALIN, stage, who="ana", caller=JOE, **more), duty=duty)


@pytest.mark.parametrize(
    ("duty", "told"),
    [
        (replace(DUTY, state="ready"), "duty-ready"),
        (replace(DUTY, state="ready", free_until=TEN_TO), "duty-ready-until"),
        (replace(DUTY, state="ready", free_until=TEN_TO, reason="hours_end"), "duty-ready-hours"),
        (replace(DUTY, state="away", reason="free_later", until=NOW, free_until=TEN_TO), "duty-free-later"),
        (replace(DUTY, state="away", reason="lunch", until=NOW, free_until=TEN_TO), "duty-away-until"),
        (replace(DUTY, state="in_visit", free_until=TEN_TO), "duty-visit"),
    ],
)
def test_the_menu_tells_until_when_and_why(duty: DutyFacts, told: str) -> None:
    assert knows(duty).hears(DigitsPressed("#9")).hears(DigitsPressed("8")).keys[0] == told


HOURS_END = replace(DUTY, if_ready=ReadyFacts(TEN_TO, by_hours=True))


@pytest.mark.parametrize("keys", ["1", "21", "230"], ids=["next_call", "ready", "free_for_unknown"])
def test_who_names_no_end_hears_when_his_hours_end(keys: str) -> None:
    leg = knows(HOURS_END)
    for key in keys:
        leg.hears(DigitsPressed(key))
    assert leg.keys[0] == "duty-ready-hours"
    assert leg.effects == (SetDuty("ana", "ready"),)


def test_an_end_that_he_named_before_a_call_stands_and_one_he_names_now_counts() -> None:
    stands = replace(DUTY, state="wrapping_up", if_ready=ReadyFacts(TEN_TO, by_hours=False))
    assert knows(stands).hears(DigitsPressed("1")).keys[0] == "duty-ready-until"
    named = knows(HOURS_END, Stage.HOW_LONG, reason="free").hears(DigitsPressed("5"))
    assert named.keys[0] == "duty-ready-until"
    assert knows(replace(DUTY, if_ready=ReadyFacts(None, by_hours=False))).hears(DigitsPressed("1")).keys == [
        "dialin-stand-by"
    ]


@pytest.mark.parametrize(
    ("stage", "digits", "reason", "looks"),
    [
        (Stage.DUTY_MENU, "1", "", True),
        (Stage.DUTY_STATE, "1", "", True),
        (Stage.HOW_LONG, "0", "free", True),
        (Stage.HOW_LONG, "10", "free", False),
        (Stage.HOW_LONG, "0", "lunch", False),
        (Stage.DUTY_MENU, "2", "", False),
    ],
)
def test_his_hours_are_asked_for_by_the_keys_alone_that_make_him_ready(
    stage: Stage, digits: str, reason: str, looks: bool
) -> None:
    session = Session(Party.DIALIN, stage, who="ana", caller=JOE, reason=reason)
    assert flow.questions(session, DigitsPressed(digits)) == (LookAtDuty("ana", if_ready=looks),)


def hears_a_message(**duty: Any) -> Leg:
    """Ana, in such a state, has heard Joe's message."""
    leg = inside().hears(DigitsPressed("3"))
    leg.world = replace(leg.world, duty=replace(DUTY, **duty))
    return leg


@pytest.mark.parametrize("state", [state.value for state in State])
def test_the_patient_of_a_message_is_rung_for_who_is_ready_or_made_ready_by_asking(state: str) -> None:
    leg = hears_a_message(state=state).hears(DigitsPressed("3"))
    taken = state in ("ready", "offered", "talking")
    assert done(leg) == [*([] if taken else [SetDuty("ana", "ready")]), RingPatient("ana", "w1")]
    assert leg.keys == [*([] if taken else ["duty-ready"]), "dialin-ringing"]
    assert leg.hears(NothingEntered()).keys == ["dialin-ringing-still"]
    assert leg.effects == (), "it is asked for once"
    leg.hears(DigitsPressed("#"))
    assert (leg.session.stage, leg.session.passed) == (Stage.DUTY_MENU, ("m1",))
    leg.hears(DigitsPressed("1"))
    assert leg.keys == ["dialin-stand-by"], "the next call is another matter"


def test_who_is_made_ready_by_asking_hears_until_when() -> None:
    hours = ReadyFacts(TEN_TO, by_hours=True)
    asks = hears_a_message(state="wrapping_up", if_ready=hours).hears(DigitsPressed("3"))
    assert done(asks) == [SetDuty("ana", "ready"), RingPatient("ana", "w1")]
    assert asks.keys == ["duty-ready-hours", "dialin-ringing"]


@pytest.mark.parametrize("why", list(Unrung))
def test_why_a_patient_is_not_rung_is_heard_and_then_the_keys_of_the_message(why: Unrung) -> None:
    leg = hears_a_message().hears(DigitsPressed("3"), ring=RingFacts(why))
    assert leg.effects == () and leg.session.stage is Stage.STAFF_MESSAGE
    assert leg.keys == [NOT_RUNG[why], "message-keys"]
    leg.hears(DigitsPressed("1"), message=None)
    assert done(leg) == [DoneWithMessage("ana", "w1")]


def test_without_an_answer_whether_he_may_be_rung_the_key_is_not_understood() -> None:
    leg = hears_a_message().hears(DigitsPressed("3"), ring=None)
    assert leg.effects == () and leg.keys == ["message-keys"]
