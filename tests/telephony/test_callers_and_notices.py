"""Who calls, which requests are no call's, and what notices tell."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.signals import CallArrived, Ending
from telephony import inbound
from telephony.inbound import LegProgress, RecordingDone, RoomEvent, Unreadable
from tests.telephony.forms import CENTER, JOE, RECORDING, SID, form

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


@settings(deadline=None)
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
    assert inbound.recording_done(fields) == RecordingDone(SID, RECORDING, 9, absent, over=status != "in-progress")
