"""Record keeps what the caller says.

`action` is the current document, `method` POST; it ends after `timeout` 5 s of silence (0 never), at any key of
`finishOnKey` (`1234567890*#`), after `maxLength` 3600 s (120 if transcribed), or with the call. `playBeep` true,
`trim` `trim-silence`, `recordingStatusCallback` with Method POST and Event `completed` (also in-progress, absent),
`transcribe` false, `transcribeCallback`. The action hears RecordingUrl, RecordingDuration and Digits: the ending key,
or `hangup`. Bad values are warnings 13610 to 13622 and 13699 (13257 and 13621 are errors).
"""

from __future__ import annotations

import io
import wave

import pytest

from emulator.verbs import read_record
from tests.emulator.box import Box, play
from tests.emulator.verbs.reading import read, values


def test_defaults():
    record, codes = read(read_record, "<Record/>")
    names = "action method timeout finish_on_key max_length play_beep trims callback transcribes transcribe_callback"
    assert values(record, names) == [None, "POST", 5, "0123456789*#", 3600, True, True, None, False, None]
    assert codes == []


@pytest.mark.parametrize(("attributes", "field", "value"), [
    ("action='/x'", "action", "/x"), ("method='get'", "method", "GET"), ("timeout='0'", "timeout", 0),
    ("finishOnKey='#*'", "finish_on_key", "#*"), ("finishOnKey=''", "finish_on_key", ""),
    ("maxLength='14400'", "max_length", 14400), ("playBeep='false'", "play_beep", False),
    ("trim='do-not-trim'", "trims", False), ("transcribe='true'", "max_length", 120),
    ("transcribeCallback='/t'", "transcribes", True)])
def test_accepted_values(attributes: str, field: str, value: object):
    record, codes = read(read_record, f"<Record {attributes}/>")
    assert (getattr(record, field), codes) == (value, [])


@pytest.mark.parametrize(("attributes", "code", "field", "value"), [
    ("method='PUT'", 13610, "method", "POST"), ("timeout='x'", 13611, "timeout", 5),
    ("maxLength='0'", 13612, "max_length", 3600), ("finishOnKey='A'", 13613, "finish_on_key", "0123456789*#"),
    ("transcribe='x'", 13614, "transcribes", False), ("transcribe='true' maxLength='121'", 13615, "transcribes", False),
    ("playBeep='x'", 13616, "play_beep", True), ("trim='x'", 13699, "trims", True),
    ("recordingStatusCallback='ftp://x'", 13256, "callback", None),
    ("transcribeCallback='ftp://x'", 13257, "transcribe_callback", None)])
def test_values_that_are_not_accepted(attributes: str, code: int, field: str, value: object):
    record, codes = read(read_record, f"<Record {attributes}/>")
    assert (codes, getattr(record, field)) == ([code], value)


def test_an_event_that_does_not_exist_is_left_out():
    """recordingStatusCallbackEvent: in-progress, completed, absent; another is error 13621."""
    events = "recordingStatusCallbackEvent='in-progress never'"
    record, codes = read(read_record, f"<Record recordingStatusCallback='/r' {events}/>")
    assert (record.callback.events, codes) == ({"in-progress"}, [13621])


def test_a_message_is_recorded_reported_transcribed_and_can_be_fetched():
    """The action, the recording's callback, the transcription's, and the sound as WAV and MP3."""

    async def story(box: Box) -> None:
        callback = box.says("/recorded", "")
        box.says("/voice", f"<Record action='/done' recordingStatusCallback='{callback}' transcribe='true' "
                           "transcribeCallback='/words' recordingStatusCallbackEvent='in-progress completed'/>")
        box.says("/done", "<Pause length='60'/>")
        box.says("/words", "")
        plan = {"speech": [{"after_s": 2, "text": "Please call me back about my knee tomorrow morning"}]}
        joe = await box.dials_in(plan=plan)
        await box.advance(20)
        done, (begun, ended) = box.asked("/done")[0], box.asked("/recorded")
        assert (done["RecordingDuration"], done["Digits"]) == (ended["RecordingDuration"], "")
        assert [begun["RecordingStatus"], ended["RecordingStatus"]] == ["in-progress", "completed"]
        assert (ended["CallSid"], ended["RecordingSource"], ended["RecordingChannels"]) == (joe, "RecordVerb", "1")
        words = box.asked("/words")[0]
        assert words["TranscriptionText"] == plan["speech"][0]["text"]
        assert (words["TranscriptionStatus"], words["RecordingSid"]) == ("completed", ended["RecordingSid"])
        row = await box.rest("GET", f"/Transcriptions/{words['TranscriptionSid']}.json", status=200)
        assert row["transcription_text"] == words["TranscriptionText"]
        sound_url = done["RecordingUrl"]
        async with box.session.get(sound_url) as plain, box.session.get(sound_url + ".mp3") as mp3:
            with wave.open(io.BytesIO(await plain.read())) as sound:
                assert round(sound.getnframes() / sound.getframerate()) == int(done["RecordingDuration"])
            assert (mp3.content_type, (await mp3.read())[:2]) == ("audio/mpeg", b"\xff\xfb")

    play(story)


@pytest.mark.parametrize(("key", "digits"), [("5", "5"), (None, "hangup")])
def test_the_ending_key_or_the_hang_up_is_told(key: str | None, digits: str):
    """Digits: the key that ended it, or the word hangup."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Record action='/done' playBeep='false'/>")
        box.says("/done", "")
        joe = await box.dials_in(plan={"speech": [{"after_s": 1, "text": "Hello there"}]})
        await box.advance(3)
        await (box.do(joe, "digits", {"digits": key}) if key else box.do(joe, "hangup"))
        told = box.asked("/done")[0]
        assert (told["Digits"], told["RecordingDuration"]) == (digits, "3")

    play(story)


def test_the_longest_length_ends_it_and_silence_is_trimmed_unless_told_otherwise():
    """maxLength; trim-silence takes the silence at the end away."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Record playBeep='false' maxLength='3' timeout='0' action='/short'/>")
        box.says("/short", "<Record playBeep='false' timeout='4' trim='do-not-trim' action='/long'/>")
        box.says("/long", "")
        await box.dials_in(plan={"speech": [{"after_s": 1, "text": "Hello"}, {"after_s": 4, "text": "Again"}]})
        await box.advance(12)
        assert (box.asked("/short")[0]["RecordingDuration"], box.asked("/long")[0]["RecordingDuration"]) == ("2", "6")

    play(story)


def test_silence_is_no_recording_and_the_next_verb_follows():
    """The recording is absent, the action is not asked (our policy for what follows a Record)."""

    async def story(box: Box) -> None:
        callback = box.says("/recorded", "")
        box.says("/voice", f"<Record action='/done' recordingStatusCallbackEvent='absent completed' "
                           f"recordingStatusCallback='{callback}'/><Say>Nothing</Say><Pause length='9'/>")
        joe = await box.dials_in()
        await box.advance(8)
        assert await box.captions(joe) == ["Nothing"]
        assert [one["RecordingStatus"] for one in box.asked("/recorded")] == ["absent"]

    play(story)


def test_a_live_redirect_to_a_record_without_action_is_11100():
    """An inline document has no address that could be the action."""

    async def story(box: Box) -> None:
        box.says("/voice", "<Pause length='60'/>")
        joe = await box.dials_in()
        await box.rest("POST", f"/Calls/{joe}.json", status=200, Twiml="<Response><Record/></Response>")
        await box.advance(1)
        assert await box.codes(joe) == ["11100"]

    play(story)
