"""Dial to a Conference: a room that several legs share.

Defaults: `muted` false, `beep` true (also onEnter, onExit, false), `startConferenceOnEnter` true,
`endConferenceOnExit` false, `participantLabel` none (128 characters, unique), `jitterBufferSize` large, `waitUrl` the
carrier's music (empty is silence), `waitMethod` POST, `maxParticipants` 250, `record` do-not-record or
record-from-start, `region` us1, `trim` trim-silence, `coach` a call SID, `statusCallback` and its Event without
default, `recordingStatusCallback` with Event `completed`. The first participant's callback counts. Two are needed to
start. Bad values: 13230 to 13240, 16023; a full conference is 16020, a label in use 16025, and the call goes on with
what follows the Dial.
"""

from __future__ import annotations

from typing import Any

import pytest

from emulator.nouns import read_conference
from tests.emulator.box import ANA, CENTER, JOE, Box, play
from tests.emulator.verbs.reading import read_noun, values

LUIS = "+13125550162"


def test_defaults():
    room, codes = read_noun(read_conference, "<Conference>room</Conference>")
    assert values(room, "name muted beep start_on_enter end_on_exit label wait_url wait_method") == [
        "room", False, "true", True, False, None, None, "POST"]
    assert values(room, "max_participants coach region records trims callback recording_callback") == [
        250, None, "us1", False, True, None, None]
    assert codes == []


@pytest.mark.parametrize(("attributes", "field", "value"), [
    ("muted='true'", "muted", True), ("beep='onEnter'", "beep", "onEnter"),
    ("startConferenceOnEnter='false'", "start_on_enter", False), ("endConferenceOnExit='true'", "end_on_exit", True),
    (f"participantLabel='{'x' * 128}'", "label", "x" * 128), ("waitUrl=''", "wait_url", ""),
    ("waitMethod='GET'", "wait_method", "GET"), ("maxParticipants='2'", "max_participants", 2),
    ("record='record-from-start'", "records", True), ("region='ie1'", "region", "ie1"),
    ("trim='do-not-trim'", "trims", False), (f"coach='CA{'0' * 32}'", "coach", "CA" + "0" * 32),
    ("jitterBufferSize='off' eventCallbackUrl='/e'", "muted", False)])
def test_accepted_values(attributes: str, field: str, value: object):
    room, codes = read_noun(read_conference, f"<Conference {attributes}>room</Conference>")
    assert (getattr(room, field), codes) == (value, [])


@pytest.mark.parametrize(("attributes", "code", "field", "value"), [
    ("muted='x'", 13230, "muted", False), ("endConferenceOnExit='x'", 13231, "end_on_exit", False),
    ("startConferenceOnEnter='x'", 13232, "start_on_enter", True), ("waitUrl='ftp://x'", 13233, "wait_url", None),
    ("waitMethod='PUT'", 13234, "wait_method", "POST"), ("beep='x'", 13235, "beep", "true"),
    ("trim='x'", 13239, "trims", True), ("coach='Ana'", 13240, "coach", None),
    (f"participantLabel='{'x' * 129}'", 16023, "label", None),
    ("maxParticipants='251'", 12200, "max_participants", 250),
    ("jitterBufferSize='huge'", 12200, "muted", False)])
def test_values_that_are_not_accepted(attributes: str, code: int, field: str, value: object):
    room, codes = read_noun(read_conference, f"<Conference {attributes}>room</Conference>")
    assert (codes, getattr(room, field)) == ([code], value)


def test_an_event_that_does_not_exist_is_left_out_and_a_conference_needs_a_name():
    room, codes = read_noun(read_conference, "<Conference statusCallback='/s' statusCallbackEvent='join sneeze'/>")
    assert (room.callback.events, codes) == ({"join"}, [13237, 12200])


async def joe_and_luis(box: Box, attributes: str = "") -> tuple[str, str]:
    box.says("/voice", f"<Dial action='/after'><Conference {attributes}>room</Conference></Dial>")
    box.says("/after", "<Pause length='60'/>")
    box.says("/events", "")
    joe = await box.dials_in()
    told = await box.control("POST", "/calls", {"from": LUIS, "to": CENTER}, status=201)
    await box.advance(0)
    return joe, str(told["sid"])


def test_a_conference_is_recorded_from_its_start_to_its_end():
    """record-from-start: ConferenceSid, one channel, source Conference; listed, fetched and deleted under it."""

    async def story(box: Box) -> None:
        joe, _ = await joe_and_luis(box, "record='record-from-start' recordingStatusCallback='/events' "
                                         "endConferenceOnExit='true'")
        await box.advance(7)
        room = (await box.rest("GET", "/Conferences.json", FriendlyName="room"))["conferences"][0]["sid"]
        listed = (await box.rest("GET", f"/Conferences/{room}/Recordings.json", status=200))["recordings"]
        assert [(one["status"], one["source"]) for one in listed] == [("in-progress", "Conference")]
        one = f"/Conferences/{room}/Recordings/{listed[0]['sid']}.json"
        assert (await box.rest("POST", one, status=200, Status="paused"))["status"] == "paused"
        assert (await box.rest("POST", one, status=200, Status="in-progress"))["status"] == "in-progress"
        await box.do(joe, "hangup")
        await box.advance(2)
        told = box.asked("/events")[0]
        assert (told["ConferenceSid"], told["RecordingDuration"], told["RecordingChannels"], "CallSid" in told) == (
            room, "7", "1", False)
        assert (await box.rest("GET", one, status=200))["duration"] == "7"
        await box.rest("DELETE", one, status=204)
        await box.rest("GET", one, status=404)

    play(story)


