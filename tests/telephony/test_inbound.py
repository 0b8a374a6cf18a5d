"""The carrier's forms become signals: every kind, in every spelling of the carrier's; nothing unknown is an error."""

import pytest

from ivr.signals import (
    CallArrived,
    DigitsPressed,
    Ending,
    HoldTick,
    LeftQueue,
    LegAnswered,
    MessageRecorded,
    MovedBack,
    MovedToTalk,
    NothingEntered,
    Party,
    QueueResult,
    Resumed,
    Signal,
    SpeechHeard,
    TalkLeft,
)
from telephony import inbound
from telephony.inbound import Fetch
from tests.telephony.forms import CENTER, JOE, RECORDING, RECORDING_URL, SID, form


def heard(what: str, **fields: str) -> Signal:
    """The signal of a turn's fetch."""
    return inbound.next_turn(form(**fields), 3, what, waiting=False).signal


# --- fetches: who asks, by which name, for which turn


def test_a_call_arrives() -> None:
    assert inbound.incoming(form(CallStatus="ringing")) == Fetch(
        sid=SID, request="incoming", signal=CallArrived(JOE, CENTER), begins=Party.PATIENT
    )


def test_a_clinician_answers_an_offer() -> None:
    assert inbound.offer_answered(form(), 12) == Fetch(
        sid=SID, request="offer/12", signal=LegAnswered(Party.CLINICIAN, "12"), begins=Party.CLINICIAN
    )


def test_a_patient_answers_a_returned_call() -> None:
    assert inbound.return_answered(form(), 8) == Fetch(
        sid=SID, request="return/8", signal=LegAnswered(Party.RETURNED, "8"), begins=Party.RETURNED
    )


def test_the_operator_answers_on_a_leg_of_his_own() -> None:
    parent = "CA" + "9" * 32
    assert inbound.operator_answered(form(ParentCallSid=parent), parent) == Fetch(
        sid=SID, request=f"whisper/{parent}", signal=LegAnswered(Party.OPERATOR, parent), begins=Party.OPERATOR
    )


@pytest.mark.parametrize(("where", "signal"), [("in", MovedToTalk(5)), ("back", MovedBack(5))])
def test_a_leg_arrives_where_it_was_moved(where: str, signal: Signal) -> None:
    assert inbound.moved(form(), 5, where) == Fetch(sid=SID, request=f"move/5/{where}", signal=signal)


@pytest.mark.parametrize("result", list(QueueResult))
def test_a_leg_leaves_the_queue(result: QueueResult) -> None:
    expected = Fetch(sid=SID, request=f"left/4/{result}", signal=LeftQueue(result))
    assert inbound.left_queue(form(QueueResult=str(result), QueueTime="7"), 4) == expected
    assert inbound.left_queue(form(QueueResult=str(result).upper()), 4) == expected


@pytest.mark.parametrize("result", ["", "hang up", "something-new"])
def test_an_unknown_end_of_the_queue_is_the_carriers_failure(result: str) -> None:
    assert inbound.left_queue(form(QueueResult=result), 4).signal == LeftQueue(QueueResult.SYSTEM_ERROR)
    assert inbound.left_queue(form(), 4).signal == LeftQueue(QueueResult.SYSTEM_ERROR)


@pytest.mark.parametrize(("waiting", "request_name"), [(False, "turn/3/tick"), (True, "wait/3/tick")])
def test_a_turn_is_named_by_its_place_number_and_occasion(waiting: bool, request_name: str) -> None:
    fetch = inbound.next_turn(form(), 3, "tick", waiting=waiting)
    assert fetch == Fetch(sid=SID, request=request_name, signal=HoldTick(), turn=3, waiting=waiting)


