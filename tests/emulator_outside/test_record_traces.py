"""Record against the reference, 1.2, 1.5 and 3.1: what ends it, what is told, and that the media is there."""

import io
import urllib.request
import wave
from base64 import b64encode

import pytest

from tests.emulator_outside.box import ABSENT, ACCOUNT, SOME, TOKEN, Box, Leg, agrees

DONE = '<Say>Thank you</Say><Pause length="20"/>'


@pytest.fixture
def mailbox(box: Box) -> Box:
    """An application that takes a message."""
    box.app.says("/voice", '<Record action="/recorded" timeout="5"/><Say>Unreachable</Say>')
    box.app.says("/recorded", DONE)
    return box


def speaks(box: Box, words: str) -> Leg:
    """A caller who waits for the beep and then speaks."""
    joe = box.dials()
    box.waits(1.5)
    return joe.says(words)


def media(url: str) -> tuple[str, bytes]:
    request = urllib.request.Request(url)
    request.add_header("Authorization", "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers["Content-Type"], answer.read()


def test_a_key_ends_the_message_and_is_told(mailbox):
    joe = speaks(mailbox, "Please call me back about my exercises")
    mailbox.waits(3)
    joe.presses("#")
    mailbox.waits(2)
    asked = mailbox.app.only("/recorded")
    agrees([asked], [("/recorded", {"Digits": "#", "RecordingUrl": SOME, "RecordingDuration": SOME})])
    assert int(asked["RecordingDuration"]) >= 2
    assert joe.heard == ["Thank you"]


@pytest.mark.parametrize("key", list("1234567890*#"))
def test_any_key_ends_it_by_default(mailbox, key):
    joe = speaks(mailbox, "Hello")
    mailbox.waits(2)
    joe.presses(key)
    assert mailbox.app.only("/recorded")["Digits"] == key


def test_only_the_named_keys_end_it(box):
    box.app.says("/voice", '<Record action="/recorded" finishOnKey="5*" timeout="0"/>')
    box.app.says("/recorded", DONE)
    joe = speaks(box, "Hello")
    box.waits(2)
    joe.presses("1")
    assert box.app.visits("/recorded") == []
    joe.presses("*")
    assert box.app.only("/recorded")["Digits"] == "*"


def test_a_hangup_ends_the_message_and_is_told_as_the_word(mailbox):
    joe = speaks(mailbox, "Hello, this is Joe")
    mailbox.waits(4)
    joe.hangs_up()
    mailbox.waits(5)
    agrees(
        mailbox.app.visits("/recorded"),
        [("/recorded", {"Digits": "hangup", "RecordingUrl": SOME, "CallStatus": "completed"})],
    )
    assert "Thank you" not in joe.heard


def test_silence_ends_the_message(mailbox):
    joe = speaks(mailbox, "Hello, this is Joe")
    mailbox.waits(4)
    assert mailbox.app.visits("/recorded") == []
    mailbox.waits(12)
    agrees(mailbox.app.visits("/recorded"), [("/recorded", {"RecordingUrl": SOME, "Digits": {None, ""}})])
    assert joe.heard == ["Thank you"]


def test_the_longest_length_ends_the_message(box):
    box.app.says("/voice", '<Record action="/recorded" maxLength="10" timeout="0"/>')
    box.app.says("/recorded", DONE)
    speaks(box, "word " * 100)
    box.waits(9)
    assert box.app.visits("/recorded") == []
    box.waits(4)
    assert box.app.only("/recorded")["RecordingDuration"] == "10"


def test_without_an_action_the_document_itself_is_asked(box):
    box.app.says("/voice", "<Record/>", DONE)
    joe = speaks(box, "Hello")
    box.waits(2)
    joe.presses("#")
    box.waits(2)
    agrees(box.app.visits("/voice"), [("/voice", {"RecordingUrl": ABSENT}), ("/voice", {"RecordingUrl": SOME})])


def test_a_beep_is_heard_unless_refused(box):
    box.app.says("/voice", '<Record action="/recorded"/>')
    assert "beep" in {caption["kind"] for caption in box.dials().seen["captions"]}
    box.app.says("/voice", '<Record action="/recorded" playBeep="false"/>')
    assert "beep" not in {caption["kind"] for caption in box.dials().seen["captions"]}


def test_a_recording_is_told_listed_played_and_deleted(box):
    box.app.says(
        "/voice",
        '<Record action="/recorded" recordingStatusCallback="/told"'
        ' recordingStatusCallbackEvent="in-progress completed"/>',
    )
    box.app.says("/recorded", DONE)
    joe = speaks(box, "Please call me back")
    box.waits(3)
    joe.presses("#")
    box.waits(8)
    told = sorted(box.app.visits("/told"), key=lambda one: one["RecordingStatus"], reverse=True)
    common = {"AccountSid": ACCOUNT, "CallSid": joe.sid, "RecordingSid": SOME, "RecordingSource": "RecordVerb",
              "RecordingChannels": "1"}  # fmt: skip
    agrees(
        told,
        [
            ("/told", {**common, "RecordingStatus": "in-progress"}),
            ("/told", {**common, "RecordingStatus": "completed", "RecordingUrl": SOME, "RecordingDuration": SOME}),
        ],
    )
    (listed,) = box.client.recordings.list()
    assert (listed.sid, listed.status, listed.source, listed.channels) == (
        told[1]["RecordingSid"], "completed", "RecordVerb", 1,
    )  # fmt: skip
    assert [one.sid for one in box.client.calls(joe.sid).recordings.list()] == [listed.sid]
    kind, content = media(told[1]["RecordingUrl"])
    assert kind in ("audio/x-wav", "audio/wav")
    with wave.open(io.BytesIO(content)) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(int(listed.duration), abs=1.01)
    assert box.client.recordings(listed.sid).delete() is True
    assert box.client.recordings.list() == []


def test_an_empty_message_is_told_as_absent_where_asked(box):
    box.app.says(
        "/voice",
        '<Record action="/recorded" timeout="3" recordingStatusCallback="/told"'
        ' recordingStatusCallbackEvent="in-progress completed absent"/>',
    )
    box.app.says("/recorded", DONE)
    box.dials()
    box.waits(20)
    assert "absent" in {one["RecordingStatus"] for one in box.app.visits("/told")}


def test_a_transcription_is_told(box):
    box.app.says("/voice", '<Record action="/recorded" transcribe="true" transcribeCallback="/told" maxLength="30"/>')
    box.app.says("/recorded", DONE)
    joe = speaks(box, "Please call me back")
    box.waits(4)
    joe.presses("#")
    box.waits(60)
    agrees(
        box.app.visits("/told"),
        [("/told", {"TranscriptionSid": SOME, "TranscriptionText": SOME, "TranscriptionStatus": "completed",
                    "TranscriptionUrl": SOME, "RecordingSid": SOME, "RecordingUrl": SOME, "CallSid": joe.sid})],
    )  # fmt: skip


def test_a_call_made_with_record_is_recorded_whole_and_told_at_its_end(box):
    box.app.says("/answered", '<Say>Hello</Say><Pause length="10"/>')
    leg = box.calls(
        record=True, recording_status_callback=box.app.base + "/told", status_callback=box.app.base + "/told-end",
        recording_channels="dual",
    )  # fmt: skip
    box.waits(2)
    box.at("+13125550161").answers()
    box.waits(30)
    agrees(
        box.app.visits("/told"),
        [("/told", {"CallSid": leg.sid, "RecordingStatus": "completed", "RecordingSource": "OutboundAPI",
                    "RecordingChannels": "2", "RecordingDuration": SOME, "RecordingUrl": SOME})],
    )  # fmt: skip
    agrees(
        box.app.visits("/told-end"),
        [("/told-end", {"CallStatus": "completed", "RecordingUrl": SOME, "RecordingSid": SOME,
                        "RecordingDuration": SOME})],
    )  # fmt: skip


def test_a_live_call_is_recorded_paused_and_stopped_over_rest(box):
    box.app.says("/voice", '<Pause length="60"/>')
    joe = box.dials()
    made = box.client.calls(joe.sid).recordings.create(
        recording_status_callback=box.app.base + "/told", recording_status_callback_event=["in-progress completed"]
    )
    box.settles()
    assert (made.status, made.source, made.call_sid) == ("in-progress", "StartCallRecordingAPI", joe.sid)
    box.waits(5)
    current = box.client.calls(joe.sid).recordings("Twilio.CURRENT")
    assert current.update(status="paused", pause_behavior="silence").status == "paused"
    assert current.update(status="in-progress").status == "in-progress"
    assert current.update(status="stopped").status in ("stopped", "processing", "completed")
    box.settles()
    box.waits(5)
    assert box.client.calls(joe.sid).recordings(made.sid).fetch().status == "completed"