def test_who_speaks_is_told():
    """speaker: participant-speech-start and -stop, with the participant."""

    async def story(box: Box) -> None:
        joe, _ = await joe_and_luis(box, "statusCallback='/events' statusCallbackEvent='speaker'")
        await box.do(joe, "speech", {"text": "Hello everybody out there"})
        await box.advance(3)
        told = sorted(box.asked("/events"), key=lambda one: int(one["SequenceNumber"]))
        assert [(one["StatusCallbackEvent"], one["CallSid"]) for one in told] == [
            ("participant-speech-start", joe), ("participant-speech-stop", joe)]

    play(story)


def test_an_announcement_that_cannot_be_had_says_why():
    """announcement-fail with AnnounceUrl and ReasonAnnouncementFailed."""

    async def story(box: Box) -> None:
        joe, _ = await joe_and_luis(box, "statusCallback='/events' statusCallbackEvent='announcement'")
        room = (await box.rest("GET", "/Conferences.json"))["conferences"][0]["sid"]
        url = box.app_url + "/nowhere"
        await box.rest("POST", f"/Conferences/{room}/Participants/{joe}.json", status=200, AnnounceUrl=url)
        await box.advance(1)
        told = box.asked("/events")[0]
        assert (told["StatusCallbackEvent"], told["AnnounceUrl"]) == ("announcement-fail", url)
        assert told["ReasonAnnouncementFailed"].startswith("11200")

    play(story)


def test_a_full_conference_and_a_label_in_use_let_the_call_go_on():
    """16020 and 16025: the Dial has failed, its action follows."""

    async def story(box: Box) -> None:
        await joe_and_luis(box, "maxParticipants='2' participantLabel='me'")
        told = box.asked("/after")[0]
        assert told["DialCallStatus"] == "failed"
        codes = [one.code for one in box.exchange.notifications]
        assert codes == [16025]
        box.says("/voice", "<Dial action='/after'><Conference>room</Conference></Dial>")
        await box.dials_in()
        await box.control("POST", "/calls", {"from": "+13125550163", "to": CENTER}, status=201)
        await box.advance(0)
        assert [one.code for one in box.exchange.notifications] == [16025, 16020]

    play(story)


BAD_PARTICIPANTS: list[tuple[dict[str, str], int]] = [
    ({"Label": "x" * 129}, 16024), ({"Label": "a/b"}, 16024), ({"Beep": "loud"}, 20001),
    ({"MaxParticipants": "1"}, 20001),
    ({"Coaching": "true", "CallSidToCoach": "CA" + "0" * 32}, 16028), ({"MachineDetection": "x"}, 21234),
    ({"ConferenceRecord": "x"}, 20001), ({"ConferenceStatusCallback": "x"}, 21609),
    ({"ConferenceStatusCallback": "http://x/", "ConferenceStatusCallbackEvent": "sneeze"}, 21626)]


@pytest.mark.parametrize(("change", "code"), BAD_PARTICIPANTS)
def test_a_participant_that_is_not_accepted(change: dict[str, str], code: int):
    """The codes of Participants."""

    async def story(box: Box) -> None:
        form = {"To": ANA, "From": CENTER, **change}
        error = await box.rest("POST", "/Conferences/room/Participants.json", status=400, **form)
        assert (error["code"], box.exchange.legs) == (code, {})

    play(story)


def test_a_participant_called_over_rest():
    """Label, machine detection beside the call, recording, call events, and a change of the wait document."""

    async def story(box: Box) -> None:
        for path in ("/amd", "/room", "/call", "/wait", "/other"):
            box.says(path, "<Say>Wait</Say>" if path in ("/wait", "/other") else "")
        await box.control("POST", "/people", {"number": ANA, "script": {"answer_after_s": 1}})
        form: dict[str, Any] = {
            "Label": "ana", "MachineDetection": "Enable", "AmdStatusCallback": box.app_url + "/amd",
            "ConferenceRecord": "true", "ConferenceRecordingStatusCallback": box.app_url + "/room",
            "StatusCallback": box.app_url + "/call", "StatusCallbackEvent": ["ringing", "completed"],
            "WaitUrl": box.app_url + "/wait", "EarlyMedia": "true", "Region": "ie1"}
        made = await box.rest("POST", "/Conferences/room/Participants.json", status=201, To=ANA, From=CENTER, **form)
        assert (made["status"], made["label"]) == ("queued", "ana")
        await box.advance(6)
        room = f"/Conferences/{made['conference_sid']}"
        assert (box.asked("/amd")[0]["AnsweredBy"], len(box.asked("/wait"))) == ("human", 1)
        changed = await box.rest("POST", f"{room}/Participants/ana.json", status=200, WaitUrl=box.app_url + "/other")
        await box.advance(1)
        assert (changed["status"], len(box.asked("/other"))) == ("connected", 1)
        assert (await box.rest("GET", f"{room}.json"))["region"] == "ie1"
        box.says("/voice", "<Dial><Conference>room</Conference></Dial>")
        joe = await box.dials_in()
        await box.advance(4)
        await box.rest("POST", f"{room}.json", status=200, Status="completed")
        await box.advance(2)
        assert box.asked("/room")[0]["RecordingDuration"] == "4"
        assert [one["CallStatus"] for one in box.asked("/call")] == ["ringing", "completed"]
        assert (await box.rest("GET", f"/Calls/{joe}.json"))["from"] == JOE

    play(story)