@pytest.mark.parametrize(
    ("what", "fields", "signal"),
    [
        ("keys", {"Digits": "1"}, DigitsPressed("1")),
        ("keys", {"Digits": "*9#", "FinishedOnKey": "", "msg": "Gather End"}, DigitsPressed("*9#")),
        ("keys", {"SpeechResult": "My Exercises.", "Confidence": "0.92"}, SpeechHeard("My Exercises.", 0.92)),
        ("keys", {"SpeechResult": "¿Qué?"}, SpeechHeard("¿Qué?", 0.0)),
        ("keys", {"SpeechResult": "yes", "Confidence": ""}, SpeechHeard("yes", 0.0)),
        ("keys", {"SpeechResult": "yes", "Confidence": "nan"}, SpeechHeard("yes", 0.0)),
        ("keys", {"Digits": "2", "SpeechResult": "two", "Confidence": "0.5"}, DigitsPressed("2")),
        ("keys", {"Digits": "", "SpeechResult": ""}, NothingEntered()),
        ("keys", {}, NothingEntered()),
        ("none", {}, NothingEntered()),
        ("none", {"Digits": "1"}, NothingEntered()),
        ("tick", {"QueuePosition": "1", "QueueTime": "30"}, HoldTick()),
        ("again", {}, Resumed()),
        ("Keys", {"Digits": "1"}, Resumed()),
        ("something-new", {"Digits": "1"}, Resumed()),
    ],
)
def test_what_a_turn_tells(what: str, fields: dict[str, str], signal: Signal) -> None:
    assert heard(what, **fields) == signal


@pytest.mark.parametrize(
    ("status", "ending"),
    [
        ("completed", Ending.COMPLETED),
        ("answered", Ending.COMPLETED),
        ("busy", Ending.BUSY),
        ("no-answer", Ending.NO_ANSWER),
        ("failed", Ending.FAILED),
        ("canceled", Ending.CANCELED),
        ("Completed", Ending.COMPLETED),
        ("NO-ANSWER", Ending.NO_ANSWER),
        ("in-progress", Ending.FAILED),
        ("something-new", Ending.FAILED),
        ("", Ending.FAILED),
    ],
)
def test_how_a_dial_ended(status: str, ending: Ending) -> None:
    assert heard("talk", DialCallStatus=status) == TalkLeft(ending, ending is Ending.COMPLETED)


def test_a_dial_without_a_status_failed() -> None:
    assert heard("talk") == TalkLeft(Ending.FAILED, bridged=False)


@pytest.mark.parametrize(("bridged", "expected"), [("true", True), ("True", True), ("false", False), ("FALSE", False)])
@pytest.mark.parametrize("status", ["completed", "answered", "busy"])
def test_whether_somebody_was_there_is_the_carriers_word_where_it_says_so(
    status: str, bridged: str, expected: bool
) -> None:
    """A key not pressed after the operator's whisper: the dial completed, yet nobody was joined to the caller."""
    ended = heard("talk", DialCallStatus=status, DialBridged=bridged)
    assert isinstance(ended, TalkLeft)
    assert ended.bridged is expected


@pytest.mark.parametrize(
    ("fields", "signal"),
    [
        ({"RecordingUrl": RECORDING_URL, "RecordingSid": RECORDING, "RecordingDuration": "14", "Digits": "#"},
         MessageRecorded(RECORDING, 14, hung_up=False)),
        ({"RecordingUrl": RECORDING_URL, "RecordingDuration": "14", "Digits": "hangup"},
         MessageRecorded(RECORDING, 14, hung_up=True)),
        ({"RecordingUrl": RECORDING_URL + ".wav", "RecordingDuration": "14"},
         MessageRecorded(RECORDING, 14, hung_up=False)),
        ({"RecordingUrl": RECORDING_URL + "/", "RecordingDuration": "14"},
         MessageRecorded(RECORDING, 14, hung_up=False)),
        ({"RecordingUrl": RECORDING_URL, "RecordingDuration": ""}, MessageRecorded(RECORDING, 0, hung_up=False)),
        ({"RecordingUrl": RECORDING_URL, "RecordingDuration": "inf"}, MessageRecorded(RECORDING, 0, hung_up=False)),
        ({"RecordingUrl": RECORDING_URL, "RecordingDuration": "x"}, MessageRecorded(RECORDING, 0, hung_up=False)),
        ({"RecordingDuration": "14"}, MessageRecorded("", 0, hung_up=False)),
        ({}, MessageRecorded("", 0, hung_up=False)),
    ],
)  # fmt: skip
def test_a_message_was_recorded(fields: dict[str, str], signal: Signal) -> None:
    assert heard("message", **fields) == signal
