"""The carrier's forms become signals: every kind, in every spelling of the carrier's; nothing unknown is an error."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    TalkEnded,
)
from telephony import inbound
from telephony.inbound import Fetch, LegProgress, RecordingDone, RoomEvent, Unreadable

SID = "CA" + "1" * 32
JOE, CENTER = "+13125550142", "+13125550100"
RECORDING = "RE" + "2" * 32
RECORDING_URL = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}/Recordings/{RECORDING}"

STANDARD = {
    "CallSid": SID,
    "AccountSid": "AC" + "0" * 32,
    "From": JOE,
    "To": CENTER,
    "CallStatus": "in-progress",
    "ApiVersion": "2010-04-01",
    "Direction": "inbound",
    "FromCity": "",
    "SomethingNew": "the carrier adds fields without notice",
}


def form(**fields: str) -> dict[str, str]:
    """What every request carries, and these fields."""
    return {**STANDARD, **fields}


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
    assert heard("talk", DialCallStatus=status) == TalkEnded(ending, ending is Ending.COMPLETED)


def test_a_dial_without_a_status_failed() -> None:
    assert heard("talk") == TalkEnded(Ending.FAILED, bridged=False)


@pytest.mark.parametrize(("bridged", "expected"), [("true", True), ("True", True), ("false", False), ("FALSE", False)])
@pytest.mark.parametrize("status", ["completed", "answered", "busy"])
def test_whether_somebody_was_there_is_the_carriers_word_where_it_says_so(
    status: str, bridged: str, expected: bool
) -> None:
    """A key not pressed after the operator's whisper: the dial completed, yet nobody was joined to the caller."""
    ended = heard("talk", DialCallStatus=status, DialBridged=bridged)
    assert isinstance(ended, TalkEnded)
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


# --- who calls


@pytest.mark.parametrize("number", [JOE, "+442079460018", "+525512345678"])
def test_a_telephone_is_known_by_its_number(number: str) -> None:
    assert inbound.incoming(form(From=number)).signal == CallArrived(number, CENTER)


WITHHELD = [
    "anonymous",
    "Anonymous",
    "unknown",
    "Restricted",
    "unavailable",
    "",
    "+",
    "client:joe",
    "sip:joe@example.org",
]
KEYED = {"anonymous": "+266696687", "restricted": "+7378742833", "blocked": "+2562533", "unknown": "+8656696"}
KEYED["unavailable"] = "+86282452253"


@pytest.mark.parametrize(
    "caller", [*WITHHELD, *KEYED.values(), "3125550142", JOE + ";ext=1", JOE + "\n", "+1312٥550142"]
)
def test_a_caller_without_a_number_is_nobody(caller: str) -> None:
    assert inbound.incoming(form(From=caller)).signal == CallArrived(None, CENTER)


@pytest.mark.parametrize(("word", "number"), KEYED.items())
def test_the_carriers_numbers_for_a_withheld_caller_are_words_keyed_on_a_phone(word: str, number: str) -> None:
    keys = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
    assert word.translate(keys) == number.removeprefix("+")
    assert number in inbound.WITHHELD


def test_a_call_without_numbers_still_arrives() -> None:
    assert inbound.incoming({"CallSid": SID}).signal == CallArrived(None, "")


# --- requests that are no call's

READERS: dict[str, Callable[[dict[str, str]], Any]] = {
    "incoming": inbound.incoming,
    "offer": lambda fields: inbound.offer_answered(fields, 1),
    "return": lambda fields: inbound.return_answered(fields, 1),
    "whisper": lambda fields: inbound.operator_answered(fields, SID),
    "moved": lambda fields: inbound.moved(fields, 1, "in"),
    "left": lambda fields: inbound.left_queue(fields, 1),
    "turn": lambda fields: inbound.next_turn(fields, 1, "keys", waiting=False),
    "status": inbound.leg_progress,
    "recording": inbound.recording_done,
}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("sid", [None, "", "C" * 65])
def test_a_request_without_a_usable_sid_is_unreadable(kind: str, sid: str | None) -> None:
    fields = form()
    fields.pop("CallSid") if sid is None else fields.update(CallSid=sid)
    with pytest.raises(Unreadable):
        READERS[kind](fields)


names = st.sampled_from(
    ["Digits", "SpeechResult", "Confidence", "DialCallStatus", "DialBridged", "RecordingUrl", "RecordingSid",
     "RecordingDuration", "RecordingStatus", "QueueResult", "CallStatus", "From", "To", "SequenceNumber"]
)  # fmt: skip


@given(kind=st.sampled_from(sorted(READERS)), fields=st.dictionaries(names, st.text(max_size=20)))
def test_no_value_of_a_known_field_is_an_error(kind: str, fields: dict[str, str]) -> None:
    assert READERS[kind]({"CallSid": SID, **fields}).sid == SID


# --- notices


@pytest.mark.parametrize(
    ("status", "event", "ending"),
    [
        ("initiated", "initiated", None),
        ("ringing", "ringing", None),
        ("in-progress", "in-progress", None),
        ("Ringing", "ringing", None),
        ("answered", "answered", None),
        ("something-new", "something-new", None),
        ("", "", None),
        ("completed", "completed", Ending.COMPLETED),
        ("busy", "busy", Ending.BUSY),
        ("no-answer", "no-answer", Ending.NO_ANSWER),
        ("NO-ANSWER", "no-answer", Ending.NO_ANSWER),
        ("failed", "failed", Ending.FAILED),
        ("canceled", "canceled", Ending.CANCELED),
    ],
)
def test_how_a_leg_fares(status: str, event: str, ending: Ending | None) -> None:
    fields = form(CallStatus=status, SequenceNumber="2", CallbackSource="call-progress-events")
    assert inbound.leg_progress(fields) == LegProgress(SID, event, "2", ending)


def test_progress_says_whose_leg_it_is() -> None:
    fields = form(CallStatus="ringing", SequenceNumber="1")
    assert inbound.leg_progress(fields, offer=5) == LegProgress(SID, "ringing", "1", None, offer=5)
    assert inbound.leg_progress(fields, attempt=6) == LegProgress(SID, "ringing", "1", None, attempt=6)


def test_the_end_of_an_inbound_call_carries_no_number() -> None:
    assert inbound.leg_progress(form(CallStatus="completed")) == LegProgress(SID, "completed", "", Ending.COMPLETED)


def test_somebody_enters_a_room() -> None:
    fields = {
        "FriendlyName": "room-1",
        "CallSid": SID,
        "StatusCallbackEvent": "participant-join",
        "SequenceNumber": "2",
    }
    assert inbound.room_event(fields) == RoomEvent("room-1", SID, "participant-join", "2")


def test_a_room_ends_without_a_leg() -> None:
    fields = {"FriendlyName": "room-1", "StatusCallbackEvent": "conference-end", "SequenceNumber": "5"}
    assert inbound.room_event(fields) == RoomEvent("room-1", None, "conference-end", "5")


@pytest.mark.parametrize(("status", "absent"), [("completed", False), ("absent", True), ("in-progress", False)])
def test_a_recording_is_done(status: str, absent: bool) -> None:
    fields = form(RecordingSid=RECORDING, RecordingStatus=status, RecordingDuration="9")
    assert inbound.recording_done(fields) == RecordingDone(SID, RECORDING, 9, absent)
